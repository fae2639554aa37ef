//! PostgreSQL for the tests that need it: they start a server of their own from the programs found here, or use the one
//! that `DATABASE_URL` names.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::process;

/// Where Debian and Ubuntu put each version.
const VERSIONED: &str = "/usr/lib/postgresql";

/// Finds PostgreSQL, or installs it where this user may install packages; else says what to do.
pub(crate) fn find_or_install() -> Result<()> {
    if is_there() {
        return Ok(());
    }
    eprintln!("PostgreSQL is missing; trying to install it with apt-get");
    if process::apt_install("postgresql") && is_there() {
        return Ok(());
    }
    bail!(
        "PostgreSQL is missing; the store is tested on it. Install it (Debian, Ubuntu: sudo apt-get install postgresql), \
         or name a running server in which tests may make schemas: DATABASE_URL=postgres://user:password@host/database"
    )
}

/// Whether a server is named, or its programs are installed.
fn is_there() -> bool {
    let named = env::var("DATABASE_URL").is_ok_and(|address| !address.trim().is_empty());
    let versions =
        fs::read_dir(VERSIONED).into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = versions.collect();
    folders.extend(env::split_paths(&path));
    let found = |program: &str| folders.iter().any(|folder| folder.join(program).is_file());
    found("psql") && (named || (found("initdb") && found("postgres")))
}
