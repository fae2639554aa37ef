//! Writing down which signals are waited for, and which came.

use super::on;
use crate::event::SignalEvent;
use crate::keys::{SignalKey, SubscriptionKey};
use crate::limits::MESSAGES_REMEMBERED;
use crate::state::InstanceState;
use crate::state::work_items::SignalSubscription;

pub(super) fn signal(state: &mut InstanceState, event: &SignalEvent) {
    match event {
        SignalEvent::Opened { key, element_instance, target, signal_name, interrupting } => {
            on(state, *element_instance, |i| i.signals.push(*key));
            let subscription = SignalSubscription {
                key: *key,
                element_instance: *element_instance,
                target: *target,
                signal_name: signal_name.clone(),
                interrupting: *interrupting,
                received: Vec::new(),
            };
            state.signals.insert(*key, subscription);
        }
        SignalEvent::Received { key, closes: true, .. } | SignalEvent::Closed { key } => closed(state, *key),
        SignalEvent::Received { key, signal, closes: false } => received(state, *key, *signal),
        // Said for the world.
        SignalEvent::Thrown(_) => {}
    }
}

fn received(state: &mut InstanceState, key: SubscriptionKey, signal: SignalKey) {
    let Some(subscription) = state.signals.get_mut(&key) else { return };
    subscription.received.push(signal);
    if subscription.received.len() > MESSAGES_REMEMBERED {
        subscription.received.remove(0);
    }
}

fn closed(state: &mut InstanceState, key: SubscriptionKey) {
    if let Some(subscription) = state.signals.remove(&key) {
        on(state, subscription.element_instance, |i| i.signals.retain(|k| *k != key));
    }
}
