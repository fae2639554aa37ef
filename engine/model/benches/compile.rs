//! How long a large model takes to compile: 5,000 elements with mappings, conditions, boundary events and diagram.
//! The target is 200 ms.

use std::fmt::Write as _;

use divan::Bencher;

fn main() {
    divan::main();
}

/// Elements of the large model.
const ELEMENTS: usize = 5_000;

/// Blocks of a task with mappings and a boundary event, behind gateways with conditions, one after another.
fn model(elements: usize) -> String {
    let mut text = String::from(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" targetNamespace="bench">
<process id="large" isExecutable="true">
<startEvent id="x0"/>"#,
    );
    let mut diagram = String::new();
    // A block has six elements: two flow nodes, the boundary event, three flows.
    for block in 1..=elements / 6 {
        let before = block - 1;
        let _ = write!(
            text,
            r#"
<serviceTask id="t{block}" name="Step {block}"><extensionElements><zeebe:taskDefinition type="work"/><zeebe:ioMapping><zeebe:input source="=order.lines[{block}].price * 1.2 + fee" target="price"/><zeebe:output source="={{total: result.total, id: order.id}}" target="results.step{block}"/></zeebe:ioMapping></extensionElements></serviceTask>
<boundaryEvent id="b{block}" attachedToRef="t{block}"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
<exclusiveGateway id="x{block}"/>
<sequenceFlow id="f{block}" sourceRef="x{before}" targetRef="t{block}"/>
<sequenceFlow id="g{block}" sourceRef="t{block}" targetRef="x{block}"/>
<sequenceFlow id="h{block}" sourceRef="b{block}" targetRef="x{block}"/>"#
        );
        let _ = write!(
            diagram,
            r#"
<di:BPMNShape id="s{block}" bpmnElement="t{block}"><dc:Bounds x="{block}" y="80" width="100" height="80"/></di:BPMNShape>"#
        );
    }
    let _ = write!(
        text,
        r#"
</process>
<di:BPMNDiagram id="d"><di:BPMNPlane id="p" bpmnElement="large">{diagram}
</di:BPMNPlane></di:BPMNDiagram>
</definitions>"#
    );
    text
}

#[divan::bench(sample_count = 20)]
fn compile_5_000_elements(bencher: Bencher<'_, '_>) {
    let text = model(ELEMENTS);
    let compiled = hosk_model::compile(text.as_bytes(), "large.bpmn");
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    bencher.bench(|| hosk_model::compile(divan::black_box(text.as_bytes()), "large.bpmn"));
}
