//! `cargo xtask clean`: remove what building made.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;

/// Remove what building made: target folders and installed npm packages
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The tools that `cargo xtask` installed for itself too.
    #[arg(long)]
    tools: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    remove(&workspace.target)?;
    remove(&workspace.root.join("target"))?;
    for folder in ["tests/browser", "tests/clients/javascript", "tests/clients/sdk", "tests/clients/oidc"] {
        remove(&workspace.root.join(folder).join("node_modules"))?;
    }
    if args.tools {
        remove(&workspace.tools)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Ok(()) => eprintln!("removed {}", folder.display()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("removing {}", folder.display())),
    }
    Ok(())
}
