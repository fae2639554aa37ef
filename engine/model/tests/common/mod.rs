//! Writing models briefly, and reading what comes out of them.
#![allow(dead_code, unreachable_pub, reason = "each test target uses a part of it")]

use std::sync::Arc;

use hosk_model::{Compiled, Element, ProcessDefinition, compile};

/// A file around the content of one executable process `p`.
pub fn process(content: &str) -> String {
    definitions(&format!("<bpmn:process id=\"p\" isExecutable=\"true\">\n{content}\n</bpmn:process>"))
}

/// A file around root elements.
pub fn definitions(content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <bpmn:definitions xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
         xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" \
         xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n{content}\n</bpmn:definitions>"
    )
}

/// Start event `s`, end event `e`, and the given flow nodes (each by id) in a row between them.
pub fn row(ids: &[&str], nodes: &str) -> String {
    process(&row_in(ids, nodes))
}

/// The same without the process around it.
pub fn row_in(ids: &[&str], nodes: &str) -> String {
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
pub fn clean(text: &str) -> Arc<ProcessDefinition> {
    let compiled = compile(text.as_bytes(), "test.bpmn");
    assert_eq!(findings(&compiled), Vec::<String>::new(), "{text}");
    assert_eq!(compiled.processes.len(), 1);
    Arc::clone(&compiled.processes[0])
}

/// Each finding as `code element`.
pub fn findings(compiled: &Compiled) -> Vec<String> {
    let of = |d: &hosk_model::Diagnostic| format!("{} {}", d.code, d.element_id.as_deref().unwrap_or("-"));
    compiled.diagnostics.iter().map(of).collect()
}

/// An element by id.
pub fn element<'p>(process: &'p ProcessDefinition, id: &str) -> &'p Element {
    process.element(process.index_of(id).unwrap_or_else(|| panic!("no element {id}")))
}
