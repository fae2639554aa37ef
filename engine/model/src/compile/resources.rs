//! Resource roles (BPMN 10.3.1, 10.3.4): who does a user task, where no `zeebe:assignmentDefinition` says it.
//!
//! `humanPerformer` and `performer` are the assignee, `potentialOwner` the candidates. Each names a resource
//! (`resourceRef`), or has a `resourceAssignmentExpression`: FEEL when it starts with `=` or names FEEL as its
//! language, else names with commas between, of which `user(anna)` is a person and `sales` or `group(sales)` a group.
//!
//! Not implemented: `resourceParameterBinding`, a query of an organisation's directory; refused.

use hosk_feel::{Expression, Names};

use super::context::Context;
use crate::definition::{Dynamic, NativeUserTask};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

const ROLES: [&str; 4] = ["humanPerformer", "performer", "potentialOwner", "resourceRole"];

/// Fills in assignee and candidates from the roles of a user task.
pub(super) fn assign<'d>(cx: &mut Context<'d>, node: &'d Node, task: &mut NativeUserTask) {
    let doc = cx.doc;
    let (mut groups, mut users) = (Vec::new(), Vec::new());
    for role in doc.children(node).filter(|c| ROLES.iter().any(|tag| c.is_bpmn(tag))) {
        let Some(who) = who(cx, role) else { continue };
        match &*role.tag {
            "potentialOwner" => candidates(who, &mut groups, &mut users),
            "humanPerformer" | "performer" if task.assignee.is_none() => task.assignee = Some(person(who)),
            _ => without_effect(cx, role),
        }
    }
    task.candidate_groups = all(cx, node, groups);
    task.candidate_users = all(cx, node, users);
}

/// Roles of activities that no person does mean nothing.
pub(super) fn check<'d>(cx: &mut Context<'d>, node: &'d Node) {
    let doc = cx.doc;
    for role in doc.children(node).filter(|c| ROLES.iter().any(|tag| c.is_bpmn(tag))) {
        without_effect(cx, role);
    }
}

fn without_effect<'d>(cx: &mut Context<'d>, role: &'d Node) {
    let message = format!("The {} assigns nobody.", cx.label(role));
    let remedy = "Remove it, or make it the `humanPerformer` or a `potentialOwner` of a user task.";
    cx.warn(DiagnosticCode::ExtensionWithoutEffect, role, message, remedy);
}

fn who<'d>(cx: &mut Context<'d>, role: &'d Node) -> Option<Dynamic> {
    let doc = cx.doc;
    if let Some(binding) = doc.bpmn_child(role, "resourceParameterBinding") {
        let message =
            format!("The {} asks for a resource by parameters, which is not executed.", cx.label(role));
        let remedy = "Name the resource, or write a FEEL expression that gives the person or the groups.";
        cx.error(DiagnosticCode::UnsupportedElement, binding, message, remedy);
        return None;
    }
    if let Some(reference) = doc.bpmn_child(role, "resourceRef") {
        let id = reference.trimmed_text()?;
        let Some(resource) = cx.resolve(id).filter(|node| node.is_bpmn("resource")) else {
            let message =
                format!("The {} refers to `{id}`, which is no resource of the file.", cx.label(role));
            cx.error(
                DiagnosticCode::DanglingReference,
                reference,
                message,
                "Declare the resource, or name another.",
            );
            return None;
        };
        return resource.value("name").or(resource.id()).map(|name| Dynamic::Static(name.into()));
    }
    let holder = doc.bpmn_child(role, "resourceAssignmentExpression")?;
    let expression = ["formalExpression", "expression"].iter().find_map(|tag| doc.bpmn_child(holder, tag));
    let expression = expression.unwrap_or(holder);
    let text = expression.trimmed_text()?;
    if text.starts_with('=') || expression.value("language").is_some() {
        return cx.formal_expression(expression).map(Dynamic::Expression);
    }
    Some(Dynamic::Static(text.into()))
}

/// `user(anna)` is Anna.
fn person(who: Dynamic) -> Dynamic {
    match who {
        Dynamic::Static(text) => {
            let name = inside(&text, "user").unwrap_or(&text);
            Dynamic::Static(name.into())
        }
        expression @ Dynamic::Expression(_) => expression,
    }
}

fn candidates(who: Dynamic, groups: &mut Vec<Dynamic>, users: &mut Vec<Dynamic>) {
    let Dynamic::Static(text) = &who else { return groups.push(who) };
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match inside(name, "user") {
            Some(user) => users.push(Dynamic::Static(user.into())),
            None => groups.push(Dynamic::Static(inside(name, "group").unwrap_or(name).into())),
        }
    }
}

fn inside<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    text.trim().strip_prefix(word)?.trim_start().strip_prefix('(')?.strip_suffix(')').map(str::trim)
}

/// Several candidates as one: names with commas between, or the one expression there is.
fn all<'d>(cx: &mut Context<'d>, node: &'d Node, mut found: Vec<Dynamic>) -> Option<Dynamic> {
    if found.len() < 2 {
        return found.pop();
    }
    let names: Vec<&str> = found
        .iter()
        .filter_map(|one| match one {
            Dynamic::Static(name) => Some(&**name),
            Dynamic::Expression(_) => None,
        })
        .collect();
    if names.len() == found.len() {
        return Some(Dynamic::Static(names.join(",").into()));
    }
    let parts: Vec<String> = found
        .iter()
        .map(|one| match one {
            Dynamic::Static(name) => super::values::string_literal(name),
            Dynamic::Expression(expression) => format!("({})", expression.text()),
        })
        .collect();
    let list = format!("flatten([{}])", parts.join(", "));
    if let Ok(expression) = Expression::compile(&list, &Names::default()) {
        return Some(Dynamic::Expression(expression));
    }
    let message = format!("The potential owners of the {} cannot be put into one list.", cx.label(node));
    cx.error(
        DiagnosticCode::InvalidAttribute,
        node,
        message,
        "Write one potential owner whose expression is a list.",
    );
    None
}
