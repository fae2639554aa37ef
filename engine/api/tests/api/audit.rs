//! The audit log over HTTP.

use serde_json::{Value, json};

use crate::server::{Make, Server, text};

const STAFF: &[(&str, &[&str])] = &[("olga", &["operators"]), ("stan", &["sales"])];

async fn log(server: &Server, filter: Value) -> Vec<Value> {
    let body = json!({"filter": filter, "sort": [{"field": "auditLogKey"}]});
    let found = server.post("/v2/audit-logs/search", body).await.good();
    found["items"].as_array().unwrap().clone()
}

/// What was done, with what, how it ended.
fn told(row: &Value) -> String {
    let member = |name| row[name].as_str().unwrap_or("nobody").to_owned();
    format!("{} {} {} {}", member("actorId"), member("operationType"), member("entityType"), member("result"))
}

#[tokio::test]
async fn what_operators_do_with_instances_is_noted() {
    let server = Server::make(Make { users: STAFF, ..Make::default() }).await;
    let olga = server.as_user("olga");
    olga.deploy(&["work.bpmn"]).await.good();
    let instance = olga.create("work", json!({})).await;
    let path = format!("/v2/process-instances/{instance}");
    assert_eq!(olga.post(&format!("{path}/suspension"), json!({})).await.status, 204);
    assert_eq!(olga.post(&format!("{path}/suspension"), json!({})).await.status, 409);
    assert_eq!(olga.post(&format!("{path}/resumption"), json!({})).await.status, 204);
    let scope = format!("/v2/element-instances/{instance}/variables");
    let set = olga.with_body(reqwest::Method::PUT, &scope, json!({"variables": {"a": 1}})).await;
    assert_eq!(set.status, 204);
    let job = text(&olga.take("work").await[0], "jobKey");
    let change = json!({"changeset": {"retries": 5}});
    let changed = olga.with_body(reqwest::Method::PATCH, &format!("/v2/jobs/{job}"), change).await;
    assert_eq!(changed.status, 204);
    assert_eq!(olga.post(&format!("{path}/cancellation"), json!({})).await.status, 204);
    let rows = log(&olga, json!({"processInstanceKey": instance})).await;
    let all: Vec<String> = rows.iter().map(told).collect();
    assert_eq!(
        all,
        [
            "olga CREATE PROCESS_INSTANCE SUCCESS",
            "olga SUSPEND PROCESS_INSTANCE SUCCESS",
            "olga SUSPEND PROCESS_INSTANCE FAIL",
            "olga RESUME PROCESS_INSTANCE SUCCESS",
            "olga UPDATE VARIABLE SUCCESS",
            "olga UPDATE JOB SUCCESS",
            "olga CANCEL PROCESS_INSTANCE SUCCESS",
        ]
    );
    assert_eq!((&rows[0]["entityKey"], &rows[0]["processDefinitionId"]), (&json!(instance), &json!("work")));
    assert_eq!(rows[2]["entityDescription"], "instance-suspended");
    assert_eq!((&rows[5]["jobKey"], &rows[5]["entityDescription"]), (&json!(job), &json!("retries: 5")));
    let one = olga.get(&format!("/v2/audit-logs/{}", text(&rows[1], "auditLogKey"))).await.good();
    assert_eq!(one, rows[1]);
    let origin = olga.get(&format!("/hosk/v1/audit-logs/{}", text(&rows[1], "auditLogKey"))).await.good();
    assert_eq!(origin["origin"], "127.0.0.1");
    olga.get("/v2/audit-logs/4711").await.refused(404, "not-found");
    olga.get("/hosk/v1/audit-logs/4711").await.refused(404, "not-found");
    olga.get("/v2/audit-logs/x").await.refused(400, "invalid-key");
}

#[tokio::test]
async fn what_changes_no_instance_is_noted_as_well() {
    let server = Server::start().await;
    let deployed = server.deploy(&["work.bpmn"]).await.good();
    let rows = log(&server, json!({"entityType": "RESOURCE"})).await;
    assert_eq!(rows.iter().map(told).collect::<Vec<_>>(), ["nobody CREATE RESOURCE SUCCESS"]);
    assert_eq!(rows[0]["entityKey"], deployed["deploymentKey"]);
    assert_eq!(
        (&rows[0]["actorType"], &rows[0]["category"]),
        (&json!("ANONYMOUS"), &json!("DEPLOYED_RESOURCES"))
    );
    server.create("work", json!({})).await;
    let begun = server.post("/v2/process-instances/cancellation", json!({"filter": {}})).await.good();
    let key = text(&begun, "batchOperationKey");
    for _ in 0..200 {
        if server.get(&format!("/v2/batch-operations/{key}")).await.good()["endDate"].is_string() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let rows = log(&server, json!({"batchOperationKey": key})).await;
    let all: Vec<String> = rows.iter().map(told).collect();
    assert_eq!(all, ["nobody CREATE BATCH SUCCESS", "nobody CANCEL PROCESS_INSTANCE SUCCESS"]);
    assert_eq!(rows[1]["batchOperationType"], "CANCEL_PROCESS_INSTANCE");
    server
        .post("/v2/process-instances/4711/cancellation", json!({}))
        .await
        .refused(404, "instance-not-found");
    let failed = log(&server, json!({"result": "FAIL"})).await;
    assert_eq!((failed.len(), &failed[0]["entityKey"]), (1, &json!("4711")));
}

#[tokio::test]
async fn people_see_what_was_done_with_their_tasks() {
    let server = Server::make(Make { users: STAFF, ..Make::default() }).await;
    let (olga, stan) = (server.as_user("olga"), server.as_user("stan"));
    olga.deploy(&["review.bpmn", "review.form"]).await.good();
    olga.create("review", json!({})).await;
    let task = text(&olga.first("/v2/user-tasks/search", json!({})).await, "userTaskKey");
    let assign = |to: &str| json!({"assignee": to});
    let path = format!("/v2/user-tasks/{task}");
    assert_eq!(olga.post(&format!("{path}/assignment"), assign("stan")).await.status, 204);
    assert_eq!(stan.post(&format!("{path}/completion"), json!({})).await.status, 204);
    let body = json!({"sort": [{"field": "timestamp"}, {"field": "auditLogKey"}]});
    let search = format!("{path}/audit-logs/search");
    let found = stan.post(&search, body).await.good();
    let all: Vec<String> = found["items"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(all, ["olga ASSIGN USER_TASK SUCCESS", "stan COMPLETE USER_TASK SUCCESS"]);
    assert_eq!(found["items"][0]["entityDescription"], "assignee: stan");
    assert_eq!(found["items"][0]["category"], "USER_TASKS");
    let nothing = stan.post("/v2/audit-logs/search", json!({})).await.good();
    assert_eq!(nothing["items"], json!([]));
    stan.get("/v2/audit-logs/1").await.refused(403, "forbidden");
    stan.post("/v2/user-tasks/4711/audit-logs/search", json!({})).await.refused(404, "not-found");
    stan.post(&search, json!({"filter": {"colour": 1}})).await.refused(400, "unknown-field");
}
