//! Links in the documentation lead somewhere.

use std::path::{Component, Path, PathBuf};

use crate::{nothing_found, tree};

#[test]
fn links_lead_somewhere() {
    let files = tree::files();
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.extension() == "md") {
        for (line, target) in links(&file.text) {
            if let Some(wrong) = broken(&files, &file.path, &target) {
                findings.push(format!("{}:{line} ({target}): {wrong}", file.path));
            }
        }
    }
    nothing_found(
        "A link leads to a file of the tree and to a heading in it. Correct it, or write the page.",
        &findings,
    );
}

/// The targets of `[text](target)` and `[name]: target` outside of code, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut fenced = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let line = without_code(line);
        for (at, _) in line.match_indices("](") {
            if let Some((target, _)) = line[at + 2..].split_once(')') {
                links.push((number + 1, target.split(' ').next().unwrap_or_default().to_owned()));
            }
        }
        if line.starts_with('[')
            && let Some((_, target)) = line.split_once("]: ")
        {
            links.push((number + 1, target.trim().to_owned()));
        }
    }
    links
}

/// The line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("``")
}

/// Why the target cannot be followed, or nothing.
fn broken(files: &[tree::File], from: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { from.to_owned() } else { resolve(from, path)? };
    let full = tree::root().join(&path);
    if !full.exists() {
        return Some(format!("there is no {path}"));
    }
    let page = files.iter().find(|file| file.path == path);
    match page {
        Some(page) if !anchor.is_empty() && !anchors(&page.text).iter().any(|known| known == anchor) => {
            Some(format!("{path} has no heading for #{anchor}"))
        }
        _ => None,
    }
}

/// The target relative to the root; what leaves the tree stays as it is and is not found.
fn resolve(from: &str, path: &str) -> Option<String> {
    let joined = Path::new(from).parent()?.join(path);
    let mut clean = PathBuf::new();
    for part in joined.components() {
        match part {
            Component::ParentDir if clean.pop() => {}
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    Some(clean.to_string_lossy().replace('\\', "/"))
}

/// The anchors of the headings: lower case, spaces to hyphens, punctuation dropped.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| line.trim_start_matches('#').trim().to_lowercase())
        .map(|title| {
            let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn links_are_read() {
    let text = "see [a](b.md#c-d) and `[x](y)`\n```\n[n](o)\n```\n[r]: s.md\n";
    assert_eq!(links(text), [(1, "b.md#c-d".to_owned()), (5, "s.md".to_owned())]);
    assert_eq!(anchors("## What's `new`, here"), ["whats-new-here"]);
    assert_eq!(resolve("docs/a.md", "../README.md").as_deref(), Some("README.md"));
}
