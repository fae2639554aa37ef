//! Rust tests: built once for the whole workspace, then run part by part.
//!
//! Every build selects the whole workspace and narrows by *target*, never by package: cargo unites the
//! features of the selected packages, so another selection would build the dependencies once more.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::count::Count;
use crate::parts::Part;
use crate::workspace::Workspace;
use crate::{plugins, process};

/// A test executable that takes longer than this hangs.
pub(crate) const LIMIT: Duration = Duration::from_mins(15);

/// A build that takes longer than this hangs.
const BUILD_LIMIT: Duration = Duration::from_hours(1);

/// What a build of the tests brought.
pub(crate) struct Built {
    /// True when everything compiled.
    pub(crate) complete: bool,
    /// The test executables, in the order of their folders and names.
    pub(crate) executables: Vec<Executable>,
    /// The `hosk` binary; cargo builds it along with tests of its own package.
    pub(crate) hosk: Option<PathBuf>,
}

impl Built {
    /// Nothing was asked for.
    pub(crate) fn nothing() -> Self {
        Self { complete: true, executables: Vec::new(), hosk: None }
    }
}

/// One test executable.
pub(crate) struct Executable {
    pub(crate) part: Part,
    target: String,
    kind: String,
    folder: String,
    path: PathBuf,
}

/// Builds the test executables of the given parts.
pub(crate) fn build(workspace: &Workspace, parts: &[Part]) -> Result<Built> {
    let mut command = workspace.cargo(&[
        "test",
        "--workspace",
        "--no-run",
        "--no-fail-fast",
        "--locked",
        "--message-format=json-render-diagnostics",
    ]);
    command.args(targets(workspace, parts)?);
    let mut executables = Vec::new();
    let mut hosk = None;
    let complete = process::stream(&mut command, BUILD_LIMIT, |line| {
        let Ok(message) = serde_json::from_str::<Value>(line) else { return };
        executables.extend(executable(workspace, &message).filter(|found| parts.contains(&found.part)));
        hosk = hosk_binary(&message).or(hosk.take());
    })?;
    executables.sort_by(|a, b| {
        (a.part, &a.folder, &a.kind, &a.target).cmp(&(b.part, &b.folder, &b.kind, &b.target))
    });
    Ok(Built { complete, executables, hosk })
}

/// The arguments that narrow the build to the parts; none when every part is wanted.
fn targets(workspace: &Workspace, parts: &[Part]) -> Result<Vec<String>> {
    let all = [
        Part::Xtask,
        Part::Tidy,
        Part::Engine,
        Part::Postgres,
        Part::Connectors,
        Part::Acceptance,
        Part::Plugins,
    ];
    if all.iter().all(|part| parts.contains(part)) {
        return Ok(Vec::new());
    }
    let mut arguments = Vec::new();
    if parts.iter().any(|part| !matches!(part, Part::Tidy | Part::Xtask | Part::Plugins)) {
        arguments.push("--lib".to_owned());
    }
    for package in workspace.packages()? {
        let binaries = package.binaries.iter().map(|name| ("--bin", name));
        let tests = package.tests.iter().map(|name| ("--test", name));
        for (flag, name) in binaries.chain(tests) {
            if parts.contains(&Part::of_target(&package.folder, name)) {
                arguments.extend([flag.to_owned(), name.clone()]);
            }
        }
    }
    if arguments.is_empty() {
        bail!("there is no test target for what was asked; see `cargo xtask test --list`");
    }
    Ok(arguments)
}

/// Reads one of cargo's messages: a test executable, if it tells of one.
fn executable(workspace: &Workspace, message: &Value) -> Option<Executable> {
    if message["reason"] != "compiler-artifact" || message["profile"]["test"] != true {
        return None;
    }
    let path = PathBuf::from(message["executable"].as_str()?);
    let target = message["target"]["name"].as_str()?.to_owned();
    let kind = message["target"]["kind"][0].as_str()?.to_owned();
    let folder = workspace.folder_of(Path::new(message["manifest_path"].as_str()?));
    let part = Part::of_target(&folder, &target);
    Some(Executable { part, target, kind, folder, path })
}

/// Reads one of cargo's messages: the hosk binary itself, if it tells of that.
fn hosk_binary(message: &Value) -> Option<PathBuf> {
    let is_hosk = message["target"]["name"] == "hosk" && message["profile"]["test"] == false;
    message["executable"].as_str().filter(|_| is_hosk).map(PathBuf::from)
}

impl Executable {
    /// Runs it; true when all its tests passed. `hosk` is the binary that tests of the whole start.
    pub(crate) fn run(&self, how: &Run<'_>, count: &mut Count) -> Result<bool> {
        let begun = Instant::now();
        let folder = how.workspace.root.join(&self.folder);
        let mut command = Command::new(&self.path);
        command
            .args(how.arguments)
            .current_dir(&folder)
            .env("CARGO", how.workspace.cargo_path())
            .env("CARGO_MANIFEST_DIR", &folder)
            .env("CARGO_TARGET_DIR", &how.workspace.target)
            .env("HOSK_PLUGINS", plugins::built(how.workspace));
        if let Some(hosk) = how.hosk {
            command.env("HOSK_BIN", hosk);
        }
        let mut own = Count::default();
        let passed = process::stream(&mut command, LIMIT, |line| {
            own.read(line);
            if how.verbose || !is_noise(line) {
                println!("{line}");
            }
        });
        println!(
            "  {:<44} {:>5} passed {:>3} failed  {:>6.1} s",
            format!("{} {} {}", self.folder, self.kind, self.target),
            own.passed,
            own.failed,
            begun.elapsed().as_secs_f64()
        );
        *count += own;
        passed
    }
}

/// How test executables are run.
pub(crate) struct Run<'a> {
    pub(crate) workspace: &'a Workspace,
    /// Handed on to each of them.
    pub(crate) arguments: &'a [String],
    pub(crate) hosk: Option<&'a Path>,
    /// Show every line, those of passed tests too.
    pub(crate) verbose: bool,
}

/// Lines that tell nothing when all is well.
pub(crate) fn is_noise(line: &str) -> bool {
    line.is_empty()
        || line.starts_with("test result: ok.")
        || (line.starts_with("running ") && (line.ends_with(" tests") || line.ends_with(" test")))
        || (line.starts_with("test ") && line.ends_with(" ... ok"))
}

/// Builds the `hosk` binary in the profile and says where it is.
pub(crate) fn build_hosk(workspace: &Workspace, profile: &str) -> Result<PathBuf> {
    let mut command = workspace.cargo(&[
        "build",
        "--bin=hosk",
        "--package=hosk",
        "--locked",
        "--message-format=json-render-diagnostics",
        "--profile",
        profile,
    ]);
    let output = command.stderr(Stdio::inherit()).output().context("running `cargo build`")?;
    if !output.status.success() {
        bail!("hosk does not build; the compiler's messages are above");
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| hosk_binary(&message))
        .context("`cargo build` named no executable for hosk")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_passed_tests_are_noise_and_those_of_failed_ones_are_not() {
        assert!(is_noise("test steps::joins_wait ... ok"));
        assert!(is_noise("running 12 tests"));
        assert!(!is_noise("test steps::joins_wait ... FAILED"));
        assert!(!is_noise("test result: FAILED. 1 passed; 1 failed; 0 ignored"));
        assert!(!is_noise("seed 42"));
    }
}
