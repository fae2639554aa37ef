//! Task listeners: deny, and correct.

use serde_json::{Value, json};

use crate::server::{Server, text};

const LISTENED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="listened-definitions" targetNamespace="http://hosk.dev/tests">
  <bpmn:process id="listened" isExecutable="true">
    <bpmn:startEvent id="start" /><bpmn:sequenceFlow id="to-look" sourceRef="start" targetRef="look" />
    <bpmn:userTask id="look"><bpmn:extensionElements><zeebe:userTask />
      <zeebe:taskListeners><zeebe:taskListener eventType="completing" type="check" /></zeebe:taskListeners>
    </bpmn:extensionElements></bpmn:userTask>
    <bpmn:sequenceFlow id="to-end" sourceRef="look" targetRef="end" /><bpmn:endEvent id="end" />
  </bpmn:process>
</bpmn:definitions>
"#;

/// A user task on its way to completion, and the job of its listener.
async fn completing() -> (Server, String, String) {
    let server = Server::start().await;
    server.deploy_parts(&[("resources", "listened.bpmn", LISTENED.to_owned())]).await.good();
    server.create("listened", json!({})).await;
    let task = text(&server.first("/v2/user-tasks/search", json!({"state": "CREATED"})).await, "userTaskKey");
    let done = server.post(&format!("/v2/user-tasks/{task}/completion"), json!({})).await;
    assert_eq!(done.status, 204);
    let job = text(&server.take("check").await[0], "jobKey");
    (server, task, format!("/v2/jobs/{job}/completion"))
}

fn result(more: Value) -> Value {
    let mut result = json!({"type": "userTask"});
    if let (Value::Object(result), Value::Object(more)) = (&mut result, more) {
        result.extend(more);
    }
    json!({"result": result})
}

#[tokio::test]
async fn a_task_listener_corrects_the_user_task() {
    let (server, task, job) = completing().await;
    let corrections = json!({
        "assignee": "anna", "priority": 77, "candidateUsers": ["bert"], "candidateGroups": null,
        "dueDate": "2031-01-01T00:00:00Z", "followUpDate": "",
    });
    let answer = server.post(&job, result(json!({"denied": false, "corrections": corrections}))).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let row = server.get(&format!("/v2/user-tasks/{task}")).await.good();
    let told = ["state", "assignee", "priority", "candidateUsers", "dueDate"].map(|name| row[name].clone());
    let expected = json!(["COMPLETED", "anna", 77, ["bert"], "2031-01-01T00:00:00.000Z"]);
    assert_eq!(json!(told), expected);
}

#[tokio::test]
async fn corrections_of_what_is_denied_are_refused() {
    let (server, task, job) = completing().await;
    let both = result(json!({"denied": true, "deniedReason": "early", "corrections": {"priority": 7}}));
    server.post(&job, both).await.refused(409, "job-kind-mismatch");
    let high = result(json!({"corrections": {"priority": 101}}));
    assert!(server.post(&job, high).await.refused(400, "invalid-argument").contains("priority"));
    server.post(&job, result(json!({"corrections": {"colour": 1}}))).await.refused(400, "unknown-field");
    let denied = result(json!({"denied": true, "deniedReason": "early"}));
    assert_eq!(server.post(&job, denied).await.status, 204);
    let row = server.get(&format!("/v2/user-tasks/{task}")).await.good();
    assert_eq!((&row["state"], &row["priority"]), (&json!("CREATED"), &json!(50)));
}
