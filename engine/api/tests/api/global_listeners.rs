//! Task listeners of the installation: kept over HTTP, run for the user tasks of every process.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Make, Server, text};

const STAFF: &[(&str, &[&str])] = &[("olga", &["operators"]), ("stan", &["sales"])];
const ALL: &str = "/v2/global-task-listeners";

async fn put(server: &Server, id: &str, body: Value) -> crate::server::Answer {
    server.with_body(Method::PUT, &format!("{ALL}/{id}"), body).await
}

async fn delete(server: &Server, id: &str) -> crate::server::Answer {
    server.send(server.request(Method::DELETE, &format!("{ALL}/{id}"))).await
}

#[tokio::test]
async fn they_are_kept_changed_found_and_removed() {
    let server = Server::start().await;
    let body = json!({"id": "audit", "type": "note", "eventTypes": ["COMPLETING", "creating", "creating"]});
    let answer = server.post(ALL, body.clone()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let expected = json!({
        "id": "audit", "type": "note", "eventTypes": ["completing", "creating"], "retries": 3,
        "afterNonGlobal": false, "priority": 50, "source": "API",
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(server.get(&format!("{ALL}/audit")).await.good(), expected);
    server.post(ALL, body).await.refused(409, "already-exists");
    let second = json!({
        "id": "b@x", "type": "b", "eventTypes": ["all"], "retries": 7, "afterNonGlobal": true, "priority": -3,
    });
    assert_eq!(server.post(ALL, second.clone()).await.status, 201);
    for (search, ids) in [
        (json!({}), vec!["audit", "b@x"]),
        (json!({"sort": [{"field": "priority", "order": "ASC"}]}), vec!["b@x", "audit"]),
        (json!({"filter": {"eventTypes": ["completing", {"$in": ["creating", "all"]}]}}), vec!["audit"]),
        (json!({"filter": {"eventTypes": [{"$like": "a*"}]}}), vec!["b@x"]),
        (json!({"filter": {"eventTypes": ["COMPLETING"]}}), vec!["audit"]),
        (json!({"filter": {"retries": {"$gt": 3}, "afterNonGlobal": true, "type": "b"}}), vec!["b@x"]),
        (json!({"filter": {"source": "CONFIGURATION"}}), vec![]),
    ] {
        let found = server.post(&format!("{ALL}/search"), search.clone()).await.good();
        let found: Vec<_> = found["items"].as_array().unwrap().iter().map(|one| text(one, "id")).collect();
        assert_eq!(found, ids, "{search}");
    }
    for unknown in [json!(["completed"]), json!([""]), json!([{"$in": ["creating", "gone"]}])] {
        let search = json!({"filter": {"eventTypes": unknown}});
        let detail = server.post(&format!("{ALL}/search"), search).await.refused(400, "invalid-argument");
        assert!(detail.contains("Use any of the following values: [all, creating"), "{detail}");
    }
    // What is absent gets its default, as at first.
    let changed = put(&server, "b@x", json!({"type": "c", "eventTypes": ["updating"]})).await.good();
    let expected = json!({
        "id": "b@x", "type": "c", "eventTypes": ["updating"], "retries": 3, "afterNonGlobal": false,
        "priority": 50, "source": "API",
    });
    assert_eq!(changed, expected);
    assert_eq!(delete(&server, "b@x").await.status, 204);
    delete(&server, "b@x").await.refused(404, "not-found");
    server.get(&format!("{ALL}/b@x")).await.refused(404, "not-found");
    put(&server, "b@x", json!({"type": "c", "eventTypes": ["all"]})).await.refused(404, "not-found");
}

#[tokio::test]
async fn bad_ones_are_refused() {
    let server = Server::start().await;
    let good = json!({"id": "a", "type": "t", "eventTypes": ["all"]});
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    for (body, code) in [
        (json!({}), "missing-field"),
        (with("id", Value::Null), "missing-field"),
        (with("type", Value::Null), "missing-field"),
        (with("eventTypes", Value::Null), "missing-field"),
        (with("id", json!("")), "invalid-argument"),
        (with("id", json!("a b")), "invalid-argument"),
        (with("id", json!("x".repeat(257))), "invalid-argument"),
        (with("type", json!("")), "invalid-argument"),
        (with("eventTypes", json!([])), "invalid-argument"),
        (with("eventTypes", json!(["dancing"])), "invalid-argument"),
        (with("eventTypes", json!("all")), "wrong-type"),
        (with("retries", json!(0)), "invalid-argument"),
        (with("retries", json!("3")), "wrong-type"),
        (with("priority", json!(3_000_000_000_i64)), "invalid-argument"),
        (with("afterNonGlobal", json!(1)), "wrong-type"),
        (with("colour", json!(1)), "unknown-field"),
    ] {
        server.post(ALL, body).await.refused(400, code);
    }
    put(&server, "a", json!({"type": "t"})).await.refused(400, "missing-field");
    put(&server, "a", json!({"type": "t", "eventTypes": ["x"]})).await.refused(400, "invalid-argument");
    let search = json!({"filter": {"colour": 1}});
    server.post(&format!("{ALL}/search"), search).await.refused(400, "unknown-field");
}

#[tokio::test]
async fn they_run_for_every_user_task_while_they_are_there() {
    let server = Server::start().await;
    server.deploy(&["asked.bpmn"]).await.good();
    for (id, events, priority) in [("low", "creating", 1), ("high", "creating", 9), ("end", "canceling", 50)]
    {
        let body = json!({"id": id, "type": id, "eventTypes": [events], "priority": priority});
        assert_eq!(server.post(ALL, body).await.status, 201);
    }
    let instance = server.create("asked", json!({})).await;
    let job = &server.take("high").await[0];
    let kinds = ["kind", "listenerEventType", "retries"].map(|name| job[name].clone());
    assert_eq!(json!(kinds), json!(["TASK_LISTENER", "CREATING", 3]));
    // What was decided stays, although it is removed meanwhile.
    assert_eq!(delete(&server, "low").await.status, 204);
    let done = |job: &Value| format!("/v2/jobs/{}/completion", text(job, "jobKey"));
    assert_eq!(server.post(&done(job), json!({})).await.status, 204);
    let job = &server.take("low").await[0];
    assert_eq!(server.post(&done(job), json!({})).await.status, 204);
    let task = server.first("/v2/user-tasks/search", json!({"state": "CREATED"})).await;
    // It hears of the cancellation, which waits for it.
    let cancel = format!("/v2/process-instances/{instance}/cancellation");
    assert_eq!(server.post(&cancel, json!({})).await.status, 204);
    let path = format!("/v2/user-tasks/{}", text(&task, "userTaskKey"));
    assert_eq!(server.get(&path).await.good()["state"], "CANCELING");
    let job = &server.take("end").await[0];
    let deny = json!({"result": {"type": "userTask", "denied": true}});
    server.post(&done(job), deny).await.refused(400, "job-result-invalid");
    assert_eq!(server.post(&done(job), json!({})).await.status, 204);
    assert_eq!(server.get(&path).await.good()["state"], "CANCELED");
    let row = server.get(&format!("/v2/process-instances/{instance}")).await.good();
    assert_eq!(row["state"], "TERMINATED");
}

#[tokio::test]
async fn only_who_may_sees_and_changes_them() {
    let server = Server::make(Make { users: STAFF, ..Make::default() }).await;
    let (olga, stan) = (server.as_user("olga"), server.as_user("stan"));
    let body = json!({"id": "a", "type": "t", "eventTypes": ["all"]});
    stan.post(ALL, body.clone()).await.refused(403, "forbidden");
    assert_eq!(olga.post(ALL, body).await.status, 201);
    stan.get(&format!("{ALL}/a")).await.refused(403, "forbidden");
    let found = stan.post(&format!("{ALL}/search"), json!({})).await.good();
    assert_eq!(found["page"]["totalItems"], 0);
    put(&stan, "a", json!({"type": "t", "eventTypes": ["all"]})).await.refused(403, "forbidden");
    delete(&stan, "a").await.refused(403, "forbidden");
    for method in [Method::GET, Method::DELETE] {
        let request = server.request(method, &format!("{ALL}/a"));
        assert_eq!(server.send(request).await.status.as_u16(), 401);
    }
    assert_eq!(delete(&olga, "a").await.status, 204);
    let log = json!({"filter": {"entityType": "RESOURCE", "entityKey": "a"}});
    let found = olga.post("/v2/audit-logs/search", log).await.good();
    let told = |line: &Value| format!("{} {}", text(line, "operationType"), text(line, "result"));
    let mut kinds: Vec<_> = found["items"].as_array().unwrap().iter().map(told).collect();
    kinds.sort();
    assert_eq!(kinds, ["CREATE SUCCESS", "DELETE FAIL", "DELETE SUCCESS", "UPDATE FAIL"]);
}
