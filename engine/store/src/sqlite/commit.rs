//! One batch, one transaction.
//!
//! The common case is optimistic: statements are built before the writing connection is taken, guards count the rows
//! they affect. When one comes short (a stale version, an outbox entry handled before), the transaction is undone
//! and repeated carefully: stored versions are read first and the change sets that do not fit are left out whole.

use std::sync::atomic::Ordering;

use hosk_core::{JobKey, ProcessInstanceKey};
use rustc_hash::{FxHashMap, FxHashSet};
use sqlx::sqlite::SqliteConnection;

use super::mailbox::SqliteMailbox;
use super::shape::{Statements, Values};
use super::statements::{self, Prepared};
use super::{Sqlite, begin, execute, fetch, finish, key, run, signals};
use crate::Error;
use crate::rendezvous::Rendezvous;
use crate::rows::{Changes, InstanceChange, decision_rows};
use crate::write::{Batch, Committed, OutboxEntry};

/// Everything the accepted change sets write, built before the transaction begins.
struct Written<'a> {
    sets: Vec<&'a Prepared<'a>>,
    guards: Statements,
    rows: Statements,
    stale: Vec<ProcessInstanceKey>,
    handled_before: Vec<u64>,
}

impl<'a> Written<'a> {
    fn of(sets: Vec<&'a Prepared<'a>>) -> Result<Self, Error> {
        let (guards, rows) = (statements::guards(&sets), statements::rows(&sets)?);
        Ok(Self { sets, guards, rows, stale: Vec::new(), handled_before: Vec::new() })
    }
}

impl Sqlite {
    pub(super) async fn write(&self, batch: Batch) -> Result<Committed, Error> {
        let prepared = crate::rows::prepare(&batch)?
            .into_iter()
            .map(|(set, changes)| Prepared { set, changes })
            .collect::<Vec<_>>();
        let written = Written::of(prepared.iter().collect())?;
        let mut connection = self.writer().await?;
        if let Some(committed) = self.attempt(&mut connection, &batch, Some(written), &prepared).await? {
            return Ok(committed);
        }
        let committed = self.attempt(&mut connection, &batch, None, &prepared).await?;
        committed.ok_or_else(|| Error::Corrupt { what: "versions changed within a transaction".into() })
    }

    /// Writes a batch; `None` when a guard came short, and nothing is written then. Without `written` it looks first
    /// which change sets fit.
    async fn attempt(
        &self,
        connection: &mut SqliteConnection,
        batch: &Batch,
        written: Option<Written<'_>>,
        prepared: &[Prepared<'_>],
    ) -> Result<Option<Committed>, Error> {
        let mut transaction = begin(connection).await?;
        let tx = &mut *transaction;
        let written = match written {
            Some(written) => {
                if !gone(tx, written.sets.iter().flat_map(|p| &p.set.handled)).await?.is_empty() {
                    return Ok(None);
                }
                written
            }
            None => fitting(tx, prepared).await?,
        };
        for statement in written.guards.0 {
            let expected = statement.must_affect;
            let affected = run(tx, statement, "writing process instances").await?;
            if expected.is_some_and(|expected| expected != affected) {
                return Ok(None);
            }
        }
        for statement in written.rows.0 {
            run(tx, statement, "writing rows").await?;
        }
        evaluated(tx, batch).await?;
        let handled = written.sets.iter().flat_map(|p| &p.set.handled).chain(&batch.handled);
        remove(tx, handled).await?;
        let mut committed = Committed {
            lost_leases: lease(tx, batch, &written.sets).await?,
            stale: written.stale,
            handled_before: written.handled_before,
            ..Committed::default()
        };
        for p in &written.sets {
            let sent = p.set.outbox_keys.iter().zip(&p.changes.sent);
            committed.outbox.extend(sent.map(|(key, sent)| OutboxEntry {
                key: *key,
                source: Some(p.set.instance),
                target: sent.target,
                carries: sent.command.clone().into_carried(sent.target),
                correlated_process: None,
            }));
        }
        self.meet(tx, batch, &written.sets, &mut committed).await?;
        finish(transaction).await?;
        self.checkpoints.committed();
        Ok(Some(committed))
    }

    /// Messages and subscriptions look for each other.
    async fn meet(
        &self,
        tx: &mut SqliteConnection,
        batch: &Batch,
        sets: &[&Prepared<'_>],
        committed: &mut Committed,
    ) -> Result<(), Error> {
        let mut keys = batch.keys;
        let mut mailbox = SqliteMailbox { connection: tx, locks: &self.locks };
        let mut rendezvous = Rendezvous { mailbox: &mut mailbox, now: batch.now, outbox: Vec::new() };
        for returned in &batch.returned {
            if !rendezvous.give_back(returned).await? {
                committed.handled_before.push(returned.entry);
            }
        }
        for message in &batch.publications {
            committed.published.push(rendezvous.publish(message).await?);
        }
        for signal in &batch.broadcasts {
            signals::broadcast(rendezvous.mailbox.connection, &self.locks, signal).await?;
        }
        for key in sets.iter().flat_map(|p| &p.changes.listening) {
            rendezvous.listen(*key, &mut keys).await?;
        }
        if self.locks.load(Ordering::Relaxed) {
            let ended =
                sets.iter().filter(|p| p.changes.has_ended()).map(|p| p.set.instance).collect::<Vec<_>>();
            rendezvous.ended(&ended, &mut keys).await?;
        }
        committed.outbox.append(&mut rendezvous.outbox);
        Ok(())
    }
}

/// Which change sets fit what is stored, and what they write.
async fn fitting<'a>(tx: &mut SqliteConnection, prepared: &'a [Prepared<'a>]) -> Result<Written<'a>, Error> {
    let handled_before = gone(tx, prepared.iter().flat_map(|p| &p.set.handled)).await?;
    let rows = fetch(
        tx,
        "SELECT key, version FROM process_instance WHERE key IN (SELECT value FROM json_each(?))",
        Values::of([numbers(prepared.iter().map(|p| &p.set.instance.0))]),
        "reading versions",
    )
    .await?;
    let mut versions = FxHashMap::default();
    for row in &rows {
        versions.insert(key(row, 0)?, key(row, 1)?);
    }
    let missing: FxHashSet<u64> = handled_before.iter().copied().collect();
    let (fits, left_out): (Vec<_>, Vec<_>) = prepared.iter().partition(|p| {
        let stored = versions.get(&p.set.instance.0).copied().unwrap_or(0);
        stored == p.set.expected_version && !p.set.handled.iter().any(|entry| missing.contains(entry))
    });
    let mut written = Written::of(fits)?;
    written.stale = left_out.iter().map(|p| p.set.instance).collect();
    written.handled_before = handled_before;
    Ok(written)
}

/// Which of these outbox entries are not there any more.
async fn gone(tx: &mut SqliteConnection, entries: impl Iterator<Item = &u64>) -> Result<Vec<u64>, Error> {
    let entries = numbers(entries);
    if entries == "[]" {
        return Ok(Vec::new());
    }
    let text = "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT key FROM outbox)";
    let rows = fetch(tx, text, Values::of([entries]), "reading the outbox").await?;
    rows.iter().map(|row| key(row, 0)).collect()
}

/// Removes outbox entries that are done.
async fn remove(tx: &mut SqliteConnection, entries: impl Iterator<Item = &u64>) -> Result<(), Error> {
    let entries = numbers(entries);
    if entries != "[]" {
        let text = "DELETE FROM outbox WHERE key IN (SELECT value FROM json_each(?))";
        execute(tx, text, Values::of([entries]), "removing outbox entries").await?;
    }
    Ok(())
}

/// Writes the decisions that were evaluated for no instance.
async fn evaluated(tx: &mut SqliteConnection, batch: &Batch) -> Result<(), Error> {
    let rows: Vec<_> = batch.evaluations.iter().flat_map(|one| decision_rows(batch.now, None, one)).collect();
    let mut statements = Statements::default();
    statements::decisions(&mut statements, rows.iter());
    for statement in statements.0 {
        run(tx, statement, "writing evaluated decisions").await?;
    }
    Ok(())
}

/// Takes and changes leases; the jobs whose lease was refused.
async fn lease(
    tx: &mut SqliteConnection,
    batch: &Batch,
    sets: &[&Prepared<'_>],
) -> Result<Vec<JobKey>, Error> {
    if batch.leases.is_empty() {
        return Ok(Vec::new());
    }
    let mut leased = FxHashSet::default();
    let written = sets.iter().map(|p| (p.set.instance, p.set.expected_version + 1)).collect();
    for statement in statements::leases(&batch.leases, batch.now, &written).0 {
        let rows = sqlx::query_with(sqlx::AssertSqlSafe(statement.text), statement.arguments)
            .fetch_all(&mut *tx)
            .await
            .map_err(super::failed("leasing jobs"))?;
        for row in &rows {
            leased.insert(key(row, 0)?);
        }
    }
    Ok(batch.leases.iter().map(|lease| lease.job).filter(|job| !leased.contains(&job.0)).collect())
}

/// Keys as a JSON array.
pub(super) fn numbers<'k>(keys: impl Iterator<Item = &'k u64>) -> String {
    use std::fmt::Write;
    let mut text = String::from("[");
    for key in keys {
        if text.len() > 1 {
            text.push(',');
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "{key}");
    }
    text.push(']');
    text
}

impl Changes {
    /// Whether the instance came to its end here.
    pub(crate) fn has_ended(&self) -> bool {
        match &self.instance {
            InstanceChange::New(row) => row.ended.is_some(),
            InstanceChange::Known { ended, .. } => ended.is_some(),
        }
    }
}
