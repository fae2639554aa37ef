//! Nothing unfinished or switched off stays in the tree.

use crate::{nothing_found, rust, tree};

/// Marks of unfinished work in code, and what to do instead.
const MARKS: &[(&str, &str)] = &[
    (concat!("to", "do!"), "write it, or refuse it with a code"),
    (concat!("un", "implemented!"), "write it, or refuse it with a code"),
    (concat!("#[ig", "nore"), "a test runs, or it is removed"),
    (concat!("allow(dead", "_code"), "remove what nothing uses"),
    (concat!("allow(un", "used"), "remove what nothing uses"),
];

/// Marks of unfinished work in comments.
const NOTES: &[&str] = &[concat!("FIX", "ME"), concat!("TO", "DO"), concat!("XX", "X")];

#[test]
fn nothing_is_left_unfinished() {
    let mut findings = Vec::new();
    for file in tree::files_with("rs") {
        let code = rust::code_of(&file.text);
        for (mark, instead) in MARKS {
            // A module that several test targets share has something unused in each; its reason is checked below.
            let is_shared = mark.starts_with("allow(dead") && file.path.contains("/tests/common/");
            for line in rust::lines_with(&code, mark).into_iter().filter(|_| !is_shared) {
                findings.push(format!("{}:{line} `{mark}`: {instead}", file.path));
            }
        }
        for note in NOTES {
            for line in rust::lines_with(&file.text, note) {
                findings.push(format!("{}:{line} `{note}`: do it now, or open an issue", file.path));
            }
        }
    }
    nothing_found("What is in the tree is finished.", &findings);
}

/// An exception without a reason cannot be judged, nor taken back.
#[test]
fn exceptions_from_lints_have_a_reason() {
    let mut findings = Vec::new();
    for file in tree::files_with("rs") {
        let code = rust::code_of(&file.text);
        for attribute in [concat!("[ex", "pect("), concat!("[al", "low(")] {
            for (at, _) in code.match_indices(attribute) {
                let end = code[at..].find(']').map_or(code.len(), |end| at + end);
                if !code[at..end].contains("reason") {
                    findings.push(format!("{}:{}", file.path, code[..at].lines().count()));
                }
            }
        }
    }
    nothing_found("An exception from a lint is #[expect(…, reason = \"…\")]. Without a reason:", &findings);
}
