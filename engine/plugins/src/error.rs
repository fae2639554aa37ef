//! Why plugins are not as they were asked to be. Each code has a page under `docs/problems`.

use hosk_connector::RegisterError;

use crate::PackageError;

/// What is refused or fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody knows this plugin.
    #[error("there is no plugin `{0}`")]
    NotFound(String),
    /// The plugin has no such version.
    #[error("the plugin `{id}` has no version {version}")]
    VersionNotFound {
        /// The plugin.
        id: String,
        /// The number that was looked for.
        version: u32,
    },
    /// The package is not sound, or not trusted.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The component is no plugin that can be used.
    #[error("{}", chain(.0))]
    Plugin(#[from] hosk_wasm::Error),
    /// The id belongs to a connector that comes with the server.
    #[error("`{0}` is a connector that comes with the server: give the plugin another id")]
    Taken(String),
    /// A task type is answered by another connector.
    #[error("the plugin cannot be used beside the others: {0}")]
    Conflict(#[source] RegisterError),
    /// Processes that use the active version would break.
    #[error(
        "version {contract} of the contract of `{id}` is in use, and the new one breaks it: {problem}; \
         raise `version` in the contract, so that both can be active side by side"
    )]
    Incompatible {
        /// The plugin.
        id: String,
        /// The version of the contract.
        contract: u32,
        /// What processes would miss.
        problem: String,
    },
    /// The current version was to be removed.
    #[error(
        "version {version} of `{id}` is the current one: activate another first, or remove the whole plugin"
    )]
    InUse {
        /// The plugin.
        id: String,
        /// The version.
        version: u32,
    },
    /// There is nothing to go back to.
    #[error("the plugin `{0}` has no version that was current before")]
    NoPrevious(String),
    /// There are too many.
    #[error("there may be {limit} {what}: remove some")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How many.
        limit: usize,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] hosk_store::Error),
}

impl Error {
    /// The code, which names the page.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) | Self::VersionNotFound { .. } => "not-found",
            Self::Package(error) => error.code(),
            Self::Plugin(error) => error.code(),
            Self::Taken(_) | Self::Conflict(_) => "plugin-conflict",
            Self::Incompatible { .. } => "plugin-incompatible",
            Self::InUse { .. } => "plugin-version-in-use",
            Self::NoPrevious(_) => "plugin-no-previous-version",
            Self::Limit { .. } => "plugin-limit",
            Self::Store(_) => "unavailable",
        }
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let told = cause.to_string();
        // Some errors repeat what caused them.
        if !text.contains(&told) {
            text = format!("{text}: {told}");
        }
        next = cause.source();
    }
    text
}
