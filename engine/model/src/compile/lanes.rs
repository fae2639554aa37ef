//! Lanes as roles (BPMN 10.7): the innermost named lane is the default candidate group of the user tasks in it.

use super::context::Context;
use crate::diagnostic_code::DiagnosticCode;

/// Notes for every flow node the lane it stands in. Inner lanes come later in the document, so they win.
pub(super) fn register(cx: &mut Context<'_>) {
    let doc = cx.doc;
    for lane in doc.nodes().iter().filter(|n| n.is_bpmn("lane")) {
        for reference in doc.bpmn_children(lane, "flowNodeRef") {
            let Some(id) = reference.trimmed_text() else { continue };
            match cx.resolve(id) {
                Some(node) => {
                    if let (Some(name), Some(node_id)) = (lane.value("name"), node.id()) {
                        cx.lanes.insert(node_id, name.into());
                    }
                }
                None => {
                    let message = format!(
                        "The {} names the flow node `{id}`, which is not in the file.",
                        cx.label(lane)
                    );
                    let remedy = "Remove the `flowNodeRef`, or restore the element.";
                    cx.error(DiagnosticCode::DanglingReference, reference, message, remedy);
                }
            }
        }
    }
}
