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
    assert_eq!(now, ["do"]);
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
    let nowhere = [json!({"type": "TERMINATE_PROCESS_INSTANCE", "afterElementId": "nowhere"})];
    let wrong = json!({"processDefinitionId": "work", "runtimeInstructions": nowhere});
    server.post("/v2/process-instances", wrong).await.refused(400, "start-not-found");
    let untyped = json!({"processDefinitionId": "work", "runtimeInstructions": [{"afterElementId": "do"}]});
    server.post("/v2/process-instances", untyped).await.refused(400, "missing-field");
}

/// The second version: another name for the task, and one step more.
fn newer() -> String {
    let text = crate::server::file("work.bpmn");
    let text = text.replace("\"do\"", "\"do-it\"").replace("to-end\" sourceRef", "to-check\" sourceRef");
    let text =
        text.replace("<bpmn:outgoing>to-end</bpmn:outgoing>", "<bpmn:outgoing>to-check</bpmn:outgoing>");
    let text =
        text.replace("sourceRef=\"do-it\" targetRef=\"end\"", "sourceRef=\"do-it\" targetRef=\"check\"");
    let check = "<bpmn:manualTask id=\"check\" /><bpmn:sequenceFlow id=\"to-end\" sourceRef=\"check\" targetRef=\"end\" />";
    text.replace("</bpmn:process>", &format!("{check}</bpmn:process>"))
}

#[tokio::test]
async fn an_instance_is_migrated_to_a_newer_version() {
    let (server, instance) = working().await;
    let deployed = server.deploy_parts(&[("resources", "work.bpmn", newer())]).await.good();
    let target = text(&deployed["deployments"][0]["processDefinition"], "processDefinitionKey");
    let check = format!("/hosk/v1/process-instances/{instance}/migration/check");
    let path = format!("/v2/process-instances/{instance}/migration");
    let body = |from: &str, to: &str| {
        json!({
            "targetProcessDefinitionKey": target,
            "mappingInstructions": [{"sourceElementId": from, "targetElementId": to}],
        })
    };
    let found = server.post(&check, body("do", "check")).await.good();
    assert_eq!((&found["possible"], &found["obstacles"][0]["elementId"]), (&json!(false), &json!("do")));
    let refused = server.post(&path, body("do", "check")).await.refused(409, "migration-invalid");
    assert!(refused.contains("ManualTask"), "{refused}");
    let found = server.post(&check, body("do", "do-it")).await.good();
    assert_eq!((&found["possible"], &found["obstacles"]), (&json!(true), &json!([])));
    let before =
        text(&server.first("/v2/jobs/search", json!({"processInstanceKey": instance})).await, "jobKey");
    assert_eq!(server.post(&path, body("do", "do-it")).await.status, 204);
    let row = server.get(&format!("/v2/process-instances/{instance}")).await.good();
    assert_eq!((&row["processDefinitionKey"], &row["processDefinitionVersion"]), (&json!(target), &json!(2)));
    let job = server.take("work").await.remove(0);
    assert_eq!((text(&job, "jobKey"), &job["elementId"]), (before.clone(), &json!("do-it")));
    assert_eq!(job["processDefinitionVersion"], 2);
    assert_eq!(server.post(&format!("/v2/jobs/{before}/completion"), json!({})).await.status, 204);
    assert_eq!(server.get(&format!("/v2/process-instances/{instance}")).await.good()["state"], "COMPLETED");
    let flows = server.get(&format!("/v2/process-instances/{instance}/sequence-flows")).await.good();
    let ids: Vec<_> = flows["items"].as_array().unwrap().iter().map(|flow| text(flow, "elementId")).collect();
    assert_eq!(ids, ["to-do", "to-check", "to-end"]);
    let filter = json!({"filter": {"processInstanceKey": instance}, "sort": [{"field": "startDate"}]});
    let elements = server.post("/v2/element-instances/search", filter).await.good();
    let mut ids: Vec<_> =
        elements["items"].as_array().unwrap().iter().map(|element| text(element, "elementId")).collect();
    ids.sort();
    assert_eq!(ids, ["check", "do-it", "end", "start"]);
    server.post(&path, body("do", "do-it")).await.refused(404, "instance-ended");
}

#[tokio::test]
async fn migrations_that_cannot_be_are_refused() {
    let (server, instance) = working().await;
    let path = format!("/v2/process-instances/{instance}/migration");
    let map = json!([{"sourceElementId": "do", "targetElementId": "do"}]);
    let none = json!({"targetProcessDefinitionKey": "77", "mappingInstructions": map});
    server.post(&path, none.clone()).await.refused(404, "definition-not-found");
    let nothing = json!({"targetProcessDefinitionKey": "77", "mappingInstructions": []});
    let detail = server.post(&path, nothing).await.refused(400, "invalid-argument");
    assert!(detail.starts_with("No mappingInstructions provided."), "{detail}");
    let deployed = server.deploy_parts(&[("resources", "work.bpmn", newer())]).await.good();
    let target = text(&deployed["deployments"][0]["processDefinition"], "processDefinitionKey");
    for (pairs, status, code) in [
        (&[("nowhere", "do-it")][..], 400, "mapping-invalid"),
        (&[("do", "nowhere")], 400, "mapping-invalid"),
        (&[("do", "do-it"), ("do", "check")], 400, "mapping-invalid"),
        (&[("end", "end")], 409, "migration-invalid"),
        (&[("do", "check")], 409, "migration-invalid"),
    ] {
        let one = |(from, to): &(&str, &str)| json!({"sourceElementId": from, "targetElementId": to});
        let pairs: Vec<_> = pairs.iter().map(one).collect();
        let body = json!({"targetProcessDefinitionKey": target, "mappingInstructions": pairs});
        let detail = server.post(&path, body).await.refused(status, code);
        let class = if status == 400 { "INVALID_ARGUMENT" } else { "INVALID_STATE" };
        let begins = format!("Command 'MIGRATE' rejected with code '{class}'");
        assert!(detail.starts_with(&begins), "{detail}");
    }
    server.post(&path, json!({"mappingInstructions": []})).await.refused(400, "missing-field");
    server.post(&path, json!({"targetProcessDefinitionKey": "77"})).await.refused(400, "missing-field");
    let check = format!("/hosk/v1/process-instances/{instance}/migration/check");
    server.post(&check, none.clone()).await.refused(404, "definition-not-found");
    assert_eq!(server.post("/v2/process-instances/77/migration", none.clone()).await.status, 404);
    assert_eq!(server.post("/hosk/v1/process-instances/77/migration/check", none).await.status, 404);
}

#[tokio::test]
async fn elements_of_an_ad_hoc_sub_process_are_activated() {
    let server = Server::start().await;
    server.deploy(&["ad-hoc.bpmn"]).await.good();
    let instance = server.create("choice", json!({})).await;
    let filter = json!({"processInstanceKey": instance, "elementId": "tools"});
    let found = server.post("/v2/element-instances/search", json!({"filter": filter})).await.good();
    let key = text(&found["items"][0], "elementInstanceKey");
    assert_eq!(found["items"][0]["type"], "AD_HOC_SUB_PROCESS");
    let path = format!("/v2/element-instances/ad-hoc-activities/{key}/activation");
    let body =
        json!({"elements": [{"elementId": "look", "variables": {"at": "stock"}}, {"elementId": "look"}]});
    assert_eq!(server.post(&path, body).await.status, 204);
    let inner = active(&server, &instance).await.into_iter().filter(|id| id == "tools#innerInstance");
    assert_eq!(inner.count(), 2);
    let job = server.take("look").await.remove(0);
    assert_eq!(job["variables"]["at"], "stock");
    let instead = json!({"elements": [{"elementId": "ask"}], "cancelRemainingInstances": true});
    assert_eq!(server.post(&path, instead).await.status, 204);
    let mut now = active(&server, &instance).await;
    now.sort();
    assert_eq!(now, ["ask", "tools", "tools#innerInstance"]);
    let nowhere = json!({"elements": [{"elementId": "nowhere"}]});
    server.post(&path, nowhere).await.refused(404, "ad-hoc-element-not-found");
    for (body, code) in [(json!({"elements": []}), "ad-hoc-activation-invalid"), (json!({}), "missing-field")]
    {
        server.post(&path, body).await.refused(400, code);
    }
    let nothing = "/v2/element-instances/ad-hoc-activities/77/activation";
    let body = json!({"elements": [{"elementId": "ask"}]});
    assert!(server.post(nothing, body).await.refused(404, "not-found").contains("ad-hoc sub-process"));
    let none = "/v2/element-instances/ad-hoc-activities/none/activation";
    assert!(server.post(none, json!({})).await.refused(400, "missing-field").contains("elements"));
    let no_ad_hoc = server.first("/v2/element-instances/search", json!({"elementId": "ask"})).await;
    let path = format!(
        "/v2/element-instances/ad-hoc-activities/{}/activation",
        text(&no_ad_hoc, "elementInstanceKey")
    );
    let body = json!({"elements": [{"elementId": "ask"}]});
    server.post(&path, body).await.refused(404, "ad-hoc-element-not-found");
}
