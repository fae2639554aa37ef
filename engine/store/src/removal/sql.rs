//! Removing in SQL.

use async_trait::async_trait;
use futures::FutureExt;
use hosk_core::{DecisionEvaluationKey, ProcessInstanceKey, Timestamp};

use super::{EndedPage, Removal, RemovalStore};
use crate::Error;
use crate::plain::{Plain, Transaction, Value, key, number, plain};
use crate::read::JOB_FIGURES_STEP;

/// Rows removed in one transaction, about.
const ROWS: u64 = 5_000;

/// What belongs to an instance, with a column that tells its rows apart.
const TABLES: &[(&str, &str)] = &[
    ("history", "version"),
    ("snapshot", "version"),
    ("element_instance", "key"),
    ("variable", "key"),
    ("job", "key"),
    ("user_task", "key"),
    ("incident", "key"),
    ("message_subscription", "key"),
    ("correlated_message_subscription", "key"),
    ("decision_instance", "key"),
];

/// Ended instances that nobody called, after one of them. The index of both back ends has this order.
const ENDED: &str = "SELECT key, ended FROM process_instance WHERE definition = $1 AND parent_instance IS NULL \
                     AND ended < $2 AND (ended, key) > ($3, $4) ORDER BY ended, key LIMIT $5";

/// Ten minutes at once.
const OLD_FIGURES: &str = "DELETE FROM job_figure WHERE minute < $1 \
                           AND minute < (SELECT min(minute) FROM job_figure) + 10";

#[async_trait]
impl<D: Plain> RemovalStore for D {
    async fn remove_instances(&self, instances: Vec<ProcessInstanceKey>) -> Result<Vec<Removal>, Error> {
        let mut removed = Vec::with_capacity(instances.len());
        while removed.len() < instances.len() {
            let left = instances[removed.len()..].to_vec();
            let some = self
                .transact("removing instances", |tx| async move { remove_some::<D>(tx, left).await }.boxed());
            removed.extend(some.await?);
        }
        Ok(removed)
    }

    async fn ended(&self, page: EndedPage) -> Result<Vec<(ProcessInstanceKey, Timestamp)>, Error> {
        let (after_key, after) = page.after.map_or((0, i64::MIN), |(key, at)| (key.0, at.0));
        let values = plain![page.definition.0, page.before.0, after, after_key, page.limit as u64];
        self.transact("looking for what has ended", |tx| {
            async move {
                let rows = tx.rows(ENDED, values).await?;
                rows.iter()
                    .map(|row| Ok((ProcessInstanceKey(key(row, 0)?), Timestamp(number(row, 1)?))))
                    .collect()
            }
            .boxed()
        })
        .await
    }

    async fn family(&self, instance: ProcessInstanceKey) -> Result<Vec<ProcessInstanceKey>, Error> {
        self.transact("looking for what an instance called", |tx| {
            async move {
                let found = below::<D>(tx, instance).await?;
                Ok(found.into_iter().map(|(key, _)| key).collect())
            }
            .boxed()
        })
        .await
    }

    async fn remove_evaluation(&self, evaluation: DecisionEvaluationKey) -> Result<bool, Error> {
        let text = "DELETE FROM decision_instance WHERE evaluation = $1";
        let values = plain![evaluation.0];
        self.transact("removing an evaluation", |tx| {
            async move { Ok(tx.run(text, values).await? > 0) }.boxed()
        })
        .await
    }

    async fn remove_job_figures(&self, before: Timestamp) -> Result<u64, Error> {
        let values = plain![before.0.div_euclid(JOB_FIGURES_STEP)];
        self.transact("removing figures about jobs", |tx| {
            async move { tx.run(OLD_FIGURES, values).await }.boxed()
        })
        .await
    }
}

/// Removes instances until there are enough rows for a transaction; what became of those that are through.
async fn remove_some<D: Plain>(
    tx: &mut (dyn Transaction + '_),
    instances: Vec<ProcessInstanceKey>,
) -> Result<Vec<Removal>, Error> {
    let (mut removed, mut room) = (Vec::new(), ROWS);
    for instance in instances {
        let below = below::<D>(tx, instance).await?;
        let running = below.iter().any(|(_, runs)| *runs);
        let keys: Vec<_> = below.into_iter().map(|(key, _)| key).collect();
        if running || keys.is_empty() {
            removed.push(if running { Removal::Running } else { Removal::Unknown });
            continue;
        }
        for key in keys.into_iter().rev() {
            remove_rows::<D>(tx, key, &mut room).await?;
            if room == 0 {
                return Ok(removed);
            }
        }
        removed.push(Removal::Removed);
    }
    Ok(removed)
}

/// An instance and all it called, directly or not, and whether they run; callers stand before whom they called. It is asked
/// level by level: where instances are distributed a question cannot follow them by itself.
async fn below<D: Plain>(
    tx: &mut (dyn Transaction + '_),
    instance: ProcessInstanceKey,
) -> Result<Vec<(ProcessInstanceKey, bool)>, Error> {
    let (owned, values) = D::owned("key", instance);
    let mut rows = tx.rows(&format!("SELECT key, ended FROM process_instance WHERE {owned}"), values).await?;
    let called = format!(
        "SELECT p.key, p.ended FROM process_instance p WHERE p.parent_instance IN (SELECT {} FROM {}) ORDER BY p.key",
        D::number(0),
        D::each("$1")
    );
    let mut found = Vec::new();
    while !rows.is_empty() {
        let mut level = Vec::with_capacity(rows.len());
        for row in &rows {
            found.push((ProcessInstanceKey(key(row, 0)?), row.int(1)?.is_none()));
            level.push([key(row, 0)?]);
        }
        rows = tx.rows(&called, plain![json(&level)]).await?;
    }
    Ok(found)
}

/// Keys, each in a list of its own.
fn json(keys: &[[u64; 1]]) -> String {
    // Numbers are always JSON.
    serde_json::to_string(keys).unwrap_or_default()
}

/// Removes what belongs to an instance, then itself, as far as there is room.
async fn remove_rows<D: Plain>(
    tx: &mut (dyn Transaction + '_),
    instance: ProcessInstanceKey,
    room: &mut u64,
) -> Result<(), Error> {
    for (table, column) in TABLES {
        let (owned, mut values) = D::owned("instance", instance);
        values.push(Value::from(*room));
        let limit = values.len();
        let text = format!(
            "DELETE FROM {table} WHERE {owned} AND {column} IN \
             (SELECT {column} FROM {table} WHERE {owned} LIMIT ${limit})"
        );
        *room = room.saturating_sub(tx.run(&text, values).await?);
        if *room == 0 {
            return Ok(());
        }
    }
    let (owned, values) = D::owned("key", instance);
    tx.run(&format!("DELETE FROM process_instance WHERE {owned}"), values).await?;
    *room = room.saturating_sub(1);
    Ok(())
}
