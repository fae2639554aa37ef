//! Golden calls: what a plugin asks the system behind it, and what it makes of the answers, written down in JSON and
//! replayed against a stub.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use futures::future::join_all;
use hosk_connector::{Connection, Outcome, Secret};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::local::Loaded;
use super::stub::{Exchange, Stub};
use crate::failure::Failure;
use crate::files;

/// The key that replayed calls bear.
pub(super) const IDEMPOTENCY_KEY: &str = "golden-call";
/// Stands for the address of the stub in settings.
const STUB: &str = "{{stub}}";
/// Most golden calls of a folder.
const MOST: usize = 1_000;
/// Most calls at once.
const AT_ONCE: usize = 10_000;

/// A golden call as it stands in its file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Golden {
    operation: String,
    /// Which attempt it is.
    #[serde(default = "first")]
    attempt: u32,
    #[serde(default)]
    input: Map<String, Value>,
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
    #[serde(default)]
    exchanges: Vec<Exchange>,
    /// Hosts that are granted; the stub is not then.
    hosts: Option<Vec<String>>,
    /// So many such calls are made at once, and each must end alike.
    #[serde(default = "alone")]
    at_once: usize,
    outcome: Expected,
}

fn first() -> u32 {
    1
}

fn alone() -> usize {
    1
}

/// How the call must end.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Expected {
    /// It completes with this output.
    Output(Value),
    /// It raises this error.
    BpmnError { code: String, variables: Option<Value> },
    /// It fails like this; the message has this part.
    Failure { kind: String, code: Option<String>, message: Option<String> },
}

/// A golden call that was replayed.
pub(super) struct Played {
    /// Name of the file.
    pub(super) name: String,
    /// The operation that was called.
    pub(super) operation: String,
    /// What was not as it is written; empty when it came out.
    pub(super) findings: Vec<String>,
    /// How long the call took.
    pub(super) took: Duration,
}

impl Played {
    pub(super) fn as_json(&self) -> Value {
        json!({
            "name": self.name,
            "operation": self.operation,
            "findings": self.findings,
            "milliseconds": self.took.as_millis() as u64,
        })
    }
}

/// Replays the golden calls of a folder, by name.
pub(super) async fn play(loaded: &Loaded, folder: &Path) -> Result<Vec<Played>, Failure> {
    let found = files::collect(&[folder.to_owned()], &[".json"])?;
    if found.len() > MOST {
        return Err(Failure::Refused(format!("{} has more than {MOST} golden calls", folder.display())));
    }
    let mut played = Vec::new();
    for file in found {
        let text = files::read(&file)?;
        let golden: Golden = serde_json::from_slice(&text)
            .map_err(|error| Failure::Refused(format!("{} is no golden call: {error}", file.display())))?;
        played.push(one(loaded, files::name(&file), golden).await?);
    }
    Ok(played)
}

async fn one(loaded: &Loaded, name: String, golden: Golden) -> Result<Played, Failure> {
    if golden.at_once == 0 || golden.at_once > AT_ONCE || (golden.at_once > 1 && !golden.exchanges.is_empty())
    {
        return Err(Failure::Refused(format!(
            "{name} is no golden call: `atOnce` is a number from 1 to {AT_ONCE}, and exchanges come in no order when it is \
             more than 1"
        )));
    }
    let stub = Stub::start(golden.exchanges).await?;
    let id = &loaded.contract().id;
    let mut connection = Connection::new(id, id);
    let mut settings = Value::Object(golden.settings);
    if settings.get("baseUrl").is_none() {
        settings["baseUrl"] = json!(STUB);
    }
    fill(&mut settings, &stub.address());
    connection.settings = settings;
    match golden.hosts {
        Some(hosts) => connection.grants.hosts = hosts,
        None => connection.grants.networks = vec![stub.network()?],
    }
    connection.secrets =
        golden.secrets.into_iter().map(|(name, value)| (name, Secret::from(value))).collect();
    let began = Instant::now();
    let input = Value::Object(golden.input);
    let call = || loaded.call(&golden.operation, input.clone(), connection.clone(), golden.attempt);
    let outcomes = join_all((0..golden.at_once).map(|_| call())).await;
    let took = began.elapsed();
    let mut findings = stub.findings();
    for outcome in outcomes {
        // The same is told once.
        findings.extend(golden.outcome.against(&outcome?).filter(|finding| !findings.contains(finding)));
    }
    Ok(Played { name, operation: golden.operation, findings, took })
}

/// Puts the stub's address into every text.
fn fill(value: &mut Value, address: &str) {
    match value {
        Value::String(text) => *text = text.replace(STUB, address),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, address)),
        Value::Object(members) => members.values_mut().for_each(|member| fill(member, address)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Expected {
    /// What is other than expected.
    fn against(&self, outcome: &Outcome) -> Option<String> {
        let as_expected = match (self, outcome) {
            (Self::Output(expected), Outcome::Complete(output)) => expected == output,
            (
                Self::BpmnError { code, variables },
                Outcome::BpmnError { code: found, variables: given, .. },
            ) => code == found && variables.as_ref().is_none_or(|variables| variables == given),
            (Self::Failure { kind, code, message }, Outcome::Failure(failure)) => {
                failure.kind.to_string() == *kind
                    && code.as_ref().is_none_or(|code| failure.code.as_ref() == Some(code))
                    && message.as_ref().is_none_or(|part| failure.message.contains(part))
            }
            _ => false,
        };
        let expected = match self {
            Self::Output(output) => json!({"output": output}),
            Self::BpmnError { code, variables } => {
                json!({"bpmnError": {"code": code, "variables": variables}})
            }
            Self::Failure { kind, code, message } => {
                json!({"failure": {"kind": kind, "code": code, "message": message}})
            }
        };
        let found = || outcome_as_json(outcome);
        (!as_expected).then(|| format!("the outcome is {}, and should be {expected}", found()))
    }
}

/// An outcome in the words of a golden call.
pub(super) fn outcome_as_json(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Complete(output) => json!({"output": output}),
        Outcome::BpmnError { code, message, variables } => {
            json!({"bpmnError": {"code": code, "message": message, "variables": variables}})
        }
        Outcome::Failure(failure) => json!({"failure": {
            "kind": failure.kind.to_string(),
            "code": failure.code,
            "message": failure.message,
        }}),
    }
}
