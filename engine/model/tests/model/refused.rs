//! Models whose elements do not fit together, and what is said about them: every finding at once, by position.

use crate::common::{check, definitions, findings, found, process, row, timer};
use hosk_model::{Position, Severity, compile};

#[test]
fn references() {
    check(&[
        (
            "no target",
            process("<bpmn:startEvent id='s'/><bpmn:sequenceFlow id='f' sourceRef='s'/>"),
            &["missing-attribute f"],
        ),
        (
            "both ends gone",
            process("<bpmn:startEvent id='s'/><bpmn:sequenceFlow id='f' sourceRef='x' targetRef='y'/>"),
            &["dangling-reference f", "dangling-reference f"],
        ),
        (
            "flow to a flow",
            process("<bpmn:startEvent id='s'/><bpmn:sequenceFlow id='f' sourceRef='s' targetRef='f'/>"),
            &["invalid-reference f"],
        ),
        (
            "boundary on nothing",
            process(
                "<bpmn:startEvent id='s'/><bpmn:boundaryEvent id='b' attachedToRef='x'><bpmn:errorEventDefinition/></bpmn:boundaryEvent>",
            ),
            &["dangling-reference b"],
        ),
        (
            "boundary across scopes",
            row(
                &["sub"],
                "<bpmn:subProcess id='sub'><bpmn:startEvent id='i'/><bpmn:userTask id='t'/>\
                 <bpmn:sequenceFlow id='fi' sourceRef='i' targetRef='t'/></bpmn:subProcess>\
                 <bpmn:boundaryEvent id='b' attachedToRef='t'><bpmn:errorEventDefinition/></bpmn:boundaryEvent>",
            ),
            &["invalid-reference b"],
        ),
        (
            "default of another gateway",
            row(&["x", "y"], "<bpmn:exclusiveGateway id='x' default='s-x'/><bpmn:exclusiveGateway id='y'/>"),
            &["invalid-reference x"],
        ),
        (
            "default is no flow",
            row(&["x"], "<bpmn:exclusiveGateway id='x' default='s'/>"),
            &["invalid-reference x"],
        ),
        (
            "message is an error",
            definitions(
                "<bpmn:error id='E' errorCode='e'/><bpmn:process id='p' isExecutable='true'><bpmn:startEvent id='s'>\
                 <bpmn:messageEventDefinition messageRef='E'/></bpmn:startEvent></bpmn:process>",
            ),
            &["invalid-reference s"],
        ),
        (
            "participant of nothing",
            definitions(
                "<bpmn:collaboration id='c'><bpmn:participant id='pa' processRef='gone'/></bpmn:collaboration>\
                 <bpmn:process id='p' isExecutable='true'><bpmn:startEvent id='s'/></bpmn:process>",
            ),
            &["dangling-reference pa"],
        ),
        (
            "lane of nothing",
            process(
                "<bpmn:laneSet id='ls'><bpmn:lane id='l'><bpmn:flowNodeRef>x</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet><bpmn:startEvent id='s'/>",
            ),
            &["dangling-reference l"],
        ),
    ]);
}

#[test]
fn structure() {
    let sub =
        |content: &str| row(&["sub"], &format!("<bpmn:subProcess id='sub'>{content}</bpmn:subProcess>"));
    let event_sub = |attributes: &str, content: &str| {
        row(
            &["t"],
            &format!(
                "<bpmn:userTask id='t'/><bpmn:subProcess id='esp' triggeredByEvent='true'>\
                 <bpmn:startEvent id='i' {attributes}>{content}</bpmn:startEvent></bpmn:subProcess>"
            ),
        )
    };
    check(&[
        ("into a start event", row(&["t", "s"], "<bpmn:userTask id='t'/>"), &["misplaced-sequence-flow t-s"]),
        ("sub-process without start", sub("<bpmn:userTask id='t'/>"), &["missing-start-event sub"]),
        (
            "triggered start in a sub-process",
            sub(&format!("<bpmn:startEvent id='i'>{}</bpmn:startEvent>", timer("timeDuration", "PT1H"))),
            &["misplaced-event-definition i"],
        ),
        ("event sub-process, fine", event_sub("", &timer("timeDuration", "PT1H")), &[]),
        ("event sub-process without trigger", event_sub("", ""), &["event-sub-process-start esp"]),
        (
            "event sub-process, error without interrupting",
            event_sub("isInterrupting='false'", "<bpmn:errorEventDefinition/>"),
            &["invalid-attribute i"],
        ),
        (
            "event sub-process in the flow",
            row(
                &["t", "esp"],
                &format!(
                    "<bpmn:userTask id='t'/><bpmn:subProcess id='esp' triggeredByEvent='true'><bpmn:startEvent id='i'>{}</bpmn:startEvent></bpmn:subProcess>",
                    timer("timeDuration", "PT1H")
                ),
            ),
            &["misplaced-sequence-flow t-esp", "misplaced-sequence-flow esp-e"],
        ),
        (
            "nested flow node",
            process("<bpmn:startEvent id='s'/><bpmn:task id='t'><bpmn:task id='u'/></bpmn:task>"),
            &["unreachable-element t", "unknown-element u", "unreachable-element u"],
        ),
        (
            "no ids",
            process("<bpmn:startEvent id='s'/><bpmn:task/><bpmn:sequenceFlow sourceRef='s' targetRef='s'/>"),
            &["missing-id p", "missing-id p"],
        ),
    ]);
}

#[test]
fn an_endless_id_is_the_only_finding() {
    let model = process(&format!("<bpmn:startEvent id='{}'/><bpmn:task/>", "x".repeat(256)));
    let compiled = compile(model.as_bytes(), "x.bpmn");
    assert_eq!(compiled.diagnostics.len(), 1);
    assert_eq!(compiled.diagnostics[0].code.as_str(), "invalid-id");
}

#[test]
fn positions_point_into_the_attribute() {
    let model = row(
        &["t"],
        "<bpmn:serviceTask id=\"t\">\n  <bpmn:extensionElements>\n    <zeebe:taskDefinition type=\"ship\" retries=\"many\"/>\n  </bpmn:extensionElements>\n</bpmn:serviceTask>",
    );
    let compiled = compile(model.as_bytes(), "x.bpmn");
    let line = model.lines().position(|l| l.contains("retries")).unwrap();
    let column = model.lines().nth(line).unwrap().find("many").unwrap();
    assert_eq!(
        compiled.diagnostics[0].position,
        Position { line: line as u32 + 1, column: column as u32 + 1 }
    );
}

#[test]
fn positions_point_into_the_expression() {
    // `a &lt; ` is eight characters in the file and five in the expression.
    let source = "=a &lt; 1 and&#10; )b";
    let model = row(
        &["t"],
        &format!(
            "<bpmn:scriptTask id='t'><bpmn:extensionElements>\n\
             <zeebe:script resultVariable='r' expression='{source}'/></bpmn:extensionElements></bpmn:scriptTask>"
        ),
    );
    let compiled = compile(model.as_bytes(), "x.bpmn");
    let first = &compiled.diagnostics[0];
    assert_eq!(first.code.as_str(), "feel-syntax-error");
    assert_eq!(first.element_id.as_deref(), Some("t"));
    let line = model.lines().position(|l| l.contains(source)).unwrap();
    let column = model.lines().nth(line).unwrap().find(")b").unwrap();
    assert_eq!(first.position, Position { line: line as u32 + 1, column: column as u32 + 1 }, "{first}");
}

#[test]
fn what_follows_something_refused_is_not_called_unreachable() {
    check(&[
        (
            "behind a refused start",
            process(
                "<bpmn:startEvent id='s'><bpmn:errorEventDefinition/></bpmn:startEvent><bpmn:userTask id='t'/>\
                 <bpmn:sequenceFlow id='f' sourceRef='s' targetRef='t'/>",
            ),
            &["misplaced-event-definition s"],
        ),
        (
            "inside a refused container",
            row(&["a"], "<bpmn:subChoreography id='a'/>"),
            &["unsupported-element a"],
        ),
    ]);
}

#[test]
fn ways_out_need_a_default() {
    let flows = |node: &str, default: &str| {
        process(&format!(
            "<bpmn:startEvent id='s'/><bpmn:{node} id='n' {default}/><bpmn:endEvent id='e'/>\
             <bpmn:sequenceFlow id='f' sourceRef='s' targetRef='n'/>\
             <bpmn:sequenceFlow id='g' sourceRef='n' targetRef='e'><bpmn:conditionExpression>a</bpmn:conditionExpression></bpmn:sequenceFlow>\
             <bpmn:sequenceFlow id='h' sourceRef='n' targetRef='e'/>"
        ))
    };
    let only_conditions =
        |node: &str| flows(node, "").replace("<bpmn:sequenceFlow id='h' sourceRef='n' targetRef='e'/>", "");
    check(&[
        ("gateway", flows("exclusiveGateway", "default='h'"), &[]),
        ("activity", flows("userTask", "default='h'"), &[]),
        ("activity, always and sometimes", flows("userTask", ""), &[]),
        ("gateway, never taken", flows("exclusiveGateway", ""), &["missing-condition h"]),
        ("gateway, conditions only", only_conditions("exclusiveGateway"), &["missing-condition n"]),
        ("activity, conditions only", only_conditions("userTask"), &["missing-condition n"]),
        ("parallel", flows("parallelGateway", ""), &["misplaced-condition g"]),
        (
            "parallel with default",
            flows("parallelGateway", "default='h'"),
            &["misplaced-condition n", "misplaced-condition g"],
        ),
        (
            "default with condition",
            flows("exclusiveGateway", "default='g'"),
            &["misplaced-condition g", "missing-condition h"],
        ),
    ]);
}

#[test]
fn warnings_alone_do_not_refuse() {
    let compiled = compile(
        definitions(
            "<bpmn:process id='q'/><bpmn:process id='p' isExecutable='true'><bpmn:startEvent id='s'/><bpmn:task id='t'/>\
             </bpmn:process>",
        )
        .as_bytes(),
        "x.bpmn",
    );
    assert_eq!(findings(&compiled), ["process-not-executable q", "unreachable-element t"]);
    assert!(compiled.diagnostics.iter().all(|d| d.severity == Severity::Warning));
    assert_eq!(compiled.processes.len(), 1);
}

#[test]
fn everything_wrong_comes_at_once() {
    let model = process(
        "<bpmn:serviceTask id='a'/><bpmn:callChoreography id='b'/><bpmn:callActivity id='c'/>\
         <bpmn:sequenceFlow id='f' sourceRef='a' targetRef='gone'/>",
    );
    let codes = found(&model);
    for expected in [
        "missing-start-event p",
        "missing-attribute a",
        "unsupported-element b",
        "missing-attribute c",
        "dangling-reference f",
    ] {
        assert!(codes.iter().any(|c| c == expected), "{expected} in {codes:?}");
    }
}
