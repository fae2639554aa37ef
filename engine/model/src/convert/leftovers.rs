//! What no other part took: dropped where it is not needed, else left and listed. And the declarations at the root.

use super::tree::Node;
use super::work::Work;
use super::write::uses_camunda;
use crate::xml::Namespace;

/// Attributes that only tell the other engine how to store or schedule, and why they may go.
const NOT_NEEDED: [(&str, &str); 9] = [
    ("asyncBefore", "every step is a transaction of its own"),
    ("asyncAfter", "every step is a transaction of its own"),
    ("async", "every step is a transaction of its own"),
    ("exclusive", "an instance is never worked on twice at once"),
    (
        "historyTimeToLive",
        "the property `historyTimeToLive` of the process, or the installation, says how long history is kept",
    ),
    ("isStartableInTasklist", "who may start a process is a matter of authorisation"),
    ("modelerTemplate", "the template belongs to the other engine"),
    ("modelerTemplateVersion", "the template belongs to the other engine"),
    ("modelerTemplateIcon", "the template belongs to the other engine"),
];

/// Notes or removes everything of Camunda 7 that is still there.
pub(super) fn sweep(work: &mut Work<'_>) {
    let tree = work.tree;
    for node in &tree.nodes {
        for attribute in node.attributes.iter().filter(|a| a.namespace == Namespace::CamundaSeven) {
            let is_known =
                work.is_taken(node, &attribute.name) || work.is_listed(node, Some(&attribute.name));
            if is_known || is_inside_taken(work, node) {
                continue;
            }
            let name = &attribute.name;
            if let Some((_, why)) = NOT_NEEDED.iter().find(|(known, _)| known == name) {
                work.take(node, name);
                work.dropped(node, format!("`camunda:{name}` is not needed: {why}."));
            } else {
                work.left(node, format!("`camunda:{name}` has no equivalent."));
            }
        }
        let is_new = node.namespace == Namespace::CamundaSeven && !is_inside_taken(work, node);
        if is_new && !is_inside_camunda(work, node) && !work.is_listed(node, None) {
            work.left(node, format!("`camunda:{}` has no equivalent.", node.tag));
        }
    }
    root(work);
}

fn is_inside_taken(work: &Work<'_>, node: &Node) -> bool {
    let nodes = &work.tree.nodes;
    std::iter::successors(Some(node), |n| n.parent.map(|p| &nodes[p])).any(|n| work.taken.contains(&n.index))
}

/// The outermost element stands for what is in it.
fn is_inside_camunda(work: &Work<'_>, node: &Node) -> bool {
    node.parent.is_some_and(|parent| work.tree.nodes[parent].namespace == Namespace::CamundaSeven)
}

/// The encoding, the platform that modelers look at, and the declaration of a prefix that nothing uses any more.
fn root(work: &mut Work<'_>) {
    let Some(root) = work.tree.nodes.first() else { return };
    let text = &work.source.text;
    let is_seven =
        root.attributes.iter().any(|a| a.name == "executionPlatform" && a.value == "Camunda Platform");
    for attribute in root.attributes.iter().filter(|_| is_seven) {
        let new = match &*attribute.name {
            "executionPlatform" => "Camunda Cloud",
            "executionPlatformVersion" => "8.6.0",
            _ => continue,
        };
        work.edits.replace(attribute.inside.clone(), new);
    }
    if let Some(end) = text.find("?>").filter(|_| text.starts_with("<?xml")) {
        let declaration = &text[..end];
        if let Some((before, rest)) = declaration.split_once("encoding=")
            && let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\''))
            && let Some(length) = rest[1..].find(quote)
        {
            let at = before.len() + "encoding=".len() + 1;
            if !text[at..at + length].eq_ignore_ascii_case("utf-8") {
                work.edits.replace(at..at + length, "UTF-8");
            }
        }
    }
    let is_gone = |node: &Node, attribute: Option<&str>| {
        is_inside_taken(work, node) || attribute.is_some_and(|name| work.is_taken(node, name))
    };
    if uses_camunda(work.tree, is_gone) {
        return;
    }
    let is_declaration = |a: &&super::tree::Attribute| Namespace::of(&a.value) == Namespace::CamundaSeven;
    if let Some(attribute) = root.attributes.iter().find(is_declaration) {
        let span = attribute.span.clone();
        work.edits.delete(span);
    }
}
