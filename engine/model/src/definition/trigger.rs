//! What events throw or catch, compiled: the second axis beside element kinds.

use std::sync::Arc;

use hosk_feel::Expression;

use super::{Dynamic, ElementIndex, JobDefinition};
use crate::publication::MessagePublication;

/// What an event throws or catches: the second axis.
#[derive(Debug)]
pub enum Trigger {
    /// Timer.
    Timer(TimerTrigger),
    /// Message.
    Message(MessageTrigger),
    /// Error, by code, or any where `code` is absent (catching).
    Error(ErrorTrigger),
    /// Terminate (end event).
    Terminate,
    /// A condition that becomes true.
    Conditional(ConditionalTrigger),
    /// Escalation, by code, or any where `code` is absent (catching).
    Escalation(EscalationTrigger),
    /// Compensation.
    Compensation(CompensationTrigger),
    /// Cancel (end event in a transaction, boundary event on one).
    Cancel,
    /// A signal, by name.
    Signal(SignalTrigger),
    /// Several of them.
    Multiple(MultipleTrigger),
    /// Link: a jump within one container; where to stands in [`super::ProcessDefinition::links`].
    Link {
        /// The name that throwing and catching event share.
        name: Arc<str>,
    },
}

/// Timer event definition.
#[derive(Debug)]
pub struct TimerTrigger {
    /// Date, duration or cycle.
    pub kind: TimerKind,
    /// ISO 8601 text, cron text (cycle), or FEEL giving text, a date and time or a duration.
    pub value: Dynamic,
}

/// Which child the timer event definition has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerKind {
    /// `timeDate`.
    Date,
    /// `timeDuration`.
    Duration,
    /// `timeCycle`.
    Cycle,
}

/// Message event definition with the message it refers to.
#[derive(Debug)]
pub struct MessageTrigger {
    /// The message's name; empty for throwing events that name no message.
    pub name: Dynamic,
    /// By what a message finds it; absent where it is not needed (start events of a process).
    pub correlation_key: Option<CorrelationKey>,
    /// For throwing events that are done by a job.
    pub job: Option<JobDefinition>,
    /// For throwing events whose message the engine publishes.
    pub publication: Option<MessagePublication>,
}

/// By what a message finds the instance that waits for it.
#[derive(Clone, Debug)]
pub enum CorrelationKey {
    /// A text: of `zeebe:subscription` and `zeebe:publishMessage`, or of standard correlation (BPMN 8.3.2).
    Given(Dynamic),
    /// The conversation of the instance, for message flows whose message has no correlation (BPMN 9.3): instances that
    /// begin one another along message flows have the same one.
    Conversation,
}

/// Error event definition with the error it refers to.
#[derive(Debug)]
pub struct ErrorTrigger {
    /// The error code; absent: any error (catching only).
    pub code: Option<Dynamic>,
}

/// Conditional event definition: goes off when its condition becomes true.
#[derive(Debug)]
pub struct ConditionalTrigger {
    /// The condition.
    pub condition: Expression,
    /// `zeebe:conditionalFilter variableNames`: the variables whose changes are looked at; absent: those that the
    /// condition reads.
    pub variables: Option<Vec<Arc<str>>>,
    /// `zeebe:conditionalFilter variableEvents`: which changes of them.
    pub events: VariableEvents,
}

/// Which changes of a variable a conditional event looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VariableEvents {
    /// The variable is new at its scope.
    pub create: bool,
    /// It gets another value.
    pub update: bool,
}

impl ConditionalTrigger {
    /// Whether a change of a variable can change the condition.
    pub fn looks_at(&self, variable: &str, created: bool) -> bool {
        let wanted = if created { self.events.create } else { self.events.update };
        wanted
            && match &self.variables {
                Some(names) => names.iter().any(|name| **name == *variable),
                None => self.condition.variables().iter().any(|name| **name == *variable),
            }
    }
}

/// Several event definitions of one event. A throwing event throws all of them; a catching one waits for any, or, when it
/// is parallel, for all.
#[derive(Debug)]
pub struct MultipleTrigger {
    /// `parallelMultiple`: all of them have to come. Catching only.
    pub parallel: bool,
    /// The definitions, in document order.
    pub parts: Vec<MultiplePart>,
}

/// One of several event definitions of an event.
#[derive(Debug)]
pub struct MultiplePart {
    /// Its slot, of kind [`ElementKind::EventDefinition`](super::ElementKind::EventDefinition): what waits for this
    /// trigger on behalf of the event.
    pub slot: ElementIndex,
    /// What it throws or catches.
    pub trigger: Trigger,
}

/// Signal event definition with the signal it refers to.
#[derive(Debug)]
pub struct SignalTrigger {
    /// The signal's name; text, not FEEL, where it starts a process.
    pub name: Dynamic,
}

/// Escalation event definition with the escalation it refers to.
#[derive(Debug)]
pub struct EscalationTrigger {
    /// The escalation code; absent: any escalation (catching only).
    pub code: Option<Dynamic>,
}

/// Compensation event definition.
#[derive(Debug)]
pub struct CompensationTrigger {
    /// The activity that is undone; absent: everything in the scope (throwing).
    pub activity: Option<ElementIndex>,
}
