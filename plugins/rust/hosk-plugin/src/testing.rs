//! Plugins under `cargo test`: golden calls are replayed against a host that answers as they say, by the same rules as
//! `hosk plugin check`, and on any machine.
//!
//! ```no_run
//! # fn plugin() -> hosk_plugin::Plugin { hosk_plugin::Plugin::new("crm", 1, "CRM") }
//! hosk_plugin::testing::replay(&plugin(), "calls");
//! ```

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::host::{self, Answer, Credential, Host, Level, Request};
use crate::{Call, Error, Failure, FailureKind, Plugin};

/// The key that replayed calls bear.
const KEY: &str = "golden-call";
/// Where the stub seems to be.
const STUB: &str = "http://stub";

/// A golden call as it stands in its file; docs/plugins.md of hosk tells what it says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Golden {
    operation: String,
    #[serde(default = "first")]
    attempt: u32,
    #[serde(default)]
    input: Map<String, Value>,
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    #[serde(default)]
    exchanges: VecDeque<Exchange>,
    outcome: Value,
}

fn first() -> u32 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    request: Expected,
    response: Given,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    method: String,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    #[serde(default = "good")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
}

fn good() -> u16 {
    200
}

/// Replays the golden calls of a folder, relative to the crate.
///
/// # Panics
/// Every call that does not come out is told; so is a folder without one, and a contract that is not sound.
pub fn replay(plugin: &Plugin, folder: impl AsRef<Path>) {
    let mut findings = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(folder.as_ref())
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.as_ref().display()))
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no golden call", folder.as_ref().display());
    for file in files {
        let name = file.display();
        let text = std::fs::read(&file).unwrap_or_else(|error| panic!("{name} cannot be read: {error}"));
        let golden: Golden =
            serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name} is no golden call: {error}"));
        findings.extend(play(plugin, golden).into_iter().map(|finding| format!("{name}: {finding}")));
    }
    assert!(findings.is_empty(), "golden calls do not come out:\n{}", findings.join("\n"));
}

/// Runs something with these settings as the connection's, secrets by name, and no system to send requests to.
pub fn with_settings<T>(settings: Value, secrets: &[&str], work: impl FnOnce() -> T) -> T {
    let secrets = secrets.iter().map(|name| ((*name).to_owned(), String::new())).collect();
    host::with(Rc::new(Stub::new(settings, secrets, VecDeque::new())), work)
}

fn play(plugin: &Plugin, golden: Golden) -> Vec<String> {
    let mut settings = golden.settings;
    settings.entry("baseUrl").or_insert_with(|| json!("{{stub}}"));
    let stub = Rc::new(Stub::new(filled(Value::Object(settings)), golden.secrets, golden.exchanges));
    let call = Call {
        tenant: "<default>".to_owned(),
        connection: "golden-call".to_owned(),
        process_instance: 1,
        element_id: "golden-call".to_owned(),
        job_key: 2,
        attempt: golden.attempt,
        idempotency_key: KEY.to_owned(),
        time_left: Duration::from_secs(30),
        trace_parent: None,
        headers: BTreeMap::new(),
    };
    let input = Value::Object(golden.input).to_string();
    let outcome = host::with(stub.clone(), || plugin.invoke(&golden.operation, &input, &call));
    let mut findings = stub.findings.take();
    for left in &*stub.exchanges.borrow() {
        findings.push(format!("{} {} was not asked for", left.request.method, left.request.path));
    }
    let found = as_json(outcome);
    if !fits(&golden.outcome, &found) {
        findings.push(format!("the outcome is {found}, and should be {}", golden.outcome));
    }
    findings
}

/// Puts the stub's address into every text.
fn filled(value: Value) -> Value {
    match value {
        Value::String(text) => text.replace("{{stub}}", STUB).into(),
        Value::Array(items) => items.into_iter().map(filled).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, filled(value))).collect(),
        other => other,
    }
}

fn as_json(outcome: crate::Result<String>) -> Value {
    match outcome {
        Ok(output) => json!({"output": serde_json::from_str::<Value>(&output).unwrap_or(Value::Null)}),
        Err(Error::Bpmn(error)) => {
            json!({"bpmnError": {"code": error.code, "message": error.message, "variables": error.variables}})
        }
        Err(Error::Failure(failure)) => json!({"failure": {
            "kind": failure.kind.word(), "code": failure.code, "message": failure.message,
        }}),
    }
}

/// Whether an outcome is as expected: the output whole; of an error what is written, of a message a part.
fn fits(expected: &Value, found: &Value) -> bool {
    let (Some((kind, expected)), Some(found)) =
        (expected.as_object().and_then(|one| one.iter().next()), found.as_object())
    else {
        return false;
    };
    let Some(found) = found.get(kind) else { return false };
    if kind == "output" {
        return expected == found;
    }
    expected.as_object().is_some_and(|expected| {
        expected.iter().all(|(name, value)| match (name.as_str(), value.as_str()) {
            ("message", Some(part)) => found["message"].as_str().is_some_and(|text| text.contains(part)),
            _ => found[name] == *value,
        })
    })
}

/// A host that answers as golden calls say.
struct Stub {
    settings: Value,
    secrets: BTreeMap<String, String>,
    exchanges: RefCell<VecDeque<Exchange>>,
    findings: Cell<Vec<String>>,
}

impl Stub {
    fn new(settings: Value, secrets: BTreeMap<String, String>, exchanges: VecDeque<Exchange>) -> Self {
        Self { settings, secrets, exchanges: exchanges.into(), findings: Cell::default() }
    }

    fn note(&self, finding: String) {
        let mut findings = self.findings.take();
        findings.push(finding);
        self.findings.set(findings);
    }

    /// A template with its secrets.
    fn fill(&self, template: &str) -> Result<String, Failure> {
        let mut text = template.to_owned();
        for (name, value) in &self.secrets {
            text = text.replace(&format!("{{{{secrets.{name}}}}}"), value);
        }
        if text.contains("{{secrets.") {
            let message = format!("the connection has no secret that `{template}` names");
            return Err(Failure::new(FailureKind::InvalidInput, message));
        }
        Ok(text)
    }

    /// The request as a host sends it: with its secrets, and with the idempotency key where it may change something.
    fn sent(&self, mut request: Request) -> Result<Request, Failure> {
        if request.url.starts_with('/') {
            let base = self.settings["baseUrl"].as_str().unwrap_or_default().trim_end_matches('/');
            request.url = format!("{base}{}", request.url);
        }
        for credential in std::mem::take(&mut request.credentials) {
            match credential {
                Credential::Header(name, template) => request.headers.push((name, self.fill(&template)?)),
                Credential::Query(name, template) => {
                    let sign = if request.url.contains('?') { '&' } else { '?' };
                    let value = crate::http::escape(&self.fill(&template)?);
                    request.url = format!("{}{sign}{}={value}", request.url, crate::http::escape(&name));
                }
                Credential::Basic(user, password) => {
                    let pair = format!("{}:{}", self.fill(&user)?, self.fill(&password)?);
                    request
                        .headers
                        .push(("authorization".to_owned(), format!("Basic {}", base64(pair.as_bytes()))));
                }
                Credential::Body(marker, template) => {
                    let body =
                        String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
                    request.body = Some(body.replacen(&marker, &self.fill(&template)?, 1).into_bytes());
                }
            }
        }
        let changes = !["GET", "HEAD", "OPTIONS"].contains(&request.method.as_str());
        if changes && !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("idempotency-key")) {
            request.headers.push(("idempotency-key".to_owned(), KEY.to_owned()));
        }
        Ok(request)
    }

    fn compare(&self, expected: &Expected, request: &Request) {
        let path = request.url.strip_prefix(STUB).unwrap_or(&request.url);
        if (expected.method.as_str(), expected.path.as_str()) != (request.method.as_str(), path) {
            self.note(format!(
                "it asked for {} {path}, and should have asked for {} {}",
                request.method, expected.method, expected.path
            ));
        }
        for (name, value) in &expected.headers {
            let found = request
                .headers
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, found)| found);
            if found != Some(value) {
                self.note(format!("the header `{name}` is {found:?}, and should be {value:?}"));
            }
        }
        if let Some(expected) = &expected.body {
            let bytes = request.body.as_deref().unwrap_or_default();
            let found =
                serde_json::from_slice(bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(bytes)));
            if found != *expected {
                self.note(format!("the body is {found}, and should be {expected}"));
            }
        }
    }
}

impl Host for Stub {
    fn log(&self, level: Level, message: &str) {
        eprintln!("{level:?}: {message}");
    }

    fn settings(&self) -> String {
        self.settings.to_string()
    }

    fn secrets(&self) -> Vec<String> {
        self.secrets.keys().cloned().collect()
    }

    fn send(&self, request: Request) -> Result<Answer, Failure> {
        let request = self.sent(request)?;
        let Some(exchange) = self.exchanges.borrow_mut().pop_front() else {
            self.note(format!("{} {} was one request too many", request.method, request.url));
            return Err(Failure::new(FailureKind::Transient, "nobody answers"));
        };
        self.compare(&exchange.request, &request);
        let given = exchange.response;
        let mut headers: Vec<_> =
            given.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
        let body = match given.body {
            None => Vec::new(),
            Some(Value::String(text)) => text.into_bytes(),
            Some(json) => {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
                json.to_string().into_bytes()
            }
        };
        Ok(Answer { status: given.status, headers, body })
    }
}

/// Base64 (RFC 4648) with padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0, |group, at| group << 8 | usize::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let sign = ALPHABET[group >> (18 - 6 * at) & 63];
            text.push(if at <= chunk.len() { char::from(sign) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let encoded = ["", "f", "fo", "foo", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(encoded, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYmFy"]);
    }
}
