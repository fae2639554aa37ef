//! Signals from outside.

use std::sync::Arc;

use hosk_core::{SignalKey, Variables};

/// A signal to broadcast.
#[derive(Clone, Debug)]
pub struct Signal {
    /// Tenant.
    pub tenant: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Variables.
    pub variables: Variables,
}

/// A signal was taken; durable. It reaches everybody who waits for it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BroadcastSignal {
    /// Its key.
    pub key: SignalKey,
}
