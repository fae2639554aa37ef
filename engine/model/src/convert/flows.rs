//! Expressions in standard elements: conditions, timers, loops; and what processes carry.

use super::element::Zeebe;
use super::juel::{self, Translated};
use super::tree::Node;
use super::work::Work;
use crate::xml::Namespace;

pub(super) fn process<'t>(work: &mut Work<'t>, node: &'t Node) {
    if let Some(tag) = work.take(node, "versionTag") {
        work.add(node, Zeebe::new("versionTag").with("value", tag));
    }
    let priority = work.take(node, "taskPriority").or_else(|| work.take(node, "jobPriority"));
    if let Some(priority) = priority.and_then(|priority| work.dynamic(node, priority)) {
        work.add(node, Zeebe::new("jobPriorityDefinition").with("priority", priority));
    }
}

pub(super) fn sequence_flow<'t>(work: &mut Work<'t>, node: &'t Node) {
    if let Some(condition) = work.tree.bpmn_child(node, "conditionExpression") {
        expression(work, condition);
    }
}

/// The text of an expression element as FEEL.
pub(super) fn expression<'t>(work: &mut Work<'t>, node: &'t Node) {
    let Some(feel) = translated(work, node) else { return };
    work.set_text(node, &format!("={feel}"));
}

fn translated<'t>(work: &mut Work<'t>, node: &'t Node) -> Option<String> {
    if let Some(language) = node.value("language") {
        let lower = language.to_ascii_lowercase();
        if lower.contains("feel") {
            return None;
        }
        if !lower.contains("juel") {
            work.left(node, format!("An expression in `{language}` is not converted; write it in FEEL."));
            return None;
        }
        work.take_plain(node, "language");
    }
    match juel::translate(&node.text) {
        Ok(Translated::Feel(feel)) => Some(feel),
        // Without `${…}` it is FEEL, a number, or nothing.
        Ok(Translated::Literal(_)) => None,
        Err(_) => {
            // Says why.
            let text = node.text.clone();
            work.feel(node, &text)
        }
    }
}

pub(super) fn timer<'t>(work: &mut Work<'t>, node: &'t Node) {
    expression(work, node);
}

/// Collections, and the names that conditions of loops read.
pub(super) fn multi_instance<'t>(work: &mut Work<'t>, node: &'t Node) {
    let tree = work.tree;
    if let Some(collection) = work.take(node, "collection") {
        let source = match juel::translate(collection) {
            // A plain text is the name of the variable.
            Ok(Translated::Literal(name)) => Some(name),
            Ok(Translated::Feel(feel)) => Some(feel),
            Err(_) => work.feel(node, collection),
        };
        let element = work.take(node, "elementVariable").map(str::to_owned);
        if let Some(source) = source {
            let characteristics =
                Zeebe::new("loopCharacteristics").with("inputCollection", format!("={source}"));
            work.add(node, characteristics.with_some("inputElement", element));
        }
    }
    for tag in ["loopCardinality", "completionCondition"] {
        let Some(child) = tree.children(node).find(|c| c.namespace == Namespace::Bpmn && c.tag == tag) else {
            continue;
        };
        let Some(feel) = translated(work, child) else { continue };
        let feel = feel
            .replace("nrOfInstances", "numberOfInstances")
            .replace("nrOfCompletedInstances", "numberOfCompletedInstances")
            .replace("nrOfActiveInstances", "numberOfActiveInstances");
        if feel.contains("loopCounter") {
            work.review(child, "`loopCounter` counts from 1, not from 0.");
        }
        work.set_text(child, &format!("={feel}"));
    }
}
