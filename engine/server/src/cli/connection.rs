//! `hosk connection`.

use clap::{Args, Subcommand};

use super::ServerArgs;

#[derive(Debug, Args)]
pub(crate) struct ConnectionArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(subcommand)]
    pub(crate) action: ConnectionAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionAction {
    /// List the connections
    List,
    /// Show a connection: settings, grants, limits, and the names of its secrets
    Show {
        /// Id of the connection
        id: String,
    },
    /// Create a connection, or replace the settings, grants and limits of one; its secrets stay
    Set(ConnectionSet),
    /// Set a secret, which is read from the terminal or standard input and never shown again
    Secret {
        /// Id of the connection
        id: String,
        /// Name of the secret, as settings and headers write it: {{secrets.NAME}}
        name: String,
        /// Remove it instead
        #[arg(long)]
        remove: bool,
    },
    /// Make a call through a connection, outside of any process
    Test {
        /// Id of the connection
        id: String,
        /// Operation to call; what it does is done [default: one that changes nothing, where the connector has one]
        #[arg(long, value_name = "NAME")]
        operation: Option<String>,
        /// Input of the operation, a JSON object; `@FILE` reads it from a file
        #[arg(long, value_name = "JSON")]
        input: Option<String>,
    },
    /// Remove a connection with its secrets
    Remove {
        /// Id of the connection
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ConnectionSet {
    /// Id of the connection, which the task header `connection` names
    pub(crate) id: String,
    /// Connector that it configures
    #[arg(long, value_name = "ID")]
    pub(crate) connector: String,
    /// Settings, a JSON object; `@FILE` reads it from a file
    #[arg(long, value_name = "JSON")]
    pub(crate) settings: Option<String>,
    /// Host that calls may go to: api.example.com, *.example.com or *; may be repeated
    #[arg(long = "host", value_name = "HOST")]
    pub(crate) hosts: Vec<String>,
    /// Network that is not public and may be reached all the same: 10.1.0.0/16; may be repeated
    #[arg(long = "network", value_name = "NETWORK")]
    pub(crate) networks: Vec<String>,
    /// Calls at the same time
    #[arg(long, value_name = "N")]
    pub(crate) concurrency: Option<u32>,
    /// Longest time for one attempt, in milliseconds
    #[arg(long, value_name = "MS")]
    pub(crate) timeout: Option<u64>,
}
