//! Writing models briefly, and reading what comes out of them.

use std::sync::Arc;

use hosk_model::{Compiled, Element, ProcessDefinition, compile};

/// A file around the content of one executable process `p`.
pub(crate) fn process(content: &str) -> String {
    definitions(&format!("<bpmn:process id=\"p\" isExecutable=\"true\">\n{content}\n</bpmn:process>"))
}

/// A file around root elements.
pub(crate) fn definitions(content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <bpmn:definitions xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" \
         xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n{content}\n</bpmn:definitions>"
    )
}

/// Start event `s`, end event `e`, and the given flow nodes (each by id) in a row between them.
pub(crate) fn row(ids: &[&str], nodes: &str) -> String {
    process(&row_in(ids, nodes))
}

/// The same without the process around it.
pub(crate) fn row_in(ids: &[&str], nodes: &str) -> String {
    use std::fmt::Write;
    let mut text = format!("<bpmn:startEvent id=\"s\"/>\n{nodes}\n<bpmn:endEvent id=\"e\"/>");
    let stops: Vec<&str> = std::iter::once("s").chain(ids.iter().copied()).chain(["e"]).collect();
    for pair in stops.windows(2) {
        let _ = write!(
            text,
            "\n<bpmn:sequenceFlow id=\"{0}-{1}\" sourceRef=\"{0}\" targetRef=\"{1}\"/>",
            pair[0], pair[1]
        );
    }
    text
}

/// The one process of a model that must compile without any finding.
pub(crate) fn clean(text: &str) -> Arc<ProcessDefinition> {
    let compiled = compile(text.as_bytes(), "test.bpmn");
    assert_eq!(findings(&compiled), Vec::<String>::new(), "{text}");
    assert_eq!(compiled.processes.len(), 1);
    Arc::clone(&compiled.processes[0])
}

/// Each finding as `code element`.
pub(crate) fn findings(compiled: &Compiled) -> Vec<String> {
    let of = |d: &hosk_model::Diagnostic| format!("{} {}", d.code, d.element_id.as_deref().unwrap_or("-"));
    compiled.diagnostics.iter().map(of).collect()
}

/// An element by id.
pub(crate) fn element<'p>(process: &'p ProcessDefinition, id: &str) -> &'p Element {
    process.element(process.index_of(id).unwrap_or_else(|| panic!("no element {id}")))
}

/// Compiles and gives the findings; a model with an error gives no process.
pub(crate) fn found(model: &str) -> Vec<String> {
    let compiled = compile(model.as_bytes(), "bad.bpmn");
    assert_eq!(compiled.processes.is_empty(), compiled.has_errors(), "{:#?}", compiled.diagnostics);
    assert!(compiled.diagnostics.is_sorted_by_key(|d| d.position));
    for d in &compiled.diagnostics {
        assert!(d.message.ends_with('.') && d.remedy.ends_with('.'), "no sentence: {d}");
        assert!(d.message.starts_with(|c: char| c.is_uppercase() || c == '`' || c.is_ascii_digit()), "{d}");
    }
    findings(&compiled)
}

#[track_caller]
pub(crate) fn check(cases: &[(&str, String, &[&str])]) {
    for (name, model, expected) in cases {
        assert_eq!(&found(model), expected, "{name}:\n{model}");
    }
}

pub(crate) fn extended(element: &str, extensions: &str) -> String {
    let text = format!(
        "<bpmn:{element} id=\"t\"><bpmn:extensionElements>{extensions}</bpmn:extensionElements></bpmn:{element}>"
    );
    row(&["t"], &text)
}

/// A waiting task `t` with boundary event `b`.
pub(crate) fn boundary(attributes: &str, content: &str) -> String {
    row(
        &["t"],
        &format!(
            "<bpmn:userTask id=\"t\"/><bpmn:boundaryEvent id=\"b\" attachedToRef=\"t\" {attributes}>{content}\
             </bpmn:boundaryEvent>"
        ),
    )
}

pub(crate) fn timer(kind: &str, value: &str) -> String {
    format!("<bpmn:timerEventDefinition><bpmn:{kind}>{value}</bpmn:{kind}></bpmn:timerEventDefinition>")
}
