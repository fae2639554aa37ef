//! Every operation of the document that changes something leaves a line in the audit log, or stands here with the reason
//! why it does not.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Make, Server, text};

const STAFF: &[(&str, &[&str])] = &[("olga", &["operators"]), ("stan", &["sales"])];

/// What leaves no line, and why.
const QUIET: &[(&str, &[&str])] = &[
    (
        "it looks at something and changes nothing",
        &["checkProcessInstanceMigration", "evaluateExpression", "translateValues"],
    ),
    (
        "the everyday work of programs: it stands in the history of the instances that it moves",
        &[
            "activateJobs",
            "completeJob",
            "failJob",
            "throwJobError",
            "publishMessage",
            "correlateMessage",
            "broadcastSignal",
            "evaluateConditionals",
            "activateAdHocSubProcessActivities",
        ],
    ),
    ("what was evaluated is a decision instance, with its inputs and outputs", &["evaluateDecision"]),
];

/// What everybody who is signed in may ask, or anybody: the body, the answer, and whether the line says who asked.
const ALLOWED: &[(&str, &str, u16, bool)] = &[
    ("createToken", r#"{"name": "build"}"#, 201, true),
    ("deleteToken", "{}", 404, true),
    ("createSession", r#"{"username": "stan", "password": "wrong"}"#, 401, false),
    ("createAdminUser", r#"{"username": "boss", "password": "long enough"}"#, 403, false),
    ("assignUserTask", r#"{"assignee": "stan"}"#, 404, true),
    ("unassignUserTask", "{}", 404, true),
    ("updateUserTask", r#"{"changeset": {"priority": 7}}"#, 404, true),
    ("completeUserTask", "{}", 404, true),
    ("completeUserTaskToRest", "{}", 404, true),
];

/// Only somebody who is signed in signs out: `signing_out_is_noted`.
const ELSEWHERE: &[&str] = &["deleteSession"];

/// The operations that may change something: method, path, id.
fn changing() -> Vec<(Method, String, String)> {
    let document: Value = serde_json::from_str(hosk_api::openapi_json()).unwrap();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let looks = method == "get" || path.ends_with("/search") || path.contains("/statistics/");
            if !looks {
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                found.push((method, path.clone(), text(operation, "operationId")));
            }
        }
    }
    assert!(found.len() > 120, "all of them: {}", found.len());
    found
}

/// The newest line, with its origin.
async fn newest(olga: &Server) -> Value {
    let search = json!({"sort": [{"field": "auditLogKey", "order": "DESC"}], "page": {"limit": 1}});
    let found = olga.post("/v2/audit-logs/search", search).await.good();
    let mut line = found["items"].get(0).cloned().unwrap_or_default();
    if let Some(key) = line["auditLogKey"].as_str() {
        let origin = olga.get(&format!("/hosk/v1/audit-logs/{key}")).await.good();
        line["origin"] = origin["origin"].clone();
    }
    line
}

#[tokio::test]
async fn every_operation_that_changes_something_is_noted_or_it_is_said_why_not() {
    let server = Server::make(Make { users: STAFF, clock: true, ..Make::default() }).await;
    let (olga, stan) = (server.as_user("olga"), server.as_user("stan"));
    let quiet: Vec<&str> = QUIET.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
    let mut before = newest(&olga).await;
    let mut asked = Vec::new();
    for (method, path, id) in changing() {
        asked.push(id.clone());
        if ELSEWHERE.contains(&&*id) {
            continue;
        }
        let allowed = ALLOWED.iter().find(|(one, ..)| *one == id);
        let (_, body, expected, named) = allowed.copied().unwrap_or(("", "{}", 403, true));
        let part = |part: &str| if part.starts_with('{') { "4711".to_owned() } else { part.to_owned() };
        let path = path.split('/').map(part).collect::<Vec<_>>().join("/");
        let body: Value = serde_json::from_str(body).unwrap();
        let answer = stan.send(stan.request(method, &path).json(&body)).await;
        assert_eq!(answer.status.as_u16(), expected, "{id}: {}", answer.text);
        let line = newest(&olga).await;
        if quiet.contains(&&*id) {
            assert_eq!(line, before, "{id} is noted: take it out of the list");
            continue;
        }
        assert_ne!(line["auditLogKey"], before["auditLogKey"], "{id} leaves no line: say why, or note it");
        let result = if expected < 400 { "SUCCESS" } else { "FAIL" };
        let actor = if named { json!("stan") } else { Value::Null };
        let told = [&line["result"], &line["actorId"], &line["origin"]];
        assert_eq!(told, [&json!(result), &actor, &json!("127.0.0.1")], "{id}: {line}");
        if expected == 403 {
            assert_eq!(line["entityDescription"], "forbidden", "{id}");
        }
        before = line;
    }
    for id in quiet.iter().chain(ELSEWHERE) {
        assert!(asked.iter().any(|one| one == id), "{id}: there is no such operation");
    }
}

/// The lines about something, oldest first: what was done, in short, before, after.
pub(crate) async fn lines(olga: &Server, filter: Value) -> Vec<(String, String, Value, Value)> {
    let search = json!({"filter": filter, "sort": [{"field": "auditLogKey"}]});
    let found = olga.post("/v2/audit-logs/search", search).await.good();
    let mut lines = Vec::new();
    for row in found["items"].as_array().unwrap() {
        let path = format!("/hosk/v1/audit-logs/{}", text(row, "auditLogKey"));
        let mut origin = olga.get(&path).await.good();
        let what = format!("{} {}", text(row, "operationType"), text(row, "result"));
        let short = row["entityDescription"].as_str().unwrap_or_default().to_owned();
        lines.push((what, short, origin["before"].take(), origin["after"].take()));
    }
    lines
}

#[tokio::test]
async fn signing_out_is_noted() {
    let server = Server::make(Make { users: STAFF, ..Make::default() }).await;
    let olga = server.as_user("olga");
    let body = json!({"username": "stan", "password": "open sesame"});
    let answer = server.post("/hosk/v1/session", body).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let sign_out = async || {
        server.send(server.request(Method::DELETE, "/hosk/v1/session").header("cookie", &cookie)).await
    };
    assert_eq!(sign_out().await.status, 204);
    // Nobody is signed in any more.
    assert_eq!(sign_out().await.status, 204);
    let noted = lines(&olga, json!({"entityKey": "stan"})).await;
    let told: Vec<_> = noted.iter().map(|(what, short, ..)| (&**what, &**short)).collect();
    assert_eq!(told, [("UNKNOWN SUCCESS", "signed in"), ("UNKNOWN SUCCESS", "signed out")]);
    assert_eq!(newest(&olga).await["actorId"], "stan");
}

#[tokio::test]
async fn what_the_installation_has_is_noted_with_before_and_after() {
    let server = Server::make(Make { users: STAFF, clock: true, ..Make::default() }).await;
    let olga = server.as_user("olga");
    let put = async |path: &str, body: Value| olga.with_body(Method::PUT, path, body).await;
    let delete = async |path: &str| olga.send(olga.request(Method::DELETE, path)).await.status.as_u16();
    olga.post("/v2/cluster-variables/global", json!({"name": "LIMIT", "value": 1})).await.good();
    put("/v2/cluster-variables/global/LIMIT", json!({"value": 2})).await.good();
    assert_eq!(delete("/v2/cluster-variables/global/LIMIT").await, 204);
    assert_eq!(delete("/v2/cluster-variables/global/LIMIT").await, 404);
    let listener = |priority: u8| json!({"type": "check", "eventTypes": ["all"], "priority": priority});
    let mut first = listener(1);
    first["id"] = json!("audit");
    olga.post("/v2/global-task-listeners", first).await.good();
    put("/v2/global-task-listeners/audit", listener(2)).await.good();
    assert_eq!(delete("/v2/global-task-listeners/audit").await, 204);
    for (key, member) in [("LIMIT", "value"), ("audit", "priority")] {
        let mut noted = lines(&olga, json!({"entityKey": key, "result": "SUCCESS"})).await;
        let told: Vec<_> = noted
            .iter_mut()
            .map(|(what, _, before, after)| (&**what, before[member].take(), after[member].take()))
            .collect();
        let of = |number: u8| if member == "value" { json!(number.to_string()) } else { json!(number) };
        let expected = [
            ("CREATE SUCCESS", Value::Null, of(1)),
            ("UPDATE SUCCESS", of(1), of(2)),
            ("DELETE SUCCESS", of(2), Value::Null),
        ];
        assert_eq!(told, expected, "{key}");
    }
    assert_eq!(put("/v2/clock", json!({"timestamp": 1_900_000_000_000_u64})).await.status, 204);
    assert_eq!(olga.post("/v2/clock/reset", json!({})).await.status, 204);
    let noted = lines(&olga, json!({"entityKey": "clock"})).await;
    let told: Vec<_> = noted.iter().map(|(_, short, ..)| &**short).collect();
    assert_eq!(told, ["clock: stands at 2030-03-17T17:46:40.000Z", "clock: runs"]);
}
