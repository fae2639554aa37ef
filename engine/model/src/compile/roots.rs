//! What stands at the root: ids of the whole file, participants and message flows.

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

/// Choreographies; participants and message flows of collaborations.
pub(super) fn check(cx: &mut Context<'_>) {
    let doc = cx.doc;
    for node in doc.children(doc.root()).filter(|n| CHOREOGRAPHIES.iter().any(|tag| n.is_bpmn(tag))) {
        let message = format!("The {} is not executed.", cx.label(node));
        cx.error(DiagnosticCode::UnsupportedElement, node, message, super::unsupported::CHOREOGRAPHY);
    }
    for collaboration in doc.bpmn_children(doc.root(), "collaboration") {
        for participant in doc.bpmn_children(collaboration, "participant") {
            if let Some(reference) = participant.value("processRef") {
                cx.reference(participant, "processRef", reference, &["process"]);
            }
        }
        for flow in doc.bpmn_children(collaboration, "messageFlow") {
            message_flow(cx, flow);
        }
    }
}

fn message_flow<'d>(cx: &mut Context<'d>, flow: &'d Node) {
    let mut executable_ends = 0;
    for attribute in ["sourceRef", "targetRef"] {
        let Some(reference) = cx.required(flow, attribute) else { continue };
        match cx.resolve(reference) {
            Some(end) => executable_ends += usize::from(is_executable(cx, end)),
            None => cx.dangling(flow, attribute, reference),
        }
    }
    if executable_ends == 2 {
        let message =
            format!("The {} joins two executable pools; nothing is delivered along it.", cx.label(flow));
        let remedy =
            "Let the sender publish the message by a job; its name and correlation key find the receiver.";
        cx.warn(DiagnosticCode::MessageFlowNotDelivered, flow, message, remedy);
    }
}

/// Whether a message flow's end belongs to a process that runs.
fn is_executable<'d>(cx: &Context<'d>, end: &'d Node) -> bool {
    let process = if end.is_bpmn("participant") {
        end.value("processRef").and_then(|r| cx.resolve(r))
    } else {
        std::iter::successors(Some(end), |n| cx.doc.parent(n)).find(|n| n.is_bpmn("process"))
    };
    process.is_some_and(|p| matches!(p.value("isExecutable"), Some("true" | "1")))
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
