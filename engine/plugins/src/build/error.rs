//! Why a plugin is not built. Each code has a page under `docs/problems`.

use std::io;
use std::path::{Path, PathBuf};

use hosk_wasm::GoError;

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The folder holds no plugin of a language that is known.
    #[error(
        "{} holds no plugin that can be built: in Go there is a `go.mod` that requires `hosk.local/hosk`, in \
         JavaScript a `package.json` and in Rust a `Cargo.toml` that depends on `hosk-plugin`, in Python an `app.py` beside \
         `requirements.txt` and `wit`, as `hosk plugin new` makes them", folder.display()
    )]
    Unknown {
        /// Where was looked.
        folder: PathBuf,
    },
    /// A program of the language is missing or too old.
    #[error("{what}. {remedy}")]
    Tool {
        /// What is missing, or what was found.
        what: String,
        /// How to get it.
        remedy: &'static str,
    },
    /// A program of the language refused.
    #[error("`{command}` failed; what it says is above")]
    Failed {
        /// What was run.
        command: String,
    },
    /// What Go made is no plugin.
    #[error(transparent)]
    Go(#[from] GoError),
    /// What cargo made is no component.
    #[error("cargo made no component: the library of the package must have the crate type `cdylib`")]
    Absent,
    /// A file or a process could not be used.
    #[error("{what}")]
    Files {
        /// What was done, to which file.
        what: String,
        /// What went wrong.
        source: io::Error,
    },
}

impl BuildError {
    /// The code, which names the page.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "plugin-build-unknown",
            Self::Tool { .. } => "plugin-build-tool",
            Self::Failed { .. } | Self::Go(_) | Self::Absent | Self::Files { .. } => "plugin-build-failed",
        }
    }

    pub(super) fn file(what: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let what = format!("{} {what}", path.display());
        move |source| Self::Files { what, source }
    }
}
