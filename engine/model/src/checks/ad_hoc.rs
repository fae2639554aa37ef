//! What stands in an ad-hoc sub-process (BPMN 10.3.6): at least one activity, and neither start nor end events.

use super::Check;
use crate::definition::{ElementIndex, ElementKind};
use crate::diagnostic_code::DiagnosticCode;

pub(super) fn check(check: &mut Check<'_, '_>) {
    let process = check.process;
    let is_ad_hoc =
        |index: ElementIndex| matches!(process.element(index).kind, ElementKind::AdHocSubProcess(_));
    for element in &process.elements {
        if is_ad_hoc(element.index) && element.contents.starts.is_empty() {
            let message = format!("Nothing can be activated in the {}.", check.label(element.index));
            let remedy = "Draw an activity without incoming flow in it.";
            check.error(DiagnosticCode::MissingStartEvent, element.index, message, remedy);
        }
        let directly = element.index != ElementIndex::PROCESS && is_ad_hoc(element.scope);
        if directly && matches!(element.kind, ElementKind::StartEvent { .. } | ElementKind::EndEvent { .. }) {
            let message = format!(
                "A {} cannot stand in the {}.",
                check.label(element.index),
                check.label(element.scope)
            );
            let remedy =
                "Remove it: what has no incoming flow is activated, and a path ends where no flow leaves.";
            check.error(DiagnosticCode::UnknownElement, element.index, message, remedy);
        }
    }
}
