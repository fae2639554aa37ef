//! Whatever the bytes are: an answer, in time, without panic.

use std::fmt::Write;
use std::time::Duration;

use crate::common::{definitions, findings, process, row};
use hosk_model::{DiagnosticCode, compile, compile_form, limits, render};
use proptest::prelude::*;

/// Far above what each takes, far below what anything quadratic would.
const PATIENCE: Duration = Duration::from_mins(1);

#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the test measures, the crate does not"
)]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[track_caller]
fn quickly(model: &str) -> Vec<DiagnosticCode> {
    assert!(model.len() <= limits::MAX_FILE_BYTES, "the model is {} bytes", model.len());
    let started = now();
    let compiled = compile(model.as_bytes(), "hostile.bpmn");
    let took = started.elapsed();
    assert!(took < PATIENCE, "took {took:?}");
    compiled.diagnostics.iter().map(|d| d.code).collect()
}

fn many(one: &dyn Fn(usize) -> String, count: usize) -> String {
    (0..count).map(one).collect()
}

#[test]
fn too_many_bytes() {
    let bytes = vec![b' '; limits::MAX_FILE_BYTES + 1];
    assert_eq!(findings(&compile(&bytes, "x")), ["file-too-large -"]);
    assert!(compile_form(&bytes, "x").is_err_and(|d| d[0].code == DiagnosticCode::FileTooLarge));
}

#[test]
fn deep_nesting() {
    let deep = |levels: usize| {
        let open = (0..levels).fold(String::new(), |all, i| all + &format!("<bpmn:subProcess id='s{i}'>"));
        process(&(open + &"</bpmn:subProcess>".repeat(levels)))
    };
    assert!(quickly(&deep(200)).iter().all(|c| *c != DiagnosticCode::ModelTooLarge));
    assert_eq!(quickly(&deep(10_000)), [DiagnosticCode::ModelTooLarge]);
}

#[test]
fn many_of_everything() {
    let start = "<bpmn:startEvent id='s'/>";
    let tasks = many(&|i| format!("<bpmn:task id='t{i}'/>"), 75_000);
    assert_eq!(quickly(&process(&(start.to_owned() + &tasks))).len(), limits::MAX_DIAGNOSTICS);
    assert_eq!(
        quickly(&process(&many(&|i| format!("<bpmn:task id='t{i}'/>"), 250_000))),
        [DiagnosticCode::ModelTooLarge]
    );
    let scopes = many(
        &|i| format!("<bpmn:subProcess id='p{i}'><bpmn:startEvent id='q{i}'/></bpmn:subProcess>"),
        30_000,
    );
    quickly(&process(&(start.to_owned() + &scopes)));
    let headers = many(&|i| format!("<zeebe:header key='{i}' value=''/>"), 75_000);
    let task = format!(
        "<bpmn:serviceTask id='t'><bpmn:extensionElements><zeebe:taskDefinition type='a'/><zeebe:taskHeaders>{headers}</zeebe:taskHeaders></bpmn:extensionElements></bpmn:serviceTask>"
    );
    assert_eq!(quickly(&row(&["t"], &task)), []);
    let chain = many(
        &|i| {
            format!(
                "<bpmn:task id='n{i}'/><bpmn:sequenceFlow id='m{i}' sourceRef='n{i}' targetRef='n{}'/>",
                i + 1
            )
        },
        30_000,
    );
    let ring = format!(
        "{start}<bpmn:task id='n30000'/><bpmn:sequenceFlow id='a' sourceRef='s' targetRef='n0'/><bpmn:sequenceFlow id='b' sourceRef='n30000' targetRef='n0'/>{chain}"
    );
    assert_eq!(quickly(&process(&ring)), [DiagnosticCode::CycleWithoutWaitState]);
}

#[test]
fn one_long_thing_referred_to_often() {
    let receivers = many(&|i| format!("<bpmn:receiveTask id='t{i}' messageRef='M'/>"), 10_000);
    let long = "x".repeat(4_000_000);
    let message = format!(
        "<bpmn:message id='M' name='{long}'><bpmn:extensionElements><zeebe:subscription correlationKey='=k'/></bpmn:extensionElements></bpmn:message>"
    );
    quickly(&definitions(&format!(
        "{message}<bpmn:process id='p' isExecutable='true'><bpmn:startEvent id='s'/>{receivers}</bpmn:process>"
    )));
    let broken = receivers.replace("messageRef='M'", "messageRef='gone'");
    quickly(&definitions(&format!(
        "<bpmn:process id='{long}' isExecutable='true'><bpmn:startEvent id='s'/>{broken}</bpmn:process>"
    )));
    let tasks = many(&|i| format!("<bpmn:userTask id='t{i}'/>"), 10_000);
    let refs = many(&|i| format!("<bpmn:flowNodeRef>t{i}</bpmn:flowNodeRef>"), 10_000);
    let long = "y,".repeat(1_000_000);
    quickly(&process(&format!(
        "<bpmn:laneSet id='l'><bpmn:lane id='m' name='{long}'>{refs}</bpmn:lane></bpmn:laneSet><bpmn:startEvent id='s'/>{tasks}"
    )));
}

#[test]
fn expressions_without_end() {
    let script = |expression: &str| {
        row(
            &["t"],
            &format!(
                "<bpmn:scriptTask id='t'><bpmn:extensionElements><zeebe:script resultVariable='r' expression='={expression}'/>\
                 </bpmn:extensionElements></bpmn:scriptTask>"
            ),
        )
    };
    for (endless, end) in [("(", ")"), ("[", "]"), ("not(", ")"), ("if a then b else ", "")] {
        let expression = endless.repeat(100_000) + "1" + &end.repeat(100_000);
        let codes = quickly(&script(&expression));
        assert!(codes.contains(&DiagnosticCode::FeelSyntaxError), "{endless}: {codes:?}");
    }
    for endless in ["-", "a+"] {
        quickly(&script(&(endless.repeat(100_000) + "1")));
    }
    let conditions = many(
        &|i| {
            format!(
                "<bpmn:sequenceFlow id='f{i}' sourceRef='s' targetRef='e'><bpmn:conditionExpression>=) {i} (</bpmn:conditionExpression></bpmn:sequenceFlow>"
            )
        },
        20_000,
    );
    let codes = quickly(&process(&format!("<bpmn:startEvent id='s'/><bpmn:endEvent id='e'/>{conditions}")));
    assert_eq!(codes.len(), limits::MAX_DIAGNOSTICS);
}

fn seed_model() -> String {
    row(
        &["t", "x"],
        "<bpmn:userTask id='t'><bpmn:extensionElements><zeebe:userTask/><zeebe:ioMapping><zeebe:input source='=a &lt; 1' target='b.c'/>\
         </zeebe:ioMapping></bpmn:extensionElements><bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>\
         <zeebe:loopCharacteristics inputCollection='=lines'/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>\
         </bpmn:userTask><bpmn:boundaryEvent id='b' attachedToRef='t'><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H\
         </bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:exclusiveGateway id='x'/>",
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let compiled = compile(&bytes, "random");
        prop_assert!(compiled.has_errors());
        prop_assert!(compile_form(&bytes, "random").is_err());
        prop_assert!(!render(&compiled.diagnostics, "random", &bytes).is_empty());
    }

    #[test]
    fn mutated_models(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = seed_model().into_bytes();
        for (place, byte, what) in edits {
            let at = place.index(bytes.len());
            match what {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                2 => bytes.insert(at, byte),
                // Swap pieces: names and values end up where they do not belong.
                _ => { let middle = cut.index(bytes.len()); bytes[middle.min(at)..].rotate_left(usize::from(byte) % 40 % (middle.max(at) - middle.min(at) + 1)); }
            }
        }
        let compiled = compile(&bytes, "mutated");
        prop_assert_eq!(compiled.processes.is_empty(), compiled.has_errors());
        let lines = String::from_utf8_lossy(&bytes).split('\n').count() as u32;
        prop_assert!(compiled.diagnostics.iter().all(|d| d.position.line >= 1 && d.position.line <= lines));
        let _ = render(&compiled.diagnostics, "mutated", &bytes);
    }

    #[test]
    fn shuffled_tags(
        tags in proptest::collection::vec(
            (prop::sample::select(vec![
                "startEvent", "endEvent", "task", "userTask", "subProcess", "sequenceFlow", "exclusiveGateway",
                "boundaryEvent", "timerEventDefinition", "multiInstanceLoopCharacteristics", "lane", "incoming",
                "extensionElements", "process", "conditionExpression", "callActivity", "receiveTask",
            ]), 0..6_u8, 0..6_u8, 0..6_u8, any::<bool>()),
            0..40,
        )
    ) {
        // Elements in any order and nesting, referring to each other at random.
        let mut text = String::new();
        let mut open = Vec::new();
        for (tag, id, from, to, closes) in &tags {
            let _ = write!(text, "<bpmn:{tag} id='i{id}' sourceRef='i{from}' targetRef='i{to}' attachedToRef='i{from}' default='i{to}' triggeredByEvent='{closes}'>=a");
            open.push(*tag);
            if *closes && let Some(tag) = open.pop() {
                let _ = write!(text, "</bpmn:{tag}>");
            }
        }
        while let Some(tag) = open.pop() {
            let _ = write!(text, "</bpmn:{tag}>");
        }
        let compiled = compile(process(&text).as_bytes(), "shuffled");
        prop_assert_eq!(compiled.processes.is_empty(), compiled.has_errors());
    }
}
