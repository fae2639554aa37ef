//! `cargo xtask fmt`: format every Rust file.

use std::process::ExitCode;

use anyhow::Result;

use crate::needs::{self, Need};
use crate::process;
use crate::workspace::Workspace;

/// Format every Rust file
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Change nothing; fail when a file is not formatted.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    needs::require(&[Need::Rustfmt], workspace)?;
    process::exit_code(&mut command(workspace, args.check))
}

/// `cargo fmt` over the workspace.
pub(crate) fn command(workspace: &Workspace, check: bool) -> std::process::Command {
    let mut command = workspace.cargo(&["fmt", "--all"]);
    if check {
        // Only the names: `cargo xtask fmt` puts right what a diff would show.
        command.args(["--", "--check", "--files-with-diff"]);
    }
    command
}
