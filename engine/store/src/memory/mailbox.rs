//! The meeting place of messages and subscriptions, in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::{MessageKey, ProcessInstanceKey, SubscriptionKey, Timestamp};

use super::tables::{CorrelatedRow, Entry, Message, Tables};
use crate::Error;
use crate::codec::{Sent, StoredCommand};
use crate::read::MessageSubscriptionState;
use crate::rendezvous::{Buffered, Listening, Mailbox, Start, Started, Unlocked};
use crate::rows::{Address, SubscriptionRow};
use crate::write::{OutboxEntry, Publication};

impl Tables {
    fn active_starts(&self) -> impl Iterator<Item = &Start> {
        self.starts.iter().filter(|(_, active)| *active).map(|(start, _)| start)
    }
}

fn open(row: &SubscriptionRow) -> Option<Listening> {
    let open = row.state == MessageSubscriptionState::Created && row.taken.is_none();
    open.then(|| Listening {
        key: row.key,
        instance: row.instance,
        process_id: row.process_id.clone(),
        address: address(row),
        interrupting: row.interrupting,
    })
}

fn address(row: &SubscriptionRow) -> Address {
    Address {
        tenant: row.tenant.clone(),
        name: row.name.clone(),
        correlation_key: row.correlation_key.clone(),
    }
}

#[async_trait]
impl Mailbox for Tables {
    async fn oldest_open(&mut self, at: &Address) -> Result<Vec<Listening>, Error> {
        let mut oldest: BTreeMap<Arc<str>, Listening> = BTreeMap::new();
        for row in self.subscriptions.values() {
            if address(row) == *at
                && !self.is_suspended(row.instance)
                && let Some(open) = open(row)
            {
                oldest.entry(open.process_id.clone()).or_insert(open);
            }
        }
        Ok(oldest.into_values().collect())
    }

    async fn listening(&mut self, key: SubscriptionKey) -> Result<Option<Listening>, Error> {
        let row = self.subscriptions.get(&key.0).filter(|row| !self.is_suspended(row.instance));
        Ok(row.and_then(open))
    }

    async fn address_of(&mut self, key: SubscriptionKey) -> Result<Option<Address>, Error> {
        Ok(self.subscriptions.get(&key.0).map(address))
    }

    async fn take(&mut self, key: SubscriptionKey, message: MessageKey) -> Result<(), Error> {
        if let Some(row) = self.subscriptions.get_mut(&key.0) {
            row.taken = Some(message);
        }
        Ok(())
    }

    async fn untake(&mut self, key: SubscriptionKey, message: MessageKey) -> Result<(), Error> {
        if let Some(row) = self.subscriptions.get_mut(&key.0).filter(|row| row.taken == Some(message)) {
            row.taken = None;
        }
        Ok(())
    }

    async fn starts(&mut self, tenant: &Arc<str>, name: &Arc<str>) -> Result<Vec<Start>, Error> {
        Ok(self
            .active_starts()
            .filter(|start| start.name == *name && start.tenant == *tenant)
            .cloned()
            .collect())
    }

    async fn starts_of(&mut self, tenant: &Arc<str>, process_id: &Arc<str>) -> Result<Vec<Start>, Error> {
        let of = |start: &&Start| start.process_id == *process_id && start.tenant == *tenant;
        Ok(self.active_starts().filter(of).cloned().collect())
    }

    async fn started(&mut self, started: &Started) -> Result<(), Error> {
        let Started { start, message, correlation_key, instance, at } = started;
        self.correlated.push(CorrelatedRow {
            message: *message,
            subscription: SubscriptionKey(start.definition.0),
            time: *at,
            name: start.name.clone(),
            correlation_key: correlation_key.clone(),
            definition: start.definition.0,
            element: i64::from(start.element.0),
            element_instance: None,
            instance: *instance,
        });
        if !correlation_key.is_empty() {
            let lock = (start.process_id.clone(), start.tenant.clone(), correlation_key.clone());
            self.locks.insert(lock, *instance);
        }
        Ok(())
    }

    async fn locked(&mut self, start: &Start, correlation_key: &Arc<str>) -> Result<bool, Error> {
        let lock = (start.process_id.clone(), start.tenant.clone(), correlation_key.clone());
        Ok(self.locks.contains_key(&lock))
    }

    async fn unlock(&mut self, ended: &[ProcessInstanceKey]) -> Result<Vec<Unlocked>, Error> {
        let mut unlocked = Vec::new();
        self.locks.retain(|(process_id, tenant, correlation_key), instance| {
            let gone = ended.contains(instance);
            if gone {
                unlocked.push(Unlocked {
                    tenant: tenant.clone(),
                    process_id: process_id.clone(),
                    correlation_key: correlation_key.clone(),
                });
            }
            !gone
        });
        unlocked
            .sort_by(|a, b| (&a.process_id, &a.correlation_key).cmp(&(&b.process_id, &b.correlation_key)));
        Ok(unlocked)
    }

    async fn lives(&mut self, at: &Address, id: &Arc<str>, now: Timestamp) -> Result<bool, Error> {
        let same = |message: &Message| {
            message.address == *at && message.id.as_ref() == Some(id) && message.expires > now
        };
        Ok(self.messages.values().any(same))
    }

    async fn keep(&mut self, message: &Publication) -> Result<(), Error> {
        let kept = Message {
            address: Address {
                tenant: message.tenant.clone(),
                name: message.name.clone(),
                correlation_key: message.correlation_key.clone(),
            },
            id: message.message_id.clone(),
            expires: message.expires_at,
            variables: message.variables.clone(),
        };
        self.messages.insert(message.key.0, kept);
        Ok(())
    }

    async fn first_kept(
        &mut self,
        at: &Address,
        process_id: &Arc<str>,
        now: Timestamp,
    ) -> Result<Option<Buffered>, Error> {
        let waits = |(key, message): &(&u64, &Message)| {
            message.address == *at
                && message.expires > now
                && !self.counted.contains(&(MessageKey(**key), process_id.clone()))
        };
        let first = self.messages.iter().find(waits);
        Ok(first
            .map(|(key, message)| Buffered { key: MessageKey(*key), variables: message.variables.clone() }))
    }

    async fn count(&mut self, message: MessageKey, process_id: &Arc<str>) -> Result<(), Error> {
        self.counted.insert((message, process_id.clone()));
        Ok(())
    }

    async fn uncount(&mut self, message: MessageKey, process_id: &Arc<str>) -> Result<(), Error> {
        self.counted.remove(&(message, process_id.clone()));
        Ok(())
    }

    async fn send(&mut self, entry: &OutboxEntry, sent: &Sent) -> Result<(), Error> {
        let stored = Entry {
            source: entry.source,
            target: entry.target,
            correlated_process: entry.correlated_process.clone(),
            command: sent.command.clone(),
            owner: self.carrier.owner,
            until: self.carrier.until,
        };
        self.outbox.insert(entry.key, stored);
        Ok(())
    }

    async fn withdraw(&mut self, entry: u64) -> Result<Option<StoredCommand>, Error> {
        Ok(self.outbox.remove(&entry).map(|entry| entry.command))
    }
}
