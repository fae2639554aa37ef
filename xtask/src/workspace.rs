//! Where things are: the tree, what is built from it, and the tools installed for it.
//!
//! Several clones share one target folder outside of them, so that a fresh clone does not build every
//! dependency again. `CARGO_TARGET_DIR` is honoured.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Each clone leaves its own crates in the shared target folder; beyond this many bytes it is emptied.
const CACHE_LIMIT: u64 = 20 << 30;

/// The tree this command works on.
pub(crate) struct Workspace {
    /// The folder of the workspace manifest.
    pub(crate) root: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
    /// True when `target` is our own cache folder and not one that somebody chose.
    pub(crate) target_is_cache: bool,
    /// Where `cargo xtask` installs tools that the machine lacks.
    pub(crate) tools: PathBuf,
    cargo: OsString,
}

impl Workspace {
    /// Finds the tree this binary was built from and the cache folder of this account.
    pub(crate) fn find() -> Result<Self> {
        // Set by `cargo run`, so a binary that was built in another clone still works on the right tree.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("xtask is not inside a workspace")?.to_path_buf();
        if !root.join("Cargo.toml").is_file() {
            bail!("{} has no Cargo.toml; run `cargo xtask` inside a clone of the repository", root.display());
        }
        let cache = cache_folder()?;
        let chosen = env::var_os("CARGO_TARGET_DIR").filter(|path| !path.is_empty());
        let default = cache.join("target");
        let target = chosen.map_or_else(|| default.clone(), |path| root.join(path));
        Ok(Self {
            target_is_cache: target == default,
            target,
            tools: cache.join("tools"),
            cargo: env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            root,
        })
    }

    /// A cargo command on this tree.
    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.cargo);
        command.args(args).current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        if in_ci() && env::var_os("CARGO_INCREMENTAL").is_none() {
            command.env("CARGO_INCREMENTAL", "0");
        }
        command
    }

    /// Empties our target cache when earlier clones have filled it beyond [`CACHE_LIMIT`].
    ///
    /// Only for machines where nobody else builds at the same time, such as those of the continuous integration.
    pub(crate) fn trim_cache(&self) {
        if !self.target_is_cache || size_of(&self.target) < CACHE_LIMIT {
            return;
        }
        println!("{} holds more than {} GiB; emptying it", self.target.display(), CACHE_LIMIT >> 30);
        if let Err(error) = fs::remove_dir_all(&self.target) {
            eprintln!("{} could not be emptied: {error}", self.target.display());
        }
    }

    /// The cargo that runs this command.
    pub(crate) fn cargo_path(&self) -> &OsString {
        &self.cargo
    }

    /// Every package of the workspace, in the order of their folders.
    pub(crate) fn packages(&self) -> Result<Vec<Package>> {
        let output = self
            .cargo(&["metadata", "--no-deps", "--offline", "--format-version=1"])
            .output()
            .context("running `cargo metadata`")?;
        if !output.status.success() {
            bail!("`cargo metadata` failed:\n{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let metadata: Value = serde_json::from_slice(&output.stdout).context("reading `cargo metadata`")?;
        let mut packages = Vec::new();
        for package in metadata["packages"].as_array().into_iter().flatten() {
            packages.push(self.package(package)?);
        }
        packages.sort_by(|a, b| a.folder.cmp(&b.folder));
        Ok(packages)
    }

    fn package(&self, package: &Value) -> Result<Package> {
        let manifest = package["manifest_path"].as_str().context("`cargo metadata` names no manifest")?;
        let targets = |kind: &str| {
            let targets = package["targets"].as_array().into_iter().flatten();
            targets
                .filter(|target| {
                    target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|k| k == kind))
                })
                .filter_map(|target| target["name"].as_str().map(str::to_owned))
                .collect()
        };
        Ok(Package {
            folder: self.folder_of(Path::new(manifest)),
            binaries: targets("bin"),
            tests: targets("test"),
        })
    }

    /// The folder of a manifest, relative to the root, with `/`.
    pub(crate) fn folder_of(&self, manifest: &Path) -> String {
        let folder = manifest.parent().unwrap_or(manifest);
        // Cargo prints canonical paths; the root may have been reached through a link.
        let root = self.root.canonicalize().unwrap_or_else(|_| self.root.clone());
        folder.strip_prefix(&root).unwrap_or(folder).to_string_lossy().replace('\\', "/")
    }
}

/// A package of the workspace, as far as running its tests needs it.
pub(crate) struct Package {
    /// Relative to the root, for example `engine/core`.
    pub(crate) folder: String,
    /// The names of its binaries.
    pub(crate) binaries: Vec<String>,
    /// The names of its integration test targets.
    pub(crate) tests: Vec<String>,
}

/// True on a continuous integration machine.
pub(crate) fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// Bytes of all files below the folder; what cannot be read counts as nothing.
fn size_of(folder: &Path) -> u64 {
    let mut bytes = 0;
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                bytes += metadata.len();
            }
        }
    }
    bytes
}

fn cache_folder() -> Result<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    let cache = cache.or_else(|| absolute("LOCALAPPDATA"));
    Ok(cache
        .context("neither XDG_CACHE_HOME nor HOME is set; set one of them to a folder you may write to")?
        .join("hosk"))
}
