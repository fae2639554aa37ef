//! What events wait for and throw: the second axis beside element kinds. One trigger, one file.
//!
//! Waiting happens in two moves: [`prepare`] evaluates (and may fail), [`open`] lets the event happen.

pub(crate) mod cancel;
pub(crate) mod compensation;
pub(crate) mod conditional;
pub(crate) mod error;
pub(crate) mod escalation;
pub(crate) mod message;
pub(crate) mod multiple;
pub(crate) mod publication;
pub(crate) mod signal;
pub(crate) mod terminate;
pub(crate) mod throwing;
pub(crate) mod timer;

use hosk_model::{Element, ElementIndex, Trigger};
use smallvec::SmallVec;

use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::Step;

/// What an element instance is about to wait for.
pub(crate) enum Wait {
    /// A moment.
    Timer(timer::Prepared),
    /// A message.
    Message(message::Prepared),
    /// A signal.
    Signal(signal::Prepared),
    /// A condition.
    Condition(conditional::Prepared),
}

/// What waits: an event, or one of several definitions on behalf of it.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    /// The slot that is triggered.
    pub(crate) slot: ElementIndex,
    /// The event, for sentences.
    pub(crate) event: &'a Element,
}

impl<'a> Target<'a> {
    /// An event with one definition.
    pub(crate) fn of(event: &'a Element) -> Self {
        Self { slot: event.index, event }
    }
}

/// Evaluates what an event waits for as long as the element instance `key` is active. Nothing when its trigger is not
/// waited for but thrown to it.
pub(crate) fn prepare(
    step: &Step<'_>,
    key: ElementInstanceKey,
    event: &Element,
    trigger: &Trigger,
    interrupting: bool,
) -> Result<SmallVec<[Wait; 1]>, Trouble> {
    let mut waits = SmallVec::new();
    if let Trigger::Multiple(multiple) = trigger {
        for part in &multiple.parts {
            let target = Target { slot: part.slot, event };
            waits.extend(prepare_one(step, key, target, &part.trigger, interrupting)?);
        }
    } else {
        waits.extend(prepare_one(step, key, Target::of(event), trigger, interrupting)?);
    }
    Ok(waits)
}

/// The same for one of several definitions.
fn prepare_one(
    step: &Step<'_>,
    key: ElementInstanceKey,
    target: Target<'_>,
    trigger: &Trigger,
    interrupting: bool,
) -> Result<Option<Wait>, Trouble> {
    match trigger {
        Trigger::Timer(timer) => timer::prepare(step, key, target, timer, interrupting).map(Some),
        Trigger::Message(message) => message::prepare(step, key, target, message, interrupting).map(Some),
        Trigger::Signal(signal) => signal::prepare(step, key, target, signal, interrupting).map(Some),
        Trigger::Conditional(conditional) => conditional::prepare(step, key, target, conditional).map(Some),
        Trigger::Error(_)
        | Trigger::Escalation(_)
        | Trigger::Compensation(_)
        | Trigger::Cancel
        | Trigger::Terminate
        | Trigger::Multiple(_)
        | Trigger::Link { .. } => Ok(None),
    }
}

/// The element instance waits.
pub(crate) fn open(step: &mut Step<'_>, key: ElementInstanceKey, wait: Wait) {
    match wait {
        Wait::Timer(prepared) => timer::open(step, key, prepared),
        Wait::Message(prepared) => message::open(step, key, prepared),
        Wait::Signal(prepared) => signal::open(step, key, prepared),
        Wait::Condition(prepared) => conditional::open(step, key, &prepared),
    }
}
