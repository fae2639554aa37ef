//! `cargo xtask lint`: clippy over everything, warnings are errors.

use std::process::ExitCode;

use anyhow::Result;

use crate::needs::{self, Need};
use crate::process;
use crate::workspace::Workspace;

/// Run clippy over every crate and target; a warning is an error
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these packages.
    packages: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    needs::require(&[Need::Clippy, Need::CCompiler], workspace)?;
    process::exit_code(&mut command(workspace, &args.packages))
}

/// `cargo clippy` over the workspace, or over the named packages.
pub(crate) fn command(workspace: &Workspace, packages: &[String]) -> std::process::Command {
    let mut command = workspace.cargo(&["clippy", "--all-targets", "--keep-going", "--locked"]);
    if packages.is_empty() {
        command.arg("--workspace");
    }
    for package in packages {
        command.args(["--package", package]);
    }
    command.args(["--", "--deny", "warnings"]);
    command
}
