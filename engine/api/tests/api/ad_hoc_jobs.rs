//! Jobs that lead an ad-hoc sub-process: a worker chooses what begins in it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Server, text};

async fn begun() -> (Server, String) {
    let server = Server::start().await;
    server.deploy(&["agent.bpmn"]).await.good();
    let instance = server.create("agent", json!({"wish": "tea"})).await;
    (server, instance)
}

/// Takes the one job of this type.
async fn take(server: &Server, job_type: &str) -> Value {
    let mut jobs = server.take(job_type).await;
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    jobs.remove(0)
}

fn completion(job: &Value) -> String {
    format!("/v2/jobs/{}/completion", text(job, "jobKey"))
}

async fn choose(server: &Server, job: &Value, mut result: Value) {
    result["type"] = json!("adHocSubProcess");
    let done = server.post(&completion(job), json!({"result": result})).await;
    assert_eq!(done.status, 204, "{}", done.text);
}

#[tokio::test]
async fn a_worker_chooses_until_it_is_done() {
    let (server, instance) = begun().await;
    let job = take(&server, "agent").await;
    assert_eq!((&job["kind"], &job["elementId"]), (&json!("AD_HOC_SUB_PROCESS"), &json!("tools")));
    assert_eq!((&job["customHeaders"], &job["retries"]), (&json!({"model": "small"}), &json!(2)));
    assert_eq!((&job["variables"]["wish"], &job["variables"]["results"]), (&json!("tea"), &json!([])));
    let described = &job["variables"]["adHocSubProcessElements"];
    assert_eq!((&described[0]["elementId"], &described[1]["elementId"]), (&json!("look"), &json!("ask")));
    assert_eq!(
        (&described[0]["elementName"], &described[0]["documentation"]),
        (&json!("Look it up"), &json!("Finds a customer."))
    );
    assert_eq!(described[0]["parameters"][0]["name"], "call.name");
    let filter = json!({"kind": "AD_HOC_SUB_PROCESS", "processInstanceKey": instance});
    let row = server.first("/v2/jobs/search", filter.clone()).await;
    assert_eq!((&row["jobKey"], &row["state"]), (&job["jobKey"], &json!("CREATED")));

    let both = json!([
        {"elementId": "look", "variables": {"call": {"name": "Ann"}}}, {"elementId": "ask"},
    ]);
    choose(&server, &job, json!({"activateElements": both})).await;
    let look = take(&server, "look").await;
    assert_eq!(look["variables"]["name"], "Ann");
    let done = json!({"variables": {"result": "Ann Lee"}});
    assert_eq!(server.post(&completion(&look), done).await.status, 204);
    let second = take(&server, "agent").await;
    assert_ne!(second["jobKey"], job["jobKey"]);
    assert_eq!(second["variables"]["results"], json!(["Ann Lee"]));

    // What completes meanwhile asks anew: the job that the worker has is none any more.
    let ask = take(&server, "ask").await;
    assert_eq!(server.post(&completion(&ask), json!({})).await.status, 204);
    server.post(&completion(&second), json!({})).await.refused(404, "job-not-found");
    let third = take(&server, "agent").await;
    assert_eq!(third["variables"]["results"], json!(["Ann Lee", null]));
    choose(&server, &third, json!({"activateElements": [{"elementId": "ask"}]})).await;
    take(&server, "ask").await;
    let found =
        server.post("/v2/jobs/search", json!({"filter": filter, "sort": [{"field": "jobKey"}]})).await.good();
    let states: Vec<_> = found["items"].as_array().unwrap().iter().map(|row| text(row, "state")).collect();
    assert_eq!(states, ["COMPLETED", "CANCELED", "COMPLETED"]);
}

#[tokio::test]
async fn a_worker_says_that_the_condition_is_fulfilled() {
    let (server, instance) = begun().await;
    let job = take(&server, "agent").await;
    choose(&server, &job, json!({"activateElements": [{"elementId": "ask"}, {"elementId": "look"}]})).await;
    let ask = take(&server, "ask").await;
    assert_eq!(server.post(&completion(&ask), json!({})).await.status, 204);
    let last = take(&server, "agent").await;
    let result = json!({"isCompletionConditionFulfilled": true, "isCancelRemainingInstances": true});
    choose(&server, &last, result).await;
    let row = server.get(&format!("/v2/process-instances/{instance}")).await.good();
    assert_eq!(row["state"], "COMPLETED");
    let stopped = server.first("/v2/element-instances/search", json!({"elementId": "look"})).await;
    assert_eq!(stopped["state"], "TERMINATED");
}

#[tokio::test]
async fn a_choice_that_cannot_be_followed_leaves_the_job() {
    let (server, _) = begun().await;
    let job = take(&server, "agent").await;
    let path = completion(&job);
    let refused = [
        (
            json!({"activateElements": [{"elementId": "look"}, {"elementId": "nowhere"}]}),
            404,
            "ad-hoc-element-not-found",
        ),
        (
            json!({"activateElements": [{"elementId": "look"}], "isCompletionConditionFulfilled": true}),
            400,
            "ad-hoc-activation-invalid",
        ),
        (json!({"activateElements": [{"variables": {}}]}), 400, "missing-field"),
        (json!({"activateElements": {"elementId": "look"}}), 400, "wrong-type"),
    ];
    for (mut result, status, code) in refused {
        result["type"] = json!("adHocSubProcess");
        server.post(&path, json!({"result": result})).await.refused(status, code);
    }
    let denied = json!({"result": {"type": "userTask", "denied": true}});
    server.post(&path, denied).await.refused(400, "job-result-invalid");
    choose(&server, &job, json!({"activateElements": [{"elementId": "ask"}, {"elementId": "ask"}]})).await;
    assert_eq!(server.take("ask").await.len(), 2, "each as often as it is named");
}

#[tokio::test]
async fn a_worker_gives_up() {
    let (server, instance) = begun().await;
    let job = take(&server, "agent").await;
    let path = format!("/v2/jobs/{}", text(&job, "jobKey"));
    let failed = json!({"retries": 0, "errorMessage": "no model"});
    assert_eq!(server.post(&format!("{path}/failure"), failed).await.status, 204);
    let incident = server.first("/v2/incidents/search", json!({"processInstanceKey": instance})).await;
    assert_eq!(
        (&incident["errorType"], &incident["elementId"]),
        (&json!("AD_HOC_SUB_PROCESS_NO_RETRIES"), &json!("tools"))
    );
    let found = json!({"errorType": "AD_HOC_SUB_PROCESS_NO_RETRIES"});
    assert_eq!(server.first("/v2/incidents/search", found).await["incidentKey"], incident["incidentKey"]);
    let resolve = format!("/v2/incidents/{}/resolution", text(&incident, "incidentKey"));
    server.post(&resolve, json!({})).await.refused(409, "no-retries-left");
    let retries = json!({"changeset": {"retries": 1}});
    assert_eq!(server.with_body(Method::PATCH, &path, retries).await.status, 204);
    assert_eq!(server.post(&resolve, json!({})).await.status, 204);
    let again = take(&server, "agent").await;
    assert_eq!(again["jobKey"], job["jobKey"], "it is offered again");
    let error = json!({"errorCode": "GAVE_UP"});
    assert_eq!(server.post(&format!("{path}/error"), error).await.status, 204);
    let caught = server.first("/v2/element-instances/search", json!({"elementId": "caught"})).await;
    assert_eq!(caught["state"], "COMPLETED");
}
