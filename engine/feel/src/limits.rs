//! What one evaluation may use. Every loop, depth and size of the crate is bounded by a field of [`Limits`] or by
//! a constant of this file; reaching one is an [`EvaluationError`](crate::EvaluationError), never a hang or an abort.

use std::time::Duration;

/// Levels of brackets, `if`, `for` … a text may nest. Beyond it compiling gives a [`SyntaxError`](crate::SyntaxError).
pub const MAX_NESTING: usize = 120;

/// Bytes of expression text that are compiled.
pub const MAX_TEXT: usize = 4 * 1024 * 1024;

/// Levels of lists and contexts a value may nest, so that every value can be written as JSON and read again.
pub const MAX_VALUE_DEPTH: u16 = 120;

/// Bytes of a value's JSON text, about. Values share their parts, so a small evaluation can make one that would fill any
/// memory when it is written.
pub const MAX_VALUE_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes of a warning's sentence; what is longer is cut.
pub const MAX_WARNING_BYTES: usize = 1_000;

/// Warnings kept per evaluation; those after it are dropped.
pub const MAX_WARNINGS: usize = 32;

/// Syntax errors reported for one text.
pub const MAX_SYNTAX_ERRORS: usize = 8;

/// What one evaluation may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Units of work: about one per operator, call and iteration, plus two per item, four per member
    /// and one per 16 bytes that are made or copied.
    /// It bounds time (some 10 to 100 ns each) and memory. Default 10,000,000.
    pub steps: u64,
    /// Levels of evaluation inside one another: nested expressions plus function calls. Default 400.
    pub depth: usize,
    /// Items of one list or members of one context that an expression builds. Default 1,000,000.
    pub collection: usize,
    /// Bytes of one string that an expression builds. Default 4,194,304.
    pub string: usize,
    /// Time an evaluation may take by the environment's [stopwatch](crate::Environment::stopwatch), from its first few
    /// thousand steps on; without a stopwatch nothing. Default one second.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 10_000_000,
            depth: 400,
            collection: 1_000_000,
            string: 4 * 1024 * 1024,
            time: Duration::from_secs(1),
        }
    }
}
