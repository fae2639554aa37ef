//! The meeting place of messages and subscriptions, in SQL, and the locks that let sessions meet there one by one.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::{MessageKey, ProcessDefinitionKey, ProcessInstanceKey, SubscriptionKey, Timestamp};
use hosk_model::ElementIndex;
use sqlx::postgres::{PgConnection, PgRow};

use super::array::Array;
use super::commit::bucket;
use super::shape::{Statements, Values, values};
use super::statements::{NewEntry, Prepared, new_entries, own_bucket};
use super::{Postgres, column, execute, fetch, key, present, run, text};
use crate::codec::{Sent, StoredCommand, decode, decode_variables, encode, encode_variables};
use crate::read::ProcessInstanceState;
use crate::rendezvous::{Buffered, Listening, Mailbox, Start, Started, Unlocked};
use crate::rows::Address;
use crate::write::{Batch, Claim, OutboxEntry, Publication};
use crate::{Error, bucket_of};

const DOING: &str = "matching messages";

/// Locks that addresses share: the database has room for a few thousand in all.
const SLOTS: u64 = 1_024;

/// The lock of an address. A correlation key alone decides, because an instance started by one message keeps its key
/// locked for other messages of the process; without a key the name does.
fn slot(tenant: &str, name: &str, correlation_key: &str) -> i32 {
    let (kind, word) = if correlation_key.is_empty() { ("name", name) } else { ("key", correlation_key) };
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let bytes = [kind, tenant, word].into_iter().flat_map(|part| part.bytes().chain([0xff]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, step);
    ((hash ^ (hash >> 32)) % SLOTS) as i32
}

impl Postgres {
    /// Locks the addresses at which messages and subscriptions of a batch may meet, until the transaction ends. They
    /// are taken in one order and before anything else, so that no two transactions wait for each other.
    /// Whether an instance that ends keeps others from being started: only when one is made does it begin to.
    pub(super) async fn lock_addresses(
        &self,
        tx: &mut PgConnection,
        batch: &Batch,
        prepared: &[Prepared<'_>],
    ) -> Result<bool, Error> {
        let mut slots = BTreeSet::new();
        for message in &batch.publications {
            slots.insert(slot(&message.tenant, &message.name, &message.correlation_key));
        }
        let mut known: Vec<SubscriptionKey> = batch.returned.iter().map(|one| one.subscription).collect();
        for p in prepared {
            let opened = p.changes.subscriptions.inserts();
            slots.extend(opened.map(|row| slot(&row.tenant, &row.name, &row.correlation_key)));
            known.extend(&p.changes.listening);
        }
        let ended =
            prepared.iter().filter(|p| p.changes.has_ended()).map(|p| p.set.instance).collect::<Vec<_>>();
        for address in addresses_of(tx, &known).await? {
            slots.insert(slot(&address.tenant, &address.name, &address.correlation_key));
        }
        let locks = locks_of(tx, &ended).await?;
        for lock in &locks {
            slots.insert(slot(&lock.tenant, "", &lock.correlation_key));
        }
        if slots.is_empty() {
            return Ok(false);
        }
        let slots: Vec<i32> = slots.into_iter().collect();
        let text = "SELECT count(pg_advisory_xact_lock($1, u.slot)) FROM unnest($2) AS u (slot)";
        fetch(tx, text, values![self.sessions.class(), slots], DOING).await?;
        Ok(!locks.is_empty())
    }
}

/// The addresses of subscriptions that were there before.
async fn addresses_of(tx: &mut PgConnection, known: &[SubscriptionKey]) -> Result<Vec<Address>, Error> {
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let query = "SELECT tenant, name, correlation_key FROM message_subscription WHERE key = ANY ($1)";
    let keys = Array::from(known.iter().map(|key| key.0 as i64));
    let rows = fetch(tx, query, values![keys], DOING).await?;
    rows.iter().map(|row| address_at(row, 0)).collect()
}

/// The locks that instances hold.
async fn locks_of(tx: &mut PgConnection, instances: &[ProcessInstanceKey]) -> Result<Vec<Unlocked>, Error> {
    if instances.is_empty() {
        return Ok(Vec::new());
    }
    let query = "SELECT tenant, process_id, correlation_key FROM message_start_lock WHERE instance = ANY ($1) \
                 ORDER BY process_id, correlation_key";
    let keys = Array::from(instances.iter().map(|key| key.0 as i64));
    let rows = fetch(tx, query, values![keys], DOING).await?;
    let unlocked = |row| {
        Ok(Unlocked { tenant: text(row, 0)?, process_id: text(row, 1)?, correlation_key: text(row, 2)? })
    };
    rows.iter().map(unlocked).collect()
}

/// Columns tenant, name, correlation key.
fn address_at(row: &PgRow, first: usize) -> Result<Address, Error> {
    let (tenant, name) = (text(row, first)?, text(row, first + 1)?);
    Ok(Address { tenant, name, correlation_key: text(row, first + 2)? })
}

/// Within one writing transaction.
pub(super) struct PostgresMailbox<'t> {
    pub(super) connection: &'t mut PgConnection,
    /// Who carries the entries that it makes.
    pub(super) claim: Claim,
}

impl PostgresMailbox<'_> {
    async fn rows(&mut self, text: &'static str, values: Values) -> Result<Vec<PgRow>, Error> {
        fetch(self.connection, text, values, DOING).await
    }

    async fn change(&mut self, text: &'static str, values: Values) -> Result<(), Error> {
        execute(self.connection, text, values, DOING).await.map(drop)
    }

    async fn starts_from(&mut self, text: &'static str, values: Values) -> Result<Vec<Start>, Error> {
        self.rows(text, values).await?.iter().map(start_of).collect()
    }

    /// Changes a subscription; `$1` is its bucket, `$2` its key, `$3` the message.
    async fn mark(
        &mut self,
        text: &'static str,
        key: SubscriptionKey,
        message: MessageKey,
    ) -> Result<(), Error> {
        let bucket = "SELECT bucket FROM message_subscription WHERE key = $1";
        let rows = self.rows(bucket, values![key.0 as i64]).await?;
        let Some(row) = rows.first() else { return Ok(()) };
        let bucket = column::<i16>(row, 0)?;
        self.change(text, values![bucket, key.0 as i64, message.0 as i64]).await
    }
}

fn start_of(row: &PgRow) -> Result<Start, Error> {
    Ok(Start {
        definition: ProcessDefinitionKey(key(row, 0)?),
        element: ElementIndex(present(row, 1)? as u32),
        process_id: text(row, 2)?,
        tenant: text(row, 3)?,
        name: text(row, 4)?,
    })
}

fn listening_of(row: &PgRow) -> Result<Listening, Error> {
    Ok(Listening {
        key: SubscriptionKey(key(row, 0)?),
        instance: ProcessInstanceKey(key(row, 1)?),
        process_id: text(row, 2)?,
        interrupting: column(row, 3)?,
        address: address_at(row, 4)?,
    })
}

fn address(address: &Address) -> Values {
    texts([&address.name, &address.correlation_key, &address.tenant])
}

/// Values that are texts.
pub(super) fn texts<const N: usize>(texts: [&Arc<str>; N]) -> Values {
    let mut values = Values::default();
    for text in texts {
        values.text(text);
    }
    values
}

/// The bucket of a lock: of its process id, tenant and correlation key.
pub(crate) fn lock_bucket(process_id: &str, tenant: &str, correlation_key: &str) -> i16 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let bytes = [process_id, tenant, correlation_key].into_iter().flat_map(|part| part.bytes().chain([0xff]));
    i16::from(bucket_of(ProcessInstanceKey(bytes.fold(0xcbf2_9ce4_8422_2325, step))))
}

#[async_trait]
impl Mailbox for PostgresMailbox<'_> {
    async fn oldest_open(&mut self, at: &Address) -> Result<Vec<Listening>, Error> {
        let text = "SELECT DISTINCT ON (t.process_id) t.key, t.instance, t.process_id, t.interrupting, t.tenant, \
                    t.name, t.correlation_key FROM message_subscription t WHERE t.name = $1 \
                    AND t.correlation_key = $2 AND t.tenant = $3 AND t.state = 0 AND t.taken IS NULL \
                    AND NOT EXISTS (SELECT 1 FROM process_instance p WHERE p.bucket = t.bucket \
                    AND p.key = t.instance AND p.state = $4) ORDER BY t.process_id, t.key";
        let mut values = address(at);
        values.add(ProcessInstanceState::Suspended as i64);
        self.rows(text, values).await?.iter().map(listening_of).collect()
    }

    async fn listening(&mut self, key: SubscriptionKey) -> Result<Option<Listening>, Error> {
        let text = "SELECT t.key, t.instance, t.process_id, t.interrupting, t.tenant, t.name, t.correlation_key \
                    FROM message_subscription t WHERE t.key = $1 AND t.state = 0 AND t.taken IS NULL \
                    AND NOT EXISTS (SELECT 1 FROM process_instance p WHERE p.bucket = t.bucket \
                    AND p.key = t.instance AND p.state = $2)";
        let values = values![key.0 as i64, ProcessInstanceState::Suspended as i64];
        self.rows(text, values).await?.first().map(listening_of).transpose()
    }

    async fn address_of(&mut self, key: SubscriptionKey) -> Result<Option<Address>, Error> {
        Ok(addresses_of(self.connection, &[key]).await?.pop())
    }

    async fn take(&mut self, key: SubscriptionKey, message: MessageKey) -> Result<(), Error> {
        let text = "UPDATE message_subscription SET taken = $3 WHERE bucket = $1 AND key = $2";
        self.mark(text, key, message).await
    }

    async fn untake(&mut self, key: SubscriptionKey, message: MessageKey) -> Result<(), Error> {
        let text =
            "UPDATE message_subscription SET taken = NULL WHERE bucket = $1 AND key = $2 AND taken = $3";
        self.mark(text, key, message).await
    }

    async fn starts(&mut self, tenant: &Arc<str>, name: &Arc<str>) -> Result<Vec<Start>, Error> {
        let text = "SELECT definition, element, process_id, tenant, name FROM start_subscription \
                    WHERE name = $1 AND tenant = $2 AND active ORDER BY definition, element";
        self.starts_from(text, texts([name, tenant])).await
    }

    async fn starts_of(&mut self, tenant: &Arc<str>, process_id: &Arc<str>) -> Result<Vec<Start>, Error> {
        let text = "SELECT definition, element, process_id, tenant, name FROM start_subscription \
                    WHERE process_id = $1 AND tenant = $2 AND active ORDER BY definition, element";
        self.starts_from(text, texts([process_id, tenant])).await
    }

    async fn started(&mut self, started: &Started) -> Result<(), Error> {
        let start = &started.start;
        let definition = start.definition.0 as i64;
        let mut values = values![i16::from(bucket(started.instance).0), started.message.0 as i64, definition];
        values.add(started.at.0).text(&start.name).text(&started.correlation_key).add(definition);
        values.add(i64::from(start.element.0)).add(started.instance.0 as i64);
        let text = "INSERT INTO correlated_message_subscription (bucket, message, subscription, time, name, \
                    correlation_key, definition, element, element_instance, instance) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9)";
        self.change(text, values).await?;
        if started.correlation_key.is_empty() {
            return Ok(());
        }
        let bucket = lock_bucket(&start.process_id, &start.tenant, &started.correlation_key);
        let mut values = texts([&start.process_id, &start.tenant, &started.correlation_key]);
        values.add(started.instance.0 as i64).add(bucket);
        let text = "INSERT INTO message_start_lock (process_id, tenant, correlation_key, instance, bucket) \
                    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (process_id, tenant, correlation_key, bucket) \
                    DO UPDATE SET instance = excluded.instance";
        self.change(text, values).await
    }

    async fn locked(&mut self, start: &Start, correlation_key: &Arc<str>) -> Result<bool, Error> {
        let text = "SELECT 1 FROM message_start_lock WHERE process_id = $1 AND tenant = $2 \
                    AND correlation_key = $3 AND bucket = $4";
        let mut values = texts([&start.process_id, &start.tenant, correlation_key]);
        values.add(lock_bucket(&start.process_id, &start.tenant, correlation_key));
        Ok(!self.rows(text, values).await?.is_empty())
    }

    async fn unlock(&mut self, ended: &[ProcessInstanceKey]) -> Result<Vec<Unlocked>, Error> {
        let unlocked = locks_of(self.connection, ended).await?;
        for lock in &unlocked {
            let text = "DELETE FROM message_start_lock WHERE process_id = $1 AND tenant = $2 \
                        AND correlation_key = $3 AND bucket = $4";
            let mut values = texts([&lock.process_id, &lock.tenant, &lock.correlation_key]);
            values.add(lock_bucket(&lock.process_id, &lock.tenant, &lock.correlation_key));
            self.change(text, values).await?;
        }
        Ok(unlocked)
    }

    async fn lives(&mut self, at: &Address, id: &Arc<str>, now: Timestamp) -> Result<bool, Error> {
        let text = "SELECT 1 FROM message WHERE name = $1 AND correlation_key = $2 AND tenant = $3 \
                    AND message_id = $4 AND expires > $5 LIMIT 1";
        let mut values = address(at);
        values.text(id).add(now.0);
        Ok(!self.rows(text, values).await?.is_empty())
    }

    async fn keep(&mut self, message: &Publication) -> Result<(), Error> {
        let bucket = i16::from(own_bucket(message.key.0).0);
        let mut values = values![bucket, message.key.0 as i64];
        values.text(&message.tenant).text(&message.name).text(&message.correlation_key);
        values.optional(message.message_id.as_deref()).add(message.expires_at.0);
        values.add(encode_variables(&message.variables)?);
        let text = "INSERT INTO message (bucket, key, tenant, name, correlation_key, message_id, expires, variables) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        self.change(text, values).await
    }

    async fn first_kept(
        &mut self,
        at: &Address,
        process_id: &Arc<str>,
        now: Timestamp,
    ) -> Result<Option<Buffered>, Error> {
        let text = "SELECT m.key, m.variables FROM message m WHERE m.name = $1 AND m.correlation_key = $2 \
                    AND m.tenant = $3 AND m.expires > $4 AND NOT EXISTS (SELECT 1 FROM message_counted c \
                    WHERE c.bucket = m.bucket AND c.message = m.key AND c.process_id = $5) ORDER BY m.key LIMIT 1";
        let mut values = address(at);
        values.add(now.0).text(process_id);
        let rows = self.rows(text, values).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let variables = decode_variables(column::<&[u8]>(row, 1)?)?;
        Ok(Some(Buffered { key: MessageKey(key(row, 0)?), variables }))
    }

    async fn count(&mut self, message: MessageKey, process_id: &Arc<str>) -> Result<(), Error> {
        let text = "INSERT INTO message_counted (bucket, message, process_id) VALUES ($1, $2, $3) \
                    ON CONFLICT DO NOTHING";
        self.change(text, counted(message, process_id)).await
    }

    async fn uncount(&mut self, message: MessageKey, process_id: &Arc<str>) -> Result<(), Error> {
        let text = "DELETE FROM message_counted WHERE bucket = $1 AND message = $2 AND process_id = $3";
        self.change(text, counted(message, process_id)).await
    }

    async fn send(&mut self, entry: &OutboxEntry, sent: &Sent) -> Result<(), Error> {
        let mut statements = Statements::default();
        let entry = NewEntry {
            key: entry.key,
            source: entry.source.map(|source| source.0),
            target: entry.target.0,
            correlated_process: entry.correlated_process.clone(),
            command: encode(&sent.command)?,
        };
        new_entries(&mut statements, &[entry], self.claim);
        for statement in statements.all {
            run(self.connection, statement, DOING).await?;
        }
        Ok(())
    }

    async fn withdraw(&mut self, entry: u64) -> Result<Option<StoredCommand>, Error> {
        let text = "DELETE FROM outbox WHERE bucket = $1 AND key = $2 RETURNING command";
        let rows = self.rows(text, values![i16::from(own_bucket(entry).0), entry as i64]).await?;
        rows.first().map(|row| decode(column::<&[u8]>(row, 0)?, "an outbox entry")).transpose()
    }
}

/// A message, in its bucket, and a process id.
fn counted(message: MessageKey, process_id: &Arc<str>) -> Values {
    let mut values = values![i16::from(own_bucket(message.0).0), message.0 as i64];
    values.text(process_id);
    values
}

#[cfg(test)]
mod tests {
    use super::slot;

    #[test]
    fn messages_of_one_key_share_a_lock_whatever_their_names() {
        assert_eq!(slot("t", "paid", "A-1"), slot("t", "shipped", "A-1"));
        assert_ne!(slot("t", "paid", ""), slot("t", "shipped", ""));
        assert_ne!(slot("t", "paid", "A-1"), slot("t", "paid", "A-2"));
    }
}
