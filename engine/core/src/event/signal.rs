//! Signals in the history. The rules of the durable format hold here as well.

use std::sync::Arc;

use hosk_model::ElementIndex;
use serde::{Deserialize, Serialize};

use crate::command::Variables;
use crate::keys::{ElementInstanceKey, SignalKey, SubscriptionKey};

/// What happened with signals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SignalEvent {
    /// A signal is waited for.
    Opened {
        /// The subscription's key.
        key: SubscriptionKey,
        /// The element instance it belongs to.
        element_instance: ElementInstanceKey,
        /// The catch event it triggers.
        target: ElementIndex,
        /// Signal name.
        signal_name: Arc<str>,
        /// Whether the first signal closes it.
        interrupting: bool,
    },
    /// A signal arrived.
    Received {
        /// The subscription.
        key: SubscriptionKey,
        /// The signal.
        signal: SignalKey,
        /// Whether the subscription is closed by it.
        closes: bool,
    },
    /// A signal is not waited for any more.
    Closed {
        /// The subscription.
        key: SubscriptionKey,
    },
    /// A signal is broadcast.
    Thrown(Box<SignalThrown>),
}

/// A signal that an element of the instance broadcasts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalThrown {
    /// Its key.
    pub key: SignalKey,
    /// Who broadcasts it.
    pub element_instance: ElementInstanceKey,
    /// Name.
    pub name: Arc<str>,
    /// What it brings.
    pub variables: Variables,
    /// Tenant.
    pub tenant: Arc<str>,
}
