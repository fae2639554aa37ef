//! Python: componentize-py of the folder's own environment, which is made where it is missing.

use std::path::Path;
use std::process::Command;

use super::BuildError;
use super::tool::Tool;

const ENVIRONMENT: &str = ".venv";
const BUILDER: &str = ".venv/bin/componentize-py";
const LIST: &str = "requirements.txt";

const PYTHON: Tool = Tool {
    program: "python3",
    version: &["--version"],
    oldest: (3, 10),
    remedy: "Install Python 3.10 or newer with venv and see that `python3` is on PATH.",
};

pub(super) fn is_plugin(folder: &Path) -> bool {
    folder.join("app.py").is_file() && folder.join(LIST).is_file() && folder.join("wit").is_dir()
}

pub(super) fn build(folder: &Path, output: &Path) -> Result<(), BuildError> {
    PYTHON.check(folder)?;
    // Programs are looked for from where we are, not from the folder.
    let absolute = super::absolute(folder)?;
    let builder = absolute.join(BUILDER);
    if !builder.is_file() {
        PYTHON.run(Command::new(PYTHON.program).args(["-m", "venv", ENVIRONMENT]), folder)?;
        let mut pip = Command::new(absolute.join(ENVIRONMENT).join("bin").join("python"));
        pip.args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", LIST]);
        PYTHON.run(&mut pip, folder)?;
    }
    let mut make = Command::new(builder);
    make.args(["-d", "wit", "-w", "connector", "componentize", "app", "-o"]).arg(output);
    PYTHON.run(&mut make, folder)
}
