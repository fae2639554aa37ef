//! `startQuantity` and `completionQuantity` of activities (BPMN 10.3, table 10.3).

use super::context::Context;
use super::element::ACTIVITIES;
use crate::definition::Quantities;
use crate::diagnostic_code::DiagnosticCode;
use crate::limits::MAX_QUANTITY;
use crate::xml::Node;

pub(super) fn of<'d>(cx: &mut Context<'d>, node: &'d Node) -> Quantities {
    if !ACTIVITIES.contains(&&*node.tag) {
        return Quantities::default();
    }
    Quantities {
        start: quantity(cx, node, "startQuantity"),
        completion: quantity(cx, node, "completionQuantity"),
    }
}

fn quantity<'d>(cx: &mut Context<'d>, node: &'d Node, attribute: &str) -> u32 {
    let Some(text) = node.value(attribute) else { return 1 };
    text.trim().parse().ok().filter(|n| (1..=MAX_QUANTITY).contains(n)).unwrap_or_else(|| {
        let message = format!("`{attribute}=\"{text}\"` of the {} is no number of tokens.", cx.label(node));
        let remedy = format!("Write a whole number from 1 to {MAX_QUANTITY}.");
        cx.error_at(DiagnosticCode::InvalidAttribute, node, attribute, message, remedy);
        1
    })
}
