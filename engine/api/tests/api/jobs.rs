//! Jobs: taken, waited for, finished, failed.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::server::{Server, text};

#[tokio::test]
async fn a_job_is_taken_done_and_gone() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    let instance = server.create("work", json!({"a": 1, "b": 2})).await;
    let jobs = server.take("work").await;
    assert_eq!(jobs.len(), 1);
    let job = &jobs[0];
    assert_eq!(job["processInstanceKey"], json!(instance));
    assert_eq!(job["customHeaders"], json!({"colour": "green"}));
    assert_eq!(job["variables"], json!({"a": 1, "b": 2}));
    assert_eq!(
        (&job["retries"], &job["kind"], &job["worker"]),
        (&json!(3), &json!("BPMN_ELEMENT"), &json!("tester"))
    );
    assert_eq!((&job["listenerEventType"], &job["elementId"]), (&json!("UNSPECIFIED"), &json!("do")));
    assert!(job["deadline"].is_i64() && job["userTask"].is_null());
    assert!(server.take("work").await.is_empty(), "offered once");

    let path = format!("/v2/jobs/{}", text(job, "jobKey"));
    let done = server.post(&format!("{path}/completion"), json!({"variables": {"c": 3}})).await;
    assert_eq!((done.status.as_u16(), done.text.as_str()), (204, ""));
    server.post(&format!("{path}/completion"), json!({})).await.refused(404, "job-not-found");
    server.post(&format!("{path}/failure"), json!({})).await.refused(404, "job-not-found");
    server.post(&format!("{path}/error"), json!({"errorCode": "x"})).await.refused(404, "job-not-found");
    let row = server.first("/v2/jobs/search", json!({"state": "completed"})).await;
    assert_eq!((&row["state"], &row["type"]), (&json!("COMPLETED"), &json!("work")));
    let row = server.get(&format!("/v2/process-instances/{instance}")).await.good();
    assert_eq!(row["state"], "COMPLETED");
}

#[tokio::test]
async fn a_poll_waits_for_work_and_is_woken_by_it() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    let body = json!({"type": "work", "timeout": 60_000, "maxJobsToActivate": 5, "fetchVariable": ["a"]});
    let started = Instant::now();
    let empty = server.post("/v2/jobs/activation", body.clone()).await.good();
    assert_eq!(empty, json!({"jobs": []}));
    assert!(started.elapsed() >= Duration::from_millis(1_400), "absent: the server's default, not at once");

    let started = Instant::now();
    let woken = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.create("work", json!({"a": 1, "b": 2})).await
    };
    let (polled, _) = tokio::join!(server.post("/v2/jobs/activation", body.clone()), woken);
    let jobs = polled.good();
    assert_eq!(jobs["jobs"][0]["variables"], json!({"a": 1}), "only what was asked for");
    assert!(started.elapsed() < Duration::from_millis(1_400));

    let mut at_once = body;
    at_once["requestTimeout"] = json!(-1);
    let started = Instant::now();
    assert_eq!(server.post("/v2/jobs/activation", at_once).await.good(), json!({"jobs": []}));
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_failed_job_comes_back_then_is_an_incident_that_can_be_resolved() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    let instance = server.create("work", json!({})).await;
    let job = text(&server.take("work").await[0], "jobKey");
    let path = format!("/v2/jobs/{job}/failure");
    let fail = |body| server.post(&path, body);
    assert_eq!(fail(json!({"retries": 1, "errorMessage": "no luck", "retryBackOff": 0})).await.status, 204);
    let again = server.take("work").await;
    assert_eq!((text(&again[0], "jobKey"), &again[0]["retries"]), (job.clone(), &json!(1)), "the same job");
    assert_eq!(fail(json!({"retries": 0, "errorMessage": "broken for good"})).await.status, 204);

    let incident = server.first("/v2/incidents/search", json!({"processInstanceKey": instance})).await;
    assert_eq!((&incident["state"], &incident["errorType"]), (&json!("ACTIVE"), &json!("JOB_NO_RETRIES")));
    assert!(text(&incident, "errorMessage").contains("broken for good"));
    let within =
        server.post(&format!("/v2/process-instances/{instance}/incidents/search"), json!({})).await.good();
    assert_eq!(within["page"]["totalItems"], 1);
    let instances = json!({"hasIncident": true, "errorMessage": {"$like": "*for good*"}});
    assert_eq!(
        server.first("/v2/process-instances/search", instances).await["processInstanceKey"],
        json!(instance)
    );

    let key = text(&incident, "incidentKey");
    let resolve = format!("/v2/incidents/{key}/resolution");
    let detail = server.post(&resolve, json!({})).await.refused(409, "no-retries-left");
    assert!(detail.starts_with("Command 'RESOLVE' rejected with code 'INVALID_STATE'"), "{detail}");
    assert_eq!(server.get(&format!("/v2/incidents/{key}")).await.good()["state"], "ACTIVE");
    let update = server
        .with_body(Method::PATCH, &format!("/v2/jobs/{job}"), json!({"changeset": {"retries": 2}}))
        .await;
    assert_eq!(update.status, 204, "{}", update.text);
    assert_eq!(server.post(&resolve, json!({})).await.status, 204);
    server.post(&resolve, json!({})).await.refused(404, "incident-not-found");
    assert_eq!(server.get(&format!("/v2/incidents/{key}")).await.good()["state"], "RESOLVED");
    let job = text(&server.take("work").await[0], "jobKey");
    assert_eq!(server.post(&format!("/v2/jobs/{job}/completion"), json!({})).await.status, 204);
}

#[tokio::test]
async fn a_bpmn_error_leaves_by_its_boundary_event() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    let instance = server.create("work", json!({})).await;
    let job = text(&server.take("work").await[0], "jobKey");
    let body = json!({"errorCode": "NO_STOCK", "errorMessage": "none left", "variables": {"left": 0}});
    assert_eq!(server.post(&format!("/v2/jobs/{job}/error"), body).await.status, 204);
    let sorry = server
        .first("/v2/element-instances/search", json!({"processInstanceKey": instance, "elementId": "sorry"}))
        .await;
    assert_eq!(sorry["state"], "COMPLETED");
}

#[tokio::test]
async fn bad_requests_about_jobs_are_refused() {
    let server = Server::start().await;
    for (body, code) in [
        (json!({"timeout": 1, "maxJobsToActivate": 1}), "missing-field"),
        (json!({"type": "x", "maxJobsToActivate": 1}), "missing-field"),
        (json!({"type": "x", "timeout": 1}), "missing-field"),
        (json!({"type": "", "timeout": 1, "maxJobsToActivate": 1}), "invalid-argument"),
        (json!({"type": "x", "timeout": 0, "maxJobsToActivate": 1}), "invalid-argument"),
        (json!({"type": "x", "timeout": 1, "maxJobsToActivate": 0}), "invalid-argument"),
        (json!({"type": "x", "timeout": "1", "maxJobsToActivate": 1}), "wrong-type"),
        (
            json!({"type": "x", "timeout": 1, "maxJobsToActivate": 1, "tenantIds": ["other"]}),
            "invalid-argument",
        ),
        (json!({"type": "x", "timeout": 1, "maxJobsToActivate": 1, "many": true}), "unknown-field"),
    ] {
        server.post("/v2/jobs/activation", body).await.refused(400, code);
    }
    server.post("/v2/jobs/12/error", json!({})).await.refused(400, "missing-field");
    server.post("/v2/jobs/12/failure", json!({"retries": -1})).await.refused(400, "invalid-argument");
    server.post("/v2/jobs/12/failure", json!({"retries": 1})).await.refused(404, "not-found");
    server.post("/v2/jobs/twelve/completion", json!({})).await.refused(400, "invalid-key");
    let update = |body| server.with_body(Method::PATCH, "/v2/jobs/12", body);
    update(json!({})).await.refused(400, "missing-field");
    update(json!({"changeset": {}})).await.refused(400, "invalid-argument");
    // Whether it is there comes before whether the numbers can be right.
    let body = json!({"changeset": {"retries": 0, "timeout": 0}, "operationReference": 0});
    update(body).await.refused(404, "not-found");
}

#[tokio::test]
async fn the_time_of_a_job_that_nobody_has_cannot_be_changed() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    server.create("work", json!({"a": 1, "b": 2})).await;
    let key = text(&server.first("/v2/jobs/search", json!({})).await, "jobKey");
    let path = format!("/v2/jobs/{key}");
    let update = |body| server.with_body(Method::PATCH, &path, body);
    update(json!({"changeset": {"timeout": 5_000}})).await.refused(409, "job-not-active");
    update(json!({"changeset": {"retries": 0}})).await.refused(400, "retries-invalid");
    server.take("work").await;
    assert_eq!(update(json!({"changeset": {"timeout": 5_000}})).await.status, 204);
    // What would lead an ad-hoc sub-process is nothing to other jobs.
    let result = json!({
        "type": "adHocSubProcess", "activateElements": [{"elementId": "do", "variables": {"a": 1}}],
        "isCompletionConditionFulfilled": true, "isCancelRemainingInstances": null,
    });
    let wrong = json!({"result": {"type": "other"}});
    server.post(&format!("{path}/completion"), wrong).await.refused(400, "invalid-argument");
    let done = server.post(&format!("{path}/completion"), json!({"result": result})).await;
    assert_eq!(done.status, 204, "{}", done.text);
    update(json!({"changeset": {"timeout": 5_000}})).await.refused(404, "not-found");
}

#[tokio::test]
async fn jobs_and_tasks_show_the_business_id_of_their_instance() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn", "review.bpmn", "review.form"]).await.good();
    for process in ["work", "review"] {
        let body =
            json!({"processDefinitionId": process, "businessId": "order-7", "variables": {"a": 1, "b": 2}});
        server.post("/v2/process-instances", body).await.good();
    }
    for path in ["/v2/jobs/search", "/v2/user-tasks/search"] {
        assert_eq!(
            server.first(path, json!({"businessId": "order-7"})).await["businessId"],
            "order-7",
            "{path}"
        );
        let other = server.post(path, json!({"filter": {"businessId": "order-8"}})).await.good();
        assert_eq!(other["items"], json!([]), "{path}");
    }
}
