//! Unreachable elements, cycles without wait state, reachability of joins.

use crate::common::{clean, element, findings, process};
use hosk_model::{ElementIndex, ProcessDefinition, compile};

/// A process from nodes (`kind id`) and flows (`a b`); flow ids are `a-b`.
fn graph(nodes: &[(&str, &str)], flows: &[(&str, &str)]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for (kind, id) in nodes {
        match kind.strip_prefix("on ") {
            Some(activity) => {
                let _ = write!(
                    text,
                    "<bpmn:boundaryEvent id='{id}' attachedToRef='{activity}'><bpmn:errorEventDefinition/></bpmn:boundaryEvent>"
                );
            }
            None => {
                let _ = write!(text, "<bpmn:{kind} id='{id}'/>");
            }
        }
    }
    for (from, to) in flows {
        let _ = write!(text, "<bpmn:sequenceFlow id='{from}-{to}' sourceRef='{from}' targetRef='{to}'/>");
    }
    process(&text)
}

fn warnings(model: &str) -> Vec<String> {
    findings(&compile(model.as_bytes(), "x.bpmn"))
}

#[test]
fn cycles() {
    let nodes = |task| [("startEvent", "s"), ("parallelGateway", "g"), (task, "t"), ("endEvent", "e")];
    let flows = [("s", "g"), ("g", "t"), ("t", "g"), ("g", "e")];
    assert_eq!(warnings(&graph(&nodes("manualTask"), &flows)), ["cycle-without-wait-state g"]);
    assert_eq!(warnings(&graph(&nodes("userTask"), &flows)), Vec::<String>::new());
    let loops_to_itself = graph(&[("startEvent", "s"), ("task", "t")], &[("s", "t"), ("t", "t")]);
    assert_eq!(warnings(&loops_to_itself), ["cycle-without-wait-state t"]);
}

#[test]
fn two_cycles_are_two_warnings_and_a_path_between_them_none() {
    let model = graph(
        &[("startEvent", "s"), ("task", "a"), ("task", "b"), ("task", "m"), ("task", "c"), ("task", "d")],
        &[("s", "a"), ("a", "b"), ("b", "a"), ("b", "m"), ("m", "c"), ("c", "d"), ("d", "c")],
    );
    assert_eq!(warnings(&model), ["cycle-without-wait-state a", "cycle-without-wait-state c"]);
}

#[test]
fn a_sub_process_waits_when_something_in_it_does() {
    let model = |inner: &str| {
        process(&format!(
            "<bpmn:startEvent id='s'/><bpmn:subProcess id='sub'><bpmn:startEvent id='i'/><bpmn:subProcess id='deep'>\
             <bpmn:startEvent id='j'/><bpmn:{inner} id='t'/><bpmn:sequenceFlow id='jt' sourceRef='j' targetRef='t'/>\
             </bpmn:subProcess><bpmn:sequenceFlow id='id' sourceRef='i' targetRef='deep'/></bpmn:subProcess>\
             <bpmn:sequenceFlow id='f1' sourceRef='s' targetRef='sub'/><bpmn:sequenceFlow id='f2' sourceRef='sub' targetRef='sub'/>"
        ))
    };
    assert_eq!(warnings(&model("userTask")), Vec::<String>::new());
    assert_eq!(warnings(&model("task")), ["cycle-without-wait-state sub"]);
}

#[test]
fn boundary_paths_are_paths() {
    let model = graph(
        &[
            ("startEvent", "s"),
            ("userTask", "t"),
            ("on t", "b"),
            ("task", "after"),
            ("task", "never"),
            ("endEvent", "e"),
        ],
        &[("s", "t"), ("b", "after"), ("never", "e")],
    );
    assert_eq!(warnings(&model), ["unreachable-element never", "unreachable-element e"]);
}

fn reaching(process: &ProcessDefinition, join: &str, flow: &str) -> Vec<String> {
    let join = process.index_of(join).unwrap();
    let flow = process.index_of(flow).unwrap();
    let reachability = process.reachability_of(join);
    let (_, flows) = reachability.from.iter().find(|(incoming, _)| *incoming == flow).unwrap();
    let mut ids: Vec<String> = flows.iter().map(|f| process.element(*f).id.to_string()).collect();
    ids.sort();
    ids
}

#[test]
fn reverse_search_stops_at_the_join_and_takes_boundary_exits() {
    // The loop j → k → a leads back into the join's first flow, but passes the join.
    let model = graph(
        &[
            ("startEvent", "s"),
            ("parallelGateway", "split"),
            ("userTask", "a"),
            ("userTask", "b"),
            ("on b", "x"),
            ("parallelGateway", "j"),
            ("userTask", "k"),
        ],
        &[
            ("s", "split"),
            ("split", "a"),
            ("split", "b"),
            ("a", "j"),
            ("b", "j"),
            ("x", "a"),
            ("j", "k"),
            ("k", "a"),
        ],
    );
    let process = clean(&model);
    let flows_to_a = ["a-j", "j-k", "k-a", "s-split", "split-a", "split-b", "x-a"];
    assert_eq!(reaching(&process, "j", "a-j"), flows_to_a);
    assert_eq!(reaching(&process, "j", "b-j"), ["b-j", "s-split", "split-b"]);
    let reachability = process.reachability_of(process.index_of("j").unwrap());
    let reaches = |from: &str, flow: &str| {
        process.element_reaches(&reachability, element(&process, from).index, process.index_of(flow).unwrap())
    };
    assert!(reaches("b", "a-j"), "by its boundary event");
    assert!(!reaches("a", "b-j"));
    assert!(reaches("split", "b-j") && reaches("k", "a-j"));
    assert!(!process.element_reaches(&reachability, ElementIndex::PROCESS, process.index_of("a-j").unwrap()));
}
