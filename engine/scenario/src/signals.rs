//! Signals: to every subscription that is open when they are broadcast, and to the start events of newest versions.

use std::sync::Arc;

use hosk_core::{
    Command, DeployedProcess, InstanceState, ProcessInstanceKey, SignalKey, SubscriptionKey, Variables,
};
use hosk_model::{Dynamic, ElementIndex, Start};

use crate::world::{Refusal, World, creation};

impl World {
    /// Broadcasts a signal; whether anything took it.
    pub(crate) fn broadcast(&mut self, name: &str, variables: &Variables) -> Result<bool, Refusal> {
        let signal = SignalKey(self.next_key());
        let taken = self.spread(signal, name, variables)?;
        self.drain()?;
        Ok(taken)
    }

    /// What took a signal meanwhile, or is over, refuses it: as in production that is no matter.
    pub(crate) fn spread(
        &mut self,
        signal: SignalKey,
        name: &str,
        variables: &Variables,
    ) -> Result<bool, Refusal> {
        let mut taken = false;
        for (subscription, instance) in self.awaiting(name) {
            let command = Command::ReceiveSignal { subscription, signal, variables: variables.clone() };
            match self.deliver(instance, &command) {
                Ok(()) => taken = true,
                Err(Refusal::Rejected(_)) => {}
                Err(broken) => return Err(broken),
            }
        }
        for (process, start) in self.signal_starts(name) {
            let instance = ProcessInstanceKey(self.next_key());
            let mut create = creation(instance, process.key, variables.clone());
            create.start_event = Some(start);
            self.deliver(instance, &Command::Create(Box::new(create)))?;
            taken = true;
        }
        Ok(taken)
    }

    fn awaiting(&self, name: &str) -> Vec<(SubscriptionKey, ProcessInstanceKey)> {
        let mut waiting = Vec::new();
        for instance in self.instances.keys() {
            let open = self.state(*instance).into_iter().flat_map(InstanceState::signal_subscriptions);
            waiting.extend(open.filter(|s| *s.signal_name == *name).map(|s| (s.key, *instance)));
        }
        waiting.sort();
        waiting
    }

    fn signal_starts(&self, name: &str) -> Vec<(Arc<DeployedProcess>, ElementIndex)> {
        let mut starts = Vec::new();
        for process in self.library.processes() {
            if self.library.newest(&process.definition.id).is_none_or(|newest| newest.key != process.key) {
                continue;
            }
            for (slot, start) in process.definition.starts() {
                if let Start::Signal(signal) = start
                    && matches!(&signal.name, Dynamic::Static(known) if **known == *name)
                {
                    starts.push((process.clone(), slot));
                }
            }
        }
        starts
    }
}
