//! `cargo xtask run`: build hosk and run it.

use std::process::ExitCode;

use anyhow::Result;

use crate::needs::{self, Need};
use crate::process;
use crate::rust_tests::build_hosk;
use crate::workspace::Workspace;

/// Build hosk and run it with the arguments that follow
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Handed on to `hosk`, for example `serve --data target/data`; `--help` when there are none.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    if args.rest.is_empty() {
        return start_hosk(workspace, ["--help"]);
    }
    start_hosk(workspace, args.rest.iter().map(String::as_str))
}

/// Builds hosk in the `quick` profile and becomes it, so that signals and the exit code are its own.
pub(crate) fn start_hosk<'a>(
    workspace: &Workspace,
    args: impl IntoIterator<Item = &'a str>,
) -> Result<ExitCode> {
    needs::require(&[Need::CCompiler, Need::DiskSpace], workspace)?;
    if !workspace.target.join("quick").join("hosk").exists() {
        eprintln!("Building hosk into {}; the first time takes some minutes.", workspace.target.display());
    }
    let hosk = build_hosk(workspace, "quick")?;
    let mut command = std::process::Command::new(hosk);
    command.args(args);
    process::become_command(command)
}
