//! What a process needs from outside of its file.

use crate::common::{clean, row};
use hosk_model::{ResourceKind, Severity};

fn model() -> String {
    row(
        &["c", "d", "t", "u", "b"],
        "<bpmn:callActivity id='c'><bpmn:extensionElements><zeebe:calledElement processId='child' bindingType='deployment'/>\
         </bpmn:extensionElements></bpmn:callActivity>\
         <bpmn:callActivity id='d'><bpmn:extensionElements><zeebe:calledElement processId='=which'/></bpmn:extensionElements>\
         </bpmn:callActivity>\
         <bpmn:userTask id='t'><bpmn:extensionElements><zeebe:userTask/><zeebe:formDefinition formId='card'/>\
         </bpmn:extensionElements></bpmn:userTask>\
         <bpmn:userTask id='u'><bpmn:extensionElements><zeebe:userTask/><zeebe:formDefinition externalReference='card'/>\
         </bpmn:extensionElements></bpmn:userTask>\
         <bpmn:businessRuleTask id='b'><bpmn:extensionElements>\
         <zeebe:calledDecision decisionId='risk' resultVariable='r'/></bpmn:extensionElements></bpmn:businessRuleTask>",
    )
}

#[test]
fn fixed_ids_are_references() {
    let process = clean(&model());
    let found: Vec<_> = process.resource_references().map(|r| (r.kind, r.id)).collect();
    assert_eq!(
        found,
        [(ResourceKind::Process, "child"), (ResourceKind::Form, "card"), (ResourceKind::Decision, "risk")]
    );
}

#[test]
fn what_can_never_come_is_an_error() {
    let process = clean(&model());
    assert_eq!(process.unresolved_references(|_| true), []);
    let found = process.unresolved_references(|r| r.id == "nothing");
    let short: Vec<_> = found.iter().map(|d| (d.severity, d.element_id.as_deref())).collect();
    assert_eq!(
        short,
        [(Severity::Error, Some("c")), (Severity::Warning, Some("t")), (Severity::Warning, Some("b"))]
    );
    assert!(found[1].message.contains("form `card`") && found[1].position.line > 3, "{}", found[1]);
}
