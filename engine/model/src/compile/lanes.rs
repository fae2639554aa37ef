//! Lanes as roles (BPMN 10.7): the innermost named lane is the default candidate group of the user tasks in it.

use hosk_feel::{Expression, Names};

use super::context::Context;
use super::values::string_literal;
use crate::definition::Dynamic;
use crate::diagnostic_code::DiagnosticCode;

/// Notes for every flow node the group of the lane it stands in. Inner lanes come later in the document, so they win.
pub(super) fn register(cx: &mut Context<'_>) {
    let doc = cx.doc;
    for lane in doc.nodes().iter().filter(|n| n.is_bpmn("lane")) {
        let group = lane.value("name").and_then(group);
        for reference in doc.bpmn_children(lane, "flowNodeRef") {
            let Some(id) = reference.trimmed_text() else { continue };
            let Some(node) = cx.resolve(id) else {
                let message =
                    format!("The {} names the flow node `{id}`, which is not in the file.", cx.label(lane));
                let remedy = "Remove the `flowNodeRef`, or restore the element.";
                cx.error(DiagnosticCode::DanglingReference, reference, message, remedy);
                continue;
            };
            if let (Some(group), Some(node_id)) = (&group, node.id()) {
                cx.lane_groups.insert(node_id, group.clone());
            }
        }
    }
}

/// A name as a candidate group. Static groups are comma separated, so a name with a comma becomes a FEEL list.
fn group(name: &str) -> Option<Dynamic> {
    if !name.contains(',') {
        return Some(Dynamic::Static(name.into()));
    }
    let list = format!("[{}]", string_literal(name));
    Expression::compile(&list, &Names::default()).ok().map(Dynamic::Expression)
}
