//! What events wait for: by event, and by the definition that is one of several.

use super::{
    ConditionalTrigger, Element, ElementIndex, ElementKind, MessageTrigger, MultiplePart, ProcessDefinition,
    SignalTrigger, TimerTrigger, Trigger,
};

/// By what a process starts.
#[derive(Clone, Copy, Debug)]
pub enum Start<'d> {
    /// A message.
    Message(&'d MessageTrigger),
    /// A signal.
    Signal(&'d SignalTrigger),
    /// A moment.
    Timer(&'d TimerTrigger),
    /// A condition, when it is evaluated.
    Conditional(&'d ConditionalTrigger),
}

impl Element {
    /// The name of the link it catches.
    pub fn link_caught(&self) -> Option<&str> {
        match &self.kind {
            ElementKind::IntermediateCatchEvent { trigger: Trigger::Link { name } } => Some(name),
            _ => None,
        }
    }

    /// What it throws or catches itself.
    pub fn trigger(&self) -> Option<&Trigger> {
        match &self.kind {
            ElementKind::IntermediateCatchEvent { trigger } | ElementKind::BoundaryEvent { trigger, .. } => {
                Some(trigger)
            }
            ElementKind::StartEvent { trigger, .. }
            | ElementKind::EndEvent { trigger }
            | ElementKind::IntermediateThrowEvent { trigger } => trigger.as_ref(),
            _ => None,
        }
    }

    /// The message by which an element of [`Contents::triggered_starts`](super::Contents::triggered_starts) starts a
    /// process.
    pub fn start_message(&self) -> Option<&MessageTrigger> {
        match &self.kind {
            ElementKind::StartEvent { trigger: Some(Trigger::Message(message)), .. }
            | ElementKind::IntermediateCatchEvent { trigger: Trigger::Message(message) }
            | ElementKind::ReceiveTask(message) => Some(message),
            _ => None,
        }
    }
}

impl ProcessDefinition {
    /// What a slot waits for: an event, or one of several definitions of one.
    pub fn trigger(&self, slot: ElementIndex) -> Option<&Trigger> {
        match &self.element(slot).kind {
            ElementKind::EventDefinition { event, place } => match self.element(*event).trigger()? {
                Trigger::Multiple(multiple) => multiple.parts.get(*place).map(|part| &part.trigger),
                _ => None,
            },
            _ => self.element(slot).trigger(),
        }
    }

    /// The condition that a slot waits for.
    pub fn conditional(&self, slot: ElementIndex) -> Option<&ConditionalTrigger> {
        match self.trigger(slot)? {
            Trigger::Conditional(conditional) => Some(conditional),
            _ => None,
        }
    }

    /// The event that a slot waits on behalf of: itself, unless it is one of several definitions.
    pub fn event_of(&self, slot: ElementIndex) -> ElementIndex {
        match self.element(slot).kind {
            ElementKind::EventDefinition { event, .. } => event,
            _ => slot,
        }
    }

    /// By what the process starts, and at which slot.
    pub fn starts(&self) -> Vec<(ElementIndex, Start<'_>)> {
        let mut starts = Vec::new();
        for index in &self.element(ElementIndex::PROCESS).contents.triggered_starts {
            let element = self.element(*index);
            if let Some(message) = element.start_message() {
                starts.push((*index, Start::Message(message)));
            } else if let ElementKind::StartEvent { trigger: Some(trigger), .. } = &element.kind {
                start(*index, trigger, &mut starts);
            }
        }
        starts
    }
}

fn start<'d>(slot: ElementIndex, trigger: &'d Trigger, starts: &mut Vec<(ElementIndex, Start<'d>)>) {
    let by = match trigger {
        Trigger::Message(message) => Start::Message(message),
        Trigger::Signal(signal) => Start::Signal(signal),
        Trigger::Timer(timer) => Start::Timer(timer),
        Trigger::Conditional(conditional) => Start::Conditional(conditional),
        Trigger::Multiple(multiple) => {
            // What has to come together is begun by a message; the instance waits for the rest.
            let begins =
                |part: &&MultiplePart| !multiple.parallel || matches!(part.trigger, Trigger::Message(_));
            for part in multiple.parts.iter().filter(begins) {
                start(part.slot, &part.trigger, starts);
            }
            return;
        }
        Trigger::Error(_)
        | Trigger::Escalation(_)
        | Trigger::Compensation(_)
        | Trigger::Cancel
        | Trigger::Terminate
        | Trigger::Link { .. } => return,
    };
    starts.push((slot, by));
}
