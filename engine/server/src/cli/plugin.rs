//! `hosk plugin`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ServerArgs;

#[derive(Debug, Args)]
pub(crate) struct PluginArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(subcommand)]
    pub(crate) action: PluginAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginAction {
    /// Install a component or a package on a running server, and use it at once
    Install {
        /// The file: `.wasm`, or a package made by `hosk plugin sign`
        file: PathBuf,
        /// Keep using the current version until `hosk plugin activate`
        #[arg(long)]
        keep_current: bool,
    },
    /// List the installed plugins
    List,
    /// Show a plugin, its versions and what it offers
    Show {
        /// Id of the plugin
        id: String,
    },
    /// Make an installed version the current one
    Activate {
        /// Id of the plugin
        id: String,
        /// Number of the version
        version: u32,
    },
    /// Make the version current that was it before
    Rollback {
        /// Id of the plugin
        id: String,
    },
    /// Remove a plugin, or one version of it
    Remove {
        /// Id of the plugin
        id: String,
        /// Only this version, which must not be the current one
        #[arg(long, value_name = "NUMBER")]
        version: Option<u32>,
    },
    /// Begin a plugin: a folder with a connector that works, golden calls, the library and the interface
    New {
        /// Language to write it in
        #[arg(value_enum)]
        language: PluginLanguage,
        /// Id of the plugin, and name of the folder, which must not exist
        name: PathBuf,
    },
    /// Build the plugin in a folder, with the tools of its language
    Build(PluginBuild),
    /// Check a plugin without a server: component, imports, contract, and its golden calls
    Check(PluginCheck),
    /// Call an operation of a plugin without a server
    Run(PluginRun),
    /// Make a key to sign packages with; the public half is printed
    Key {
        /// File for the secret key; it must not exist
        file: PathBuf,
    },
    /// Make a package of a component, signed when a key is given
    Sign(PluginSign),
}

#[derive(Debug, Args)]
pub(crate) struct PluginBuild {
    /// The folder, as `hosk plugin new` makes it, or a Go package that uses the library
    pub(crate) folder: PathBuf,
    /// The component to write [default: `plugin.wasm` in the folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PluginCheck {
    /// The file: `.wasm`, or a package
    pub(crate) file: PathBuf,
    /// Folder of golden calls [default: `calls` beside the file, if there is one]
    #[arg(long, value_name = "DIR")]
    pub(crate) calls: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PluginRun {
    /// The file: `.wasm`, or a package
    pub(crate) file: PathBuf,
    /// Operation to call
    pub(crate) operation: String,
    /// Parameters, a JSON object; `@FILE` reads it from a file
    pub(crate) input: Option<String>,
    /// Settings of the connection, a JSON object; `@FILE` reads it from a file
    #[arg(long, value_name = "JSON")]
    pub(crate) settings: Option<String>,
    /// Name of a secret, whose value is read from the environment variable of that name; may be repeated
    #[arg(long = "secret", value_name = "NAME")]
    pub(crate) secrets: Vec<String>,
    /// Host that the call may go to; may be repeated
    #[arg(long = "host", value_name = "HOST")]
    pub(crate) hosts: Vec<String>,
    /// Network that is not public and may be reached all the same; may be repeated
    #[arg(long = "network", value_name = "NETWORK")]
    pub(crate) networks: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PluginSign {
    /// The component
    pub(crate) file: PathBuf,
    /// What this version is called, e.g. 1.4.0
    #[arg(long, value_name = "TEXT")]
    pub(crate) release: String,
    /// File of the secret key, as `hosk plugin key` makes it; without it the package is not signed
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// The package [default: the component's name with `.tar`]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// A language that plugins are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PluginLanguage {
    /// Go.
    Go,
    /// JavaScript or TypeScript.
    Js,
    /// Python.
    Python,
    /// Rust.
    Rust,
}
