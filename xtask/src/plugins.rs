//! Plugins in JavaScript and Python (those in Rust: see [`rust_plugins`], in Go: see [`golang`]): built from source with
//! the tools of their languages, which are installed once among ours, and checked by `hosk plugin check` with their
//! golden calls.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::count::Count;
use crate::workspace::Workspace;
use crate::{golang, process, python, rust_plugins};

/// Building or checking one plugin takes no longer than this.
pub(crate) const LIMIT: Duration = Duration::from_mins(10);

/// What the library in JavaScript consists of; a change installs it anew.
const LIBRARY: [&str; 4] = ["package.json", "package-lock.json", "index.js", "build.mjs"];

/// A plugin's folder below `plugins/`, and its language.
const PLUGINS: [(&str, Language); 5] = [
    ("examples/crm-amocrm", Language::Js),
    ("examples/erp-onebox", Language::Js),
    ("examples/address-normaliser", Language::Python),
    ("hostile", Language::Js),
    ("hostile", Language::Python),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Js,
    Python,
}

impl Language {
    fn name(self) -> &'static str {
        match self {
            Self::Js => "js",
            Self::Python => "python",
        }
    }
}

/// The tools of both languages.
struct Tools<'a> {
    workspace: &'a Workspace,
    /// The installed library in JavaScript.
    js: PathBuf,
    /// The program that makes components of Python.
    componentize_py: PathBuf,
}

/// The folder of components.
pub(crate) fn built(workspace: &Workspace) -> PathBuf {
    workspace.target.join("plugins")
}

/// Builds and checks all of them; true when every golden call came out.
pub(crate) fn test(workspace: &Workspace, hosk: &Path, count: &mut Count) -> Result<bool> {
    let all = workspace.root.join("plugins");
    let python = python::installed(workspace, &all.join("python"))?;
    let componentize_py = python.with_file_name("componentize-py");
    let tools =
        Tools { workspace, js: installed(workspace, &all.join("js").join("hosk-plugin"))?, componentize_py };
    let built = built(workspace);
    fs::create_dir_all(&built).with_context(|| format!("{} cannot be made", built.display()))?;
    let mut passed = true;
    for (folder, language) in PLUGINS {
        let wasm = built.join(format!("{}-{}.wasm", folder.replace('/', "-"), language.name()));
        let folder = all.join(folder);
        tools.build(language, &folder, &wasm)?;
        passed &= check(hosk, &wasm, &folder, count)?;
    }
    for language in [Language::Js, Language::Python] {
        let folder = begun(hosk, language.name(), &built)?;
        let wasm = folder.join("plugin.wasm");
        tools.build(language, &folder, &wasm)?;
        passed &= check(hosk, &wasm, &folder, count)?;
    }
    passed &= rust_plugins::test(workspace, hosk, count)?;
    // Last: where Go cannot be had, the others were tested all the same.
    Ok(golang::test(workspace, hosk, &built, count)? & passed)
}

/// A plugin as `hosk plugin new` begins it.
pub(crate) fn begun(hosk: &Path, language: &str, built: &Path) -> Result<PathBuf> {
    let folder = built.join(format!("begun-{language}"));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut new = Command::new(hosk);
    new.args(["plugin", "new", language]).arg(&folder);
    if process::succeeds(&mut new)? {
        return Ok(folder);
    }
    bail!("`hosk plugin new {language}` failed")
}

impl Tools<'_> {
    fn build(&self, language: Language, folder: &Path, wasm: &Path) -> Result<()> {
        let wit = self.workspace.root.join("plugins").join("wit");
        let mut command = match language {
            Language::Js => {
                let mut node = Command::new("node");
                node.arg(self.js.join("build.mjs")).arg(folder.join("plugin.js")).arg(wasm);
                node.env("HOSK_WIT", wit);
                node
            }
            Language::Python => {
                let mut python = Command::new(&self.componentize_py);
                python.arg("-d").arg(wit).args(["-w", "connector", "componentize", "app", "-p"]).arg(folder);
                python.arg("-p").arg(self.workspace.root.join("plugins").join("python"));
                python.arg("-o").arg(wasm).env("PYTHONDONTWRITEBYTECODE", "1");
                python
            }
        };
        println!("  building {} ({})", folder.display(), language.name());
        if process::stream(&mut command, LIMIT, |line| println!("  {line}"))? {
            return Ok(());
        }
        bail!("{} does not build; what its tool said is above", folder.display())
    }
}

/// Replays the golden calls of a folder; each counts as a test.
pub(crate) fn check(hosk: &Path, wasm: &Path, folder: &Path, count: &mut Count) -> Result<bool> {
    let mut check = Command::new(hosk);
    check.args(["plugin", "check"]).arg(wasm).arg("--calls").arg(folder.join("calls"));
    let mut own = Count::default();
    let passed = process::stream(&mut check, LIMIT, |line| {
        own.passed += u64::from(line.starts_with("ok  "));
        own.failed += u64::from(line.starts_with("FAIL"));
        println!("  {line}");
    })?;
    if own.is_empty() {
        bail!("no golden call of {} was replayed", folder.display());
    }
    *count += own;
    Ok(passed)
}

/// The library in JavaScript with what it needs, installed once for each state of it.
fn installed(workspace: &Workspace, library: &Path) -> Result<PathBuf> {
    let mut hash = DefaultHasher::new();
    let mut files = Vec::new();
    for name in LIBRARY {
        let file = library.join(name);
        let content = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        content.hash(&mut hash);
        files.push((name, content));
    }
    let place = workspace.tools.join(format!("plugins-js-{:016x}", hash.finish()));
    let complete = place.join("complete");
    if complete.is_file() {
        return Ok(place);
    }
    fs::create_dir_all(&place).with_context(|| format!("{} cannot be made", place.display()))?;
    for (name, content) in files {
        fs::write(place.join(name), content)?;
    }
    let mut install = Command::new("npm");
    install.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&place);
    if !process::succeeds(&mut install)? {
        bail!("npm could not install what {} names; see that it can download packages", library.display());
    }
    fs::write(&complete, env!("CARGO_PKG_VERSION"))?;
    Ok(place)
}
