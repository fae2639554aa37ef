//! User tasks: who, by when, how urgent, with which form; and the forms of start events.

use super::element::Zeebe;
use super::tree::Node;
use super::work::Work;
use super::{forms, jobs, listeners};
use crate::timer::parse_date;
use crate::xml::Namespace;

pub(super) fn user_task<'t>(work: &mut Work<'t>, node: &'t Node) {
    let tree = work.tree;
    let wrapped =
        || tree.children(node).filter(|c| c.is_bpmn("extensionElements")).flat_map(|w| tree.children(w));
    let is_seven = node.attributes.iter().any(|a| a.namespace == Namespace::CamundaSeven)
        || wrapped().any(|child| child.namespace == Namespace::CamundaSeven);
    if is_seven && !wrapped().any(|child| child.namespace == Namespace::Zeebe && child.tag == "userTask") {
        work.add(node, Zeebe::new("userTask"));
    }
    let mut assignment = Zeebe::new("assignmentDefinition");
    for name in ["assignee", "candidateGroups", "candidateUsers"] {
        if let Some(text) = work.take(node, name) {
            let value = work.dynamic(node, text);
            assignment = assignment.with_some(name, value);
        }
    }
    let mut schedule = Zeebe::new("taskSchedule");
    for name in ["dueDate", "followUpDate"] {
        if let Some(text) = work.take(node, name) {
            let value = date(work, node, name, text);
            schedule = schedule.with_some(name, value);
        }
    }
    for element in [assignment, schedule] {
        if !element.is_bare() {
            work.add(node, element);
        }
    }
    priority(work, node);
    form(work, node);
    listeners::task(work, node);
}

pub(super) fn start_event<'t>(work: &mut Work<'t>, node: &'t Node) {
    form(work, node);
}

fn date<'t>(work: &mut Work<'t>, node: &'t Node, name: &str, text: &str) -> Option<String> {
    let value = work.dynamic(node, text)?;
    if value.starts_with('=') || parse_date(&value).is_ok() {
        return Some(value);
    }
    let in_utc = format!("{value}Z");
    if parse_date(&in_utc).is_ok() {
        work.review(node, format!("`{name}` names no time zone; it is taken as UTC."));
        return Some(in_utc);
    }
    work.put_back(node, name, format!("`{name}` is `{value}`, which is no date and time."));
    None
}

fn priority<'t>(work: &mut Work<'t>, node: &'t Node) {
    let Some(text) = work.take(node, "priority") else { return };
    let Some(value) = work.dynamic(node, text) else { return };
    if value.starts_with('=') || value.parse::<u8>().is_ok_and(|number| number <= 100) {
        work.add(node, Zeebe::new("priorityDefinition").with("priority", value));
    } else {
        work.put_back(node, "priority", format!("The priority is `{value}`; it goes from 0 to 100."));
    }
}

/// `formRef`, `formKey` or `formData`.
fn form<'t>(work: &mut Work<'t>, node: &'t Node) {
    let tree = work.tree;
    if let Some(reference) = work.take(node, "formRef") {
        let form = Zeebe::new("formDefinition").with("formId", reference);
        let form = jobs::binding(work, node, form, ["formRefBinding", "formRefVersion", "formRefVersionTag"]);
        work.add(node, form);
    } else if let Some(key) = work.take(node, "formKey") {
        let form = by_key(work, node, key);
        work.add(node, form);
    } else if let Some(data) = tree.extensions(node, "formData").next() {
        let element = node.value("id").unwrap_or("form");
        let form = forms::form(work, data, element);
        let id = form.file.trim_end_matches(".form").to_owned();
        work.forms.push(form);
        work.take_element(data);
        work.add(node, Zeebe::new("formDefinition").with("formId", id));
    }
}

/// A form file of the deployment is a form of hosk; anything else a client has to know.
fn by_key(work: &mut Work<'_>, node: &Node, key: &str) -> Zeebe {
    let form = Zeebe::new("formDefinition");
    let file = key.strip_prefix("camunda-forms:").map(|path| path.rsplit(['/', ':']).next().unwrap_or(path));
    if let Some(file) = file {
        let id = file.trim_end_matches(".form").to_owned();
        work.review(node, format!("The form of `{key}` is taken to have the id `{id}`."));
        return form.with("formId", id);
    }
    work.review(node, format!("The form `{key}` is a reference that only your own client can follow."));
    form.with("externalReference", key)
}
