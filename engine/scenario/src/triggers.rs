//! Writing the event definitions of a drawn event, with what they refer to at the root.

use std::fmt::Write as _;

use crate::document::Roots;
use crate::drawing::{Node, attribute};
use crate::notation::NotationError;
use crate::xml::{escape, message, message_root};

/// What an event waits for or throws.
pub(crate) fn write(out: &mut String, node: &Node, roots: &mut Roots) -> Result<(), NotationError> {
    for (option, tag) in [("timer", "timeDuration"), ("date", "timeDate"), ("cycle", "timeCycle")] {
        if let Some(value) = node.option(option) {
            let _ = writeln!(
                out,
                "<bpmn:timerEventDefinition><bpmn:{tag}>{}</bpmn:{tag}></bpmn:timerEventDefinition>",
                escape(value)
            );
        }
    }
    if node.flag("message") || roots.joined.contains(&node.id) {
        out.push_str("<bpmn:messageEventDefinition");
        if let Some(id) = message(node, roots)? {
            attribute(out, "messageRef", &id);
        }
        out.push_str("/>\n");
    }
    if let Some(name) = node.option("secondMessage") {
        named_message(out, node, name, roots);
    }
    if let Some(name) = node.option("signal") {
        signal(out, name, roots);
    }
    if let Some(condition) = node.option("condition") {
        conditional(out, node, condition);
    }
    if let Some(code) = node.option("error") {
        coded(out, "error", code, roots);
    }
    if let Some(code) = node.option("escalation") {
        coded(out, "escalation", code, roots);
    }
    if let Some(name) = node.option("link") {
        out.push_str("<bpmn:linkEventDefinition");
        attribute(out, "name", name);
        out.push_str("/>\n");
    }
    if let Some(activity) = node.option("compensate") {
        out.push_str("<bpmn:compensateEventDefinition");
        if !activity.is_empty() {
            attribute(out, "activityRef", activity);
        }
        out.push_str("/>\n");
    }
    if node.flag("cancel") {
        out.push_str("<bpmn:cancelEventDefinition/>\n");
    }
    if node.flag("terminate") {
        out.push_str("<bpmn:terminateEventDefinition/>\n");
    }
    Ok(())
}

fn conditional(out: &mut String, node: &Node, condition: &str) {
    out.push_str("<bpmn:conditionalEventDefinition>");
    if node.flag("variables") || node.flag("changes") {
        out.push_str("<bpmn:extensionElements><zeebe:conditionalFilter");
        for (option, name) in [("variables", "variableNames"), ("changes", "variableEvents")] {
            if let Some(value) = node.option(option) {
                attribute(out, name, value);
            }
        }
        out.push_str("/></bpmn:extensionElements>");
    }
    let _ = writeln!(
        out,
        "<bpmn:condition>={}</bpmn:condition></bpmn:conditionalEventDefinition>",
        escape(condition)
    );
}

/// A message of this name, with the key of the node.
pub(crate) fn named_message(out: &mut String, node: &Node, name: &str, roots: &mut Roots) {
    let id = message_root(format!("message-{}-{name}", node.id), name, node.option("key"), roots);
    out.push_str("<bpmn:messageEventDefinition");
    attribute(out, "messageRef", &id);
    out.push_str("/>\n");
}

/// A signal, by name.
pub(crate) fn signal(out: &mut String, name: &str, roots: &mut Roots) {
    if name.is_empty() {
        return out.push_str("<bpmn:signalEventDefinition/>\n");
    }
    let number = roots.elements.keys().filter(|id| id.starts_with("signal-")).count();
    let mut root = String::from("<bpmn:signal");
    attribute(&mut root, "name", name);
    let known = roots.elements.iter().find(|(_, xml)| xml.starts_with(&root)).map(|(id, _)| id.clone());
    let id = known.unwrap_or_else(|| format!("signal-{number}"));
    attribute(&mut root, "id", &id);
    root.push_str("/>");
    roots.elements.insert(id.clone(), root);
    out.push_str("<bpmn:signalEventDefinition");
    attribute(out, "signalRef", &id);
    out.push_str("/>\n");
}

/// An error or escalation, by code; without one for any.
pub(crate) fn coded(out: &mut String, what: &str, code: &str, roots: &mut Roots) {
    let _ = write!(out, "<bpmn:{what}EventDefinition");
    if !code.is_empty() {
        let id = format!("{what}-{code}");
        let mut root = format!("<bpmn:{what}");
        attribute(&mut root, "id", &id);
        attribute(&mut root, "name", code);
        attribute(&mut root, &format!("{what}Code"), code);
        root.push_str("/>");
        roots.elements.insert(id.clone(), root);
        attribute(out, &format!("{what}Ref"), &id);
    }
    out.push_str("/>\n");
}
