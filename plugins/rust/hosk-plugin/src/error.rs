//! The two ways in which an attempt does not complete.

use std::time::Duration;

use serde_json::Value;

/// What operations return.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an attempt did not complete. `?` makes one of a [`Failure`], of a [`BpmnError`], and of every error of Rust: the
/// last is a permanent failure that tells its message and its causes.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// A business result.
    Bpmn(BpmnError),
    /// The attempt failed.
    Failure(Failure),
}

/// A business result that the contract declares: it leaves the step by an error boundary event.
#[derive(Clone, Debug, PartialEq)]
pub struct BpmnError {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) variables: Value,
}

impl BpmnError {
    /// One of the operation's declared codes, and a sentence for the person who looks at the case.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), variables: Value::Object(serde_json::Map::new()) }
    }

    /// An object whose members become variables in the scope of the handler.
    pub fn variables(mut self, variables: Value) -> Self {
        self.variables = variables;
        self
    }
}

/// Sorts of failure. Only `RateLimited` and `Transient` are tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The word of the interface.
    pub fn word(self) -> &'static str {
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

    /// The kind that fits a status of HTTP.
    pub fn of_status(status: u16) -> Self {
        match status {
            400 | 422 => Self::InvalidInput,
            401 | 403 => Self::Unauthorized,
            404 | 410 => Self::NotFound,
            409 | 412 => Self::Conflict,
            429 => Self::RateLimited,
            408 | 500.. => Self::Transient,
            _ => Self::Permanent,
        }
    }
}

/// Why the attempt failed, in words an operator understands. No secrets.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub(crate) kind: FailureKind,
    pub(crate) message: String,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) code: Option<String>,
    pub(crate) details: Option<Value>,
}

impl Failure {
    /// What was tried, what came back, what to do.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, code: None, details: None }
    }

    /// Which sort of failure it is.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// How long the target asked to be left alone.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The target's own code; `error.code` of an `errorExpression`.
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// What the target answered; `error.variables` of an `errorExpression`.
    pub fn details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }
}

impl From<BpmnError> for Error {
    fn from(error: BpmnError) -> Self {
        Self::Bpmn(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Self::Failure(Failure::new(FailureKind::Permanent, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_their_kinds() {
        let kinds =
            [400, 401, 404, 409, 429, 500, 503, 418].map(|status| FailureKind::of_status(status).word());
        assert_eq!(
            kinds,
            [
                "invalid-input",
                "unauthorized",
                "not-found",
                "conflict",
                "rate-limited",
                "transient",
                "transient",
                "permanent"
            ]
        );
    }

    #[test]
    fn errors_of_rust_are_permanent_failures() {
        let parse = || -> Result<u32> { Ok("x".parse::<u32>()?) };
        let Err(Error::Failure(failure)) = parse() else { panic!("no failure") };
        assert_eq!(
            (failure.kind, failure.message.as_str()),
            (FailureKind::Permanent, "invalid digit found in string")
        );
    }
}
