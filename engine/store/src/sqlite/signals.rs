//! Broadcasts of signals in SQL: written with a mark, spread by a cursor.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hosk_core::{ProcessDefinitionKey, ProcessInstanceKey, SignalKey, SubscriptionKey};
use hosk_model::{ElementIndex, ProcessDefinition};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::mailbox::SqliteMailbox;
use super::shape::Values;
use super::{Sqlite, begin, column, execute, failed, fetch, finish, key, text};
use crate::Error;
use crate::codec::{decode_variables, encode_variables};
use crate::definitions::signal_starts;
use crate::rendezvous::Mailbox;
use crate::write::{Broadcast, OutboxEntry, SignalSlice, SignalStart, StartedBySignal};

const DOING: &str = "broadcasting a signal";

/// The signal start events of the newest version replace those of older ones.
pub(super) async fn replace_starts(
    tx: &mut SqliteConnection,
    definition: u64,
    compiled: &ProcessDefinition,
    tenant: &Arc<str>,
) -> Result<(), Error> {
    let close = "UPDATE signal_start SET active = 0 WHERE active = 1 AND process_id = ? AND tenant = ?";
    execute(tx, close, Values::of([compiled.id.clone(), tenant.clone()]), "deploying").await?;
    for (element, name) in signal_starts(compiled) {
        let mut values = Values::of([definition as i64, i64::from(element.0)]);
        values.add(compiled.id.clone()).add(tenant.clone()).add(name);
        let open = "INSERT INTO signal_start (definition, element, process_id, tenant, name, active) \
                    VALUES (?, ?, ?, ?, ?, 1)";
        execute(tx, open, values, "deploying").await?;
    }
    Ok(())
}

/// Writes a broadcast, unless nothing waits for it or it was written before.
pub(super) async fn broadcast(
    tx: &mut SqliteConnection,
    locks: &AtomicBool,
    signal: &Broadcast,
) -> Result<(), Error> {
    if let Some(entry) = signal.entry
        && (SqliteMailbox { connection: &mut *tx, locks }).withdraw(entry).await?.is_none()
    {
        return Ok(());
    }
    let mut values = Values::of([signal.key.0 as i64]);
    values.add(signal.name.clone()).add(signal.tenant.clone());
    let starting = "INSERT INTO signal_broadcast_start (broadcast, definition, element, tenant) \
                    SELECT ?, definition, element, tenant FROM signal_start WHERE name = ? AND tenant = ? AND active = 1";
    let starts = execute(tx, starting, values, DOING).await?;
    let waiting = "SELECT coalesce(max(number), 0) FROM signal_subscription WHERE name = ? AND tenant = ?";
    let rows = fetch(tx, waiting, Values::of([signal.name.clone(), signal.tenant.clone()]), DOING).await?;
    let last = rows.first().map(|row| column::<i64>(row, 0)).transpose()?.unwrap_or(0);
    if starts == 0 && last == 0 {
        return Ok(());
    }
    let mut values = Values::of([signal.key.0 as i64]);
    values.add(signal.tenant.clone()).add(signal.name.clone());
    values.add(encode_variables(&signal.variables)?).add(last);
    let write = "INSERT INTO signal_broadcast (key, tenant, name, variables, reached, last) VALUES (?, ?, ?, ?, 0, ?)";
    execute(tx, write, values, DOING).await.map(drop)
}

impl Sqlite {
    pub(super) async fn slice_of_signal(
        &self,
        after: SignalKey,
        limit: usize,
    ) -> Result<Option<SignalSlice>, Error> {
        let failed = failed("reading a broadcast");
        // One read transaction: the broadcast and what waits for it belong together.
        let mut tx = self.readers.begin().await.map_err(failed)?;
        let next = "SELECT key, tenant, name, variables, reached, last FROM signal_broadcast \
                    ORDER BY key <= ?, key LIMIT 1";
        let row = sqlx::query(next).bind(after.0 as i64).fetch_optional(&mut *tx).await.map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let signal = SignalKey(key(&row, 0)?);
        let starts = "SELECT definition, element, tenant FROM signal_broadcast_start WHERE broadcast = ? \
                      ORDER BY definition, element LIMIT ?";
        let starts = sqlx::query(starts).bind(signal.0 as i64).bind(limit as i64).fetch_all(&mut *tx).await;
        let waiting = "SELECT number, instance, key FROM signal_subscription WHERE name = ? AND tenant = ? \
                       AND number > ? AND number <= ? ORDER BY number LIMIT ?";
        let waiting = sqlx::query(waiting)
            .bind(column::<&str>(&row, 2)?)
            .bind(column::<&str>(&row, 1)?)
            .bind(column::<i64>(&row, 4)?)
            .bind(column::<i64>(&row, 5)?)
            .bind(limit as i64)
            .fetch_all(&mut *tx)
            .await
            .map_err(failed)?;
        let subscription = |row| Ok((ProcessInstanceKey(key(row, 1)?), SubscriptionKey(key(row, 2)?)));
        let starts = starts.map_err(failed)?;
        Ok(Some(SignalSlice {
            signal,
            variables: decode_variables(column::<&[u8]>(&row, 3)?)?,
            starts: starts.iter().map(start_of).collect::<Result<_, Error>>()?,
            subscriptions: waiting.iter().map(subscription).collect::<Result<_, Error>>()?,
            cursor: waiting.last().map_or_else(|| key(&row, 4), |last| key(last, 0))?,
            last: starts.len() < limit && waiting.len() < limit,
        }))
    }

    pub(super) async fn started_by_signal(
        &self,
        started: StartedBySignal,
    ) -> Result<Option<OutboxEntry>, Error> {
        let mut connection = self.writer().await?;
        let mut transaction = begin(&mut connection).await?;
        let tx = &mut *transaction;
        let mut values = Values::of([started.signal.0 as i64, started.start.definition.0 as i64]);
        values.add(i64::from(started.start.element.0));
        let take =
            "DELETE FROM signal_broadcast_start WHERE broadcast = ? AND definition = ? AND element = ?";
        if execute(tx, take, values, DOING).await? == 0 {
            finish(transaction).await?;
            return Ok(None);
        }
        let (entry, sent) = started.outbox_entry();
        let locks = AtomicBool::new(false);
        SqliteMailbox { connection: tx, locks: &locks }.send(&entry, &sent).await?;
        finish(transaction).await?;
        Ok(Some(entry))
    }

    pub(super) async fn signal_reached(
        &self,
        signal: SignalKey,
        cursor: u64,
        last: bool,
    ) -> Result<(), Error> {
        let mut connection = self.writer().await?;
        let mut transaction = begin(&mut connection).await?;
        let tx = &mut *transaction;
        if last {
            let over = "DELETE FROM signal_broadcast WHERE key = ?";
            execute(tx, over, Values::of([signal.0 as i64]), DOING).await?;
        } else {
            let reached = "UPDATE signal_broadcast SET reached = max(reached, ?) WHERE key = ?";
            execute(tx, reached, Values::of([cursor as i64, signal.0 as i64]), DOING).await?;
        }
        finish(transaction).await
    }
}

fn start_of(row: &SqliteRow) -> Result<SignalStart, Error> {
    Ok(SignalStart {
        definition: ProcessDefinitionKey(key(row, 0)?),
        element: ElementIndex(column(row, 1)?),
        tenant: text(row, 2)?,
    })
}
