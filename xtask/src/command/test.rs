//! `cargo xtask test`: every test there is, or the parts that are asked for.
//!
//! A part that fails does not stop the others, so that one run shows everything. A part whose needs are not met
//! fails with the remedy; a part of tests in which no test ran fails too.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Error, Result, bail};
use clap::ValueEnum as _;

use super::{doc, fmt, lint};
use crate::count::Count;
use crate::parts::Part;
use crate::rust_tests::{self, Built, Run};
use crate::summary::{self, Row};
use crate::workspace::{Workspace, in_ci};
use crate::{browser, deny, needs, plugins, process, python};

/// Run every test, or the parts that are named
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to test; everything when none is named.
    #[arg(value_name = "PART", hide_possible_values = true)]
    parts: Vec<Part>,
    /// Tell the parts, what they check and what they need, and run nothing.
    #[arg(long)]
    list: bool,
    /// Show the line of each passed test too.
    #[arg(long, short)]
    verbose: bool,
    /// Handed on to the Rust test executables, for example a part of a test's name.
    #[arg(last = true)]
    rest: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> ExitCode {
    let parts = chosen(args);
    if args.list {
        list(&parts);
        return ExitCode::SUCCESS;
    }
    if in_ci() {
        workspace.trim_cache();
    }
    let session = Session::begin(workspace, args, &parts);
    let rows: Vec<Row> = parts.iter().map(|part| session.part(*part)).collect();
    println!("{}", summary::table(&rows));
    if rows.iter().all(|row| row.passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The parts to run, in their order, each once.
fn chosen(args: &Args) -> Vec<Part> {
    let mut parts = if args.parts.is_empty() { Part::value_variants().to_vec() } else { args.parts.clone() };
    parts.sort();
    parts.dedup();
    parts
}

fn list(parts: &[Part]) {
    for part in parts {
        let needs: Vec<&str> = part.needs().iter().map(|need| need.title()).collect();
        println!("{:<12} {}\n{:<12} needs {}", part.name(), part.about(), "", needs.join(", "));
    }
}

/// One run of `cargo xtask test`.
struct Session<'a> {
    workspace: &'a Workspace,
    args: &'a Args,
    /// The parts whose needs are not met, with what to do.
    unmet: Vec<(Part, Error)>,
    hosk: Result<Option<PathBuf>>,
    built: Result<Built>,
}

impl<'a> Session<'a> {
    /// Looks for what the parts need, then builds the Rust tests and the binary that they start.
    fn begin(workspace: &'a Workspace, args: &'a Args, parts: &[Part]) -> Self {
        let mut unmet = Vec::new();
        for part in parts {
            if let Err(error) = needs::require(part.needs(), workspace) {
                eprintln!("{}: {error:#}", part.name());
                unmet.push((*part, error));
            }
        }
        let can_run = |part: &Part| !unmet.iter().any(|(other, _)| other == part);
        let runnable: Vec<Part> = parts.iter().copied().filter(can_run).collect();
        let rust: Vec<Part> = runnable.iter().copied().filter(|part| part.is_rust_tests()).collect();
        let built = if rust.is_empty() {
            Ok(Built::nothing())
        } else {
            heading("building the tests");
            rust_tests::build(workspace, &rust)
        };
        let hosk = match &built {
            _ if !runnable.iter().any(|part| part.starts_hosk()) => Ok(None),
            Ok(Built { hosk: Some(hosk), .. }) => Ok(Some(hosk.clone())),
            _ => {
                heading("building hosk");
                rust_tests::build_hosk(workspace, "dev").map(Some)
            }
        };
        Self { workspace, args, unmet, hosk, built }
    }

    fn part(&self, part: Part) -> Row {
        let begun = Instant::now();
        let mut count = Count::default();
        let mut remark = None;
        let passed = if let Some((_, error)) = self.unmet.iter().find(|(unmet, _)| *unmet == part) {
            remark = Some(format!("{error:#}"));
            false
        } else {
            heading(&part.name());
            self.outcome(part, &mut count, &mut remark).unwrap_or_else(|error| {
                eprintln!("{}: {error:#}", part.name());
                remark = Some(format!("{error:#}"));
                false
            })
        };
        Row { name: part.name(), passed, count, took: begun.elapsed(), remark }
    }

    fn outcome(&self, part: Part, count: &mut Count, remark: &mut Option<String>) -> Result<bool> {
        match part {
            Part::Fmt => {
                let formatted = process::succeeds(&mut fmt::command(self.workspace, true))?;
                *remark = (!formatted).then(|| "`cargo xtask fmt` formats the files that are named".into());
                Ok(formatted)
            }
            Part::Clippy => process::succeeds(&mut lint::command(self.workspace, &[])),
            Part::Deny => {
                let (sound, told) = deny::check(self.workspace)?;
                *remark = told;
                Ok(sound)
            }
            Part::Docs => self.docs(count),
            Part::Hostile => self.hostile(count),
            Part::Python => self.on_hosk(python::test, count),
            Part::Plugins => Ok(self.on_hosk(plugins::test, count)? & self.rust(part, count)?),
            Part::Browser => self.on_hosk(browser::test, count),
            Part::Xtask
            | Part::Tidy
            | Part::Engine
            | Part::Postgres
            | Part::Connectors
            | Part::Acceptance => self.rust(part, count),
        }
    }

    fn rust(&self, part: Part, count: &mut Count) -> Result<bool> {
        let built = told(&self.built)?;
        let hosk = told(&self.hosk)?;
        let how = Run {
            workspace: self.workspace,
            arguments: &self.args.rest,
            hosk: hosk.as_deref(),
            verbose: self.args.verbose,
        };
        let mut passed = true;
        for executable in built.executables.iter().filter(|executable| executable.part == part) {
            passed &= executable.run(&how, count)?;
        }
        if !built.complete {
            bail!("the tests do not build; the compiler's messages are above");
        }
        if count.is_empty() {
            bail!("no test ran");
        }
        Ok(passed)
    }

    /// Tests in another language, which start the binary.
    fn on_hosk(
        &self,
        tests: fn(&Workspace, &Path, &mut Count) -> Result<bool>,
        count: &mut Count,
    ) -> Result<bool> {
        let Some(hosk) = told(&self.hosk)? else { bail!("hosk was not built") };
        let passed = tests(self.workspace, hosk, count)?;
        if count.is_empty() {
            bail!("no test ran");
        }
        Ok(passed)
    }

    /// These crates are few and pure, so that building them once more, optimised, takes little.
    fn hostile(&self, count: &mut Count) -> Result<bool> {
        let mut tests = self.workspace.cargo(&[
            "test",
            "--profile",
            "quick",
            "--package",
            "hosk-feel",
            "--package",
            "hosk-dmn",
            "--test",
            "hostile",
            "--no-fail-fast",
            "--locked",
        ]);
        let passed = self.counted(&mut tests, count)?;
        if count.is_empty() {
            bail!("no test ran");
        }
        Ok(passed)
    }

    fn docs(&self, count: &mut Count) -> Result<bool> {
        let documented = process::succeeds(&mut doc::command(self.workspace))?;
        let mut examples =
            self.workspace.cargo(&["test", "--workspace", "--doc", "--no-fail-fast", "--locked"]);
        let passed = self.counted(&mut examples, count)?;
        Ok(documented && passed)
    }

    /// Runs cargo's tests; whether they passed.
    fn counted(&self, tests: &mut Command, count: &mut Count) -> Result<bool> {
        process::stream(tests, rust_tests::LIMIT, |line| {
            count.read(line);
            if self.args.verbose || !rust_tests::is_noise(line) {
                println!("{line}");
            }
        })
    }
}

/// A failure that several parts share, told to each of them.
fn told<T>(result: &Result<T>) -> Result<&T> {
    result.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))
}

fn heading(text: &str) {
    println!("\n── {text}");
}
