//! Standard correlation (BPMN 8.3.2): correlation keys made of properties, which messages give and processes know.
//!
//! A `correlationKey` of a collaboration names properties; each `correlationProperty` says for each message where its
//! value stands in it (`messagePath`), and a `correlationSubscription` of a process where the process has it
//! (`dataPath`). Here a key becomes one expression on each side: the value of its property, or of several as text such
//! as `["O-1", "EU"]`. A process without a subscription knows a property where its message has it: BPMN lets the first
//! message of a conversation set the key, and its content is what such a process knows.
//!
//! Of several keys whose properties a message gives, the first counts, before all one to which a process subscribes.

use hosk_feel::{Expression, Names};
use rustc_hash::FxHashMap;

use super::collaboration::process_of;
use super::context::Context;
use crate::definition::{CorrelationKey, Dynamic};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::{Node, NodeIndex};

/// The correlation of the file, compiled.
#[derive(Default)]
pub(crate) struct Correlation {
    keys: Vec<Key>,
    /// The path of each property in each message.
    paths: FxHashMap<(NodeIndex, NodeIndex), Expression>,
    /// The path of each property in each process that subscribes to a key, by process, key and property.
    bindings: FxHashMap<(NodeIndex, NodeIndex, NodeIndex), Expression>,
}

/// A correlation key.
struct Key {
    node: NodeIndex,
    properties: Vec<NodeIndex>,
    /// Processes that say where they have its properties.
    subscribers: Vec<NodeIndex>,
}

/// Compiles what the file says about correlation.
pub(super) fn register(cx: &mut Context<'_>) {
    let doc = cx.doc;
    for property in doc.bpmn_children(doc.root(), "correlationProperty") {
        for retrieval in doc.bpmn_children(property, "correlationPropertyRetrievalExpression") {
            retrieved(cx, property, retrieval);
        }
    }
    for collaboration in doc.bpmn_children(doc.root(), "collaboration") {
        for node in doc.subtree(collaboration).filter(|node| node.is_bpmn("correlationKey")) {
            key(cx, node);
        }
    }
    for process in doc.bpmn_children(doc.root(), "process") {
        for subscription in doc.bpmn_children(process, "correlationSubscription") {
            subscribe(cx, process, subscription);
        }
    }
}

/// Where a message has a property.
fn retrieved<'d>(cx: &mut Context<'d>, property: &'d Node, retrieval: &'d Node) {
    let message = cx
        .required(retrieval, "messageRef")
        .and_then(|reference| cx.reference(retrieval, "messageRef", reference, &["message"]));
    let path = path(cx, retrieval, "messagePath");
    if let (Some(message), Some(path)) = (message, path) {
        cx.correlation.paths.insert((property.index, message.index), path);
    }
}

fn path<'d>(cx: &mut Context<'d>, holder: &'d Node, tag: &'static str) -> Option<Expression> {
    let doc = cx.doc;
    let Some(path) = doc.bpmn_child(holder, tag).filter(|path| path.trimmed_text().is_some()) else {
        let message = format!("The {} has no `{tag}`.", cx.label(holder));
        let remedy = "Write a FEEL expression that gives the property.";
        cx.error(DiagnosticCode::MissingAttribute, holder, message, remedy);
        return None;
    };
    cx.formal_expression(path)
}

fn key<'d>(cx: &mut Context<'d>, node: &'d Node) {
    let doc = cx.doc;
    let mut properties = Vec::new();
    for reference in doc.bpmn_children(node, "correlationPropertyRef") {
        properties.extend(referred(cx, reference, "correlationProperty").map(|property| property.index));
    }
    if properties.is_empty() {
        let message = format!("The {} names no property.", cx.label(node));
        let remedy = "Give it a `correlationPropertyRef`, or remove it.";
        cx.warn(DiagnosticCode::MissingAttribute, node, message, remedy);
        return;
    }
    cx.correlation.keys.push(Key { node: node.index, properties, subscribers: Vec::new() });
}

/// What the text of an element refers to.
fn referred<'d>(cx: &mut Context<'d>, reference: &'d Node, wanted: &str) -> Option<&'d Node> {
    let id = reference.trimmed_text().unwrap_or_default();
    let Some(found) = cx.resolve(id) else {
        cx.dangling(reference, &reference.tag, id);
        return None;
    };
    if found.is_bpmn(wanted) {
        return Some(found);
    }
    let message = format!("The {} refers to the {}, which it cannot.", cx.label(reference), cx.label(found));
    let remedy = format!("Refer to a {}.", super::context::words(wanted));
    cx.error(DiagnosticCode::InvalidReference, reference, message, remedy);
    None
}

/// Where a process has the properties of a key.
fn subscribe<'d>(cx: &mut Context<'d>, process: &'d Node, subscription: &'d Node) {
    let doc = cx.doc;
    let key = cx.required(subscription, "correlationKeyRef").and_then(|reference| {
        cx.reference(subscription, "correlationKeyRef", reference, &["correlationKey"])
    });
    let mut bound = Vec::new();
    for binding in doc.bpmn_children(subscription, "correlationPropertyBinding") {
        let property = cx.required(binding, "correlationPropertyRef").and_then(|reference| {
            cx.reference(binding, "correlationPropertyRef", reference, &["correlationProperty"])
        });
        let path = path(cx, binding, "dataPath");
        let (Some(key), Some(property)) = (key, property) else { continue };
        bound.push(property.index);
        if let Some(path) = path {
            cx.correlation.bindings.insert((process.index, key.index, property.index), path);
        }
    }
    let Some(key) = key else { return };
    let Some(known) = cx.correlation.keys.iter_mut().find(|known| known.node == key.index) else { return };
    known.subscribers.push(process.index);
    let unbound = known.properties.iter().find(|property| !bound.contains(property)).copied();
    if let Some(unbound) = unbound {
        let message = format!(
            "The {} does not say where the process has the {}.",
            cx.label(subscription),
            cx.label(doc.node(unbound))
        );
        let remedy = "Add a `correlationPropertyBinding` with a `dataPath` for it.";
        cx.error(DiagnosticCode::MissingAttribute, subscription, message, remedy);
    }
}

impl Correlation {
    /// The key by which a message is correlated.
    fn key_of(&self, message: &Node) -> Option<&Key> {
        let gives = |key: &&Key| {
            key.properties.iter().all(|property| self.paths.contains_key(&(*property, message.index)))
        };
        let subscribed = |key: &&Key| !key.subscribers.is_empty();
        self.keys.iter().filter(gives).find(subscribed).or_else(|| self.keys.iter().find(gives))
    }

    fn path(&self, message: &Node, property: NodeIndex) -> Option<&Expression> {
        self.paths.get(&(property, message.index))
    }
}

/// What a sender computes the key of a message from.
pub(super) fn sent(cx: &Context<'_>, message: &Node) -> Option<Expression> {
    let key = cx.correlation.key_of(message)?;
    let paths = key.properties.iter().map(|property| cx.correlation.path(message, *property));
    one(&paths.collect::<Option<Vec<_>>>()?)
}

/// What a receiver computes the key of a message from.
pub(super) fn awaited<'d>(cx: &Context<'d>, receiver: &'d Node, message: &Node) -> Option<Expression> {
    let key = cx.correlation.key_of(message)?;
    let process = process_of(cx, receiver)?.index;
    let paths = key.properties.iter().map(|property| {
        let bound = cx.correlation.bindings.get(&(process, key.node, *property));
        bound.or_else(|| cx.correlation.path(message, *property))
    });
    one(&paths.collect::<Option<Vec<_>>>()?)
}

/// Several paths as one: their values as one text; null when one of them is null.
fn one(paths: &[&Expression]) -> Option<Expression> {
    if let [only] = paths {
        return Some((*only).clone());
    }
    let parts: Vec<String> = paths.iter().map(|path| format!("({})", path.text().trim())).collect();
    let list = format!("[{}]", parts.join(", "));
    let text = format!("if list contains({list}, null) then null else string({list})");
    Expression::compile(&text, &Names::default()).ok()
}

/// A correlation key that FEEL computes.
pub(super) fn given(expression: Expression) -> CorrelationKey {
    CorrelationKey::Given(Dynamic::Expression(expression))
}
