//! The system behind a plugin, as golden calls tell of it: requests are expected one after the other.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use hosk_connector::Network;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::failure::Failure;

/// Largest request that is read, in bytes.
const LARGEST: usize = 64 * 1024 * 1024;
/// Most findings that are kept of one call.
const FINDINGS: usize = 20;

/// A request and its answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    request: Expected,
    #[serde(default)]
    response: Given,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    method: String,
    /// With its query.
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Given {
    status: Option<u16>,
    headers: BTreeMap<String, String>,
    body: Option<Value>,
}

/// What came so far.
struct Played {
    expected: Vec<Exchange>,
    next: usize,
    findings: Vec<String>,
}

type Shared = Arc<Mutex<Played>>;

/// A server on this machine; gone when it is dropped.
pub(super) struct Stub {
    address: SocketAddr,
    played: Shared,
    serving: JoinHandle<()>,
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Stub {
    pub(super) async fn start(expected: Vec<Exchange>) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("the stub cannot listen")?;
        let address = listener.local_addr()?;
        let played: Shared = Arc::new(Mutex::new(Played { expected, next: 0, findings: Vec::new() }));
        let app = axum::Router::new().fallback(answer).with_state(Arc::clone(&played));
        let serving = tokio::spawn(async move {
            // It ends with the call.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { address, played, serving })
    }

    pub(super) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What must be granted so that it is reached.
    pub(super) fn network(&self) -> Result<Network, Failure> {
        Ok(self.address.ip().to_string().parse()?)
    }

    /// What was asked otherwise than expected, or not at all.
    pub(super) fn findings(&self) -> Vec<String> {
        let played = self.played.lock().unwrap_or_else(PoisonError::into_inner);
        let mut findings = played.findings.clone();
        if let Some(exchange) = played.expected.get(played.next) {
            let Expected { method, path, .. } = &exchange.request;
            findings.push(format!("{method} {path} was expected and did not come"));
        }
        findings
    }
}

async fn answer(State(played): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST).await.unwrap_or_default();
    let mut played = played.lock().unwrap_or_else(PoisonError::into_inner);
    let number = played.next;
    played.next += 1;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let Some(exchange) = played.expected.get(number) else {
        played.note(format!("{} {path} was not expected", parts.method));
        return respond(&Given { status: Some(404), ..Given::default() });
    };
    let Expected { method, path: expected, headers, body: content } = &exchange.request;
    let mut findings = Vec::new();
    if parts.method.as_str() != method.to_ascii_uppercase() || path != expected {
        findings.push(format!(
            "request {}: {} {path}, and {method} {expected} was expected",
            number + 1,
            parts.method
        ));
    }
    for (name, value) in headers {
        let found =
            parts.headers.get(name).map(|found| String::from_utf8_lossy(found.as_bytes()).into_owned());
        if found.as_ref() != Some(value) {
            findings.push(format!(
                "request {}: header `{name}` is {found:?}, and should be {value:?}",
                number + 1
            ));
        }
    }
    if let Some(content) = content {
        let found = serde_json::from_slice(&body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
        if found != *content {
            findings.push(format!("request {}: the body is {found}, and should be {content}", number + 1));
        }
    }
    let response = respond(&exchange.response);
    for finding in findings {
        played.note(finding);
    }
    response
}

impl Played {
    fn note(&mut self, finding: String) {
        if self.findings.len() < FINDINGS {
            self.findings.push(finding);
        }
    }
}

/// Texts go as they are, everything else as JSON.
fn respond(given: &Given) -> Response {
    let status = given.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let mut response = Response::builder().status(status);
    let (kind, body) = match &given.body {
        None => (None, String::new()),
        Some(Value::String(text)) => (None, text.clone()),
        Some(other) => (Some("application/json"), other.to_string()),
    };
    if let Some(kind) = kind.filter(|_| !given.headers.contains_key("content-type")) {
        response = response.header("content-type", kind);
    }
    for (name, value) in &given.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(body)).unwrap_or_default()
}
