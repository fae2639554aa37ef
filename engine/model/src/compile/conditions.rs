//! Conditional event definitions (BPMN 10.4.5): a FEEL condition, and which changes of variables are looked at.

use std::sync::Arc;

use super::context::Context;
use super::extensions::Extensions;
use crate::definition::{ConditionalTrigger, VariableEvents};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// Compiles a `conditionalEventDefinition` with its `zeebe:conditionalFilter`.
///
/// A condition that reads no variable can never be looked at again once it waits, so it is refused unless the filter
/// names variables.
pub(super) fn conditional<'d>(cx: &mut Context<'d>, definition: &'d Node) -> Option<ConditionalTrigger> {
    let doc = cx.doc;
    let Some(text) = doc.bpmn_child(definition, "condition").filter(|c| c.trimmed_text().is_some()) else {
        let message =
            format!("The {} does not say which condition it waits for.", cx.owner_label(definition));
        let remedy = "Give its event definition a `condition`, such as `=stock < 10`.";
        cx.error(DiagnosticCode::MissingAttribute, definition, message, remedy);
        return None;
    };
    let condition = cx.formal_expression(text)?;
    let extensions = Extensions::of(cx, definition, &["conditionalFilter"]);
    let filter = extensions.one(cx, "conditionalFilter");
    let variables = filter.and_then(|f| f.value("variableNames")).map(names).filter(|n| !n.is_empty());
    let events = match filter.and_then(|f| Some((f, f.value("variableEvents")?))) {
        Some((filter, text)) => variable_events(cx, filter, text)?,
        None => VariableEvents { create: true, update: true },
    };
    if variables.is_none() && condition.variables().is_empty() {
        let message = format!("The condition of the {} reads no variable.", cx.owner_label(definition));
        let remedy = "Let it read one, or name those to look at in `zeebe:conditionalFilter variableNames`.";
        cx.error(DiagnosticCode::InvalidAttribute, text, message, remedy);
        return None;
    }
    Some(ConditionalTrigger { condition, variables, events })
}

fn names(text: &str) -> Vec<Arc<str>> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(Arc::from).collect()
}

fn variable_events<'d>(cx: &mut Context<'d>, filter: &'d Node, text: &str) -> Option<VariableEvents> {
    let mut events = VariableEvents { create: false, update: false };
    for name in names(text) {
        match &*name {
            "create" => events.create = true,
            "update" => events.update = true,
            _ => {
                let message = format!(
                    "`variableEvents` of the {} names `{name}`, which is no change of a variable.",
                    cx.owner_label(filter)
                );
                let remedy = "Write `create`, `update`, or `create,update`.";
                cx.error_at(DiagnosticCode::InvalidAttribute, filter, "variableEvents", message, remedy);
                return None;
            }
        }
    }
    Some(if events.create || events.update { events } else { VariableEvents { create: true, update: true } })
}
