//! `hosk check`: every mistake in the given files, as a compiler prints them.
//!
//! A file that cannot be read does not stop the others; it counts as an error. Each finding has a page that
//! `--explain` prints.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::Path;

use hosk_model::{Diagnostic, Severity, Style};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::cli::{CheckArgs, When};
use crate::failure::Failure;
use crate::{files, print};

/// From this many files on, a bar shows how far it is.
const MANY_FILES: usize = 50;
/// The most frequent codes that the summary of many files names.
const SHOWN_CODES: usize = 10;

/// What was found in all files together.
#[derive(Default)]
struct Totals {
    errors: usize,
    warnings: usize,
    /// Files without an error.
    sound: usize,
    unreadable: usize,
    /// By code: how many findings, in how many files.
    codes: BTreeMap<&'static str, (usize, usize)>,
}

pub(crate) fn run(args: &CheckArgs, as_json: bool) -> Result<(), Failure> {
    if let Some(code) = &args.explain {
        return explain(code, as_json);
    }
    let paths = files::collect(&args.files, &[".bpmn", ".dmn", ".form"])?;
    let style = style(args.color);
    let bar = progress(paths.len());
    let (mut totals, mut reports) = (Totals::default(), Vec::new());
    for path in &paths {
        let name = path.display().to_string();
        match files::read(path) {
            Ok(content) => {
                let mut found = diagnose(&name, &content);
                found.retain(|one| one.is_error() || !args.errors_only);
                totals.count(&found);
                if as_json {
                    reports.extend(found.iter().map(|one| report(&name, one)));
                } else if !found.is_empty() {
                    let text = hosk_model::render_with(&found, &name, &content, style);
                    bar.suspend(|| print::line(text));
                }
            }
            Err(failure) => {
                totals.errors += 1;
                totals.unreadable += 1;
                bar.suspend(|| print::note(format!("hosk: {failure}")));
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if as_json {
        print::json(&json!({
            "files": paths.len(),
            "errors": totals.errors,
            "warnings": totals.warnings,
            "diagnostics": reports,
        }));
    } else {
        totals.print(paths.len());
    }
    if totals.errors > 0 || (args.strict && totals.warnings > 0) { Err(Failure::Found) } else { Ok(()) }
}

impl Totals {
    fn count(&mut self, found: &[Diagnostic]) {
        let errors = found.iter().filter(|one| one.severity == Severity::Error).count();
        self.errors += errors;
        self.warnings += found.len() - errors;
        self.sound += usize::from(errors == 0);
        let mut here: Vec<&'static str> = found.iter().map(|one| one.code.as_str()).collect();
        here.sort_unstable();
        for group in here.chunk_by(|a, b| a == b) {
            let (findings, files) = self.codes.entry(group[0]).or_default();
            *findings += group.len();
            *files += 1;
        }
    }

    fn print(&self, files: usize) {
        if files >= MANY_FILES {
            let mut codes: Vec<_> = self.codes.iter().collect();
            codes.sort_by_key(|(code, (findings, _))| (std::cmp::Reverse(*findings), **code));
            let row = |(code, (findings, files)): &(&&'static str, &(usize, usize))| {
                vec![(**code).to_owned(), findings.to_string(), files.to_string()]
            };
            let rows: Vec<Vec<String>> = codes.iter().take(SHOWN_CODES).map(row).collect();
            if !rows.is_empty() {
                print::table(&["CODE", "FINDINGS", "FILES"], &rows);
            }
            let refused = files - self.sound - self.unreadable;
            print::line(format!("{} accepted, {refused} refused, {} not read", self.sound, self.unreadable));
        }
        let [errors, warnings] = [count(self.errors, "error"), count(self.warnings, "warning")];
        print::line(format!("{}, {errors}, {warnings}", count(files, "file")));
        if let Some(code) = self.codes.keys().next() {
            print::note(format!("What a code means: hosk check --explain {code}"));
        }
    }
}

/// The page of a code.
fn explain(code: &str, as_json: bool) -> Result<(), Failure> {
    let page = hosk_api::problem_page(code).ok_or_else(|| {
        Failure::Refused(format!("`{code}` is no code; codes stand in brackets behind `error` or `warning`"))
    })?;
    if as_json {
        print::json(&json!({"code": code, "page": page}));
    } else {
        print::line(page.trim_end());
    }
    Ok(())
}

fn style(when: When) -> Style {
    let wanted = match when {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            std::io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    };
    if wanted { Style::Coloured } else { Style::Plain }
}

/// A bar on standard error; indicatif hides it where that is no terminal.
fn progress(files: usize) -> ProgressBar {
    if files < MANY_FILES {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(files as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} files") {
        bar.set_style(style);
    }
    bar
}

fn diagnose(name: &str, content: &[u8]) -> Vec<Diagnostic> {
    if Path::new(name).extension().is_some_and(|ending| ending == "form") {
        return hosk_model::compile_form(content, name).err().unwrap_or_default();
    }
    if Path::new(name).extension().is_some_and(|ending| ending == "dmn") {
        return match hosk_dmn::DecisionModel::compile(content) {
            Ok(compiled) => compiled.warnings,
            Err(found) => found,
        };
    }
    hosk_model::compile(content, name).diagnostics
}

fn report(file: &str, diagnostic: &Diagnostic) -> Value {
    json!({
        "file": file,
        "line": diagnostic.position.line,
        "column": diagnostic.position.column,
        "severity": match diagnostic.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "code": diagnostic.code.as_str(),
        "elementId": diagnostic.element_id,
        "message": diagnostic.message,
        "remedy": diagnostic.remedy,
    })
}

pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
