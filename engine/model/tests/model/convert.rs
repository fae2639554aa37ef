//! Models of Camunda 7 become models that compile; what has no equivalent is listed.

use hosk_model::convert::{Conversion, NoteKind, convert};
use hosk_model::{CallActivity, Dynamic, Element, ElementKind, compile, compile_form};

use crate::common::{element, row};

const ORDER: &str = include_str!("models/camunda-seven-order.bpmn");

fn converted(text: &str) -> Conversion {
    convert(text.as_bytes(), "seven.bpmn").unwrap()
}

#[track_caller]
fn assert_clean(conversion: &Conversion) -> std::sync::Arc<hosk_model::ProcessDefinition> {
    let compiled = compile(conversion.xml.as_bytes(), "converted.bpmn");
    let errors: Vec<_> = compiled.diagnostics.iter().filter(|d| d.is_error()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{}", conversion.xml);
    compiled.processes[0].clone()
}

fn text(value: &Dynamic) -> String {
    match value {
        Dynamic::Static(text) => text.to_string(),
        Dynamic::Expression(expression) => format!("={}", expression.text()),
    }
}

fn inputs(element: &Element) -> Vec<String> {
    element.inputs.iter().map(|m| format!("{} {}", m.target.join("."), text(&m.source))).collect()
}

#[test]
fn a_realistic_model_compiles_after_conversion() {
    let conversion = converted(ORDER);
    let process = assert_clean(&conversion);
    assert_eq!(process.version_tag.as_deref(), Some("2.1"));

    let reserve = element(&process, "reserve");
    let ElementKind::ServiceTask(job) = &reserve.kind else { panic!("no service task") };
    assert_eq!((text(&job.job_type), text(&job.retries)), ("reserve-goods".into(), "5".into()));
    assert_eq!(job.priority.as_ref().map(text), Some("20".into()));
    assert_eq!(reserve.documentation.as_deref(), Some("Ask the warehouse."));
    assert_eq!(
        inputs(reserve),
        [
            "count =amount * 2",
            "note =\"Order \" + string(orderId)",
            "places =[\"Yerevan\", order.place]",
            "options ={\"fast\": express, \"when \\\"due\\\"\": \"soon\"}",
            "scripted =amount > 3",
        ]
    );
    assert_eq!(text(&reserve.outputs[0].source), "=result.number");
    assert_eq!(reserve.execution_listeners.len(), 1);

    let flow = process.flow(process.index_of("f3").unwrap()).unwrap();
    assert_eq!(flow.condition.as_ref().unwrap().text(), "amount > 100 and not(blocked)");

    let ElementKind::CallActivity(CallActivity {
        process_id,
        propagate_all_child_variables,
        propagate_all_parent_variables,
        ..
    }) = &element(&process, "inform").kind
    else {
        panic!("no call activity")
    };
    assert_eq!(text(process_id), "inform-customer");
    assert!(*propagate_all_child_variables && !propagate_all_parent_variables);
    assert_eq!(inputs(element(&process, "inform")), ["id =orderId", "mail =order.customer.mail"]);
    assert!(element(&process, "inform").repetition.is_some());

    let ElementKind::ServiceTask(ship) = &element(&process, "ship").kind else { panic!("no service task") };
    assert_eq!(text(&ship.job_type), "shipping.send");
}

#[test]
fn the_rest_of_the_file_stays_as_it_is() {
    let conversion = converted(ORDER);
    for kept in [
        "  <!-- Ordering, as the warehouse knows it. -->\n",
        "<bpmn:outgoing>f1</bpmn:outgoing>",
        "  <bpmndi:BPMNDiagram id=\"d1\">\n    <bpmndi:BPMNPlane id=\"pl1\" bpmnElement=\"order\">\n",
        "modeler:executionPlatform=\"Camunda Cloud\"",
        "      <bpmn:documentation>Ask the warehouse.</bpmn:documentation>\n      <bpmn:extensionElements>\n        <zeebe:taskDefinition type=\"reserve-goods\" retries=\"5\" />\n",
    ] {
        assert!(conversion.xml.contains(kept), "{kept}\n{}", conversion.xml);
    }
    for line in conversion.xml.lines() {
        assert!(!line.trim_end().is_empty(), "an empty line is left:\n{}", conversion.xml);
    }
}

#[test]
fn what_has_no_equivalent_is_listed_with_its_place() {
    let conversion = converted(ORDER);
    let left: Vec<(Option<&str>, u32)> = conversion
        .notes
        .iter()
        .filter(|note| note.kind == NoteKind::Left)
        .map(|note| (note.element_id.as_deref(), note.position.line))
        .collect();
    assert_eq!(left, [(Some("approve"), 69)], "{:#?}", conversion.notes);
    assert!(!conversion.is_complete());
    assert!(conversion.xml.contains("com.acme.Gone"), "it is still there");
    let dropped = conversion.notes.iter().filter(|note| note.kind == NoteKind::Dropped).count();
    assert_eq!(dropped, 2, "asyncBefore and historyTimeToLive: {:#?}", conversion.notes);
}

#[test]
fn form_data_becomes_a_form() {
    let conversion = converted(ORDER);
    assert_eq!(conversion.forms.len(), 1);
    let form = &conversion.forms[0];
    assert_eq!(form.file, "ordered-form.form");
    assert!(compile_form(form.json.as_bytes(), &form.file).is_ok(), "{}", form.json);
    assert!(form.json.contains("\"min\": 1") && form.json.contains("\"Kind A\""), "{}", form.json);
    assert!(conversion.xml.contains("<zeebe:formDefinition formId=\"ordered-form\" />"));
}

#[test]
fn converting_twice_changes_nothing_more() {
    let once = converted(ORDER);
    let twice = converted(&once.xml);
    assert!(twice.xml == once.xml, "{}", twice.xml);
}

#[test]
fn a_model_without_camunda_seven_comes_back_byte_for_byte() {
    for text in [include_str!("models/approve-order.bpmn"), include_str!("models/other-exporter.bpmn")] {
        let conversion = converted(text);
        assert!(conversion.xml == text, "{}", conversion.xml);
        assert_eq!(conversion.notes, []);
    }
}

#[test]
fn single_parts() {
    for (task, expected) in [
        (
            "<bpmn:serviceTask id='t' camunda:delegateExpression='${mailer}'/>",
            "<zeebe:taskDefinition type=\"mailer\" />",
        ),
        (
            "<bpmn:serviceTask id='t'><bpmn:extensionElements><camunda:connector><camunda:connectorId>http-connector</camunda:connectorId>\
             <camunda:inputOutput><camunda:inputParameter name='url'>https://x</camunda:inputParameter></camunda:inputOutput>\
             </camunda:connector></bpmn:extensionElements></bpmn:serviceTask>",
            "<zeebe:input source=\"=&quot;https://x&quot;\" target=\"url\" />",
        ),
        (
            "<bpmn:serviceTask id='t' camunda:class='a.B'><bpmn:extensionElements><camunda:field name='to'><camunda:string>anna</camunda:string></camunda:field></bpmn:extensionElements></bpmn:serviceTask>",
            "<zeebe:header key=\"to\" value=\"anna\" />",
        ),
        (
            "<bpmn:scriptTask id='t' scriptFormat='juel' camunda:resultVariable='x'><bpmn:script>${a + 1}</bpmn:script></bpmn:scriptTask>",
            "<zeebe:script expression=\"=a + 1\" resultVariable=\"x\" />",
        ),
        (
            "<bpmn:userTask id='t' camunda:formRef='f' camunda:formRefBinding='deployment'/>",
            "<zeebe:formDefinition formId=\"f\" bindingType=\"deployment\" />",
        ),
        (
            "<bpmn:userTask id='t' camunda:formKey='embedded:app:x.html'/>",
            "<zeebe:formDefinition externalReference=\"embedded:app:x.html\" />",
        ),
        ("<bpmn:callActivity id='t' calledElement='${which}'/>", "<zeebe:calledElement processId=\"=which\""),
    ] {
        let conversion = converted(&row(&["t"], task));
        assert!(conversion.xml.contains(expected), "{expected}\n{}", conversion.xml);
        assert_clean(&conversion);
    }
}

#[test]
fn what_cannot_be_converted_stays() {
    for task in [
        "<bpmn:userTask id='t' camunda:skipExpression='${x}'/>",
        "<bpmn:userTask id='t' camunda:assignee='${bean.boss()}'/>",
        "<bpmn:userTask id='t' camunda:priority='900'/>",
        "<bpmn:userTask id='t'><bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name='a'>${b.c()}</camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements></bpmn:userTask>",
        "<bpmn:userTask id='t'><bpmn:extensionElements><camunda:inputOutput><camunda:inputParameter name='a'><camunda:script scriptFormat='groovy'>1</camunda:script></camunda:inputParameter></camunda:inputOutput></bpmn:extensionElements></bpmn:userTask>",
    ] {
        let conversion = converted(&row(&["t"], task));
        let left: Vec<_> = conversion.notes.iter().filter(|note| note.kind == NoteKind::Left).collect();
        assert_eq!(left.len(), 1, "{task}: {:#?}", conversion.notes);
        assert_eq!(left[0].element_id.as_deref(), Some("t"));
        assert!(conversion.xml.contains("xmlns:camunda="));
    }
}

#[test]
fn broken_files_are_refused_with_a_place() {
    let diagnostic = convert(b"<a>\n<b></a>", "x.bpmn").unwrap_err();
    assert_eq!((diagnostic.code.as_str(), diagnostic.position.line), ("malformed-xml", 2));
}
