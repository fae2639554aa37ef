//! What an event waits for, by trigger.

use super::{ConditionalTrigger, Element, ElementKind, MessageTrigger, SignalTrigger, Trigger};

impl Element {
    /// The name of the link it catches.
    pub fn link_caught(&self) -> Option<&str> {
        match &self.kind {
            ElementKind::IntermediateCatchEvent { trigger: Trigger::Link { name } } => Some(name),
            _ => None,
        }
    }

    /// The message by which an element of [`Contents::triggered_starts`] starts a process.
    pub fn start_message(&self) -> Option<&MessageTrigger> {
        match &self.kind {
            ElementKind::StartEvent { trigger: Some(Trigger::Message(message)), .. }
            | ElementKind::IntermediateCatchEvent { trigger: Trigger::Message(message) }
            | ElementKind::ReceiveTask(message) => Some(message),
            _ => None,
        }
    }

    /// The signal by which an element of [`Contents::triggered_starts`] starts a process.
    pub fn start_signal(&self) -> Option<&SignalTrigger> {
        match &self.kind {
            ElementKind::StartEvent { trigger: Some(Trigger::Signal(signal)), .. } => Some(signal),
            _ => None,
        }
    }

    /// The condition that an event waits for.
    pub fn conditional(&self) -> Option<&ConditionalTrigger> {
        match &self.kind {
            ElementKind::IntermediateCatchEvent { trigger: Trigger::Conditional(conditional) }
            | ElementKind::BoundaryEvent { trigger: Trigger::Conditional(conditional), .. }
            | ElementKind::StartEvent { trigger: Some(Trigger::Conditional(conditional)), .. } => {
                Some(conditional)
            }
            _ => None,
        }
    }
}
