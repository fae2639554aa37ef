//! `cargo xtask doc`: the API documentation of our crates, warnings are errors.

use std::process::ExitCode;

use anyhow::Result;

use crate::needs::{self, Need};
use crate::process;
use crate::workspace::Workspace;

/// Build the API documentation of our crates; a broken link is an error
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Open it in the browser.
    #[arg(long)]
    open: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    needs::require(&[Need::CCompiler], workspace)?;
    let mut command = command(workspace);
    if args.open {
        command.arg("--open");
    }
    process::exit_code(&mut command)
}

/// `cargo doc` over our crates, private items included: the comments are written for the next person in the code.
pub(crate) fn command(workspace: &Workspace) -> std::process::Command {
    let mut command = workspace.cargo(&[
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
        "--keep-going",
        "--locked",
    ]);
    command.env("RUSTDOCFLAGS", "--deny warnings");
    command
}
