//! Models with one element of interest, and what it compiles to.

use crate::common::{clean, definitions, element, process, row, row_in};
use hosk_model::{
    BehaviorEvent, Binding, BusinessRuleTask, CorrelationKey, Dynamic, ElementKind, MultiInstanceBehavior,
    MultiInstanceSource, Repetition, ScriptTask, SendTask, Trigger, UserTask,
};

pub(crate) fn text(dynamic: &Dynamic) -> String {
    match dynamic {
        Dynamic::Static(text) => text.to_string(),
        Dynamic::Expression(expression) => format!("={}", expression.text()),
    }
}

#[test]
fn service_task_with_everything() {
    let model = row(
        &["t"],
        r#"<bpmn:serviceTask id="t" name="Ship">
             <bpmn:documentation>Pack it.</bpmn:documentation>
             <bpmn:extensionElements>
               <zeebe:taskDefinition type="ship" retries="=5" />
               <zeebe:jobPriorityDefinition priority="7" />
               <zeebe:taskHeaders><zeebe:header key="a" value="1"/><zeebe:header key="b" value=""/></zeebe:taskHeaders>
               <zeebe:ioMapping>
                 <zeebe:input source="=order.id" target="id"/>
                 <zeebe:output source="=result" target="delivery.number"/>
               </zeebe:ioMapping>
               <zeebe:executionListeners>
                 <zeebe:executionListener eventType="start" type="audit"/>
               </zeebe:executionListeners>
               <zeebe:properties><zeebe:property name="x" value="y"/></zeebe:properties>
             </bpmn:extensionElements>
           </bpmn:serviceTask>"#,
    );
    let process = clean(&model);
    let task = element(&process, "t");
    let ElementKind::ServiceTask(job) = &task.kind else { panic!("{:?}", task.kind) };
    assert_eq!(text(&job.job_type), "ship");
    assert_eq!(text(&job.retries), "=5");
    assert_eq!(job.priority.as_ref().map(text).as_deref(), Some("7"));
    assert_eq!(task.headers.as_slice(), [("a".into(), "1".into()), ("b".into(), String::new())]);
    assert_eq!(text(&task.inputs[0].source), "=order.id");
    assert_eq!(task.outputs[0].target.join("/"), "delivery/number");
    assert_eq!(task.execution_listeners.len(), 1);
    assert_eq!(task.documentation.as_deref(), Some("Pack it."));
    assert_eq!(task.name.as_deref(), Some("Ship"));
    assert_eq!(task.kind.type_name(), "SERVICE_TASK");
    assert_eq!(process.element(task.incoming[0]).id.as_ref(), "s-t");
}

#[test]
fn gateways_take_conditions_with_and_without_equals() {
    let model = process(
        r#"<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="x" default="d"/><bpmn:endEvent id="e"/>
           <bpmn:sequenceFlow id="f" sourceRef="s" targetRef="x"/>
           <bpmn:sequenceFlow id="c1" sourceRef="x" targetRef="e">
             <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=a &gt; 1</bpmn:conditionExpression>
           </bpmn:sequenceFlow>
           <bpmn:sequenceFlow id="c2" sourceRef="x" targetRef="e">
             <bpmn:conditionExpression><![CDATA[ a < 1 ]]></bpmn:conditionExpression>
           </bpmn:sequenceFlow>
           <bpmn:sequenceFlow id="d" sourceRef="x" targetRef="e"/>"#,
    );
    let process = clean(&model);
    let gateway = element(&process, "x");
    let ids: Vec<_> = gateway.outgoing.iter().map(|f| process.element(*f).id.to_string()).collect();
    assert_eq!(ids, ["c1", "c2", "d"]);
    assert_eq!(gateway.default_flow, process.index_of("d"));
    let condition = |id: &str| {
        let flow = process.flow(process.index_of(id)?)?;
        flow.condition.as_ref().map(|c| c.text().trim().to_owned())
    };
    assert_eq!(condition("c1").as_deref(), Some("a > 1"));
    assert_eq!(condition("c2").as_deref(), Some("a < 1"));
    assert_eq!(condition("d"), None);
}

#[test]
fn complex_gateways_have_an_activation_condition() {
    let model = process(
        r#"<bpmn:startEvent id="s"/><bpmn:complexGateway id="x">
             <bpmn:activationCondition>=activationCount &gt;= needed</bpmn:activationCondition>
           </bpmn:complexGateway><bpmn:endEvent id="e"/>
           <bpmn:sequenceFlow id="f" sourceRef="s" targetRef="x"/><bpmn:sequenceFlow id="g" sourceRef="x" targetRef="e"/>"#,
    );
    let process = clean(&model);
    let gateway = element(&process, "x");
    let ElementKind::ComplexGateway { activation: Some(condition) } = &gateway.kind else {
        panic!("{:?}", gateway.kind)
    };
    assert_eq!(condition.variables(), ["activationCount", "needed"]);
    assert_eq!(process.gateways_reading, [gateway.index], "`needed` may activate it");
    assert!(process.reachability.contains_key(&gateway.index), "it has a reset");
}

#[test]
fn user_tasks_are_native_or_jobs() {
    let native =
        |extensions: &str| row(&["t"], &format!("<bpmn:userTask id=\"t\">{extensions}</bpmn:userTask>"));
    for (extensions, is_native) in [
        ("", true),
        ("<bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements>", true),
        (
            "<bpmn:extensionElements><zeebe:userTask/><zeebe:formDefinition formId=\"f\" bindingType=\"deployment\"/>\
             <zeebe:assignmentDefinition assignee=\"=who\" candidateGroups=\"a, b\"/>\
             <zeebe:taskSchedule dueDate=\"2027-01-01T00:00:00Z\"/><zeebe:priorityDefinition priority=\"80\"/>\
             <zeebe:taskListeners><zeebe:taskListener eventType=\"complete\" type=\"l\"/></zeebe:taskListeners>\
             </bpmn:extensionElements>",
            true,
        ),
        ("<bpmn:extensionElements><zeebe:formDefinition formKey=\"k\"/></bpmn:extensionElements>", false),
    ] {
        let process = clean(&native(extensions));
        let ElementKind::UserTask(task) = &element(&process, "t").kind else { panic!() };
        assert_eq!(matches!(task, UserTask::Native(_)), is_native, "{extensions}");
    }
}

#[test]
fn job_based_user_tasks_carry_static_values_as_headers() {
    let model = row(
        &["t"],
        r#"<bpmn:userTask id="t"><bpmn:extensionElements>
             <zeebe:formDefinition formKey="k"/>
             <zeebe:assignmentDefinition assignee="ann" candidateGroups="a, b"/>
           </bpmn:extensionElements></bpmn:userTask>"#,
    );
    let process = clean(&model);
    let headers = element(&process, "t").headers.as_slice();
    let expected = [
        ("io.camunda.zeebe:formKey", "k"),
        ("io.camunda.zeebe:assignee", "ann"),
        ("io.camunda.zeebe:candidateGroups", r#"["a","b"]"#),
    ];
    assert_eq!(headers, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
}

#[test]
fn lanes_are_default_candidate_groups() {
    let model = process(
        r#"<bpmn:laneSet id="ls"><bpmn:lane id="l1" name="Warehouse"><bpmn:flowNodeRef>s</bpmn:flowNodeRef>
             <bpmn:flowNodeRef>t</bpmn:flowNodeRef><bpmn:flowNodeRef>u</bpmn:flowNodeRef>
             <bpmn:childLaneSet id="cls"><bpmn:lane id="l2" name="Night, shift"><bpmn:flowNodeRef>u</bpmn:flowNodeRef></bpmn:lane>
             </bpmn:childLaneSet></bpmn:lane></bpmn:laneSet>
           <bpmn:startEvent id="s"/><bpmn:userTask id="t"/><bpmn:userTask id="u"/><bpmn:endEvent id="e"/>
           <bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="t"/>
           <bpmn:sequenceFlow id="f2" sourceRef="t" targetRef="u"/>
           <bpmn:sequenceFlow id="f3" sourceRef="u" targetRef="e"/>"#,
    );
    let process = clean(&model);
    let groups = |id: &str| match &element(&process, id).kind {
        ElementKind::UserTask(UserTask::Native(task)) => task.candidate_groups.as_ref().map(text),
        other => panic!("{other:?}"),
    };
    assert_eq!(groups("t").as_deref(), Some("Warehouse"));
    assert_eq!(groups("u").as_deref(), Some("=[\"Night, shift\"]"));
}

#[test]
fn scripts_run_in_the_engine_or_as_jobs() {
    let script = |inner: &str| {
        row(
            &["t"],
            &format!(
                "<bpmn:scriptTask id=\"t\"><bpmn:extensionElements>{inner}</bpmn:extensionElements></bpmn:scriptTask>"
            ),
        )
    };
    let process = clean(&script("<zeebe:script expression=\"=a+1\" resultVariable=\"b\"/>"));
    let ElementKind::ScriptTask(ScriptTask::Feel { expression, result_variable }) =
        &element(&process, "t").kind
    else {
        panic!()
    };
    assert_eq!((expression.text(), result_variable.as_deref()), ("a+1", Some("b")));
    let process = clean(&script("<zeebe:taskDefinition type=\"python\"/>"));
    assert!(matches!(element(&process, "t").kind, ElementKind::ScriptTask(ScriptTask::Job(_))));
}

#[test]
fn business_rules_are_decisions_or_jobs() {
    let task = |inner: &str| {
        row(
            &["t"],
            &format!(
                "<bpmn:businessRuleTask id=\"t\"><bpmn:extensionElements>{inner}</bpmn:extensionElements></bpmn:businessRuleTask>"
            ),
        )
    };
    let process = clean(&task(
        "<zeebe:calledDecision decisionId=\"risk\" resultVariable=\"r\" bindingType=\"versionTag\" versionTag=\"v2\"/>",
    ));
    let ElementKind::BusinessRuleTask(BusinessRuleTask::Decision(called)) = &element(&process, "t").kind
    else {
        panic!()
    };
    assert!(matches!(&called.decision_id, Dynamic::Static(id) if &**id == "risk"));
    assert_eq!((&called.binding, &*called.result_variable), (&Binding::VersionTag("v2".into()), "r"));
    let process = clean(&task("<zeebe:calledDecision decisionId=\"=which\" resultVariable=\"r\"/>"));
    let ElementKind::BusinessRuleTask(BusinessRuleTask::Decision(called)) = &element(&process, "t").kind
    else {
        panic!()
    };
    assert!(matches!((&called.decision_id, &called.binding), (Dynamic::Expression(_), Binding::Latest)));
    let process = clean(&task("<zeebe:taskDefinition type=\"rules\"/>"));
    assert!(matches!(element(&process, "t").kind, ElementKind::BusinessRuleTask(BusinessRuleTask::Job(_))));
}

#[test]
fn boundary_events_stand_on_their_activity() {
    let model = crate::common::definitions(
        r#"<bpmn:error id="Err" errorCode="OUT_OF_STOCK"/>
           <bpmn:message id="Msg" name="cancel"><bpmn:extensionElements><zeebe:subscription correlationKey="=id"/></bpmn:extensionElements></bpmn:message>
           <bpmn:process id="p" isExecutable="true">
             <bpmn:startEvent id="s"/>
             <bpmn:boundaryEvent id="b1" attachedToRef="t"><bpmn:errorEventDefinition errorRef="Err"/></bpmn:boundaryEvent>
             <bpmn:boundaryEvent id="b2" attachedToRef="t" cancelActivity="false"><bpmn:timerEventDefinition id="td"><bpmn:timeCycle xsi:type="bpmn:tFormalExpression">R3/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>
             <bpmn:boundaryEvent id="b3" attachedToRef="t"><bpmn:messageEventDefinition messageRef="Msg"/></bpmn:boundaryEvent>
             <bpmn:boundaryEvent id="b4" attachedToRef="t"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>
             <bpmn:userTask id="t"/><bpmn:endEvent id="e"/>
             <bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="t"/><bpmn:sequenceFlow id="f2" sourceRef="t" targetRef="e"/>
             <bpmn:sequenceFlow id="g1" sourceRef="b1" targetRef="e"/><bpmn:sequenceFlow id="g2" sourceRef="b2" targetRef="e"/>
             <bpmn:sequenceFlow id="g3" sourceRef="b3" targetRef="e"/><bpmn:sequenceFlow id="g4" sourceRef="b4" targetRef="e"/>
           </bpmn:process>"#,
    );
    let process = clean(&model);
    let task = element(&process, "t");
    let on: Vec<_> = task.boundary_events.iter().map(|b| process.element(*b).id.to_string()).collect();
    assert_eq!(on, ["b1", "b2", "b3", "b4"]);
    let kind = |id: &str| &element(&process, id).kind;
    let ElementKind::BoundaryEvent { attached_to, interrupting: true, trigger: Trigger::Error(error) } =
        kind("b1")
    else {
        panic!()
    };
    assert_eq!(*attached_to, task.index);
    assert_eq!(error.code.as_ref().map(text).as_deref(), Some("OUT_OF_STOCK"));
    assert!(matches!(
        kind("b2"),
        ElementKind::BoundaryEvent { interrupting: false, trigger: Trigger::Timer(_), .. }
    ));
    let ElementKind::BoundaryEvent { trigger: Trigger::Message(message), .. } = kind("b3") else { panic!() };
    assert_eq!(text(&message.name), "cancel");
    let Some(CorrelationKey::Given(key)) = &message.correlation_key else { panic!("no key") };
    assert_eq!(text(key), "=id");
    assert!(
        matches!(kind("b4"), ElementKind::BoundaryEvent { trigger: Trigger::Error(e), .. } if e.code.is_none())
    );
    assert!(matches!(kind("td"), ElementKind::NotExecuted { tag } if &**tag == "timerEventDefinition"));
}

#[test]
fn multi_instance_and_call_activity() {
    let model = row(
        &["c"],
        r#"<bpmn:callActivity id="c"><bpmn:extensionElements>
             <zeebe:calledElement processId="child" propagateAllChildVariables="false" bindingType="versionTag" versionTag="v1"/>
           </bpmn:extensionElements>
           <bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements>
             <zeebe:loopCharacteristics inputCollection="=lines" inputElement="line" outputCollection="results" outputElement="=result"/>
           </bpmn:extensionElements>
           <bpmn:completionCondition xsi:type="bpmn:tFormalExpression">=done</bpmn:completionCondition>
           </bpmn:multiInstanceLoopCharacteristics></bpmn:callActivity>"#,
    );
    let process = clean(&model);
    let element = element(&process, "c");
    let ElementKind::CallActivity(call) = &element.kind else { panic!() };
    assert_eq!(text(&call.process_id), "child");
    assert!(!call.propagate_all_child_variables && call.propagate_all_parent_variables);
    assert_eq!(call.binding, hosk_model::Binding::VersionTag("v1".into()));
    let Some(Repetition::MultiInstance(multi)) = &element.repetition else { panic!() };
    assert!(multi.sequential);
    assert!(matches!(&multi.source, MultiInstanceSource::Collection(c) if c.text() == "lines"));
    assert_eq!(multi.output_collection.as_deref(), Some("results"));
    assert_eq!(multi.completion_condition.as_ref().map(hosk_feel::Expression::text), Some("done"));
}

#[test]
fn sub_processes_hold_their_contents() {
    let model = process(
        r#"<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>
           <bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="sub"/><bpmn:sequenceFlow id="f2" sourceRef="sub" targetRef="e"/>
           <bpmn:subProcess id="sub">
             <bpmn:startEvent id="s2"/><bpmn:userTask id="t"/><bpmn:endEvent id="e2"><bpmn:terminateEventDefinition/></bpmn:endEvent>
             <bpmn:sequenceFlow id="f3" sourceRef="s2" targetRef="t"/><bpmn:sequenceFlow id="f4" sourceRef="t" targetRef="e2"/>
             <bpmn:subProcess id="esp" triggeredByEvent="true">
               <bpmn:startEvent id="s3" isInterrupting="false"><bpmn:timerEventDefinition><bpmn:timeDuration>=wait</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:startEvent>
               <bpmn:endEvent id="e3"/><bpmn:sequenceFlow id="f5" sourceRef="s3" targetRef="e3"/>
             </bpmn:subProcess>
           </bpmn:subProcess>"#,
    );
    let process = clean(&model);
    let sub = element(&process, "sub");
    assert_eq!(sub.contents.starts.first().copied(), process.index_of("s2"));
    assert_eq!(sub.contents.event_sub_processes, [process.index_of("esp").unwrap()]);
    let esp = element(&process, "esp");
    assert_eq!(esp.contents.triggered_starts, [process.index_of("s3").unwrap()]);
    assert_eq!(esp.scope, sub.index);
    assert_eq!(element(&process, "t").scope, sub.index);
    assert!(matches!(element(&process, "s3").kind, ElementKind::StartEvent { interrupting: false, .. }));
    assert!(matches!(
        element(&process, "e2").kind,
        ElementKind::EndEvent { trigger: Some(Trigger::Terminate) }
    ));
}

#[test]
fn conditional_event_with_filter() {
    let process = clean(&row(
        &["t"],
        "<bpmn:intermediateCatchEvent id='t'><bpmn:conditionalEventDefinition><bpmn:extensionElements>\
         <zeebe:conditionalFilter variableNames='stock, ordered' variableEvents='update'/></bpmn:extensionElements>\
         <bpmn:condition>=stock &lt; 10</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:intermediateCatchEvent>",
    ));
    let ElementKind::IntermediateCatchEvent { trigger: Trigger::Conditional(conditional) } =
        &element(&process, "t").kind
    else {
        panic!("{:?}", element(&process, "t").kind)
    };
    assert_eq!(conditional.condition.text(), "stock < 10");
    assert!(conditional.looks_at("ordered", false));
    assert!(!conditional.looks_at("ordered", true), "it looks at updates only");
    assert!(!conditional.looks_at("price", false));
}

#[test]
fn event_definition_declared_at_the_root() {
    let model = row(
        &["t"],
        "<bpmn:intermediateCatchEvent id='t'><bpmn:eventDefinitionRef>later</bpmn:eventDefinitionRef>\
         </bpmn:intermediateCatchEvent>",
    );
    let root = "<bpmn:timerEventDefinition id='later'><bpmn:timeDuration>PT1H</bpmn:timeDuration>\
                </bpmn:timerEventDefinition><bpmn:process ";
    let process = clean(&model.replacen("<bpmn:process ", root, 1));
    let ElementKind::IntermediateCatchEvent { trigger: Trigger::Timer(timer) } = &element(&process, "t").kind
    else {
        panic!("{:?}", element(&process, "t").kind)
    };
    assert_eq!(text(&timer.value), "PT1H");
}

#[test]
fn messages_are_published_or_sent_by_jobs() {
    let publish = r#"<bpmn:extensionElements><zeebe:publishMessage correlationKey="=order" messageId="once" timeToLive="PT1H"/></bpmn:extensionElements>"#;
    let event = format!(r#"{publish}<bpmn:messageEventDefinition messageRef="Msg"/>"#);
    let model = crate::common::definitions(&format!(
        r#"<bpmn:message id="Msg" name="paid"/>
           <bpmn:process id="p" isExecutable="true">
             <bpmn:startEvent id="s"/><bpmn:sendTask id="t" messageRef="Msg">{publish}</bpmn:sendTask>
             <bpmn:intermediateThrowEvent id="i">{event}</bpmn:intermediateThrowEvent>
             <bpmn:endEvent id="e">{event}</bpmn:endEvent>
             <bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="t"/><bpmn:sequenceFlow id="f2" sourceRef="t" targetRef="i"/>
             <bpmn:sequenceFlow id="f3" sourceRef="i" targetRef="e"/>
           </bpmn:process>"#
    ));
    let process = clean(&model);
    for id in ["t", "i", "e"] {
        let publication = match &element(&process, id).kind {
            ElementKind::SendTask(SendTask::Publish(publication)) => publication,
            ElementKind::IntermediateThrowEvent { trigger: Some(Trigger::Message(message)) }
            | ElementKind::EndEvent { trigger: Some(Trigger::Message(message)) } => {
                assert!(message.job.is_none(), "{id}");
                message.publication.as_ref().unwrap()
            }
            other => panic!("{id}: {other:?}"),
        };
        assert_eq!(text(&publication.name), "paid", "{id}");
        let given =
            matches!(publication.correlation_key, Some(CorrelationKey::Given(Dynamic::Expression(_))));
        assert!(given, "{id}");
        assert_eq!(publication.message_id.as_ref().map(text).as_deref(), Some("once"), "{id}");
        assert_eq!(publication.time_to_live.as_ref().map(text).as_deref(), Some("PT1H"), "{id}");
    }
}

#[test]
fn ad_hoc_sub_processes_know_what_can_be_activated() {
    let model = row(
        &["x"],
        r#"<bpmn:adHocSubProcess id="x" ordering="Sequential" cancelRemainingInstances="false">
             <bpmn:extensionElements><zeebe:adHoc activeElementsCollection="=chosen" outputCollection="answers" outputElement="=answer"/></bpmn:extensionElements>
             <bpmn:userTask id="a"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements></bpmn:userTask>
             <bpmn:task id="b"/><bpmn:sequenceFlow id="f" sourceRef="a" targetRef="b"/><bpmn:task id="c"/>
             <bpmn:subProcess id="h" triggeredByEvent="true"><bpmn:startEvent id="hs"><bpmn:errorEventDefinition/></bpmn:startEvent></bpmn:subProcess>
             <bpmn:completionCondition>=done</bpmn:completionCondition>
           </bpmn:adHocSubProcess>"#,
    );
    let process = clean(&model);
    let x = element(&process, "x");
    let ElementKind::AdHocSubProcess(ad_hoc) = &x.kind else { panic!("{:?}", x.kind) };
    assert!(ad_hoc.sequential && !ad_hoc.cancel_remaining);
    assert_eq!(ad_hoc.active_elements.as_ref().unwrap().text(), "chosen");
    assert_eq!(ad_hoc.completion_condition.as_ref().unwrap().text(), "done");
    assert_eq!(ad_hoc.output_collection.as_deref(), Some("answers"));
    let starts: Vec<&str> = x.contents.starts.iter().map(|start| &*process.element(*start).id).collect();
    assert_eq!(starts, ["a", "c"], "no flow leads to them, and no event begins them");
}

#[test]
fn without_start_events_everything_that_no_flow_leads_to_begins() {
    let model = process(
        r#"<bpmn:task id="a"/><bpmn:task id="b"/><bpmn:sequenceFlow id="f" sourceRef="a" targetRef="b"/><bpmn:task id="c"/>"#,
    );
    let compiled = hosk_model::compile(model.as_bytes(), "test.bpmn");
    assert_eq!(crate::common::findings(&compiled), ["missing-start-event p"]);
    assert!(!compiled.has_errors(), "it is a warning");
    let process = &compiled.processes[0];
    let starts: Vec<_> =
        process.elements[0].contents.starts.iter().map(|start| process.element(*start)).collect();
    assert_eq!(starts.iter().map(|start| &*start.id).collect::<Vec<_>>(), ["a", "c"]);
}

#[test]
fn a_process_may_have_several_start_events_without_trigger() {
    let process = clean(&process(
        r#"<bpmn:startEvent id="s"/><bpmn:startEvent id="t"/><bpmn:task id="a"/>
           <bpmn:sequenceFlow id="f" sourceRef="s" targetRef="a"/><bpmn:sequenceFlow id="g" sourceRef="t" targetRef="a"/>"#,
    ));
    assert_eq!(process.elements[0].contents.starts.len(), 2);
}

#[test]
fn multi_instance_activities_throw_events() {
    let model = |attributes: &str, inside: &str| {
        definitions(&format!(
            r#"<bpmn:escalation id="E" name="e" escalationCode="HALF"/>
               <bpmn:signal id="S" name="HALF"/><bpmn:message id="K" name="HALF"/>
               <bpmn:message id="M" name="HALF"><bpmn:extensionElements><zeebe:subscription correlationKey="=order"/>
               </bpmn:extensionElements></bpmn:message><bpmn:escalationEventDefinition id="half" escalationRef="E"/>
               <bpmn:signalEventDefinition id="signal" signalRef="S"/><bpmn:messageEventDefinition id="message"/>
               <bpmn:process id="p" isExecutable="true">{}</bpmn:process>"#,
            row_in(
                &["t"],
                &format!(
                    r#"<bpmn:task id="t"><bpmn:multiInstanceLoopCharacteristics {attributes}>
                       <bpmn:loopCardinality>3</bpmn:loopCardinality>{inside}</bpmn:multiInstanceLoopCharacteristics></bpmn:task>"#
                )
            )
        ))
    };
    let complex = |event: &str| {
        format!(
            "<bpmn:complexBehaviorDefinition id='c'><bpmn:condition>=numberOfCompletedInstances = 2</bpmn:condition>\
             <bpmn:event id='ev'>{event}</bpmn:event></bpmn:complexBehaviorDefinition>"
        )
    };
    let escalation = complex("<bpmn:escalationEventDefinition escalationRef='E'/>");
    let signal = complex("<bpmn:signalEventDefinition signalRef='S'/>");
    let message = complex("<bpmn:messageEventDefinition messageRef='M'/>");
    for (attributes, inside) in [
        (r#"behavior="One" oneBehaviorEventRef="half""#, ""),
        (r#"behavior="None" noneBehaviorEventRef="half""#, ""),
        (r#"behavior="One" oneBehaviorEventRef="signal""#, ""),
        (r#"behavior="Complex""#, &escalation),
        (r#"behavior="Complex""#, &signal),
        (r#"behavior="Complex""#, &message),
    ] {
        let process = clean(&model(attributes, inside));
        let Some(Repetition::MultiInstance(repeated)) = &element(&process, "t").repetition else { panic!() };
        let event = match &repeated.behavior {
            MultiInstanceBehavior::First(event) | MultiInstanceBehavior::Each(event) => event,
            MultiInstanceBehavior::Complex(definitions) => &definitions[0].event,
            MultiInstanceBehavior::Nothing => panic!("{attributes}"),
        };
        let name = match event {
            BehaviorEvent::Escalation(escalation) => escalation.code.as_ref().unwrap(),
            BehaviorEvent::Signal(signal) => &signal.name,
            BehaviorEvent::Message(message) => &message.name,
            BehaviorEvent::Default(_) => panic!("{attributes}"),
        };
        assert_eq!(text(name), "HALF");
    }
    let nameless = complex("<bpmn:messageEventDefinition/>");
    let keyless = complex("<bpmn:messageEventDefinition messageRef='K'/>");
    let timer = complex("<bpmn:timerEventDefinition/>");
    for (attributes, inside, expected) in [
        (r#"behavior="One" oneBehaviorEventRef="gone""#, "", "dangling-reference t"),
        (r#"behavior="One" oneBehaviorEventRef="message""#, "", "missing-attribute -"),
        (r#"behavior="Complex""#, &nameless, "missing-attribute ev"),
        (r#"behavior="Complex""#, &keyless, "missing-attribute t"),
        (r#"behavior="Complex""#, "", "missing-attribute t"),
        (r#"behavior="Complex""#, &timer, "unsupported-element t"),
        (r#"behavior="Many""#, "", "invalid-attribute t"),
    ] {
        let compiled = hosk_model::compile(model(attributes, inside).as_bytes(), "test.bpmn");
        assert!(
            crate::common::findings(&compiled).contains(&expected.to_owned()),
            "{:?}",
            compiled.diagnostics
        );
    }
}
