//! What a caller of the engine is told when it did not do what was asked.

use std::sync::Arc;
use std::time::Duration;

use hosk_core::{Rejection, Timestamp};

/// Why the engine did not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The command was refused; nothing changed.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Too much is waiting already; nothing was accepted.
    #[error("the engine has more work than it can take; repeat in {} ms", retry_after.as_millis())]
    Busy {
        /// When to come again.
        retry_after: Duration,
    },
    /// What the request addresses does not exist.
    #[error(
        "{what} {key} does not exist, or no longer: check the key, or look the current one up with a search"
    )]
    NotFound {
        /// The kind of thing: `job`, `user task`, `incident`, `element instance`, `resource` …
        what: &'static str,
        /// As it was given.
        key: String,
    },
    /// No such process is deployed for the tenant.
    #[error(
        "expected to find process definition with {process}, but none found: deploy it for tenant {tenant}, or correct the \
         id, version or key"
    )]
    DefinitionNotFound {
        /// How it was asked for: `process ID 'x'`, and its version, or `key '1'`.
        process: String,
        /// The tenant looked in.
        tenant: Arc<str>,
    },
    /// No such decision is deployed for the tenant.
    #[error(
        "expected to evaluate decision '{decision}', but no decision found for {by} '{decision}': deploy it for tenant {tenant}, or correct the id or key"
    )]
    DecisionNotFound {
        /// By what it was asked for: `id` or `key`.
        by: &'static str,
        /// Id or key, as asked.
        decision: String,
        /// The tenant looked in.
        tenant: Arc<str>,
    },
    /// The condition of a start event cannot be evaluated with what was given; nothing has begun.
    #[error("the start event {element} of process {process} cannot be decided: {message}")]
    ConditionFailed {
        /// Process id.
        process: Arc<str>,
        /// The start event.
        element: Arc<str>,
        /// What the condition gave, what it read, and why.
        message: String,
    },
    /// A start instruction names an element that the process does not have.
    #[error("process {process} has no element {element} to start before: correct the start instruction")]
    StartElementNotFound {
        /// Process id.
        process: Arc<str>,
        /// Element id as given.
        element: String,
    },
    /// A resource is still needed.
    #[error(
        "expected to delete resource with key `{key}` but there are still running instances: complete or cancel them first"
    )]
    ResourceInUse {
        /// The resource.
        key: u64,
    },
    /// Nothing waits for the message.
    #[error(
        "expected to find subscription for message with name '{name}' and correlation key '{correlation_key}', but none was \
         found. Nothing waits for it"
    )]
    NothingCorrelated {
        /// Message name.
        name: Arc<str>,
        /// Correlation key.
        correlation_key: Arc<str>,
    },
    /// A living message has the same id.
    #[error(
        "expected to publish a new message with id '{message_id}', but a message with that id was already published: the \
         one with the name {name} and this correlation key is still kept"
    )]
    MessageExists {
        /// Message name.
        name: Arc<str>,
        /// Message id.
        message_id: Arc<str>,
    },
    /// The answer did not come within the caller's limit; the work goes on.
    #[error("the result did not come within the time limit; the work goes on")]
    TimedOut,
    /// The store failed; nothing was accepted.
    #[error("the command was not accepted")]
    Store(#[source] Arc<hosk_store::Error>),
    /// The store did not answer: the command may have been carried out or not.
    #[error("whether the command was carried out is not known: look, and repeat it if it was not")]
    FateUnknown,
    /// The engine itself failed at this instance; it is quarantined with an incident.
    #[error("the engine failed at this instance, which now has an incident: {message}")]
    Quarantined {
        /// What the failure said.
        message: String,
    },
    /// The clock cannot be set: the server was started without that permission.
    #[error("the clock cannot be set: start the server with a controllable clock")]
    ClockFixed,
    /// The clock cannot show this time.
    #[error("the clock cannot be set to {} ms", at.0)]
    ClockOutOfRange {
        /// The time asked for.
        at: Timestamp,
    },
    /// The engine is being stopped.
    #[error("the engine is being stopped; repeat the request when it is up again")]
    ShuttingDown,
}

impl From<hosk_store::Error> for Error {
    fn from(source: hosk_store::Error) -> Self {
        match source {
            hosk_store::Error::Unknown { .. } => Self::FateUnknown,
            other => Self::Store(Arc::new(other)),
        }
    }
}

impl Error {
    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. } | Self::Store(_) | Self::FateUnknown | Self::ShuttingDown | Self::TimedOut
        )
    }
}

/// Why a deployment was refused; nothing was stored.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DeployError {
    /// The files have mistakes; all of them are named.
    #[error("the deployment has {} errors", findings.iter().filter(|finding| finding.diagnostic.is_error()).count())]
    Invalid {
        /// Errors and warnings of all files, in order.
        findings: Vec<Finding>,
    },
    /// No file was given, or there are too many, or they are too large.
    #[error("{message}")]
    Unacceptable {
        /// What, and the bound.
        message: String,
    },
    /// The engine could not store it.
    #[error(transparent)]
    Engine(#[from] Error),
}

/// A mistake in an uploaded file.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The file.
    pub resource: Arc<str>,
    /// The mistake.
    pub diagnostic: hosk_model::Diagnostic,
}
