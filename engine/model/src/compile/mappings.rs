//! `zeebe:ioMapping`: variables into an element and out of it.

use std::sync::Arc;

use super::context::Context;
use super::extensions::{Extensions, parts};
use super::values::{VARIABLE_NAME, is_variable_name};
use crate::definition::Mapping;
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// Inputs and outputs, in order. Where `inputs_allowed` is false, inputs have no effect and are reported.
pub(super) fn mappings<'d>(
    cx: &mut Context<'d>,
    extensions: &Extensions<'d>,
    inputs_allowed: bool,
) -> (Vec<Mapping>, Vec<Mapping>) {
    let Some(wrapper) = extensions.one(cx, "ioMapping") else { return (Vec::new(), Vec::new()) };
    let input_nodes = parts(cx, wrapper, "input");
    let output_nodes = parts(cx, wrapper, "output");
    if inputs_allowed {
        return (all(cx, input_nodes), all(cx, output_nodes));
    }
    if let Some(first) = input_nodes.first() {
        let message = format!("Input mappings have no effect on the {}.", cx.owner_label(first));
        let remedy = "Compute the value before the element, or in the expression that needs it.";
        cx.warn(DiagnosticCode::ExtensionWithoutEffect, first, message, remedy);
    }
    (Vec::new(), all(cx, output_nodes))
}

fn all<'d>(cx: &mut Context<'d>, nodes: Vec<&'d Node>) -> Vec<Mapping> {
    nodes.into_iter().filter_map(|node| mapping(cx, node)).collect()
}

fn mapping<'d>(cx: &mut Context<'d>, node: &'d Node) -> Option<Mapping> {
    let source = cx.required_dynamic(node, "source");
    let path = cx.required(node, "target")?;
    if !path.split('.').all(is_variable_name) {
        let message = format!("The mapping target `{path}` of the {} is no variable.", cx.owner_label(node));
        cx.error_at(DiagnosticCode::InvalidAttribute, node, "target", message, VARIABLE_NAME);
        return None;
    }
    Some(Mapping { source: source?, target: path.split('.').map(Arc::from).collect() })
}
