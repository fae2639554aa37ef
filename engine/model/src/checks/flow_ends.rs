//! `incoming` and `outgoing` of flow nodes (BPMN 8.4.13) only repeat what the sequence flows say. Where they say
//! something else, the designer may see another diagram than the one that runs.

use super::Check;
use crate::definition::ElementIndex;
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

pub(super) fn check(check: &mut Check<'_, '_>) {
    let process = check.process;
    for element in &process.elements {
        let node = check.node(element.index);
        for (tag, flows, way) in
            [("incoming", &element.incoming, "leads to it"), ("outgoing", &element.outgoing, "leaves it")]
        {
            let doc = check.cx.doc;
            for reference in doc.bpmn_children(node, tag) {
                named(check, element.index, reference, flows, way);
            }
        }
    }
}

fn named<'d>(
    check: &mut Check<'_, 'd>,
    element: ElementIndex,
    reference: &'d Node,
    flows: &[ElementIndex],
    way: &str,
) {
    let Some(id) = reference.trimmed_text() else { return };
    let named = check.cx.resolve(id);
    let fits = |node: &Node| flows.iter().any(|flow| check.node(*flow).index == node.index);
    // A flow that could not be compiled was reported.
    let unknown = |node: &Node| node.is_bpmn("sequenceFlow") && !is_compiled(check, node);
    if named.is_some_and(|node| fits(node) || unknown(node)) {
        return;
    }
    let message = format!(
        "The {} names `{id}` as {}, but no sequence flow of this id {way}.",
        check.label(element),
        reference.tag
    );
    let remedy = "Correct the ends of the sequence flow, or remove the entry: the flow's `sourceRef` and \
                  `targetRef` count.";
    check.cx.warn(DiagnosticCode::ContradictoryFlow, reference, message, remedy);
}

fn is_compiled(check: &Check<'_, '_>, node: &Node) -> bool {
    let Some(index) = node.id().and_then(|id| check.process.index_of(id)) else { return false };
    check.process.flow(index).is_some()
}
