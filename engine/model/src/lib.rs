//! BPMN 2.0 XML to a compiled process definition, with diagnostics.

mod definition;

pub use definition::*;
