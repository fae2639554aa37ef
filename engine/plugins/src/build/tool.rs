//! Programs of other languages, run in an author's folder.

use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::BuildError;

/// A program that a language needs, and how to get it.
pub(super) struct Tool {
    pub(super) program: &'static str,
    /// Asks for the version.
    pub(super) version: &'static [&'static str],
    /// The oldest that will do.
    pub(super) oldest: (u32, u32),
    /// How to get it.
    pub(super) remedy: &'static str,
}

impl Tool {
    /// Sees that it is there and new enough.
    pub(super) fn check(&self, folder: &Path) -> Result<(), BuildError> {
        let Self { program, oldest, .. } = self;
        let mut ask = Command::new(program);
        ask.args(self.version).current_dir(folder).stderr(stderr()?).stdin(Stdio::null());
        let output = ask.output().map_err(|error| self.absent(program, error))?;
        if !output.status.success() {
            return Err(BuildError::Failed { command: format!("{program} {}", self.version.join(" ")) });
        }
        let told = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if version_of(&told).is_some_and(|version| version >= *oldest) {
            return Ok(());
        }
        let what = format!("`{program}` is {told}, and {}.{} or newer is needed", oldest.0, oldest.1);
        Err(BuildError::Tool { what, remedy: self.remedy })
    }

    /// Why it could not be started.
    pub(super) fn absent(&self, program: &str, error: io::Error) -> BuildError {
        if error.kind() == io::ErrorKind::NotFound {
            return BuildError::Tool { what: format!("`{program}` is missing"), remedy: self.remedy };
        }
        BuildError::Files { what: format!("`{program}` cannot be started"), source: error }
    }

    /// Runs a command to its end; what it says goes to the standard error, which is for people.
    pub(super) fn run(&self, command: &mut Command, folder: &Path) -> Result<(), BuildError> {
        command.stdout(stderr()?);
        self.output(command, folder).map(drop)
    }

    /// Runs a command for what it answers on its standard output.
    pub(super) fn ask(&self, command: &mut Command, folder: &Path) -> Result<String, BuildError> {
        command.stdout(Stdio::piped());
        self.output(command, folder)
    }

    fn output(&self, command: &mut Command, folder: &Path) -> Result<String, BuildError> {
        let program = command.get_program().to_string_lossy().into_owned();
        command.current_dir(folder).stdin(Stdio::null()).stderr(stderr()?);
        let output = command.output().map_err(|error| self.absent(&program, error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let first = command.get_args().next().map(|word| word.to_string_lossy().into_owned());
        Err(BuildError::Failed { command: format!("{program} {}", first.unwrap_or_default()) })
    }
}

fn stderr() -> Result<Stdio, BuildError> {
    let copy = io::stderr().as_fd().try_clone_to_owned();
    let trouble = |source| BuildError::Files { what: "the standard error cannot be used".to_owned(), source };
    copy.map(Stdio::from).map_err(trouble)
}

/// The first two numbers with a point between them: `go1.26.8`, `v20.11.1`, `Python 3.11.7`.
fn version_of(text: &str) -> Option<(u32, u32)> {
    let text = text.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let mut numbers = text.split(|letter: char| !letter.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version_of("go1.26.8"), Some((1, 26)));
        assert_eq!(version_of("go1.27rc1"), Some((1, 27)));
        assert_eq!(version_of("v20.11.1"), Some((20, 11)));
        assert_eq!(version_of("Python 3.11.7"), Some((3, 11)));
        assert_eq!(version_of("devel"), None);
    }
}
