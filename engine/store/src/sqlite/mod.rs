//! One SQLite file: write-ahead log, `synchronous=FULL`, one writing connection, a pool of reading ones.
//!
//! Every batch is one `BEGIN IMMEDIATE … COMMIT` on the writing connection, so writes are serialised; readers see
//! what was committed when their statement began, hence every batch that was answered.

mod audit;
mod checkpoints;
mod claims;
mod commit;
mod commits;
mod connections;
mod decisions;
mod deploy;
mod identity;
mod job_figures;
mod mailbox;
mod plain;
#[cfg(test)]
mod plans;
mod plugins;
mod resources;
mod search;
mod shape;
mod signals;
mod start_timers;
mod statements;
mod waits;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use async_trait::async_trait;
use hosk_core::{ProcessInstanceKey, SignalKey, Timestamp};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Row, Sqlite as Database, Transaction};
use tokio::sync::{Mutex, MutexGuard};

use self::checkpoints::Checkpoints;
use self::shape::{Statement, Values};
use crate::write::{
    Batch, ClaimedJob, Committed, Deployed, DueStarts, DueTimers, FiredStart, JobClaim, Loaded,
    NewDeployment, NodeLease, OutboxEntry, Owned, SignalSlice, StartedBySignal, Store, StoredResource,
};
use crate::{Error, read};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Reading connections.
const READERS: u32 = 4;
/// How long a connection waits for another process that holds the file.
const BUSY: Duration = Duration::from_secs(10);
/// Prepared statements kept per connection: those shapes that are in use times chunk lengths, with room.
const STATEMENTS: usize = 800;
/// Bytes of a page of a new file: history and variables of about a kilobyte fill it better than 4 KiB, a third less
/// is written.
const PAGE: u32 = 8_192;
/// Page cache of the writing connection, in KiB.
const WRITER_CACHE: &str = "-65536";
/// Page cache of each reading connection, in KiB.
const READER_CACHE: &str = "-8192";
/// Bytes of the file mapped into memory.
const MAPPED: &str = "268435456";
/// Pages in the write-ahead log before the writer itself copies what is left of it into the file and begins it anew:
/// 64 MiB. Most of it was copied beside it by then, see [`checkpoints`].
const CHECKPOINT: &str = "8192";

/// Tuning of a file; the defaults fit a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether a commit waits for the disk. Only tests of something else than durability turn it off.
    pub durable: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { durable: true }
    }
}

/// A store in one SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    writer: Mutex<SqliteConnection>,
    writing: SqliteConnectOptions,
    readers: SqlitePool,
    /// Whether instances started by a message with a correlation key may hold locks; saves looking for each end.
    locks: AtomicBool,
    checkpoints: Checkpoints,
}

impl Sqlite {
    /// Opens or creates the file and brings its schema up to date.
    pub async fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        let synchronous = if options.durable { SqliteSynchronous::Full } else { SqliteSynchronous::Off };
        let base = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .busy_timeout(BUSY)
            .foreign_keys(false)
            .page_size(PAGE)
            .statement_cache_capacity(STATEMENTS)
            .pragma("mmap_size", MAPPED)
            .pragma("temp_store", "memory")
            .disable_statement_logging();
        let writing =
            base.clone().pragma("cache_size", WRITER_CACHE).pragma("wal_autocheckpoint", CHECKPOINT);
        let mut writer = writing.clone().connect().await.map_err(failed("opening the file"))?;
        MIGRATIONS.run(&mut writer).await.map_err(|source| Error::Database {
            doing: "bringing the schema up to date",
            source: Box::new(source),
        })?;
        let locks = sqlx::query("SELECT EXISTS (SELECT 1 FROM message_start_lock)")
            .fetch_one(&mut writer)
            .await
            .and_then(|row| row.try_get::<bool, _>(0))
            .map_err(failed("reading message locks"))?;
        let copying = base.clone().connect().await.map_err(failed("opening the file"))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(base.pragma("cache_size", READER_CACHE).pragma("query_only", "1"))
            .await
            .map_err(failed("opening the file for reading"))?;
        let checkpoints = Checkpoints::begin(copying);
        Ok(Self { writer: Mutex::new(writer), writing, readers, locks: AtomicBool::new(locks), checkpoints })
    }

    /// The writing connection. SQLite undoes a transaction by itself when the disk is full; the connection then waits for
    /// ever to undo it, and another one takes its place.
    async fn writer(&self) -> Result<MutexGuard<'_, SqliteConnection>, Error> {
        let mut writer = self.writer.lock().await;
        if writer.is_in_transaction() {
            let doing = "undoing a transaction";
            // What was dropped a moment ago is undone before this is answered.
            writer.ping().await.map_err(failed(doing))?;
            if writer.is_in_transaction() {
                *writer = self.writing.connect().await.map_err(failed(doing))?;
            }
        }
        Ok(writer)
    }

    /// Finishes what is under way, copies the log into the file and closes it.
    pub async fn close(self) -> Result<(), Error> {
        self.checkpoints.end().await;
        self.readers.close().await;
        self.writer.into_inner().close().await.map_err(failed("closing the file"))
    }
}

/// Wraps a database error with what was being done; nothing was written.
fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> Error + Copy {
    move |source| Error::Database { doing, source: Box::new(source) }
}

/// Begins a writing transaction.
async fn begin(connection: &mut SqliteConnection) -> Result<Transaction<'_, Database>, Error> {
    connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed("beginning a transaction"))
}

/// Commits. When the file cannot be written the transaction is undone; when the connection is lost nobody knows.
async fn finish(transaction: Transaction<'_, Database>) -> Result<(), Error> {
    let doing = "committing";
    transaction.commit().await.map_err(|error| match error {
        sqlx::Error::Database(_) => failed(doing)(error),
        _ => Error::Unknown { doing },
    })
}

/// Runs a statement; the number of rows it affected.
async fn run(
    connection: &mut SqliteConnection,
    statement: Statement,
    doing: &'static str,
) -> Result<u64, Error> {
    sqlx::query_with(sqlx::AssertSqlSafe(statement.text), statement.arguments)
        .execute(connection)
        .await
        .map(|done| done.rows_affected())
        .map_err(failed(doing))
}

/// Runs a statement written out in the code.
async fn execute(
    connection: &mut SqliteConnection,
    text: &'static str,
    values: Values,
    doing: &'static str,
) -> Result<u64, Error> {
    sqlx::query_with(text, values.into_arguments())
        .execute(connection)
        .await
        .map(|done| done.rows_affected())
        .map_err(failed(doing))
}

/// The rows of a query written out in the code.
async fn fetch(
    connection: &mut SqliteConnection,
    text: &'static str,
    values: Values,
    doing: &'static str,
) -> Result<Vec<SqliteRow>, Error> {
    sqlx::query_with(text, values.into_arguments()).fetch_all(connection).await.map_err(failed(doing))
}

/// A column of a row.
fn column<'r, T>(row: &'r SqliteRow, index: usize) -> Result<T, Error>
where
    T: sqlx::Decode<'r, Database> + sqlx::Type<Database>,
{
    row.try_get(index).map_err(|error| Error::Corrupt { what: format!("column {index}: {error}") })
}

/// A key column.
fn key(row: &SqliteRow, index: usize) -> Result<u64, Error> {
    column::<i64>(row, index).map(|key| key as u64)
}

/// A text column.
fn text(row: &SqliteRow, index: usize) -> Result<Arc<str>, Error> {
    column::<&str>(row, index).map(Arc::from)
}

impl read::Columns for SqliteRow {
    fn int(&self, index: usize) -> Result<Option<i64>, Error> {
        column(self, index)
    }
    fn text(&self, index: usize) -> Result<Option<Arc<str>>, Error> {
        column::<Option<&str>>(self, index).map(|text| text.map(Arc::from))
    }
    fn bytes(&self, index: usize) -> Result<Option<Vec<u8>>, Error> {
        column(self, index)
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn lease_node(&self, lease: NodeLease) -> Result<u16, Error> {
        self.lease_a_node(lease).await
    }
    async fn deploy(&self, deployment: NewDeployment) -> Result<Deployed, Error> {
        self.store_resources(deployment).await
    }
    async fn delete_resource(&self, key: u64) -> Result<bool, Error> {
        self.mark_deleted(key).await
    }
    async fn resources(&self) -> Result<Vec<StoredResource>, Error> {
        self.stored_resources().await
    }
    async fn load(&self, instance: ProcessInstanceKey) -> Result<Option<Loaded>, Error> {
        self.load_instance(instance).await
    }
    async fn locate(&self, what: Owned) -> Result<Option<ProcessInstanceKey>, Error> {
        self.find_owner(what).await
    }
    async fn commit(&self, batch: Batch) -> Result<Committed, Error> {
        self.write(batch).await
    }
    async fn claim_jobs(&self, claim: JobClaim) -> Result<Vec<ClaimedJob>, Error> {
        self.claim(claim).await
    }
    async fn due_timers(&self, now: Timestamp, limit: usize) -> Result<DueTimers, Error> {
        self.timers_due(now, limit).await
    }
    async fn due_starts(&self, now: Timestamp, limit: usize) -> Result<DueStarts, Error> {
        self.starts_due(now, limit).await
    }
    async fn fire_start(&self, fired: FiredStart) -> Result<Option<OutboxEntry>, Error> {
        self.start_fired(fired).await
    }
    async fn outbox(&self, after: u64, limit: usize) -> Result<Vec<OutboxEntry>, Error> {
        self.unhandled(after, limit).await
    }
    async fn signal_slice(&self, after: SignalKey, limit: usize) -> Result<Option<SignalSlice>, Error> {
        self.slice_of_signal(after, limit).await
    }
    async fn start_by_signal(&self, started: StartedBySignal) -> Result<Option<OutboxEntry>, Error> {
        self.started_by_signal(started).await
    }
    async fn signal_delivered(&self, signal: SignalKey, cursor: u64, last: bool) -> Result<(), Error> {
        self.signal_reached(signal, cursor, last).await
    }
    async fn expire_messages(&self, now: Timestamp, limit: usize) -> Result<usize, Error> {
        self.remove_expired(now, limit).await
    }
}
