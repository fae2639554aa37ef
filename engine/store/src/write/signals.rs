//! Signals: how one gets into the store, and how it is spread from there in slices.
//!
//! A broadcast is written in one transaction with a mark up to which subscriptions were open then, and with the start
//! events of newest versions that wait for its name. From there the runtime takes it slice by slice: it delivers the
//! subscriptions of a slice, and moves the cursor when they are through. After a crash a slice may come again; the
//! instances refuse what they have.

use std::sync::Arc;

use hosk_core::{ProcessDefinitionKey, ProcessInstanceKey, SignalKey, SubscriptionKey, Variables};
use hosk_model::ElementIndex;

use super::Claim;

/// A signal to broadcast.
#[derive(Clone, Debug)]
pub struct Broadcast {
    /// Its key.
    pub key: SignalKey,
    /// Tenant.
    pub tenant: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Variables.
    pub variables: Variables,
    /// For a signal that an instance threw: the outbox entry that carries it, removed with the broadcast. When it is
    /// gone already the signal was broadcast before, and nothing happens.
    pub entry: Option<u64>,
}

/// A piece of a broadcast that is under way.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalSlice {
    /// The signal.
    pub signal: SignalKey,
    /// What it brings.
    pub variables: Variables,
    /// Start events it has not begun an instance at yet.
    pub starts: Vec<SignalStart>,
    /// Subscriptions that were open when it was broadcast and still are, oldest first.
    pub subscriptions: Vec<(ProcessInstanceKey, SubscriptionKey)>,
    /// Where the cursor is when these subscriptions are through.
    pub cursor: u64,
    /// Whether no subscription comes after these.
    pub last: bool,
}

/// A signal start event of a newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalStart {
    /// The version.
    pub definition: ProcessDefinitionKey,
    /// The start event.
    pub element: ElementIndex,
    /// Tenant.
    pub tenant: Arc<str>,
}

/// A signal begins an instance.
#[derive(Clone, Debug)]
pub struct StartedBySignal {
    /// The signal.
    pub signal: SignalKey,
    /// Where.
    pub start: SignalStart,
    /// What it brings.
    pub variables: Variables,
    /// The key the instance gets.
    pub instance: ProcessInstanceKey,
    /// The key of the outbox entry.
    pub entry: u64,
    /// Who carries it.
    pub claim: Claim,
}
