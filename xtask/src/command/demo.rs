//! `cargo xtask demo`: build hosk and show the "ship goods" process with sample data.

use std::process::ExitCode;

use anyhow::Result;

use super::run::start_hosk;
use crate::workspace::Workspace;

/// Build hosk, start it with the ship-goods process and sample data, and say where to click
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Handed on to `hosk demo`, for example `--once --json`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    start_hosk(workspace, std::iter::once("demo").chain(args.rest.iter().map(String::as_str)))
}
