//! Messages from outside: published, or correlated now with an answer.

use std::sync::Arc;
use std::time::Duration;

use hosk_core::{MessageKey, MessageThrown, ProcessInstanceKey};
use hosk_store::Publication;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

use crate::inner::Inner;
use crate::lane::Delivery;
use crate::limits::KEYS_PER_MESSAGE;
use crate::{Correlated, Error, Message, PublishedMessage};

/// Who waits for a publication.
pub(crate) struct PublicationTicket {
    key: MessageKey,
    name: Arc<str>,
    correlation_key: Arc<str>,
    message_id: Option<Arc<str>>,
    reply: Reply,
}

enum Reply {
    Published(oneshot::Sender<Result<PublishedMessage, Error>>),
    Correlated(oneshot::Sender<Result<Correlated, Error>>),
    /// Nobody: an instance threw the message. Its entry needs nothing more.
    Thrown(Delivery),
}

impl PublicationTicket {
    /// A living message has the same id.
    pub(crate) fn duplicate(self, inner: &Inner) {
        let message_id = self.message_id.unwrap_or_else(|| "".into());
        let error = Error::MessageExists { name: self.name, message_id };
        self.reply.fail(inner, error);
    }

    /// It was taken, and goes to so many instances.
    pub(crate) fn accepted(self, inner: &Inner, entries: usize) {
        match self.reply {
            Reply::Published(reply) => {
                let _ = reply.send(Ok(PublishedMessage { key: self.key }));
            }
            Reply::Correlated(reply) => {
                let nothing =
                    Error::NothingCorrelated { name: self.name, correlation_key: self.correlation_key };
                inner.correlations.wait(self.key, Pending { reply, nothing, open: entries });
            }
            Reply::Thrown(delivery) => inner.delivery_done(&delivery),
        }
    }

    /// It was not stored, or may not have been.
    pub(crate) fn fail(self, inner: &Inner, error: Error) {
        if matches!(self.reply, Reply::Thrown(_)) {
            inner.outbox.spill();
        }
        self.reply.fail(inner, error);
    }
}

impl Reply {
    fn fail(self, inner: &Inner, error: Error) {
        match self {
            Self::Published(reply) => {
                let _ = reply.send(Err(error));
            }
            Self::Correlated(reply) => {
                let _ = reply.send(Err(error));
            }
            Self::Thrown(delivery) => inner.delivery_done(&delivery),
        }
    }
}

/// Who waits to hear which instance took a message.
#[derive(Default)]
pub(crate) struct Correlations {
    pending: Mutex<FxHashMap<MessageKey, Pending>>,
}

struct Pending {
    reply: oneshot::Sender<Result<Correlated, Error>>,
    nothing: Error,
    /// Deliveries under way.
    open: usize,
}

impl Correlations {
    fn wait(&self, message: MessageKey, pending: Pending) {
        if pending.open == 0 {
            let _ = pending.reply.send(Err(pending.nothing));
            return;
        }
        self.pending.lock().insert(message, pending);
    }

    /// An instance took the message.
    pub(crate) fn delivered(&self, message: MessageKey, instance: ProcessInstanceKey) {
        if let Some(pending) = self.pending.lock().remove(&message) {
            let _ = pending.reply.send(Ok(Correlated { message, instance }));
        }
    }

    /// The message was delivered before, by another node or in a commit without an answer: what became of it is not known
    /// here.
    pub(crate) fn unknown(&self, message: MessageKey) {
        if let Some(pending) = self.pending.lock().remove(&message) {
            let _ = pending.reply.send(Err(Error::FateUnknown));
        }
    }

    /// An instance did not take the message; it goes to so many others instead.
    pub(crate) fn returned(&self, message: MessageKey, entries: usize) {
        let mut all = self.pending.lock();
        let Some(pending) = all.get_mut(&message) else { return };
        pending.open = (pending.open + entries).saturating_sub(1);
        if pending.open == 0
            && let Some(pending) = all.remove(&message)
        {
            let _ = pending.reply.send(Err(pending.nothing));
        }
    }
}

impl Inner {
    /// Publishes a message; durable when it returns.
    pub(crate) async fn publish(&self, message: Message) -> Result<PublishedMessage, Error> {
        let (reply, answer) = oneshot::channel();
        let time_to_live = message.time_to_live;
        self.send_message(message, time_to_live, Reply::Published(reply))?;
        answer.await.map_err(|_| Error::ShuttingDown)?
    }

    /// Correlates a message now.
    pub(crate) async fn correlate(&self, message: Message) -> Result<Correlated, Error> {
        let (reply, answer) = oneshot::channel();
        self.send_message(message, Duration::ZERO, Reply::Correlated(reply))?;
        answer.await.map_err(|_| Error::ShuttingDown)?
    }

    fn send_message(&self, message: Message, time_to_live: Duration, reply: Reply) -> Result<(), Error> {
        self.accepting()?;
        self.keys.advance(self.clock.wall());
        let key = MessageKey(self.keys.draw());
        let publication = Publication {
            key,
            tenant: message.tenant,
            name: message.name.clone(),
            correlation_key: message.correlation_key.clone(),
            message_id: message.message_id.clone(),
            expires_at: self.in_time(time_to_live),
            variables: message.variables,
            keys: self.keys.range(KEYS_PER_MESSAGE),
            entry: None,
        };
        let ticket = PublicationTicket {
            key,
            name: message.name,
            correlation_key: message.correlation_key,
            message_id: message.message_id,
            reply,
        };
        self.drafts.of_message(&publication).publish(publication, ticket, Room::Limited)
    }

    /// Publishes what an instance threw, together with the end of the entry that carried it.
    pub(crate) fn publish_thrown(
        &self,
        message: MessageThrown,
        delivery: Delivery,
        room: Room,
    ) -> Result<(), Error> {
        self.keys.advance(self.clock.wall());
        let MessageThrown { key, name, correlation_key, message_id, expires_at, variables, tenant, .. } =
            message;
        let publication = Publication {
            key,
            tenant,
            name: name.clone(),
            correlation_key: correlation_key.clone(),
            message_id: message_id.clone(),
            expires_at,
            variables,
            keys: self.keys.range(KEYS_PER_MESSAGE),
            entry: Some(delivery.entry),
        };
        let reply = Reply::Thrown(delivery);
        let ticket = PublicationTicket { key, name, correlation_key, message_id, reply };
        self.drafts.of_message(&publication).publish(publication, ticket, room)
    }
}

/// Whether a batch may be too full for a thrown message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// It waits in the outbox then.
    Limited,
    /// It comes from the outbox, which is read in pages.
    Kept,
}
