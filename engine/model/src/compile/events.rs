//! Events by position: start, catch, throw, boundary, end. What they catch or throw is compiled by `triggers`.

use super::context::Context;
use super::element::{ACTIVITIES, Body};
use super::extensions::Extensions;
use super::forms;
use super::slots::Slots;
use super::triggers::{Found, Place, trigger};
use crate::definition::{ElementKind, Trigger};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

const CATCHING: [&str; 2] = ["ioMapping", "executionListeners"];
const STARTING: [&str; 3] = ["ioMapping", "executionListeners", "formDefinition"];
const THROWING: [&str; 6] = [
    "ioMapping",
    "executionListeners",
    "taskDefinition",
    "taskHeaders",
    "jobPriorityDefinition",
    "publishMessage",
];

pub(super) fn start<'d>(cx: &mut Context<'d>, node: &'d Node, slots: &Slots<'d>) -> Body {
    let place = start_place(cx, node);
    let extensions = Extensions::of(cx, node, &STARTING);
    let interrupting = cx.boolean(node, "isInterrupting", true);
    let form = extensions
        .one(cx, "formDefinition")
        .and_then(|f| forms::form(cx, f, &["formId", "externalReference", "formKey"]));
    let kind = match trigger(cx, node, place, &extensions, slots) {
        Found::Failed => None,
        Found::None => Some(ElementKind::StartEvent { trigger: None, interrupting, form }),
        Found::Trigger(trigger) => {
            check_interrupting(cx, node, "isInterrupting", interrupting, &trigger);
            Some(ElementKind::StartEvent { trigger: Some(trigger), interrupting, form })
        }
    };
    Body::of(node, kind).with(cx, &extensions, false)
}

fn start_place<'d>(cx: &Context<'d>, node: &'d Node) -> Place {
    match cx.scope_of(node).map(|scope| cx.doc.node(scope)) {
        Some(scope) if matches!(scope.value("triggeredByEvent"), Some("true" | "1")) => {
            if matches!(node.value("isInterrupting"), Some("false" | "0")) {
                Place::EventSubProcessNonInterrupting
            } else {
                Place::EventSubProcessInterrupting
            }
        }
        Some(scope) if scope.is_bpmn("process") => Place::ProcessStart,
        _ => Place::SubProcessStart,
    }
}

pub(super) fn end<'d>(cx: &mut Context<'d>, node: &'d Node, slots: &Slots<'d>) -> Body {
    let extensions = Extensions::of(cx, node, &THROWING);
    let kind = match trigger(cx, node, Place::End, &extensions, slots) {
        Found::Failed => None,
        Found::None => Some(ElementKind::EndEvent { trigger: None }),
        Found::Trigger(trigger) => Some(ElementKind::EndEvent { trigger: Some(trigger) }),
    };
    throwing_body(cx, node, &extensions, kind)
}

pub(super) fn throw<'d>(cx: &mut Context<'d>, node: &'d Node, slots: &Slots<'d>) -> Body {
    let extensions = Extensions::of(cx, node, &THROWING);
    let kind = match trigger(cx, node, Place::Throw, &extensions, slots) {
        Found::Failed => None,
        Found::None => Some(ElementKind::IntermediateThrowEvent { trigger: None }),
        Found::Trigger(trigger) => Some(ElementKind::IntermediateThrowEvent { trigger: Some(trigger) }),
    };
    throwing_body(cx, node, &extensions, kind)
}

/// Only events that send something have something to put inputs into.
fn throwing_body<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    extensions: &Extensions<'d>,
    kind: Option<ElementKind>,
) -> Body {
    let trigger = match &kind {
        Some(ElementKind::EndEvent { trigger } | ElementKind::IntermediateThrowEvent { trigger }) => {
            trigger.as_ref()
        }
        _ => None,
    };
    let any = |is: fn(&Trigger) -> bool| match trigger {
        Some(Trigger::Multiple(multiple)) => multiple.parts.iter().any(|part| is(&part.trigger)),
        Some(trigger) => is(trigger),
        None => false,
    };
    let sends = any(|trigger| matches!(trigger, Trigger::Message(_)));
    let takes_along = sends || any(|trigger| matches!(trigger, Trigger::Signal(_)));
    for tag in ["taskDefinition", "publishMessage"] {
        if kind.is_some()
            && !sends
            && let Some(extension) = extensions.one(cx, tag)
        {
            let message =
                format!("`zeebe:{tag}` has no effect on the {}, which sends no message.", cx.label(node));
            let remedy = format!("Add a message event definition, or remove `zeebe:{tag}`.");
            cx.warn(DiagnosticCode::ExtensionWithoutEffect, extension, message, remedy);
        }
    }
    Body::of(node, kind).with(cx, extensions, takes_along)
}

pub(super) fn catch<'d>(cx: &mut Context<'d>, node: &'d Node, slots: &Slots<'d>) -> Body {
    let extensions = Extensions::of(cx, node, &CATCHING);
    let kind = match trigger(cx, node, Place::Catch, &extensions, slots) {
        Found::Trigger(trigger) => Some(ElementKind::IntermediateCatchEvent { trigger }),
        Found::None | Found::Failed => None,
    };
    Body::of(node, kind).with(cx, &extensions, false)
}

pub(super) fn boundary<'d>(cx: &mut Context<'d>, node: &'d Node, slots: &Slots<'d>) -> Body {
    let extensions = Extensions::of(cx, node, &CATCHING);
    let interrupting = cx.boolean(node, "cancelActivity", true);
    let attached = cx
        .required(node, "attachedToRef")
        .and_then(|reference| cx.reference(node, "attachedToRef", reference, ACTIVITIES));
    if let Some(activity) = attached {
        check_attachment(cx, node, activity);
    }
    let place = if interrupting { Place::BoundaryInterrupting } else { Place::BoundaryNonInterrupting };
    let found = trigger(cx, node, place, &extensions, slots);
    let kind = match (attached.and_then(|a| slots.of(a)), found) {
        (Some(attached_to), Found::Trigger(trigger)) => {
            check_interrupting(cx, node, "cancelActivity", interrupting, &trigger);
            Some(ElementKind::BoundaryEvent { attached_to, interrupting, trigger })
        }
        _ => None,
    };
    Body::of(node, kind).with(cx, &extensions, false)
}

fn check_attachment<'d>(cx: &mut Context<'d>, node: &'d Node, activity: &'d Node) {
    let is_event_sub_process = matches!(activity.value("triggeredByEvent"), Some("true" | "1"));
    if cx.scope_of(node) == cx.scope_of(activity) && !is_event_sub_process {
        return;
    }
    let message =
        format!("The {} is attached to the {}, which it cannot.", cx.label(node), cx.label(activity));
    let remedy =
        "Attach it to an activity in the same process or sub-process; event sub-processes carry none.";
    cx.error_at(DiagnosticCode::InvalidReference, node, "attachedToRef", message, remedy);
}

/// An error always interrupts (BPMN 10.4.4).
fn check_interrupting<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    attribute: &str,
    interrupting: bool,
    trigger: &Trigger,
) {
    let is_error = |trigger: &Trigger| matches!(trigger, Trigger::Error(_));
    let catches_error = match trigger {
        Trigger::Multiple(multiple) => multiple.parts.iter().any(|part| is_error(&part.trigger)),
        one => is_error(one),
    };
    if !interrupting && catches_error {
        let message = format!("The {} catches an error without interrupting.", cx.label(node));
        let remedy = format!("Remove `{attribute}=\"false\"`: what threw the error has already failed.");
        cx.error_at(DiagnosticCode::InvalidAttribute, node, attribute, message, remedy);
    }
}
