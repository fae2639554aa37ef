//! Searching: filters, alternatives, order, pages.

use serde_json::{Value, json};

use crate::server::Server;

const PATH: &str = "/v2/process-instances/search";

/// A server with instances that carry `n` from 0 to 9; even ones are canceled.
async fn filled() -> (Server, Vec<String>) {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    let mut keys = Vec::new();
    for n in 0..10 {
        let body = json!({
            "processDefinitionId": "work", "variables": {"n": n, "who": format!("client-{n}")},
            "businessId": format!("order-{n}"), "tags": if n == 3 { vec!["urgent"] } else { vec![] },
        });
        let created = server.post("/v2/process-instances", body).await.good();
        let key = created["processInstanceKey"].as_str().unwrap().to_owned();
        if n % 2 == 0 {
            server.post(&format!("/v2/process-instances/{key}/cancellation"), json!({})).await;
        }
        keys.push(key);
    }
    (server, keys)
}

/// The numbers of the instances found.
fn numbers(found: &Value, keys: &[String]) -> Vec<usize> {
    let place = |item: &Value| keys.iter().position(|key| item["processInstanceKey"] == json!(key)).unwrap();
    found["items"].as_array().unwrap().iter().map(place).collect()
}

#[tokio::test]
async fn filters_of_every_sort() {
    let (server, keys) = filled().await;
    let all: Vec<usize> = (0..10).collect();
    let odd = vec![1, 3, 5, 7, 9];
    for (filter, expected) in [
        (json!({}), all.clone()),
        (json!({"state": "active"}), odd.clone()),
        (json!({"state": {"$eq": "ACTIVE"}}), odd.clone()),
        (json!({"state": {"$neq": "TERMINATED"}}), odd.clone()),
        (json!({"state": {"$in": ["ACTIVE", "COMPLETED"]}}), odd.clone()),
        (json!({"state": {"$notIn": ["TERMINATED"]}}), odd.clone()),
        (json!({"state": {"$like": "ACT*"}}), odd.clone()),
        (json!({"endDate": {"$exists": false}}), odd.clone()),
        (json!({"processInstanceKey": keys[4]}), vec![4]),
        (json!({"processInstanceKey": {"$in": [keys[4], keys[5]]}}), vec![4, 5]),
        (json!({"processDefinitionId": {"$like": "w?rk"}}), all.clone()),
        (json!({"processDefinitionId": {"$like": "w\\?rk"}}), vec![]),
        (json!({"businessId": "order-7"}), vec![7]),
        (json!({"processDefinitionVersion": {"$gte": 1, "$lt": 2}}), all.clone()),
        (json!({"startDate": {"$gt": "2020-01-01T00:00:00Z"}}), all.clone()),
        (json!({"startDate": {"$lte": "2020-01-01T00:00:00Z"}}), vec![]),
        (json!({"variables": [{"name": "n", "value": "5"}]}), vec![5]),
        (json!({"variables": [{"name": "who", "value": "\"client-6\""}]}), vec![6]),
        (json!({"tags": ["urgent"]}), vec![3]),
        (json!({"elementId": "do", "elementInstanceState": "ACTIVE"}), odd.clone()),
        (json!({"$or": [{"businessId": "order-1"}, {"businessId": "order-2"}], "state": "ACTIVE"}), vec![1]),
        (json!({"$or": [], "state": "ACTIVE"}), odd.clone()),
        (json!({"$or": [{}]}), all.clone()),
        (json!({"state": null}), all.clone()),
        (json!({"tenantId": "<default>"}), all),
    ] {
        let found = server.post(PATH, json!({"filter": filter})).await.good();
        let mut found = numbers(&found, &keys);
        found.sort_unstable();
        assert_eq!(found, expected, "{filter}");
    }
}

#[tokio::test]
async fn pages_forth_and_back() {
    let (server, keys) = filled().await;
    let sort = json!([{"field": "processInstanceKey", "order": "desc"}]);
    let page = async |page: Value| server.post(PATH, json!({"sort": sort, "page": page})).await.good();
    let first = page(json!({"limit": 4})).await;
    assert_eq!(numbers(&first, &keys), [9, 8, 7, 6]);
    assert_eq!(
        (&first["page"]["totalItems"], &first["page"]["hasMoreTotalItems"]),
        (&json!(10), &json!(false))
    );
    let second = page(json!({"limit": 4, "after": first["page"]["endCursor"]})).await;
    assert_eq!(numbers(&second, &keys), [5, 4, 3, 2]);
    let back = page(json!({"limit": 4, "before": second["page"]["startCursor"]})).await;
    assert_eq!(numbers(&back, &keys), [9, 8, 7, 6]);
    assert_eq!(numbers(&page(json!({"from": 8, "limit": 4})).await, &keys), [1, 0]);
    let beyond = page(json!({"from": 100})).await;
    assert!(beyond["items"].as_array().unwrap().is_empty() && beyond["page"]["startCursor"].is_null());
}

#[tokio::test]
async fn searches_without_a_body_find_everything() {
    let (server, _) = filled().await;
    let answer = server.send(server.request(reqwest::Method::POST, PATH)).await.good();
    assert_eq!(answer["page"]["totalItems"], 10);
    let answer = server.raw(reqwest::Method::POST, PATH, "application/json", " null ").await.good();
    assert_eq!(answer["page"]["totalItems"], 10);
}

#[tokio::test]
async fn bad_searches_are_refused() {
    let server = Server::start().await;
    for (body, code) in [
        (json!({"filters": {}}), "unknown-field"),
        (json!({"filter": {"colour": "red"}}), "unknown-field"),
        (json!({"filter": {"state": {"$gt": "ACTIVE"}}}), "unknown-field"),
        (json!({"filter": {"state": {"eq": "ACTIVE"}}}), "unknown-field"),
        (json!({"filter": {"$or": [{"$or": []}]}}), "unknown-field"),
        (json!({"filter": {"state": "asleep"}}), "invalid-argument"),
        (json!({"filter": {"startDate": "yesterday"}}), "invalid-argument"),
        (json!({"filter": {"processInstanceKey": 12}}), "wrong-type"),
        (json!({"filter": {"processInstanceKey": "twelve"}}), "invalid-key"),
        (json!({"filter": {"hasIncident": "yes"}}), "wrong-type"),
        (json!({"filter": {"processDefinitionVersion": "1"}}), "wrong-type"),
        (json!({"filter": {"state": {"$in": "ACTIVE"}}}), "wrong-type"),
        (json!({"filter": {"variables": [{"value": "1"}]}}), "missing-field"),
        (json!({"filter": {"variables": [{"name": "n"}]}}), "missing-field"),
        (json!({"filter": []}), "wrong-type"),
        (json!({"sort": [{"field": "colour"}]}), "invalid-argument"),
        (json!({"sort": [{"order": "ASC"}]}), "missing-field"),
        (json!({"sort": [{"field": "state", "order": "UP"}]}), "invalid-argument"),
        (json!({"sort": {"field": "state"}}), "wrong-type"),
        (json!({"page": {}}), "missing-field"),
        (json!({"page": {"limit": null}}), "missing-field"),
        (json!({"page": {"limit": 0}}), "invalid-argument"),
        (json!({"page": {"limit": 10_001}}), "invalid-argument"),
        (json!({"page": {"after": "no cursor of ours"}}), "invalid-argument"),
    ] {
        server.post(PATH, body).await.refused(400, code);
    }
}
