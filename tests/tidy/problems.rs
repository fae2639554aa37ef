//! Every public code has a page, and every page has a code.
//!
//! Public codes are declared in `codes! { … }` or `problems! { … }`, one to a line: a doc comment, then
//! `name = "the-code"` and whatever else the crate needs; or they are the literals of an error's
//! `pub fn code(&self) -> &'static str`. Nothing else declares codes. Words of the REST API in
//! capitals (states, kinds) are no problem codes, but for the kinds of incidents: `JOB_NO_RETRIES` has the page
//! `job-no-retries.md`.

use std::collections::BTreeMap;

use crate::{nothing_found, tree};

const DECLARATIONS: &[&str] = &["codes! {", "problems! {"];

/// The group of words that are incidents.
const INCIDENTS: &str = "    IncidentType {";

/// The function whose literals are codes, and the line it ends with.
const FUNCTION: (&str, &str) = ("    pub fn code(&self) -> &'static str {", "    }");

/// What each page tells, in this order.
const SECTIONS: &[&str] = &["## What happened", "## Why", "## What to do"];

/// Where each code is declared: a code may be raised by several crates and has one page.
fn codes() -> BTreeMap<String, Vec<String>> {
    let mut codes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in tree::files_with("rs") {
        let mut declaring = false;
        let mut incidents = false;
        let mut function = false;
        for (number, line) in file.text.lines().enumerate() {
            if DECLARATIONS.contains(&line) {
                declaring = true;
            } else if line == "}" {
                declaring = false;
            }
            function = line == FUNCTION.0 || (function && line != FUNCTION.1);
            if function && let Some((_, code)) = line.split_once("=> \"") {
                let code = code.split('"').next().unwrap_or_default();
                codes.entry(code.to_owned()).or_default().push(format!("{}:{}", file.path, number + 1));
            }
            incidents = declaring && (line == INCIDENTS || (incidents && line != "    }"));
            if !declaring {
                continue;
            }
            let Some(code) = declared(line) else { continue };
            let is_word = code.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            if !is_word || incidents {
                let page = if is_word { code.to_lowercase().replace('_', "-") } else { code.to_owned() };
                codes.entry(page).or_default().push(format!("{}:{}", file.path, number + 1));
            }
        }
    }
    codes
}

/// The code that `name = "code", …` declares.
fn declared(line: &str) -> Option<&str> {
    let (name, rest) = line.trim().split_once(" = \"")?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    rest.split_once('"').map(|(code, _)| code).filter(|_| is_name)
}

fn is_kebab(code: &str) -> bool {
    code.split('-')
        .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

fn pages() -> Vec<tree::File> {
    let mut pages = tree::files_with("md");
    pages.retain(|file| file.path.starts_with("docs/problems/") && file.name() != "README.md");
    pages
}

fn code_of(page: &tree::File) -> &str {
    page.name().trim_end_matches(".md")
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let codes = codes();
    let pages = pages();
    let mut findings = Vec::new();
    for (code, places) in &codes {
        if !pages.iter().any(|page| code_of(page) == code) {
            findings.push(format!("docs/problems/{code}.md is missing ({})", places.join(", ")));
        }
        if !is_kebab(code) {
            findings.push(format!(
                "`{code}` is not words of lower-case letters joined by hyphens ({})",
                places[0]
            ));
        }
    }
    for page in &pages {
        if !codes.contains_key(code_of(page)) {
            findings.push(format!("{}: no `codes!` or `problems!` declares this code", page.path));
        }
    }
    nothing_found(
        "Every public code has a page under docs/problems (docs/contributing.md says how).",
        &findings,
    );
}

#[test]
fn pages_say_what_happened_why_and_what_to_do() {
    let mut findings = Vec::new();
    for page in pages() {
        let title = format!("# {}", code_of(&page));
        if page.text.lines().next() != Some(title.as_str()) {
            findings.push(format!("{}: the first line is `{title}`", page.path));
        }
        let places: Vec<_> = SECTIONS.iter().map(|section| page.text.find(section)).collect();
        if places.iter().any(Option::is_none) || !places.is_sorted() {
            findings.push(format!("{}: it has the sections {}", page.path, SECTIONS.join(", ")));
        }
    }
    nothing_found("A problem page says what happened, why, and what to do.", &findings);
}

#[test]
fn declarations_are_read() {
    assert_eq!(declared("    JobNotFound = \"job-not-found\", NotFound;"), Some("job-not-found"));
    assert_eq!(declared("    /// Says \"job\"."), None);
    assert!(is_kebab("job-2-not-found") && !is_kebab("job--x") && !is_kebab("Job"));
}
