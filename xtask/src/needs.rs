//! What a part needs from the machine: looked for before anything runs, installed where that is possible,
//! otherwise named with the remedy. Nothing is left out silently.

use std::env;
use std::process::Command;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{browser, deny, postgres, process, python};

/// The oldest Node.js that runs the JavaScript parts.
const NODE_MAJOR: u32 = 20;

/// Below this much free space a build of everything fails half-way, with errors that name other causes.
const DISK_FREE_KIB: u64 = 6 * 1024 * 1024;

/// Something a part needs from the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Rustfmt,
    Clippy,
    CCompiler,
    DiskSpace,
    CargoDeny,
    Curl,
    Node,
    Python,
    Chromium,
    Postgres,
}

impl Need {
    /// For `cargo xtask test --list`.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Rustfmt => "rustfmt (installed by rustup when missing)",
            Self::Clippy => "clippy (installed by rustup when missing)",
            Self::CCompiler => "a C compiler",
            Self::DiskSpace => "6 GiB of free disk",
            Self::CargoDeny => "cargo-deny (built once when missing, about two minutes)",
            Self::Curl => "curl",
            Self::Node => "Node.js 20 or newer with npm",
            Self::Python => "Python 3.10 or newer with venv (installed by apt-get when missing and allowed)",
            Self::Chromium => "Chromium (installed by apt-get when missing and allowed)",
            Self::Postgres => {
                "PostgreSQL 14 or newer (DATABASE_URL, or installed by apt-get when missing and allowed)"
            }
        }
    }

    /// Finds or installs it; the error says what is missing and what to do.
    fn meet(self, workspace: &Workspace) -> Result<()> {
        match self {
            Self::Rustfmt => component(workspace, "fmt", "rustfmt"),
            Self::Clippy => component(workspace, "clippy", "clippy"),
            Self::CCompiler => c_compiler(),
            Self::DiskSpace => disk_space(workspace),
            Self::CargoDeny => deny::find_or_install(workspace).map(drop),
            Self::Curl => curl(),
            Self::Node => node(),
            Self::Python => python::find_or_install(),
            Self::Chromium => browser::find_or_install(),
            Self::Postgres => postgres::find_or_install(),
        }
    }
}

/// Meets every need or fails with all that is missing, each with its remedy.
pub(crate) fn require(needs: &[Need], workspace: &Workspace) -> Result<()> {
    let missing: Vec<String> = needs
        .iter()
        .filter_map(|need| need.meet(workspace).err())
        .map(|error| format!("{error:#}"))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("{}", missing.join("\n"))
}

fn component(workspace: &Workspace, subcommand: &str, component: &str) -> Result<()> {
    let present = || process::output_of(&mut workspace.cargo(&[subcommand, "--version"])).is_some();
    if present() {
        return Ok(());
    }
    eprintln!("{component} is missing; installing it with rustup");
    let installed = Command::new("rustup").args(["component", "add", component]).status();
    if installed.is_ok_and(|status| status.success()) && present() {
        return Ok(());
    }
    bail!("{component} is missing. Install it: rustup component add {component}")
}

fn c_compiler() -> Result<()> {
    let compiler = env::var("CC").ok().filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "cc".into());
    let mut words = compiler.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("cc"));
    command.args(words).arg("--version");
    if process::output_of(&mut command).is_some() {
        return Ok(());
    }
    bail!(
        "No C compiler: `{compiler}` does not run. SQLite and the TLS library are C. \
         Install one (Debian, Ubuntu: sudo apt-get install build-essential) or set CC."
    )
}

fn disk_space(workspace: &Workspace) -> Result<()> {
    let Some(existing) = workspace.target.ancestors().find(|path| path.exists()) else { return Ok(()) };
    // A target folder that is filled already needs little more.
    if workspace.target.join("debug").join("deps").exists() {
        return Ok(());
    }
    let Some(table) = process::output_of(Command::new("df").arg("-Pk").arg(existing)) else { return Ok(()) };
    match free_kib(&table) {
        Some(free) if free < DISK_FREE_KIB => bail!(
            "Only {} MiB are free where hosk is built ({}); 6 GiB are needed. \
             Free some space, or set CARGO_TARGET_DIR to a folder on another disk.",
            free / 1024,
            workspace.target.display()
        ),
        _ => Ok(()),
    }
}

/// The fourth column of the second line of `df -Pk`.
fn free_kib(table: &str) -> Option<u64> {
    table.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

fn curl() -> Result<()> {
    if process::output_of(Command::new("curl").arg("--version")).is_some() {
        return Ok(());
    }
    bail!(
        "curl is missing; the README's tour is run with it. Install it (Debian, Ubuntu: sudo apt-get install curl)."
    )
}

fn node() -> Result<()> {
    let remedy = "Install Node.js 20 or newer with npm (Debian, Ubuntu: sudo apt-get install nodejs npm, \
                  or a newer one from nodejs.org) and see that `node` and `npm` are on PATH.";
    let Some(version) = process::output_of(Command::new("node").arg("--version")) else {
        bail!("Node.js is missing. {remedy}")
    };
    if node_major(&version).is_none_or(|major| major < NODE_MAJOR) {
        bail!("Node.js is {}, too old. {remedy}", version.trim());
    }
    if process::output_of(Command::new("npm").arg("--version")).is_none() {
        bail!("npm is missing. {remedy}");
    }
    Ok(())
}

fn node_major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_read() {
        assert_eq!(node_major("v20.11.1\n"), Some(20));
        assert_eq!(node_major("command not found"), None);
    }

    #[test]
    fn free_space_is_read() {
        let table = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 40 60 40% /\n";
        assert_eq!(free_kib(table), Some(60));
        assert_eq!(free_kib("df: no such file"), None);
    }
}
