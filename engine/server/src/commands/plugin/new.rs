//! The beginning of a plugin: what an author needs in one folder, with nothing to download but the tools of the language.

use std::path::Path;

use anyhow::Context as _;

use crate::cli::PluginLanguage;
use crate::failure::Failure;
use crate::print;

/// The id in the templates.
const ID: &str = "my-plugin";
/// The same as a name in Rust.
const NAME: &str = "my_plugin";
/// Longest id, in characters; the contract is checked for it as well.
const LONGEST: usize = 64;

/// A file of the tree, by its place in the new folder.
macro_rules! files {
    ($($to:literal = $from:literal,)*) => {
        &[$(($to, include_str!(concat!("../../../../../plugins/", $from)))),*]
    };
}

const GO: &[(&str, &str)] = files! {
    "main.go" = "go/template/main.go",
    "main_test.go" = "go/template/main_test.go",
    "go.mod" = "go/template/go.mod",
    "README.md" = "go/template/README.md",
    "calls/found.json" = "go/template/calls/found.json",
    "calls/unknown.json" = "go/template/calls/unknown.json",
    "calls/down.json" = "go/template/calls/down.json",
    "hosk/go.mod" = "go/hosk/go.mod",
    "hosk/connector.go" = "go/hosk/connector.go",
    "hosk/call.go" = "go/hosk/call.go",
    "hosk/failure.go" = "go/hosk/failure.go",
    "hosk/schema.go" = "go/hosk/schema.go",
    "hosk/fill.go" = "go/hosk/fill.go",
    "hosk/host.go" = "go/hosk/host.go",
    "hosk/http.go" = "go/hosk/http.go",
    "hosk/wire.go" = "go/hosk/wire.go",
    "hosk/wasip1.go" = "go/hosk/wasip1.go",
    "hosk/native.go" = "go/hosk/native.go",
    "hosk/hosktest/hosktest.go" = "go/hosk/hosktest/hosktest.go",
};

const JS: &[(&str, &str)] = files! {
    "plugin.js" = "js/template/plugin.js",
    "package.json" = "js/template/package.json",
    "README.md" = "js/template/README.md",
    "calls/found.json" = "js/template/calls/found.json",
    "calls/down.json" = "js/template/calls/down.json",
    "hosk-plugin/package.json" = "js/hosk-plugin/package.json",
    "hosk-plugin/index.js" = "js/hosk-plugin/index.js",
    "hosk-plugin/index.d.ts" = "js/hosk-plugin/index.d.ts",
    "hosk-plugin/build.mjs" = "js/hosk-plugin/build.mjs",
    "hosk-plugin/wit/connector.wit" = "wit/connector.wit",
};

const PYTHON: &[(&str, &str)] = files! {
    "app.py" = "python/template/app.py",
    "requirements.txt" = "python/requirements.txt",
    "README.md" = "python/template/README.md",
    "calls/found.json" = "python/template/calls/found.json",
    "calls/down.json" = "python/template/calls/down.json",
    "hosk_plugin/__init__.py" = "python/hosk_plugin/__init__.py",
    "wit/connector.wit" = "wit/connector.wit",
};

const RUST: &[(&str, &str)] = files! {
    "Cargo.toml" = "rust/template/Cargo.toml",
    "README.md" = "rust/template/README.md",
    "src/lib.rs" = "rust/template/src/lib.rs",
    "tests/golden.rs" = "rust/template/tests/golden.rs",
    "calls/found.json" = "rust/template/calls/found.json",
    "calls/down.json" = "rust/template/calls/down.json",
    "hosk-plugin/Cargo.toml" = "rust/hosk-plugin/Cargo.toml",
    "hosk-plugin/src/call.rs" = "rust/hosk-plugin/src/call.rs",
    "hosk-plugin/src/config.rs" = "rust/hosk-plugin/src/config.rs",
    "hosk-plugin/src/error.rs" = "rust/hosk-plugin/src/error.rs",
    "hosk-plugin/src/glue.rs" = "rust/hosk-plugin/src/glue.rs",
    "hosk-plugin/src/host.rs" = "rust/hosk-plugin/src/host.rs",
    "hosk-plugin/src/http.rs" = "rust/hosk-plugin/src/http.rs",
    "hosk-plugin/src/lib.rs" = "rust/hosk-plugin/src/lib.rs",
    "hosk-plugin/src/log.rs" = "rust/hosk-plugin/src/log.rs",
    "hosk-plugin/src/operation.rs" = "rust/hosk-plugin/src/operation.rs",
    "hosk-plugin/src/testing.rs" = "rust/hosk-plugin/src/testing.rs",
    "hosk-plugin/wit/connector.wit" = "wit/connector.wit",
};

/// Writes the folder.
pub(super) fn run(language: PluginLanguage, folder: &Path) -> Result<(), Failure> {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    check(&name)?;
    if folder.exists() {
        return Err(Failure::Refused(format!("{} is there already", folder.display())));
    }
    let files = match language {
        PluginLanguage::Go => GO,
        PluginLanguage::Js => JS,
        PluginLanguage::Python => PYTHON,
        PluginLanguage::Rust => RUST,
    };
    for (place, content) in files {
        let file = folder.join(place);
        let above = file.parent().unwrap_or(folder);
        std::fs::create_dir_all(above).with_context(|| format!("{} cannot be made", above.display()))?;
        std::fs::write(&file, content.replace(ID, &name).replace(NAME, &name.replace('-', "_")))
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    print::line(format!("{} is a plugin that works; its README.md says how to build it", folder.display()));
    Ok(())
}

/// What an id of a connector looks like.
fn check(name: &str) -> Result<(), Failure> {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
    if begins && name.len() <= LONGEST && name.split('-').all(word) {
        return Ok(());
    }
    Err(Failure::Refused(format!(
        "`{name}` cannot be the id of a plugin: use at most {LONGEST} lower-case letters and digits in words joined by \
         hyphens"
    )))
}
