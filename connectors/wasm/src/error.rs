//! Why a plugin cannot be used. Each has a page under `docs/problems`.

use hosk_connector::RegisterError;

use crate::Fault;

/// Why a plugin was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is larger than a plugin may be.
    #[error("the plugin has {bytes} bytes; at most {limit} are taken")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The most there may be.
        limit: usize,
    },
    /// The bytes are no component, or one that cannot be compiled.
    #[error(
        "the plugin cannot be compiled: {0}; it must be a WebAssembly component, as `componentize-js`, \
         `componentize-py` or the target `wasm32-wasip2` make it"
    )]
    Compile(String),
    /// Compiling took too much time or memory.
    #[error("compiling the plugin was ended: {0}")]
    CompileLimit(String),
    /// It imports what the host does not offer.
    #[error(
        "the plugin imports `{import}`, which is not offered: plugins may import {offered}",
        offered = crate::imports::OFFERED
    )]
    Import {
        /// The name of the import.
        import: String,
    },
    /// An import is offered, with other types.
    #[error(
        "the plugin's imports have other types than those offered: {0}; build it with the WIT of this host"
    )]
    ImportTypes(String),
    /// It does not export the interface of a plugin, or in a version that is not known.
    #[error("the plugin does not export `hosk:connector/plugin@1.0.0`: {0}")]
    Export(String),
    /// `describe` ended without an answer.
    #[error("the plugin cannot describe itself: it {fault}{}", words(.said))]
    Describe {
        /// Why.
        fault: Fault,
        /// What it wrote to its standard outputs.
        said: String,
    },
    /// `describe` answered with something that is no contract.
    #[error("the plugin's contract cannot be read: {0}")]
    Contract(#[from] serde_json::Error),
    /// The contract is not sound.
    #[error("the plugin's contract is not sound")]
    Unsound(#[from] RegisterError),
    /// The host's own trouble: files, processes, threads.
    #[error("{what}")]
    Host {
        /// What was being done.
        what: String,
        /// What went wrong.
        source: std::io::Error,
    },
}

/// The beginning of what a guest wrote, where language runtimes tell why they end.
fn words(said: &str) -> String {
    const MOST: usize = 600;
    if said.is_empty() {
        String::new()
    } else {
        format!("; it wrote: {}", said.chars().take(MOST).collect::<String>())
    }
}

impl Error {
    /// The code, which names the page.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "plugin-too-large",
            Self::Compile(_) => "plugin-not-a-component",
            Self::CompileLimit(_) => "plugin-compile-limit",
            Self::Import { .. } | Self::ImportTypes(_) => "plugin-import-refused",
            Self::Export(_) => "plugin-export-missing",
            Self::Describe { .. } => "plugin-describe-failed",
            Self::Contract(_) | Self::Unsound(_) => "plugin-contract-invalid",
            Self::Host { .. } => "plugin-host-failed",
        }
    }

    pub(crate) fn host(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Host { what, source }
    }
}
