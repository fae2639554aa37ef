//! BPMN 2.0 XML to a compiled process definition, with diagnostics.
//!
//! Two phases: bytes → a small XML tree with positions (`source`, `xml`), tree → [`ProcessDefinition`]s (`compile`,
//! one file per family of elements, then `checks`). Whatever the bytes are, [`compile()`] answers with diagnostics and
//! never panics; `limits` holds every bound.

#![forbid(unsafe_code)]

pub mod catalog;
mod checks;
mod compile;
pub mod convert;
mod definition;
mod diagnostic;
mod diagnostic_code;
mod form;
pub mod limits;
mod reachability;
mod references;
mod render;
mod source;
pub mod timer;
mod type_name;
mod xml;

pub use compile::{Compiled, compile};
pub use definition::*;
pub use diagnostic::{Diagnostic, Severity};
pub use diagnostic_code::DiagnosticCode;
pub use form::{CompiledForm, compile_form};
pub use reachability::SlotSet;
pub use references::{ResourceKind, ResourceReference};
pub use render::{Style, render, render_with};
pub use type_name::MULTI_INSTANCE_BODY;
