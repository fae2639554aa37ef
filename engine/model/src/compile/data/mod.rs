//! Data of standard BPMN (10.3): what is drawn as data becomes variables and mappings.
//!
//! - A data object or property is a variable of the process, sub-process, activity or event it stands in, called by its
//!   name, or by its id where the name is no variable name.
//! - Data inputs and outputs are variables of their activity. A data association is an input or output mapping; those
//!   of `zeebe:ioMapping` come after it.
//! - Input and output sets say which of them must be there; see [`sets`].
//! - A data store stands outside of the process (10.3.1): it, and every association that only points, is a picture.
//!
//! Not implemented: streaming (`whileExecutingInputRefs`), refused.

mod associations;
mod sets;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::context::Context;
use super::element::Body;
use super::values::is_variable_name;
use crate::definition::{ElementData, ElementKind};
use crate::xml::{Node, NodeIndex};

/// What the data of a file is called.
#[derive(Default)]
pub(crate) struct DataNames {
    /// The names of data objects by themselves or by one of their references, where it is a variable name.
    names: FxHashMap<NodeIndex, Arc<str>>,
    /// Data objects that an association reads or writes.
    moved: FxHashSet<NodeIndex>,
}

/// The name that modelers give to a property that only makes a data association well-formed.
const PLACEHOLDER: &str = "__targetRef_placeholder";

/// Notes the names of data objects, which may stand at their references, and which of them are more than a picture.
pub(super) fn register(cx: &mut Context<'_>) {
    let doc = cx.doc;
    for node in doc.nodes() {
        if node.is_bpmn("dataObject") || node.is_bpmn("dataObjectReference") {
            let object = object_of(cx, node);
            let name = node.value("name").filter(|name| is_variable_name(name));
            if let (Some(object), Some(name)) = (object, name) {
                // The object's own name wins over those of its references, which often tell its state.
                if object.index == node.index {
                    cx.data.names.insert(object.index, name.into());
                } else {
                    cx.data.names.entry(object.index).or_insert_with(|| name.into());
                }
            }
        } else if node.is_bpmn("dataInputAssociation") || node.is_bpmn("dataOutputAssociation") {
            let ends: Vec<&Node> =
                doc.children(node).filter(|c| c.is_bpmn("sourceRef") || c.is_bpmn("targetRef")).collect();
            let objects = ends.iter().filter_map(|end| object_of(cx, cx.resolve(end.trimmed_text()?)?));
            let objects: Vec<NodeIndex> = objects.map(|object| object.index).collect();
            if associations::moves(cx, node) {
                cx.data.moved.extend(objects);
            }
        }
    }
}

/// The data object that a data object or reference stands for.
fn object_of<'d>(cx: &Context<'d>, node: &'d Node) -> Option<&'d Node> {
    match &*node.tag {
        "dataObject" => Some(node),
        "dataObjectReference" => {
            cx.resolve(node.value("dataObjectRef")?).filter(|object| object.is_bpmn("dataObject"))
        }
        _ => None,
    }
}

/// Adds what an element's data says to its body. Elements that are not executed have no use for any.
pub(super) fn add<'d>(cx: &mut Context<'d>, node: &'d Node, body: &mut Body) {
    if matches!(body.kind, ElementKind::NotExecuted { .. } | ElementKind::SequenceFlow) {
        return;
    }
    let (mut inputs, mut outputs) = associations::of(cx, node);
    inputs.append(&mut body.inputs);
    outputs.append(&mut body.outputs);
    (body.inputs, body.outputs) = (inputs, outputs);
    body.data = ElementData {
        // Whatever is not declared goes to the process, so it need not declare anything.
        declared: if node.is_bpmn("process") { Vec::new() } else { declared(cx, node) },
        input_sets: sets::inputs(cx, node),
        output_sets: sets::outputs(cx, node),
    };
}

/// The variables that a sub-process, activity or event has of its own.
fn declared<'d>(cx: &Context<'d>, node: &'d Node) -> Vec<Arc<str>> {
    let doc = cx.doc;
    let own = doc.children(node).filter(|child| match &*child.tag {
        "property" => child.value("name") != Some(PLACEHOLDER),
        "dataObject" => cx.data.names.contains_key(&child.index) || cx.data.moved.contains(&child.index),
        _ => false,
    });
    own.filter_map(|child| variable_of(cx, child)).collect()
}

/// The variable that a data element stands for; none for pictures.
fn variable_of<'d>(cx: &Context<'d>, node: &'d Node) -> Option<Arc<str>> {
    match &*node.tag {
        "dataObject" | "dataObjectReference" => {
            let object = object_of(cx, node)?;
            cx.data.names.get(&object.index).cloned().or_else(|| by_id(object))
        }
        "property" if node.value("name") == Some(PLACEHOLDER) => None,
        "property" | "dataInput" | "dataOutput" => {
            let name = node.value("name").filter(|name| is_variable_name(name));
            name.map(Arc::from).or_else(|| by_id(node))
        }
        _ => None,
    }
}

/// An id as a variable name: what a name may not contain becomes `_`.
fn by_id(node: &Node) -> Option<Arc<str>> {
    let id = node.id()?;
    let name: String = id.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    Some(if is_variable_name(&name) { name.into() } else { format!("_{name}").into() })
}

/// The variable of the only data output of an activity.
pub(super) fn only_output<'d>(cx: &Context<'d>, node: &'d Node) -> Option<Arc<str>> {
    let doc = cx.doc;
    let specification = doc.bpmn_child(node, "ioSpecification")?;
    let mut outputs = doc.bpmn_children(specification, "dataOutput");
    match (outputs.next(), outputs.next()) {
        (Some(only), None) => variable_of(cx, only),
        _ => None,
    }
}

/// The expression that gives the collection a multi-instance goes through, and the variable that it writes.
pub(super) fn variable_behind(cx: &Context<'_>, reference: &str) -> Option<Arc<str>> {
    let node = cx.resolve(reference)?;
    // A data input is filled for each child; what fills it is there before.
    associations::source_of(cx, node).or_else(|| variable_of(cx, node))
}
