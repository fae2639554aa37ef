//! JavaScript and TypeScript: what `npm run build` of the template does, after `npm install` where that is due.

use std::path::Path;
use std::process::Command;

use super::tool::Tool;
use super::{BuildError, mentions};

/// The library's name.
const LIBRARY: &str = "hosk-plugin";
/// What makes components, once the library is installed.
const BUILDER: &str = "node_modules/hosk-plugin/build.mjs";

const NODE: Tool = Tool {
    program: "node",
    version: &["--version"],
    oldest: (20, 0),
    remedy: "Install Node.js 20 or newer with npm and see that `node` and `npm` are on PATH.",
};

pub(super) fn is_plugin(folder: &Path) -> bool {
    mentions(&folder.join("package.json"), LIBRARY)
}

pub(super) fn build(folder: &Path, output: &Path) -> Result<(), BuildError> {
    NODE.check(folder)?;
    // The library is a link; what it needs is there only after an installation.
    if !folder.join(BUILDER).is_file() {
        let mut npm = Command::new("npm");
        NODE.run(npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error"]), folder)?;
    }
    let source = if folder.join("plugin.ts").is_file() { "plugin.ts" } else { "plugin.js" };
    NODE.run(Command::new(NODE.program).arg(BUILDER).arg(source).arg(output), folder)
}
