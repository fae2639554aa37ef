//! Collaborations (BPMN 9): message flows between the pools of a file, which the engine itself delivers.
//!
//! A send task, throw or end event without a job publishes what its message flow leads to: under the name that the
//! receiver waits for, and with a key by which the receiver's instance is found. When nothing in the model says which
//! key, the message goes to the instance of the same conversation: see [`CorrelationKey::Conversation`].
//!
//! Message flows join two pools (9.3): out of a pool, a task or a throwing event, into a pool, a task or a catching
//! event. Others are refused.

use rustc_hash::FxHashMap;

use super::context::{Context, SharedMessage};
use super::element::{ACTIVITIES, FLOW_NODES};
use super::gateways::starts_alone;
use super::triggers::shared_message;
use super::{correlation, extensions};
use crate::definition::{CorrelationKey, Dynamic};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::{Node, NodeIndex};

/// The message flows that are delivered, by their ends.
#[derive(Default)]
pub(crate) struct MessageFlows<'d> {
    by_source: FxHashMap<NodeIndex, Vec<Flow<'d>>>,
    by_target: FxHashMap<NodeIndex, Vec<Flow<'d>>>,
}

/// A message flow between two elements of executable pools.
#[derive(Clone, Copy)]
struct Flow<'d> {
    node: &'d Node,
    source: &'d Node,
    target: &'d Node,
}

/// A message as its sender publishes it along message flows.
pub(super) struct Delivery {
    pub(super) name: Dynamic,
    pub(super) correlation_key: CorrelationKey,
    /// Whether a receiver may wait for it: what only begins an instance needs no key.
    pub(super) waits: bool,
}

/// Checks the message flows of the file and notes those that are delivered.
pub(super) fn register(cx: &mut Context<'_>) {
    let doc = cx.doc;
    for collaboration in doc.bpmn_children(doc.root(), "collaboration") {
        for participant in doc.bpmn_children(collaboration, "participant") {
            if let Some(reference) = participant.value("processRef") {
                cx.reference(participant, "processRef", reference, &["process"]);
            }
        }
        for node in doc.bpmn_children(collaboration, "messageFlow") {
            let (source, target) = (end(cx, node, "sourceRef"), end(cx, node, "targetRef"));
            let (Some(source), Some(target)) = (source, target) else { continue };
            let flow = Flow { node, source, target };
            if is_placed(cx, &flow) && is_delivered(cx, &flow) {
                cx.message_flows.by_source.entry(source.index).or_default().push(flow);
                cx.message_flows.by_target.entry(target.index).or_default().push(flow);
            }
        }
    }
}

fn end<'d>(cx: &mut Context<'d>, flow: &'d Node, attribute: &str) -> Option<&'d Node> {
    let reference = cx.required(flow, attribute)?;
    let found = cx.resolve(reference);
    if found.is_none() {
        cx.dangling(flow, attribute, reference);
    }
    found
}

/// Whether a message flow may join what it joins; else a finding.
fn is_placed<'d>(cx: &mut Context<'d>, flow: &Flow<'d>) -> bool {
    const PARTIES: [&str; 4] = ["participant", "conversation", "subConversation", "callConversation"];
    let joins = |node: &Node, events: &[&str]| {
        PARTIES.contains(&&*node.tag) || ACTIVITIES.contains(&&*node.tag) || events.contains(&&*node.tag)
    };
    let wrong = if !joins(flow.source, &["endEvent", "intermediateThrowEvent"]) {
        format!("comes from the {}, which sends no message", cx.label(flow.source))
    } else if !joins(flow.target, &["startEvent", "intermediateCatchEvent", "boundaryEvent"]) {
        format!("leads to the {}, which receives no message", cx.label(flow.target))
    } else if process_of(cx, flow.source)
        .is_some_and(|process| process_of(cx, flow.target).is_some_and(|other| other.index == process.index))
    {
        "begins and ends in the same pool".to_owned()
    } else {
        return true;
    };
    let message = format!("The {} {wrong}.", cx.label(flow.node));
    let remedy =
        "Message flows join two pools, from what sends to what receives; inside a pool use sequence flows.";
    cx.error(DiagnosticCode::MisplacedMessageFlow, flow.node, message, remedy);
    false
}

/// Whether the engine delivers along a message flow: between two pools that it runs, it has to know both elements.
fn is_delivered<'d>(cx: &mut Context<'d>, flow: &Flow<'d>) -> bool {
    if !is_executable(cx, flow.source) || !is_executable(cx, flow.target) {
        return false;
    }
    let why = if !FLOW_NODES.contains(&&*flow.source.tag) || !FLOW_NODES.contains(&&*flow.target.tag) {
        "ends at the border of a pool".to_owned()
    } else if !flow.source.is_bpmn("sendTask") && !has_message(cx, flow.source) {
        format!("comes from the {}, which sends no message by itself", cx.label(flow.source))
    } else if !flow.target.is_bpmn("receiveTask") && !has_message(cx, flow.target) {
        format!("leads to the {}, which waits for no message", cx.label(flow.target))
    } else if is_job(cx, flow.source) {
        format!("comes from the {}, whose worker has to send the message", cx.label(flow.source))
    } else {
        return true;
    };
    let message = format!("Nothing is delivered along the {}: it {why}.", cx.label(flow.node));
    let remedy = "Lead it from a send task or throwing message event without a job to a receive task or catching \
                  message event; or let the sender's worker publish the message.";
    cx.warn(DiagnosticCode::MessageFlowNotDelivered, flow.node, message, remedy);
    false
}

/// The process that an element or pool belongs to.
pub(super) fn process_of<'d>(cx: &Context<'d>, end: &'d Node) -> Option<&'d Node> {
    if end.is_bpmn("participant") {
        return end.value("processRef").and_then(|reference| cx.resolve(reference));
    }
    std::iter::successors(Some(end), |node| cx.doc.parent(node)).find(|node| node.is_bpmn("process"))
}

fn is_executable<'d>(cx: &Context<'d>, end: &'d Node) -> bool {
    process_of(cx, end).is_some_and(|process| matches!(process.value("isExecutable"), Some("true" | "1")))
}

/// The event's message event definition, in it or referred to.
fn message_definition<'d>(cx: &Context<'d>, event: &'d Node) -> Option<&'d Node> {
    let doc = cx.doc;
    let referred = doc
        .bpmn_children(event, "eventDefinitionRef")
        .filter_map(|reference| cx.resolve(reference.trimmed_text()?))
        .find(|definition| definition.is_bpmn("messageEventDefinition"));
    doc.bpmn_child(event, "messageEventDefinition").or(referred)
}

fn has_message<'d>(cx: &Context<'d>, event: &'d Node) -> bool {
    message_definition(cx, event).is_some()
}

/// Whether a worker or an operation sends the message.
fn is_job<'d>(cx: &Context<'d>, sender: &'d Node) -> bool {
    let refers = |node: &Node| node.value("operationRef").is_some();
    extensions::names(cx, sender, "taskDefinition")
        || refers(sender)
        || message_definition(cx, sender).is_some_and(refers)
}

/// The message that an element itself names.
fn own_message<'d>(cx: &Context<'d>, element: &'d Node) -> Option<&'d Node> {
    let holder = if element.tag.ends_with("Event") { message_definition(cx, element)? } else { element };
    cx.resolve(holder.value("messageRef")?).filter(|node| node.is_bpmn("message"))
}

/// The message that an element waits for: its own, else the one of a message flow to it, else that of its sender.
pub(super) fn awaited<'d>(cx: &Context<'d>, receiver: &'d Node) -> Option<&'d Node> {
    own_message(cx, receiver).or_else(|| {
        let flows = cx.message_flows.by_target.get(&receiver.index)?;
        let of_flow = |flow: &Flow<'d>| {
            let named = flow.node.value("messageRef").and_then(|reference| cx.resolve(reference));
            named.filter(|node| node.is_bpmn("message")).or_else(|| own_message(cx, flow.source))
        };
        flows.iter().find_map(of_flow)
    })
}

/// Whether a message flow leads to an element along which the engine delivers.
pub(super) fn is_receiver(cx: &Context<'_>, element: &Node) -> bool {
    cx.message_flows.by_target.contains_key(&element.index)
}

/// Whether the engine delivers along a message flow that leaves an element.
pub(super) fn is_sender(cx: &Context<'_>, element: &Node) -> bool {
    cx.message_flows.by_source.contains_key(&element.index)
}

/// The name of a message for which nobody in the file made up a name: told apart from those of all other files.
pub(super) fn made_up_name<'d>(cx: &Context<'d>, receiver: &'d Node) -> Dynamic {
    let process = process_of(cx, receiver).and_then(Node::id).unwrap_or_default();
    Dynamic::Static(format!("{process}/{}", receiver.id().unwrap_or_default()).into())
}

/// What an element publishes along its message flows; `None` when there are none, or it is reported.
pub(super) fn delivery<'d>(cx: &mut Context<'d>, sender: &'d Node) -> Option<Delivery> {
    let flows = cx.message_flows.by_source.get(&sender.index)?.clone();
    let own = own_message(cx, sender).map(|message| shared_message(cx, message));
    let mut agreed: Option<(Flow<'d>, Delivery)> = None;
    for flow in flows {
        let this = to(cx, &flow)?;
        check_name(cx, &flow, own.as_ref(), &this.name);
        match &mut agreed {
            None => agreed = Some((flow, this)),
            Some((first, known)) => {
                let both_wait = this.waits && known.waits;
                let keys_differ = both_wait && !same_key(&known.correlation_key, &this.correlation_key);
                if keys_differ || !same(&known.name, &this.name) {
                    let first = *first;
                    disagree(cx, sender, &first, &flow);
                } else if this.waits && !known.waits {
                    *known = this;
                }
            }
        }
    }
    agreed.map(|(_, delivery)| delivery)
}

/// What reaches the target of one message flow.
fn to<'d>(cx: &mut Context<'d>, flow: &Flow<'d>) -> Option<Delivery> {
    let waits = waits(cx, flow.target);
    let Some(message) = awaited(cx, flow.target) else {
        let name = made_up_name(cx, flow.target);
        return Some(Delivery { name, correlation_key: CorrelationKey::Conversation, waits });
    };
    let shared = shared_message(cx, message);
    let given = match shared.correlation_key {
        _ if !waits => None,
        None if shared.has_subscription => return None,
        Some(subscription) => Some(subscription),
        None => correlation::sent(cx, message),
    };
    let correlation_key = given.map_or(CorrelationKey::Conversation, correlation::given);
    Some(Delivery { name: shared.name?, correlation_key, waits })
}

/// Whether a receiver ever waits for its message: what only begins an instance needs no correlation key.
fn waits<'d>(cx: &Context<'d>, receiver: &'d Node) -> bool {
    let is_true = |value: Option<&str>| matches!(value, Some("true" | "1"));
    let in_process = cx.doc.parent(receiver).is_some_and(|parent| parent.is_bpmn("process"));
    let begins = match &*receiver.tag {
        "startEvent" => in_process && !is_true(receiver.value("parallelMultiple")),
        "receiveTask" => is_true(receiver.value("instantiate")),
        _ => false,
    };
    !begins && !starts_alone(cx, receiver)
}

/// The sender and the message flow itself name the message that the receiver waits for, if they name any.
fn check_name<'d>(cx: &mut Context<'d>, flow: &Flow<'d>, own: Option<&SharedMessage>, awaited: &Dynamic) {
    let of_flow = flow.node.value("messageRef").and_then(|reference| {
        let message = cx.reference(flow.node, "messageRef", reference, &["message"])?;
        Some(shared_message(cx, message))
    });
    for named in own.into_iter().chain(&of_flow).filter_map(|message| message.name.as_ref()) {
        // What FEEL gives is not known yet.
        let known = matches!((named, awaited), (Dynamic::Static(_), Dynamic::Static(_)));
        if known && !same(named, awaited) {
            let message = format!(
                "The {} carries the message `{}`, but the {} waits for `{}`.",
                cx.label(flow.node),
                text(named),
                cx.label(flow.target),
                text(awaited)
            );
            let remedy = "Let the sender, the receiver and the message flow refer to the same message.";
            cx.error(DiagnosticCode::MessageFlowMismatch, flow.node, message, remedy);
            return;
        }
    }
}

fn disagree<'d>(cx: &mut Context<'d>, sender: &'d Node, first: &Flow<'d>, second: &Flow<'d>) {
    let message = format!(
        "The {} sends one message, but the {} and the {} wait for different ones, or by different correlation keys.",
        cx.label(sender),
        cx.label(first.target),
        cx.label(second.target)
    );
    let remedy = "Let both refer to the same message, or send two messages by two elements.";
    cx.error(DiagnosticCode::MessageFlowMismatch, second.node, message, remedy);
}

fn same(one: &Dynamic, other: &Dynamic) -> bool {
    let is_feel = |value: &Dynamic| matches!(value, Dynamic::Expression(_));
    is_feel(one) == is_feel(other) && text(one) == text(other)
}

fn same_key(one: &CorrelationKey, other: &CorrelationKey) -> bool {
    match (one, other) {
        (CorrelationKey::Conversation, CorrelationKey::Conversation) => true,
        (CorrelationKey::Given(one), CorrelationKey::Given(other)) => same(one, other),
        _ => false,
    }
}

fn text(value: &Dynamic) -> &str {
    match value {
        Dynamic::Static(text) => text,
        Dynamic::Expression(expression) => expression.text(),
    }
}
