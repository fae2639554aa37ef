//! One executable process: slots, elements, flows, what stands on what, checks.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::context::Context;
use super::element::{self, Body};
use super::extensions::Extensions;
use super::slots::Slots;
use super::{data, flows, jobs, unsupported};
use crate::checks;
use crate::definition::{Contents, Element, ElementIndex, ElementKind, ProcessDefinition};
use crate::xml::{Located, Node};

/// Compiles a process; `None` when not even its id is known. Findings go to the context.
pub(super) fn compile<'d>(cx: &mut Context<'d>, process: &'d Node) -> Option<ProcessDefinition> {
    unsupported::check(cx, process);
    element::check_places(cx, process);
    let slots = Slots::number(cx, process);
    let allowed = ["executionListeners", "versionTag", "jobPriorityDefinition"];
    let extensions = Extensions::of(cx, process, &allowed);
    cx.process_priority = jobs::priority(cx, &extensions);
    let version_tag = extensions.one(cx, "versionTag").and_then(|v| cx.required(v, "value"));

    let mut elements = Vec::with_capacity(slots.nodes.len());
    for (number, node) in slots.nodes.iter().enumerate() {
        let body = if number == 0 {
            let mut body =
                Body::plain(ElementKind::Process { executable: true }).with(cx, &extensions, false);
            data::add(cx, node, &mut body);
            body
        } else {
            element::compile(cx, node, &slots)
        };
        elements.push(slot(cx, node, number, body, &slots));
    }
    let flows = flows::join(cx, &slots, &mut elements);
    attach(&mut elements);
    let by_id = elements.iter().map(|e| (Arc::clone(&e.id), e.index)).collect();
    let mut definition = ProcessDefinition {
        id: process.id()?.into(),
        name: process.value("name").map(Arc::from),
        version_tag: version_tag.map(Arc::from),
        elements,
        flows,
        by_id,
        reachability: FxHashMap::default(),
    };
    look_upstream(&mut definition);
    checks::check(cx, &definition, &slots.nodes);
    Some(definition)
}

/// Notes the joins that look upstream, and from where they can be reached. A parallel join only counts tokens.
fn look_upstream(definition: &mut ProcessDefinition) {
    definition.reachability = definition.upstream_joins();
    let mut joins: Vec<ElementIndex> = definition.reachability.keys().copied().collect();
    joins.sort_unstable();
    for join in joins {
        let scope = definition.element(join).scope.0 as usize;
        definition.elements[scope].contents.upstream_joins.push(join);
    }
}

/// What a body becomes in its slot.
pub(super) fn slot<'d>(
    cx: &Context<'d>,
    node: &'d Node,
    number: usize,
    body: Body,
    slots: &Slots<'d>,
) -> Element {
    Element {
        index: ElementIndex(number as u32),
        id: node.id().unwrap_or_default().into(),
        name: node.value("name").map(Arc::from),
        position: cx.doc.source.position(node.offset),
        scope: if number == 0 { ElementIndex::PROCESS } else { slots.scope(cx, node) },
        kind: body.kind,
        incoming: Vec::new(),
        outgoing: Vec::new(),
        default_flow: None,
        boundary_events: Vec::new(),
        contents: Contents::default(),
        inputs: body.inputs,
        outputs: body.outputs,
        data: body.data,
        repetition: body.repetition,
        execution_listeners: body.listeners,
        headers: body.headers,
        documentation: documentation(cx, node),
    }
}

/// The text of all `<documentation>` children.
fn documentation(cx: &Context<'_>, node: &Node) -> Option<Arc<str>> {
    let doc = cx.doc;
    let texts: Vec<&str> =
        doc.bpmn_children(node, "documentation").map(Node::text).map(Located::value).map(str::trim).collect();
    let text = texts.join("\n\n");
    if text.trim().is_empty() { None } else { Some(text.trim().into()) }
}

/// Boundary events to their activities, start events and event sub-processes to their containers.
fn attach(elements: &mut [Element]) {
    for number in 0..elements.len() {
        let index = ElementIndex(number as u32);
        let scope = elements[number].scope.0 as usize;
        match &elements[number].kind {
            ElementKind::BoundaryEvent { attached_to, .. } => {
                let activity = attached_to.0 as usize;
                elements[activity].boundary_events.push(index);
            }
            ElementKind::StartEvent { trigger: None, .. } => {
                elements[scope].contents.none_start.get_or_insert(index);
            }
            ElementKind::StartEvent { trigger: Some(_), .. } => {
                elements[scope].contents.triggered_starts.push(index);
            }
            ElementKind::EventSubProcess => elements[scope].contents.event_sub_processes.push(index),
            _ => {}
        }
    }
}
