//! Requests with one mistake, for every operation and every place where one can be, made from the served document: each is
//! refused, says what is wrong, and does nothing. What the document promises is what is sent, so that neither it nor the code
//! can be strict alone.

mod cases;
mod requests;

use std::collections::BTreeMap;

use futures::StreamExt as _;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::connections::echo_of;
use crate::server::{Answer, Make, Server, text};
use cases::Schemas;
use requests::{Operation, Sent, Wrong, names_in, operations};

/// Requests under way together.
const TOGETHER: usize = 16;
/// Requests to be sent at least: the derivation does not run dry unnoticed.
const REQUESTS_MIN: usize = 50_000;
/// Mistakes of ours shown.
const SHOWN: usize = 60;
/// What tells of requests, refused ones too, or of the moment.
const OF_THE_MOMENT: &[&str] = &["searchAuditLogs", "streamEvents"];

/// A server with something in it that could be changed.
async fn furnished(document: &Value) -> (Server, BTreeMap<String, String>) {
    // Of the kind that the document's example is of.
    let example =
        &document["paths"]["/hosk/v1/connections"]["post"]["requestBody"]["content"]["application/json"];
    let connector = echo_of(&text(&example["example"], "connectorId"));
    let make =
        Make { clock: true, plugins: Some(Vec::new()), connectors: vec![connector], ..Make::default() };
    let server = Server::make(make).await;
    server.deploy(&["work.bpmn", "review.bpmn", "review.form", "sum.bpmn", "credit.dmn"]).await.good();
    for process in ["work", "work", "review"] {
        server.create(process, json!({"a": 1})).await;
    }
    let job = text(&server.take("work").await[0], "jobKey");
    let failure = json!({"retries": 0, "errorMessage": "no luck"});
    assert_eq!(server.post(&format!("/v2/jobs/{job}/failure"), failure).await.status, 204);
    for (path, body) in [
        ("/v2/groups", json!({"groupId": "sales", "name": "Sales"})),
        ("/v2/roles", json!({"roleId": "reader", "name": "Reader"})),
        ("/v2/cluster-variables/global", json!({"name": "HOUSE", "value": 1})),
        ("/hosk/v1/value-maps", json!({"mapId": "colours", "name": "Colours"})),
    ] {
        server.post(path, body).await.good();
    }
    // What no search finds.
    let form = Form::new().part("file", Part::text("a note").file_name("note.txt"));
    let stored = server.send(server.request(Method::POST, "/v2/documents").multipart(form)).await.good();
    let mut told: Vec<_> = all_told(&server, &operations(document)).await;
    told.push((String::new(), stored.to_string()));
    (server, names_in(&told))
}

async fn send(server: &Server, operation: &Operation<'_>, sent: &Sent) -> Answer {
    let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
    let mut request = server.request(method, &sent.path);
    if let Some(media_type) = sent.media_type {
        request = request.header("content-type", media_type);
    }
    if !sent.body.is_empty() {
        request = request.body(sent.body.clone());
    }
    server.send(request).await
}

/// What there is, by the operation that tells it.
async fn all_told(server: &Server, operations: &[Operation<'_>]) -> Vec<(String, String)> {
    let mut told = Vec::new();
    for operation in operations {
        if operation.tells_all() && !OF_THE_MOMENT.contains(&operation.id) {
            let body = if operation.method == "GET" { "" } else { "{}" };
            let (path, media_type) = (operation.path.to_owned(), Some("application/json"));
            let sent = Sent { path, media_type, body: body.to_owned() };
            told.push((operation.id.to_owned(), send(server, operation, &sent).await.text));
        }
    }
    told
}

/// What is not as it should be in the refusal of a wrong request.
fn complaint(wrong: &Wrong, answer: &Answer) -> Option<String> {
    let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
    if answer.status.as_u16() != wrong.status {
        return Some(format!("{} instead of {}: {detail}", answer.status.as_u16(), wrong.status));
    }
    if answer.media_type != "application/problem+json" {
        return Some(format!("{} instead of a problem", answer.media_type));
    }
    match &wrong.named {
        Some(name) if !detail.contains(name.as_str()) => Some(format!("`{name}` is not named: {detail}")),
        _ => None,
    }
}

/// The first letters of a text.
fn beginning(text: &str, letters: usize) -> &str {
    text.char_indices().nth(letters).map_or(text, |(end, _)| &text[..end])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mistake_that_can_be_made_is_refused_and_does_nothing() {
    let document: Value = serde_json::from_str(hosk_api::openapi_json()).unwrap();
    let (server, known) = furnished(&document).await;
    let (schemas, operations) = (Schemas(&document["components"]["schemas"]), operations(&document));
    let before = all_told(&server, &operations).await;
    let (mut complaints, mut counts) = (Vec::new(), BTreeMap::new());
    for operation in &operations {
        let wrong = operation.wrong(&schemas, &known);
        for input in operation.inputs(&schemas) {
            let here = |one: &Wrong| {
                one.place.strip_prefix(&input).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
            };
            assert!(wrong.iter().any(here), "{}: nothing can be wrong with {input}", operation.id);
        }
        counts.insert(operation.id, wrong.len());
        let (server, operation) = (&server, &operation);
        let answers = futures::stream::iter(wrong).map(|wrong| async move {
            let answer = send(server, operation, &wrong.sent).await;
            complaint(&wrong, &answer).map(|problem| {
                let body = beginning(&wrong.sent.body, 200);
                format!(
                    "{} {} ({}): {}\n    {} {body}",
                    operation.id, wrong.place, wrong.rule, problem, wrong.sent.path
                )
            })
        });
        complaints
            .extend(answers.buffer_unordered(TOGETHER).filter_map(async |one| one).collect::<Vec<_>>().await);
    }
    let shown: Vec<_> = complaints.iter().take(SHOWN).map(String::as_str).collect();
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), shown.join("\n"));
    let sent: usize = counts.values().sum();
    println!("{sent} requests to {} operations", counts.len());
    assert!(sent >= REQUESTS_MIN, "{sent} requests: {counts:?}");
    for ((id, before), (_, after)) in before.iter().zip(&all_told(&server, &operations).await) {
        assert_eq!(before, after, "{id}: something has changed");
    }
}

/// The counterpart: what the mistakes are made in is refused for no mistake of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_no_mistake_is_not_refused_as_one() {
    let document: Value = serde_json::from_str(hosk_api::openapi_json()).unwrap();
    let (server, known) = furnished(&document).await;
    let (schemas, operations) = (Schemas(&document["components"]["schemas"]), operations(&document));
    let mut complaints = Vec::new();
    for operation in &operations {
        let Some(sent) = operation.right(&schemas, &known) else { continue };
        let answer = send(&server, operation, &sent).await;
        if matches!(answer.status.as_u16(), 400 | 415 | 422 | 500..) {
            complaints.push(format!("{} {} {}: {}", operation.id, sent.path, sent.body, answer.text));
        }
    }
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}
