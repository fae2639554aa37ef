//! Service, send and business rule tasks, and scripts: external tasks, classes and beans become jobs.

use super::element::Zeebe;
use super::juel::{self, Translated};
use super::tree::Node;
use super::work::Work;

/// The job type of scripts that are not FEEL; a worker has to run them.
const SCRIPT_JOB: &str = "script";

/// A task that calls something: an external task, a connector, a decision, a class, a bean, or an expression.
pub(super) fn task<'t>(work: &mut Work<'t>, node: &'t Node) {
    if decision(work, node) {
        return;
    }
    job(work, node, node);
}

/// The job that `holder` (a task or a message event definition) describes, on the element `node`.
pub(super) fn job<'t>(work: &mut Work<'t>, node: &'t Node, holder: &'t Node) {
    let Some(job_type) = job_type(work, node, holder) else { return };
    let retries = retries(work, node);
    work.add(node, Zeebe::new("taskDefinition").with("type", job_type).with_some("retries", retries));
    if let Some(priority) = work.take(holder, "taskPriority").or_else(|| work.take(node, "jobPriority"))
        && let Some(priority) = work.dynamic(node, priority)
    {
        work.add(node, Zeebe::new("jobPriorityDefinition").with("priority", priority));
    }
    if let Some(variable) = work.take(holder, "resultVariable") {
        work.output(node, "=result".to_owned(), variable);
        work.review(
            node,
            format!("The worker has to return its value as `result`, which becomes `{variable}`."),
        );
    }
    fields(work, node, holder);
}

fn job_type<'t>(work: &mut Work<'t>, node: &'t Node, holder: &'t Node) -> Option<String> {
    let tree = work.tree;
    if let Some(topic) = work.take(holder, "topic") {
        work.take(holder, "type");
        return work.dynamic(node, topic);
    }
    if let Some(connector) = tree.extensions(holder, "connector").next() {
        return connector_type(work, node, connector);
    }
    for name in ["class", "delegateExpression", "expression"] {
        if let Some(value) = work.take(holder, name) {
            let job_type = bean(value);
            work.review(
                node,
                format!("`{value}` becomes a job of type `{job_type}`; write a worker that does it."),
            );
            return Some(job_type);
        }
    }
    if work.take(holder, "type").is_some() {
        work.put_back(holder, "type", "The external task names no `camunda:topic`.");
    }
    None
}

/// `${shipping.send(order)}` is `shipping.send`.
pub(super) fn bean(value: &str) -> String {
    let inside =
        value.trim().trim_start_matches(['$', '#']).trim_start_matches('{').trim_end_matches('}').trim();
    let end = inside.find(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '_' | '$' | '-'));
    let name = inside[..end.unwrap_or(inside.len())].trim_end_matches('.');
    if name.is_empty() { "expression".to_owned() } else { name.to_owned() }
}

fn connector_type<'t>(work: &mut Work<'t>, node: &'t Node, connector: &'t Node) -> Option<String> {
    let tree = work.tree;
    let id = tree.camunda_child(connector, "connectorId").map(|id| id.text.trim().to_owned());
    if let Some(mappings) = tree.camunda_child(connector, "inputOutput") {
        super::io::mappings(work, node, mappings);
    }
    work.take_element(connector);
    let id = id.filter(|id| !id.is_empty())?;
    work.review(
        node,
        format!("The connector `{id}` becomes a job of that type; choose one of hosk's connectors for it."),
    );
    Some(id)
}

/// Field injection: constants become headers.
fn fields<'t>(work: &mut Work<'t>, node: &'t Node, holder: &'t Node) {
    let tree = work.tree;
    for field in tree.extensions(holder, "field") {
        let nested = |tag| tree.camunda_child(field, tag).map(|child| child.text.trim());
        let text = field.value("stringValue").or_else(|| nested("string"));
        let expression = field.value("expression").or_else(|| nested("expression"));
        let Some(name) = field.value("name") else { continue };
        let value = match (text, expression.map(juel::translate)) {
            (Some(text), _) => text.to_owned(),
            (None, Some(Ok(Translated::Literal(text)))) => text,
            (None, Some(Ok(Translated::Feel(feel)))) => {
                work.input(node, format!("={feel}"), name);
                work.take_element(field);
                continue;
            }
            (None, Some(Err(_)) | None) => continue,
        };
        work.header(node, name, value);
        work.take_element(field);
    }
}

/// `R3/PT10M` is three tries, ten minutes apart.
pub(super) fn retries<'t>(work: &mut Work<'t>, node: &'t Node) -> Option<String> {
    let tree = work.tree;
    let cycle = tree.extensions(node, "failedJobRetryTimeCycle").next()?;
    let text = cycle.text.trim();
    let (count, pause) = text.strip_prefix('R')?.split_once('/')?;
    let count: u32 = count.parse().ok()?;
    work.take_element(cycle);
    if pause.starts_with('P') {
        work.header(node, "retryBackoff", pause);
    }
    Some(count.to_string())
}

fn decision<'t>(work: &mut Work<'t>, node: &'t Node) -> bool {
    let Some(reference) = work.take(node, "decisionRef") else { return false };
    let Some(id) = work.dynamic(node, reference) else { return true };
    let variable = work.take(node, "resultVariable").unwrap_or("decisionResult");
    let mut called = Zeebe::new("calledDecision").with("decisionId", id).with("resultVariable", variable);
    called =
        binding(work, node, called, ["decisionRefBinding", "decisionRefVersion", "decisionRefVersionTag"]);
    match work.take(node, "mapDecisionResult") {
        None | Some("resultList") => {
            work.review(node, format!("`{variable}` is the decision's result itself, not a list of rows, unless its hit policy collects."));
        }
        Some(_) => {}
    }
    work.add(node, called);
    true
}

/// Which version: `camunda:*Binding`, `…Version`, `…VersionTag`.
pub(super) fn binding<'t>(
    work: &mut Work<'t>,
    node: &'t Node,
    element: Zeebe,
    [binding, version, tag]: [&str; 3],
) -> Zeebe {
    let kind = work.take(node, binding);
    let version_tag = work.take(node, tag);
    match (kind, version_tag) {
        (Some("deployment"), _) => element.with("bindingType", "deployment"),
        (Some("versionTag"), Some(version_tag)) => {
            element.with("bindingType", "versionTag").with("versionTag", version_tag)
        }
        (Some("version"), _) => {
            let number = work.take(node, version).unwrap_or_default().to_owned();
            work.review(
                node,
                format!(
                    "It was bound to version {number}; it is bound to the newest now. Use a version tag."
                ),
            );
            element
        }
        _ => element,
    }
}

/// Scripts: FEEL and JUEL are FEEL; other languages are left to a worker.
pub(super) fn script<'t>(work: &mut Work<'t>, node: &'t Node) {
    let wrapper = work.tree.bpmn_child(node, "extensionElements");
    if wrapper.is_some_and(|w| {
        work.tree.children(w).any(|child| matches!(&*child.tag, "script" | "taskDefinition"))
    }) {
        return;
    }
    let format = node.value("scriptFormat").unwrap_or_default().to_owned();
    let script = work.tree.bpmn_child(node, "script").filter(|script| !script.text.trim().is_empty());
    let resource = work.take(node, "resource");
    let variable = work.take(node, "resultVariable");
    let feel = script.and_then(|script| as_feel(&format, &script.text));
    if let Some(feel) = feel {
        let variable = variable.unwrap_or("result");
        work.add(
            node,
            Zeebe::new("script").with("expression", format!("={feel}")).with("resultVariable", variable),
        );
        work.take_plain(node, "scriptFormat");
        if let Some(script) = script {
            work.edits.delete_element(&work.source.text, &script.span);
        }
        return;
    }
    if format.is_empty() && script.is_none() && resource.is_none() {
        return;
    }
    let retries = retries(work, node);
    work.add(node, Zeebe::new("taskDefinition").with("type", SCRIPT_JOB).with_some("retries", retries));
    work.header(node, "language", format.clone());
    if let Some(resource) = resource {
        work.header(node, "resource", resource);
    }
    if let Some(script) = script {
        work.header(node, "script", script.text.trim());
    }
    if let Some(variable) = variable {
        work.header(node, "resultVariable", variable);
    }
    work.review(node, format!("The script in `{format}` becomes a job of type `{SCRIPT_JOB}` with the script as a header: write it in FEEL, or write a worker."));
}

/// A script as FEEL, when it is FEEL or simple JUEL.
pub(super) fn as_feel(format: &str, text: &str) -> Option<String> {
    let format = format.to_ascii_lowercase();
    if format.contains("feel") {
        return Some(text.trim().trim_start_matches('=').trim().to_owned());
    }
    if !format.contains("juel") {
        return None;
    }
    match juel::translate(text) {
        Ok(Translated::Feel(feel)) => Some(feel),
        Ok(Translated::Literal(text)) => juel::expression(&text).ok(),
        Err(_) => None,
    }
}
