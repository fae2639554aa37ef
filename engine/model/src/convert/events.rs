//! Messages and the jobs that send them, names that are expressions, conditions.

use super::element::Zeebe;
use super::jobs;
use super::tree::Node;
use super::work::Work;
use crate::xml::Namespace;

/// The variable that a correlation key is guessed to be.
const BUSINESS_KEY: &str = "businessKey";

/// A throwing event: its message event definition may hold a job.
pub(super) fn throwing<'t>(work: &mut Work<'t>, node: &'t Node) {
    if let Some(definition) = work.tree.bpmn_child(node, "messageEventDefinition") {
        jobs::job(work, node, definition);
    }
}

/// Messages and signals: the name may be an expression, and a message that is waited for needs a correlation key.
pub(super) fn named<'t>(work: &mut Work<'t>, node: &'t Node) {
    if let Some(attribute) =
        node.attributes.iter().find(|a| a.name == "name" && a.namespace == Namespace::None)
        && (attribute.value.contains("${") || attribute.value.contains("#{"))
        && let Some(name) = work.dynamic(node, &attribute.value)
    {
        work.edits.replace(attribute.inside.clone(), super::element::escape(&name));
    }
    if node.is_bpmn("message") && needs_key(work, node) {
        work.add(node, Zeebe::new("subscription").with("correlationKey", format!("={BUSINESS_KEY}")));
        let name = node.value("name").or(node.value("id")).unwrap_or_default();
        work.review(
            node,
            format!("The message `{name}` is correlated by the variable `{BUSINESS_KEY}`: choose the variable that tells the instances apart, and publish the message with that key."),
        );
    }
}

/// Whether a message has no key and is waited for by something that runs already.
fn needs_key(work: &Work<'_>, message: &Node) -> bool {
    let tree = work.tree;
    let has_subscription = tree.bpmn_child(message, "extensionElements").is_some_and(|wrapper| {
        tree.children(wrapper).any(|c| c.namespace == Namespace::Zeebe && c.tag == "subscription")
    });
    let Some(id) = message.value("id").filter(|_| !has_subscription) else { return false };
    let mut users = tree.nodes.iter().filter(|node| {
        node.namespace == Namespace::Bpmn
            && node.value("messageRef").is_some_and(|r| r == id || r.ends_with(&format!(":{id}")))
    });
    users.any(|node| waits_inside(work, node))
}

/// Whether a message reference belongs to an event or task that waits within an instance.
fn waits_inside(work: &Work<'_>, node: &Node) -> bool {
    if node.is_bpmn("receiveTask") {
        return true;
    }
    let parent = |node: &Node| node.parent.map(|index| &work.tree.nodes[index]);
    let Some(event) = parent(node).filter(|_| node.is_bpmn("messageEventDefinition")) else { return false };
    match &*event.tag {
        "intermediateCatchEvent" | "boundaryEvent" => true,
        "startEvent" => parent(event).is_some_and(|scope| !scope.is_bpmn("process")),
        _ => false,
    }
}

/// Conditional events: the condition, and which variables it listens to.
pub(super) fn conditional<'t>(work: &mut Work<'t>, node: &'t Node) {
    if let Some(condition) = work.tree.bpmn_child(node, "condition") {
        super::flows::expression(work, condition);
    }
    let names = work.take(node, "variableName").map(str::to_owned);
    let events = work.take(node, "variableEvents").map(|events| {
        let known: Vec<&str> =
            events.split(',').map(str::trim).filter(|event| matches!(*event, "create" | "update")).collect();
        known.join(",")
    });
    if names.is_some() || events.as_ref().is_some_and(|events| !events.is_empty()) {
        let filter = Zeebe::new("conditionalFilter").with_some("variableNames", names);
        work.add(node, filter.with_some("variableEvents", events.filter(|events| !events.is_empty())));
    }
}
