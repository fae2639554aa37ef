//! `hosk test`: plays scenario files on virtual time and shows what they passed through.

use std::collections::BTreeMap;
use std::path::Path;

use hosk_scenario::{Coverage, Outcome, Scenario, play};
use serde_json::{Value, json};

use crate::cli::TestArgs;
use crate::commands::check::count;
use crate::failure::Failure;
use crate::{files, print};

type Picture = BTreeMap<String, Coverage>;

pub(crate) fn run(args: &TestArgs, as_json: bool) -> Result<(), Failure> {
    let paths = files::collect(&args.files, &[".scenario"])?;
    let (mut failed, mut reports, mut picture) = (0, Vec::new(), Picture::new());
    for path in &paths {
        let result = one(path, args.bless);
        let (passed, title, differences) = match &result {
            Ok((title, outcome)) => {
                merge(&mut picture, &outcome.coverage);
                (outcome.passed(), title.clone(), differences(outcome))
            }
            Err(what) => (false, String::new(), what.clone()),
        };
        failed += usize::from(!passed);
        if as_json {
            reports.push(json!({"file": path, "title": title, "passed": passed, "differences": differences}));
        } else {
            print::line(format!("{} {}  {title}", if passed { "ok    " } else { "FAILED" }, path.display()));
            if !passed {
                print::line(indent(&differences));
            }
        }
    }
    let passed = paths.len() - failed;
    if as_json {
        print::json(
            &json!({"passed": passed, "failed": failed, "scenarios": reports, "coverage": coverage(&picture)}),
        );
    } else {
        show(&picture);
        print::line(format!("{}: {passed} passed, {failed} failed", count(paths.len(), "scenario")));
    }
    if failed > 0 { Err(Failure::Found) } else { Ok(()) }
}

fn one(path: &Path, bless: bool) -> Result<(String, Outcome), String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    let scenario = Scenario::parse(&text).map_err(|error| error.to_string())?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut outcome = play(&scenario, &|file| std::fs::read(folder.join(file)))?;
    if bless && outcome.blessed != text {
        std::fs::write(path, &outcome.blessed).map_err(|error| format!("cannot be written: {error}"))?;
        let scenario = Scenario::parse(&outcome.blessed).map_err(|error| error.to_string())?;
        outcome = play(&scenario, &|file| std::fs::read(folder.join(file)))?;
    }
    Ok((scenario.title.clone(), outcome))
}

fn differences(outcome: &Outcome) -> String {
    let parts: Vec<String> = outcome
        .played
        .iter()
        .filter(|played| !played.differences.is_empty())
        .map(|played| format!("{:?}:\n{}", played.mode, played.differences))
        .collect();
    parts.join("\n")
}

fn merge(picture: &mut Picture, seen: &[Coverage]) {
    for coverage in seen {
        let entry = picture.entry(coverage.process.clone()).or_insert_with(|| Coverage {
            process: coverage.process.clone(),
            passed: std::collections::BTreeSet::new(),
            all: std::collections::BTreeSet::new(),
        });
        entry.passed.extend(coverage.passed.iter().cloned());
        entry.all.extend(coverage.all.iter().cloned());
    }
}

/// One bar per process, and the elements no scenario passed.
fn show(picture: &Picture) {
    const WIDTH: usize = 30;
    for coverage in picture.values() {
        let (passed, all) = (coverage.passed.len(), coverage.all.len().max(1));
        let full = passed * WIDTH / all;
        let bar = format!("{}{}", "█".repeat(full), "░".repeat(WIDTH - full));
        print::line(format!("{bar} {:>3} %  {}", passed * 100 / all, coverage.process));
        let missed: Vec<&str> = coverage.all.difference(&coverage.passed).map(String::as_str).collect();
        if !missed.is_empty() {
            print::line(format!("  not passed: {}", missed.join(", ")));
        }
    }
}

fn coverage(picture: &Picture) -> Value {
    picture
        .values()
        .map(|one| json!({"process": one.process, "passed": one.passed, "notPassed": one.all.difference(&one.passed).collect::<Vec<_>>()}))
        .collect()
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
