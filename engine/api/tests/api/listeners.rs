//! Task listeners: deny, and correct.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::server::{Answer, Make, Server, text};

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

/// A user task on its way to completion, and the job of its listener. Whoever completes it waits for that job.
async fn completing() -> (Arc<Server>, String, String, JoinHandle<Answer>) {
    completing_at("/v2/user-tasks").await
}

/// The same, completed at one of the two addresses for that.
async fn completing_at(tasks: &str) -> (Arc<Server>, String, String, JoinHandle<Answer>) {
    let server = Arc::new(Server::start().await);
    server.deploy_parts(&[("resources", "listened.bpmn", LISTENED.to_owned())]).await.good();
    server.create("listened", json!({})).await;
    let task = text(&server.first("/v2/user-tasks/search", json!({"state": "CREATED"})).await, "userTaskKey");
    let (asked, path) = (Arc::clone(&server), format!("{tasks}/{task}/completion"));
    let done = tokio::spawn(async move { asked.post(&path, json!({})).await });
    let job = loop {
        if let Some(job) = server.take("check").await.first() {
            break text(job, "jobKey");
        }
    };
    (server, task, format!("/v2/jobs/{job}/completion"), done)
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
    let (server, task, job, done) = completing().await;
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
    assert_eq!(done.await.unwrap().status, 204);
    let row = server.first("/v2/jobs/search", json!({"type": "check"})).await;
    assert_eq!((&row["isDenied"], &row["deniedReason"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn a_task_listener_hears_what_is_going_to_be() {
    let server = Arc::new(Server::start().await);
    let more = ["assigning", "updating"]
        .map(|event| format!("<zeebe:taskListener eventType=\"{event}\" type=\"check\" />"));
    let model = LISTENED.replacen("</zeebe:taskListeners>", &(more.concat() + "</zeebe:taskListeners>"), 1);
    server.deploy_parts(&[("resources", "listened.bpmn", model)]).await.good();
    server.create("listened", json!({})).await;
    let task = text(&server.first("/v2/user-tasks/search", json!({"state": "CREATED"})).await, "userTaskKey");
    let path = format!("/v2/user-tasks/{task}");
    server.with_body(Method::PATCH, &path, json!({"changeset": {}})).await.refused(400, "invalid-argument");
    let cases = [
        (
            Method::POST,
            "/assignment",
            json!({"assignee": "anna"}),
            json!(["assign", ["assignee"], "anna", 50, null]),
        ),
        (
            Method::PATCH,
            "",
            json!({"changeset": {"priority": 7, "candidateUsers": []}, "action": "hurry"}),
            json!(["hurry", ["priority"], "anna", 7, null]),
        ),
        (Method::PATCH, "", json!({"action": "look"}), json!(["look", [], "anna", 7, null])),
        (Method::POST, "/completion", json!({"variables": {"x": 1}}), json!(["complete", [], "anna", 7, 1])),
    ];
    for (method, more, body, expected) in cases {
        let (asked, path) = (Arc::clone(&server), format!("{path}{more}"));
        let done = tokio::spawn(async move { asked.with_body(method, &path, body).await });
        let job = loop {
            if let Some(job) = server.take("check").await.pop() {
                break job;
            }
        };
        let heard = &job["userTask"];
        let of = [&heard["action"], &heard["changedAttributes"], &heard["assignee"], &heard["priority"]];
        assert_eq!(json!([of[0], of[1], of[2], of[3], job["variables"].get("x")]), expected);
        let complete = format!("/v2/jobs/{}/completion", text(&job, "jobKey"));
        assert_eq!(server.post(&complete, json!({})).await.status, 204);
        assert_eq!(done.await.unwrap().status, 204);
    }
}

#[tokio::test]
async fn corrections_of_what_is_denied_are_refused() {
    let (server, task, job, done) = completing().await;
    let both = result(json!({"denied": true, "deniedReason": "early", "corrections": {"priority": 7}}));
    server.post(&job, both).await.refused(400, "job-result-invalid");
    let high = result(json!({"corrections": {"priority": 101}}));
    assert!(server.post(&job, high).await.refused(400, "invalid-argument").contains("priority"));
    server.post(&job, result(json!({"corrections": {"colour": 1}}))).await.refused(400, "unknown-field");
    let denied = result(json!({"denied": true, "deniedReason": "early"}));
    assert_eq!(server.post(&job, denied).await.status, 204);
    let row = server.get(&format!("/v2/user-tasks/{task}")).await.good();
    assert_eq!((&row["state"], &row["priority"]), (&json!("CREATED"), &json!(50)));
    let refusal = done.await.unwrap().refused(409, "task-change-denied");
    assert!(refusal.contains("`check`") && refusal.contains("early"), "{refusal}");
    let row =
        server.first("/v2/jobs/search", json!({"isDenied": true, "deniedReason": {"$like": "ea*"}})).await;
    assert_eq!((&row["type"], &row["deniedReason"]), (&json!("check"), &json!("early")));
}

#[tokio::test]
async fn an_assignment_or_a_change_that_is_denied_is_refused() {
    let server = Arc::new(Server::start().await);
    let model = LISTENED.replace("completing", "assigning").replace("check", "who");
    let more = "<zeebe:taskListener eventType=\"updating\" type=\"what\" /></zeebe:taskListeners>";
    let model = model.replacen("</zeebe:taskListeners>", more, 1);
    server.deploy_parts(&[("resources", "listened.bpmn", model)]).await.good();
    server.create("listened", json!({})).await;
    let task = text(&server.first("/v2/user-tasks/search", json!({"state": "CREATED"})).await, "userTaskKey");
    let path = format!("/v2/user-tasks/{task}");
    for (method, path, body, listener) in [
        (Method::POST, format!("{path}/assignment"), json!({"assignee": "anna"}), "who"),
        (Method::PATCH, path.clone(), json!({"changeset": {"priority": 7}}), "what"),
    ] {
        for denied in [true, false] {
            let (asked, method, path, body) =
                (Arc::clone(&server), method.clone(), path.clone(), body.clone());
            let done = tokio::spawn(async move { asked.with_body(method, &path, body).await });
            let job = loop {
                if let Some(job) = server.take(listener).await.first() {
                    break text(job, "jobKey");
                }
            };
            let said = result(json!({"denied": denied, "deniedReason": "not now"}));
            assert_eq!(server.post(&format!("/v2/jobs/{job}/completion"), said).await.status, 204);
            let answer = done.await.unwrap();
            if denied {
                assert!(answer.refused(409, "task-change-denied").contains("not now"));
            } else {
                assert_eq!(answer.status, 204, "{}", answer.text);
            }
        }
    }
    let row = server.get(&path).await.good();
    assert_eq!((&row["assignee"], &row["priority"]), (&json!("anna"), &json!(7)));
}

#[tokio::test]
async fn who_waits_too_long_for_listeners_is_told_and_the_change_goes_on() {
    let make = Make { settings: Some(|all| all.result_wait = Duration::from_millis(100)), ..Make::default() };
    let server = Server::make(make).await;
    server.deploy_parts(&[("resources", "listened.bpmn", LISTENED.to_owned())]).await.good();
    server.create("listened", json!({})).await;
    let task = text(&server.first("/v2/user-tasks/search", json!({"state": "CREATED"})).await, "userTaskKey");
    let path = format!("/v2/user-tasks/{task}");
    server.post(&format!("{path}/completion"), json!({})).await.refused(504, "timed-out");
    let job = text(&server.take("check").await[0], "jobKey");
    assert_eq!(server.post(&format!("/v2/jobs/{job}/completion"), result(json!({}))).await.status, 204);
    assert_eq!(server.get(&path).await.good()["state"], "COMPLETED");
}

#[tokio::test]
async fn who_waits_for_listeners_is_told_that_the_task_was_canceled() {
    let server = Arc::new(Server::start().await);
    server.deploy_parts(&[("resources", "listened.bpmn", LISTENED.to_owned())]).await.good();
    let instance = server.create("listened", json!({})).await;
    let task = text(&server.first("/v2/user-tasks/search", json!({"state": "CREATED"})).await, "userTaskKey");
    let (asked, path) = (Arc::clone(&server), format!("/v2/user-tasks/{task}/completion"));
    let done = tokio::spawn(async move { asked.post(&path, json!({})).await });
    while server.take("check").await.is_empty() {}
    let cancel = format!("/v2/process-instances/{instance}/cancellation");
    assert_eq!(server.post(&cancel, json!({})).await.status, 204);
    assert!(done.await.unwrap().refused(409, "invalid-state").contains("canceled"));
}

#[tokio::test]
async fn completing_to_rest_waits_for_the_listeners_as_well() {
    let (server, task, job, done) = completing_at("/hosk/v1/user-tasks").await;
    let denied = result(json!({"denied": true, "deniedReason": "early"}));
    assert_eq!(server.post(&job, denied).await.status, 204);
    let refusal = done.await.unwrap().refused(409, "task-change-denied");
    assert!(refusal.contains("`check`") && refusal.contains("early"), "{refusal}");
    assert_eq!(server.get(&format!("/v2/user-tasks/{task}")).await.good()["state"], "CREATED");

    let (server, task, job, done) = completing_at("/hosk/v1/user-tasks").await;
    assert_eq!(server.post(&job, result(json!({"denied": false}))).await.status, 204);
    let answer = done.await.unwrap().good();
    assert_eq!((&answer["state"], &answer["userTaskKey"]), (&json!("COMPLETED"), &json!(task)));

    server.create("listened", json!({})).await;
    let task = text(&server.first("/v2/user-tasks/search", json!({"state": "CREATED"})).await, "userTaskKey");
    let path = format!("/hosk/v1/user-tasks/{task}/completion");
    // Its listener is asked, and nobody answers.
    server.post(&path, json!({"requestTimeout": 50})).await.refused(504, "timed-out");
    server.post(&path, json!({})).await.refused(409, "user-task-not-active");
}
