//! Every bound of this crate, in one place, with its unit. Reaching one is a diagnostic, never a crash.

pub use hosk_xml::limits::*;

/// Characters of an `id`; ids are keys in every table.
pub const MAX_ID_CHARACTERS: usize = 255;
/// Errors, and likewise warnings, that are collected before they are sorted and cut.
pub(crate) const MAX_COLLECTED: usize = 10_000;

/// Tokens an activity takes or gives at once (`startQuantity`, `completionQuantity`).
pub const MAX_QUANTITY: u32 = 1_000;

/// How long a message that a message flow carries waits for its receiver, when nothing in the model says so.
pub const MESSAGE_FLOW_TIME_TO_LIVE: &str = "P1D";
