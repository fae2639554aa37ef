//! How a command fails: a sentence for the person, an exit status for the script.

use std::fmt;
use std::process::ExitCode;

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The work found errors that have been printed already.
    Found,
    /// The work was refused or failed.
    Refused(String),
    /// The server cannot be reached.
    Unreachable(String),
    /// Something below failed.
    Other(anyhow::Error),
}

impl Failure {
    /// The exit status, as `hosk --help` lists them.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Unreachable(_) => ExitCode::from(3),
            Self::Found | Self::Refused(_) | Self::Other(_) => ExitCode::from(1),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found => Ok(()),
            Self::Refused(text) | Self::Unreachable(text) => f.write_str(text),
            Self::Other(error) => write!(f, "{error:#}"),
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}
