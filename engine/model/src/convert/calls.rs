//! Call activities: what is called, and variables by `camunda:in` and `camunda:out`.

use super::element::Zeebe;
use super::jobs;
use super::tree::Node;
use super::work::Work;
use crate::compile::is_variable_name;

pub(super) fn call_activity<'t>(work: &mut Work<'t>, node: &'t Node) {
    let Some(reference) = node.value("calledElement") else { return };
    let Some(process) = work.dynamic(node, reference) else { return };
    let mut called = Zeebe::new("calledElement").with("processId", process);
    let tree = work.tree;
    let mappings = |tag| tree.extensions(node, tag);
    let all = |tag| mappings(tag).any(|mapping| mapping.value("variables") == Some("all"));
    // Nothing goes down or up that no mapping names.
    called = called
        .with("propagateAllParentVariables", all("in").to_string())
        .with("propagateAllChildVariables", all("out").to_string());
    for mapping in mappings("in") {
        if let Some(key) = mapping.value("businessKey") {
            // Camunda hands its own key down by this expression; so does hosk, without being told.
            let key =
                if key.contains("execution.processBusinessKey") { None } else { work.dynamic(mapping, key) };
            called = called.with_some("businessId", key);
            work.take_element(mapping);
        } else if let Some((source, target)) = pair(work, mapping) {
            work.input(node, source, &target);
            work.take_element(mapping);
        } else if mapping.value("variables") == Some("all") {
            work.take_element(mapping);
        }
    }
    for mapping in mappings("out") {
        if let Some((source, target)) = pair(work, mapping) {
            work.output(node, source, &target);
            work.take_element(mapping);
        } else if mapping.value("variables") == Some("all") {
            work.take_element(mapping);
        }
    }
    called = jobs::binding(
        work,
        node,
        called,
        ["calledElementBinding", "calledElementVersion", "calledElementVersionTag"],
    );
    work.take_plain(node, "calledElement");
    work.add(node, called);
}

/// Source and target of one variable.
fn pair<'t>(work: &mut Work<'t>, mapping: &'t Node) -> Option<(String, String)> {
    let target = mapping.value("target").filter(|name| is_variable_name(name))?;
    if let Some(source) = mapping.value("source").filter(|name| is_variable_name(name)) {
        return Some((format!("={source}"), target.to_owned()));
    }
    let expression = mapping.value("sourceExpression")?;
    Some((format!("={}", work.feel(mapping, expression)?), target.to_owned()))
}
