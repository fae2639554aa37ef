//! Writing what was added: into the `extensionElements` of each element, with the file's indentation and prefixes.

use std::fmt::Write as _;

use super::element::Zeebe;
use super::tree::{Node, Tree};
use super::work::{Extensions, Work};
use crate::xml::Namespace;

const ZEEBE: &str = "http://camunda.org/schema/zeebe/1.0";

/// Writes all additions; wrappers that became empty go.
pub(super) fn extensions(work: &mut Work<'_>) {
    let added = std::mem::take(&mut work.added);
    let tree = work.tree;
    let prefix = prefix(work, added.values().any(|extensions| !elements(extensions).is_empty()));
    for node in tree.nodes.iter().filter(|node| node.namespace == Namespace::Bpmn) {
        let new = added.get(&node.index).map(elements).unwrap_or_default();
        let wrapper = tree.bpmn_child(node, "extensionElements");
        if new.is_empty() {
            drop_empty(work, wrapper);
            continue;
        }
        let indent = indent_of(&work.source.text, node);
        match wrapper {
            Some(wrapper) => into_wrapper(work, wrapper, &new, &prefix, &indent),
            None => new_wrapper(work, node, &new, &prefix, &indent),
        }
    }
}

/// The elements in the order in which the schema lists them.
fn elements(extensions: &Extensions) -> Vec<Zeebe> {
    let mut found = extensions.elements.clone();
    let mut wrap = |tag: &'static str, children: [&Vec<Zeebe>; 2]| {
        let mut wrapper = Zeebe::new(tag);
        children.into_iter().flatten().for_each(|child| wrapper.child(child.clone()));
        if !wrapper.is_bare() {
            found.push(wrapper);
        }
    };
    wrap("taskHeaders", [&extensions.headers, &Vec::new()]);
    wrap("ioMapping", [&extensions.inputs, &extensions.outputs]);
    found
}

fn drop_empty(work: &mut Work<'_>, wrapper: Option<&Node>) {
    let Some(wrapper) = wrapper else { return };
    let all_gone =
        !wrapper.children.is_empty() && wrapper.children.iter().all(|child| work.taken.contains(child));
    if all_gone && wrapper.text.trim().is_empty() && !work.source.text[wrapper.span.clone()].contains("<!--")
    {
        work.edits.delete_element(&work.source.text, &wrapper.span);
    }
}

fn into_wrapper(work: &mut Work<'_>, wrapper: &Node, new: &[Zeebe], prefix: &str, indent: &str) {
    let inner = format!("{indent}    ");
    let mut text = String::new();
    for element in new {
        element.write(&mut text, prefix, &inner);
    }
    if wrapper.is_empty {
        let whole = format!("<{0}>{text}\n{indent}  </{0}>", wrapper.written);
        work.edits.replace(wrapper.span.clone(), whole);
    } else {
        work.edits.insert(wrapper.start.end, text);
    }
}

fn new_wrapper(work: &mut Work<'_>, node: &Node, new: &[Zeebe], prefix: &str, indent: &str) {
    let tag = match node.written.rsplit_once(':') {
        Some((bpmn, _)) => format!("{bpmn}:extensionElements"),
        None => "extensionElements".to_owned(),
    };
    let mut text = format!("\n{indent}  <{tag}>");
    for element in new {
        element.write(&mut text, prefix, &format!("{indent}    "));
    }
    let _ = write!(text, "\n{indent}  </{tag}>");
    if node.is_empty {
        let start = work.source.text[..node.span.end - 2].trim_end().len();
        work.edits.replace(start..node.span.end, format!(">{text}\n{indent}</{}>", node.written));
        return;
    }
    // The schema wants documentation first.
    let documentation = work.tree.children(node).filter(|child| child.is_bpmn("documentation")).last();
    let at = documentation.map_or(node.start.end, |last| last.span.end);
    // Where the element's end follows at once, it goes to a line of its own.
    let closes = work.source.text[at..].starts_with("</");
    work.edits.insert(at, if closes { format!("{text}\n{indent}") } else { text });
}

/// The white space at the start of an element's line.
fn indent_of(source: &str, node: &Node) -> String {
    let line = &source[..node.span.start];
    let line = &line[line.rfind('\n').map_or(0, |at| at + 1)..];
    line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
}

/// The prefix of the `zeebe` namespace; declared at the root when something needs it.
fn prefix(work: &mut Work<'_>, is_needed: bool) -> String {
    let Some(root) = work.tree.nodes.first() else { return "zeebe".to_owned() };
    let declared = |value: &str| {
        let names = root
            .attributes
            .iter()
            .filter(|a| a.value == value && is_declaration(&work.source.text, root, &a.name));
        names.map(|a| a.name.clone()).next()
    };
    if let Some(prefix) = declared(ZEEBE) {
        return prefix;
    }
    let is_free = |name: &str| !work.source.text[root.start.clone()].contains(&format!("xmlns:{name}="));
    let prefix = ["zeebe".to_owned()]
        .into_iter()
        .chain((1..100).map(|n| format!("zeebe{n}")))
        .find(|name| is_free(name));
    let prefix = prefix.unwrap_or_else(|| "zeebe".to_owned());
    if is_needed {
        let at = root.start.start + 1 + root.written.len();
        work.edits.insert(at, format!(" xmlns:{prefix}=\"{ZEEBE}\""));
    }
    prefix
}

fn is_declaration(source: &str, root: &Node, name: &str) -> bool {
    source[root.start.clone()].contains(&format!("xmlns:{name}="))
}

/// Whether anything of Camunda 7 is left in the file.
pub(super) fn uses_camunda(tree: &Tree, is_gone: impl Fn(&super::tree::Node, Option<&str>) -> bool) -> bool {
    tree.nodes.iter().any(|node| {
        let element = node.namespace == Namespace::CamundaSeven && !is_gone(node, None);
        let mut attributes = node.attributes.iter().filter(|a| a.namespace == Namespace::CamundaSeven);
        element || attributes.any(|a| !is_gone(node, Some(&a.name)))
    })
}
