//! One attempt at one operation: what goes in and what comes out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::Connection;

/// Names of the task headers that shape a call. All but [`CONNECTION`](header::CONNECTION) are evaluated by the
/// runtime, with FEEL; connectors see them in [`Call::headers`] and need not look.
pub mod header {
    /// The id of the connection to use; absent: the connector's default connection.
    pub const CONNECTION: &str = "connection";
    /// The name of the process variable that receives the whole output.
    pub const RESULT_VARIABLE: &str = "resultVariable";
    /// FEEL over the output; a context whose entries become process variables.
    pub const RESULT_EXPRESSION: &str = "resultExpression";
    /// FEEL over the output or the failure; may turn it into a BPMN error or a failed job.
    pub const ERROR_EXPRESSION: &str = "errorExpression";
    /// ISO 8601 duration before the first retry; absent: the operation's default.
    pub const RETRY_BACKOFF: &str = "retryBackoff";
}

/// One attempt at one operation.
#[derive(Debug, Clone)]
pub struct Call {
    /// The operation's name as in the contract, e.g. `create-delivery`.
    pub operation: String,
    /// The parameters: an object, as made by the step's input mappings.
    pub input: Value,
    /// The step's task headers.
    pub headers: BTreeMap<String, String>,
    /// For whom, from where, until when.
    pub context: Context,
}

/// Who calls, through which connection, and how long the answer is waited for.
#[derive(Debug, Clone)]
pub struct Context {
    /// The tenant of the process instance, `<default>` in a single-tenant installation.
    pub tenant: String,
    /// The configured connection, with its secrets and grants.
    pub connection: Arc<Connection>,
    /// The key of the process instance.
    pub process_instance: i64,
    /// The id of the element in the diagram.
    pub element_id: String,
    /// The key of the job.
    pub job_key: i64,
    /// Counts attempts of this job, from 1. With 1 nobody has tried it before. After a crash it is 2 or more, because an
    /// attempt of the server that is gone may have reached the target system.
    pub attempt: u32,
    /// The same for every attempt of this job and different for every other job. A keyed operation hands it to
    /// the target system, which answers a repeat with the first result.
    pub idempotency_key: String,
    /// Real time (not the process clock) after which nobody waits for the outcome.
    pub deadline: SystemTime,
    /// W3C `traceparent` of the calling step, to be passed on.
    pub trace_parent: Option<String>,
}

/// How the attempt went.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done; the output fits the operation's output schema.
    Complete(Value),
    /// A business error that the contract declares: it leaves the step by an error boundary event.
    BpmnError {
        /// One of the operation's [`ErrorCode`](crate::ErrorCode)s.
        code: String,
        /// One sentence for the person who looks at the case.
        message: String,
        /// An object whose entries become variables in the scope of the handler.
        variables: Value,
    },
    /// The attempt failed; whether it is repeated depends on the kind and the delivery class.
    Failure(Failure),
}

impl Outcome {
    /// Shorthand for [`Outcome::Failure`].
    pub fn failure(kind: FailureKind, message: impl Into<String>) -> Self {
        Self::Failure(Failure::new(kind, message))
    }

    /// Shorthand for [`Outcome::BpmnError`].
    pub fn bpmn_error(code: impl Into<String>, message: impl Into<String>, variables: Value) -> Self {
        Self::BpmnError { code: code.into(), message: message.into(), variables }
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Why an attempt failed, in words an operator understands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct Failure {
    /// What sort of trouble, which decides whether repeating makes sense.
    pub kind: FailureKind,
    /// What was tried, what came back, what to do. Holds no secrets.
    pub message: String,
    /// How long the target asked to be left alone.
    pub retry_after: Option<Duration>,
    /// The target's own code, e.g. the HTTP status `404`; `error.code` of an `errorExpression`.
    pub code: Option<String>,
    /// What the target answered; `error.variables` of an `errorExpression`. Holds no secrets.
    pub details: Option<Box<Value>>,
}

impl Failure {
    /// A failure without a wish for the time of the next attempt, code or details.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, code: None, details: None }
    }

    /// Adds the target's own code.
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds what the target answered.
    pub fn details(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// Adds how long the target asked to be left alone.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

/// Sorts of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The parameters are not acceptable: the model or the data must change.
    InvalidInput,
    /// The target refused the credentials or the permission.
    Unauthorized,
    /// The thing addressed does not exist.
    NotFound,
    /// The target's state contradicts the request.
    Conflict,
    /// Too many requests; repeat later.
    RateLimited,
    /// Network, overload, restart: the same request may succeed later.
    Transient,
    /// Repeating cannot help, and none of the other kinds says why.
    Permanent,
}

impl FailureKind {
    /// Whether the same request may succeed later without anybody changing anything.
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::RateLimited | Self::Transient => true,
            Self::InvalidInput | Self::Unauthorized | Self::NotFound | Self::Conflict | Self::Permanent => {
                false
            }
        }
    }

    /// The kind's name on the wire, e.g. `rate-limited`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid-input",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate-limited",
            Self::Transient => "transient",
            Self::Permanent => "permanent",
        }
    }
}

impl std::fmt::Display for FailureKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
