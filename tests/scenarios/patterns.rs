//! `docs/patterns.md` and the scenarios of workflow patterns are in step: each of the 43 patterns has its row, in order;
//! each scenario is linked, and says the number of the pattern in whose row it stands.

use std::collections::BTreeSet;

use libtest_mimic::Failed;

use crate::root;

const PATTERNS: usize = 43;
const FOLDER: &str = "tests/scenarios/patterns";

pub(crate) fn check() -> Result<(), Failed> {
    let page = std::fs::read_to_string(root().join("docs/patterns.md"))?;
    let rows: Vec<&str> =
        page.lines().filter(|line| line.strip_prefix("| ").is_some_and(begins_with_number)).collect();
    let mut wrong = Vec::new();
    if rows.len() != PATTERNS {
        wrong.push(format!("there are {PATTERNS} patterns, and {} rows", rows.len()));
    }
    for (row, number) in rows.iter().zip(1..) {
        wrong.extend(check_row(row, number));
    }
    let linked: BTreeSet<String> = links(&page).into_iter().map(str::to_owned).collect();
    for entry in std::fs::read_dir(root().join(FOLDER))? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        if let Some(name) = file.strip_suffix(".scenario")
            && !linked.contains(name)
        {
            wrong.push(format!("{FOLDER}/{file} is not on the page"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("docs/patterns.md: {}", wrong.join("\n")).into()) }
}

fn begins_with_number(row: &str) -> bool {
    row.starts_with(|c: char| c.is_ascii_digit())
}

/// A row has its number in order, and scenarios that say it, or a reason.
fn check_row(row: &str, number: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut cells = row.split('|').map(str::trim).skip(1);
    if cells.next() != Some(&*number.to_string()) {
        wrong.push(format!("row {number} is `{row}`"));
    }
    let shown_by = cells.nth(1).unwrap_or_default();
    let mut any = false;
    for name in links(row) {
        any = true;
        let path = root().join(FOLDER).join(format!("{name}.scenario"));
        let title = std::fs::read_to_string(&path).unwrap_or_default();
        let title = title.lines().next().unwrap_or_default();
        if !title.contains(&format!("(workflow pattern {number})")) {
            wrong.push(format!("row {number} links {name}, whose title is `{title}`"));
        }
    }
    if !any && !shown_by.starts_with("— ") {
        wrong.push(format!("row {number} has neither a scenario nor a reason"));
    }
    wrong
}

/// The names of the pattern scenarios that a text links.
fn links(text: &str) -> Vec<&str> {
    let before = format!("](../{FOLDER}/");
    let named = text.split(&*before).skip(1);
    named.filter_map(|rest| Some(rest.split_once(".scenario)")?.0)).collect()
}
