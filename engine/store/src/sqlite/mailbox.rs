//! The meeting place of messages and subscriptions, in SQL.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use hosk_core::{MessageKey, ProcessDefinitionKey, ProcessInstanceKey, SubscriptionKey, Timestamp};
use hosk_model::ElementIndex;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::shape::{Statements, Values};
use super::statements::{NewEntry, new_entries};
use super::{column, execute, fetch, key, run, text};
use crate::Error;
use crate::codec::{Sent, StoredCommand, decode, decode_variables, encode, encode_variables};
use crate::read::ProcessInstanceState;
use crate::rendezvous::{Buffered, Listening, Mailbox, Start, Started, Unlocked};
use crate::rows::Address;
use crate::write::{OutboxEntry, Publication};

const DOING: &str = "matching messages";

/// Within one writing transaction.
pub(super) struct SqliteMailbox<'t> {
    pub(super) connection: &'t mut SqliteConnection,
    /// Set as soon as there may be locks.
    pub(super) locks: &'t AtomicBool,
}

impl SqliteMailbox<'_> {
    async fn rows(&mut self, text: &'static str, values: Values) -> Result<Vec<SqliteRow>, Error> {
        fetch(self.connection, text, values, DOING).await
    }

    async fn change(&mut self, text: &'static str, values: Values) -> Result<(), Error> {
        execute(self.connection, text, values, DOING).await.map(drop)
    }

    async fn starts_from(&mut self, text: &'static str, values: Values) -> Result<Vec<Start>, Error> {
        self.rows(text, values).await?.iter().map(start_of).collect()
    }
}

fn start_of(row: &SqliteRow) -> Result<Start, Error> {
    Ok(Start {
        definition: ProcessDefinitionKey(key(row, 0)?),
        element: ElementIndex(column::<u32>(row, 1)?),
        process_id: text(row, 2)?,
        tenant: text(row, 3)?,
        name: text(row, 4)?,
    })
}

fn listening_of(row: &SqliteRow) -> Result<Listening, Error> {
    Ok(Listening {
        key: SubscriptionKey(key(row, 0)?),
        instance: ProcessInstanceKey(key(row, 1)?),
        process_id: text(row, 2)?,
        interrupting: column(row, 3)?,
        address: Address { tenant: text(row, 4)?, name: text(row, 5)?, correlation_key: text(row, 6)? },
    })
}

fn address(address: &Address) -> Values {
    Values::of([address.name.clone(), address.correlation_key.clone(), address.tenant.clone()])
}

#[async_trait]
impl Mailbox for SqliteMailbox<'_> {
    async fn oldest_open(&mut self, at: &Address) -> Result<Vec<Listening>, Error> {
        let text = "SELECT min(key), instance, process_id, interrupting, tenant, name, correlation_key \
                    FROM message_subscription WHERE name = ? AND correlation_key = ? AND tenant = ? AND state = 0 \
                    AND taken IS NULL AND NOT EXISTS (SELECT 1 FROM process_instance p WHERE p.key = instance \
                    AND p.state = ?) GROUP BY process_id";
        let mut values = address(at);
        values.add(ProcessInstanceState::Suspended as i64);
        self.rows(text, values).await?.iter().map(listening_of).collect()
    }

    async fn listening(&mut self, key: SubscriptionKey) -> Result<Option<Listening>, Error> {
        let text = "SELECT key, instance, process_id, interrupting, tenant, name, correlation_key \
                    FROM message_subscription WHERE key = ? AND state = 0 AND taken IS NULL \
                    AND NOT EXISTS (SELECT 1 FROM process_instance p WHERE p.key = instance AND p.state = ?)";
        let values = Values::of([key.0 as i64, ProcessInstanceState::Suspended as i64]);
        self.rows(text, values).await?.first().map(listening_of).transpose()
    }

    async fn address_of(&mut self, key: SubscriptionKey) -> Result<Option<Address>, Error> {
        let query = "SELECT tenant, name, correlation_key FROM message_subscription WHERE key = ?";
        let rows = self.rows(query, Values::of([key.0 as i64])).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(Address { tenant: text(row, 0)?, name: text(row, 1)?, correlation_key: text(row, 2)? }))
    }

    async fn take(&mut self, key: SubscriptionKey, message: MessageKey) -> Result<(), Error> {
        let text = "UPDATE message_subscription SET taken = ? WHERE key = ?";
        self.change(text, Values::of([message.0 as i64, key.0 as i64])).await
    }

    async fn untake(&mut self, key: SubscriptionKey, message: MessageKey) -> Result<(), Error> {
        let text = "UPDATE message_subscription SET taken = NULL WHERE key = ? AND taken = ?";
        self.change(text, Values::of([key.0 as i64, message.0 as i64])).await
    }

    async fn starts(&mut self, tenant: &Arc<str>, name: &Arc<str>) -> Result<Vec<Start>, Error> {
        let text = "SELECT definition, element, process_id, tenant, name FROM start_subscription \
                    WHERE name = ? AND tenant = ? AND active = 1 ORDER BY definition, element";
        self.starts_from(text, Values::of([name.clone(), tenant.clone()])).await
    }

    async fn starts_of(&mut self, tenant: &Arc<str>, process_id: &Arc<str>) -> Result<Vec<Start>, Error> {
        let text = "SELECT definition, element, process_id, tenant, name FROM start_subscription \
                    WHERE process_id = ? AND tenant = ? AND active = 1 ORDER BY definition, element";
        self.starts_from(text, Values::of([process_id.clone(), tenant.clone()])).await
    }

    async fn started(&mut self, started: &Started) -> Result<(), Error> {
        let mut values = Values::default();
        values.add(started.message.0 as i64).add(started.start.definition.0 as i64).add(started.at.0);
        values.add(started.start.name.clone()).add(started.correlation_key.clone());
        values.add(started.start.definition.0 as i64).add(i64::from(started.start.element.0));
        values.add(started.instance.0 as i64);
        let text = "INSERT INTO correlated_message_subscription (message, subscription, time, name, correlation_key, \
                    definition, element, element_instance, instance) VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?)";
        self.change(text, values).await?;
        if started.correlation_key.is_empty() {
            return Ok(());
        }
        self.locks.store(true, Ordering::Relaxed);
        let mut values = Values::of([started.start.process_id.clone(), started.start.tenant.clone()]);
        values.add(started.correlation_key.clone()).add(started.instance.0 as i64);
        let text = "INSERT OR REPLACE INTO message_start_lock (process_id, tenant, correlation_key, instance) \
                    VALUES (?, ?, ?, ?)";
        self.change(text, values).await
    }

    async fn locked(&mut self, start: &Start, correlation_key: &Arc<str>) -> Result<bool, Error> {
        let text =
            "SELECT 1 FROM message_start_lock WHERE process_id = ? AND tenant = ? AND correlation_key = ?";
        let values = [start.process_id.clone(), start.tenant.clone(), correlation_key.clone()];
        Ok(!self.rows(text, Values::of(values)).await?.is_empty())
    }

    async fn unlock(&mut self, ended: &[ProcessInstanceKey]) -> Result<Vec<Unlocked>, Error> {
        if ended.is_empty() {
            return Ok(Vec::new());
        }
        let query = "DELETE FROM message_start_lock WHERE instance IN (SELECT value FROM json_each(?)) \
                     RETURNING tenant, process_id, correlation_key";
        let keys = super::commit::numbers(ended.iter().map(|key| &key.0));
        let rows = self.rows(query, Values::of([keys])).await?;
        let unlocked = rows.iter().map(|row| {
            Ok(Unlocked { tenant: text(row, 0)?, process_id: text(row, 1)?, correlation_key: text(row, 2)? })
        });
        let mut unlocked = unlocked.collect::<Result<Vec<_>, Error>>()?;
        unlocked
            .sort_by(|a, b| (&a.process_id, &a.correlation_key).cmp(&(&b.process_id, &b.correlation_key)));
        Ok(unlocked)
    }

    async fn lives(&mut self, at: &Address, id: &Arc<str>, now: Timestamp) -> Result<bool, Error> {
        let text = "SELECT 1 FROM message WHERE name = ? AND correlation_key = ? AND tenant = ? AND message_id = ? \
                    AND expires > ? LIMIT 1";
        let mut values = address(at);
        values.add(id.clone()).add(now.0);
        Ok(!self.rows(text, values).await?.is_empty())
    }

    async fn keep(&mut self, message: &Publication) -> Result<(), Error> {
        let mut values = Values::default();
        values.add(message.key.0 as i64).add(message.tenant.clone()).add(message.name.clone());
        values.add(message.correlation_key.clone()).add(message.message_id.clone()).add(message.expires_at.0);
        values.add(encode_variables(&message.variables)?);
        let text = "INSERT INTO message (key, tenant, name, correlation_key, message_id, expires, variables) \
                    VALUES (?, ?, ?, ?, ?, ?, ?)";
        self.change(text, values).await
    }

    async fn first_kept(
        &mut self,
        at: &Address,
        process_id: &Arc<str>,
        now: Timestamp,
    ) -> Result<Option<Buffered>, Error> {
        let text = "SELECT key, variables FROM message m WHERE name = ? AND correlation_key = ? AND tenant = ? \
                    AND expires > ? AND NOT EXISTS (SELECT 1 FROM message_counted c WHERE c.message = m.key \
                    AND c.process_id = ?) ORDER BY key LIMIT 1";
        let mut values = address(at);
        values.add(now.0).add(process_id.clone());
        let rows = self.rows(text, values).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let variables = decode_variables(column::<&[u8]>(row, 1)?)?;
        Ok(Some(Buffered { key: MessageKey(key(row, 0)?), variables }))
    }

    async fn count(&mut self, message: MessageKey, process_id: &Arc<str>) -> Result<(), Error> {
        let mut values = Values::of([message.0 as i64]);
        values.add(process_id.clone());
        self.change("INSERT OR IGNORE INTO message_counted (message, process_id) VALUES (?, ?)", values).await
    }

    async fn uncount(&mut self, message: MessageKey, process_id: &Arc<str>) -> Result<(), Error> {
        let mut values = Values::of([message.0 as i64]);
        values.add(process_id.clone());
        self.change("DELETE FROM message_counted WHERE message = ? AND process_id = ?", values).await
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
        new_entries(&mut statements, vec![entry]);
        for statement in statements.0 {
            run(self.connection, statement, DOING).await?;
        }
        Ok(())
    }

    async fn withdraw(&mut self, entry: u64) -> Result<Option<StoredCommand>, Error> {
        let text = "DELETE FROM outbox WHERE key = ? RETURNING command";
        let rows = self.rows(text, Values::of([entry as i64])).await?;
        rows.first().map(|row| decode(column::<&[u8]>(row, 0)?, "an outbox entry")).transpose()
    }
}
