//! Whole files as modelers write them: any prefix, order, encoding; diagrams, tooling and pictures in between.

use crate::common::{clean, element, findings};
use hosk_model::{ElementIndex, ElementKind, Repetition, UserTask, compile};

const MODELER: &str = include_str!("models/approve-order.bpmn");
const OTHER: &str = include_str!("models/other-exporter.bpmn");

#[test]
fn a_collaboration_from_the_modeler() {
    let process = clean(MODELER);
    assert_eq!(process.name.as_deref(), Some("Approve order"));
    assert_eq!(process.version_tag.as_deref(), Some("2.1"));
    let check = element(&process, "Activity_Check");
    let ElementKind::ServiceTask(job) = &check.kind else { panic!() };
    assert!(job.priority.is_some(), "the process's priority is the default");
    let output = &check.outputs[0].source;
    assert!(format!("{output:?}").contains("total: total,\\n"), "line breaks in FEEL are kept: {output:?}");
    assert_eq!(check.inputs[1].target.len(), 2);
    let ElementKind::UserTask(UserTask::Native(decide)) = &element(&process, "Activity_Decide").kind else {
        panic!()
    };
    assert!(matches!(&decide.candidate_groups, Some(hosk_model::Dynamic::Static(g)) if &**g == "Managers"));
    let lines = element(&process, "Activity_Lines");
    assert!(matches!(lines.repetition, Some(Repetition::MultiInstance(_))));
    assert_eq!(lines.incoming.len(), 2);
    let start = element(&process, "Event_Start");
    assert!(process.element(ElementIndex::PROCESS).contents.triggered_starts.contains(&start.index));
}

#[test]
fn another_exporter() {
    let process = clean(OTHER);
    assert_eq!(
        process.element(ElementIndex::PROCESS).documentation.as_deref(),
        Some("Keeps shelves > 0 & filled.")
    );
    let sub = element(&process, "sub");
    assert_eq!(sub.boundary_events, [process.index_of("short").unwrap()]);
    // A flow lives where its ends do, wherever it is written.
    assert_eq!(element(&process, "inner").scope, sub.index);
    assert_eq!(element(&process, "to-sub").scope, ElementIndex::PROCESS);
}

#[test]
fn slots_follow_the_document() {
    let process = clean(OTHER);
    let ids: Vec<&str> = process.elements.iter().map(|e| &*e.id).collect();
    assert_eq!(
        ids,
        [
            "restock",
            "to-sub",
            "to-done",
            "to-short",
            "inner",
            "begin",
            "short",
            "sub",
            "inside",
            "inner-start",
            "count",
            "failed",
            "done"
        ]
    );
    for (number, element) in process.elements.iter().enumerate() {
        assert_eq!(element.index, ElementIndex(number as u32));
        assert_eq!(process.index_of(&element.id), Some(element.index));
    }
    // Every BPMN element with an id has a slot, executed or not: later releases may execute more of them.
    let process = clean(MODELER);
    for (id, tag) in [("LaneSet_0q", "laneSet"), ("TimerEventDefinition_1", "timerEventDefinition")] {
        let kind = &element(&process, id).kind;
        assert!(matches!(kind, ElementKind::NotExecuted { tag: t } if &**t == tag), "{kind:?}");
    }
    assert_eq!(process.index_of("Collaboration_0x1"), None, "outside the process");
}

#[test]
fn encodings_make_no_difference() {
    let utf16: Vec<u8> = [0xFE_u8, 0xFF]
        .into_iter()
        .chain(MODELER.replace("UTF-8", "UTF-16").encode_utf16().flat_map(u16::to_be_bytes))
        .collect();
    let latin: Vec<u8> = MODELER
        .replace("UTF-8", "ISO-8859-1")
        .replace("Approve order", "Auftrag pr\u{fc}fen")
        .chars()
        .map(|c| c as u8)
        .collect();
    let dos = format!("\u{feff}{}", MODELER.replace('\n', "\r\n"));
    let prefixed = MODELER.replace("bpmn:", "semantic:").replace("xmlns:bpmn=", "xmlns:semantic=");
    let expected = clean(MODELER);
    for bytes in [utf16, latin, dos.into_bytes(), prefixed.into_bytes()] {
        let compiled = compile(&bytes, "x.bpmn");
        assert_eq!(findings(&compiled), Vec::<String>::new());
        let process = &compiled.processes[0];
        let ids = |p: &hosk_model::ProcessDefinition| {
            p.elements.iter().map(|e| e.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(ids(process), ids(&expected));
        let positions = |p: &hosk_model::ProcessDefinition| {
            p.elements.iter().map(|e| e.position.line).collect::<Vec<_>>()
        };
        assert_eq!(positions(process), positions(&expected));
    }
}

#[test]
fn several_pools_compile_to_several_processes() {
    let two = MODELER.replace(
        "<bpmn:category ",
        "<bpmn:process id=\"second\" isExecutable=\"true\"><bpmn:startEvent id=\"second-start\"/></bpmn:process>\n<bpmn:category ",
    );
    let compiled = compile(two.as_bytes(), "two.bpmn");
    let ids: Vec<&str> = compiled.processes.iter().map(|p| &*p.id).collect();
    assert_eq!(ids, ["approve-order", "second"]);
    // The process's job priority is not carried over to the next.
    assert_eq!(compiled.processes[1].elements.len(), 2);
}
