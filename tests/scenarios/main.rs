//! Plays every scenario below `tests/scenarios` and `processes`, one test each. `BLESS=1` writes the transcripts as
//! they came out back into the files.
//!
//! More tests keep the set whole: every kind of element tells the same stories, the catalogue of elements names them,
//! and the histories that earlier releases wrote still replay.

mod coverage;
mod elements;
mod histories;
mod patterns;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hosk_scenario::{Outcome, Scenario, play};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = scenarios().into_iter().map(trial).collect();
    trials.push(Trial::test("every element tells the same stories", coverage::check));
    trials.push(Trial::test("elements: every row of the catalogue is proved", elements::check_stories));
    trials.push(Trial::test("elements: the page is what the catalogue says", elements::check_page));
    trials.push(Trial::test("patterns: the page has every pattern and every scenario", patterns::check));
    trials.push(Trial::test("histories of earlier releases replay", histories::check));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(path: PathBuf) -> Trial {
    let name = path.strip_prefix(root()).unwrap_or(&path).with_extension("").display().to_string();
    Trial::test(name, move || story(&path))
}

fn story(path: &Path) -> Result<(), Failed> {
    let (text, outcome) = run(path)?;
    if outcome.passed() {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some() && outcome.blessed != text {
        std::fs::write(path, &outcome.blessed)?;
        let (_, again) = run(path)?;
        return if again.passed() { Ok(()) } else { Err(differences(&again).into()) };
    }
    Err(differences(&outcome).into())
}

/// The text of a scenario file and what came of playing it.
pub(crate) fn run(path: &Path) -> Result<(String, Outcome), Failed> {
    let text = std::fs::read_to_string(path)?;
    let scenario = Scenario::parse(&text)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let outcome = play(&scenario, &|file| std::fs::read(folder.join(file)))?;
    Ok((text, outcome))
}

fn differences(outcome: &Outcome) -> String {
    outcome
        .played
        .iter()
        .filter(|played| !played.differences.is_empty())
        .map(|played| format!("{:?}\n{}", played.mode, played.differences))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// Every scenario file, sorted.
pub(crate) fn scenarios() -> Vec<PathBuf> {
    let mut folders = vec![root().join("tests/scenarios"), root().join("processes")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "scenario") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
