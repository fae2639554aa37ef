//! What the engine and the store say, in the words of HTTP.

use std::error::Error as _;
use std::fmt::Write as _;

use hosk_core::{Rejection, RejectionClass};
use hosk_runtime::{DeployError, Error, Finding};

use crate::codes;
use crate::problem::{Opening, Problem};

/// Findings named in one answer.
const FINDINGS_MAX: usize = 50;
/// What clients call the things that are looked for, and by what.
const THINGS: &[(&str, &str, &str)] = &[
    ("audit log", "Audit log", "id"),
    ("batch operation", "Batch Operation", "id"),
    ("decision definition", "Decision Definition", "key"),
    ("decision requirements graph", "Decision Requirements", "key"),
    ("element instance", "Element Instance", "key"),
    ("evaluated decision", "Decision Instance", "key"),
    ("form", "Form", "key"),
    ("incident", "Incident", "key"),
    ("job", "Job", "key"),
    ("process definition", "Process Definition", "key"),
    ("process instance", "Process Instance", "key"),
    ("resource", "Resource", "key"),
    ("user task", "User Task", "key"),
    ("variable", "Variable", "key"),
];

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let problem = match rejection.class() {
            RejectionClass::NotFound => Self::not_found(rejection.message),
            RejectionClass::InvalidState => Self::invalid_state(rejection.message),
            RejectionClass::InvalidArgument => Self::invalid_argument(rejection.message),
            RejectionClass::AlreadyExists => Self::already_exists(rejection.message),
        };
        problem.coded(rejection.code.as_str())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = sentence(&error.to_string());
        match error {
            Error::Rejected(rejection) => rejection.into(),
            Error::Busy { retry_after } => {
                // The header has whole seconds.
                Self::busy(detail).retry_after(retry_after.as_secs().max(1))
            }
            Error::NotFound { .. } => Self::not_found(detail),
            Error::DefinitionNotFound { .. } => Self::not_found(detail).coded("definition-not-found"),
            Error::DecisionNotFound { .. } => Self::not_found(detail).coded(codes::DECISION_NOT_FOUND),
            Error::ConditionFailed { .. } => Self::invalid_argument(detail).coded(codes::CONDITION_FAILED),
            Error::StartElementNotFound { .. } => Self::invalid_argument(detail).coded("start-not-found"),
            Error::ResourceInUse { .. } => Self::invalid_state(detail).coded(codes::RESOURCE_IN_USE),
            Error::NothingCorrelated { .. } => Self::not_found(detail).coded(codes::NOTHING_CORRELATED),
            Error::MessageExists { .. } => Self::already_exists(detail).coded(codes::MESSAGE_EXISTS),
            Error::TimedOut => Self::timed_out(detail),
            Error::Store(source) => {
                tracing::error!(error = &*source as &dyn std::error::Error, "a command was not accepted");
                Self::unavailable("The command was not accepted: the database failed. Repeat it later.")
            }
            Error::FateUnknown => Self::unavailable(detail).coded(codes::FATE_UNKNOWN),
            Error::Quarantined { .. } => Self::internal(detail).coded("quarantined"),
            Error::ClockFixed => Self::clock_fixed(detail),
            Error::ClockOutOfRange { .. } => Self::invalid_argument(detail),
            Error::ShuttingDown => Self::unavailable(detail),
        }
    }
}

impl From<hosk_store::Error> for Problem {
    fn from(error: hosk_store::Error) -> Self {
        match error {
            hosk_store::Error::Invalid { what } => Self::invalid_argument(sentence(&what)),
            other => {
                tracing::error!(error = &other as &dyn std::error::Error, source = ?other.source(), "a query failed");
                Self::unavailable("The database did not answer the question. Repeat it later.")
            }
        }
    }
}

impl From<DeployError> for Problem {
    fn from(error: DeployError) -> Self {
        match error {
            DeployError::Invalid { findings } => Self::deployment_refused(all_findings(&findings)),
            DeployError::Unacceptable { message } => Self::deployment_refused(sentence(&message)),
            DeployError::Engine(error) => error.into(),
        }
    }
}

/// Every mistake with its file, line, element and remedy, one a line; errors first.
fn all_findings(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| finding.diagnostic.is_error());
    let count = errors.clone().count();
    let mut text = format!("Nothing was deployed: {count} mistakes.");
    for finding in errors.take(FINDINGS_MAX) {
        let diagnostic = &finding.diagnostic;
        let element = diagnostic.element_id.as_deref().map(|id| format!(" ({id})")).unwrap_or_default();
        let _ = write!(
            text,
            "\n{}:{}:{}{element}: {} {} [{}]",
            finding.resource,
            diagnostic.position.line,
            diagnostic.position.column,
            diagnostic.message,
            diagnostic.remedy,
            diagnostic.code.as_str(),
        );
    }
    if count > FINDINGS_MAX {
        let _ = write!(text, "\n… and {} more.", count - FINDINGS_MAX);
    }
    text
}

/// Lower layers speak in clauses; a detail is a sentence.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let Some(first) = letters.next() else { return String::new() };
    let end = if clause.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}

/// The refusal when a thing is not there.
pub(crate) fn missing(what: &str, key: u64) -> Problem {
    let problem = Problem::not_found(format!("There is no {what} with the key {key}."));
    match THINGS.iter().find(|(name, ..)| *name == what) {
        Some((_, thing, by)) => problem.opens(Opening::Absent { thing, by, id: key.to_string() }),
        None => problem,
    }
}
