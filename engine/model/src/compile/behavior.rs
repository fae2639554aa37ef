//! `behavior` of a multi-instance activity (BPMN 10.3.8): the event it throws when a child completes, for boundary events
//! on the activity, or anybody else if it is a signal or a message. When no event is named it is a signal without a name,
//! which is caught by a boundary event whose signal definition names none. Not implemented: other events.

use super::context::Context;
use super::extensions::Extensions;
use super::triggers::Place;
use super::{codes, publications, signals};
use crate::definition::{BehaviorEvent, ComplexBehavior, Dynamic, EscalationTrigger, MultiInstanceBehavior};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::{Namespace, Node};

const REMEDY: &str = "Refer to an `escalationEventDefinition`, `signalEventDefinition` or `messageEventDefinition` beside the processes, and \
                      catch it on the border.";

/// What the characteristics say; what cannot be executed is reported.
pub(super) fn compile<'d>(cx: &mut Context<'d>, node: &'d Node) -> MultiInstanceBehavior {
    let found = match node.value("behavior").unwrap_or("All") {
        "All" => None,
        "None" => referenced(cx, node, "noneBehaviorEventRef").map(MultiInstanceBehavior::Each),
        "One" => referenced(cx, node, "oneBehaviorEventRef").map(MultiInstanceBehavior::First),
        "Complex" => Some(MultiInstanceBehavior::Complex(complex(cx, node))),
        other => {
            let message = format!("`behavior=\"{other}\"` of the {} is not known.", cx.owner_label(node));
            let remedy = "Write `All`, `None`, `One` or `Complex`.";
            cx.error_at(DiagnosticCode::InvalidAttribute, node, "behavior", message, remedy);
            None
        }
    };
    found.unwrap_or(MultiInstanceBehavior::Nothing)
}

/// The event definition at the root that an attribute refers to.
fn referenced<'d>(cx: &mut Context<'d>, node: &'d Node, attribute: &'static str) -> Option<BehaviorEvent> {
    let Some(id) = node.value(attribute) else {
        // When nobody catches it, it is as if it were not thrown.
        let activity = cx.doc.parent(node)?;
        return is_caught(cx, activity).then(|| BehaviorEvent::Default(default_of(activity)));
    };
    let Some(definition) = cx.resolve(id) else {
        cx.dangling(node, attribute, id);
        return None;
    };
    event(cx, node, definition)
}

/// What a boundary event with a signal that has no name catches; `None` when its activity does not throw that.
pub(super) fn caught_by<'d>(
    cx: &Context<'d>,
    boundary: &'d Node,
    definition: &'d Node,
) -> Option<EscalationTrigger> {
    let activity = boundary.value("attachedToRef").and_then(|id| cx.resolve(id));
    let activity = activity.filter(|_| names_no_signal(definition))?;
    let repeated = cx.doc.bpmn_child(activity, "multiInstanceLoopCharacteristics")?;
    let reference = match repeated.value("behavior")? {
        "None" => "noneBehaviorEventRef",
        "One" => "oneBehaviorEventRef",
        _ => return None,
    };
    repeated.value(reference).is_none().then(|| default_of(activity))
}

fn default_of(activity: &Node) -> EscalationTrigger {
    let code = format!("default signal of {}", activity.id().unwrap_or_default());
    EscalationTrigger { code: Some(Dynamic::Static(code.into())) }
}

fn names_no_signal(definition: &Node) -> bool {
    definition.is_bpmn("signalEventDefinition") && definition.value("signalRef").is_none()
}

fn is_caught<'d>(cx: &Context<'d>, activity: &'d Node) -> bool {
    let Some(container) = cx.doc.parent(activity) else { return false };
    let is_on_it = |event: &&Node| {
        let host = event.value("attachedToRef").and_then(|id| cx.resolve(id));
        host.is_some_and(|host| host.index == activity.index)
    };
    let catches = |event: &'d Node| cx.doc.children(event).any(names_no_signal);
    cx.doc.bpmn_children(container, "boundaryEvent").filter(is_on_it).any(catches)
}

fn event<'d>(cx: &mut Context<'d>, node: &'d Node, definition: &'d Node) -> Option<BehaviorEvent> {
    if definition.is_bpmn("escalationEventDefinition") {
        return codes::escalation(cx, node, definition, Place::Throw).map(BehaviorEvent::Escalation);
    }
    if definition.is_bpmn("signalEventDefinition") {
        return signals::signal(cx, node, definition, Place::Throw).map(BehaviorEvent::Signal);
    }
    if definition.is_bpmn("messageEventDefinition") {
        let extensions = Extensions::of(cx, definition, &["publishMessage"]);
        let activity = cx.doc.parent(node).unwrap_or(node);
        return publications::of_definition(cx, activity, definition, &extensions)
            .map(BehaviorEvent::Message);
    }
    let message = format!("The {} throws the {}.", cx.owner_label(node), cx.label(definition));
    cx.error(DiagnosticCode::UnsupportedElement, node, message, REMEDY);
    None
}

fn complex<'d>(cx: &mut Context<'d>, node: &'d Node) -> Vec<ComplexBehavior> {
    let doc = cx.doc;
    let definitions: Vec<_> = doc.bpmn_children(node, "complexBehaviorDefinition").collect();
    if definitions.is_empty() {
        let message = format!("The {} does not say which events it throws.", cx.owner_label(node));
        let remedy = "Add a `complexBehaviorDefinition` with a condition and an event.";
        cx.error(DiagnosticCode::MissingAttribute, node, message, remedy);
    }
    definitions.into_iter().filter_map(|definition| one(cx, node, definition)).collect()
}

fn one<'d>(cx: &mut Context<'d>, node: &'d Node, behavior: &'d Node) -> Option<ComplexBehavior> {
    let doc = cx.doc;
    let condition = doc.bpmn_child(behavior, "condition").filter(|c| c.trimmed_text().is_some());
    let (Some(condition), Some(thrown)) = (condition, event_in(cx, behavior)) else {
        let message =
            format!("A `complexBehaviorDefinition` of the {} is not complete.", cx.owner_label(node));
        let remedy = "Give it a `condition`, and an `event` with an escalation, a signal or a message.";
        cx.error(DiagnosticCode::MissingAttribute, behavior, message, remedy);
        return None;
    };
    let condition = cx.formal_expression(condition);
    let event = event(cx, node, thrown);
    Some(ComplexBehavior { condition: condition?, event: event? })
}

/// The definition in the `event` of a complex behavior.
fn event_in<'d>(cx: &Context<'d>, behavior: &'d Node) -> Option<&'d Node> {
    let is_definition = |c: &&Node| c.namespace == Namespace::Bpmn && c.tag.ends_with("EventDefinition");
    let event = cx.doc.bpmn_child(behavior, "event")?;
    cx.doc.children(event).find(is_definition)
}
