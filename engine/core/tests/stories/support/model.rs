//! Processes for tests, written short: elements as XML, flows as arrows.

use std::sync::Arc;

/// Compiles the inside of one or more `<process>` elements; findings that are errors fail the test.
pub(crate) fn compile(definitions: &str) -> Vec<Arc<hosk_model::ProcessDefinition>> {
    let xml = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="definitions" targetNamespace="test">
{definitions}
</definitions>"#
    );
    let compiled = hosk_model::compile(xml.as_bytes(), "test.bpmn");
    assert!(!compiled.has_errors(), "{:#?}\n{xml}", compiled.diagnostics);
    compiled.processes
}

/// `a -> b -> c` and, with a condition, `a -[= x > 1]-> b`; flows are called `a-b`. One path per line.
pub(crate) fn flows(text: &str) -> String {
    let mut xml = String::new();
    for line in text.lines() {
        let mut words = line.split_whitespace().peekable();
        let mut source = words.next();
        while let Some(from) = source {
            let Some(arrow) = words.next() else { break };
            let mut condition = String::new();
            if let Some(first) = arrow.strip_prefix("-[") {
                condition.push_str(first);
                while !condition.ends_with("]->") {
                    condition.push(' ');
                    condition.push_str(words.next().expect("condition ends with ]->"));
                }
                condition.truncate(condition.len() - 3);
            }
            let to = words.next().expect("a target");
            let body = if condition.is_empty() {
                String::new()
            } else {
                let text = condition.replace('<', "&lt;").replace('>', "&gt;");
                format!(r#"<conditionExpression xsi:type="tFormalExpression">{text}</conditionExpression>"#)
            };
            xml += &format!(
                r#"<sequenceFlow id="{from}-{to}" sourceRef="{from}" targetRef="{to}">{body}</sequenceFlow>"#
            );
            source = Some(to);
        }
    }
    xml
}

/// One executable process around elements and [`flows`].
pub(crate) fn process(id: &str, elements: &str, paths: &str) -> String {
    format!(r#"<process id="{id}" isExecutable="true">{elements}{}</process>"#, flows(paths))
}

/// A service task with a job type like its id.
pub(crate) fn service(id: &str) -> String {
    service_with(id, "")
}

/// A service task with more inside; `more` goes beside the task definition when it is a zeebe element.
pub(crate) fn service_with(id: &str, more: &str) -> String {
    let (zeebe, bpmn) = if more.starts_with("<zeebe") { (more, "") } else { ("", more) };
    format!(
        r#"<serviceTask id="{id}"><extensionElements><zeebe:taskDefinition type="{id}"/>{zeebe}</extensionElements>{bpmn}</serviceTask>"#
    )
}
