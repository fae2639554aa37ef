//! `camunda:inputOutput` as `zeebe:ioMapping`: texts, expressions, scripts, lists and maps; and `camunda:properties`.

use super::element::Zeebe;
use super::jobs;
use super::tree::Node;
use super::work::Work;
use crate::compile::{is_variable_name, string_literal};

/// Lists and maps inside one another.
const MAX_DEPTH: usize = 16;

/// The parameters of an element.
pub(super) fn parameters<'t>(work: &mut Work<'t>, node: &'t Node) {
    let tree = work.tree;
    for mapping in tree.extensions(node, "inputOutput") {
        mappings(work, node, mapping);
    }
}

/// Takes over what can be; a parameter that cannot stays in the file.
pub(super) fn mappings<'t>(work: &mut Work<'t>, node: &'t Node, wrapper: &'t Node) {
    let tree = work.tree;
    let mut all = true;
    for parameter in tree.children(wrapper) {
        let is_input = parameter.is_camunda("inputParameter");
        let name = parameter.value("name").unwrap_or_default();
        let value = if (is_input || parameter.is_camunda("outputParameter")) && is_variable_name(name) {
            value(work, parameter, MAX_DEPTH)
        } else {
            work.left(parameter, format!("The parameter `{name}` has no name that a variable can have."));
            None
        };
        let Some(value) = value else {
            all = false;
            continue;
        };
        if is_input {
            work.input(node, format!("={value}"), name);
        } else {
            work.output(node, format!("={value}"), name);
        }
        work.take_element(parameter);
    }
    if all {
        work.take_element(wrapper);
    }
}

/// The FEEL of a parameter, list item or map entry.
fn value<'t>(work: &mut Work<'t>, node: &'t Node, depth: usize) -> Option<String> {
    let tree = work.tree;
    let Some(depth) = depth.checked_sub(1) else {
        work.left(node, "A value is nested too deep to be converted.");
        return None;
    };
    let Some(structure) = tree.children(node).next() else { return work.feel(node, &node.text) };
    match &*structure.tag {
        "script" => {
            let format = structure.value("scriptFormat").unwrap_or_default();
            let feel = jobs::as_feel(format, &structure.text);
            if feel.is_none() {
                work.left(structure, format!("A script in `{format}` is not converted; write it in FEEL."));
            }
            feel
        }
        "list" => {
            let items: Option<Vec<String>> = tree
                .children(structure)
                .map(|item| {
                    if item.is_camunda("value") {
                        value(work, item, depth)
                    } else {
                        wrapped(work, item, depth)
                    }
                })
                .collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        "map" => {
            let mut entries = Vec::new();
            for entry in tree.children(structure).filter(|child| child.is_camunda("entry")) {
                let key = string_literal(entry.value("key").unwrap_or_default());
                entries.push(format!("{key}: {}", value(work, entry, depth)?));
            }
            Some(format!("{{{}}}", entries.join(", ")))
        }
        other => {
            work.left(structure, format!("`camunda:{other}` has no equivalent."));
            None
        }
    }
}

/// A script, list or map that is itself an item.
fn wrapped<'t>(work: &mut Work<'t>, item: &'t Node, depth: usize) -> Option<String> {
    if item.is_camunda("script") {
        let format = item.value("scriptFormat").unwrap_or_default();
        let feel = jobs::as_feel(format, &item.text);
        if feel.is_none() {
            work.left(item, format!("A script in `{format}` is not converted; write it in FEEL."));
        }
        return feel;
    }
    value(work, item, depth)
}

/// `camunda:properties` are `zeebe:properties`.
pub(super) fn properties<'t>(work: &mut Work<'t>, node: &'t Node) {
    let tree = work.tree;
    for wrapper in tree.extensions(node, "properties") {
        let mut properties = Zeebe::new("properties");
        for property in tree.children(wrapper).filter(|child| child.is_camunda("property")) {
            let text = |name| property.value(name).unwrap_or_default().to_owned();
            properties.child(Zeebe::new("property").with("name", text("name")).with("value", text("value")));
        }
        if !properties.is_bare() {
            work.add(node, properties);
        }
        work.take_element(wrapper);
    }
}
