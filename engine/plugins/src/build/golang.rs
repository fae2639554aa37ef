//! Go: its own compiler makes a core module, which becomes a component here. Nothing is downloaded unless the plugin
//! uses modules of others.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use hosk_wasm::component_of_go;

use super::tool::Tool;
use super::{BuildError, mentions};

/// The library's module path.
const LIBRARY: &str = "hosk.local/hosk";
/// How far above a package its `go.mod` is looked for.
const ABOVE: usize = 32;

const GO: Tool = Tool {
    program: "go",
    version: &["env", "GOVERSION"],
    // The first that exports functions from a library for WASI.
    oldest: (1, 24),
    remedy: "Install Go 1.24 or newer (from go.dev/dl, or with your system's packages) and see that `go` is on PATH.",
};

pub(super) fn is_plugin(folder: &Path) -> bool {
    let Ok(folder) = std::path::absolute(folder) else { return false };
    let module = folder.ancestors().take(ABOVE).map(|above| above.join("go.mod")).find(|file| file.is_file());
    module.is_some_and(|file| mentions(&file, LIBRARY))
}

pub(super) fn build(folder: &Path, output: &Path) -> Result<(), BuildError> {
    GO.check(folder)?;
    let core = beside(output);
    let mut go = Command::new(GO.program);
    go.args(["build", "-trimpath", "-buildvcs=false", "-buildmode=c-shared", "-ldflags=-s -w"]);
    go.arg("-o").arg(&core).arg(".");
    go.env("GOOS", "wasip1").env("GOARCH", "wasm").env("CGO_ENABLED", "0");
    GO.run(&mut go, folder)?;
    let module = std::fs::read(&core).map_err(BuildError::file("cannot be read", &core))?;
    std::fs::remove_file(&core).map_err(BuildError::file("cannot be removed", &core))?;
    let component = component_of_go(&module)?;
    std::fs::write(output, component).map_err(BuildError::file("cannot be written", output))
}

/// Where the compiler writes.
fn beside(output: &Path) -> PathBuf {
    let mut name = output.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".core");
    output.with_file_name(name)
}
