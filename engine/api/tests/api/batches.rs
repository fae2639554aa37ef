//! Batch operations over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Server, text};

/// A filter that finds every instance: one that says nothing is refused.
fn everything() -> Value {
    json!({"processInstanceKey": {"$exists": true}})
}

async fn working(count: usize) -> (Server, Vec<String>) {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    let mut instances = Vec::new();
    for n in 0..count {
        instances.push(server.create("work", json!({"n": n})).await);
    }
    (server, instances)
}

/// Begins one and waits for its end.
async fn carried_out(server: &Server, path: &str, body: Value) -> Value {
    let begun = server.post(path, body).await.good();
    let path = format!("/v2/batch-operations/{}", text(&begun, "batchOperationKey"));
    for _ in 0..400 {
        let row = server.get(&path).await.good();
        if row["endDate"].is_string() {
            assert_eq!(row["batchOperationType"], begun["batchOperationType"]);
            return row;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("{path} is not over");
}

fn counts(row: &Value) -> Value {
    json!([
        row["state"],
        row["operationsTotalCount"],
        row["operationsCompletedCount"],
        row["operationsFailedCount"]
    ])
}

async fn states(server: &Server) -> Vec<String> {
    let sort = json!({"sort": [{"field": "processInstanceKey"}]});
    let found = server.post("/v2/process-instances/search", sort).await.good();
    found["items"].as_array().unwrap().iter().map(|row| text(row, "state")).collect()
}

#[tokio::test]
async fn instances_are_suspended_resumed_canceled_and_deleted() {
    let (server, instances) = working(3).await;
    let some = json!({"filter": {"processInstanceKey": {"$in": &instances[..2]}}});
    let row = carried_out(&server, "/v2/process-instances/suspension", some.clone()).await;
    assert_eq!(counts(&row), json!(["COMPLETED", 2, 2, 0]));
    assert_eq!((&row["actorType"], &row["actorId"]), (&json!("ANONYMOUS"), &Value::Null));
    assert_eq!(row["errors"], json!([]));
    assert_eq!(states(&server).await, ["SUSPENDED", "SUSPENDED", "ACTIVE"]);
    // Whatever the filter says about states.
    let all = json!({"filter": {"state": "COMPLETED"}, "operationReference": 7});
    let row = carried_out(&server, "/v2/process-instances/resumption", all).await;
    assert_eq!(counts(&row), json!(["COMPLETED", 2, 2, 0]));
    let row = carried_out(&server, "/v2/process-instances/cancellation", some.clone()).await;
    assert_eq!(counts(&row), json!(["COMPLETED", 2, 2, 0]));
    assert_eq!(states(&server).await, ["TERMINATED", "TERMINATED", "ACTIVE"]);
    let row = carried_out(&server, "/v2/process-instances/deletion", json!({"filter": everything()})).await;
    assert_eq!(counts(&row), json!(["COMPLETED", 2, 2, 0]));
    assert_eq!(states(&server).await, ["ACTIVE"]);
    server.get(&format!("/v2/process-instances/{}", instances[0])).await.refused(404, "not-found");

    let sort = json!([{"field": "startDate", "order": "DESC"}]);
    let filter = json!({"state": {"$in": ["COMPLETED"]}, "operationType": {"$like": "*CANCEL*"}});
    let search = json!({"filter": filter, "sort": sort});
    let found = server.post("/v2/batch-operations/search", search).await.good();
    assert_eq!(found["page"]["totalItems"], 1);
    let key = text(&found["items"][0], "batchOperationKey");
    let search = json!({"filter": {"batchOperationKey": key}, "sort": [{"field": "itemKey"}]});
    let items = server.post("/v2/batch-operation-items/search", search).await.good();
    assert_eq!(items["page"]["totalItems"], 2);
    let item = &items["items"][0];
    assert_eq!(item["operationType"], "CANCEL_PROCESS_INSTANCE");
    assert_eq!((&item["itemKey"], &item["state"]), (&json!(instances[0]), &json!("COMPLETED")));
    assert_eq!((&item["processInstanceKey"], &item["errorMessage"]), (&json!(instances[0]), &Value::Null));
    assert!(item["processedDate"].is_string());
    let over = format!("/v2/batch-operations/{key}");
    let malformed =
        server.raw(Method::POST, "/v2/batch-operations/1/suspension", "application/json", "{\"a\": ");
    malformed.await.refused(400, "malformed-request");
    for change in ["suspension", "resumption", "cancellation"] {
        let detail = server.post(&format!("{over}/{change}"), json!({})).await.refused(404, "not-found");
        assert!(detail.contains("no such batch operation was found. The batch operation"), "{detail}");
        server.post(&format!("/v2/batch-operations/77/{change}"), json!({})).await.refused(404, "not-found");
    }
    server.get("/v2/batch-operations/77").await.refused(404, "not-found");
    server.get("/v2/batch-operations/none").await.refused(404, "not-found");
    server.post("/v2/batch-operations/none/suspension", json!({})).await.refused(400, "invalid-key");
    for (filter, count) in [
        (json!({"batchOperationKey": key}), 1),
        (json!({"batchOperationKey": {"$in": [key, "77"]}}), 1),
        // What clients know, and hosk does not do.
        (json!({"operationType": "DELETE_PROCESS_DEFINITION"}), 0),
    ] {
        let found = server.post("/v2/batch-operations/search", json!({"filter": filter})).await.good();
        assert_eq!(found["page"]["totalItems"], count, "{filter}");
    }
    let search = json!({"filter": {"batchOperationKey": 7}});
    server.post("/v2/batch-operations/search", search).await.refused(400, "wrong-type");
}

/// Begins so many batch operations at once that the last of them are still under way, and suspends one of those.
async fn suspended(server: &Server) -> String {
    for act in ["suspension", "resumption"].into_iter().cycle().take(10) {
        let path = format!("/v2/process-instances/{act}");
        let all = (0..20).map(|_| server.post(&path, json!({"filter": everything()})));
        for begun in futures::future::join_all(all).await.into_iter().rev() {
            let path = format!("/v2/batch-operations/{}", text(&begun.good(), "batchOperationKey"));
            if server.post(&format!("{path}/suspension"), json!({})).await.status == 204 {
                return path;
            }
        }
    }
    panic!("every one was over at once");
}

#[tokio::test]
async fn a_batch_operation_is_suspended_resumed_and_canceled() {
    let (server, _) = working(150).await;
    let path = suspended(&server).await;
    let row = server.get(&path).await.good();
    assert_eq!((&row["state"], &row["endDate"]), (&json!("SUSPENDED"), &Value::Null), "{row}");
    server.post(&format!("{path}/suspension"), json!({})).await.refused(409, "invalid-state");
    assert_eq!(server.post(&format!("{path}/resumption"), json!({})).await.status, 204);
    let mut row = row;
    for _ in 0..400 {
        row = server.get(&path).await.good();
        if row["endDate"].is_string() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert_eq!(row["state"], "COMPLETED", "{row}");
    let path = suspended(&server).await;
    assert_eq!(server.post(&format!("{path}/cancellation"), json!({})).await.status, 204);
    let row = server.get(&path).await.good();
    assert_eq!((&row["state"], row["endDate"].is_string()), (&json!("CANCELED"), true), "{row}");
    server.post(&format!("{path}/resumption"), json!({})).await.refused(404, "not-found");
    server.post(&format!("{path}/cancellation"), json!({})).await.refused(404, "not-found");
}

#[tokio::test]
async fn instances_are_modified_and_migrated() {
    let (server, instances) = working(2).await;
    let moves = json!([{"sourceElementId": "do", "targetElementId": "do"}]);
    let body = json!({"filter": {"processDefinitionId": "work"}, "moveInstructions": moves});
    let row = carried_out(&server, "/v2/process-instances/modification", body).await;
    assert_eq!(counts(&row), json!(["COMPLETED", 2, 2, 0]));
    let filter = json!({"processInstanceKey": instances[0], "elementId": "do"});
    let both = server.post("/v2/element-instances/search", json!({"filter": filter})).await.good();
    assert_eq!(both["page"]["totalItems"], 2, "one was stopped, one begun");
    let newer = crate::server::file("work.bpmn").replace("\"do\"", "\"do-it\"");
    let deployed = server.deploy_parts(&[("resources", "work.bpmn", newer)]).await.good();
    let target = text(&deployed["deployments"][0]["processDefinition"], "processDefinitionKey");
    let plan = |to: &str| {
        json!({
            "filter": everything(),
            "migrationPlan": {
                "targetProcessDefinitionKey": target,
                "mappingInstructions": [{"sourceElementId": "do", "targetElementId": to}],
            },
        })
    };
    let row = carried_out(&server, "/v2/process-instances/migration", plan("nowhere")).await;
    assert_eq!(counts(&row), json!(["COMPLETED", 2, 0, 2]));
    let failed = server.first("/v2/batch-operation-items/search", json!({"state": "FAILED"})).await;
    assert!(text(&failed, "errorMessage").contains("nowhere"), "{failed}");
    let row = carried_out(&server, "/v2/process-instances/migration", plan("do-it")).await;
    assert_eq!(counts(&row), json!(["COMPLETED", 2, 2, 0]));
    let row = server.get(&format!("/v2/process-instances/{}", instances[1])).await.good();
    assert_eq!(row["processDefinitionKey"], json!(target));
}

#[tokio::test]
async fn jobs_are_changed_and_incidents_resolved() {
    let (server, _) = working(3).await;
    for job in server.take("work").await.iter().take(2) {
        let path = format!("/v2/jobs/{}/failure", text(job, "jobKey"));
        assert_eq!(server.post(&path, json!({"retries": 0})).await.status, 204);
    }
    // One job has retries again; the other gets one with its incident.
    let failed = server.first("/v2/jobs/search", json!({"state": "FAILED"})).await;
    let body = json!({"filter": {"jobKey": failed["jobKey"]}, "changeset": {"retries": 3}});
    let row = carried_out(&server, "/v2/jobs/batch-update", body).await;
    assert_eq!(counts(&row), json!(["COMPLETED", 1, 1, 0]));
    let troubled = server.first("/v2/process-instances/search", json!({"hasIncident": true})).await;
    let one = format!("/v2/process-instances/{}/incident-resolution", text(&troubled, "processInstanceKey"));
    let row = carried_out(&server, &one, json!({})).await;
    assert_eq!(counts(&row), json!(["COMPLETED", 1, 1, 0]));
    let all = json!({"filter": everything()});
    let row = carried_out(&server, "/v2/process-instances/incident-resolution", all).await;
    assert_eq!(counts(&row), json!(["COMPLETED", 1, 1, 0]));
    let left = server.post("/v2/incidents/search", json!({"filter": {"state": "ACTIVE"}})).await.good();
    assert_eq!(left["page"]["totalItems"], 0);
    let left = server.take("work").await;
    let mut retries: Vec<_> = left.iter().map(|job| job["retries"].as_i64().unwrap()).collect();
    retries.sort_unstable();
    assert_eq!(retries, [1, 3], "those whose incidents were resolved are offered again");
    let missing = "/v2/process-instances/77/incident-resolution";
    server.post(missing, json!({})).await.refused(404, "not-found");
}

#[tokio::test]
async fn what_is_over_is_deleted_one_by_one() {
    let (server, instances) = working(1).await;
    let path = format!("/v2/process-instances/{}", instances[0]);
    server.post(&format!("{path}/deletion"), json!({})).await.refused(409, "invalid-state");
    assert_eq!(server.post(&format!("{path}/cancellation"), json!({})).await.status, 204);
    let deleted = server.post(&format!("{path}/deletion"), json!({"operationReference": 1})).await;
    assert_eq!(deleted.status, 204);
    server.get(&path).await.refused(404, "not-found");
    server.post(&format!("{path}/deletion"), json!({})).await.refused(404, "not-found");
    server.deploy(&["credit.dmn"]).await.good();
    let body = json!({"decisionDefinitionId": "limit", "variables": {"amount": 150}});
    for _ in 0..2 {
        server.post("/v2/decision-definitions/evaluation", body.clone()).await.good();
    }
    let all = "/v2/decision-instances/search";
    let evaluation = text(&server.first(all, json!({})).await, "decisionEvaluationKey");
    let path = format!("/v2/decision-instances/{evaluation}/deletion");
    assert_eq!(server.post(&path, json!({})).await.status, 204);
    server.post(&path, json!({})).await.refused(404, "not-found");
    let every = json!({"filter": {"state": "EVALUATED"}});
    let row = carried_out(&server, "/v2/decision-instances/deletion", every).await;
    assert_eq!(counts(&row), json!(["COMPLETED", 1, 1, 0]));
    let item = server
        .first("/v2/batch-operation-items/search", json!({"batchOperationKey": row["batchOperationKey"]}));
    let item = item.await;
    assert_eq!((&item["processInstanceKey"], &item["rootProcessInstanceKey"]), (&json!("-1"), &Value::Null));
    assert_eq!(server.post(all, json!({})).await.good()["page"]["totalItems"], 0);
}

#[tokio::test]
async fn bad_requests_are_refused_field_by_field() {
    let server = Server::start().await;
    let instances = |what: &str| format!("/v2/process-instances/{what}");
    for what in ["cancellation", "incident-resolution", "deletion", "suspension", "resumption"] {
        for (body, code) in [
            (json!({}), "missing-field"),
            (json!({"filter": null}), "missing-field"),
            (json!({"filter": []}), "wrong-type"),
            (json!({"filter": {"colour": 1}}), "unknown-field"),
            (json!({"filter": {"state": "RED"}}), "invalid-argument"),
            (json!({"filter": everything(), "operationReference": 0}), "invalid-argument"),
            (json!({"filter": everything(), "colour": 1}), "unknown-field"),
        ] {
            server.post(&instances(what), body).await.refused(400, code);
        }
        // Everything is meant seldom, and sent by mistake easily.
        for nothing in [
            json!({}),
            json!({"state": null}),
            json!({"state": {}}),
            json!({"$or": []}),
            json!({"$or": [{}]}),
        ] {
            let detail = server
                .post(&instances(what), json!({"filter": nothing}))
                .await
                .refused(400, "invalid-argument");
            assert!(detail.starts_with("At least one of filter criteria is required."), "{detail}");
        }
    }
    let filter = everything();
    for (what, body, code) in [
        ("modification", json!({"filter": filter}), "missing-field"),
        ("modification", json!({"filter": filter, "moveInstructions": []}), "invalid-argument"),
        ("modification", json!({"filter": filter, "moveInstructions": [{}]}), "missing-field"),
        ("migration", json!({"filter": filter}), "missing-field"),
        ("migration", json!({"filter": filter, "migrationPlan": {}}), "missing-field"),
        (
            "migration",
            json!({"filter": filter, "migrationPlan": {
                "targetProcessDefinitionKey": "7", "mappingInstructions": [],
            }}),
            "invalid-argument",
        ),
    ] {
        server.post(&instances(what), body).await.refused(400, code);
    }
    let filter = json!({"type": "work"});
    for (body, code) in [
        (json!({"filter": filter}), "missing-field"),
        (json!({"filter": {}, "changeset": {"retries": 1}}), "invalid-argument"),
        (json!({"filter": filter, "changeset": {}}), "invalid-argument"),
        (json!({"filter": {"jobKey": 1}, "changeset": {"retries": 1}}), "wrong-type"),
    ] {
        server.post("/v2/jobs/batch-update", body).await.refused(400, code);
    }
    let evaluations = "/v2/decision-instances/deletion";
    server.post(evaluations, json!({})).await.refused(400, "missing-field");
    server.post(evaluations, json!({"filter": {}})).await.refused(400, "invalid-argument");
    let search = json!({"filter": {"batchOperationType": "X"}});
    server.post("/v2/batch-operations/search", search).await.refused(400, "unknown-field");
    let search = json!({"sort": [{"field": "errorMessage"}]});
    server.post("/v2/batch-operation-items/search", search).await.refused(400, "invalid-argument");
}

#[tokio::test]
async fn instances_are_found_by_their_batch_operation() {
    let (server, instances) = working(3).await;
    let some = json!({"filter": {"processInstanceKey": {"$in": &instances[..2]}}});
    let begun = server.post("/v2/process-instances/suspension", some).await.good();
    let batch = text(&begun, "batchOperationKey");
    let found = async |filter: Value| {
        let search = json!({"filter": filter, "sort": [{"field": "processInstanceKey"}]});
        let found = server.post("/v2/process-instances/search", search).await.good();
        found["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| text(row, "processInstanceKey"))
            .collect::<Vec<_>>()
    };
    for _ in 0..400 {
        if server.get(&format!("/v2/batch-operations/{batch}")).await.good()["endDate"].is_string() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    for name in ["batchOperationKey", "batchOperationId"] {
        assert_eq!(found(json!({name: batch})).await, instances[..2]);
        assert_eq!(found(json!({name: {"$in": [batch, "77"]}})).await, instances[..2]);
        assert_eq!(found(json!({name: {"$exists": true}})).await, instances[..2]);
        assert_eq!(found(json!({name: {"$like": "*"}})).await, instances[..2]);
        for none in [json!("77"), json!("none"), json!({"$neq": batch}), json!({"$notIn": [batch]})] {
            assert!(found(json!({name: none})).await.is_empty(), "{none}");
        }
        let half = json!({"filter": {name: {"$like": "2*"}}});
        server.post("/v2/process-instances/search", half).await.refused(400, "invalid-argument");
        let wrong = json!({"filter": {name: 7}});
        server.post("/v2/process-instances/search", wrong).await.refused(400, "wrong-type");
    }
    assert_eq!(found(json!({"$or": [{"batchOperationKey": batch}]})).await, instances[..2]);
}
