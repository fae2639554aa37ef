//! PostgreSQL 14 or newer: sessions that write, a pool that reads.
//!
//! Every batch is one transaction on a session that writes; its rows come as arrays, one statement a table whatever
//! their number. Readers see what was committed when their statement began, hence every batch that was answered.
//!
//! Any number of servers work on a schema: versions, leases and outbox entries are guarded, what is to be done is claimed
//! by guarded updates, and messages meet subscriptions under locks. See `news.rs` for what they tell each other.

mod array;
mod audit;
pub mod citus;
mod claims;
mod commit;
mod commits;
mod connections;
mod decisions;
mod deploy;
mod identity;
mod job_figures;
mod mailbox;
mod migration;
mod news;
mod no_delay;
mod plain;
#[cfg(test)]
mod plans;
mod plugins;
mod resources;
mod search;
mod session;
mod shape;
mod signals;
mod start_timers;
mod statements;
mod waits;

use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::{ProcessInstanceKey, SignalKey, Timestamp};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection, Postgres as Database, Row, Transaction, TypeInfo, ValueRef};

pub use self::identity::PostgresIdentity;
pub(crate) use self::mailbox::lock_bucket;
pub use self::session::Options;
pub(crate) use self::session::connect_to;
use self::session::{Sessions, is_last_word};
use self::shape::{Statement, Values};
use crate::write::{
    Batch, Claim, ClaimedJob, Committed, DefinitionChanges, Deployed, DueStarts, DueTimers, FiredStart,
    JobClaim, Loaded, NewDeployment, News, NodeLease, OutboxEntry, Owned, SignalSlice, Standing,
    StartedBySignal, Store, StoredResource,
};
use crate::{Error, read};

/// A store in a PostgreSQL database.
#[derive(Debug)]
pub struct Postgres {
    sessions: Sessions,
}

impl Postgres {
    /// Connects to `postgres://user:password@host:port/database` and brings its schema up to date. Other servers may
    /// work on it. Tables stand in the first schema of the search path, which the address may set:
    /// `…/database?options[search_path]=hosk`.
    ///
    /// # Errors
    /// [`Error::Database`] when it cannot be reached, [`Error::Invalid`] when the address
    /// is wrong, the database too old or not UTF-8, or its schema of a newer release.
    pub async fn open(url: &str, options: Options) -> Result<Self, Error> {
        Ok(Self { sessions: Sessions::open(url, options).await? })
    }

    /// Connections of the pool that are open, and how many of them are idle.
    pub fn connections(&self) -> (u32, usize) {
        (self.sessions.pool.size(), self.sessions.pool.num_idle())
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.sessions.close().await;
    }
}

/// Wraps a database error with what was being done; nothing was written.
fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> Error + Copy {
    move |source| Error::Database { doing, source: Box::new(source) }
}

/// Begins a transaction.
async fn begin(connection: &mut PgConnection) -> Result<Transaction<'_, Database>, Error> {
    connection.begin().await.map_err(failed("beginning a transaction"))
}

/// Commits. When the database says no, the transaction is undone; when it does not answer, or ends the session instead,
/// nobody knows.
async fn finish(transaction: Transaction<'_, Database>) -> Result<(), Error> {
    let doing = "committing";
    transaction.commit().await.map_err(|error| match &error {
        sqlx::Error::Database(told) if !told.code().is_some_and(|code| is_last_word(&code)) => {
            failed(doing)(error)
        }
        _ => Error::Unknown { doing },
    })
}

/// Runs a statement over many rows; the number of rows it affected.
async fn run(connection: &mut PgConnection, statement: Statement, doing: &'static str) -> Result<u64, Error> {
    let text = sqlx::AssertSqlSafe(Arc::clone(&statement.text));
    sqlx::query_with(text, statement.into_arguments())
        .execute(connection)
        .await
        .map(|done| done.rows_affected())
        .map_err(failed(doing))
}

/// Runs a statement written out in the code.
async fn execute(
    connection: &mut PgConnection,
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
    connection: &mut PgConnection,
    text: &'static str,
    values: Values,
    doing: &'static str,
) -> Result<Vec<PgRow>, Error> {
    sqlx::query_with(text, values.into_arguments()).fetch_all(connection).await.map_err(failed(doing))
}

/// A column of a row.
fn column<'r, T>(row: &'r PgRow, index: usize) -> Result<T, Error>
where
    T: sqlx::Decode<'r, Database> + sqlx::Type<Database>,
{
    row.try_get(index).map_err(|error| unreadable(index, &error))
}

fn unreadable(index: usize, error: &sqlx::Error) -> Error {
    Error::Corrupt { what: format!("column {index}: {error}") }
}

/// A number column, however wide it is.
fn number(row: &PgRow, index: usize) -> Result<Option<i64>, Error> {
    let raw = row.try_get_raw(index).map_err(|error| unreadable(index, &error))?;
    if raw.is_null() {
        return Ok(None);
    }
    match raw.type_info().name() {
        "INT2" => column::<i16>(row, index).map(i64::from),
        "INT4" => column::<i32>(row, index).map(i64::from),
        "BOOL" => column::<bool>(row, index).map(i64::from),
        _ => column::<i64>(row, index),
    }
    .map(Some)
}

/// A number column that is never absent.
fn present(row: &PgRow, index: usize) -> Result<i64, Error> {
    number(row, index)?.ok_or_else(|| Error::Corrupt { what: format!("column {index} is missing") })
}

/// A key column.
fn key(row: &PgRow, index: usize) -> Result<u64, Error> {
    present(row, index).map(|key| key as u64)
}

/// A text column.
fn text(row: &PgRow, index: usize) -> Result<Arc<str>, Error> {
    column::<&str>(row, index).map(Arc::from)
}

impl read::Columns for PgRow {
    fn int(&self, index: usize) -> Result<Option<i64>, Error> {
        number(self, index)
    }
    fn text(&self, index: usize) -> Result<Option<Arc<str>>, Error> {
        column::<Option<&str>>(self, index).map(|text| text.map(Arc::from))
    }
    fn bytes(&self, index: usize) -> Result<Option<Vec<u8>>, Error> {
        column(self, index)
    }
}

#[async_trait]
impl Store for Postgres {
    fn is_shared(&self) -> bool {
        true
    }
    fn one_bucket_per_batch(&self) -> bool {
        self.sessions.spread
    }
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
    async fn definition_changes(&self, after: u64) -> Result<DefinitionChanges, Error> {
        self.changes_after(after).await
    }
    async fn standing(&self, instances: &[ProcessInstanceKey]) -> Result<Vec<Standing>, Error> {
        self.standing_of(instances).await
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
    async fn claim_timers(&self, due: Timestamp, claim: Claim, limit: usize) -> Result<DueTimers, Error> {
        self.claim_due(due, claim, limit).await
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
    async fn claim_outbox(&self, claim: Claim, own: bool, limit: usize) -> Result<Vec<OutboxEntry>, Error> {
        self.claim_entries(claim, own, limit).await
    }
    async fn signal_slice(&self, after: SignalKey, limit: usize) -> Result<Option<SignalSlice>, Error> {
        self.slice_of_signal(after, limit).await
    }
    async fn claim_signal_slice(
        &self,
        after: SignalKey,
        claim: Claim,
        limit: usize,
    ) -> Result<Option<SignalSlice>, Error> {
        self.claimed_slice(after, claim, limit).await
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
    async fn announce(&self, news: Vec<News>) -> Result<(), Error> {
        self.sessions.news.tell(news).await
    }
    fn news(&self) -> Option<tokio::sync::broadcast::Receiver<News>> {
        Some(self.sessions.news.hear())
    }
}
