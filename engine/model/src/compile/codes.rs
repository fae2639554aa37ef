//! Errors and escalations (BPMN 8.4.3, 10.4.5): what is thrown and caught by a code.
//!
//! A throwing event names its code. A catching one without a reference, or whose reference has no code, catches any.

use super::context::Context;
use super::triggers::Place;
use crate::definition::{Dynamic, ErrorTrigger, EscalationTrigger};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// The names that differ between the two.
struct Family {
    /// The root element.
    tag: &'static str,
    /// The attribute of the event definition that refers to it.
    reference: &'static str,
    /// Its attribute with the code.
    code: &'static str,
}

const ERROR: Family = Family { tag: "error", reference: "errorRef", code: "errorCode" };
const ESCALATION: Family = Family { tag: "escalation", reference: "escalationRef", code: "escalationCode" };

/// An error event definition.
pub(super) fn error<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    definition: &'d Node,
    place: Place,
) -> Option<ErrorTrigger> {
    Some(ErrorTrigger { code: code(cx, &ERROR, node, definition, place)? })
}

/// An escalation event definition.
pub(super) fn escalation<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    definition: &'d Node,
    place: Place,
) -> Option<EscalationTrigger> {
    Some(EscalationTrigger { code: code(cx, &ESCALATION, node, definition, place)? })
}

/// The code; the outer `None` is reported, the inner one stands for any.
#[expect(clippy::option_option, reason = "reported, any, and one are three things")]
fn code<'d>(
    cx: &mut Context<'d>,
    family: &Family,
    node: &'d Node,
    definition: &'d Node,
    place: Place,
) -> Option<Option<Dynamic>> {
    let what = family.tag;
    let throwing = matches!(place, Place::Throw | Place::End);
    let Some(reference) = definition.value(family.reference) else {
        if throwing {
            let message = format!("The {} does not say which {what} it throws.", cx.label(node));
            let remedy = format!("Choose or create an {what}.");
            cx.error(DiagnosticCode::MissingAttribute, definition, message, remedy);
            return None;
        }
        return Some(None);
    };
    let root = cx.reference(definition, family.reference, reference, &[family.tag])?;
    let known = cx.event_codes.get(&root.index).cloned();
    let code = known.unwrap_or_else(|| cx.dynamic(root, family.code));
    cx.event_codes.insert(root.index, code.clone());
    match code {
        None if throwing => {
            let message = format!(
                "The {} throws the {}, which has no `{}`.",
                cx.label(node),
                cx.label(root),
                family.code
            );
            let remedy = "Set the code by which it is caught.";
            cx.error(DiagnosticCode::MissingAttribute, definition, message, remedy);
            None
        }
        Some(Dynamic::Expression(_)) if !throwing => {
            let message = format!("The {} catches an {what} whose code is an expression.", cx.label(node));
            let remedy =
                format!("Write the code itself: which handler fits must be known before the {what}.");
            cx.error_at(DiagnosticCode::InvalidAttribute, root, family.code, message, remedy);
            None
        }
        code => Some(code),
    }
}
