//! Plugins in Rust: the library and what is written with it are tested as any crate, golden calls included; where the target
//! of components can be had they are built and checked as components too. They are a workspace of their own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

use crate::count::Count;
use crate::plugins::{LIMIT, built, check};
use crate::process;
use crate::rust_tests::is_noise;
use crate::workspace::Workspace;

/// What cargo makes components for.
const TARGET: &str = "wasm32-wasip2";

/// The packages that are plugins, each with its folder below `plugins/`.
const PLUGINS: [(&str, &str); 2] = [("crm-espocrm", "examples/crm-espocrm"), ("hostile", "hostile/rust")];

/// Tests all of them; true when every test passed and every golden call came out.
pub(crate) fn test(workspace: &Workspace, hosk: &Path, count: &mut Count) -> Result<bool> {
    let sources = workspace.root.join("plugins").join("rust");
    let begun = begin(workspace, hosk, &sources)?;
    let crates = Crates { workspace, target: workspace.target.join("plugins-rust") };
    let mut passed = crates.test(&sources, true, count)?;
    passed &= crates.test(&begun, false, count)?;
    if let Some(remedy) = target_is_missing(&env::var_os("PATH").unwrap_or_default()) {
        println!("  {remedy}");
        return Ok(passed);
    }
    crates.build(&sources)?;
    crates.build(&begun)?;
    let components = crates.target.join(TARGET).join("release");
    for (package, folder) in PLUGINS {
        let wasm = built(workspace)
            .join(format!("{}-rust.wasm", folder.trim_end_matches("/rust").replace('/', "-")));
        let made = components.join(format!("{}.wasm", package.replace('-', "_")));
        fs::copy(&made, &wasm).with_context(|| format!("{} cannot be copied", made.display()))?;
        passed &= check(hosk, &wasm, &workspace.root.join("plugins").join(folder), count)?;
    }
    Ok(passed & check(hosk, &components.join("begun_rust.wasm"), &begun, count)?)
}

/// A new plugin, with the versions of its dependencies that ours have.
fn begin(workspace: &Workspace, hosk: &Path, sources: &Path) -> Result<PathBuf> {
    let folder = built(workspace).join("begun-rust");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut new = Command::new(hosk);
    new.args(["plugin", "new", "rust"]).arg(&folder);
    if !process::succeeds(&mut new)? {
        bail!("`hosk plugin new rust` failed");
    }
    fs::copy(sources.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(folder)
}

/// Why components cannot be built and what to do, where that is so; rustup is asked for the target when it is not there.
fn target_is_missing(path: &OsStr) -> Option<String> {
    let mut add = Command::new("rustup");
    add.args(["target", "add", TARGET]).env("PATH", path);
    // Without rustup, or without a network, there is none.
    let added = process::stream(&mut add, LIMIT, |_| ()).unwrap_or(false);
    (!added).then(|| {
        format!(
            "plugins in Rust were tested, and not built as components: the target {TARGET} is missing and rustup could \
             not add it. Get it with `rustup target add {TARGET}`"
        )
    })
}

struct Crates<'a> {
    workspace: &'a Workspace,
    /// Where they are built.
    target: PathBuf,
}

impl Crates<'_> {
    fn cargo(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut cargo = self.workspace.cargo(arguments);
        cargo.current_dir(folder).env("CARGO_TARGET_DIR", &self.target);
        cargo
    }

    fn test(&self, folder: &Path, locked: bool, count: &mut Count) -> Result<bool> {
        println!("  testing {} (rust)", folder.display());
        let mut tests = self.cargo(folder, &["test", "--quiet", "--no-fail-fast"]);
        if locked {
            tests.arg("--locked");
        }
        let mut own = Count::default();
        let passed = process::stream(&mut tests, LIMIT, |line| {
            own.read(line);
            if !is_noise(line) {
                println!("  {line}");
            }
        })?;
        if own.is_empty() {
            bail!("no test of {} ran", folder.display());
        }
        *count += own;
        Ok(passed)
    }

    fn build(&self, folder: &Path) -> Result<()> {
        println!("  building {} (rust)", folder.display());
        let mut build = self.cargo(folder, &["build", "--release", "--target", TARGET]);
        if process::stream(&mut build, LIMIT, |line| println!("  {line}"))? {
            return Ok(());
        }
        bail!("{} does not build; the compiler's messages are above", folder.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_cannot_be_had_is_told_of_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let told = || target_is_missing(folder.path().as_os_str());
        let remedy = "Get it with `rustup target add wasm32-wasip2`";
        assert!(told().is_some_and(|told| told.contains(remedy)), "there is no rustup");
        let rustup = folder.path().join("rustup");
        process::fake(&rustup, "echo no network; exit 1");
        assert!(told().is_some_and(|told| told.contains(remedy)), "it cannot download");
        process::fake(&rustup, r#"[ "$*" = "target add wasm32-wasip2" ]"#);
        assert_eq!(told(), None);
    }
}
