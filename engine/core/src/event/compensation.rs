//! What compensation events carry.

use serde::{Deserialize, Serialize};

/// How a record of a completed activity is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Undone {
    /// By the handler of the activity.
    ByHandler,
    /// By the compensation event sub-process in it, which finds the records of what completed inside.
    ByEventSubProcess,
    /// By undoing what completed inside.
    ByChildren,
}
