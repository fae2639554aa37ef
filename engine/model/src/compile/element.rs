//! One element: which file compiles it, and what every element has.

use std::sync::Arc;

use super::context::{Context, is_container, words};
use super::extensions::Extensions;
use super::jobs::{Headers, headers};
use super::listeners::execution_listeners;
use super::mappings::mappings;
use super::slots::Slots;
use super::{
    activities, ad_hoc, business_rule_task, data, events, gateways, globals, quantities, resources, user_task,
};
use crate::definition::{ElementData, ElementKind, Listener, Mapping, Quantities, Repetition};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::{Namespace, Node};

/// Flow nodes: what sequence flows join (BPMN 8.4.7).
pub(super) const FLOW_NODES: &[&str] = &[
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "task",
    "manualTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "userTask",
    "scriptTask",
    "businessRuleTask",
    "callActivity",
    "subProcess",
    "transaction",
    "adHocSubProcess",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "complexGateway",
    "eventBasedGateway",
    "implicitThrowEvent",
    "callChoreography",
    "subChoreography",
];

/// Activities (BPMN 10.3): what boundary events stand on and loops go around.
pub(super) const ACTIVITIES: &[&str] = &[
    "task",
    "manualTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "userTask",
    "scriptTask",
    "businessRuleTask",
    "callActivity",
    "subProcess",
    "transaction",
    "adHocSubProcess",
];

/// What the families of elements give back.
pub(super) struct Body {
    pub(super) kind: ElementKind,
    pub(super) inputs: Vec<Mapping>,
    pub(super) outputs: Vec<Mapping>,
    pub(super) listeners: Vec<Listener>,
    pub(super) headers: Headers,
    pub(super) repetition: Option<Repetition>,
    pub(super) quantities: Quantities,
    pub(super) data: ElementData,
}

impl Body {
    /// An element with nothing around it.
    pub(super) fn plain(kind: ElementKind) -> Self {
        Self {
            kind,
            inputs: Vec::new(),
            outputs: Vec::new(),
            listeners: Vec::new(),
            headers: Headers::default(),
            repetition: None,
            quantities: Quantities::default(),
            data: ElementData::default(),
        }
    }

    /// The place of an element that has no execution semantics, or that could not be compiled (and was reported).
    pub(super) fn not_executed(node: &Node) -> Self {
        Self::plain(ElementKind::NotExecuted { tag: Arc::from(&*node.tag) })
    }

    /// A kind, or the place of what could not be compiled.
    pub(super) fn of(node: &Node, kind: Option<ElementKind>) -> Self {
        kind.map_or_else(|| Self::not_executed(node), Self::plain)
    }

    /// Adds what `zeebe:ioMapping`, `zeebe:executionListeners` and `zeebe:taskHeaders` say.
    pub(super) fn with<'d>(
        mut self,
        cx: &mut Context<'d>,
        extensions: &Extensions<'d>,
        inputs_allowed: bool,
    ) -> Self {
        (self.inputs, self.outputs) = mappings(cx, extensions, inputs_allowed);
        self.listeners = execution_listeners(cx, extensions);
        self.headers = headers(cx, extensions);
        self
    }
}

/// Compiles what is in a slot. Flows and references between elements come afterwards.
pub(super) fn compile<'d>(cx: &mut Context<'d>, node: &'d Node, slots: &Slots<'d>) -> Body {
    let mut body = by_tag(cx, node, slots);
    body.quantities = quantities::of(cx, node);
    data::add(cx, node, &mut body);
    if !matches!(body.kind, ElementKind::UserTask(_)) {
        resources::check(cx, node);
    }
    body
}

fn by_tag<'d>(cx: &mut Context<'d>, node: &'d Node, slots: &Slots<'d>) -> Body {
    match globals::task_tag(&node.tag) {
        "startEvent" => events::start(cx, node, slots),
        "endEvent" => events::end(cx, node, slots),
        "intermediateCatchEvent" => events::catch(cx, node, slots),
        "intermediateThrowEvent" => events::throw(cx, node, slots),
        "boundaryEvent" => events::boundary(cx, node, slots),
        "task" => activities::simple(cx, node, ElementKind::Task),
        "manualTask" => activities::simple(cx, node, ElementKind::ManualTask),
        "serviceTask" => activities::job(cx, node, ElementKind::ServiceTask),
        "sendTask" => activities::send(cx, node),
        "businessRuleTask" => business_rule_task::compile(cx, node),
        "scriptTask" => activities::script(cx, node),
        "receiveTask" => activities::receive(cx, node),
        "callActivity" => activities::call(cx, node),
        "subProcess" => activities::sub_process(cx, node),
        "transaction" => activities::transaction(cx, node),
        "adHocSubProcess" => ad_hoc::compile(cx, node),
        "userTask" => user_task::compile(cx, node),
        "exclusiveGateway" => gateways::gateway(cx, node, ElementKind::ExclusiveGateway),
        "parallelGateway" => gateways::gateway(cx, node, ElementKind::ParallelGateway),
        "inclusiveGateway" => gateways::gateway(cx, node, ElementKind::InclusiveGateway),
        "complexGateway" => gateways::complex(cx, node),
        "eventBasedGateway" => gateways::event_based(cx, node),
        "sequenceFlow" => Body::plain(ElementKind::SequenceFlow),
        _ => Body::not_executed(node),
    }
}

/// Flow nodes and flows need ids, since history, incidents and jobs speak of them by id, and stand in containers.
pub(super) fn check_places<'d>(cx: &mut Context<'d>, process: &'d Node) {
    let doc = cx.doc;
    for node in doc.subtree(process).filter(|n| n.namespace == Namespace::Bpmn) {
        let tag = &*node.tag;
        let parent = doc.parent(node).filter(|p| p.namespace == Namespace::Bpmn).map_or("", |p| &*p.tag);
        let fits = if tag.ends_with("EventDefinition") {
            parent.ends_with("Event") || parent == "event"
        } else if matches!(tag, "multiInstanceLoopCharacteristics" | "standardLoopCharacteristics") {
            ACTIVITIES.contains(&parent)
        } else if tag == "process" {
            node.index == process.index
        } else if FLOW_NODES.contains(&tag) || tag == "sequenceFlow" {
            is_container(parent)
        } else {
            continue;
        };
        if !fits {
            let message = format!("A {} cannot stand inside a {}.", words(tag), words(parent));
            cx.error(DiagnosticCode::UnknownElement, node, message, "Move it to where it belongs.");
        }
        if node.id().is_none() && (is_container(tag) || FLOW_NODES.contains(&tag) || tag == "sequenceFlow") {
            let message = format!("A {} has no id.", words(tag));
            cx.error(DiagnosticCode::MissingId, node, message, "Give it an id that is unique in the file.");
        }
    }
}
