//! Real models with one or more things gone wrong: elements and attributes dropped, doubled, renamed or moved, text cut,
//! other encodings. Whatever comes out either compiles or has findings with a place; nothing panics.
//!
//! The changes come from a counter, so each case is the same in every run; a case that fails names its number.

use hosk_model::convert::convert;
use hosk_model::{Diagnostic, compile, render};

const MODELS: [&str; 7] = [
    include_str!("models/approve-order.bpmn"),
    include_str!("models/other-exporter.bpmn"),
    include_str!("models/camunda-seven-order.bpmn"),
    include_str!("models/events-and-undoing.bpmn"),
    include_str!("../../../../tests/scenarios/message_flow/standard-correlation.bpmn"),
    include_str!("../../../../processes/ship-goods/ship-goods.bpmn"),
    include_str!("../../../../tests/scenarios/call_activity/global-tasks.bpmn"),
];

/// Cases per model; all together take a few seconds without optimisation.
const CASES: u64 = 400;

/// Numbers that look random and are not (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }
}

/// The places of tags: from each `<` to the `>` behind it.
fn tags(text: &str) -> Vec<(usize, usize)> {
    let starts = text.match_indices('<').map(|(at, _)| at);
    starts.filter_map(|at| text[at..].find('>').map(|length| (at, at + length + 1))).collect()
}

/// The end of the element that begins at a tag, by counting tags.
fn end_of(text: &str, tags: &[(usize, usize)], first: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (start, end) in &tags[first..] {
        let tag = &text[*start..*end];
        if tag.starts_with("<?") || tag.starts_with("<!") {
            continue;
        }
        depth += if tag.starts_with("</") { -1 } else { i32::from(!tag.ends_with("/>")) };
        if depth <= 0 {
            return Some(*end);
        }
    }
    None
}

/// The places of attributes, from the space before the name to the closing quote.
fn attributes(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("=\"") {
        let start = text[..at].rfind(' ');
        let end = text[at + 2..].find('"').map(|length| at + 2 + length + 1);
        if let (Some(start), Some(end)) = (start, end) {
            found.push((start, end));
        }
    }
    found
}

fn mutate(text: &str, numbers: &mut Numbers) -> String {
    let (tags, attributes) = (tags(text), attributes(text));
    let tag = numbers.below(tags.len());
    let (start, _) = tags[tag];
    let end = end_of(text, &tags, tag).unwrap_or(start);
    let (from, to) = attributes[numbers.below(attributes.len())];
    let (other_from, other_to) = attributes[numbers.below(attributes.len())];
    let element = &text[start..end];
    let replace = |start: usize, end: usize, new: &str| format!("{}{new}{}", &text[..start], &text[end..]);
    match numbers.below(8) {
        // An element goes, comes twice, or stands somewhere else.
        0 => replace(start, end, ""),
        1 => replace(start, start, element),
        2 => {
            let target = tags[numbers.below(tags.len())].0;
            if target <= start || target >= end {
                replace(target, target, element)
            } else {
                replace(start, end, "")
            }
        }
        // An attribute goes, is renamed, or has another one's value.
        3 => replace(from, to, ""),
        4 => replace(from + 1, from + 2, "x"),
        5 => {
            let value = |at: (usize, usize)| text[at.0..at.1].find('"').map(|quote| at.0 + quote + 1);
            match (value((from, to)), value((other_from, other_to))) {
                (Some(here), Some(there)) => replace(here, to - 1, &text[there..other_to - 1]),
                _ => text.to_owned(),
            }
        }
        // A tag has another name; both ends of it, so that the file stays well-formed.
        6 => {
            let names = [
                "task",
                "userTask",
                "subProcess",
                "startEvent",
                "boundaryEvent",
                "transaction",
                "endEvent",
                "complexGateway",
                "messageFlow",
                "correlationProperty",
                "parallelGateway",
                "dataObject",
                "process",
            ];
            let new = names[numbers.below(names.len())];
            let old = names[numbers.below(names.len())];
            let renamed = text.replace(&format!(":{old} "), &format!(":{new} "));
            renamed.replace(&format!(":{old}>"), &format!(":{new}>"))
        }
        // The file ends too early.
        _ => {
            let mut cut = numbers.below(text.len());
            while !text.is_char_boundary(cut) {
                cut -= 1;
            }
            text[..cut].to_owned()
        }
    }
}

fn in_encoding(text: &str, which: usize) -> Vec<u8> {
    match which {
        0 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        1 => [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect(),
        2 => [0xEF, 0xBB, 0xBF].into_iter().chain(text.bytes()).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

#[test]
fn the_models_are_right_before() {
    for (which, model) in MODELS.iter().enumerate() {
        let compiled = compile(model.as_bytes(), "whole.bpmn");
        // The one of Camunda 7 is to be converted first.
        assert!(which == 2 || !compiled.has_errors(), "model {which}: {:#?}", compiled.diagnostics);
    }
}

#[test]
fn every_mutation_compiles_or_has_findings() {
    for (which, model) in MODELS.iter().enumerate() {
        for case in 0..CASES {
            let mut numbers = Numbers(case * 31 + which as u64);
            let mut text = (*model).to_owned();
            for _ in 0..=numbers.below(4) {
                if attributes(&text).is_empty() || tags(&text).is_empty() {
                    break;
                }
                text = mutate(&text, &mut numbers);
            }
            let bytes = in_encoding(&text, numbers.below(8));
            let compiled = compile(&bytes, "mutated.bpmn");
            assert_eq!(compiled.processes.is_empty(), compiled.has_errors(), "model {which} case {case}");
            let lines = text.split('\n').count() as u32;
            let is_placed =
                |d: &Diagnostic| d.position.line >= 1 && d.position.line <= lines && !d.remedy.is_empty();
            assert!(
                compiled.diagnostics.iter().all(is_placed),
                "model {which} case {case}: {:?}",
                compiled.diagnostics
            );
            if case % 10 == 0 {
                let _ = render(&compiled.diagnostics, "mutated.bpmn", &bytes);
            }
            if let Ok(conversion) = convert(&bytes, "mutated.bpmn") {
                // What was XML is XML.
                let again = compile(conversion.xml.as_bytes(), "converted.bpmn");
                let is_xml = again.diagnostics.iter().all(|d| d.code.as_str() != "malformed-xml");
                assert!(is_xml, "model {which} case {case}: {:?}\n{}", again.diagnostics, conversion.xml);
            }
        }
    }
}
