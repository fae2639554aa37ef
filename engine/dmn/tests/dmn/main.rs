//! Decision models as their authors and users see them.

#![expect(
    clippy::unwrap_used,
    clippy::format_push_string,
    clippy::format_collect,
    reason = "a test fails by panicking, and its texts are short"
)]

mod boxed;
mod common;
mod diagnostics;
mod documentation;
mod graph;
mod standard;
mod tables;
