//! `cargo xtask bench`: measure, never guess.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::needs::{self, Need};
use crate::process;
use crate::workspace::Workspace;

/// Build everything for speed, measure the workloads and write target/bench/report.md and report.json
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Handed on, for example `core worker --rounds 3`; `--help` lists what there is.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    needs::require(&[Need::CCompiler, Need::DiskSpace], workspace)?;
    eprintln!("Building for speed into {}; the first time takes many minutes.", workspace.target.display());
    let built = workspace.cargo(&["build", "--release", "-p", "hosk", "-p", "hosk-bench"]).status()?;
    ensure!(built.success(), "hosk does not build; the compiler's messages are above");
    let release = workspace.target.join("release");
    let mut command = std::process::Command::new(release.join("hosk-bench"));
    command.current_dir(&workspace.root).arg("--server").arg(release.join("hosk")).args(&args.rest);
    process::become_command(command)
}
