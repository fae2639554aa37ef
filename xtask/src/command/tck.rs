//! `cargo xtask tck`: how much of DMN is executed as the standard says.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::Workspace;

/// Run the cases of the DMN Technology Compatibility Kit below a folder and print what fails
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A folder of the kit, with models and `*-test-*.xml` files, or one above several
    folder: PathBuf,
    /// Name every case, not only those that fail
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    let folder = std::path::absolute(&args.folder)?;
    let mut command = workspace.cargo(&["run", "--quiet", "-p", "tck", "--"]);
    command.arg(folder);
    if args.list {
        command.arg("--list");
    }
    let status = command.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
