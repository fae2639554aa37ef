//! Signals in the world of the stories: to everybody who waits for them.

use hosk_core::*;

use super::{World, variables};

impl World {
    /// Broadcasts a signal to everybody who waits for it; how many took it.
    pub(crate) fn signal(&mut self, name: &str, json: &str) -> usize {
        let signal = SignalKey(self.keys.next());
        let awaiting = self.awaiting(name);
        for (instance, subscription) in &awaiting {
            let subscription = *subscription;
            if self.instances[instance].signal_subscription(subscription).is_none() {
                continue;
            }
            let command = Command::ReceiveSignal { subscription, signal, variables: variables(json) };
            self.command_to(*instance, command).expect("received");
        }
        awaiting.len()
    }

    /// Gives a thrown signal to everybody who waits for it.
    pub(super) fn spread(&mut self, thrown: &SignalThrown) {
        for (instance, subscription) in self.awaiting(&thrown.name) {
            // Who took it before may have stopped what waited for it.
            if self.instances[&instance].signal_subscription(subscription).is_none() {
                continue;
            }
            let (signal, variables) = (thrown.key, thrown.variables.clone());
            self.step(instance, &Command::ReceiveSignal { subscription, signal, variables })
                .expect("received");
        }
    }

    fn awaiting(&self, name: &str) -> Vec<(ProcessInstanceKey, SubscriptionKey)> {
        let open = self.instances.iter().flat_map(|(key, state)| {
            let waits = state.signal_subscriptions().filter(|s| *s.signal_name == *name);
            waits.map(|s| (*key, s.key))
        });
        open.collect()
    }
}
