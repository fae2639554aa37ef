//! The pages that people use, driven in a real browser: `tests/browser` is an npm package whose tests start hosk
//! themselves. `npm ci`, then `npm test`, with the path of the built binary in `HOSK_BIN` and the browser's in
//! `CHROMIUM_BIN`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::count::Count;
use crate::process;
use crate::workspace::Workspace;

/// Browser tests that take longer than this hang.
const LIMIT: Duration = Duration::from_mins(10);

/// The names Chromium goes by; Chrome understands the same commands.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Installs what the tests need and runs them; true when all passed.
pub(crate) fn test(workspace: &Workspace, hosk: &Path, count: &mut Count) -> Result<bool> {
    let folder = workspace.root.join("tests").join("browser");
    let Some(chromium) = find() else { bail!("Chromium is missing") };
    if !is_installed(&folder) {
        let mut install = Command::new("npm");
        install.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
        if !process::succeeds(&mut install)? {
            bail!("npm could not install what {} needs; see that it can download packages", folder.display());
        }
    }
    let mut test = Command::new("npm");
    test.args(["test", "--silent"]).current_dir(&folder).env("HOSK_BIN", hosk).env("CHROMIUM_BIN", chromium);
    process::stream(&mut test, LIMIT, |line| {
        println!("{line}");
        count.read(line);
    })
}

/// Finds Chromium, or installs it where this user may install packages; else says what to do.
pub(crate) fn find_or_install() -> Result<()> {
    if find().is_some() {
        return Ok(());
    }
    eprintln!("Chromium is missing; trying to install it with apt-get");
    if process::apt_install("chromium") && find().is_some() {
        return Ok(());
    }
    bail!(
        "Chromium is missing; the pages are tested in it. Install it (Debian: sudo apt-get install chromium; \
         Ubuntu: sudo snap install chromium), or set CHROMIUM_BIN to the path of Chromium or Chrome."
    )
}

/// The browser that `CHROMIUM_BIN` names, else one on the path.
fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM_BIN").filter(|path| !path.is_empty()) {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|path| path.is_file())
}

/// npm writes its own lock file last, so a newer one means that the installation is complete and current.
fn is_installed(folder: &Path) -> bool {
    let modified = |path: PathBuf| fs::metadata(path).and_then(|file| file.modified()).ok();
    let installed = modified(folder.join("node_modules").join(".package-lock.json"));
    let wanted = modified(folder.join("package-lock.json"));
    installed.is_some() && installed >= wanted
}
