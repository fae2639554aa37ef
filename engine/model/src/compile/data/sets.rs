//! Input and output sets (BPMN 10.3.2): alternatives of data that must be there, in the order in which they are tried.
//!
//! A set without `optionalInputRefs` needs all of its inputs. Where no set needs anything, nothing is checked.

use std::sync::Arc;

use super::variable_of;
use crate::compile::context::Context;
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// What an activity, event or process needs to begin.
pub(super) fn inputs<'d>(cx: &mut Context<'d>, node: &'d Node) -> Vec<Vec<Arc<str>>> {
    of(cx, node, "inputSet", "dataInputRefs", "optionalInputRefs")
}

/// What it must have produced at its end.
pub(super) fn outputs<'d>(cx: &mut Context<'d>, node: &'d Node) -> Vec<Vec<Arc<str>>> {
    of(cx, node, "outputSet", "dataOutputRefs", "optionalOutputRefs")
}

fn of<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    set: &str,
    members: &str,
    optional: &str,
) -> Vec<Vec<Arc<str>>> {
    let doc = cx.doc;
    // Activities and processes have a specification, events their one set directly.
    let holder = doc.bpmn_child(node, "ioSpecification").unwrap_or(node);
    let nodes: Vec<&Node> = doc.children(holder).filter(|c| c.is_bpmn(set)).collect();
    let mut sets = Vec::new();
    for set in nodes {
        let optional: Vec<&str> =
            doc.children(set).filter(|c| c.is_bpmn(optional)).filter_map(Node::trimmed_text).collect();
        let mut needed = Vec::new();
        for reference in doc.children(set).filter(|c| c.is_bpmn(members)) {
            let Some(id) = reference.trimmed_text() else { continue };
            match cx.resolve(id).and_then(|data| variable_of(cx, data)) {
                Some(variable) if !optional.contains(&id) => needed.push(variable),
                Some(_) => {}
                None => dangling(cx, reference, id),
            }
        }
        if needed.is_empty() {
            return Vec::new();
        }
        sets.push(needed);
    }
    sets
}

fn dangling<'d>(cx: &mut Context<'d>, reference: &'d Node, id: &str) {
    let message = format!(
        "The {} refers to `{id}`, which is no data input or output of the file.",
        cx.label(reference)
    );
    let remedy = "Refer to an existing one, or remove the reference.";
    cx.error(DiagnosticCode::DanglingReference, reference, message, remedy);
}
