//! What stands at the root: ids of the whole file, choreographies; and what references lead to.

use super::context::Context;
use crate::diagnostic_code::DiagnosticCode;
use crate::limits::MAX_ID_CHARACTERS;
use crate::xml::{Namespace, Node};

/// Notes every BPMN element by id; `false` when an id is too long for findings to quote.
///
/// Ids are unique in a file (BPMN 8.2.1, XML ID).
pub(super) fn register_ids(cx: &mut Context<'_>) -> bool {
    let mut quotable = true;
    let doc = cx.doc;
    for node in doc.nodes().iter().filter(|n| n.namespace == Namespace::Bpmn) {
        let Some(id) = node.id() else { continue };
        if id.chars().count() > MAX_ID_CHARACTERS {
            let message = format!("An id has more than {MAX_ID_CHARACTERS} characters.");
            cx.error_at(DiagnosticCode::InvalidId, node, "id", message, "Choose a shorter id.");
            quotable = false;
            continue;
        }
        if id.contains(|c: char| c.is_whitespace() || c.is_control()) {
            let message = format!("The id `{id}` contains white space.");
            let remedy = "Use letters, digits, `_`, `-` and `.`.";
            cx.error_at(DiagnosticCode::InvalidId, node, "id", message, remedy);
        }
        if let Some(first) = cx.by_id.get(id) {
            let line = doc.source.position(first.offset).line;
            let message = format!("The id `{id}` is already used in line {line}.");
            let remedy = "Give each element an id of its own.";
            cx.error_at(DiagnosticCode::DuplicateId, node, "id", message, remedy);
        } else {
            cx.by_id.insert(id, node);
        }
    }
    quotable
}

/// What describes processes from outside and is no process (BPMN 11).
const CHOREOGRAPHIES: [&str; 2] = ["choreography", "globalChoreographyTask"];

/// Choreographies are refused.
pub(super) fn check(cx: &mut Context<'_>) {
    let doc = cx.doc;
    for node in doc.children(doc.root()).filter(|n| CHOREOGRAPHIES.iter().any(|tag| n.is_bpmn(tag))) {
        let message = format!("The {} is not executed.", cx.label(node));
        cx.error(DiagnosticCode::UnsupportedElement, node, message, super::unsupported::CHOREOGRAPHY);
    }
}

impl<'d> Context<'d> {
    /// What a reference means, when it is of one of the wanted kinds; else a finding.
    pub(crate) fn reference(
        &mut self,
        node: &'d Node,
        attribute: &str,
        reference: &str,
        wanted: &[&str],
    ) -> Option<&'d Node> {
        let Some(found) = self.resolve(reference) else {
            self.dangling(node, attribute, reference);
            return None;
        };
        if wanted.contains(&&*found.tag) {
            return Some(found);
        }
        let message = format!(
            "`{attribute}` of the {} refers to the {}, which it cannot.",
            self.label(node),
            self.label(found)
        );
        let remedy = format!(
            "Refer to a {}.",
            wanted.iter().map(|t| super::context::words(t)).collect::<Vec<_>>().join(" or ")
        );
        self.error_at(DiagnosticCode::InvalidReference, node, attribute, message, remedy);
        None
    }

    /// Reports a reference to nothing.
    pub(crate) fn dangling(&mut self, node: &'d Node, attribute: &str, reference: &str) {
        let message = format!(
            "`{attribute}` of the {} refers to `{reference}`, which is not in the file.",
            self.label(node)
        );
        let remedy = "Refer to an existing element, or remove the reference.";
        self.error_at(DiagnosticCode::DanglingReference, node, attribute, message, remedy);
    }
}
