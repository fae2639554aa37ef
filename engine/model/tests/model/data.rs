//! Standard BPMN data, resources, scripts and global tasks: no vendor extension anywhere.

use hosk_model::{Dynamic, ElementKind, Mapping, MultiInstanceSource, Repetition, ScriptTask, UserTask};

use crate::common::{clean, definitions, element, found, process, row, row_in};

fn mapped(mappings: &[Mapping]) -> Vec<String> {
    let source = |mapping: &Mapping| match &mapping.source {
        Dynamic::Static(text) => format!("'{text}'"),
        Dynamic::Expression(expression) => expression.text().to_owned(),
    };
    mappings.iter().map(|m| format!("{} := {}", m.target.join("."), source(m))).collect()
}

const SPECIFICATION: &str = "<bpmn:ioSpecification id='io'><bpmn:dataInput id='in' name='request'/>\
    <bpmn:dataInput id='in2' name='two words'/><bpmn:dataOutput id='out' name='answer'/>\
    <bpmn:inputSet id='is'><bpmn:dataInputRefs>in</bpmn:dataInputRefs><bpmn:dataInputRefs>in2</bpmn:dataInputRefs>\
    <bpmn:optionalInputRefs>in2</bpmn:optionalInputRefs></bpmn:inputSet>\
    <bpmn:outputSet id='os'><bpmn:dataOutputRefs>out</bpmn:dataOutputRefs></bpmn:outputSet></bpmn:ioSpecification>";

#[test]
fn associations_are_mappings_and_sets_say_what_must_be_there() {
    let text = row(
        &["t"],
        &format!(
            "<bpmn:dataObject id='d1' name='order'/><bpmn:dataObjectReference id='r1' name='order [checked]' dataObjectRef='d1'>\
             <bpmn:dataState id='ds' name='checked'/></bpmn:dataObjectReference><bpmn:dataObject id='d2' isCollection='true'/>\
             <bpmn:dataObjectReference id='r2' name='answers' dataObjectRef='d2'/>\
             <bpmn:manualTask id='t'>{SPECIFICATION}\
             <bpmn:dataInputAssociation id='a1'><bpmn:sourceRef>r1</bpmn:sourceRef><bpmn:targetRef>in</bpmn:targetRef></bpmn:dataInputAssociation>\
             <bpmn:dataInputAssociation id='a2'><bpmn:sourceRef>r1</bpmn:sourceRef><bpmn:sourceRef>r2</bpmn:sourceRef>\
             <bpmn:targetRef>in2</bpmn:targetRef><bpmn:transformation>=count(answers) + order.n</bpmn:transformation></bpmn:dataInputAssociation>\
             <bpmn:dataOutputAssociation id='a3'><bpmn:sourceRef>out</bpmn:sourceRef><bpmn:targetRef>r2</bpmn:targetRef></bpmn:dataOutputAssociation>\
             <bpmn:dataOutputAssociation id='a4'><bpmn:sourceRef>out</bpmn:sourceRef><bpmn:targetRef>r1</bpmn:targetRef>\
             <bpmn:assignment><bpmn:from>answer.total * 2</bpmn:from><bpmn:to>order.total</bpmn:to></bpmn:assignment></bpmn:dataOutputAssociation>\
             </bpmn:manualTask>"
        ),
    );
    let process = clean(&text);
    let task = element(&process, "t");
    assert_eq!(mapped(&task.inputs), ["request := order", "in2 := count(answers) + order.n"]);
    assert_eq!(mapped(&task.outputs), ["answers := answer", "order.total := answer.total * 2"]);
    assert_eq!(task.data.input_sets, [["request".into()]]);
    assert_eq!(task.data.output_sets, [["answer".into()]]);
    assert!(
        element(&process, "p").data.declared.is_empty(),
        "what nobody declares goes to the process anyway"
    );
}

#[test]
fn sub_processes_and_activities_have_variables_of_their_own() {
    let inner = row_in(&["t"], "<bpmn:userTask id='t'><bpmn:property id='tp' name='note'/></bpmn:userTask>");
    let inner = inner.replace("\"s\"", "\"is\"").replace("\"e\"", "\"ie\"");
    let text = row(
        &["sub"],
        &format!(
            "<bpmn:subProcess id='sub'><bpmn:property id='p1' name='count'/><bpmn:dataObject id='d' name='draft'/>\
             <bpmn:dataObject id='prose' name='A picture'/>{inner}</bpmn:subProcess>"
        ),
    );
    let process = clean(&text);
    let declared =
        |id: &str| element(&process, id).data.declared.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(declared("sub"), ["count", "draft"]);
    assert_eq!(declared("t"), ["note"]);
}

#[test]
fn wrong_data_is_named() {
    let task = |content: &str| {
        row(
            &["t"],
            &format!(
                "<bpmn:dataObject id='d' name='order'/><bpmn:subProcess id='other'><bpmn:startEvent id='otherStart'/>\
                 <bpmn:dataObject id='hidden' name='hidden'/></bpmn:subProcess>\
                 <bpmn:sequenceFlow id='f' sourceRef='s' targetRef='other'/>\
                 <bpmn:manualTask id='t'>{SPECIFICATION}{content}</bpmn:manualTask>"
            ),
        )
    };
    let association =
        |content: &str| task(&format!("<bpmn:dataInputAssociation>{content}</bpmn:dataInputAssociation>"));
    let (source, target) = ("<bpmn:sourceRef>d</bpmn:sourceRef>", "<bpmn:targetRef>in</bpmn:targetRef>");
    for (content, code) in [
        (format!("<bpmn:sourceRef>gone</bpmn:sourceRef>{target}"), "dangling-reference"),
        (format!("{source}<bpmn:targetRef>gone</bpmn:targetRef>"), "dangling-reference"),
        (format!("<bpmn:sourceRef>hidden</bpmn:sourceRef>{target}"), "invalid-reference"),
        (format!("<bpmn:sourceRef>other</bpmn:sourceRef>{target}"), "invalid-reference"),
        (format!("{source}{source}{target}"), "invalid-reference"),
        (format!("{source}{target}<bpmn:transformation>1 +</bpmn:transformation>"), "feel-syntax-error"),
        (
            format!("{source}{target}<bpmn:transformation language='groovy'>1</bpmn:transformation>"),
            "unsupported-element",
        ),
        (
            format!(
                "{target}<bpmn:assignment><bpmn:from>1</bpmn:from><bpmn:to>other</bpmn:to></bpmn:assignment>"
            ),
            "invalid-attribute",
        ),
        (format!("{target}<bpmn:assignment><bpmn:from>1</bpmn:from></bpmn:assignment>"), "missing-attribute"),
    ] {
        assert_eq!(found(&association(&content)), [format!("{code} t")], "{content}");
    }
}

#[test]
fn scripts_in_feel_run_and_others_are_refused() {
    let script = |attributes: &str, more: &str| {
        row(
            &["t"],
            &format!(
                "<bpmn:scriptTask id='t' {attributes}>{more}<bpmn:script>a + 1</bpmn:script></bpmn:scriptTask>"
            ),
        )
    };
    let process = clean(&script("scriptFormat='application/feel'", ""));
    let ElementKind::ScriptTask(ScriptTask::Feel { expression, result_variable }) =
        &element(&process, "t").kind
    else {
        panic!("no FEEL script");
    };
    assert_eq!((expression.text(), result_variable.as_deref()), ("a + 1", None));
    let output = "<bpmn:ioSpecification><bpmn:dataOutput id='o' name='sum'/></bpmn:ioSpecification>";
    let process = clean(&script("scriptFormat='FEEL'", output));
    let ElementKind::ScriptTask(ScriptTask::Feel { result_variable, .. }) = &element(&process, "t").kind
    else {
        panic!("no FEEL script");
    };
    assert_eq!(result_variable.as_deref(), Some("sum"));
    assert_eq!(found(&script("scriptFormat='groovy'", "")), ["unsupported-element t"]);
    assert_eq!(found(&script("", "")), ["missing-attribute t"]);
    assert_eq!(found(&row(&["t"], "<bpmn:scriptTask id='t' scriptFormat='feel'/>")), ["missing-attribute t"]);
}

#[test]
fn resource_roles_assign_user_tasks() {
    let root = "<bpmn:resource id='r' name='warehouse'/>";
    let body = |expression: &str| {
        format!(
            "<bpmn:resourceAssignmentExpression><bpmn:formalExpression>{expression}</bpmn:formalExpression>\
             </bpmn:resourceAssignmentExpression>"
        )
    };
    let model = |roles: &str| {
        let task = row_in(&["t"], &format!("<bpmn:userTask id='t'>{roles}</bpmn:userTask>"));
        definitions(&format!("{root}<bpmn:process id='p' isExecutable='true'>{task}</bpmn:process>"))
    };
    let roles = format!(
        "<bpmn:humanPerformer>{}</bpmn:humanPerformer><bpmn:potentialOwner>{}</bpmn:potentialOwner>\
         <bpmn:potentialOwner><bpmn:resourceRef>r</bpmn:resourceRef></bpmn:potentialOwner>",
        body("=order.clerk"),
        body("user(anna), group(sales), support")
    );
    let process = clean(&model(&roles));
    let ElementKind::UserTask(UserTask::Native(task)) = &element(&process, "t").kind else {
        panic!("not native")
    };
    let text = |value: &Option<Dynamic>| match value {
        Some(Dynamic::Static(text)) => text.to_string(),
        Some(Dynamic::Expression(expression)) => format!("={}", expression.text()),
        None => String::new(),
    };
    assert_eq!(text(&task.assignee), "=order.clerk");
    assert_eq!(text(&task.candidate_users), "anna");
    assert_eq!(text(&task.candidate_groups), "sales,support,warehouse");
    let both = format!(
        "<bpmn:potentialOwner>{}</bpmn:potentialOwner><bpmn:potentialOwner>{}</bpmn:potentialOwner>",
        body("=teams"),
        body("sales")
    );
    let process = clean(&model(&both));
    let ElementKind::UserTask(UserTask::Native(task)) = &element(&process, "t").kind else {
        panic!("not native")
    };
    assert_eq!(text(&task.candidate_groups), "=flatten([(teams), \"sales\"])");
    let gone = "<bpmn:performer><bpmn:resourceRef>gone</bpmn:resourceRef></bpmn:performer>";
    assert_eq!(found(&model(gone)), ["dangling-reference t"]);
    let query = "<bpmn:performer><bpmn:resourceRef>r</bpmn:resourceRef><bpmn:resourceParameterBinding parameterRef='x'/></bpmn:performer>";
    assert_eq!(found(&model(query)), ["unsupported-element t"]);
}

#[test]
fn global_tasks_are_processes_of_their_own() {
    let text = definitions(
        "<bpmn:globalUserTask id='approve' name='Approve'><bpmn:documentation>Look twice.</bpmn:documentation></bpmn:globalUserTask>\
         <bpmn:globalScriptTask id='sum' scriptLanguage='feel'><bpmn:script>{total: a + b}</bpmn:script></bpmn:globalScriptTask>\
         <bpmn:globalTask id='nothing'/><bpmn:globalManualTask id='hand'/>",
    );
    let compiled = hosk_model::compile(text.as_bytes(), "x.bpmn");
    assert_eq!(compiled.diagnostics, []);
    let ids: Vec<&str> = compiled.processes.iter().map(|p| &*p.id).collect();
    assert_eq!(ids, ["approve", "sum", "nothing", "hand"]);
    let approve = &compiled.processes[0];
    let start = approve.element(approve.elements[0].contents.starts[0]);
    let task = approve.element(approve.flow(start.outgoing[0]).unwrap().target);
    assert!(matches!(task.kind, ElementKind::UserTask(_)));
    assert_eq!((&*task.id, task.documentation.as_deref()), ("approve_task", Some("Look twice.")));
    let end = approve.element(approve.flow(task.outgoing[0]).unwrap().target);
    assert!(matches!(end.kind, ElementKind::EndEvent { .. }));
}

#[test]
fn call_activities_may_say_it_the_standard_way() {
    let call = |attributes: &str| row(&["c"], &format!("<bpmn:callActivity id='c' {attributes}/>"));
    let process = clean(&call("calledElement='child'"));
    let ElementKind::CallActivity(call_activity) = &element(&process, "c").kind else {
        panic!("no call activity")
    };
    assert!(matches!(&call_activity.process_id, Dynamic::Static(id) if &**id == "child"));
    assert!(call_activity.propagate_all_parent_variables);
    assert_eq!(found(&call("")), ["missing-attribute c"]);
    assert_eq!(found(&call("calledElement='s'")), ["invalid-reference c"]);
    assert_eq!(found(&call("calledElement='${which}'")), ["invalid-attribute c"]);
}

#[test]
fn operations_name_jobs() {
    let model = |reference: &str| {
        let task = row_in(&["t"], &format!("<bpmn:serviceTask id='t' operationRef='{reference}'/>"));
        definitions(&format!(
            "<bpmn:interface id='i' name='Shop'><bpmn:operation id='op' name='shipGoods'/></bpmn:interface>\
             <bpmn:process id='p' isExecutable='true'>{task}</bpmn:process>"
        ))
    };
    let process = clean(&model("op"));
    let ElementKind::ServiceTask(job) = &element(&process, "t").kind else { panic!("no service task") };
    assert!(matches!(&job.job_type, Dynamic::Static(name) if &**name == "shipGoods"));
    assert_eq!(found(&model("gone")), ["dangling-reference t"]);
}

#[test]
fn multi_instance_in_standard_words() {
    let text = row(
        &["t"],
        "<bpmn:dataObject id='lines' name='lines' isCollection='true'/><bpmn:dataObject id='sums' name='sums' isCollection='true'/>\
         <bpmn:manualTask id='t'><bpmn:ioSpecification><bpmn:dataInput id='di' name='all'/></bpmn:ioSpecification>\
         <bpmn:dataInputAssociation><bpmn:sourceRef>lines</bpmn:sourceRef><bpmn:targetRef>di</bpmn:targetRef></bpmn:dataInputAssociation>\
         <bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>di</bpmn:loopDataInputRef>\
         <bpmn:loopDataOutputRef>sums</bpmn:loopDataOutputRef><bpmn:inputDataItem id='i1' name='line'/>\
         <bpmn:outputDataItem id='i2' name='sum'/></bpmn:multiInstanceLoopCharacteristics></bpmn:manualTask>",
    );
    let process = clean(&text);
    let Some(Repetition::MultiInstance(repetition)) = &element(&process, "t").repetition else {
        panic!("none")
    };
    assert!(matches!(&repetition.source, MultiInstanceSource::Collection(e) if e.text() == "lines"));
    assert_eq!(repetition.input_element.as_deref(), Some("line"));
    assert_eq!(repetition.output_collection.as_deref(), Some("sums"));
    assert_eq!(repetition.output_element.as_ref().map(hosk_feel::Expression::text), Some("sum"));
    let wrong = text.replace(">di</bpmn:loopDataInputRef>", ">s</bpmn:loopDataInputRef>");
    assert_eq!(found(&wrong), ["dangling-reference t"]);
}

#[test]
fn choreographies_are_refused() {
    let inside = process("<bpmn:startEvent id='s'/>");
    let text = inside.replace("</bpmn:definitions>", "<bpmn:choreography id='ch'/></bpmn:definitions>");
    assert_eq!(found(&text), ["unsupported-element ch"]);
}
