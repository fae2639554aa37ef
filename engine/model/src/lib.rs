//! BPMN 2.0 XML to a compiled process definition, with diagnostics.
//!
//! Two phases: bytes → a small XML tree with positions (the crate `hosk-xml`), tree → [`ProcessDefinition`]s (`compile`,
//! one file per family of elements, then `checks`). Whatever the bytes are, [`compile()`] answers with diagnostics and
//! never panics; `limits` holds every bound.

#![forbid(unsafe_code)]

pub mod catalog;
mod checks;
mod compile;
pub mod convert;
mod definition;
mod form;
pub mod limits;
mod publication;
mod reachability;
mod references;
mod repetition;
pub mod timer;
mod type_name;

use hosk_xml as xml;
use hosk_xml::{diagnostic, diagnostic_code};

pub use compile::{Compiled, HISTORY_TIME_TO_LIVE, compile};
pub use definition::*;
pub use form::{CompiledForm, compile_form};
pub use hosk_xml::{Diagnostic, DiagnosticCode, Severity, Style, render, render_with};
pub use publication::MessagePublication;
pub use reachability::SlotSet;
pub use references::{ResourceKind, ResourceReference};
pub use type_name::MULTI_INSTANCE_BODY;
