//! From the folder of an author to a component, with the tools of his language.

mod error;
mod golang;
mod js;
mod python;
mod rust;
mod tool;

use std::path::{Path, PathBuf};

pub use error::BuildError;

/// A language whose plugins are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Go: a `go.mod` that knows the library of ours.
    Go,
    /// JavaScript or TypeScript: a `package.json` that knows the library of ours.
    Js,
    /// Python: an `app.py` with the interface and the list of its tools beside it.
    Python,
    /// Rust: a `Cargo.toml` that knows the library of ours.
    Rust,
}

impl Language {
    /// As people write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Go => "Go",
            Self::Js => "JavaScript",
            Self::Python => "Python",
            Self::Rust => "Rust",
        }
    }

    /// What the files of a folder say.
    ///
    /// # Errors
    /// [`BuildError::Unknown`] when they say nothing.
    pub fn of(folder: &Path) -> Result<Self, BuildError> {
        if golang::is_plugin(folder) {
            return Ok(Self::Go);
        }
        if js::is_plugin(folder) {
            return Ok(Self::Js);
        }
        if python::is_plugin(folder) {
            return Ok(Self::Python);
        }
        if rust::is_plugin(folder) {
            return Ok(Self::Rust);
        }
        Err(BuildError::Unknown { folder: folder.to_owned() })
    }
}

/// Builds the plugin in a folder. What its tools say goes to the standard error.
///
/// # Errors
/// [`BuildError`] names what is missing, or says that a tool refused.
pub fn build(folder: &Path, output: &Path) -> Result<Language, BuildError> {
    let language = Language::of(folder)?;
    // Tools run in the folder, which is not where the path was written.
    let output = absolute(output)?;
    match language {
        Language::Go => golang::build(folder, &output)?,
        Language::Js => js::build(folder, &output)?,
        Language::Python => python::build(folder, &output)?,
        Language::Rust => rust::build(folder, &output)?,
    }
    Ok(language)
}

fn absolute(path: &Path) -> Result<PathBuf, BuildError> {
    std::path::absolute(path).map_err(BuildError::file("cannot be found", path))
}

/// Whether a file has this text in it.
fn mentions(file: &Path, text: &str) -> bool {
    std::fs::read_to_string(file).is_ok_and(|content| content.contains(text))
}
