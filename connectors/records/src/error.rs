//! What can go wrong, with a code, a sentence and the way out.

use hosk_connector::{Failure, FailureKind, Outcome};
use serde_json::json;

use crate::domain::MissingLine;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)*) => {
        /// The public codes, stable over releases; each has a page in `docs/problems`.
        pub(crate) mod code {
            $($(#[doc = $doc])+ pub(crate) const $name: &str = $code;)*
        }
    };
}

codes! {
    /// A record that is named does not exist.
    NOT_FOUND = "records-not-found";
    /// A record of that code exists.
    EXISTS = "records-exists";
    /// The request does not make sense as it is.
    INVALID = "records-invalid";
    /// The goods are not there.
    NOT_ENOUGH_STOCK = "records-not-enough-stock";
    /// The state of a record contradicts the request.
    CONFLICT = "records-conflict";
    /// The idempotency key was used for another request.
    KEY_REUSED = "records-key-reused";
    /// The fire drill is on.
    UNAVAILABLE = "records-unavailable";
    /// The database is busy with other writers.
    BUSY = "records-busy";
    /// The database failed, or holds what it must not.
    DATABASE = "records-database";
}

/// A refused or failed request. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A record that is named does not exist.
    #[error("there is no {kind} `{code}`: check the code, or create the {kind} first")]
    NotFound {
        /// `client`, `product`, `warehouse` or `delivery`.
        kind: &'static str,
        /// As given.
        code: String,
    },
    /// A record of that code exists with other content.
    #[error("the {kind} `{code}` exists already: choose another code, or change the existing one")]
    Exists {
        /// `client`, `product` or `warehouse`.
        kind: &'static str,
        /// As given.
        code: String,
    },
    /// The request does not make sense as it is.
    #[error("`{field}`: {problem}")]
    Invalid {
        /// Where in the request.
        field: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// The goods are not there.
    #[error("not enough stock in warehouse `{warehouse}` for {} of the lines", missing.len())]
    NotEnoughStock {
        /// Where it was looked for.
        warehouse: String,
        /// What is missing.
        missing: Vec<MissingLine>,
    },
    /// The state of a record contradicts the request.
    #[error("{kind} `{code}` {problem}")]
    Conflict {
        /// What sort of record.
        kind: &'static str,
        /// Its code or number.
        code: String,
        /// What contradicts.
        problem: String,
    },
    /// The idempotency key was used for another request.
    #[error(
        "the idempotency key `{key}` was used for another `{operation}` with different content: use a new key for a new request"
    )]
    KeyReused {
        /// Of which operation.
        operation: &'static str,
        /// As given.
        key: String,
    },
    /// The fire drill is on, see [`Outage`](crate::Outage).
    #[error("the ERP is unavailable (fire drill) for another {} s", remaining.as_secs().max(1))]
    Unavailable {
        /// How long it will last.
        remaining: std::time::Duration,
    },
    /// The database is busy with other writers.
    #[error("the records database is busy: repeat the request")]
    Busy(#[source] sqlx::Error),
    /// The database failed, or holds what it must not.
    #[error("the records database failed")]
    Database(#[source] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("the records tables could not be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A stored document cannot be read or written.
    #[error("a stored record is damaged")]
    Damaged(#[from] serde_json::Error),
}

impl Error {
    pub(crate) fn not_found(kind: &'static str, code: &str) -> Self {
        Self::NotFound { kind, code: code.to_owned() }
    }

    pub(crate) fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), problem: problem.into() }
    }

    pub(crate) fn conflict(kind: &'static str, code: &str, problem: impl Into<String>) -> Self {
        Self::Conflict { kind, code: code.to_owned(), problem: problem.into() }
    }

    /// The public code, stable over releases.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => code::NOT_FOUND,
            Self::Exists { .. } => code::EXISTS,
            Self::Invalid { .. } => code::INVALID,
            Self::NotEnoughStock { .. } => code::NOT_ENOUGH_STOCK,
            Self::Conflict { .. } => code::CONFLICT,
            Self::KeyReused { .. } => code::KEY_REUSED,
            Self::Unavailable { .. } => code::UNAVAILABLE,
            Self::Busy(_) => code::BUSY,
            Self::Database(_) | Self::Migration(_) | Self::Damaged(_) => code::DATABASE,
        }
    }

    /// What a process step is told. The sources of technical errors stay in the log.
    pub(crate) fn into_outcome(self) -> Outcome {
        let kind = match self {
            Self::NotEnoughStock { ref warehouse, ref missing } => {
                let variables = json!({"missingLines": missing, "warehouse": warehouse});
                return Outcome::bpmn_error(crate::NOT_ENOUGH_STOCK, self.to_string(), variables);
            }
            Self::Unavailable { remaining } => {
                return Failure::new(FailureKind::Transient, self.to_string()).retry_after(remaining).into();
            }
            Self::NotFound { .. } => FailureKind::NotFound,
            Self::Exists { .. } | Self::Conflict { .. } | Self::KeyReused { .. } => FailureKind::Conflict,
            Self::Invalid { .. } => FailureKind::InvalidInput,
            Self::Busy(_) | Self::Database(_) => FailureKind::Transient,
            Self::Migration(_) | Self::Damaged(_) => FailureKind::Permanent,
        };
        Outcome::failure(kind, format!("{self} [{}]", self.code()))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        // SQLITE_BUSY and SQLITE_LOCKED with their extended codes: the low byte is 5 or 6.
        let busy = match &error {
            sqlx::Error::PoolTimedOut => true,
            sqlx::Error::Database(database) => database
                .code()
                .and_then(|code| code.parse::<i32>().ok())
                .is_some_and(|code| matches!(code & 0xff, 5 | 6)),
            _ => false,
        };
        if busy { Self::Busy(error) } else { Self::Database(error) }
    }
}
