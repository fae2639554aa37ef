//! Citus: one database on several machines. Where the rows of each table are there, and how they get there.
//!
//! Rows of an instance are distributed by their bucket, all of one bucket on one machine, whatever the table. What every
//! machine needs beside them, or what is written in one transaction with them, is on every machine. The rest stays on the
//! coordinator, which is the only machine that hosk talks to.

use std::collections::BTreeMap;

use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::session::{class_of_schema, connect_to};
use super::shape::{Values, values};
use super::{Options, Postgres, column, execute, fetch};
use crate::Error;

/// What is spoken with an older one lacks identity columns in distributed tables.
const OLDEST: u32 = 12;
/// The lock of whoever spreads tables; addresses of messages have numbers from 0, nodes and definitions have -1 and -2.
const SPREAD_SLOT: i32 = -3;
/// The table that the others are kept together with.
const FIRST: &str = "process_instance";
const DOING: &str = "spreading tables";

/// Distributed by `bucket`: what belongs to an instance, or to an address at which instances meet.
pub const BY_BUCKET: &[&str] = &[
    FIRST,
    "history",
    "snapshot",
    "element_instance",
    "variable",
    "job",
    "user_task",
    "incident",
    "timer",
    "message_subscription",
    "message",
    "message_counted",
    "message_start_lock",
    "correlated_message_subscription",
    "signal_subscription",
    "condition_subscription",
    "decision_instance",
    "outbox",
    "audit_log",
];

/// On every machine: what searches join with rows of instances, and what a start or a signal writes together with them.
pub const EVERYWHERE: &[&str] = &[
    "file",
    "process_definition",
    "form",
    "resource",
    "decision_requirements",
    "decision_definition",
    "element",
    "definition_change",
    "start_subscription",
    "start_timer",
    "signal_start",
    "signal_broadcast",
    "signal_broadcast_start",
    "identity",
    "identity_member",
    "identity_version",
    "connection",
    "connection_secret",
    "plugin",
    "plugin_version",
    "cluster_variable",
    "global_task_listener",
];

/// On the coordinator: what is written often and concerns no instance, and what is large.
pub const COORDINATOR: &[&str] = &[
    "node",
    "batch_operation",
    "batch_item",
    "job_figure",
    "document",
    "document_loose",
    "document_part",
    "plugin_part",
    "value_map",
    "value_map_entry",
    "store_migrations",
];

/// What was done to spread tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Tables that were distributed by bucket now.
    pub distributed: Vec<&'static str>,
    /// Tables that were copied to every machine now.
    pub copied: Vec<&'static str>,
    /// Tables that were where they belong already.
    pub kept: usize,
}

/// How a table is kept by Citus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Distributed,
    Everywhere,
    /// On the coordinator, known to Citus.
    Known,
}

impl Postgres {
    /// Brings the schema of a database up to date and spreads its tables over the machines of its Citus cluster. Done again
    /// it does what is left to do: after an upgrade, or when it was interrupted.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the database has no Citus, an old one, a table elsewhere than it should be, or when servers
    /// work on tables that are not distributed yet; [`Error::Database`] when it cannot be reached.
    pub async fn spread(url: &str) -> Result<Spread, Error> {
        Self::open(url, Options::default()).await?.close().await;
        let mut connection = connect_to(url).await?;
        check(&mut connection).await?;
        let class = class_of_schema(&mut connection).await?;
        // Until the session ends.
        let lock = "SELECT pg_advisory_lock($1, $2)";
        execute(&mut connection, lock, values![class, SPREAD_SLOT], DOING).await?;
        let spread = spread(&mut connection).await;
        // What was done is done.
        let _ = connection.close().await;
        spread
    }
}

/// Refuses a database without Citus.
async fn check(connection: &mut PgConnection) -> Result<(), Error> {
    let text = "SELECT to_regprocedure('citus_version()') IS NOT NULL";
    let rows = fetch(connection, text, Values::default(), DOING).await?;
    if !rows.first().map(|row| column::<bool>(row, 0)).transpose()?.unwrap_or(false) {
        let what = "the database has no Citus. Install it on every machine of the cluster, add `citus` to \
                    shared_preload_libraries, restart them, and say CREATE EXTENSION citus in this database";
        return Err(Error::Invalid { what: what.to_owned() });
    }
    let rows = fetch(connection, "SELECT citus_version()::text", Values::default(), DOING).await?;
    let version = rows.first().map(|row| column::<String>(row, 0)).transpose()?.unwrap_or_default();
    if major(&version).is_some_and(|major| major >= OLDEST) {
        return Ok(());
    }
    Err(Error::Invalid { what: format!("Citus {OLDEST} or newer is needed, this is {version}") })
}

/// The first number of a text such as `Citus 13.0.1 on x86_64`.
fn major(version: &str) -> Option<u32> {
    let number = version.trim_start_matches(|c: char| !c.is_ascii_digit());
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

async fn spread(connection: &mut PgConnection) -> Result<Spread, Error> {
    let kept = kept(connection).await?;
    if !kept.contains_key(FIRST) {
        nobody_works(connection).await?;
    }
    let mut done = Spread::default();
    for table in EVERYWHERE {
        match kept.get(*table) {
            Some(Kept::Everywhere) => done.kept += 1,
            Some(Kept::Distributed) => return Err(elsewhere(table)),
            Some(Kept::Known) | None => {
                let text = "SELECT create_reference_table($1::text::regclass)::text";
                fetch(connection, text, values![*table], DOING).await?;
                done.copied.push(table);
            }
        }
    }
    for table in BY_BUCKET {
        match kept.get(*table) {
            Some(Kept::Distributed) => done.kept += 1,
            Some(Kept::Everywhere) => return Err(elsewhere(table)),
            Some(Kept::Known) | None => {
                let beside = if *table == FIRST { "none" } else { FIRST };
                let text = "SELECT create_distributed_table($1::text::regclass, 'bucket', colocate_with => $2)::text";
                fetch(connection, text, values![*table, beside], DOING).await?;
                done.distributed.push(table);
            }
        }
    }
    Ok(done)
}

fn elsewhere(table: &str) -> Error {
    let what = format!(
        "the table {table} is spread in another way than hosk spreads it: say SELECT undistribute_table('{table}'), then \
         try again"
    );
    Error::Invalid { what }
}

/// Rows that a server writes while their table is moved would wait, and its statements know nothing of buckets.
async fn nobody_works(connection: &mut PgConnection) -> Result<(), Error> {
    let text = "SELECT count(*) FROM node WHERE until > extract(epoch FROM clock_timestamp()) * 1000";
    let rows = fetch(connection, text, Values::default(), DOING).await?;
    let servers = rows.first().map(|row| column::<i64>(row, 0)).transpose()?.unwrap_or(0);
    if servers == 0 {
        return Ok(());
    }
    let what = format!(
        "{servers} servers work on the database: stop them first. After one that was killed wait half a minute"
    );
    Err(Error::Invalid { what })
}

/// The tables of the schema that Citus knows.
async fn kept(connection: &mut PgConnection) -> Result<BTreeMap<String, Kept>, Error> {
    let text = "SELECT c.relname::text, p.partmethod::text, p.repmodel::text FROM pg_dist_partition p \
                JOIN pg_class c ON c.oid = p.logicalrelid::oid WHERE c.relnamespace = current_schema()::regnamespace";
    let mut kept = BTreeMap::new();
    for row in fetch(connection, text, Values::default(), DOING).await? {
        let (table, method, model) =
            (column(&row, 0)?, column::<String>(&row, 1)?, column::<String>(&row, 2)?);
        let how = match (method.as_str(), model.as_str()) {
            ("n", "t") => Kept::Everywhere,
            ("n", _) => Kept::Known,
            _ => Kept::Distributed,
        };
        kept.insert(table, how);
    }
    Ok(kept)
}

/// Whether the tables of a database are distributed. What a new release has added since, and was not spread, is told.
pub(super) async fn is_spread(connection: &mut PgConnection) -> Result<bool, Error> {
    let text = "SELECT to_regclass('pg_dist_partition') IS NOT NULL";
    let rows = fetch(connection, text, Values::default(), DOING).await?;
    if !rows.first().map(|row| column::<bool>(row, 0)).transpose()?.unwrap_or(false) {
        return Ok(false);
    }
    let kept = kept(connection).await?;
    if kept.get(FIRST) != Some(&Kept::Distributed) {
        return Ok(false);
    }
    let lacks = |table: &&str, how| kept.get(*table) != Some(&how);
    let mut left: Vec<_> =
        BY_BUCKET.iter().copied().filter(|table| lacks(table, Kept::Distributed)).collect();
    left.extend(EVERYWHERE.iter().copied().filter(|table| lacks(table, Kept::Everywhere)));
    if !left.is_empty() {
        tracing::warn!(tables = %left.join(", "), "tables are not spread over the cluster yet: run `hosk migrate --citus`");
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_citus() {
        assert_eq!(major("Citus 13.0.1 on x86_64-pc-linux-gnu, compiled by gcc"), Some(13));
        assert_eq!(major("Citus 9.5"), Some(9));
        assert_eq!(major("unknown"), None);
    }

    #[test]
    fn a_table_has_one_place() {
        let mut all: Vec<_> = [BY_BUCKET, EVERYWHERE, COORDINATOR].concat();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
