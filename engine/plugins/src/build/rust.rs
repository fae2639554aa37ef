//! Rust: its compiler makes the component itself, for the target of components.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::tool::Tool;
use super::{BuildError, mentions};

/// The library's name.
const LIBRARY: &str = "hosk-plugin";
/// What is compiled for.
const TARGET: &str = "wasm32-wasip2";

const CARGO: Tool = Tool {
    program: "cargo",
    version: &["--version"],
    // The first that knows the edition of the library.
    oldest: (1, 85),
    remedy: "Install Rust from rustup.rs, then the target of components: rustup target add wasm32-wasip2.",
};

pub(super) fn is_plugin(folder: &Path) -> bool {
    mentions(&folder.join("Cargo.toml"), LIBRARY)
}

pub(super) fn build(folder: &Path, output: &Path) -> Result<(), BuildError> {
    CARGO.check(folder)?;
    let mut cargo = Command::new(CARGO.program);
    // Where a component lands is cargo's business; it tells.
    cargo.args(["build", "--release", "--target", TARGET, "--message-format", "json-render-diagnostics"]);
    let said = CARGO.ask(&mut cargo, folder).map_err(|error| why(error, folder))?;
    let made = component(&said).ok_or(BuildError::Absent)?;
    std::fs::copy(&made, output).map_err(BuildError::file("cannot be copied", &made)).map(drop)
}

/// A build that failed where the target is missing failed for that.
fn why(error: BuildError, folder: &Path) -> BuildError {
    let mut ask = Command::new("rustc");
    ask.args(["--print", "target-libdir", "--target", TARGET]);
    let library = CARGO.ask(&mut ask, folder).ok();
    match library {
        Some(library) if !Path::new(library.trim()).is_dir() => BuildError::Tool {
            what: format!("the target `{TARGET}` of Rust is missing"),
            remedy: "Get it: rustup target add wasm32-wasip2.",
        },
        _ => error,
    }
}

/// The component that cargo tells of last: that of the package itself.
fn component(messages: &str) -> Option<PathBuf> {
    let files = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let files = files.flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default());
    let mut files = files.filter_map(|file| file.as_str().map(PathBuf::from));
    files.rfind(|file| file.extension().is_some_and(|ending| ending == "wasm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_component_is_found_among_what_cargo_tells() {
        let told = r#"{"reason":"compiler-artifact","filenames":["/t/libserde.rlib"]}
{"reason":"compiler-artifact","filenames":["/t/deps/libcrm.rlib","/t/crm.wasm"]}
{"reason":"build-finished","success":true}"#;
        assert_eq!(component(told), Some(PathBuf::from("/t/crm.wasm")));
        assert_eq!(component("nothing"), None);
    }
}
