//! Messages meet subscriptions. Publishing and opening happen inside the store's one writing transaction and each
//! looks for the other there, so no message falls between "published" and "subscribed".
//!
//! A message counts once per process id: for the oldest open subscription, else for a start event of the newest
//! version. An interrupting subscription takes one message, another one takes each. With a correlation key a message
//! start event has one running instance per key; the next message waits for its end.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::{
    MessageKey, ProcessDefinitionKey, ProcessInstanceKey, SubscriptionKey, Timestamp, Variables,
};
use hosk_model::ElementIndex;

use crate::Error;
use crate::codec::{Sent, StoredCommand};
use crate::rows::Address;
use crate::write::{KeyRange, OutboxEntry, Publication, Published, ReturnedCorrelation};

/// An open subscription that can take a message.
#[derive(Clone, Debug)]
pub(crate) struct Listening {
    pub(crate) key: SubscriptionKey,
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) process_id: Arc<str>,
    pub(crate) address: Address,
    pub(crate) interrupting: bool,
}

/// An active message start event.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) definition: ProcessDefinitionKey,
    pub(crate) element: ElementIndex,
    pub(crate) process_id: Arc<str>,
    pub(crate) tenant: Arc<str>,
    pub(crate) name: Arc<str>,
}

/// A message that lives.
#[derive(Clone, Debug)]
pub(crate) struct Buffered {
    pub(crate) key: MessageKey,
    pub(crate) variables: Variables,
}

/// An instance that a message starts.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    pub(crate) start: Start,
    pub(crate) message: MessageKey,
    pub(crate) correlation_key: Arc<str>,
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) at: Timestamp,
}

/// What the rendezvous needs of a store inside its transaction.
#[async_trait]
pub(crate) trait Mailbox: Send {
    /// The oldest open, untaken subscription per process id.
    async fn oldest_open(&mut self, address: &Address) -> Result<Vec<Listening>, Error>;
    /// A subscription while it is open and untaken.
    async fn listening(&mut self, key: SubscriptionKey) -> Result<Option<Listening>, Error>;
    /// The address of a subscription, open or closed.
    async fn address_of(&mut self, key: SubscriptionKey) -> Result<Option<Address>, Error>;
    /// Marks an interrupting subscription: this message is on its way to it.
    async fn take(&mut self, key: SubscriptionKey, message: MessageKey) -> Result<(), Error>;
    /// Takes the mark back.
    async fn untake(&mut self, key: SubscriptionKey, message: MessageKey) -> Result<(), Error>;
    /// Active start events for a message name.
    async fn starts(&mut self, tenant: &Arc<str>, name: &Arc<str>) -> Result<Vec<Start>, Error>;
    /// Active start events of a process id.
    async fn starts_of(&mut self, tenant: &Arc<str>, process_id: &Arc<str>) -> Result<Vec<Start>, Error>;
    /// Notes a started instance; locks its correlation key unless that is empty.
    async fn started(&mut self, started: &Started) -> Result<(), Error>;
    /// Whether an instance started with this correlation key runs.
    async fn locked(&mut self, start: &Start, correlation_key: &Arc<str>) -> Result<bool, Error>;
    /// Removes the locks of instances that ended: process ids and addresses (without names).
    async fn unlock(&mut self, ended: &[ProcessInstanceKey]) -> Result<Vec<Unlocked>, Error>;
    /// Whether a message with this id lives.
    async fn lives(&mut self, address: &Address, id: &Arc<str>, now: Timestamp) -> Result<bool, Error>;
    /// Keeps a message.
    async fn keep(&mut self, message: &Publication) -> Result<(), Error>;
    /// The oldest living message that did not count for a process id yet.
    async fn first_kept(
        &mut self,
        address: &Address,
        process_id: &Arc<str>,
        now: Timestamp,
    ) -> Result<Option<Buffered>, Error>;
    /// Notes that a message counted for a process id.
    async fn count(&mut self, message: MessageKey, process_id: &Arc<str>) -> Result<(), Error>;
    /// It did not count after all.
    async fn uncount(&mut self, message: MessageKey, process_id: &Arc<str>) -> Result<(), Error>;
    /// Writes an outbox entry.
    async fn send(&mut self, entry: &OutboxEntry, sent: &Sent) -> Result<(), Error>;
    /// Removes an outbox entry and gives what it carried; `None` when it is gone.
    async fn withdraw(&mut self, entry: u64) -> Result<Option<StoredCommand>, Error>;
}

/// A correlation key that is free again.
#[derive(Clone, Debug)]
pub(crate) struct Unlocked {
    pub(crate) tenant: Arc<str>,
    pub(crate) process_id: Arc<str>,
    pub(crate) correlation_key: Arc<str>,
}

/// One transaction's meeting place: entries it creates are collected for the answer.
pub(crate) struct Rendezvous<'a, M> {
    pub(crate) mailbox: &'a mut M,
    pub(crate) now: Timestamp,
    pub(crate) outbox: Vec<OutboxEntry>,
}

/// A message on its way to be matched.
struct Letter<'a> {
    key: MessageKey,
    address: &'a Address,
    variables: &'a Variables,
}

impl<M: Mailbox> Rendezvous<'_, M> {
    /// Publishes a message.
    pub(crate) async fn publish(&mut self, message: &Publication) -> Result<Published, Error> {
        // An instance threw it: whoever removes the entry publishes it, so it is published once.
        if let Some(entry) = message.entry
            && self.mailbox.withdraw(entry).await?.is_none()
        {
            return Ok(Published::Accepted { entries: Vec::new() });
        }
        let address = Address {
            tenant: message.tenant.clone(),
            name: message.name.clone(),
            correlation_key: message.correlation_key.clone(),
        };
        if let Some(id) = &message.message_id
            && self.mailbox.lives(&address, id, self.now).await?
        {
            return Ok(Published::Duplicate);
        }
        let mut keys = message.keys;
        let from = self.outbox.len();
        let mut counted = BTreeSet::new();
        let letter = Letter { key: message.key, address: &address, variables: &message.variables };
        for open in self.mailbox.oldest_open(&address).await? {
            self.correlate(&open, &letter, &mut keys).await?;
            counted.insert(open.process_id);
        }
        for start in self.mailbox.starts(&address.tenant, &address.name).await? {
            if !counted.contains(&start.process_id) && self.start(&start, &letter, &mut keys).await? {
                counted.insert(start.process_id);
            }
        }
        if message.expires_at > self.now {
            self.mailbox.keep(message).await?;
            for process_id in &counted {
                self.mailbox.count(message.key, process_id).await?;
            }
        }
        Ok(Published::Accepted { entries: self.outbox[from..].iter().map(|entry| entry.key).collect() })
    }

    /// A subscription opened, or stays open after a message: the oldest message that waits for it.
    pub(crate) async fn listen(&mut self, key: SubscriptionKey, keys: &mut KeyRange) -> Result<(), Error> {
        let Some(open) = self.mailbox.listening(key).await? else { return Ok(()) };
        let kept = self.mailbox.first_kept(&open.address, &open.process_id, self.now).await?;
        let Some(kept) = kept else { return Ok(()) };
        let letter = Letter { key: kept.key, address: &open.address, variables: &kept.variables };
        self.correlate(&open, &letter, keys).await?;
        self.mailbox.count(kept.key, &open.process_id).await
    }

    /// A correlation was refused: the next one that waits gets it, or it waits on. `false` when its entry is gone: it was
    /// delivered or given back before, and nothing happens.
    pub(crate) async fn give_back(&mut self, returned: &ReturnedCorrelation) -> Result<bool, Error> {
        let Some(command) = self.mailbox.withdraw(returned.entry).await? else { return Ok(false) };
        self.pass_on(returned, command).await?;
        Ok(true)
    }

    async fn pass_on(&mut self, returned: &ReturnedCorrelation, command: StoredCommand) -> Result<(), Error> {
        let StoredCommand::Correlate { variables, .. } = command else { return Ok(()) };
        self.mailbox.untake(returned.subscription, returned.message).await?;
        let Some(address) = self.mailbox.address_of(returned.subscription).await? else { return Ok(()) };
        let mut keys = returned.keys;
        let letter = Letter { key: returned.message, address: &address, variables: &variables };
        let open = self.mailbox.oldest_open(&address).await?;
        let next = open
            .into_iter()
            .find(|open| open.process_id == returned.process_id && open.key != returned.subscription);
        if let Some(open) = next {
            return self.correlate(&open, &letter, &mut keys).await;
        }
        for start in self.mailbox.starts(&address.tenant, &address.name).await? {
            if start.process_id == returned.process_id && self.start(&start, &letter, &mut keys).await? {
                return Ok(());
            }
        }
        self.mailbox.uncount(returned.message, &returned.process_id).await
    }

    /// Instances ended: their correlation keys are free for the next message.
    pub(crate) async fn ended(
        &mut self,
        instances: &[ProcessInstanceKey],
        keys: &mut KeyRange,
    ) -> Result<(), Error> {
        for free in self.mailbox.unlock(instances).await? {
            let mut oldest: Option<(Start, Address, Buffered)> = None;
            for start in self.mailbox.starts_of(&free.tenant, &free.process_id).await? {
                let address = Address {
                    tenant: free.tenant.clone(),
                    name: start.name.clone(),
                    correlation_key: free.correlation_key.clone(),
                };
                let kept = self.mailbox.first_kept(&address, &free.process_id, self.now).await?;
                if let Some(kept) = kept
                    && oldest.as_ref().is_none_or(|(_, _, other)| kept.key < other.key)
                {
                    oldest = Some((start, address, kept));
                }
            }
            if let Some((start, address, kept)) = oldest {
                let letter = Letter { key: kept.key, address: &address, variables: &kept.variables };
                if self.start(&start, &letter, keys).await? {
                    self.mailbox.count(kept.key, &free.process_id).await?;
                }
            }
        }
        Ok(())
    }

    async fn correlate(
        &mut self,
        open: &Listening,
        letter: &Letter<'_>,
        keys: &mut KeyRange,
    ) -> Result<(), Error> {
        if open.interrupting {
            self.mailbox.take(open.key, letter.key).await?;
        }
        let command = StoredCommand::Correlate {
            subscription: open.key,
            message: letter.key,
            variables: letter.variables.clone(),
        };
        let sent = Sent { target: open.instance, command };
        self.send(sent, &open.process_id, keys).await
    }

    /// Starts an instance unless its correlation key is locked.
    async fn start(
        &mut self,
        start: &Start,
        letter: &Letter<'_>,
        keys: &mut KeyRange,
    ) -> Result<bool, Error> {
        let correlation_key = &letter.address.correlation_key;
        if !correlation_key.is_empty() && self.mailbox.locked(start, correlation_key).await? {
            return Ok(false);
        }
        let instance = ProcessInstanceKey(keys.draw()?);
        let command = StoredCommand::Create {
            definition: start.definition,
            variables: letter.variables.clone(),
            start_event: Some(start.element),
            parent: None,
            message: Some(letter.key),
            business_id: None,
            tenant: start.tenant.clone(),
            conversation: (!correlation_key.is_empty()).then(|| correlation_key.clone()),
        };
        self.send(Sent { target: instance, command }, &start.process_id, keys).await?;
        let started = Started {
            start: start.clone(),
            message: letter.key,
            correlation_key: correlation_key.clone(),
            instance,
            at: self.now,
        };
        self.mailbox.started(&started).await?;
        Ok(true)
    }

    async fn send(&mut self, sent: Sent, process_id: &Arc<str>, keys: &mut KeyRange) -> Result<(), Error> {
        let entry = OutboxEntry {
            key: keys.draw()?,
            source: None,
            target: sent.target,
            carries: sent.command.clone().into_carried(sent.target),
            correlated_process: Some(process_id.clone()),
        };
        self.mailbox.send(&entry, &sent).await?;
        self.outbox.push(entry);
        Ok(())
    }
}

impl KeyRange {
    /// The next key.
    pub(crate) fn draw(&mut self) -> Result<u64, Error> {
        let Some(left) = self.count.checked_sub(1) else {
            return Err(Error::Invalid { what: "fewer keys were reserved than this batch needs".into() });
        };
        let key = self.first;
        (self.first, self.count) = (key + 1, left);
        Ok(key)
    }
}
