//! What can go wrong: syntax errors at compile time, exceeded limits at run time, and warnings that explain a null.
//!
//! FEEL itself has no run-time errors: what cannot be computed is `null`. Each such null leaves a [`Warning`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A place in an expression's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Byte offset, from 0.
    pub offset: u32,
}

impl Position {
    /// The position of byte `offset` of `text`.
    pub fn of(text: &str, offset: usize) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |i| i + 1);
        let column = before[start..].chars().count() + 1;
        Self { line: line as u32, column: column as u32, offset: end as u32 }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why a text is no FEEL expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} ({position}){}", hint.as_ref().map(|h| format!("; {h}")).unwrap_or_default())]
pub struct SyntaxError {
    /// Where.
    pub position: Position,
    /// What was found and what was expected, as a sentence without full stop.
    pub what: String,
    /// What would probably be right.
    pub hint: Option<String>,
}

/// Why a part of an expression came out as null (or, rarely, was ignored).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where in the text.
    pub position: Position,
    /// What happened, as a sentence without full stop.
    pub what: String,
    /// The element of a model whose text it is, when a [host](crate::Call) evaluates several.
    pub origin: Option<Arc<str>>,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{} (`{origin}`, {})", self.what, self.position),
            None => write!(f, "{} ({})", self.what, self.position),
        }
    }
}

/// A limit was reached, or an `assert` failed: the evaluation has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// More work than [`Limits::steps`](crate::Limits::steps).
    #[error("the expression needs more than {limit} steps; make it smaller or raise the limit `steps`")]
    StepsExceeded {
        /// The limit.
        limit: u64,
    },
    /// More time than [`Limits::time`](crate::Limits::time).
    #[error("the evaluation takes longer than {} ms; make it smaller or raise the limit `time`", limit.as_millis())]
    TimeExceeded {
        /// The limit.
        limit: Duration,
    },
    /// Deeper nesting or recursion than [`Limits::depth`](crate::Limits::depth).
    #[error("the evaluation nests deeper than {limit} levels; is a recursion endless?")]
    DepthExceeded {
        /// The limit.
        limit: usize,
    },
    /// A value larger than its limit.
    #[error("{what} exceeds {limit}")]
    TooLarge {
        /// What is too large, with its unit.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// `assert(value, condition, cause)` with a condition that is not true.
    #[error("assertion failed: {cause}")]
    Assertion {
        /// The third argument, or the default sentence.
        cause: String,
    },
}
