//! Data associations (BPMN 10.3.2) as mappings: `sourceRef` to `targetRef`, through a `transformation`, or by
//! `assignment`s of an expression to a part of the target.

use std::sync::Arc;

use hosk_feel::{Expression, Names};

use super::variable_of;
use crate::compile::context::Context;
use crate::compile::values::is_variable_name;
use crate::definition::{Dynamic, Mapping};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// Input and output mappings of an element's associations, in document order.
pub(super) fn of<'d>(cx: &mut Context<'d>, node: &'d Node) -> (Vec<Mapping>, Vec<Mapping>) {
    let doc = cx.doc;
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    for association in doc.children(node) {
        if association.is_bpmn("dataInputAssociation") {
            inputs.extend(mappings(cx, association));
        } else if association.is_bpmn("dataOutputAssociation") {
            outputs.extend(mappings(cx, association));
        }
    }
    (inputs, outputs)
}

/// Whether an association says what goes where; else it only shows that something is read or written.
pub(super) fn moves<'d>(cx: &Context<'d>, association: &'d Node) -> bool {
    let doc = cx.doc;
    let target = doc.bpmn_child(association, "targetRef").and_then(Node::trimmed_text);
    let has_target = target.is_some_and(|t| cx.resolve(t).is_none_or(|node| variable_of(cx, node).is_some()));
    let mut sources = doc.bpmn_children(association, "sourceRef").filter_map(Node::trimmed_text);
    let is_store = |source: &str| cx.resolve(source).is_some_and(|node| node.is_bpmn("dataStoreReference"));
    let says_how = doc.children(association).any(|c| c.is_bpmn("assignment") || c.is_bpmn("transformation"));
    has_target && (says_how || sources.next().is_some_and(|first| !is_store(first) && !sources.any(is_store)))
}

fn mappings<'d>(cx: &mut Context<'d>, association: &'d Node) -> Vec<Mapping> {
    if !moves(cx, association) {
        return check_ends(cx, association);
    }
    let doc = cx.doc;
    let sources: Vec<Option<Arc<str>>> =
        doc.bpmn_children(association, "sourceRef").map(|source| end(cx, source)).collect();
    let Some(target_node) = doc.bpmn_child(association, "targetRef") else { return Vec::new() };
    let Some(target) = end(cx, target_node) else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(transformation) = doc.bpmn_child(association, "transformation") {
        let source = cx.formal_expression(transformation).map(Dynamic::Expression);
        found.extend(source.map(|source| Mapping { source, target: vec![Arc::clone(&target)] }));
    } else if doc.bpmn_child(association, "assignment").is_none() {
        match &sources[..] {
            [Some(source)] => found.extend(copy(source, &target)),
            [_] => {}
            _ => {
                let message =
                    format!("A data association of the {} has several sources.", cx.owner_label(association));
                let remedy =
                    "Say in a `transformation` how the target is made of them, or draw one for each.";
                cx.error(DiagnosticCode::InvalidReference, association, message, remedy);
            }
        }
    }
    for assignment in doc.bpmn_children(association, "assignment") {
        found.extend(assigned(cx, assignment, target_node, &target));
    }
    found
}

/// What a picture refers to must be there, too.
fn check_ends<'d>(cx: &mut Context<'d>, association: &'d Node) -> Vec<Mapping> {
    let doc = cx.doc;
    for reference in doc.children(association).filter(|c| c.is_bpmn("sourceRef") || c.is_bpmn("targetRef")) {
        if reference.trimmed_text().is_some_and(|id| cx.resolve(id).is_none()) {
            end(cx, reference);
        }
    }
    Vec::new()
}

/// `source` as it is.
fn copy(source: &str, target: &Arc<str>) -> Option<Mapping> {
    let expression = Expression::compile(source, &Names::default()).ok()?;
    Some(Mapping { source: Dynamic::Expression(expression), target: vec![Arc::clone(target)] })
}

/// The variable at one end of an association.
fn end<'d>(cx: &mut Context<'d>, reference: &'d Node) -> Option<Arc<str>> {
    let id = reference.trimmed_text()?;
    let owner = cx.owner_label(reference);
    let Some(node) = cx.resolve(id) else {
        let message =
            format!("A data association of the {owner} refers to `{id}`, which is not in the file.");
        let remedy =
            "Refer to a data object, property, data input or data output, or remove the association.";
        cx.error(DiagnosticCode::DanglingReference, reference, message, remedy);
        return None;
    };
    let Some(variable) = variable_of(cx, node) else {
        let message = format!(
            "A data association of the {owner} refers to the {}, which holds no data.",
            cx.label(node)
        );
        let remedy = "Refer to a data object, property, data input or data output.";
        cx.error(DiagnosticCode::InvalidReference, reference, message, remedy);
        return None;
    };
    if !is_visible(cx, node, reference) {
        let message = format!(
            "A data association of the {owner} refers to the {}, which is of another scope.",
            cx.label(node)
        );
        let remedy = "Put the data into a process or sub-process around both, or pass it on step by step.";
        cx.error(DiagnosticCode::InvalidReference, reference, message, remedy);
        return None;
    }
    Some(variable)
}

/// Data is visible where it stands and in everything inside (10.3.1).
fn is_visible<'d>(cx: &Context<'d>, data: &'d Node, from: &'d Node) -> bool {
    let mut owner = cx.doc.parent(data);
    while let Some(node) = owner.filter(|n| n.is_bpmn("ioSpecification")) {
        owner = cx.doc.parent(node);
    }
    let Some(owner) = owner else { return false };
    std::iter::successors(Some(from), |node| cx.doc.parent(node)).any(|node| node.index == owner.index)
}

/// One `assignment`: `from` is an expression, `to` the target or a part of it, such as `order.total`.
fn assigned<'d>(
    cx: &mut Context<'d>,
    assignment: &'d Node,
    target_node: &'d Node,
    target: &Arc<str>,
) -> Option<Mapping> {
    let doc = cx.doc;
    let [from, to] =
        ["from", "to"].map(|tag| doc.bpmn_child(assignment, tag).filter(|n| n.trimmed_text().is_some()));
    let (Some(from), Some(to)) = (from, to) else {
        let message = format!("An assignment of the {} lacks `from` or `to`.", cx.owner_label(assignment));
        let remedy = "Write the value into `from`, and where it goes into `to`.";
        cx.error(DiagnosticCode::MissingAttribute, assignment, message, remedy);
        return None;
    };
    let source = cx.formal_expression(from).map(Dynamic::Expression);
    let path = to.trimmed_text()?.trim_start_matches('=').trim();
    let mut members = path.split('.').map(str::trim);
    let first = members.next()?;
    let is_target = first == &**target || Some(first) == target_node.trimmed_text();
    let rest: Vec<Arc<str>> = members.map(Arc::from).collect();
    if !is_target || !rest.iter().all(|member| is_variable_name(member)) {
        let message = format!(
            "An assignment of the {} goes to `{}`, which is not its target `{target}` or a part of it.",
            cx.owner_label(assignment),
            crate::compile::quoted(path, crate::limits::MAX_QUOTED)
        );
        let remedy = format!("Write `{target}`, or a part of it such as `{target}.amount`.");
        cx.error(DiagnosticCode::InvalidAttribute, to, message, remedy);
        return None;
    }
    Some(Mapping { source: source?, target: std::iter::once(Arc::clone(target)).chain(rest).collect() })
}

/// The one source that an association copies into a data input, or the target it copies a data output to.
pub(super) fn source_of<'d>(cx: &Context<'d>, data: &'d Node) -> Option<Arc<str>> {
    let doc = cx.doc;
    let (association, from, to) = match &*data.tag {
        "dataInput" => ("dataInputAssociation", "targetRef", "sourceRef"),
        "dataOutput" => ("dataOutputAssociation", "sourceRef", "targetRef"),
        _ => return None,
    };
    let activity = doc.parent(doc.parent(data)?)?;
    let found = doc.bpmn_children(activity, association).find(|a| {
        let end = doc.bpmn_child(a, from).and_then(Node::trimmed_text);
        end.and_then(|id| cx.resolve(id)).is_some_and(|node| node.index == data.index)
    })?;
    variable_of(cx, cx.resolve(doc.bpmn_child(found, to)?.trimmed_text()?)?)
}
