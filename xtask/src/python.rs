//! What is tested from Python: the official client, the OpenAPI document by schemathesis, and documents in a bucket of a
//! real S3-compatible server (moto). `tests/clients/python` names the packages; they are installed into an environment of
//! their own among our tools, once for each list.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::count::Count;
use crate::process;
use crate::workspace::Workspace;

/// Tests that take longer than this hang.
const LIMIT: Duration = Duration::from_mins(30);

/// The oldest Python that the packages take.
const OLDEST: (u32, u32) = (3, 10);

/// Runs the tests; true when all passed.
pub(crate) fn test(workspace: &Workspace, hosk: &Path, count: &mut Count) -> Result<bool> {
    let folder = folder(workspace);
    let python = installed(workspace, &folder)?;
    let mut tests = Command::new(python);
    tests.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"]).current_dir(&folder);
    tests.env("HOSK_BIN", hosk).env("PYTHONDONTWRITEBYTECODE", "1");
    // Nothing of what they remember comes into the tree.
    tests.env("HYPOTHESIS_STORAGE_DIRECTORY", workspace.target.join("hypothesis"));
    process::stream(&mut tests, LIMIT, |line| {
        println!("{line}");
        count.read(line);
    })
}

/// Finds Python with what makes environments, or installs it where this user may install packages.
pub(crate) fn find_or_install() -> Result<()> {
    if is_usable() {
        return Ok(());
    }
    eprintln!("Python with venv is missing; trying to install it with apt-get");
    let installed = process::apt_install("python3") && process::apt_install("python3-venv");
    if installed && is_usable() {
        return Ok(());
    }
    bail!(
        "Python {}.{} or newer with venv is missing; the official Python client and schemathesis need it. \
         Install it (Debian, Ubuntu: sudo apt-get install python3 python3-venv).",
        OLDEST.0,
        OLDEST.1
    )
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("tests").join("clients").join("python")
}

fn is_usable() -> bool {
    let version = process::output_of(Command::new("python3").arg("--version"));
    let venv =
        || process::output_of(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_some();
    version.as_deref().and_then(version_of).is_some_and(|version| version >= OLDEST) && venv()
}

fn version_of(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix("Python ")?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// The interpreter of the environment with the packages, which is made when it is not there.
pub(crate) fn installed(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    let list = folder.join("requirements.txt");
    let wanted = fs::read(&list).with_context(|| format!("{} cannot be read", list.display()))?;
    let mut hash = DefaultHasher::new();
    wanted.hash(&mut hash);
    let place = workspace.tools.join(format!("python-{:016x}", hash.finish()));
    let (python, complete) = (place.join("bin").join("python"), place.join("complete"));
    if complete.is_file() {
        return Ok(python);
    }
    let made = process::succeeds(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place))?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"]).arg(&list);
    if !made || !process::succeeds(&mut install)? {
        bail!("pip could not install what {} names; see that it can download packages", list.display());
    }
    fs::write(&complete, env!("CARGO_PKG_VERSION"))?;
    Ok(python)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_python_are_read() {
        assert_eq!(version_of("Python 3.11.7\n"), Some((3, 11)));
        assert_eq!(version_of("no python"), None);
    }
}
