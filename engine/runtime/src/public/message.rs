//! Messages from outside.

use std::sync::Arc;
use std::time::Duration;

use hosk_core::{MessageKey, ProcessInstanceKey, Variables};

/// A message to publish or correlate.
#[derive(Clone, Debug)]
pub struct Message {
    /// Tenant.
    pub tenant: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Correlation key; may be empty for message start events.
    pub correlation_key: Arc<str>,
    /// How long it is kept for subscribers to come; zero: now or never. Not used by `correlate`.
    pub time_to_live: Duration,
    /// Deduplicates while the message lives.
    pub message_id: Option<Arc<str>>,
    /// Variables.
    pub variables: Variables,
}

/// A message was taken; durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedMessage {
    /// Its key.
    pub key: MessageKey,
}

/// A message has reached an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Correlated {
    /// The message.
    pub message: MessageKey,
    /// The instance that took it first.
    pub instance: ProcessInstanceKey,
}
