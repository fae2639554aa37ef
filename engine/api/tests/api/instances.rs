//! Process instances, their elements and variables.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Make, Server, text};

#[tokio::test]
async fn the_result_is_awaited_with_the_variables_asked_for() {
    let server = Server::start().await;
    server.deploy(&["sum.bpmn"]).await.good();
    let body = json!({
        "processDefinitionId": "sum", "variables": {"a": 1.10, "b": 2}, "awaitCompletion": true,
        "fetchVariables": ["sum"], "tags": ["urgent"], "businessId": "order-7",
    });
    let done = server.post("/v2/process-instances", body).await.good();
    assert_eq!(done["variables"], json!({"sum": serde_json::from_str::<Value>("3.1").unwrap()}));
    assert_eq!((&done["tags"], &done["businessId"]), (&json!(["urgent"]), &json!("order-7")));
    let key = text(&done, "processInstanceKey");
    let row = server.get(&format!("/v2/process-instances/{key}")).await.good();
    assert_eq!((&row["state"], &row["businessId"]), (&json!("COMPLETED"), &json!("order-7")));
    assert!(row["endDate"].as_str().unwrap().ends_with('Z') && row["suspendedDate"].is_null());
}

#[tokio::test]
async fn waiting_has_an_end() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    let body = json!({"processDefinitionId": "work", "awaitCompletion": true, "requestTimeout": 200});
    server.post("/v2/process-instances", body).await.refused(504, "timed-out");
    let row = server.first("/v2/process-instances/search", json!({"processDefinitionId": "work"})).await;
    assert_eq!(row["state"], "ACTIVE", "it goes on");
}

#[tokio::test]
async fn variables_keep_their_digits_and_long_ones_are_cut_in_searches() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    let digits = "12345678901234567890.123456789012345678901234567890";
    let long = "x".repeat(9_000);
    let body =
        format!(r#"{{"processDefinitionId": "work", "variables": {{"exact": {digits}, "long": "{long}"}}}}"#);
    let created = server.raw(Method::POST, "/v2/process-instances", "application/json", body).await.good();
    let instance = text(&created, "processInstanceKey");
    let exact =
        server.first("/v2/variables/search", json!({"name": "exact", "processInstanceKey": instance})).await;
    assert_eq!((&exact["value"], &exact["isTruncated"]), (&json!(digits), &json!(false)));
    assert_eq!(exact["scopeKey"], json!(instance));
    let filter = json!({"name": "long"});
    let cut = server.first("/v2/variables/search", filter.clone()).await;
    assert_eq!(cut["isTruncated"], true);
    let whole = server.first("/v2/variables/search?truncateValues=false", filter).await;
    assert_eq!((whole["value"].as_str().unwrap().len(), &whole["isTruncated"]), (9_002, &json!(false)));
    let one = server.get(&format!("/v2/variables/{}", text(&cut, "variableKey"))).await.good();
    assert_eq!(one["value"].as_str().unwrap().len(), 9_002);
    let job = server.take("work").await.remove(0);
    assert_eq!(job["variables"]["exact"].to_string(), digits, "to workers too");
}

#[tokio::test]
async fn variables_are_set_at_a_scope() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    let instance = server.create("work", json!({"a": 1})).await;
    let element = server.first("/v2/element-instances/search", json!({"elementId": "do"})).await;
    assert_eq!((&element["type"], &element["state"]), (&json!("SERVICE_TASK"), &json!("ACTIVE")));
    let scope = text(&element, "elementInstanceKey");
    let path = format!("/v2/element-instances/{scope}/variables");
    let set = |body| server.with_body(Method::PUT, &path, body);
    assert_eq!(set(json!({"variables": {"a": 2}, "local": true})).await.status, 204);
    assert_eq!(set(json!({"variables": {"b": 3}})).await.status, 204);
    let value = async |name: &str, scope: &str| {
        server.first("/v2/variables/search", json!({"name": name, "scopeKey": scope})).await["value"].clone()
    };
    assert_eq!(value("a", &instance).await, "1");
    assert_eq!(value("a", &scope).await, "2");
    assert_eq!(value("b", &instance).await, "3");
    set(json!({"local": true})).await.refused(400, "missing-field");
    set(json!({"variables": [1]})).await.refused(400, "wrong-type");
    let nowhere =
        server.with_body(Method::PUT, "/v2/element-instances/77/variables", json!({"variables": {}})).await;
    assert_eq!(nowhere.status, 404);
}

#[tokio::test]
async fn an_instance_is_canceled_once() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    let instance = server.create("work", json!({})).await;
    let path = format!("/v2/process-instances/{instance}/cancellation");
    assert_eq!(server.send(server.request(Method::POST, &path)).await.status, 204, "without a body");
    assert_eq!(server.post(&path, json!({})).await.status, 404);
    let row = server.get(&format!("/v2/process-instances/{instance}")).await.good();
    assert_eq!(row["state"], "TERMINATED");
}

#[tokio::test]
async fn what_an_instance_went_through() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    let instance = server.create("work", json!({})).await;
    let path = format!("/v2/process-instances/{instance}");
    let callers = server.get(&format!("{path}/call-hierarchy")).await.good();
    assert_eq!(callers[0]["processInstanceKey"], json!(instance));
    let flows = server.get(&format!("{path}/sequence-flows")).await.good();
    assert_eq!(flows["items"][0]["elementId"], "to-do");
    let statistics = server.get(&format!("{path}/statistics/element-instances")).await.good();
    let of =
        |id: &str| statistics["items"].as_array().unwrap().iter().find(|row| row["elementId"] == id).cloned();
    assert_eq!(of("start").unwrap()["completed"], 1);
    assert_eq!(of("do").unwrap()["active"], 1);
    let definition = server.first("/v2/process-definitions/search", json!({})).await;
    let key = text(&definition, "processDefinitionKey");
    let path = format!("/v2/process-definitions/{key}/statistics/element-instances");
    let statistics = server.post(&path, json!({"filter": {"state": "active"}})).await.good();
    assert!(
        statistics["items"].as_array().unwrap().iter().any(|row| row["elementId"] == "do"),
        "{statistics}"
    );
    server.post(&path, json!({"filter": {"colour": 1}})).await.refused(400, "unknown-field");
}

#[tokio::test]
async fn bad_starts_are_refused() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn", "stock.bpmn"]).await.good();
    for (body, status, code) in [
        (json!({}), 400, "missing-field"),
        (json!({"processDefinitionId": "restock"}), 409, "no-plain-start"),
        (json!({"processDefinitionId": "work", "processDefinitionKey": "1"}), 400, "invalid-argument"),
        (json!({"processDefinitionId": "other"}), 404, "definition-not-found"),
        (json!({"processDefinitionKey": "17"}), 404, "definition-not-found"),
        (json!({"processDefinitionId": "work", "processDefinitionVersion": 9}), 404, "definition-not-found"),
        (json!({"processDefinitionId": "work", "processDefinitionVersion": 0}), 400, "invalid-argument"),
        (json!({"processDefinitionId": "work", "tenantId": "other"}), 400, "invalid-argument"),
        (json!({"processDefinitionId": "work", "tags": ["1st"]}), 400, "invalid-argument"),
        (json!({"processDefinitionId": "work", "colour": "red"}), 400, "unknown-field"),
        (json!({"processDefinitionId": "work", "variables": 1}), 400, "wrong-type"),
        (
            json!({"processDefinitionId": "work", "startInstructions": [{"elementId": "x"}]}),
            400,
            "start-not-found",
        ),
        (json!({"processDefinitionId": "work", "runtimeInstructions": [{}]}), 400, "missing-field"),
    ] {
        server.post("/v2/process-instances", body).await.refused(status, code);
    }
}

#[tokio::test]
async fn the_clock_is_set_only_where_it_may_be() {
    let server = Server::start().await;
    let pin =
        |server: Server, body: Value| async move { server.with_body(Method::PUT, "/v2/clock", body).await };
    pin(server, json!({"timestamp": 0})).await.refused(403, "clock-not-controllable");
    let server = Server::make(Make { clock: true, ..Make::default() }).await;
    let moment = 1_900_000_000_000_i64;
    assert_eq!(server.with_body(Method::PUT, "/v2/clock", json!({"timestamp": moment})).await.status, 204);
    server.deploy(&["work.bpmn"]).await.good();
    let instance = server.create("work", json!({})).await;
    let row = server.get(&format!("/v2/process-instances/{instance}")).await.good();
    assert_eq!(row["startDate"], "2030-03-17T17:46:40.000Z");
    assert_eq!(server.send(server.request(Method::POST, "/v2/clock/reset")).await.status, 204);
    server.with_body(Method::PUT, "/v2/clock", json!({})).await.refused(400, "missing-field");
    server
        .with_body(Method::PUT, "/v2/clock", json!({"timestamp": -5}))
        .await
        .refused(400, "invalid-argument");
}
