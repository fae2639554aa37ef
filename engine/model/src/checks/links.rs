//! Link events (BPMN 10.4.4): every throwing one needs exactly one catching one of its name in the same container, and
//! no sequence flow leads out of the one or into the other.

use super::Check;
use crate::definition::{Element, ElementKind, Trigger};
use crate::diagnostic_code::DiagnosticCode;

pub(super) fn check(check: &mut Check<'_, '_>) {
    let process = check.process;
    for element in &process.elements {
        match &element.kind {
            ElementKind::IntermediateThrowEvent { trigger: Some(Trigger::Link { name }) } => {
                if !process.links.contains_key(&element.index) {
                    let message = format!(
                        "The {} throws the link `{name}`, which nothing catches in the same process or sub-process.",
                        check.label(element.index)
                    );
                    let remedy =
                        "Draw a catching link event with that name, or lead a sequence flow on instead.";
                    check.error(DiagnosticCode::LinkWithoutTarget, element.index, message, remedy);
                }
                if let Some(flow) = element.outgoing.first() {
                    let message = format!("A sequence flow leads out of the {}.", check.label(element.index));
                    let remedy = "Remove it: the link itself says where it goes on.";
                    check.error(DiagnosticCode::MisplacedSequenceFlow, *flow, message, remedy);
                }
            }
            ElementKind::IntermediateCatchEvent { trigger: Trigger::Link { name } } => {
                catching(check, element, name);
            }
            _ => {}
        }
    }
}

fn catching(check: &mut Check<'_, '_>, element: &Element, name: &str) {
    let process = check.process;
    let is_first =
        process.elements.iter().find(|e| e.scope == element.scope && e.link_caught() == Some(name));
    if let Some(first) = is_first
        && first.index != element.index
    {
        let message = format!(
            "The {} catches the link `{name}`, as does the {}.",
            check.label(element.index),
            check.label(first.index)
        );
        let remedy = "Keep one of them, or give them different names.";
        check.error(DiagnosticCode::DuplicateEventHandler, element.index, message, remedy);
    }
    if let Some(flow) = element.incoming.first() {
        let message = format!("A sequence flow leads into the {}.", check.label(element.index));
        let remedy = "Remove it: only throwing link events of the same name lead there.";
        check.error(DiagnosticCode::MisplacedSequenceFlow, *flow, message, remedy);
    }
}
