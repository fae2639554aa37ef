//! Models with one bad element, and what is said about it.

use crate::common::{boundary, check, definitions, extended, row, timer};
use hosk_model::compile;

#[test]
fn several_definitions() {
    check(&[
        (
            "an error that would have to wait for a timer",
            boundary(
                "parallelMultiple='true'",
                &(timer("timeDuration", "PT1H") + "<bpmn:errorEventDefinition/>"),
            ),
            &["misplaced-event-definition b"],
        ),
        (
            "compensation beside a timer",
            boundary("", &(timer("timeDuration", "PT1H") + "<bpmn:compensateEventDefinition/>")),
            &["misplaced-event-definition b"],
        ),
    ]);
}

#[test]
fn signals() {
    check(&[
        (
            "a signal without reference",
            boundary("", "<bpmn:signalEventDefinition/>"),
            &["missing-attribute b"],
        ),
        (
            "a reference to what is no signal",
            boundary("", "<bpmn:signalEventDefinition signalRef='s'/>"),
            &["invalid-reference b"],
        ),
        (
            "a signal without name",
            boundary("", "<bpmn:signalEventDefinition signalRef='S'/>").replacen(
                "<bpmn:process ",
                "<bpmn:signal id='S'/><bpmn:process ",
                1,
            ),
            &["missing-attribute b"],
        ),
        (
            "a process started by a signal whose name is an expression",
            definitions(
                "<bpmn:signal id='S' name='=x'/><bpmn:process id='p' isExecutable='true'><bpmn:startEvent id='s'>\
                 <bpmn:signalEventDefinition signalRef='S'/></bpmn:startEvent></bpmn:process>",
            ),
            &["invalid-attribute S"],
        ),
        (
            "a process started by a message whose name is an expression",
            definitions(
                "<bpmn:message id='M' name='=x'/><bpmn:process id='p' isExecutable='true'><bpmn:startEvent id='s'>\
                 <bpmn:messageEventDefinition messageRef='M'/></bpmn:startEvent></bpmn:process>",
            ),
            &["invalid-attribute M"],
        ),
        (
            "a process started by a signal whose name is a number",
            definitions(
                "<bpmn:signal id='S' name='=1 + 1'/><bpmn:process id='p' isExecutable='true'><bpmn:startEvent id='s'>\
                 <bpmn:signalEventDefinition signalRef='S'/></bpmn:startEvent></bpmn:process>",
            ),
            &["invalid-attribute S"],
        ),
    ]);
}

#[test]
fn events() {
    check(&[
        ("boundary without definition", boundary("", ""), &["missing-event-definition b"]),
        (
            "declared elsewhere",
            boundary("", "<bpmn:eventDefinitionRef>x</bpmn:eventDefinitionRef>"),
            &["dangling-reference b"],
        ),
        (
            "a reference to what is no event definition",
            boundary("", "<bpmn:eventDefinitionRef>s</bpmn:eventDefinitionRef>"),
            &["invalid-reference b"],
        ),
        (
            "a condition without text",
            boundary(
                "",
                "<bpmn:conditionalEventDefinition><bpmn:condition/></bpmn:conditionalEventDefinition>",
            ),
            &["missing-attribute b"],
        ),
        (
            "a condition that reads nothing",
            boundary(
                "",
                "<bpmn:conditionalEventDefinition><bpmn:condition>=1 = 1</bpmn:condition></bpmn:conditionalEventDefinition>",
            ),
            &["invalid-attribute b"],
        ),
        (
            "a condition that looks at no change there is",
            boundary(
                "",
                "<bpmn:conditionalEventDefinition><bpmn:extensionElements><zeebe:conditionalFilter \
                 variableEvents='delete'/></bpmn:extensionElements><bpmn:condition>=x = 1</bpmn:condition>\
                 </bpmn:conditionalEventDefinition>",
            ),
            &["invalid-attribute b"],
        ),
    ]);
}

#[test]
fn events_in_the_wrong_place() {
    check(&[
        (
            "terminate on a boundary",
            boundary("", "<bpmn:terminateEventDefinition/>"),
            &["misplaced-event-definition b"],
        ),
        (
            "error without interrupting",
            boundary("cancelActivity='false'", "<bpmn:errorEventDefinition/>"),
            &["invalid-attribute b"],
        ),
        (
            "message without key",
            definitions(
                "<bpmn:message id='M' name='m'/><bpmn:process id='p' isExecutable='true'><bpmn:startEvent id='s'/><bpmn:receiveTask id='t' messageRef='M'/><bpmn:sequenceFlow id='f' sourceRef='s' targetRef='t'/></bpmn:process>",
            ),
            &["missing-attribute t"],
        ),
        (
            "message without name",
            definitions(
                "<bpmn:message id='M'/><bpmn:process id='p' isExecutable='true'><bpmn:startEvent id='s'><bpmn:messageEventDefinition messageRef='M'/></bpmn:startEvent></bpmn:process>",
            ),
            &["missing-attribute s"],
        ),
        ("receive task without message", row(&["t"], "<bpmn:receiveTask id='t'/>"), &["missing-attribute t"]),
        (
            "error end without code",
            definitions(
                "<bpmn:error id='E'/><bpmn:process id='p' isExecutable='true'><bpmn:startEvent id='s'/><bpmn:endEvent id='e'><bpmn:errorEventDefinition errorRef='E'/></bpmn:endEvent><bpmn:sequenceFlow id='f' sourceRef='s' targetRef='e'/></bpmn:process>",
            ),
            &["missing-attribute e"],
        ),
        (
            "message end without job",
            row(
                &["t"],
                "<bpmn:intermediateThrowEvent id='t'><bpmn:messageEventDefinition/></bpmn:intermediateThrowEvent>",
            ),
            &["missing-attribute t"],
        ),
        (
            "published message without name",
            definitions(
                "<bpmn:message id='M'/><bpmn:process id='p' isExecutable='true'><bpmn:startEvent id='s'/><bpmn:sendTask id='t' messageRef='M'><bpmn:extensionElements><zeebe:publishMessage/></bpmn:extensionElements></bpmn:sendTask><bpmn:sequenceFlow id='f' sourceRef='s' targetRef='t'/></bpmn:process>",
            ),
            &["missing-attribute t"],
        ),
    ]);
}

#[test]
fn published_messages_and_more() {
    check(&[
        ("publishes nothing", extended("sendTask", "<zeebe:publishMessage/>"), &["missing-attribute t"]),
        (
            "publishes and has a job",
            extended("sendTask", "<zeebe:taskDefinition type='a'/><zeebe:publishMessage/>"),
            &["missing-attribute t", "conflicting-extensions t"],
        ),
        (
            "publishes for a time that is none",
            extended("sendTask", "<zeebe:publishMessage timeToLive='1 hour'/>"),
            &["missing-attribute t", "invalid-attribute t"],
        ),
        (
            "timer end",
            row(&[], "").replace(
                "<bpmn:endEvent id=\"e\"/>",
                &format!("<bpmn:endEvent id='e'>{}</bpmn:endEvent>", timer("timeDuration", "PT1H")),
            ),
            &["misplaced-event-definition e"],
        ),
    ]);
}

#[test]
fn timers() {
    let on = |attributes: &str, kind: &str, value: &str| boundary(attributes, &timer(kind, value));
    let once = "cancelActivity='true'";
    let often = "cancelActivity='false'";
    check(&[
        ("duration", on(once, "timeDuration", "PT15M"), &[]),
        ("duration in words", on(once, "timeDuration", "15 minutes"), &["invalid-timer b"]),
        ("date", on(once, "timeDate", "2027-01-31T12:00:00+01:00"), &[]),
        ("date without offset", on(once, "timeDate", "2027-01-31T12:00:00"), &["invalid-timer b"]),
        ("cron", on(often, "timeCycle", "0 0 9 * * MON-FRI"), &[]),
        ("bad cron", on(often, "timeCycle", "0 99 9 * * *"), &["invalid-timer b"]),
        ("cycle once", on(once, "timeCycle", "R3/PT1H"), &["invalid-timer b"]),
        ("nothing", on(once, "timeDate", " "), &["invalid-timer b"]),
        (
            "two",
            boundary(
                "",
                "<bpmn:timerEventDefinition><bpmn:timeDate>=a</bpmn:timeDate><bpmn:timeDuration>=b</bpmn:timeDuration></bpmn:timerEventDefinition>",
            ),
            &["invalid-timer b"],
        ),
    ]);
}

#[test]
fn jobs_and_mappings() {
    check(&[
        ("no type", extended("serviceTask", "<zeebe:taskDefinition retries='3'/>"), &["missing-attribute t"]),
        (
            "two definitions",
            extended("serviceTask", "<zeebe:taskDefinition type='a'/><zeebe:taskDefinition type='b'/>"),
            &["conflicting-extensions t"],
        ),
        (
            "header without key",
            extended(
                "sendTask",
                "<zeebe:taskDefinition type='a'/><zeebe:taskHeaders><zeebe:header value='1'/></zeebe:taskHeaders>",
            ),
            &["missing-attribute t"],
        ),
        (
            "header twice",
            extended(
                "sendTask",
                "<zeebe:taskDefinition type='a'/><zeebe:taskHeaders><zeebe:header key='k'/><zeebe:header key='k'/></zeebe:taskHeaders>",
            ),
            &["conflicting-extensions t"],
        ),
        (
            "mapping halves",
            extended(
                "callActivity",
                "<zeebe:calledElement processId='c'/><zeebe:ioMapping><zeebe:input source='=a'/><zeebe:output target='b'/></zeebe:ioMapping>",
            ),
            &["missing-attribute t", "missing-attribute t"],
        ),
        (
            "mapping target",
            extended(
                "callActivity",
                "<zeebe:calledElement processId='c'/><zeebe:ioMapping><zeebe:input source='=a' target='a b'/></zeebe:ioMapping>",
            ),
            &["invalid-attribute t"],
        ),
    ]);
}

#[test]
fn calls_and_scripts() {
    check(&[
        (
            "called twice",
            extended(
                "callActivity",
                "<zeebe:calledElement processId='c'/><zeebe:calledElement processId='d'/>",
            ),
            &["conflicting-extensions t"],
        ),
        ("called by nothing", extended("callActivity", ""), &["missing-attribute t"]),
        (
            "binding without tag",
            extended("callActivity", "<zeebe:calledElement processId='c' bindingType='versionTag'/>"),
            &["missing-attribute t"],
        ),
        (
            "binding unknown",
            extended("callActivity", "<zeebe:calledElement processId='c' bindingType='newest'/>"),
            &["invalid-attribute t"],
        ),
        (
            "flag",
            extended("callActivity", "<zeebe:calledElement processId='c' propagateAllChildVariables='yes'/>"),
            &["invalid-attribute t"],
        ),
        (
            "script without result",
            extended("scriptTask", "<zeebe:script expression='=1'/>"),
            &["missing-attribute t"],
        ),
    ]);
}

#[test]
fn decisions() {
    let task = |inner: &str| extended("businessRuleTask", inner);
    check(&[
        ("nothing", task(""), &["missing-attribute t"]),
        (
            "decision and job",
            task("<zeebe:calledDecision decisionId='d' resultVariable='r'/><zeebe:taskDefinition type='j'/>"),
            &["conflicting-extensions t"],
        ),
        (
            "two decisions",
            task(
                "<zeebe:calledDecision decisionId='d' resultVariable='r'/>\
                 <zeebe:calledDecision decisionId='e' resultVariable='r'/>",
            ),
            &["conflicting-extensions t"],
        ),
        ("no id", task("<zeebe:calledDecision resultVariable='r'/>"), &["missing-attribute t"]),
        ("no result", task("<zeebe:calledDecision decisionId='d'/>"), &["missing-attribute t"]),
        (
            "wrong name",
            task("<zeebe:calledDecision decisionId='d' resultVariable='a b'/>"),
            &["invalid-attribute t"],
        ),
        (
            "wrong binding",
            task("<zeebe:calledDecision decisionId='d' resultVariable='r' bindingType='newest'/>"),
            &["invalid-attribute t"],
        ),
        (
            "no tag",
            task("<zeebe:calledDecision decisionId='d' resultVariable='r' bindingType='versionTag'/>"),
            &["missing-attribute t"],
        ),
        (
            "no FEEL",
            task("<zeebe:calledDecision decisionId='=1 +' resultVariable='r'/>"),
            &["feel-syntax-error t"],
        ),
    ]);
}

#[test]
fn user_tasks() {
    let native = |content: &str| extended("userTask", &format!("<zeebe:userTask/>{content}"));
    check(&[
        (
            "two forms",
            native("<zeebe:formDefinition formId='a' externalReference='b'/>"),
            &["conflicting-extensions t"],
        ),
        ("no form", native("<zeebe:formDefinition/>"), &["missing-attribute t"]),
        ("form key on native", native("<zeebe:formDefinition formKey='a'/>"), &["conflicting-extensions t"]),
        (
            "form binding",
            native("<zeebe:formDefinition externalReference='a' bindingType='latest'/>"),
            &["conflicting-extensions t"],
        ),
        ("priority", native("<zeebe:priorityDefinition priority='101'/>"), &["invalid-attribute t"]),
        ("due date", native("<zeebe:taskSchedule dueDate='tomorrow'/>"), &["invalid-attribute t"]),
        (
            "task listener event",
            native(
                "<zeebe:taskListeners><zeebe:taskListener eventType='start' type='l'/></zeebe:taskListeners>",
            ),
            &["invalid-attribute t"],
        ),
        (
            "listener twice",
            native(
                "<zeebe:executionListeners><zeebe:executionListener eventType='start' type='l'/><zeebe:executionListener eventType='start' type='l'/></zeebe:executionListeners>",
            ),
            &["conflicting-extensions t"],
        ),
        (
            "dynamic assignee of a job",
            extended("userTask", "<zeebe:assignmentDefinition assignee='=a'/>"),
            &["unsupported-element t"],
        ),
        (
            "unknown extension",
            extended("userTask", "<zeebe:userTask/><zeebe:tsakSchedule/>"),
            &["extension-without-effect t"],
        ),
    ]);
}

#[test]
fn multi_instance() {
    let multi = |content: &str| {
        row(
            &["t"],
            &format!(
                "<bpmn:userTask id='t'><bpmn:multiInstanceLoopCharacteristics>{content}</bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
            ),
        )
    };
    let loops = |attributes: &str| {
        multi(&format!(
            "<bpmn:extensionElements><zeebe:loopCharacteristics {attributes}/></bpmn:extensionElements>"
        ))
    };
    check(&[
        ("no collection", loops("inputElement='a'"), &["missing-attribute t"]),
        ("collection is text", loops("inputCollection='lines'"), &["invalid-attribute t"]),
        ("half an output", loops("inputCollection='=l' outputCollection='r'"), &["conflicting-extensions t"]),
        (
            "collection and cardinality",
            multi(
                "<bpmn:loopCardinality>3</bpmn:loopCardinality><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection='=l'/></bpmn:extensionElements>",
            ),
            &["conflicting-extensions t"],
        ),
        ("cardinality", multi("<bpmn:loopCardinality>3</bpmn:loopCardinality>"), &[]),
    ]);
}

#[test]
fn receive_tasks() {
    check(&[(
        "inputs of a receive task",
        definitions(
            "<bpmn:message id='M' name='m'><bpmn:extensionElements><zeebe:subscription correlationKey='=k'/></bpmn:extensionElements></bpmn:message><bpmn:process id='p' isExecutable='true'><bpmn:startEvent id='s'/><bpmn:receiveTask id='t' messageRef='M'><bpmn:extensionElements><zeebe:ioMapping><zeebe:input source='=a' target='a'/></zeebe:ioMapping></bpmn:extensionElements></bpmn:receiveTask><bpmn:sequenceFlow id='f' sourceRef='s' targetRef='t'/></bpmn:process>",
        ),
        &["extension-without-effect t"],
    )]);
}

#[test]
fn what_is_not_executed_is_refused_by_name() {
    let compiled = compile(row(&["t"], "<bpmn:callChoreography id='t'/>").as_bytes(), "x.bpmn");
    let first = compiled.diagnostics.iter().find(|d| d.is_error()).unwrap();
    assert_eq!(first.code.as_str(), "unsupported-element", "{first}");
    assert!(first.position.line >= 5, "{first}");
}

#[test]
fn pictures_are_accepted() {
    crate::common::clean(&row(
        &["t"],
        "<bpmn:userTask id='t'><bpmn:property id='pr' name='__targetRef_placeholder'/>\
         <bpmn:dataInputAssociation id='di'><bpmn:sourceRef>ds</bpmn:sourceRef><bpmn:targetRef>pr</bpmn:targetRef></bpmn:dataInputAssociation>\
         </bpmn:userTask><bpmn:dataStoreReference id='ds'/><bpmn:dataObjectReference id='dr' dataObjectRef='do'/><bpmn:dataObject id='do'/>\
         <bpmn:textAnnotation id='ta'><bpmn:text>note</bpmn:text></bpmn:textAnnotation>\
         <bpmn:association id='a' sourceRef='t' targetRef='ta'/><bpmn:group id='g'/>",
    ));
}
