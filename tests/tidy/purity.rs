//! The sources of the pure crates ask nobody for the time, for chance or for the machine they run on.

use crate::crates::PURE;
use crate::{nothing_found, rust, tree};

/// Words that have no place in a pure crate, and what to use instead.
const IMPURE: &[(&str, &str)] = &[
    ("Instant", "the time comes in as an argument"),
    ("::now(", "the time comes in as an argument"),
    (".elapsed(", "the time comes in as an argument"),
    ("std::thread", "no threads; the runtime decides what runs where"),
    ("thread_local!", "no hidden state; pass it in"),
    ("std::env", "settings come in as arguments"),
    ("std::fs", "files are read by the callers"),
    ("TcpStream", "no network"),
    ("UdpSocket", "no network"),
    ("ToSocketAddrs", "addresses are looked up by the callers"),
    ("std::process", "no processes"),
    ("HashMap", "its order differs from run to run; BTreeMap, IndexMap or FxHashMap"),
    ("HashSet", "its order differs from run to run; BTreeSet, IndexSet or FxHashSet"),
    ("RandomState", "no chance"),
    ("static mut", "no hidden state; pass it in"),
];

/// A map that is only looked into does no harm; clippy wants the reason.
fn is_expected(word: &str, code: &str) -> bool {
    word.starts_with("Hash") && code.contains("expect(clippy::disallowed_types")
}

fn is_product(path: &str, folder: &str) -> bool {
    path.starts_with(&format!("{folder}/src/")) && !path.ends_with("/tests.rs") && !path.contains("/tests/")
}

#[test]
fn pure_crates_are_pure() {
    let files = tree::files_with("rs");
    let mut findings = Vec::new();
    for (_, folder) in PURE {
        for file in files.iter().filter(|file| is_product(&file.path, folder)) {
            let code = rust::code_of(&file.text);
            let code = rust::without_tests(&code);
            for (word, instead) in IMPURE.iter().filter(|(word, _)| !is_expected(word, code)) {
                for line in rust::lines_with(code, word) {
                    findings.push(format!("{}:{line} `{word}`: {instead}", file.path));
                }
            }
        }
    }
    nothing_found(
        "In the pure crates the same input gives the same output, on every node and every replay.",
        &findings,
    );
}

#[test]
fn pure_crates_forbid_unsafe_code() {
    let mut findings = Vec::new();
    for (package, folder) in PURE {
        let path = format!("{folder}/src/lib.rs");
        let text = std::fs::read_to_string(tree::root().join(&path)).unwrap_or_default();
        if !rust::code_of(&text).contains("#![forbid(unsafe_code)]") {
            findings.push(format!("{path}: begin it with #![forbid(unsafe_code)] ({package})"));
        }
    }
    nothing_found(
        "Unsafe code is forbidden in the pure crates, so that nobody can allow it further in.",
        &findings,
    );
}

/// Clippy reads only the nearest `clippy.toml`, so those of the pure crates repeat the common settings.
#[test]
fn pure_crates_have_the_common_and_the_pure_settings_of_clippy() {
    let read = |path: &str| std::fs::read_to_string(tree::root().join(path)).unwrap_or_default();
    let common = read("clippy.toml");
    let first = read(&format!("{}/clippy.toml", PURE[0].1));
    let mut findings = Vec::new();
    for (_, folder) in PURE {
        let path = format!("{folder}/clippy.toml");
        let own = read(&path);
        for line in
            common.lines().filter(|line| line.contains('=') && !own.lines().any(|other| other == *line))
        {
            findings.push(format!("{path}: `{line}` of clippy.toml is missing"));
        }
        if !own.contains("disallowed-methods") || own != first {
            findings.push(format!("{path}: make it the same as {}/clippy.toml", PURE[0].1));
        }
    }
    nothing_found("The pure crates have one clippy.toml, with what they may not call.", &findings);
}
