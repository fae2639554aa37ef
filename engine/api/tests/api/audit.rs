//! The audit log over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Make, Server, text};

const STAFF: &[(&str, &[&str])] = &[("olga", &["operators"]), ("stan", &["sales"])];

async fn log(server: &Server, filter: Value) -> Vec<Value> {
    let body = json!({"filter": filter, "sort": [{"field": "auditLogKey"}]});
    let found = server.post("/v2/audit-logs/search", body).await.good();
    found["items"].as_array().unwrap().clone()
}

/// Removes something; the status.
async fn remove(server: &Server, path: &str) -> u16 {
    server.send(server.request(Method::DELETE, path)).await.status.as_u16()
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
    olga.get("/v2/audit-logs/x").await.refused(404, "not-found");
    let keys: Vec<String> = rows.iter().map(|row| text(row, "auditLogKey")).collect();
    assert!(keys.iter().all(|key| key.len() == 16) && keys.is_sorted(), "in the order of texts: {keys:?}");
    for (key, count) in [
        (json!(keys[1]), 1),
        (json!({"$in": &keys[..2], "$neq": keys[0]}), 1),
        (json!({"$notIn": &keys[..2]}), 5),
        (json!("7"), 0),
    ] {
        let filter = json!({"auditLogKey": key, "processInstanceKey": instance});
        assert_eq!(log(&olga, filter).await.len(), count, "{key}");
    }
    let unknown = json!({"filter": {"auditLogKey": {"$like": "*"}}});
    olga.post("/v2/audit-logs/search", unknown).await.refused(400, "unknown-field");
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
    let begun = server
        .post("/v2/process-instances/cancellation", json!({"filter": {"state": "ACTIVE"}}))
        .await
        .good();
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

/// The origin of a line: what there was before, and what there is afterwards.
async fn change(server: &Server, row: &Value) -> (Value, Value) {
    let path = format!("/hosk/v1/audit-logs/{}", text(row, "auditLogKey"));
    let mut origin = server.get(&path).await.good();
    (origin["before"].take(), origin["after"].take())
}

#[tokio::test]
async fn what_is_done_with_identities_is_noted_without_secrets() {
    let server = Server::make(Make { users: STAFF, ..Make::default() }).await;
    let olga = server.as_user("olga");
    let put = |path: &'static str, body| olga.with_body(Method::PUT, path, body);
    let nina = json!({"username": "nina", "password": "a long secret", "name": "Nina"});
    olga.post("/v2/users", nina.clone()).await.good();
    olga.post("/v2/users", nina).await.refused(409, "already-exists");
    put("/v2/users/nina", json!({"name": "Nina N.", "password": "another secret"})).await.good();
    olga.post("/v2/groups", json!({"groupId": "night", "name": "Night shift"})).await.good();
    put("/v2/groups/night", json!({"name": "Nights"})).await.good();
    assert_eq!(put("/v2/groups/night/users/nina", json!({})).await.status, 204);
    put("/v2/groups/night/users/nina", json!({})).await.refused(409, "already-exists");
    assert_eq!(remove(&olga, "/v2/groups/night/users/nina").await, 204);
    let rule = json!({"mappingRuleId": "staff", "name": "Staff", "claimName": "team", "claimValue": "x"});
    olga.post("/v2/mapping-rules", rule).await.good();
    let may = json!({
        "ownerId": "nina", "ownerType": "USER", "resourceId": "*", "resourceType": "BATCH",
        "permissionTypes": ["READ"],
    });
    let made = olga.post("/v2/authorizations", may).await.good();
    let key = text(&made, "authorizationKey");
    assert_eq!(remove(&olga, &format!("/v2/authorizations/{key}")).await, 204);
    assert_eq!(remove(&olga, "/v2/mapping-rules/staff").await, 204);
    assert_eq!(remove(&olga, "/v2/users/nina").await, 204);
    let rows = log(&olga, json!({"category": "ADMIN"})).await;
    let with_key = |row: &Value| format!("{} {}", told(row), text(row, "entityKey").replace(&key, "KEY"));
    assert_eq!(
        rows.iter().map(with_key).collect::<Vec<_>>(),
        [
            "olga CREATE USER SUCCESS nina",
            "olga CREATE USER FAIL nina",
            "olga UPDATE USER SUCCESS nina",
            "olga CREATE GROUP SUCCESS night",
            "olga UPDATE GROUP SUCCESS night",
            "olga ASSIGN GROUP SUCCESS night",
            "olga ASSIGN GROUP FAIL night",
            "olga UNASSIGN GROUP SUCCESS night",
            "olga CREATE MAPPING_RULE SUCCESS staff",
            "olga CREATE AUTHORIZATION SUCCESS KEY",
            "olga DELETE AUTHORIZATION SUCCESS KEY",
            "olga DELETE MAPPING_RULE SUCCESS staff",
            "olga DELETE USER SUCCESS nina",
        ]
    );
    let before = json!({"username": "nina", "name": "Nina", "email": ""});
    let after = json!({"username": "nina", "name": "Nina N.", "email": ""});
    assert_eq!(change(&olga, &rows[0]).await, (Value::Null, before.clone()));
    assert_eq!(change(&olga, &rows[1]).await, (Value::Null, Value::Null), "nothing has changed");
    assert_eq!(change(&olga, &rows[2]).await, (before, after.clone()));
    assert_eq!(rows[2]["entityDescription"], "password changed");
    assert_eq!(change(&olga, &rows[12]).await, (after, Value::Null));
    assert_eq!(change(&olga, &rows[9]).await.1, change(&olga, &rows[10]).await.0);
    let related = json!({"relatedEntityType": "USER", "relatedEntityKey": "nina"});
    let related: Vec<String> = log(&olga, related).await.iter().map(told).collect();
    assert_eq!(related.len(), 5, "{related:?}");
    assert!(!format!("{rows:?}").contains("secret"), "{rows:?}");
}

#[tokio::test]
async fn signing_in_and_failing_to_is_noted() {
    let server = Server::make(Make { users: STAFF, ..Make::default() }).await;
    let olga = server.as_user("olga");
    let session = |password: &str| json!({"username": "stan", "password": password});
    server.post("/hosk/v1/session", session("open sesame")).await.good();
    server.post("/hosk/v1/session", session("let me in")).await.refused(401, "unauthorized");
    let wrong = server.request(Method::GET, "/v2/topology").basic_auth("stan", Some("let me in"));
    server.send(wrong).await.refused(401, "unauthorized");
    let made = server.as_user("stan").post("/hosk/v1/tokens", json!({"name": "ci"})).await.good();
    let token = text(&made, "tokenId");
    assert_eq!(remove(&server.as_user("stan"), &format!("/hosk/v1/tokens/{token}")).await, 204);
    let rows = log(&olga, json!({})).await;
    let all: Vec<String> = rows.iter().map(told).collect();
    assert_eq!(
        all,
        [
            "stan UNKNOWN USER SUCCESS",
            "nobody UNKNOWN USER FAIL",
            "nobody UNKNOWN USER FAIL",
            "stan CREATE CLIENT SUCCESS",
            "stan DELETE CLIENT SUCCESS",
        ]
    );
    assert_eq!((&rows[0]["entityKey"], &rows[0]["entityDescription"]), (&json!("stan"), &json!("signed in")));
    for failed in &rows[1..3] {
        let expected = (&json!("stan"), &json!("unauthorized"));
        assert_eq!((&failed["entityKey"], &failed["entityDescription"]), expected);
    }
    assert_eq!((&rows[3]["entityKey"], &rows[3]["relatedEntityKey"]), (&json!(token), &json!("stan")));
    let (_, after) = change(&olga, &rows[3]).await;
    assert_eq!((&after["name"], after.get("token")), (&json!("ci"), None));
}

#[tokio::test]
async fn lines_are_found_and_sorted_by_every_field() {
    let server = Server::start().await;
    let deployed = server.deploy(&["review.bpmn", "review.form"]).await.good();
    let deployment = text(&deployed, "deploymentKey");
    let form = deployed["deployments"].as_array().unwrap().iter().find(|one| one["form"].is_object());
    let form = text(&form.unwrap()["form"], "formKey");
    server.post(&format!("/v2/resources/{form}/deletion"), json!({})).await.good();
    for (filter, operation) in [
        (json!({"deploymentKey": deployment}), "CREATE"),
        (json!({"resourceKey": form}), "DELETE"),
        (json!({"formKey": form}), "DELETE"),
    ] {
        let rows = log(&server, filter.clone()).await;
        assert_eq!(rows.len(), 1, "{filter}");
        assert_eq!(rows[0]["operationType"], operation, "{filter}");
    }
    for name in ["agentElementId", "decisionDefinitionId", "decisionRequirementsId", "relatedEntityKey"] {
        assert!(log(&server, json!({name: "x"})).await.is_empty(), "{name}");
    }
    for name in ["decisionDefinitionKey", "decisionRequirementsKey", "decisionEvaluationKey"] {
        assert!(log(&server, json!({name: "7"})).await.is_empty(), "{name}");
    }
    for field in [
        "actorId",
        "actorType",
        "auditLogKey",
        "batchOperationKey",
        "batchOperationType",
        "category",
        "decisionDefinitionId",
        "decisionDefinitionKey",
        "decisionEvaluationKey",
        "decisionRequirementsId",
        "decisionRequirementsKey",
        "elementInstanceKey",
        "entityKey",
        "entityType",
        "jobKey",
        "operationType",
        "processDefinitionId",
        "processDefinitionKey",
        "processInstanceKey",
        "result",
        "tenantId",
        "timestamp",
        "userTaskKey",
    ] {
        let found = server.post("/v2/audit-logs/search", json!({"sort": [{"field": field}]})).await.good();
        assert_eq!(found["page"]["totalItems"], 2, "{field}");
    }
}
