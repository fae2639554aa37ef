//! `cargo xtask bench`: measure, never guess.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use crate::needs::{self, Need};
use crate::workspace::Workspace;
use crate::{plugins, process};

/// Build everything for speed, measure the workloads and write target/bench/report.md and report.json
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Handed on, for example `core worker --rounds 3`; `--help` lists what there is. `feel` compares FEEL and DMN with
    /// other implementations instead
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    if args.rest.first().is_some_and(|first| first == "feel") {
        return compare_feel(workspace, &args.rest[1..]);
    }
    needs::require(&[Need::CCompiler, Need::DiskSpace], workspace)?;
    eprintln!("Building for speed into {}; the first time takes many minutes.", workspace.target.display());
    let built = workspace.cargo(&["build", "--release", "-p", "hosk", "-p", "hosk-bench"]).status()?;
    ensure!(built.success(), "hosk does not build; the compiler's messages are above");
    let release = workspace.target.join("release");
    let mut command = std::process::Command::new(release.join("hosk-bench"));
    command.current_dir(&workspace.root).arg("--server").arg(release.join("hosk"));
    command.arg("--plugins").arg(plugins::built(workspace)).args(&args.rest);
    if args.rest.iter().any(|one| one == "engines") {
        command.arg("--jars").arg(engines(workspace)?);
    }
    process::become_command(command)
}

/// Builds what drives the engines of others; where their archives are.
fn engines(workspace: &Workspace) -> Result<PathBuf> {
    let (target, pom) = (workspace.target.join("engines"), workspace.root.join("bench/engines/pom.xml"));
    let folder = target.join("lib");
    let mut maven = std::process::Command::new("mvn");
    maven.args(["--quiet", "--batch-mode", "package", "dependency:copy-dependencies", "--file"]).arg(pom);
    for (name, path) in [("bench.target", &target), ("outputDirectory", &folder)] {
        maven.arg(format!("-D{name}={}", path.display()));
    }
    let remedy = "bench/engines needs Java 17 and Maven: `apt-get install maven default-jdk-headless`";
    ensure!(maven.status().context(remedy)?.success(), "{remedy}; the messages of Maven are above");
    std::fs::copy(target.join("bench-engines-0.1.0.jar"), folder.join("bench-engines.jar"))?;
    Ok(folder)
}

/// FEEL and DMN beside dsntk and feelin. Its package stands outside of the workspace, and so does what it builds.
fn compare_feel(workspace: &Workspace, rest: &[OsString]) -> Result<ExitCode> {
    needs::require(&[Need::CCompiler, Need::DiskSpace, Need::Node], workspace)?;
    let target = workspace.target.join("feel-compare");
    eprintln!("Building for speed into {}; the first time takes many minutes.", target.display());
    let manifest = workspace.root.join("bench/feel-compare/Cargo.toml");
    let mut build = workspace.cargo(&["build", "--release", "--locked", "--manifest-path"]);
    let built = build.arg(manifest).env("CARGO_TARGET_DIR", &target).status()?;
    ensure!(built.success(), "bench/feel-compare does not build; the compiler's messages are above");
    let mut command = std::process::Command::new(target.join("release").join("feel-compare"));
    command.current_dir(&workspace.root).args(rest);
    process::become_command(command)
}
