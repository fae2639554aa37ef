//! Plugins in Go: the library's own tests, and what `hosk plugin build` makes of the example, the
//! template and hostile programs.
//!
//! Go is the one on the path, or the usual place of an installation, or one of its own among our tools, which pip gets.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::count::Count;
use crate::plugins::{self, LIMIT};
use crate::workspace::Workspace;
use crate::{process, python};

/// The oldest Go that exports functions from a library for WASI.
const OLDEST: (u32, u32) = (1, 24);
/// Where Go's own archive is unpacked, as its instructions say.
const USUAL: &str = "/usr/local/go/bin";

/// A plugin's folder below `plugins/`, and whether it has tests of its own.
const PLUGINS: [(&str, bool); 3] =
    [("examples/messenger-matrix", true), ("hostile/go", false), ("hostile/go/raw", false)];

/// Tests the library, and builds and checks all plugins; true when everything passed.
pub(crate) fn test(workspace: &Workspace, hosk: &Path, built: &Path, count: &mut Count) -> Result<bool> {
    let path = path(workspace)?;
    let all = workspace.root.join("plugins");
    let mut passed = tests(&path, &all.join("go").join("hosk"), count)?;
    for (folder, tested) in PLUGINS {
        let wasm = built.join(format!("{}.wasm", folder.replace('/', "-")));
        let folder = all.join(folder);
        if tested {
            passed &= tests(&path, &folder, count)?;
        }
        build(hosk, &path, &folder, &wasm)?;
        passed &= plugins::check(hosk, &wasm, &folder, count)?;
    }
    let begun = plugins::begun(hosk, "go", built)?;
    passed &= tests(&path, &begun, count)?;
    let wasm = begun.join("plugin.wasm");
    build(hosk, &path, &begun, &wasm)?;
    Ok(passed & plugins::check(hosk, &wasm, &begun, count)?)
}

/// What programs are looked for in, so that Go is found.
fn path(workspace: &Workspace) -> Result<OsString> {
    let own = || {
        eprintln!("Go is missing or too old; trying to install one for the tests with pip");
        let installed = python::installed(workspace, &workspace.root.join("plugins").join("go")).ok()?;
        installed.parent().map(Path::to_owned)
    };
    found(&env::var_os("PATH").unwrap_or_default(), Path::new(USUAL), own)
}

/// The first place with a Go that will do: on this path, in the usual folder, in one that is made for it.
fn found(given: &OsString, usual: &Path, own: impl FnOnce() -> Option<PathBuf>) -> Result<OsString> {
    let with = |folder: PathBuf| env::join_paths([folder].into_iter().chain(env::split_paths(given)));
    if usable(given) {
        return Ok(given.clone());
    }
    let usual = with(usual.to_owned())?;
    if usable(&usual) {
        return Ok(usual);
    }
    if let Some(own) = own() {
        let own = with(own)?;
        if usable(&own) {
            return Ok(own);
        }
    }
    bail!(
        "Go {}.{} or newer is missing; plugins in Go are built with it. Install it (from go.dev/dl) and see that `go` is \
         on PATH.",
        OLDEST.0,
        OLDEST.1
    )
}

fn usable(path: &OsString) -> bool {
    let mut ask = Command::new("go");
    ask.args(["env", "GOVERSION"]).env("PATH", path);
    process::output_of(&mut ask).as_deref().and_then(version_of).is_some_and(|version| version >= OLDEST)
}

fn version_of(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix("go")?.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.split(|letter: char| !letter.is_ascii_digit()).next()?;
    Some((major, minor.parse().ok()?))
}

/// The tests of a module on this machine.
fn tests(path: &OsString, folder: &Path, count: &mut Count) -> Result<bool> {
    println!("  testing {} (go)", folder.display());
    let mut vet = Command::new("go");
    vet.args(["vet", "./..."]).env("PATH", path).current_dir(folder);
    let mut test = Command::new("go");
    test.args(["test", "-count=1", "-v", "./..."]).env("PATH", path).current_dir(folder);
    let mut own = Count::default();
    let passed = process::stream(&mut vet, LIMIT, |line| println!("  {line}"))?
        & process::stream(&mut test, LIMIT, |line| {
            own.passed += u64::from(line.starts_with("--- PASS"));
            own.failed += u64::from(line.starts_with("--- FAIL"));
            if !line.starts_with("=== ") && !line.starts_with("--- PASS") {
                println!("  {line}");
            }
        })?;
    if own.is_empty() {
        bail!("no test of {} ran", folder.display());
    }
    *count += own;
    Ok(passed)
}

/// With the command that authors use.
fn build(hosk: &Path, path: &OsString, folder: &Path, wasm: &Path) -> Result<()> {
    println!("  building {} (go)", folder.display());
    let mut build = Command::new(hosk);
    build.args(["plugin", "build"]).arg(folder).arg("--output").arg(wasm).env("PATH", path);
    if process::stream(&mut build, LIMIT, |line| println!("  {line}"))? {
        return Ok(());
    }
    bail!("{} does not build; what its tool said is above", folder.display())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn go_is_looked_for_in_three_places_and_told_of_where_it_is_in_none() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str, version: Option<&str>| {
            let place = folder.path().join(name);
            fs::create_dir(&place).unwrap();
            if let Some(version) = version {
                crate::process::fake(&place.join("go"), &format!("echo go{version}"));
            }
            place
        };
        let [none, old, new] =
            [place("none", None), place("old", Some("1.21.13")), place("new", Some("1.24.2"))];
        let first = |given: &Path, usual: &Path, own: Option<&Path>| {
            let path = found(&given.into(), usual, || own.map(Path::to_owned));
            path.map(|path| env::split_paths(&path).next().unwrap())
        };
        assert_eq!(first(&new, &none, None).unwrap(), new);
        assert_eq!(first(&old, &new, None).unwrap(), new);
        assert_eq!(first(&none, &old, Some(&new)).unwrap(), new);
        for own in [None, Some(&*old)] {
            let told = first(&old, &none, own).unwrap_err().to_string();
            assert!(told.contains("Go 1.24 or newer is missing") && told.contains("go.dev/dl"), "{told}");
        }
    }

    #[test]
    fn versions_of_go_are_read() {
        assert_eq!(version_of("go1.26.8\n"), Some((1, 26)));
        assert_eq!(version_of("go1.27rc1"), Some((1, 27)));
        assert_eq!(version_of("devel"), None);
    }
}
