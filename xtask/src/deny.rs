//! `cargo deny`: licences, sources and bans always; advisories when their database can be had.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// Pinned, so that a new release cannot turn a green tree red.
const VERSION: &str = "0.20.2";

/// The path of a usable cargo-deny; builds it into the tools folder when there is none.
pub(crate) fn find_or_install(workspace: &Workspace) -> Result<PathBuf> {
    let installed = workspace.tools.join("bin").join("cargo-deny");
    for candidate in [PathBuf::from("cargo-deny"), installed.clone()] {
        if version_of(&candidate).as_deref() == Some(VERSION) {
            return Ok(candidate);
        }
    }
    eprintln!("cargo-deny {VERSION} is missing; building it into {}", workspace.tools.display());
    if process::succeeds(&mut install(workspace))? && version_of(&installed).is_some() {
        return Ok(installed);
    }
    bail!(
        "cargo-deny {VERSION} is missing and could not be built. See that cargo can download packages, \
         or install it yourself: cargo install cargo-deny --locked --version {VERSION}"
    )
}

/// Built without optimisation: it runs for seconds, optimising it would take minutes.
fn install(workspace: &Workspace) -> Command {
    let mut command = Command::new(workspace.cargo_path());
    command
        .args(["install", "cargo-deny", "--locked", "--force", "--version", VERSION, "--root"])
        .arg(&workspace.tools)
        .current_dir(&workspace.root)
        .env_remove("CARGO_TARGET_DIR")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")
        .env("CARGO_PROFILE_RELEASE_STRIP", "true");
    command
}

fn version_of(program: &PathBuf) -> Option<String> {
    let text = process::output_of(Command::new(program).arg("--version"))?;
    text.split_whitespace().nth(1).map(str::to_owned)
}

/// Checks the dependencies; true when nothing is wrong, with a remark when advisories were not checked.
pub(crate) fn check(workspace: &Workspace) -> Result<(bool, Option<String>)> {
    let deny = find_or_install(workspace)?;
    let run = |checks: &[&str]| {
        let mut command = Command::new(&deny);
        command.args(["--locked", "check", "--hide-inclusion-graph"]).args(checks);
        command.current_dir(&workspace.root);
        command
    };
    let sound = process::succeeds(&mut run(&["bans", "licenses", "sources"]))?;
    let advisories = run(&["advisories"]).output()?;
    if advisories.status.success() {
        return Ok((sound, None));
    }
    let told = String::from_utf8_lossy(&advisories.stderr);
    if told.contains("failed to fetch advisory database") {
        eprintln!(
            "The advisory database could not be fetched, so known vulnerabilities were NOT checked.\n\
             Run `cargo xtask test deny` where its git repository can be reached (db-urls in deny.toml),\n\
             or put a clone of it under $CARGO_HOME/advisory-dbs."
        );
        let faults = if sound { "" } else { "faults are named above; " };
        return Ok((sound, Some(format!("{faults}advisories NOT checked: their database is out of reach"))));
    }
    eprint!("{told}");
    Ok((false, None))
}
