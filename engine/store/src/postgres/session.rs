//! Connections. A few sessions of this server write its batches; a pool reads and does what needs no order; two more hear
//! and tell news.

use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use log::LevelFilter;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor};
use tokio::sync::{Mutex, MutexGuard};

use super::news::Newsroom;
use super::{citus, failed, no_delay};
use crate::Error;

/// What is spoken with a server older than this lacks settings that are relied upon.
const OLDEST: u32 = 14;
/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a session may stand still in the middle of a transaction: a server that was paused there must not hold up
/// the others with its locks.
const STANDSTILL: Duration = Duration::from_secs(5);
/// The table of migrations. Other parts of the product may keep theirs in the same database.
const MIGRATED: &str = "store_migrations";

/// Tuning; the defaults fit a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Sessions that write, each one batch at a time; at least one.
    pub writers: usize,
    /// Connections beside those that write.
    pub connections: u32,
    /// How long one statement may take; it is given up then.
    pub statement: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { writers: 2, connections: 8, statement: Duration::from_secs(30) }
    }
}

/// The connections of one server.
#[derive(Debug)]
pub(super) struct Sessions {
    /// For everything that needs no order.
    pub(super) pool: PgPool,
    /// The number of the schema: names of locks and channels are made from it.
    number: i64,
    /// Tables are distributed over the machines of a cluster by their bucket.
    pub(super) spread: bool,
    pub(super) news: Newsroom,
    writing: PgConnectOptions,
    /// The sessions that write; none before the first write and after it broke.
    writers: Vec<Mutex<Option<PgConnection>>>,
    /// Whose turn it is to be waited for when all are in use.
    turn: AtomicUsize,
    /// How long a batch may take before its fate counts as unknown.
    patience: Duration,
}

/// A writing session in use. Unless it is given back with [`Writer::done`] it is closed, and what was not committed
/// is undone.
pub(super) struct Writer<'s> {
    place: MutexGuard<'s, Option<PgConnection>>,
    pub(super) connection: PgConnection,
}

impl Writer<'_> {
    /// Gives the session back unless what was done with it shows that it broke.
    pub(super) fn done<R>(mut self, result: Result<R, Error>) -> Result<R, Error> {
        if result.as_ref().err().is_none_or(|error| !breaks(error)) {
            *self.place = Some(self.connection);
        }
        result
    }
}

impl Sessions {
    /// Connects and brings the schema up to date.
    pub(super) async fn open(url: &str, options: Options) -> Result<Self, Error> {
        let base = address(url)?.application_name("hosk").options([
            ("jit", "off"),
            // The database notices a server that is gone without a word.
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
        ]);
        let mut first = connect(&base).await?;
        let schema = check(&mut first).await?;
        let number = number(&schema);
        migrate(&mut first).await?;
        let spread = citus::is_spread(&mut first).await?;
        let sessions = Self {
            pool: pool(&base, options),
            number,
            spread,
            news: Newsroom::open(&base, number, CONNECT),
            writing: writing(&base, &schema, options, spread),
            writers: (0..options.writers.max(1)).map(|_| Mutex::default()).collect(),
            turn: AtomicUsize::new(0),
            patience: options.statement.saturating_mul(2),
        };
        // It has nothing to lose.
        let _ = first.close().await;
        Ok(sessions)
    }

    /// A session that writes, connected anew if it broke.
    pub(super) async fn writer(&self) -> Result<Writer<'_>, Error> {
        let free = self.writers.iter().find_map(|writer| writer.try_lock().ok());
        let mut place = if let Some(free) = free {
            free
        } else {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed);
            self.writers[turn % self.writers.len()].lock().await
        };
        let connection = match place.take() {
            Some(connection) => connection,
            None => connect(&self.writing).await?,
        };
        Ok(Writer { place, connection })
    }

    /// Waits for what was asked of a writing session, but not for ever: the network may be cut, and then whatever was
    /// sent last may have arrived.
    pub(super) async fn patiently<R>(
        &self,
        doing: &'static str,
        work: impl Future<Output = Result<R, Error>>,
    ) -> Result<R, Error> {
        tokio::time::timeout(self.patience, work).await.unwrap_or(Err(Error::Unknown { doing }))
    }

    /// A class of its own for locks of this schema that last as long as a transaction.
    pub(super) fn class(&self) -> i32 {
        class(self.number)
    }

    /// Says goodbye.
    pub(super) async fn close(&self) {
        for writer in &self.writers {
            if let Some(writer) = writer.lock().await.take() {
                // Closed either way.
                let _ = writer.close().await;
            }
        }
        self.news.close().await;
        self.pool.close().await;
    }
}

fn address(url: &str) -> Result<PgConnectOptions, Error> {
    let options = PgConnectOptions::from_str(url).map_err(|error| Error::Invalid {
        what: format!(
            "the address of the database is not of the form postgres://user@host/database: {error}"
        ),
    })?;
    // Whoever asks for `sqlx::query=trace` sees them; none is told of for being slow, which metrics do.
    Ok(options.log_statements(LevelFilter::Trace).log_slow_statements(LevelFilter::Off, Duration::MAX))
}

/// What a session that writes is set to. Its statements find rows by their keys, and their plans are made once: a
/// plan that was made when a table was empty must not read all of it later. On a cluster each machine plans for itself, and
/// the plan for the cluster needs to know the values, for the bucket among them says which machine is asked.
fn writing(base: &PgConnectOptions, schema: &str, options: Options, spread: bool) -> PgConnectOptions {
    let milliseconds = options.statement.as_millis();
    // An administrator sees which session it is.
    let name = format!("hosk writes {schema}");
    let base = base.clone().application_name(&name).statement_cache_capacity(200);
    let base = if spread {
        base
    } else {
        base.options([
            ("plan_cache_mode", "force_generic_plan"),
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
        ])
    };
    base.options([
        ("statement_timeout", milliseconds.to_string()),
        ("lock_timeout", (milliseconds / 2).to_string()),
        ("idle_in_transaction_session_timeout", STANDSTILL.as_millis().to_string()),
        // Locks are free soon after their holder is gone, even in the middle of a statement.
        ("client_connection_check_interval", "500".to_owned()),
    ])
}

fn pool(base: &PgConnectOptions, options: Options) -> PgPool {
    let reading = base.clone().options([("statement_timeout", options.statement.as_millis().to_string())]);
    pool_of(reading, options.connections.max(1), CONNECT)
}

/// A pool of at most so many sessions, for each of which a caller waits so long.
pub(super) fn pool_of(options: PgConnectOptions, most: u32, patience: Duration) -> PgPool {
    let to = options.clone();
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(patience)
        .after_connect(move |_, _| {
            no_delay::set_to(&to);
            Box::pin(async { Ok(()) })
        })
        .connect_lazy_with(options)
}

/// A connection of its own, without limits on how long a statement may take.
pub(crate) async fn connect_to(url: &str) -> Result<PgConnection, Error> {
    connect(&address(url)?.application_name("hosk moves")).await
}

/// The class of locks of the schema that a connection is in.
pub(super) async fn class_of_schema(connection: &mut PgConnection) -> Result<i32, Error> {
    Ok(class(number(&check(connection).await?)))
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, Error> {
    let doing = "connecting";
    match tokio::time::timeout(CONNECT, options.connect()).await {
        Ok(connected) => {
            let connection = connected.map_err(failed(doing))?;
            no_delay::set_to(options);
            Ok(connection)
        }
        Err(_) => Err(Error::Database { doing, source: "it does not answer".into() }),
    }
}

/// Refuses a database that cannot be worked with; the schema that tables are made in.
async fn check(connection: &mut PgConnection) -> Result<String, Error> {
    let version = connection.server_version_num().unwrap_or(0) / 10_000;
    if version < OLDEST {
        let what = format!("PostgreSQL {OLDEST} or newer is needed, this one is {version}");
        return Err(Error::Invalid { what });
    }
    let row = connection
        .fetch_one("SELECT current_setting('server_encoding'), current_schema()::text")
        .await
        .map_err(failed("looking at the database"))?;
    let (encoding, schema) = (super::column::<String>(&row, 0)?, super::column::<Option<String>>(&row, 1)?);
    if encoding != "UTF8" {
        let what = format!("the database's encoding is {encoding}; make one with ENCODING 'UTF8'");
        return Err(Error::Invalid { what });
    }
    let what = "no schema of the search path exists, or this user may not use it".to_owned();
    schema.ok_or(Error::Invalid { what })
}

/// Several servers may start at once: a lock lets one of them migrate while the others wait.
async fn migrate(connection: &mut PgConnection) -> Result<(), Error> {
    let mut migrations: Migrator = sqlx::migrate!("migrations/postgres");
    migrations.dangerous_set_table_name(MIGRATED);
    migrations.run(connection).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => Error::Invalid {
            what: format!(
                "the database was written by a newer hosk (its schema has migration {version}, which this one does not \
                 know). Run that version or a later one, or restore a back-up from before the upgrade"
            ),
        },
        source => Error::Database { doing: "bringing the schema up to date", source: Box::new(source) },
    })
}

/// The number of a schema (FNV-1a): locks and channels are per database, and several schemas of one may be in use.
fn number(schema: &str) -> i64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    "hosk ".bytes().chain(schema.bytes()).fold(0xcbf2_9ce4_8422_2325, step) as i64
}

fn class(number: i64) -> i32 {
    (number >> 32) as i32
}

/// Whether a session cannot be used any more.
fn breaks(error: &Error) -> bool {
    match error {
        Error::Invalid { .. } | Error::Corrupt { .. } => false,
        Error::Unknown { .. } => true,
        Error::Database { source, .. } => match source.downcast_ref::<sqlx::Error>() {
            Some(sqlx::Error::Database(told)) => told.code().is_some_and(|code| is_last_word(&code)),
            _ => true,
        },
    }
}

/// Whether the database ends the session with an error of this code.
pub(super) fn is_last_word(code: &str) -> bool {
    // Class 57P: the administrator or a crash ends it. 25P03: it was idle for too long. Class 08: no connection.
    code.starts_with("57P") || code.starts_with("08") || code == "25P03"
}

/// Whether the database undid a transaction only because another one was in its way.
pub(super) fn collided(error: &Error) -> bool {
    let Error::Database { source, .. } = error else { return false };
    match source.downcast_ref::<sqlx::Error>() {
        // Serialisation failure, deadlock.
        Some(sqlx::Error::Database(told)) => {
            told.code().is_some_and(|code| code == "40001" || code == "40P01")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_schema_has_its_number() {
        assert_ne!(number("public"), number("other"));
        assert_eq!(number("public"), number("public"));
    }

    #[test]
    fn a_wrong_address_is_refused_without_its_password() {
        let error = address("postgres://eva:sesame@:not-a-port/x").unwrap_err().to_string();
        assert!(error.contains("postgres://user@host/database") && !error.contains("sesame"), "{error}");
    }
}
