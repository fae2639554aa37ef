//! The rules of the tree, checked: what a reviewer would otherwise have to look for in every change.
//!
//! Each test says what is wrong, where, and what to do. They read the files of this tree and nothing else: no
//! network, no commit history.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod crates;
mod links;
mod manifests;
mod marks;
mod problems;
mod purity;
mod readme;
mod releases;
mod rust;
mod sizes;
mod tree;
mod words;

/// Fails with every finding at once, so that one run shows all there is to do.
#[track_caller]
fn nothing_found(rule: &str, findings: &[String]) {
    assert!(
        findings.is_empty(),
        "\n{rule}\n\n{}\n\n{} found.\n",
        findings.iter().map(|finding| format!("  {finding}")).collect::<Vec<_>>().join("\n"),
        findings.len()
    );
}
