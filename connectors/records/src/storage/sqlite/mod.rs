//! The tables in SQLite: WAL, full synchronisation, one writer.
//!
//! Writers of this process queue at a pool of one connection, in order of arrival; against other writers of the
//! same file (the engine) the busy timeout helps. `BEGIN IMMEDIATE` takes the write lock before anything is read,
//! so what a transaction has read cannot change under it.

mod clients;
mod deliveries;
mod keys;
mod ledger;
mod products;
mod stock;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Storage, Transaction};
use crate::Error;

/// How long a writer waits for other writers of the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);
/// Readers at the same time.
const READERS: u32 = 8;
/// Migrations are booked apart from those of other users of the file.
const MIGRATION_TABLE: &str = "records_migration";

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The database.
pub(crate) struct SqliteStorage {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStorage {
    /// Opens or creates the file and brings the tables up to date.
    pub(crate) async fn open(path: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true);
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        let readers = SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await?;
        let mut migrator = Migrator { migrations: MIGRATIONS.migrations.clone(), ..Migrator::DEFAULT };
        // Set apart, or the migrations of the engine in the same file would count as unknown ones of ours.
        migrator.dangerous_set_table_name(MIGRATION_TABLE);
        migrator.run(&writer).await?;
        Ok(Self { writer, readers })
    }
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn read(&self) -> Result<Box<dyn Transaction>, Error> {
        Ok(Box::new(SqliteTransaction(self.readers.begin().await?)))
    }

    async fn write(&self) -> Result<Box<dyn Transaction>, Error> {
        Ok(Box::new(SqliteTransaction(self.writer.begin_with("BEGIN IMMEDIATE").await?)))
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A transaction of either pool.
struct SqliteTransaction(sqlx::Transaction<'static, sqlx::Sqlite>);

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn commit(self: Box<Self>) -> Result<(), Error> {
        Ok(self.0.commit().await?)
    }
}

/// A stored word that no code of ours has written.
fn damaged(what: &str) -> Error {
    Error::Damaged(serde::de::Error::custom(format!("unknown {what}")))
}
