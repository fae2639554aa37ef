//! What can be activated in an ad-hoc sub-process, described for whoever chooses: people, programs, agents.
//!
//! Each element with its name, documentation, `zeebe:properties`, and as parameters the calls of `fromAi` in its input
//! mappings: the values that whoever chooses it is to give.

use hosk_feel::{Argument, Environment, Expression, Json, Names};
use serde_json::{Map, Value, json};

use super::context::Context;
use super::extensions::parts;
use super::slots::Slots;
use crate::definition::{Dynamic, Element, ElementKind, Mapping, ProcessDefinition};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::{Located, Namespace, Node};

/// The function that marks what whoever chooses an element is to give.
const FROM_AI: &str = "fromAi";

/// The parameters of that function, in order.
const PARAMETERS: [&str; 5] = ["value", "description", "type", "schema", "options"];

/// Describes what can be activated in each ad-hoc sub-process.
pub(super) fn describe<'d>(cx: &mut Context<'d>, definition: &mut ProcessDefinition, slots: &Slots<'d>) {
    let is_ad_hoc = |element: &&Element| matches!(element.kind, ElementKind::AdHocSubProcess(_));
    let ad_hoc: Vec<_> = definition.elements.iter().filter(is_ad_hoc).map(|element| element.index).collect();
    for index in ad_hoc {
        let starts = definition.element(index).contents.starts.clone();
        let described: Vec<Value> = starts
            .iter()
            .map(|start| described(cx, definition.element(*start), slots.nodes[start.0 as usize]))
            .collect();
        if let ElementKind::AdHocSubProcess(ad_hoc) = &mut definition.elements[index.0 as usize].kind {
            ad_hoc.described = Json::from(Value::from(described));
        }
    }
}

fn described<'d>(cx: &mut Context<'d>, element: &Element, node: &'d Node) -> Value {
    let mut parameters = Vec::new();
    for Mapping { source, .. } in &element.inputs {
        let Dynamic::Expression(expression) = source else { continue };
        for call in expression.calls(FROM_AI) {
            parameters.extend(parameter(cx, node, &call));
        }
    }
    json!({
        "elementId": &*element.id,
        "elementName": element.name.as_deref(),
        "documentation": element.documentation.as_deref(),
        "properties": properties(cx, node),
        "parameters": parameters,
    })
}

/// Names and values; an empty value counts as none.
fn properties<'d>(cx: &Context<'d>, node: &'d Node) -> Value {
    let doc = cx.doc;
    let lists = doc
        .bpmn_children(node, "extensionElements")
        .flat_map(|wrapper| doc.children(wrapper))
        .filter(|child| child.namespace == Namespace::Zeebe && &*child.tag == "properties");
    let mut properties = Map::new();
    for property in lists.flat_map(|list| parts(cx, list, "property")) {
        let value = property.attribute("value").map(Located::value).filter(|value| !value.is_empty());
        if let Some(name) = property.value("name") {
            properties.insert(name.to_owned(), value.map_or(Value::Null, Value::from));
        }
    }
    Value::Object(properties)
}

/// One parameter. Its first argument names it by a path; the others are constants, or null where they are left out.
fn parameter<'d>(cx: &mut Context<'d>, node: &'d Node, call: &[Argument]) -> Option<Value> {
    let argument = |place: usize| {
        let is_meant = |at: usize, one: &Argument| match &one.name {
            Some(name) => **name == *PARAMETERS[place],
            None => at == place,
        };
        call.iter().enumerate().find(|(at, one)| is_meant(*at, one)).map(|(_, one)| one)
    };
    let Some(name) = argument(0).and_then(|value| value.path.as_deref()) else {
        let message = format!(
            "A call of `{FROM_AI}` in the input mappings of the {} names no parameter.",
            cx.label(node)
        );
        let remedy = "Write a path as its first argument, such as `fromAi(toolCall.city)`.";
        cx.warn(DiagnosticCode::InvalidAttribute, node, message, remedy);
        return None;
    };
    let mut parameter = Map::from_iter([("name".to_owned(), Value::from(name))]);
    for (place, word) in PARAMETERS.iter().enumerate().skip(1) {
        let value = match argument(place) {
            None => Value::Null,
            Some(written) => constant(&written.text).unwrap_or_else(|| {
                let message = format!(
                    "`{word}` of `{FROM_AI}({name})` in the input mappings of the {} is no constant, so it is left out of \
                     what is told about that parameter.",
                    cx.label(node)
                );
                let remedy = "Write a text, or for `schema` and `options` a context, that reads no variable.";
                cx.warn(DiagnosticCode::InvalidAttribute, node, message, remedy);
                Value::Null
            }),
        };
        parameter.insert((*word).to_owned(), value);
    }
    Some(Value::Object(parameter))
}

/// The value of a text that reads no variable.
fn constant(text: &str) -> Option<Value> {
    let expression = Expression::compile(text, &Names::default()).ok()?;
    let known = expression.variables().is_empty();
    let outcome = known.then(|| expression.evaluate(&(), &Environment::at(0)).ok()).flatten()?;
    Some(outcome.value.to_json().value().clone())
}
