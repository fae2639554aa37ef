//! Global tasks (BPMN 10.3.6): tasks at the root that call activities call like a process.
//!
//! Each becomes a process of its own: a start, the task, an end. What is made up here is numbered behind what stands
//! in the file, so that the numbers of the file's elements depend on the file alone.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::context::Context;
use super::element::{self, Body};
use super::process::slot;
use super::slots::Slots;
use super::unsupported;
use crate::definition::{Element, ElementIndex, ElementKind, ProcessDefinition, SequenceFlow};
use crate::xml::Node;

/// The tags of global tasks and the tasks that they are.
const GLOBAL_TASKS: [(&str, &str); 5] = [
    ("globalTask", "task"),
    ("globalManualTask", "manualTask"),
    ("globalUserTask", "userTask"),
    ("globalScriptTask", "scriptTask"),
    ("globalBusinessRuleTask", "businessRuleTask"),
];

/// The task that a tag means: `userTask` for `globalUserTask`, else itself.
pub(super) fn task_tag(tag: &str) -> &str {
    GLOBAL_TASKS.iter().find(|(global, _)| *global == tag).map_or(tag, |(_, task)| task)
}

/// Whether a root element is a global task.
pub(super) fn is_global_task(node: &Node) -> bool {
    GLOBAL_TASKS.iter().any(|(tag, _)| node.is_bpmn(tag))
}

/// Compiles a global task; `None` when it has no id, or is reported.
pub(super) fn compile<'d>(cx: &mut Context<'d>, node: &'d Node) -> Option<ProcessDefinition> {
    unsupported::check(cx, node);
    let id = cx.required(node, "id")?;
    let slots = Slots::number(cx, node);
    let mut elements = Vec::with_capacity(slots.nodes.len() + 5);
    for (number, inner) in slots.nodes.iter().enumerate() {
        let process = Body::plain(ElementKind::Process { executable: true });
        let body = if number == 0 { process } else { Body::not_executed(inner) };
        elements.push(slot(cx, inner, number, body, &slots));
    }
    let start = ElementKind::StartEvent { trigger: None, interrupting: true, form: None };
    let bodies = [
        ("start", Body::plain(start)),
        ("task", element::compile(cx, node, &slots)),
        ("end", Body::plain(ElementKind::EndEvent { trigger: None })),
        ("begin", Body::plain(ElementKind::SequenceFlow)),
        ("finish", Body::plain(ElementKind::SequenceFlow)),
    ];
    let first = elements.len();
    for (name, body) in bodies {
        let mut element = slot(cx, node, elements.len(), body, &slots);
        element.id = format!("{id}_{name}").into();
        element.scope = ElementIndex::PROCESS;
        elements.push(element);
    }
    let flows = join(&mut elements, first);
    let by_id = by_id(&elements);
    Some(ProcessDefinition {
        history_time_to_live: None,
        id: id.into(),
        name: node.value("name").map(Arc::from),
        version_tag: None,
        elements,
        flows,
        by_id,
        links: FxHashMap::default(),
        gateways_reading: Vec::new(),
        conditions: FxHashMap::default(),
        reachability: FxHashMap::default(),
    })
}

/// Start to task to end; `first` is the start, the two flows come last.
fn join(elements: &mut [Element], first: usize) -> FxHashMap<ElementIndex, SequenceFlow> {
    let at = |offset: usize| ElementIndex((first + offset) as u32);
    elements[0].contents.starts = vec![at(0)];
    let mut flows = FxHashMap::default();
    for (flow, source, target) in [(3, 0, 1), (4, 1, 2)] {
        elements[first + source].outgoing.push(at(flow));
        elements[first + target].incoming.push(at(flow));
        flows.insert(at(flow), SequenceFlow { source: at(source), target: at(target), condition: None });
    }
    flows
}

fn by_id(elements: &[Element]) -> FxHashMap<Arc<str>, ElementIndex> {
    let mut found = FxHashMap::default();
    for element in elements {
        found.entry(Arc::clone(&element.id)).or_insert(element.index);
    }
    found
}
