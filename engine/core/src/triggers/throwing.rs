//! What intermediate throw and end events throw (BPMN 2.0, 10.4.3, 13.5.2, 13.5.5).
//!
//! - error: goes to the nearest handler; without one the event stays, with an incident;
//! - escalation: goes to the nearest handler, or passes on to the caller;
//! - compensation: undoes what was completed, and the event waits for that;
//! - cancel: gives up the transaction around it;
//! - signal: is broadcast to everybody who waits for it;
//! - message: is published by the engine, or sent by a job, as a send task does;
//! - several of them: messages and signals, then escalations, and last the one that stops something or is waited for.
//!
//! A terminate end event terminates when it completes, a link goes on there: neither throws anything here.

use hosk_model::{BehaviorEvent, Element, MessageTrigger, Trigger};
use smallvec::SmallVec;

use super::{cancel, compensation, error, escalation, publication, signal};
use crate::command::Variables;
use crate::incidents::Trouble;
use crate::jobs;
use crate::keys::ElementInstanceKey;
use crate::state::ElementState;
use crate::step::{Activated, Activating, Step};

/// What an event throws besides the one definition that stops something or is waited for.
pub(crate) enum Thrown {
    Message(publication::Prepared),
    Signal(signal::Signal),
    Escalation(escalation::Thrown),
}

/// An event throws what its definitions say; without any it passes.
pub(crate) fn throw(
    step: &mut Step<'_>,
    this: Activating,
    element: &Element,
    trigger: Option<&Trigger>,
) -> Result<Activated, Trouble> {
    match trigger {
        None => Ok(this.pass(step)),
        Some(Trigger::Message(MessageTrigger { publication: None, job: Some(job), .. })) => {
            let job = jobs::prepare(step, this.key, element, job)?;
            let activated = this.activated(step);
            jobs::create(step, job);
            Ok(activated)
        }
        Some(Trigger::Multiple(several)) => {
            throw_all(step, this, element, several.parts.iter().map(|part| &part.trigger))
        }
        Some(one) => throw_all(step, this, element, std::iter::once(one)),
    }
}

/// Everything is prepared, which may fail, before anything is thrown.
fn throw_all<'t>(
    step: &mut Step<'_>,
    this: Activating,
    element: &Element,
    triggers: impl Iterator<Item = &'t Trigger>,
) -> Result<Activated, Trouble> {
    let key = this.key;
    let (mut sent, mut escalated) = (SmallVec::<[Thrown; 1]>::new(), SmallVec::<[Thrown; 1]>::new());
    let (mut failing, mut last) = (None, None);
    for trigger in triggers {
        match trigger {
            Trigger::Message(MessageTrigger { publication: Some(publication), .. }) => {
                sent.push(Thrown::Message(publication::prepare(step, key, publication)?));
            }
            Trigger::Signal(signal) => sent.push(Thrown::Signal(signal::prepare_throw(step, key, signal)?)),
            Trigger::Escalation(escalation) => {
                escalated.push(Thrown::Escalation(escalation::prepare(step, key, escalation)?));
            }
            Trigger::Error(error) => failing = Some(error::prepare(step, key, element, error)?),
            Trigger::Compensation(_) | Trigger::Cancel => last = Some(trigger),
            // Nothing to throw here, or among several a message by job: the compiler refuses it.
            Trigger::Terminate
            | Trigger::Link { .. }
            | Trigger::Message(_)
            | Trigger::Timer(_)
            | Trigger::Conditional(_)
            | Trigger::Multiple(_) => {}
        }
    }
    let stays = failing.is_some() || last.is_some();
    let activated = if stays { this.activated(step) } else { this.pass(step) };
    for thrown in sent.into_iter().chain(escalated) {
        // An escalation may have stopped what throws it: the rest does not happen then.
        if step.is_in(key, ElementState::Active) {
            deliver(step, thrown);
        }
    }
    if step.is_in(key, ElementState::Active) {
        match (failing, last) {
            (Some(failing), _) => error::deliver(step, failing),
            (None, Some(Trigger::Compensation(trigger))) => compensation::throw(step, key, trigger),
            (None, Some(_)) => cancel::throw(step, key),
            (None, None) => {}
        }
    }
    Ok(activated)
}

/// What the body of a multi-instance activity throws because of a child, whose variables count; a signal without a name
/// brings the numbers of the activity.
pub(crate) fn prepare_behavior(
    step: &Step<'_>,
    child: ElementInstanceKey,
    body: ElementInstanceKey,
    event: &BehaviorEvent,
    numbers: impl FnOnce() -> Variables,
) -> Result<Thrown, Trouble> {
    Ok(match event {
        BehaviorEvent::Escalation(escalation) => {
            Thrown::Escalation(escalation::prepare_at(step, child, body, escalation)?)
        }
        BehaviorEvent::Default(signal) => {
            let thrown = escalation::prepare_at(step, child, body, signal)?;
            Thrown::Escalation(thrown.bringing(numbers()))
        }
        BehaviorEvent::Signal(signal) => Thrown::Signal(signal::prepare_throw_at(step, child, body, signal)?),
        BehaviorEvent::Message(message) => {
            Thrown::Message(publication::prepare_at(step, child, body, message)?)
        }
    })
}

/// It happens.
pub(crate) fn deliver(step: &mut Step<'_>, thrown: Thrown) {
    match thrown {
        Thrown::Message(message) => publication::throw(step, message),
        Thrown::Signal(signal) => signal::throw(step, signal),
        Thrown::Escalation(escalation) => escalation::deliver(step, escalation),
    }
}
