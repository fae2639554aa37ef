//! The event definitions of an event: in it, or at the root and referred to; none, one or several (BPMN 10.4.1,
//! tables 10.81, 10.84, 10.88 and 10.89: Multiple and Parallel Multiple).
//!
//! An event that catches several goes off with any of them; with `parallelMultiple` only when all have come. One that
//! throws several throws them all: messages and signals first, then escalations, and last what stops something or waits
//! for it, of which there can only be one.

use super::context::{Context, words};
use super::extensions::Extensions;
use super::slots::Slots;
use super::triggers::{MULTIPLE, PARALLEL_MULTIPLE, Place, Verdict, one, verdict};
use super::{publications, unsupported};
use crate::definition::{MultiplePart, MultipleTrigger};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::{Namespace, Node};

fn is_definition(node: &Node) -> bool {
    node.namespace == Namespace::Bpmn && node.tag.ends_with("EventDefinition")
}

/// The definitions of an event in document order; a reference that leads nowhere stands for itself.
pub(super) fn nodes<'d>(cx: &Context<'d>, event: &'d Node) -> Vec<&'d Node> {
    if !event.tag.ends_with("Event") {
        return Vec::new();
    }
    let doc = cx.doc;
    let own = doc.children(event).filter(|c| is_definition(c));
    let referred = doc
        .bpmn_children(event, "eventDefinitionRef")
        .map(|reference| cx.resolve(reference.trimmed_text().unwrap_or_default()).unwrap_or(reference));
    own.chain(referred).collect()
}

/// The same, once references were looked at; `None` when one leads nowhere.
pub(super) fn resolved<'d>(cx: &mut Context<'d>, event: &'d Node) -> Option<Vec<&'d Node>> {
    let doc = cx.doc;
    for reference in doc.bpmn_children(event, "eventDefinitionRef") {
        referenced(cx, reference)?;
    }
    Some(nodes(cx, event))
}

/// The event definition at the root that an event refers to instead of having one (BPMN 10.4.1, table 10.81).
fn referenced<'d>(cx: &mut Context<'d>, reference: &'d Node) -> Option<&'d Node> {
    let id = reference.trimmed_text().unwrap_or_default();
    let Some(definition) = cx.resolve(id) else {
        cx.dangling(reference, "eventDefinitionRef", id);
        return None;
    };
    if definition.namespace == Namespace::Bpmn
        && definition.tag.ends_with("EventDefinition")
        && cx.doc.parent(definition).is_some_and(|parent| parent.is_bpmn("definitions"))
    {
        return Some(definition);
    }
    let message = format!(
        "The {} refers to the {}, which is no event definition at the root of the file.",
        cx.owner_label(reference),
        cx.label(definition)
    );
    let remedy = "Declare the event definition beside the processes, or put it into the event.";
    cx.error(DiagnosticCode::InvalidReference, reference, message, remedy);
    None
}

/// Compiles an event with several definitions.
pub(super) fn several<'d>(
    cx: &mut Context<'d>,
    event: &'d Node,
    definitions: &[&'d Node],
    place: Place,
    extensions: &Extensions<'d>,
    slots: &Slots<'d>,
) -> Option<MultipleTrigger> {
    let throws = matches!(place, Place::Throw | Place::End);
    let parallel = cx.boolean(event, "parallelMultiple", false) && !throws;
    let tag = if parallel { PARALLEL_MULTIPLE } else { MULTIPLE };
    if !matches!(verdict(tag, place), Verdict::Executed) {
        let message = format!("The {} has several event definitions.", cx.label(event));
        cx.error(DiagnosticCode::UnsupportedElement, event, message, unsupported::TRIGGER);
        return None;
    }
    // One of them begins the instance, which waits for the others as any catching event does: by their keys.
    let waits_at = if parallel && place == Place::ProcessStart { Place::Catch } else { place };
    let mut parts = Vec::new();
    let mut last: Option<&Node> = None;
    let mut fits = !parallel || place != Place::ProcessStart || has_message(cx, event, definitions);
    for (at, definition) in definitions.iter().enumerate() {
        fits &= may_stand_with_others(cx, event, definition, parallel, extensions, place);
        if throws && stops_or_waits(definition) {
            fits &= first_that_stops(cx, event, definition, last);
            last = Some(definition);
        }
        let trigger = one(cx, event, definition, waits_at, extensions);
        let slot = slots.of_definition(event, at);
        match (trigger, slot) {
            (Some(trigger), Some(slot)) => parts.push(MultiplePart { slot, trigger }),
            _ => fits = false,
        }
    }
    fits.then_some(MultipleTrigger { parallel, parts })
}

/// Whether a message is among what begins a process together; without one nothing says which instance a trigger is for.
fn has_message<'d>(cx: &mut Context<'d>, event: &'d Node, definitions: &[&'d Node]) -> bool {
    let found = definitions.iter().any(|definition| &*definition.tag == "messageEventDefinition");
    if !found {
        let message =
            format!("The {} waits for several triggers, none of which is a message.", cx.label(event));
        let remedy = "Add a message: it begins an instance, which its correlation key tells from others, and which \
                      waits for the rest.";
        cx.error(DiagnosticCode::MisplacedEventDefinition, event, message, remedy);
    }
    found
}

/// Whether a definition makes sense beside others.
fn may_stand_with_others<'d>(
    cx: &mut Context<'d>,
    event: &'d Node,
    definition: &'d Node,
    parallel: bool,
    extensions: &Extensions<'d>,
    place: Place,
) -> bool {
    let throws = matches!(place, Place::Throw | Place::End);
    let tag = &*definition.tag;
    let (why, remedy) = match tag {
        "linkEventDefinition" => ("is where a path goes on", "Use a link event of its own."),
        "compensateEventDefinition" | "cancelEventDefinition" if !throws => {
            ("is thrown to it alone", "Use a boundary event of its own.")
        }
        "errorEventDefinition" | "escalationEventDefinition" if parallel => {
            ("cannot wait for the others", "Catch it by an event of its own, or remove `parallelMultiple`.")
        }
        "messageEventDefinition" if throws && !publications::publishes(cx, event, extensions) => (
            "is sent by a job, which would be the job of the others as well",
            "Add `zeebe:publishMessage`, so that the engine publishes it.",
        ),
        _ => return true,
    };
    let message = format!("The {} has a {} beside others, which {why}.", cx.label(event), words(tag));
    cx.error(DiagnosticCode::MisplacedEventDefinition, definition, message, remedy);
    false
}

/// What ends something, or is waited for: it comes last.
fn stops_or_waits(definition: &Node) -> bool {
    matches!(
        &*definition.tag,
        "errorEventDefinition"
            | "compensateEventDefinition"
            | "cancelEventDefinition"
            | "terminateEventDefinition"
    )
}

fn first_that_stops<'d>(
    cx: &mut Context<'d>,
    event: &'d Node,
    definition: &'d Node,
    before: Option<&Node>,
) -> bool {
    let Some(before) = before else { return true };
    let message = format!(
        "The {} has a {} and a {}: after the one the other never happens.",
        cx.label(event),
        words(&before.tag),
        words(&definition.tag)
    );
    let remedy = "Keep one of them, or use an event for each.";
    cx.error(DiagnosticCode::MisplacedEventDefinition, definition, message, remedy);
    false
}
