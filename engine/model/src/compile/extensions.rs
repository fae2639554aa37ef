//! `zeebe:*` extension elements of one BPMN element: which are there, which may be there.

use super::context::Context;
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::{Namespace, Node};

/// Extensions that no element needs to know: tooling only.
const TOLERATED: &[&str] = &[
    "properties",
    "retryCounter",
    "modelerTemplate",
    "modelerTemplateVersion",
    "modelerTemplateIcon",
    "modelerConfiguration",
];

/// Extensions that would change what happens and are not executed.
const REFUSED: &[(&str, &str)] = &[
    ("linkedResources", "Remove it; the worker can read the name of its resource from a header."),
    ("agentDefinition", "Use a service task with a `zeebe:taskDefinition`."),
    ("userTaskForm", "Deploy the form as a file of its own and refer to it by `formId`."),
];

/// The extension elements of a node.
pub(super) struct Extensions<'d> {
    found: Vec<&'d Node>,
}

impl<'d> Extensions<'d> {
    /// Collects them; those not in `allowed` are reported.
    pub(super) fn of(cx: &mut Context<'d>, node: &'d Node, allowed: &[&str]) -> Self {
        let mut found = Vec::new();
        let doc = cx.doc;
        for wrapper in doc.bpmn_children(node, "extensionElements") {
            for extension in doc.children(wrapper).filter(|c| c.namespace == Namespace::Zeebe) {
                let tag = &*extension.tag;
                if let Some((_, remedy)) = REFUSED.iter().find(|(name, _)| *name == tag) {
                    let message = format!("`zeebe:{tag}` of the {} is not executed.", cx.label(node));
                    cx.error(DiagnosticCode::UnsupportedElement, extension, message, *remedy);
                } else if allowed.contains(&tag) {
                    found.push(extension);
                } else if !TOLERATED.contains(&tag) {
                    let message = format!("`zeebe:{tag}` has no effect on the {}.", cx.label(node));
                    let remedy = "Remove it, or move it to an element that reads it.";
                    cx.warn(DiagnosticCode::ExtensionWithoutEffect, extension, message, remedy);
                }
            }
        }
        Self { found }
    }

    /// The only extension of this name; a second one is reported.
    pub(super) fn one(&self, cx: &mut Context<'d>, tag: &str) -> Option<&'d Node> {
        let mut named = self.found.iter().copied().filter(|n| &*n.tag == tag);
        let first = named.next();
        for again in named {
            let message = format!("The {} has more than one `zeebe:{tag}`.", cx.owner_label(again));
            cx.error(DiagnosticCode::ConflictingExtensions, again, message, "Keep one of them.");
        }
        first
    }

    /// Whether there is one of this name.
    pub(super) fn has(&self, tag: &str) -> bool {
        self.found.iter().any(|n| &*n.tag == tag)
    }
}

/// Whether a node has any `zeebe:*` extension element at all.
pub(super) fn has_any(cx: &Context<'_>, node: &Node) -> bool {
    let doc = cx.doc;
    let wrappers = doc.children(node).filter(|c| c.is_bpmn("extensionElements"));
    wrappers.flat_map(|wrapper| doc.children(wrapper)).any(|c| c.namespace == Namespace::Zeebe)
}

/// Whether a node has a `zeebe:*` extension element of this name, before its extensions are compiled.
pub(super) fn names(cx: &Context<'_>, node: &Node, tag: &str) -> bool {
    let doc = cx.doc;
    let wrappers = doc.children(node).filter(|c| c.is_bpmn("extensionElements"));
    wrappers
        .flat_map(|wrapper| doc.children(wrapper))
        .any(|c| c.namespace == Namespace::Zeebe && &*c.tag == tag)
}

/// The `zeebe:*` children of an extension element with this name.
pub(super) fn parts<'d>(cx: &Context<'d>, extension: &'d Node, tag: &str) -> Vec<&'d Node> {
    let doc = cx.doc;
    doc.children(extension).filter(|c| c.namespace == Namespace::Zeebe && &*c.tag == tag).collect()
}
