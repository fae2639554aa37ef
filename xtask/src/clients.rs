//! Official client libraries of other languages, run against a hosk that their tests start themselves.
//!
//! Each folder `tests/npm/<name>` with a `package.json` is one: `npm ci`, then `npm test`, with the path of
//! the built binary in `HOSK_BIN`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::count::Count;
use crate::process;
use crate::workspace::Workspace;

/// A client's tests that take longer than this hang.
const LIMIT: Duration = Duration::from_mins(10);

/// The folders of the clients, in order of their names; none while there are none in the tree.
pub(crate) fn folders(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let home = workspace.root.join("tests").join("npm");
    if !home.is_dir() {
        return Ok(Vec::new());
    }
    let mut folders = Vec::new();
    for entry in fs::read_dir(&home).with_context(|| format!("reading {}", home.display()))? {
        let folder = entry?.path();
        if folder.join("package.json").is_file() {
            folders.push(folder);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Installs what the client needs and runs its tests; true when all passed.
pub(crate) fn test(folder: &Path, hosk: &Path, count: &mut Count) -> Result<bool> {
    if !is_installed(folder) {
        let mut install = Command::new("npm");
        install.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(folder);
        if !process::succeeds(&mut install)? {
            bail!(
                "npm could not install what {} needs; see that npm can download packages",
                folder.display()
            );
        }
    }
    let mut test = Command::new("npm");
    test.args(["test", "--silent"]).current_dir(folder).env("HOSK_BIN", hosk);
    process::stream(&mut test, LIMIT, |line| {
        println!("{line}");
        count.read(line);
    })
}

/// npm writes its own lock file last, so a newer one means that the installation is complete and current.
fn is_installed(folder: &Path) -> bool {
    let modified = |path: PathBuf| fs::metadata(path).and_then(|file| file.modified()).ok();
    let installed = modified(folder.join("node_modules").join(".package-lock.json"));
    let wanted = modified(folder.join("package-lock.json"));
    installed.is_some() && installed >= wanted
}
