//! `zeebe:executionListeners` and `zeebe:taskListeners`: jobs that run around an element or a user task.

use std::collections::BTreeSet;

use super::context::Context;
use super::extensions::{Extensions, parts};
use super::jobs::{Headers, header_list, retries};
use crate::definition::{JobDefinition, Listener, ListenerEvent};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// The execution listeners of an element.
pub(super) fn execution_listeners<'d>(cx: &mut Context<'d>, extensions: &Extensions<'d>) -> Vec<Listener> {
    let Some(wrapper) = extensions.one(cx, "executionListeners") else { return Vec::new() };
    let nodes = parts(cx, wrapper, "executionListener");
    listeners(cx, nodes, |event| match event {
        "start" => Some(ListenerEvent::Start),
        "end" => Some(ListenerEvent::End),
        _ => None,
    })
}

/// The task listeners of a native user task; the names of older models are read too.
pub(super) fn task_listeners<'d>(cx: &mut Context<'d>, extensions: &Extensions<'d>) -> Vec<Listener> {
    let Some(wrapper) = extensions.one(cx, "taskListeners") else { return Vec::new() };
    let nodes = parts(cx, wrapper, "taskListener");
    listeners(cx, nodes, |event| match event {
        "creating" | "create" => Some(ListenerEvent::Creating),
        "assigning" | "assignment" => Some(ListenerEvent::Assigning),
        "updating" | "update" => Some(ListenerEvent::Updating),
        "completing" | "complete" => Some(ListenerEvent::Completing),
        "canceling" | "cancel" => Some(ListenerEvent::Canceling),
        _ => None,
    })
}

fn listeners<'d>(
    cx: &mut Context<'d>,
    nodes: Vec<&'d Node>,
    event_of: fn(&str) -> Option<ListenerEvent>,
) -> Vec<Listener> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for node in nodes {
        let name = cx.required(node, "eventType");
        let job_type = cx.required_dynamic(node, "type");
        let retries = retries(cx, node);
        let headers = match parts(cx, node, "taskHeaders").first() {
            Some(wrapper) => header_list(cx, wrapper),
            None => Headers::default(),
        };
        let Some(name) = name else { continue };
        let Some(event) = event_of(name) else {
            unknown_event(cx, node, name);
            continue;
        };
        let listener = node.value("type").unwrap_or_default();
        if !seen.insert((event as u8, listener)) {
            let owner = cx.owner_label(node);
            let message = format!("The {owner} has the listener of type `{listener}` on `{name}` twice.");
            cx.error(DiagnosticCode::ConflictingExtensions, node, message, "Keep one of them.");
        }
        if let Some(job_type) = job_type {
            let job = JobDefinition { job_type, retries, priority: None };
            found.push(Listener { event, job, headers });
        }
    }
    found
}

fn unknown_event<'d>(cx: &mut Context<'d>, node: &'d Node, name: &str) {
    let owner = cx.owner_label(node);
    if matches!(name, "cancel" | "canceling" | "beforeAll") {
        let message = format!("The listener event `{name}` of the {owner} is not executed.");
        let remedy = "Listen to another event: execution listeners to `start` or `end`, task listeners to `creating`, \
                      `assigning`, `updating`, `completing` or `canceling`.";
        cx.error_at(DiagnosticCode::UnsupportedElement, node, "eventType", message, remedy);
    } else {
        let message = format!("A listener of the {owner} waits for `{name}`, which never happens.");
        let remedy = "Execution listeners know `start` and `end`; task listeners know `creating`, `assigning`, \
                      `updating`, `completing` and `canceling`.";
        cx.error_at(DiagnosticCode::InvalidAttribute, node, "eventType", message, remedy);
    }
}
