//! Messages in the world of a scenario: to the oldest open subscription of each process, else to start events; those
//! that live on reach who waits later, once per process.

use std::sync::Arc;

use hosk_core::{
    Command, DeployedProcess, Keys as _, MessageKey, MessageThrown, ProcessInstanceKey, SubscriptionKey,
    Timestamp, Variables,
};
use hosk_model::{ElementIndex, Start};

use crate::world::{Refusal, World, creation};

/// A published message.
#[derive(Clone)]
pub(crate) struct Letter {
    message: MessageKey,
    name: Arc<str>,
    correlation_key: Arc<str>,
    variables: Variables,
    /// Until when it waits for somebody.
    expires: Timestamp,
    /// The processes it has reached.
    taken: Vec<Arc<str>>,
}

impl Letter {
    /// A message that an instance threw.
    pub(crate) fn of(thrown: MessageThrown) -> Self {
        Self {
            message: thrown.key,
            name: thrown.name,
            correlation_key: thrown.correlation_key,
            variables: thrown.variables,
            expires: thrown.expires_at,
            taken: Vec::new(),
        }
    }
}

impl World {
    /// Publishes a message from outside, which is not kept; whether anybody took it.
    pub(crate) fn publish(&mut self, name: &str, key: &str, variables: &Variables) -> Result<bool, Refusal> {
        let mut letter = Letter {
            message: MessageKey(self.keys.next()),
            name: name.into(),
            correlation_key: key.into(),
            variables: variables.clone(),
            expires: self.now,
            taken: Vec::new(),
        };
        self.correlate(&mut letter)?;
        self.drain()?;
        Ok(!letter.taken.is_empty())
    }

    /// Takes a message on its way; it is kept for as long as it lives.
    pub(crate) fn take(&mut self, mut letter: Letter) -> Result<(), Refusal> {
        self.correlate(&mut letter)?;
        if letter.expires > self.now {
            self.kept.push(letter);
        }
        Ok(())
    }

    fn correlate(&mut self, letter: &mut Letter) -> Result<(), Refusal> {
        for (instance, subscription) in self.waiting_for(&letter.name, &letter.correlation_key) {
            self.reach(letter, instance, subscription)?;
        }
        for (process, start) in self.message_starts(&letter.name) {
            self.begin(letter, &process, start)?;
        }
        Ok(())
    }

    /// Begins an instance by a message, unless its process has had it, or has one alive that began with the same key.
    fn begin(
        &mut self,
        letter: &mut Letter,
        process: &Arc<DeployedProcess>,
        start: ElementIndex,
    ) -> Result<bool, Refusal> {
        let id = &process.definition.id;
        let key = Some(letter.correlation_key.clone()).filter(|key| !key.is_empty());
        let is_locked = |instance: &ProcessInstanceKey| {
            let Some(state) = self.state(*instance).filter(|state| !state.is_ended()) else { return false };
            let began = state.created().filter(|created| created.message.is_some());
            key.is_some()
                && began.is_some_and(|created| created.conversation == key)
                && self.instances.get(instance).is_some_and(|found| found.process.definition.id == *id)
        };
        if letter.taken.contains(id) || self.instances.keys().any(is_locked) {
            return Ok(false);
        }
        letter.taken.push(id.clone());
        let instance = ProcessInstanceKey(self.keys.next());
        let mut create = creation(instance, process.key, letter.variables.clone());
        create.start_event = Some(start);
        create.message = Some(letter.message);
        create.conversation = key;
        self.deliver(instance, &Command::Create(Box::new(create)))?;
        Ok(true)
    }

    /// Gives kept messages to who waits by now; whether there was one.
    pub(crate) fn hand_out(&mut self) -> Result<bool, Refusal> {
        let now = self.now;
        self.kept.retain(|letter| letter.expires > now);
        for at in 0..self.kept.len() {
            let mut letter = self.kept[at].clone();
            for (instance, subscription) in self.waiting_for(&letter.name, &letter.correlation_key) {
                if self.reach(&mut letter, instance, subscription)? {
                    self.kept[at] = letter;
                    return Ok(true);
                }
            }
            for (process, start) in self.message_starts(&letter.name) {
                if self.begin(&mut letter, &process, start)? {
                    self.kept[at] = letter;
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Brings a message to a subscription, unless its process has had it.
    fn reach(
        &mut self,
        letter: &mut Letter,
        instance: ProcessInstanceKey,
        subscription: SubscriptionKey,
    ) -> Result<bool, Refusal> {
        let Some(process) = self.instances.get(&instance).map(|found| found.process.definition.id.clone())
        else {
            return Ok(false);
        };
        if letter.taken.contains(&process) {
            return Ok(false);
        }
        letter.taken.push(process);
        let variables = letter.variables.clone();
        let command = Command::CorrelateMessage { subscription, message: letter.message, variables };
        self.deliver(instance, &command)?;
        Ok(true)
    }

    fn waiting_for(&self, name: &str, key: &str) -> Vec<(ProcessInstanceKey, SubscriptionKey)> {
        let mut waiting: Vec<(SubscriptionKey, ProcessInstanceKey)> = Vec::new();
        for instance in self.instances.keys() {
            let Some(state) = self.state(*instance).filter(|state| !state.is_suspended()) else { continue };
            for subscription in state.subscriptions() {
                if &*subscription.message_name == name && &*subscription.correlation_key == key {
                    waiting.push((subscription.key, *instance));
                }
            }
        }
        waiting.sort();
        waiting.into_iter().map(|(subscription, instance)| (instance, subscription)).collect()
    }

    fn message_starts(&self, name: &str) -> Vec<(Arc<DeployedProcess>, ElementIndex)> {
        let mut starts = Vec::new();
        for process in self.library.processes() {
            if self.library.newest(&process.definition.id).is_none_or(|newest| newest.key != process.key) {
                continue;
            }
            for (slot, start) in process.definition.starts() {
                if let Start::Message(message) = start
                    && matches!(&message.name, hosk_model::Dynamic::Static(known) if &**known == name)
                {
                    starts.push((process.clone(), slot));
                }
            }
        }
        starts
    }
}
