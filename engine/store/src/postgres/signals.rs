//! Broadcasts of signals in SQL: written with a mark, spread by a cursor.
//!
//! A subscription that was committed before a broadcast has a number up to its mark, one that is written after it has a
//! higher one. Of those written meanwhile by other nodes some get the signal: neither came first.

use std::sync::Arc;

use hosk_core::{ProcessDefinitionKey, ProcessInstanceKey, SignalKey, SubscriptionKey};
use hosk_model::{ElementIndex, ProcessDefinition};
use sqlx::postgres::{PgConnection, PgRow};

use super::mailbox::{PostgresMailbox, texts};
use super::shape::{Values, values};
use super::{Postgres, begin, column, execute, failed, fetch, finish, key, present, text};
use crate::Error;
use crate::codec::{decode_variables, encode_variables};
use crate::definitions::signal_starts;
use crate::rendezvous::Mailbox;
use crate::write::{Broadcast, Claim, OutboxEntry, SignalSlice, SignalStart, StartedBySignal};

const DOING: &str = "broadcasting a signal";

/// The signal start events of the newest version replace those of older ones.
pub(super) async fn replace_starts(
    tx: &mut PgConnection,
    definition: u64,
    compiled: &ProcessDefinition,
    tenant: &Arc<str>,
) -> Result<(), Error> {
    let close = "UPDATE signal_start SET active = FALSE WHERE active AND process_id = $1 AND tenant = $2";
    execute(tx, close, texts([&compiled.id, tenant]), "deploying").await?;
    for (element, name) in signal_starts(compiled) {
        let mut values = values![definition as i64, i64::from(element.0)];
        values.text(&compiled.id).text(tenant).text(&name);
        let open = "INSERT INTO signal_start (definition, element, process_id, tenant, name, active) \
                    VALUES ($1, $2, $3, $4, $5, TRUE)";
        execute(tx, open, values, "deploying").await?;
    }
    Ok(())
}

/// Writes a broadcast, unless nothing waits for it or it was written before.
pub(super) async fn broadcast(tx: &mut PgConnection, signal: &Broadcast) -> Result<(), Error> {
    if let Some(entry) = signal.entry
        && (PostgresMailbox { connection: &mut *tx, claim: Claim::default() })
            .withdraw(entry)
            .await?
            .is_none()
    {
        return Ok(());
    }
    let mut values = values![signal.key.0 as i64];
    values.text(&signal.name).text(&signal.tenant);
    let starting = "INSERT INTO signal_broadcast_start (broadcast, definition, element, tenant) \
                    SELECT $1, definition, element, tenant FROM signal_start \
                    WHERE name = $2 AND tenant = $3 AND active";
    let starts = execute(tx, starting, values, DOING).await?;
    let waiting = "SELECT coalesce(max(number), 0) FROM signal_subscription WHERE name = $1 AND tenant = $2";
    let rows = fetch(tx, waiting, texts([&signal.name, &signal.tenant]), DOING).await?;
    let last = rows.first().map(|row| present(row, 0)).transpose()?.unwrap_or(0);
    if starts == 0 && last == 0 {
        return Ok(());
    }
    let mut values = values![signal.key.0 as i64];
    values.text(&signal.tenant).text(&signal.name).add(encode_variables(&signal.variables)?).add(last);
    let write = "INSERT INTO signal_broadcast (key, tenant, name, variables, reached, last) \
                 VALUES ($1, $2, $3, $4, 0, $5)";
    execute(tx, write, values, DOING).await.map(drop)
}

impl Postgres {
    pub(super) async fn slice_of_signal(
        &self,
        after: SignalKey,
        limit: usize,
    ) -> Result<Option<SignalSlice>, Error> {
        let mut connection = self.sessions.pool.acquire().await.map_err(failed("reading a broadcast"))?;
        let mut transaction = begin(&mut connection).await?;
        let tx = &mut *transaction;
        let next = "SELECT key, tenant, name, variables, reached, last FROM signal_broadcast \
                    ORDER BY key <= $1, key LIMIT 1";
        let rows = fetch(tx, next, values![after.0 as i64], DOING).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        slice(tx, row, limit).await.map(Some)
    }

    pub(super) async fn claimed_slice(
        &self,
        after: SignalKey,
        claim: Claim,
        limit: usize,
    ) -> Result<Option<SignalSlice>, Error> {
        let mut connection = self.sessions.pool.acquire().await.map_err(failed("claiming a broadcast"))?;
        let mut transaction = begin(&mut connection).await?;
        let tx = &mut *transaction;
        let next = "UPDATE signal_broadcast SET owner = $1, until = $4 WHERE key = (SELECT key FROM signal_broadcast \
                    WHERE owner = $1 OR until <= $2 ORDER BY key <= $3, key LIMIT 1) AND (owner = $1 OR until <= $2) \
                    RETURNING key, tenant, name, variables, reached, last";
        let values = values![claim.owner as i64, claim.now.0, after.0 as i64, claim.until.0];
        let rows = fetch(tx, next, values, DOING).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let slice = slice(tx, row, limit).await?;
        finish(transaction).await?;
        Ok(Some(slice))
    }

    pub(super) async fn started_by_signal(
        &self,
        started: StartedBySignal,
    ) -> Result<Option<OutboxEntry>, Error> {
        let mut writer = self.sessions.writer().await?;
        let result = self.sessions.patiently(DOING, start(&mut writer.connection, &started)).await;
        writer.done(result)
    }

    pub(super) async fn signal_reached(
        &self,
        signal: SignalKey,
        cursor: u64,
        last: bool,
    ) -> Result<(), Error> {
        let mut connection = self.sessions.pool.acquire().await.map_err(failed(DOING))?;
        let (text, values) = if last {
            ("DELETE FROM signal_broadcast WHERE key = $1", values![signal.0 as i64])
        } else {
            let reached = "UPDATE signal_broadcast SET reached = greatest(reached, $2) WHERE key = $1";
            (reached, values![signal.0 as i64, cursor as i64])
        };
        execute(&mut connection, text, values, DOING).await.map(drop)
    }
}

/// The next slice of a broadcast: columns key, tenant, name, variables, reached, last.
async fn slice(tx: &mut PgConnection, row: &PgRow, limit: usize) -> Result<SignalSlice, Error> {
    let signal = SignalKey(key(row, 0)?);
    let starts = "SELECT definition, element, tenant FROM signal_broadcast_start WHERE broadcast = $1 \
                  ORDER BY definition, element LIMIT $2";
    let starts = fetch(tx, starts, values![signal.0 as i64, limit as i64], DOING).await?;
    let mut values = Values::default();
    values.text(&text(row, 2)?).text(&text(row, 1)?);
    values.add(present(row, 4)?).add(present(row, 5)?).add(limit as i64);
    let waiting = "SELECT number, instance, key FROM signal_subscription WHERE name = $1 AND tenant = $2 \
                   AND number > $3 AND number <= $4 ORDER BY number LIMIT $5";
    let waiting = fetch(tx, waiting, values, DOING).await?;
    let subscription = |row| Ok((ProcessInstanceKey(key(row, 1)?), SubscriptionKey(key(row, 2)?)));
    Ok(SignalSlice {
        signal,
        variables: decode_variables(column::<&[u8]>(row, 3)?)?,
        starts: starts.iter().map(start_of).collect::<Result<_, Error>>()?,
        subscriptions: waiting.iter().map(subscription).collect::<Result<_, Error>>()?,
        cursor: waiting.last().map_or_else(|| key(row, 4), |last| key(last, 0))?,
        last: starts.len() < limit && waiting.len() < limit,
    })
}

async fn start(
    connection: &mut PgConnection,
    started: &StartedBySignal,
) -> Result<Option<OutboxEntry>, Error> {
    let mut transaction = begin(connection).await?;
    let tx = &mut *transaction;
    let (definition, element) = (started.start.definition.0 as i64, i64::from(started.start.element.0));
    let take = "DELETE FROM signal_broadcast_start WHERE broadcast = $1 AND definition = $2 AND element = $3";
    if execute(tx, take, values![started.signal.0 as i64, definition, element], DOING).await? == 0 {
        return Ok(None);
    }
    let (entry, sent) = started.outbox_entry();
    PostgresMailbox { connection: tx, claim: started.claim }.send(&entry, &sent).await?;
    finish(transaction).await?;
    Ok(Some(entry))
}

fn start_of(row: &PgRow) -> Result<SignalStart, Error> {
    Ok(SignalStart {
        definition: ProcessDefinitionKey(key(row, 0)?),
        element: ElementIndex(present(row, 1)? as u32),
        tenant: text(row, 2)?,
    })
}
