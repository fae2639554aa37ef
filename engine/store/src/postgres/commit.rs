//! One batch, one transaction.
//!
//! The common case is optimistic: statements are built before a writing session is taken, guards count the rows they
//! affect. When one comes short (a stale version, an outbox entry handled before), the transaction is undone and
//! repeated carefully: the instances are locked, their versions read, and the change sets that do not fit are left out
//! whole. Transactions of several nodes lock instances, and entries before them, in the order of their keys.
//!
//! Messages meet subscriptions under locks of their addresses, taken in one order before anything else is, so that
//! transactions of several sessions find each other's rows and never wait for one another in a circle.
//!
//! Where tables are distributed the same statements are about one bucket each, and instances are locked by bucket and then
//! by key. The runtime sees to it that an ordinary batch is of one bucket.

use std::sync::Arc;

use hosk_core::{JobKey, ProcessInstanceKey};
use rustc_hash::{FxHashMap, FxHashSet};
use sqlx::postgres::{PgConnection, PgRow};

use super::array::{Array, Bucket};
use super::mailbox::PostgresMailbox;
use super::session::collided;
use super::shape::{Shape, Statement, Statements, values};
use super::statements::{self, Prepared, by_bucket, in_order_by_bucket, own_bucket};
use super::{Postgres, begin, failed, fetch, finish, key, migration, run, signals};
use crate::rendezvous::Rendezvous;
use crate::rows::decision_rows;
use crate::write::{Batch, Committed, OutboxEntry};
use crate::{Error, bucket_of};

/// Times a batch is tried when another transaction is in its way.
const TRIES: u32 = 4;

/// Instances whose versions are read, and stay.
static LOCKED: Shape = Shape::each(
    "SELECT t.key, t.version",
    "bucket, key",
    " JOIN process_instance t ON t.bucket = u.bucket@t AND t.key = u.key FOR NO KEY UPDATE OF t",
);
static DONE: Shape = Shape::each(
    "DELETE FROM outbox t USING (SELECT *",
    "bucket, key",
    ") u WHERE t.bucket = u.bucket@t AND t.key = u.key",
);

/// Everything the accepted change sets write, built before the transaction begins.
struct Written<'a> {
    sets: Vec<&'a Prepared<'a>>,
    guards: Statements,
    rows: Statements,
    stale: Vec<ProcessInstanceKey>,
    handled_before: Vec<u64>,
}

impl<'a> Written<'a> {
    fn of(sets: Vec<&'a Prepared<'a>>, batch: &Batch, spread: bool) -> Result<Self, Error> {
        let (mut guards, mut rows) = (Statements::default(), Statements::default());
        for (bucket, sets) in in_order_by_bucket(spread, sets.iter().copied(), |p| p.bucket()) {
            guards.append(statements::guards(&sets, bucket));
        }
        for (bucket, sets) in by_bucket(spread, sets.iter().copied(), |p| p.bucket()) {
            rows.append(statements::rows(&sets, batch, bucket)?);
        }
        // A cluster runs each where its rows are.
        if !spread {
            (guards, rows) = (guards.joined(), rows.joined());
        }
        Ok(Self { sets, guards, rows, stale: Vec::new(), handled_before: Vec::new() })
    }
}

impl Postgres {
    pub(super) async fn write(&self, batch: Batch) -> Result<Committed, Error> {
        let prepared = crate::rows::prepare(&batch)?
            .into_iter()
            .map(|(set, changes)| Prepared { set, changes })
            .collect::<Vec<_>>();
        let mut tries = 0;
        loop {
            tries += 1;
            match self.write_prepared(&batch, &prepared).await {
                Err(error) if collided(&error) && tries < TRIES => {
                    tracing::debug!(%error, tries, "another transaction was in the way of a batch");
                }
                result => return result,
            }
        }
    }

    async fn write_prepared(&self, batch: &Batch, prepared: &[Prepared<'_>]) -> Result<Committed, Error> {
        let mut written = Some(Written::of(prepared.iter().collect(), batch, self.sessions.spread)?);
        let mut writer = self.sessions.writer().await?;
        let attempts = async {
            let connection = &mut writer.connection;
            for _ in 0..=TRIES {
                if let Some(committed) = self.attempt(connection, batch, written.take(), prepared).await? {
                    return Ok(committed);
                }
            }
            Err(Error::Database {
                doing: "committing",
                source: "other nodes changed what the batch changes again and again".into(),
            })
        };
        let result = self.sessions.patiently("committing", attempts).await;
        writer.done(result)
    }

    /// Writes a batch; `None` when a guard came short, and nothing is written then. Without `written` it looks first
    /// which change sets fit.
    async fn attempt(
        &self,
        connection: &mut PgConnection,
        batch: &Batch,
        written: Option<Written<'_>>,
        prepared: &[Prepared<'_>],
    ) -> Result<Option<Committed>, Error> {
        let spread = self.sessions.spread;
        let mut transaction = begin(connection).await?;
        let tx = &mut *transaction;
        let frees = self.lock_addresses(tx, batch, prepared).await?;
        let written = match written {
            Some(written) => written,
            None => fitting(tx, batch, prepared, spread).await?,
        };
        // Whoever removes an entry has its effect: another node may carry it too, or have given it back.
        let handled = written.sets.iter().flat_map(|p| &p.set.handled);
        if remove(tx, handled.clone(), spread).await? != handled.count() as u64 {
            return Ok(None);
        }
        remove(tx, batch.handled.iter(), spread).await?;
        migration::run(tx, &written.sets).await?;
        for statement in written.guards.all {
            let expected = statement.must_affect;
            let affected = run(tx, statement, "writing process instances").await?;
            if expected.is_some_and(|expected| expected != affected) {
                return Ok(None);
            }
        }
        for statement in written.rows.all {
            run(tx, statement, "writing rows").await?;
        }
        evaluated(tx, batch).await?;
        let mut committed = Committed {
            lost_leases: lease(tx, batch, &written.sets, spread).await?,
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
        meet(tx, batch, &written.sets, frees, &mut committed).await?;
        finish(transaction).await?;
        Ok(Some(committed))
    }
}

/// Messages and subscriptions look for each other; `frees` says that an instance which ends kept others from being started.
async fn meet(
    tx: &mut PgConnection,
    batch: &Batch,
    sets: &[&Prepared<'_>],
    frees: bool,
    committed: &mut Committed,
) -> Result<(), Error> {
    let mut keys = batch.keys;
    let mut mailbox = PostgresMailbox { connection: tx, claim: batch.claim };
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
        signals::broadcast(rendezvous.mailbox.connection, signal).await?;
    }
    for key in sets.iter().flat_map(|p| &p.changes.listening) {
        rendezvous.listen(*key, &mut keys).await?;
    }
    if frees {
        let ended = sets.iter().filter(|p| p.changes.has_ended()).map(|p| p.set.instance).collect::<Vec<_>>();
        rendezvous.ended(&ended, &mut keys).await?;
    }
    committed.outbox.append(&mut rendezvous.outbox);
    Ok(())
}

/// Which change sets fit what is stored, and what they write.
/// They are locked, so that they still fit when they are written.
async fn fitting<'a>(
    tx: &mut PgConnection,
    batch: &Batch,
    prepared: &'a [Prepared<'a>],
    spread: bool,
) -> Result<Written<'a>, Error> {
    let in_order = statements::in_order(prepared.iter());
    let mut locking = Statements::default();
    for (bucket, sets) in in_order_by_bucket(spread, in_order, |p| p.bucket()) {
        let mut statements = Statements::of(bucket);
        statements.rows(&LOCKED, false, sets.iter(), |p, v| {
            v.add(p.bucket()).add(p.set.instance.0 as i64);
        });
        locking.append(statements);
    }
    let mut versions = FxHashMap::default();
    for statement in locking.all {
        for row in &answers(tx, statement, "reading versions").await? {
            versions.insert(key(row, 0)?, key(row, 1)?);
        }
    }
    let handled_before = gone(tx, prepared.iter().flat_map(|p| &p.set.handled)).await?;
    let missing: FxHashSet<u64> = handled_before.iter().copied().collect();
    let (fits, left_out): (Vec<_>, Vec<_>) = prepared.iter().partition(|p| {
        let stored = versions.get(&p.set.instance.0).copied().unwrap_or(0);
        stored == p.set.expected_version && !p.set.handled.iter().any(|entry| missing.contains(entry))
    });
    let mut written = Written::of(fits, batch, spread)?;
    written.stale = left_out.iter().map(|p| p.set.instance).collect();
    written.handled_before = handled_before;
    Ok(written)
}

/// Which of these outbox entries are not there any more.
async fn gone(tx: &mut PgConnection, entries: impl Iterator<Item = &u64> + Clone) -> Result<Vec<u64>, Error> {
    let buckets = Array::from(entries.clone().map(|key| own_bucket(*key)));
    let keys = Array::from(entries.clone().map(|key| *key as i64));
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let text = "SELECT t.key FROM unnest($1, $2) AS u (bucket, key) \
                JOIN outbox t ON t.bucket = u.bucket AND t.key = u.key";
    let mut there = FxHashSet::default();
    for row in &fetch(tx, text, values![buckets, keys], "reading the outbox").await? {
        there.insert(key(row, 0)?);
    }
    Ok(entries.copied().filter(|entry| !there.contains(entry)).collect())
}

/// Removes outbox entries that are done; how many were there.
async fn remove<'k>(
    tx: &mut PgConnection,
    entries: impl Iterator<Item = &'k u64>,
    spread: bool,
) -> Result<u64, Error> {
    let mut entries: Vec<u64> = entries.copied().collect();
    entries.sort_unstable();
    let mut removed = 0;
    for (bucket, entries) in in_order_by_bucket(spread, entries, |entry| own_bucket(*entry)) {
        let mut statements = Statements::of(bucket);
        statements.rows(&DONE, false, entries.into_iter(), |entry, v| {
            v.add(own_bucket(entry)).add(entry as i64);
        });
        for statement in statements.all {
            removed += run(tx, statement, "removing outbox entries").await?;
        }
    }
    Ok(removed)
}

/// Writes the decisions that were evaluated for no instance.
async fn evaluated(tx: &mut PgConnection, batch: &Batch) -> Result<(), Error> {
    let rows: Vec<_> = batch.evaluations.iter().flat_map(|one| decision_rows(batch.now, None, one)).collect();
    let mut statements = Statements::default();
    statements::decisions(&mut statements, rows.iter());
    for statement in statements.all {
        run(tx, statement, "writing evaluated decisions").await?;
    }
    Ok(())
}

/// Takes and changes leases; the jobs whose lease was refused.
async fn lease(
    tx: &mut PgConnection,
    batch: &Batch,
    sets: &[&Prepared<'_>],
    spread: bool,
) -> Result<Vec<JobKey>, Error> {
    if batch.leases.is_empty() {
        return Ok(Vec::new());
    }
    let written = sets.iter().map(|p| (p.set.instance, p.set.expected_version + 1)).collect();
    let mut leased = FxHashSet::default();
    for (pin, leases) in by_bucket(spread, &batch.leases, |lease| bucket(lease.instance)) {
        for statement in statements::leases(&leases, batch.now, &written, pin).all {
            for row in &answers(tx, statement, "leasing jobs").await? {
                leased.insert(key(row, 0)?);
            }
        }
    }
    Ok(batch.leases.iter().map(|lease| lease.job).filter(|job| !leased.contains(&job.0)).collect())
}

/// The rows that a statement gives.
async fn answers(
    tx: &mut PgConnection,
    statement: Statement,
    doing: &'static str,
) -> Result<Vec<PgRow>, Error> {
    let text = sqlx::AssertSqlSafe(Arc::clone(&statement.text));
    sqlx::query_with(text, statement.into_arguments()).fetch_all(tx).await.map_err(failed(doing))
}

/// The bucket of an instance's rows.
pub(super) fn bucket(instance: ProcessInstanceKey) -> Bucket {
    Bucket(bucket_of(instance))
}
