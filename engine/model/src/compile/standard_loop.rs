//! Standard loop characteristics (BPMN 10.3.8): the activity again, as long as a condition holds.

use super::context::Context;
use crate::definition::StandardLoop;
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

pub(super) fn compile<'d>(cx: &mut Context<'d>, node: &'d Node) -> Option<StandardLoop> {
    let doc = cx.doc;
    let test_before = cx.boolean(node, "testBefore", false);
    let written = doc.bpmn_child(node, "loopCondition").filter(|c| c.trimmed_text().is_some());
    let condition = written.and_then(|c| cx.formal_expression(c));
    let maximum = maximum(cx, node);
    if written.is_none() && node.value("loopMaximum").is_none() {
        let message =
            format!("The loop of the {} has neither a condition nor a maximum.", cx.owner_label(node));
        let remedy = "Write a `loopCondition`, such as `=tries < 3`, or set `loopMaximum`.";
        cx.error(DiagnosticCode::MissingAttribute, node, message, remedy);
        return None;
    }
    Some(StandardLoop { test_before, condition, maximum })
}

fn maximum<'d>(cx: &mut Context<'d>, node: &'d Node) -> Option<u32> {
    let text = node.value("loopMaximum")?;
    let number = text.trim().parse().ok().filter(|n| *n > 0);
    if number.is_none() {
        let message =
            format!("`loopMaximum=\"{text}\"` of the {} is no number above 0.", cx.owner_label(node));
        cx.error_at(
            DiagnosticCode::InvalidAttribute,
            node,
            "loopMaximum",
            message,
            "Write a whole number above 0.",
        );
    }
    number
}
