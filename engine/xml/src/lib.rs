//! Model files: XML as a small tree with positions, and diagnostics about it.
//!
//! What BPMN and DMN have in common before either begins: bytes → text ([`decode`]), text → [`Document`] ([`read`]),
//! and findings with a code, a sentence, a place and a remedy ([`Diagnostic`], [`render()`]). Bounded and without
//! recursion; whatever the bytes are, the answer is a tree or a diagnostic.

#![forbid(unsafe_code)]

pub mod diagnostic;
pub mod diagnostic_code;
mod document;
pub mod limits;
mod located;
mod reader;
mod render;
mod source;
mod words;

pub use diagnostic::{Diagnostic, Severity, in_order};
pub use diagnostic_code::DiagnosticCode;
pub use document::{Document, Namespace, Node, NodeIndex};
pub use located::{BadText, Located};
pub use reader::{load, read};
pub use render::{Style, render, render_with};
pub use source::{DecodeError, Position, Source, decode};
pub use words::{quoted, sentence};
