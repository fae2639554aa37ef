//! Searches over a million rows of each kind, in process: what pages and programs ask, each several times over, and how
//! long the slowest kind of question takes. The goal is a tenth of a second for 99 of 100.

mod questions;
mod rows;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use hdrhistogram::Histogram;
use hosk_store::read::Queries;
use hosk_store::{Postgres, Sqlite};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::machine::Usage;
use crate::report::{Measured, Round};
use questions::{Question, questions};
pub(crate) use rows::ROWS;

/// A search may take as long as this, 99 of 100 times.
const LIMIT_MS: f64 = 100.0;
/// How often each is asked; the first time, that fetches pages from the disk, counts too.
const TIMES: u32 = 20;
/// A kind of question that takes longer than this in all is asked no more.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    /// A file.
    Sqlite,
    /// The server of DATABASE_URL, or one of its own.
    Postgres,
}

/// Fills a database and asks; one line for each question. Only those questions whose name has the text, when there is one.
pub(crate) async fn measure(
    on: Database,
    rows: u64,
    only: Option<&str>,
    folder: &Path,
) -> anyhow::Result<Vec<Measured>> {
    match on {
        Database::Sqlite => {
            let folder = tempfile::tempdir_in(folder)?;
            let file = folder.path().join("bench.db");
            let store = Sqlite::open(&file, hosk_store::sqlite::Options::default()).await?;
            let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await?;
            for statement in on.filling(rows) {
                sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
            }
            ask(on, &store, only).await
        }
        Database::Postgres => {
            anyhow::ensure!(
                test_postgres::is_there(),
                "PostgreSQL is not installed and DATABASE_URL not set"
            );
            let schema = test_postgres::durable_schema();
            let store = Postgres::open(schema.url(), hosk_store::postgres::Options::default()).await?;
            let mut connection = PgConnection::connect(schema.url()).await?;
            for statement in on.filling(rows) {
                sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
            }
            ask(on, &store, only).await
        }
    }
}

async fn ask(on: Database, queries: &dyn Queries, only: Option<&str>) -> anyhow::Result<Vec<Measured>> {
    let mut measured = Vec::new();
    for (name, question) in questions() {
        if only.is_none_or(|only| name.contains(only)) {
            measured.push(one(on, queries, name, &question).await?);
        }
    }
    Ok(measured)
}

async fn one(
    on: Database,
    queries: &dyn Queries,
    name: &str,
    question: &Question,
) -> anyhow::Result<Measured> {
    let mut latency = Histogram::<u64>::new(3)?;
    let (usage, began, mut asked, mut found) = (Usage::now(), Instant::now(), 0, (0, 0));
    while asked < TIMES && began.elapsed() < PATIENCE {
        let at = Instant::now();
        found = question.ask(queries).await.with_context(|| name.to_owned())?;
        latency.record(at.elapsed().as_micros() as u64)?;
        asked += 1;
    }
    let round = Round::new(u64::from(asked), began.elapsed(), usage.elapsed());
    let (page, total) = found;
    let name = format!("search, {on:?}: {name}");
    let note =
        format!("{page} of {total} rows; the first or slowest {:.1} ms", latency.max() as f64 / 1_000.0);
    Ok(Measured::new(name, "/s", 0.0, vec![round]).latency(&latency).at_most(LIMIT_MS).note(note))
}
