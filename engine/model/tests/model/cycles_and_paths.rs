//! Unreachable elements, cycles without wait state, reachability of joins.

use crate::common::{clean, element, findings, process};
use hosk_model::{ElementIndex, ProcessDefinition, compile};
use proptest::prelude::*;

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
    let only_flows = flows.iter().filter(|slot| process.flow(*slot).is_some());
    let mut ids: Vec<String> = only_flows.map(|f| process.element(f).id.to_string()).collect();
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
        let flow = process.index_of(flow).unwrap();
        let (_, slots) = reachability.from.iter().find(|(incoming, _)| *incoming == flow).unwrap();
        slots.contains(element(&process, from).index)
    };
    assert!(reaches("b", "a-j"), "by its boundary event");
    assert!(!reaches("a", "b-j"));
    assert!(reaches("split", "b-j") && reaches("k", "a-j"));
    assert!(!reachability.from.iter().any(|(_, slots)| slots.contains(ElementIndex::PROCESS)));
}

/// Forward from a flow, step by step: whether a token on it can get to `wanted` without passing `join`.
fn gets_to(
    process: &ProcessDefinition,
    from: ElementIndex,
    wanted: ElementIndex,
    join: ElementIndex,
) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    let mut todo = vec![from];
    while let Some(flow) = todo.pop() {
        if flow == wanted {
            return true;
        }
        let Some(target) = process.flow(flow).map(|f| f.target) else { continue };
        if target != join && seen.insert(flow) {
            let at = process.element(target);
            todo.extend(&at.outgoing);
            todo.extend(at.boundary_events.iter().flat_map(|b| &process.element(*b).outgoing));
        }
    }
    false
}

proptest! {
    #[test]
    fn reverse_search_agrees_with_walking_forward(
        flows in proptest::collection::btree_set((0..7_usize, 1..6_usize), 3..20),
    ) {
        // `n5` is the boundary event of `n2`, which flows leave but do not enter; `n4` is the join.
        let nodes = [
            ("startEvent", "n0"), ("task", "n1"), ("userTask", "n2"), ("parallelGateway", "n3"), ("parallelGateway", "n4"),
            ("task", "n6"), ("on n2", "n5"),
        ];
        let name = |n: usize| nodes[n].1;
        let named: Vec<(&str, &str)> = flows.iter().map(|(from, to)| (name(*from), name(*to))).collect();
        let compiled = compile(graph(&nodes, &named).as_bytes(), "random.bpmn");
        prop_assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
        let process = &compiled.processes[0];
        let join = process.index_of("n4").unwrap();
        for (incoming, found) in process.reachability_of(join).from {
            for flow in process.flows.keys() {
                let expected = gets_to(process, *flow, incoming, join);
                prop_assert_eq!(found.contains(*flow), expected, "{} to {}", process.element(*flow).id, process.element(incoming).id);
            }
        }
    }
}
