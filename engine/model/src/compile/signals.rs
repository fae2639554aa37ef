//! Signal event definitions (BPMN 10.4.5, table 10.98): everybody who waits for the signal's name catches it.
//!
//! The name may be FEEL, evaluated when the event begins to wait or throws; where it starts a process, at deployment.

use super::context::Context;
use super::triggers::Place;
use crate::definition::SignalTrigger;
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// Compiles a `signalEventDefinition`.
pub(super) fn signal<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    definition: &'d Node,
    place: Place,
) -> Option<SignalTrigger> {
    let Some(reference) = definition.value("signalRef") else {
        let what = if matches!(place, Place::Throw | Place::End) { "throws" } else { "waits for" };
        let message = format!("The {} does not say which signal it {what}.", cx.label(node));
        cx.error(DiagnosticCode::MissingAttribute, definition, message, "Choose or create a signal.");
        return None;
    };
    let root = cx.reference(definition, "signalRef", reference, &["signal"])?;
    let known = cx.signals.get(&root.index).cloned();
    let name = known.unwrap_or_else(|| cx.dynamic(root, "name"));
    cx.signals.insert(root.index, name.clone());
    if root.value("name").is_none() {
        let message = format!("The {} has no name.", cx.label(root));
        cx.error(
            DiagnosticCode::MissingAttribute,
            definition,
            message,
            "Set the name that it is broadcast by.",
        );
    }
    let name = name?;
    let name = if place == Place::ProcessStart { cx.known_now(node, root, "name", name)? } else { name };
    Some(SignalTrigger { name })
}
