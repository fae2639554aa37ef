//! FEEL in task headers: compiled once per text.
//!
//! `resultExpression` reads the entries of the output, and the whole output as `response`. `errorExpression` reads
//! the same, and after a failure `error` with `code`, `kind` and `message`; it gives null (go on as usual),
//! `bpmnError(…)` or `jobError(…)`: contexts with `errorType` "bpmnError" (or a `code`) or "jobError".

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hosk_connector::{Outcome, header};
use hosk_core::{Timestamp, Variables};
use hosk_feel::{Environment, Expression, Json, Limits, Names, Value as Feel};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};

use super::error_functions::{filled_in, functions};
use super::wait::iso_duration;
use crate::cluster_variables::Globals;
use crate::limits::HEADER_EXPRESSIONS;
use crate::surroundings::Surroundings;

/// What an `errorExpression` made of an outcome.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    /// Leave by an error boundary event.
    BpmnError { code: String, message: String, variables: Variables },
    /// The attempt failed.
    JobError { message: String, variables: Variables, retries: Option<u32>, backoff: Option<Duration> },
}

/// Compiled expressions by text.
pub(super) struct Expressions {
    compiled: Mutex<FxHashMap<String, Expression>>,
    functions: Vec<(&'static str, Feel)>,
    surroundings: Surroundings,
}

/// What a header expression reads.
struct Readable<'a> {
    context: &'a BTreeMap<String, Json>,
    functions: &'a [(&'static str, Feel)],
}

impl hosk_feel::Variables for Readable<'_> {
    fn get(&self, name: &str) -> Option<&Json> {
        self.context.get(name)
    }

    fn value(&self, name: &str) -> Option<Feel> {
        let value = self.get(name).map(Feel::from_json);
        value.or_else(|| {
            self.functions.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        })
    }
}

impl Expressions {
    /// None compiled yet; each evaluation may use so much.
    pub(super) fn new(limits: Limits, globals: Globals) -> Self {
        Self {
            compiled: Mutex::default(),
            functions: functions(),
            surroundings: Surroundings::new(limits, globals),
        }
    }

    /// The variables a `resultExpression` makes of an output.
    pub(super) fn result(
        &self,
        text: &str,
        output: &Value,
        (tenant, now): (&str, Timestamp),
    ) -> Result<Variables, String> {
        let environment = self.surroundings.at(tenant, now);
        let value = self.evaluate(header::RESULT_EXPRESSION, text, &context_of(output), &environment)?;
        match value.value() {
            Value::Null => Ok(Variables::new()),
            Value::Object(entries) => Ok(variables(entries)),
            other => Err(format!(
                "the header `{}` gives {other}, not a context: write it like ={{name: response.field}}",
                header::RESULT_EXPRESSION
            )),
        }
    }

    /// What an `errorExpression` makes of an outcome.
    pub(super) fn decide(
        &self,
        text: &str,
        outcome: &Outcome,
        (tenant, now): (&str, Timestamp),
    ) -> Result<Option<Decision>, String> {
        let context = match outcome {
            Outcome::Complete(output) => context_of(output),
            Outcome::BpmnError { code, message, variables } => {
                let error = json!({"code": code, "kind": "bpmn-error", "message": message});
                with_error(context_of(variables), error)
            }
            Outcome::Failure(failure) => {
                let kind = failure.kind.as_str();
                let error = json!({"code": kind, "kind": kind, "message": failure.message});
                with_error(BTreeMap::new(), error)
            }
        };
        let environment = self.surroundings.at(tenant, now);
        let value = self.evaluate(header::ERROR_EXPRESSION, text, &context, &environment)?;
        match value.value() {
            Value::Null | Value::Bool(false) => Ok(None),
            Value::Object(entries) if entries.is_empty() => Ok(None),
            Value::Object(entries) => Ok(Some(decision(entries))),
            other => Err(format!(
                "the header `{}` gives {other}, not a context: let it give null, a bpmnError or a jobError",
                header::ERROR_EXPRESSION
            )),
        }
    }

    fn evaluate(
        &self,
        name: &str,
        text: &str,
        context: &BTreeMap<String, Json>,
        environment: &Environment,
    ) -> Result<Json, String> {
        let expression = self.compiled(name, text)?;
        let readable = Readable { context, functions: &self.functions };
        let outcome = expression.evaluate(&readable, environment).map_err(|error| {
            format!("the header `{name}` cannot be evaluated: {error}; correct the expression {text}")
        })?;
        Ok(outcome.value.to_json())
    }

    fn compiled(&self, name: &str, text: &str) -> Result<Expression, String> {
        let mut compiled = self.compiled.lock();
        if let Some(known) = compiled.get(text) {
            return Ok(known.clone());
        }
        let source = filled_in(text.trim().strip_prefix('=').unwrap_or(text));
        let expression = Expression::compile(&source, &Names::default()).map_err(|errors| {
            let first = errors.first().map(ToString::to_string).unwrap_or_default();
            format!("the header `{name}` is not FEEL: {first}; correct the expression {text}")
        })?;
        if compiled.len() >= HEADER_EXPRESSIONS {
            compiled.clear();
        }
        compiled.insert(text.to_owned(), expression.clone());
        Ok(expression)
    }
}

/// The entries of the output, and all of it as `response`.
fn context_of(output: &Value) -> BTreeMap<String, Json> {
    let mut context = BTreeMap::new();
    if let Value::Object(entries) = output {
        context.extend(entries.iter().map(|(name, value)| (name.clone(), Json::from(value.clone()))));
    }
    context.insert("response".to_owned(), Json::from(output.clone()));
    context
}

fn with_error(mut context: BTreeMap<String, Json>, error: Value) -> BTreeMap<String, Json> {
    context.insert("error".to_owned(), Json::from(error));
    context
}

fn decision(entries: &Map<String, Value>) -> Decision {
    let text = |name: &str| match entries.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let variables = entries.get("variables").and_then(Value::as_object).map(variables).unwrap_or_default();
    let message = text("message");
    if text("errorType") == "jobError" || text("code").is_empty() {
        let retries = entries.get("retries").and_then(Value::as_u64);
        return Decision::JobError {
            message,
            variables,
            retries: retries.map(|retries| u32::try_from(retries).unwrap_or(u32::MAX)),
            backoff: entries.get("retryBackoff").and_then(Value::as_str).and_then(iso_duration),
        };
    }
    Decision::BpmnError { code: text("code"), message, variables }
}

fn variables(entries: &Map<String, Value>) -> Variables {
    entries.iter().map(|(name, value)| (Arc::from(name.as_str()), Json::from(value.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use hosk_connector::{Failure, FailureKind};

    use super::*;

    const AT: (&str, Timestamp) = ("<default>", Timestamp(1_800_000_000_000));

    #[test]
    fn a_result_expression_reads_entries_and_the_whole_response() {
        let output = json!({"status": 200, "body": {"id": 7}});
        let text = "={id: response.body.id, status: status}";
        let variables =
            Expressions::new(Limits::default(), Globals::default()).result(text, &output, AT).unwrap();
        assert_eq!((variables["id"].text(), variables["status"].text()), ("7", "200"));
        let wrong =
            Expressions::new(Limits::default(), Globals::default()).result("=response.status", &output, AT);
        assert!(wrong.unwrap_err().contains("not a context"));
    }

    #[test]
    fn an_error_expression_makes_bpmn_and_job_errors() {
        let expressions = Expressions::new(Limits::default(), Globals::default());
        let text = r#"=if status = 404 then bpmnError("GONE", "no such client", {id: 1}) else null"#;
        let decide = |status: u32| {
            let outcome = Outcome::Complete(json!({"status": status}));
            expressions.decide(text, &outcome, AT).unwrap()
        };
        assert_eq!(decide(200), None);
        let variables = Variables::from([(Arc::from("id"), Json::from(json!(1)))]);
        let expected =
            Decision::BpmnError { code: "GONE".into(), message: "no such client".into(), variables };
        assert_eq!(decide(404), Some(expected));
        let failed = Outcome::Failure(Failure::new(FailureKind::Conflict, "locked"));
        let text =
            r#"=if error.code = "conflict" then jobError("busy: " + error.message, {}, 5, "PT2S") else null"#;
        let expected = Decision::JobError {
            message: "busy: locked".into(),
            variables: Variables::new(),
            retries: Some(5),
            backoff: Some(Duration::from_secs(2)),
        };
        assert_eq!(expressions.decide(text, &failed, AT).unwrap(), Some(expected));
    }
}
