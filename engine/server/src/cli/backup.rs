//! `hosk backup`, `hosk restore`, `hosk move` and `hosk migrate` on the command line.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// A server that may be named.
#[derive(Debug, Clone, Args)]
pub(crate) struct MaybeServer {
    /// Ask a running server for it, as a member of `operators`; without it the data folder is read, whoever works on it
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// User to sign in as; the password is read from HOSK_PASSWORD
    #[arg(long, env = "HOSK_USER", value_name = "NAME", requires = "server")]
    pub(crate) user: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct BackUpArgs {
    /// The file to write; it must not exist yet
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) server: MaybeServer,
    /// Folder of the database [default: ./hosk-data]
    #[arg(long, value_name = "DIR", conflicts_with = "server")]
    pub(crate) data: Option<PathBuf>,
    /// PostgreSQL server, when instances are kept there [default: what the server's configuration says]
    #[arg(long, value_name = "URL", conflicts_with = "server")]
    pub(crate) database: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The back-up
    pub(crate) file: PathBuf,
    /// Folder of the database, which has none yet [default: ./hosk-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// PostgreSQL server to restore to, into an empty schema [default: what the configuration says, else the data folder]
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MoveArgs {
    /// Where to
    #[arg(long, value_enum)]
    pub(crate) to: MoveTo,
    /// Folder of the database [default: ./hosk-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The PostgreSQL server [default: HOSK_DATABASE]
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
}

/// Where something is moved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MoveTo {
    /// The PostgreSQL server
    Postgres,
    /// The file in the data folder
    File,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// Spread the tables over the machines of a Citus cluster as well: what belongs to instances is distributed by `bucket`,
    /// what is shared is copied to every machine. Stop the servers before the first time; may be repeated, and has to be
    /// after an upgrade that adds tables
    #[arg(long)]
    pub(crate) citus: bool,
    /// Folder of the database [default: ./hosk-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The PostgreSQL server; with --citus the coordinator of the cluster [default: what the server's configuration says]
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
}
