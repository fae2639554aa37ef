//! Escalation events: where they may stand, and what they refer to.

use hosk_model::{Dynamic, ElementKind, Trigger};

use crate::common::{boundary, check, clean, definitions, element, process, row};

/// A throwing event `t` between a start and an end.
fn throw(root: &str, definition: &str) -> String {
    let inside = format!("<bpmn:intermediateThrowEvent id='t'>{definition}</bpmn:intermediateThrowEvent>");
    row(&["t"], &inside).replacen("<bpmn:process", &format!("{root}<bpmn:process"), 1)
}

#[test]
fn thrown_and_caught_by_code() {
    let model = definitions(
        "<bpmn:escalation id='E' escalationCode='late'/><bpmn:process id='p' isExecutable='true'>\
         <bpmn:startEvent id='s'/><bpmn:subProcess id='sp'><bpmn:startEvent id='ss'/>\
         <bpmn:endEvent id='x'><bpmn:escalationEventDefinition escalationRef='E'/></bpmn:endEvent>\
         <bpmn:sequenceFlow id='f' sourceRef='ss' targetRef='x'/></bpmn:subProcess>\
         <bpmn:boundaryEvent id='one' attachedToRef='sp' cancelActivity='false'>\
         <bpmn:escalationEventDefinition escalationRef='E'/></bpmn:boundaryEvent>\
         <bpmn:boundaryEvent id='any' attachedToRef='sp'><bpmn:escalationEventDefinition/></bpmn:boundaryEvent>\
         <bpmn:endEvent id='e'/><bpmn:sequenceFlow id='g' sourceRef='s' targetRef='sp'/>\
         <bpmn:sequenceFlow id='h' sourceRef='sp' targetRef='e'/>\
         <bpmn:sequenceFlow id='i' sourceRef='one' targetRef='e'/>\
         <bpmn:sequenceFlow id='j' sourceRef='any' targetRef='e'/></bpmn:process>",
    );
    let process = clean(&model);
    let ElementKind::EndEvent { trigger: Some(Trigger::Escalation(thrown)) } = &element(&process, "x").kind
    else {
        panic!()
    };
    assert!(matches!(&thrown.code, Some(Dynamic::Static(code)) if &**code == "late"));
    assert!(matches!(
        &element(&process, "one").kind,
        ElementKind::BoundaryEvent { interrupting: false, trigger: Trigger::Escalation(caught), .. }
            if matches!(&caught.code, Some(Dynamic::Static(code)) if &**code == "late")
    ));
    assert!(matches!(
        &element(&process, "any").kind,
        ElementKind::BoundaryEvent { interrupting: true, trigger: Trigger::Escalation(caught), .. }
            if caught.code.is_none()
    ));
}

#[test]
fn refused() {
    let definition = "<bpmn:escalationEventDefinition escalationRef='E'/>";
    check(&[
        (
            "thrown without reference",
            throw("", "<bpmn:escalationEventDefinition/>"),
            &["missing-attribute t"],
        ),
        ("thrown without code", throw("<bpmn:escalation id='E'/>", definition), &["missing-attribute t"]),
        ("an expression thrown", throw("<bpmn:escalation id='E' escalationCode='=code'/>", definition), &[]),
        ("no such escalation", throw("", definition), &["dangling-reference t"]),
        ("an error", throw("<bpmn:error id='E' errorCode='x'/>", definition), &["invalid-reference t"]),
        (
            "an expression caught",
            boundary("", definition).replacen(
                "<bpmn:process",
                "<bpmn:escalation id='E' escalationCode='=code'/><bpmn:process",
                1,
            ),
            &["invalid-attribute E"],
        ),
        (
            "waited for in the flow",
            row(
                &["t"],
                "<bpmn:intermediateCatchEvent id='t'><bpmn:escalationEventDefinition/></bpmn:intermediateCatchEvent>",
            ),
            &["misplaced-event-definition t"],
        ),
        (
            "start of a process",
            process("<bpmn:startEvent id='s'><bpmn:escalationEventDefinition/></bpmn:startEvent>"),
            &["misplaced-event-definition s"],
        ),
    ]);
}
