//! Figures about jobs.

use serde_json::{Value, json};

use crate::server::{Make, Server, text};

const BASE: &str = "/v2/jobs/statistics";

/// Three jobs of `work`: one completed, one failed for good, one that nobody has touched.
async fn worked() -> Server {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    for _ in 0..2 {
        server.create("work", json!({})).await;
    }
    let jobs = server.take("work").await;
    let path = |job: &Value, act: &str| format!("/v2/jobs/{}/{act}", text(job, "jobKey"));
    assert_eq!(server.post(&path(&jobs[0], "completion"), json!({})).await.status, 204);
    let failure = json!({"retries": 0, "errorMessage": "no paper"});
    assert_eq!(server.post(&path(&jobs[1], "failure"), failure).await.status, 204);
    server.create("work", json!({})).await;
    server
}

fn hour(more: Value) -> Value {
    let now = jiff::Timestamp::now();
    let hour = jiff::SignedDuration::from_hours(1);
    let mut filter = json!({"from": (now - hour).to_string(), "to": (now + hour).to_string()});
    if let (Value::Object(filter), Value::Object(more)) = (&mut filter, more) {
        filter.extend(more);
    }
    json!({"filter": filter})
}

fn counts(row: &Value) -> [u64; 3] {
    ["created", "completed", "failed"].map(|status| {
        let metric = &row[status];
        let count = metric["count"].as_u64().unwrap();
        assert_eq!(metric["lastUpdatedAt"].is_string(), count > 0, "{metric}");
        count
    })
}

#[tokio::test]
async fn jobs_are_counted_by_what_became_of_them() {
    let server = worked().await;
    let span = hour(json!({}))["filter"].clone();
    let global = format!("{BASE}/global?from={}&to={}", text(&span, "from"), text(&span, "to"));
    let found = server.get(&global).await.good();
    assert_eq!((counts(&found), &found["isIncomplete"]), ([3, 1, 1], &json!(false)));
    let none = server.get(&format!("{global}&jobType=other")).await.good();
    assert_eq!(counts(&none), [0, 0, 0]);
    let long_ago =
        server.get(&format!("{BASE}/global?from=2020-01-01T00:00:00Z&to={}", text(&span, "to"))).await;
    assert_eq!(long_ago.good()["isIncomplete"], true);

    let types = format!("{BASE}/by-types");
    let found = server.post(&types, hour(json!({}))).await.good();
    let row = &found["items"][0];
    assert_eq!((row["jobType"].as_str(), counts(row)), (Some("work"), [3, 1, 1]));
    assert_eq!((&row["workers"], &found["page"]["totalItems"]), (&json!(1), &json!(1)));
    for (filter, count) in [
        (json!("work"), 1),
        (json!("other"), 0),
        (json!({"$like": "w*k"}), 1),
        (json!({"$in": ["a", "work"]}), 1),
        (json!({"$neq": "work"}), 0),
    ] {
        let found = server.post(&types, hour(json!({"jobType": filter}))).await.good();
        assert_eq!(found["page"]["totalItems"], count, "{filter}");
    }

    let found = server.post(&format!("{BASE}/by-workers"), hour(json!({"jobType": "work"}))).await.good();
    let rows = found["items"].as_array().unwrap();
    assert_eq!((rows.len(), rows[0]["worker"].as_str(), counts(&rows[0])), (1, Some("tester"), [0, 1, 1]));

    let series = json!({"jobType": "work", "resolution": "P1D"});
    let found = server.post(&format!("{BASE}/time-series"), hour(series)).await.good();
    let sums = found["items"].as_array().unwrap().iter().map(counts);
    let sums = sums.fold([0; 3], |a, b| [a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
    assert_eq!(sums, [3, 1, 1]);
    assert!(text(&found["items"][0], "time").ends_with("T00:00:00.000Z"));
    let found = server.post(&format!("{BASE}/time-series"), hour(json!({"jobType": "work"}))).await.good();
    assert!(!found["items"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn errors_of_jobs_are_told() {
    let server = worked().await;
    let path = format!("{BASE}/errors");
    let found = server.post(&path, hour(json!({"jobType": "work"}))).await.good();
    let error = json!({"errorCode": "", "errorMessage": "no paper", "workers": 1});
    assert_eq!(found["items"], json!([error]));
    for (more, count) in [
        (json!({"errorMessage": {"$like": "no *"}}), 1),
        (json!({"errorMessage": "no ink"}), 0),
        (json!({"errorCode": {"$exists": false}}), 1),
        (json!({"errorCode": "E1"}), 0),
    ] {
        let mut filter = json!({"jobType": "work"});
        filter.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let found = server.post(&path, hour(filter)).await.good();
        assert_eq!(found["page"]["totalItems"], count, "{more}");
    }
    assert_eq!(server.post(&path, hour(json!({"jobType": "other"}))).await.good()["items"], json!([]));
}

#[tokio::test]
async fn figures_that_make_no_sense_are_refused() {
    let server = Server::start().await;
    let (from, to) = ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z");
    let backwards = json!({"from": from, "to": to, "jobType": "work"});
    for path in ["by-types", "by-workers", "time-series", "errors"] {
        let path = format!("{BASE}/{path}");
        server.post(&path, json!({"filter": backwards})).await.refused(400, "invalid-argument");
        server.post(&path, json!({})).await.refused(400, "missing-field");
        server.post(&path, json!({"filter": {"to": to}})).await.refused(400, "missing-field");
        let empty = json!({"filter": {"from": "", "to": to, "jobType": "work"}});
        server.post(&path, empty).await.refused(400, "invalid-argument");
        server.post(&path, hour(json!({"colour": 1, "jobType": "x"}))).await.refused(400, "unknown-field");
    }
    server.get(&format!("{BASE}/global?from={from}&to={to}")).await.refused(400, "invalid-argument");
    server.get(&format!("{BASE}/global?from={from}")).await.refused(400, "missing-field");
    server.get(&format!("{BASE}/global?from=yesterday&to={to}")).await.refused(400, "invalid-argument");
    for resolution in ["soon", "PT30S", "PT0S", "-PT1M", "P1M", "PT1M1S", ""] {
        let filter = json!({"jobType": "work", "resolution": resolution});
        let answer = server.post(&format!("{BASE}/time-series"), hour(filter)).await;
        assert!(answer.refused(400, "invalid-argument").contains("resolution"), "{resolution}");
    }
}

#[tokio::test]
async fn figures_need_their_own_permission() {
    const USERS: &[(&str, &[&str])] = &[("olga", &["operators"]), ("walter", &["workers"])];
    let server = Server::make(Make { users: USERS, ..Make::default() }).await;
    let path = format!("{BASE}/by-types");
    let nothing = server.as_user("walter").post(&path, hour(json!({}))).await.good();
    assert_eq!((&nothing["items"], &nothing["page"]["totalItems"]), (&json!([]), &json!(0)));
    let authorization = json!({
        "ownerType": "USER", "ownerId": "walter", "resourceType": "SYSTEM", "resourceId": "*",
        "permissionTypes": ["READ_JOB_METRIC"],
    });
    server.as_user("olga").post("/v2/authorizations", authorization).await.good();
    server.as_user("walter").post(&path, hour(json!({}))).await.good();
}
