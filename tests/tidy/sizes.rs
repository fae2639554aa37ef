//! A file has one reason to be opened.

use crate::{nothing_found, tree};

/// At this many lines a second thing lives in the file.
const MAX_LINES: usize = 500;

/// Files that may be longer, each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn no_rust_file_is_longer_than_the_bound() {
    let mut findings = Vec::new();
    for file in tree::files_with("rs") {
        let lines = file.text.lines().count();
        let excepted = EXCEPTIONS.iter().any(|(path, _)| *path == file.path);
        if lines > MAX_LINES && !excepted {
            findings.push(format!(
                "{} has {lines} lines: which second thing lives in it? Give that a file.",
                file.path
            ));
        }
        if lines <= MAX_LINES && excepted {
            findings.push(format!(
                "{} is short again: remove it from EXCEPTIONS in tests/tidy/sizes.rs",
                file.path
            ));
        }
    }
    nothing_found(&format!("A Rust file has at most {MAX_LINES} lines."), &findings);
}
