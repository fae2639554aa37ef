//! What operators do to running instances: modify, suspend, resume.

use serde_json::{Value, json};

use crate::server::{Server, text};

async fn working() -> (Server, String) {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    let instance = server.create("work", json!({})).await;
    (server, instance)
}

async fn active(server: &Server, instance: &str) -> Vec<String> {
    let filter = json!({"processInstanceKey": instance, "state": "ACTIVE"});
    let found = server.post("/v2/element-instances/search", json!({"filter": filter})).await.good();
    found["items"].as_array().unwrap().iter().map(|row| text(row, "elementId")).collect()
}

#[tokio::test]
async fn an_instance_is_modified_as_a_whole_or_not_at_all() {
    let (server, instance) = working().await;
    let path = format!("/v2/process-instances/{instance}/modification");
    let body = json!({
        "activateInstructions": [{
            "elementId": "do", "ancestorElementInstanceKey": "-1",
            "variableInstructions": [{"variables": {"a": 1}}, {"variables": {"b": 2}, "scopeId": "do"}],
        }],
        "terminateInstructions": [{"elementId": "do"}],
    });
    assert_eq!(server.post(&path, body).await.status, 204);
    let mut now = active(&server, &instance).await;
    now.sort();
    assert_eq!(now, ["do", "work"]);
    let filter = json!({"processInstanceKey": instance, "elementId": "do"});
    let both = server.post("/v2/element-instances/search", json!({"filter": filter})).await.good();
    assert_eq!(both["page"]["totalItems"], 2, "one was stopped, one begun");
    let job = server.take("work").await.remove(0);
    assert_eq!(job["variables"], json!({"a": 1, "b": 2}));
    let key = text(&job, "elementInstanceKey");
    let body = json!({"moveInstructions": [{
        "sourceElementInstruction": {"sourceType": "byKey", "sourceElementInstanceKey": key},
        "targetElementId": "do", "ancestorScopeInstruction": {"ancestorScopeType": "sourceParent"},
    }]});
    assert_eq!(server.post(&path, body).await.status, 204);
    assert_ne!(text(&server.take("work").await[0], "elementInstanceKey"), key);
    let stop = json!({"terminateInstructions": [{"elementId": "do"}]});
    assert_eq!(server.post(&path, stop.clone()).await.status, 204);
    let row = server.get(&format!("/v2/process-instances/{instance}")).await.good();
    assert_eq!(row["state"], "TERMINATED", "nothing was left in it");
    server.post(&path, stop).await.refused(404, "instance-ended");
}

#[tokio::test]
async fn modifications_that_cannot_be_are_refused() {
    let (server, instance) = working().await;
    let path = format!("/v2/process-instances/{instance}/modification");
    let source = json!({"sourceType": "byId", "sourceElementId": "do"});
    let moved = |source: Value, more: Value| {
        let mut one = json!({"sourceElementInstruction": source, "targetElementId": "do"});
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"moveInstructions": [one]})
    };
    for (body, code) in [
        (json!({}), "modification-invalid"),
        (json!({"activateInstructions": [{"elementId": "start"}]}), "modification-invalid"),
        (json!({"activateInstructions": [{"elementId": "nowhere"}]}), "modification-invalid"),
        (json!({"activateInstructions": [{}]}), "missing-field"),
        (json!({"terminateInstructions": [{}]}), "invalid-argument"),
        (
            json!({"terminateInstructions": [{"elementId": "do", "elementInstanceKey": "1"}]}),
            "invalid-argument",
        ),
        (json!({"terminateInstructions": [{"elementInstanceKey": "77"}]}), "modification-invalid"),
        (moved(json!({"sourceType": "byId"}), json!({})), "invalid-argument"),
        (moved(json!({"sourceType": "somehow"}), json!({})), "invalid-argument"),
        (
            moved(source.clone(), json!({"ancestorScopeInstruction": {"ancestorScopeType": "direct"}})),
            "invalid-argument",
        ),
        (moved(source, json!({"colour": "red"})), "unknown-field"),
    ] {
        server.post(&path, body).await.refused(400, code);
    }
    server.post("/v2/process-instances/77/modification", json!({})).await.refused(404, "instance-not-found");
    assert_eq!(server.take("work").await.len(), 1, "nothing has changed");
}

#[tokio::test]
async fn a_suspended_instance_offers_nothing_until_it_is_resumed() {
    let (server, instance) = working().await;
    let path = format!("/v2/process-instances/{instance}");
    server.post(&format!("{path}/resumption"), json!({})).await.refused(409, "instance-not-suspended");
    assert_eq!(server.post(&format!("{path}/suspension"), json!({})).await.status, 204);
    let row = server.first("/v2/process-instances/search", json!({"state": "SUSPENDED"})).await;
    assert_eq!(row["processInstanceKey"], json!(instance));
    assert!(row["suspendedDate"].is_string());
    assert!(server.take("work").await.is_empty());
    server.post(&format!("{path}/suspension"), json!({})).await.refused(409, "instance-suspended");
    assert_eq!(server.post(&format!("{path}/resumption"), json!({})).await.status, 204);
    let row = server.get(&path).await.good();
    assert_eq!((&row["state"], &row["suspendedDate"]), (&json!("ACTIVE"), &Value::Null));
    let job = text(&server.take("work").await[0], "jobKey");
    assert_eq!(server.post(&format!("{path}/suspension"), json!({})).await.status, 204);
    assert_eq!(server.post(&format!("/v2/jobs/{job}/completion"), json!({})).await.status, 204);
    assert_eq!(server.get(&path).await.good()["state"], "SUSPENDED", "the result waits");
    assert_eq!(server.post(&format!("{path}/resumption"), json!({})).await.status, 204);
    assert_eq!(server.get(&path).await.good()["state"], "COMPLETED");
    server.post(&format!("{path}/suspension"), json!({})).await.refused(404, "instance-ended");
}

#[tokio::test]
async fn an_instance_stops_after_an_element() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    let body = json!({
        "processDefinitionId": "work",
        "startInstructions": [{"elementId": "do"}],
        "runtimeInstructions": [{"type": "TERMINATE_PROCESS_INSTANCE", "afterElementId": "do"}],
    });
    let instance = text(&server.post("/v2/process-instances", body).await.good(), "processInstanceKey");
    let job = text(&server.take("work").await[0], "jobKey");
    assert_eq!(server.post(&format!("/v2/jobs/{job}/completion"), json!({})).await.status, 204);
    let row = server.get(&format!("/v2/process-instances/{instance}")).await.good();
    assert_eq!(row["state"], "TERMINATED");
    let wrong =
        json!({"processDefinitionId": "work", "runtimeInstructions": [{"afterElementId": "nowhere"}]});
    server.post("/v2/process-instances", wrong).await.refused(400, "start-not-found");
}
