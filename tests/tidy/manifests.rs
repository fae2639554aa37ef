//! Every crate takes versions, licence and lints from the workspace.

use crate::{crates, nothing_found, tree};

const INHERITED: &[&str] = &[
    "version.workspace = true",
    "edition.workspace = true",
    "license.workspace = true",
    "publish.workspace = true",
];

fn manifests() -> Vec<tree::File> {
    let mut manifests = tree::files_with("toml");
    // What declares a workspace of its own stands outside of ours: fuzz targets, comparisons with others. So do plugins.
    manifests.retain(|file| file.path.ends_with("/Cargo.toml") && !file.text.contains("\n[workspace]\n"));
    manifests.retain(|file| !file.path.starts_with("plugins/"));
    assert!(manifests.len() >= crates::packages().len());
    manifests
}

#[test]
fn every_crate_inherits_from_the_workspace() {
    let mut findings = Vec::new();
    for manifest in manifests() {
        for line in INHERITED.iter().filter(|line| !manifest.text.lines().any(|own| own == **line)) {
            findings.push(format!("{}: add `{line}` to [package]", manifest.path));
        }
        if !manifest.text.contains("[lints]\nworkspace = true") {
            findings.push(format!("{}: add `[lints]` with `workspace = true`", manifest.path));
        }
    }
    nothing_found("Every crate takes its version, licence and lints from the workspace manifest.", &findings);
}

#[test]
fn every_crate_says_what_it_is() {
    let mut findings = Vec::new();
    for package in crates::packages() {
        if package["description"].as_str().unwrap_or_default().is_empty() {
            findings.push(format!("{}: add `description`, one sentence", package["name"]));
        }
    }
    nothing_found("Every crate has a description.", &findings);
}

/// A version that stands in one place cannot differ between two crates.
#[test]
fn versions_stand_in_the_workspace_manifest() {
    let mut findings = Vec::new();
    for manifest in manifests() {
        let mut in_dependencies = false;
        for (number, line) in manifest.text.lines().enumerate() {
            if line.starts_with('[') {
                in_dependencies = line.contains("dependencies");
            } else if in_dependencies
                && line.contains('=')
                && !line.contains("workspace = true")
                && !line.starts_with([' ', '#'])
            {
                findings.push(format!(
                    "{}:{} `{line}`: put the version into the root Cargo.toml and write `.workspace = true` here",
                    manifest.path,
                    number + 1
                ));
            }
        }
    }
    nothing_found("All versions stand in the root Cargo.toml.", &findings);
}
