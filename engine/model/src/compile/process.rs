//! One executable process: slots, elements, flows, what stands on what, checks.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::context::Context;
use super::element::{self, Body};
use super::extensions::Extensions;
use super::slots::Slots;
use super::{ad_hoc_elements, compensation, data, flows, jobs, retention, unsupported};
use crate::checks;
use crate::definition::{
    Contents, Element, ElementIndex, ElementKind, GATEWAY_NUMBERS, MultiplePart, ProcessDefinition, Trigger,
};
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
    for (number, node) in slots.nodes.iter().take(slots.elements).enumerate() {
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
    add_definitions(cx, &slots, &mut elements);
    let flows = flows::join(cx, &slots, &mut elements);
    attach(&mut elements, &slots);
    compensation::join(cx, &slots, &mut elements);
    let by_id = elements.iter().take(slots.elements).map(|e| (Arc::clone(&e.id), e.index)).collect();
    let links = links(&elements);
    let mut definition = ProcessDefinition {
        id: process.id()?.into(),
        name: process.value("name").map(Arc::from),
        version_tag: version_tag.map(Arc::from),
        history_time_to_live: retention::time_to_live(cx, process),
        elements,
        flows,
        by_id,
        links,
        conditions: FxHashMap::default(),
        reachability: FxHashMap::default(),
        gateways_reading: Vec::new(),
    };
    definition.conditions = conditions(&definition);
    start_at_gateways(&mut definition);
    start_without_event(&mut definition);
    ad_hoc_elements::describe(cx, &mut definition, &slots);
    look_upstream(&mut definition);
    definition.gateways_reading = gateways_reading(&definition.elements);
    checks::check(cx, &definition, &slots.nodes);
    Some(definition)
}

/// From each throwing link event to the first catching one of its name in the same container.
fn links(elements: &[Element]) -> FxHashMap<ElementIndex, ElementIndex> {
    let mut catching = FxHashMap::default();
    for element in elements {
        if let Some(name) = element.link_caught() {
            catching.entry((element.scope, name)).or_insert(element.index);
        }
    }
    let thrown = elements.iter().filter_map(|element| match &element.kind {
        ElementKind::IntermediateThrowEvent { trigger: Some(Trigger::Link { name }) } => {
            Some((element.index, *catching.get(&(element.scope, &**name))?))
        }
        _ => None,
    });
    thrown.collect()
}

/// Conditional events by the variables they look at. A condition is looked at when one of them changes, so a thousand
/// conditions cost no more than those that read what changed.
fn conditions(definition: &ProcessDefinition) -> FxHashMap<Arc<str>, Vec<ElementIndex>> {
    let mut by_variable: FxHashMap<Arc<str>, Vec<ElementIndex>> = FxHashMap::default();
    for element in &definition.elements {
        let Some(conditional) = definition.conditional(element.index) else { continue };
        let mut names: Vec<&str> = match &conditional.variables {
            Some(names) => names.iter().map(|name| &**name).collect(),
            None => conditional.condition.variables().iter().map(String::as_str).collect(),
        };
        names.sort_unstable();
        names.dedup();
        for name in names {
            by_variable.entry(name.into()).or_default().push(element.index);
        }
    }
    by_variable
}

/// The events behind instantiating event-based gateways start the process.
fn start_at_gateways(definition: &mut ProcessDefinition) {
    let instantiates =
        |e: &&Element| matches!(e.kind, ElementKind::EventBasedGateway { instantiate: Some(_) });
    let flows = definition.elements.iter().filter(instantiates).flat_map(|gateway| &gateway.outgoing);
    let events: Vec<ElementIndex> =
        flows.filter_map(|flow| definition.flow(*flow)).map(|f| f.target).collect();
    definition.elements[0].contents.triggered_starts.extend(events);
}

/// A container without start events begins with what has no incoming flow; in an ad-hoc sub-process that can be
/// activated. Event sub-processes are begun by events only.
fn start_without_event(definition: &mut ProcessDefinition) {
    let without = |container: &&Element| match container.kind {
        ElementKind::Process { .. } | ElementKind::SubProcess | ElementKind::Transaction => {
            container.contents.starts.is_empty() && container.contents.triggered_starts.is_empty()
        }
        ElementKind::AdHocSubProcess(_) => true,
        _ => false,
    };
    let containers: Vec<_> = definition.elements.iter().filter(without).map(|c| c.index).collect();
    for container in containers {
        let inside = definition.elements.iter().filter(|e| e.scope == container && e.index != container);
        let starts = inside.filter(|element| begins_alone(element)).map(|element| element.index).collect();
        definition.elements[container.0 as usize].contents.starts = starts;
    }
}

/// Whether nothing leads to a flow node that could: no flow, no event on a border, no link, no association.
fn begins_alone(element: &Element) -> bool {
    let is_begun_otherwise = matches!(
        element.kind,
        ElementKind::StartEvent { .. } | ElementKind::BoundaryEvent { .. } | ElementKind::EventSubProcess
    );
    checks::is_flow_node(element)
        && element.incoming.is_empty()
        && !is_begun_otherwise
        && !element.for_compensation
        && element.link_caught().is_none()
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

/// Complex gateways whose activation condition reads more than the numbers of tokens.
fn gateways_reading(elements: &[Element]) -> Vec<ElementIndex> {
    let reads = |element: &&Element| match &element.kind {
        ElementKind::ComplexGateway { activation: Some(condition) } => {
            condition.variables().iter().any(|name| !GATEWAY_NUMBERS.contains(&name.as_str()))
        }
        _ => false,
    };
    elements.iter().filter(reads).map(|element| element.index).collect()
}

/// Fills the slots of definitions: each stands for its event, whose id it has.
fn add_definitions<'d>(cx: &Context<'d>, slots: &Slots<'d>, elements: &mut Vec<Element>) {
    let mut parts = Vec::new();
    for event in elements.iter() {
        if let Some(Trigger::Multiple(multiple)) = event.trigger() {
            let of_event = |(place, part): (usize, &MultiplePart)| (part.slot, event.index, place);
            parts.extend(multiple.parts.iter().enumerate().map(of_event));
        }
    }
    for (number, node) in slots.nodes.iter().enumerate().skip(slots.elements) {
        let index = ElementIndex(number as u32);
        let part = parts.iter().find(|(slot, ..)| *slot == index);
        // Of an event with mistakes: reported.
        let other = ElementKind::NotExecuted { tag: Arc::from(&*node.tag) };
        let kind = part
            .map_or(other, |(_, event, place)| ElementKind::EventDefinition { event: *event, place: *place });
        let mut element = slot(cx, node, number, Body::plain(kind), slots);
        if let Some((_, event, _)) = part {
            let event = &elements[event.0 as usize];
            (element.id, element.name, element.scope) = (event.id.clone(), event.name.clone(), event.scope);
        }
        elements.push(element);
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
        compensation_handler: None,
        for_compensation: false,
        contents: Contents::default(),
        inputs: body.inputs,
        outputs: body.outputs,
        data: body.data,
        repetition: body.repetition,
        quantities: body.quantities,
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
fn attach(elements: &mut [Element], slots: &Slots<'_>) {
    for number in 0..elements.len() {
        let index = ElementIndex(number as u32);
        let scope = elements[number].scope.0 as usize;
        match &elements[number].kind {
            ElementKind::BoundaryEvent { attached_to, .. } => {
                let activity = attached_to.0 as usize;
                elements[activity].boundary_events.push(index);
            }
            ElementKind::StartEvent { trigger: None, .. } => {
                elements[scope].contents.starts.push(index);
            }
            ElementKind::StartEvent { trigger: Some(_), .. } => {
                elements[scope].contents.triggered_starts.push(index);
            }
            ElementKind::ReceiveTask(_) if instantiates(slots.nodes[number]) => {
                elements[0].contents.triggered_starts.push(index);
            }
            ElementKind::EventSubProcess => elements[scope].contents.event_sub_processes.push(index),
            _ => {}
        }
    }
}

fn instantiates(receive_task: &Node) -> bool {
    matches!(receive_task.value("instantiate"), Some("true" | "1"))
}
