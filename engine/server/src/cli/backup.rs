//! `hosk backup`, `hosk restore` and `hosk move` on the command line.

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
