//! End event (BPMN 2.0, 13.5.5): ends its path, after doing what it throws.
//!
//! - error: is thrown to the nearest handler; without one it stays, with an incident;
//! - escalation: is thrown to the nearest handler, or passes on to the caller;
//! - compensation: undoes what was completed, and waits for that;
//! - cancel: gives up the transaction around it;
//! - terminate: stops everything else in its container, which then completes normally;
//! - signal: is broadcast to everybody who waits for it;
//! - several of them: each in turn, last the one that stops something or waits;
//! - message: is published by the engine, or sent by a job, as a send task does.

use hosk_model::{Element, MessageTrigger, Trigger};

use super::Behaviour;
use crate::incidents::Trouble;
use crate::jobs;
use crate::keys::ElementInstanceKey;
use crate::step::{Activated, Activating, Outgoing, Step};
use crate::triggers::{cancel, compensation, error, escalation, multiple, publication, signal, terminate};

pub(crate) struct EndEvent<'a> {
    pub(crate) element: &'a Element,
    pub(crate) trigger: Option<&'a Trigger>,
}

impl Behaviour for EndEvent<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        match self.trigger {
            Some(Trigger::Error(trigger)) => {
                let thrown = error::prepare(step, this.key, self.element, trigger)?;
                let activated = this.activated(step);
                error::deliver(step, thrown);
                Ok(activated)
            }
            Some(Trigger::Escalation(trigger)) => {
                let thrown = escalation::prepare(step, this.key, trigger)?;
                let activated = this.pass(step);
                escalation::deliver(step, thrown);
                Ok(activated)
            }
            Some(Trigger::Message(MessageTrigger { publication: Some(publication), .. })) => {
                let message = publication::prepare(step, this.key, publication)?;
                let activated = this.pass(step);
                publication::throw(step, message);
                Ok(activated)
            }
            Some(Trigger::Signal(trigger)) => {
                let thrown = signal::prepare_throw(step, this.key, trigger)?;
                let activated = this.pass(step);
                signal::throw(step, thrown);
                Ok(activated)
            }
            Some(Trigger::Message(MessageTrigger { job: Some(job), .. })) => {
                let job = jobs::prepare(step, this.key, self.element, job)?;
                let activated = this.activated(step);
                jobs::create(step, job);
                Ok(activated)
            }
            Some(Trigger::Multiple(several)) => multiple::throw(step, this, self.element, several),
            Some(Trigger::Compensation(trigger)) => {
                let key = this.key;
                let activated = this.activated(step);
                compensation::throw(step, key, trigger);
                Ok(activated)
            }
            Some(Trigger::Cancel) => {
                let key = this.key;
                let activated = this.activated(step);
                cancel::throw(step, key);
                Ok(activated)
            }
            // An end event waits for nothing, and no link ends there: the compiler refuses it.
            Some(
                Trigger::Message(_)
                | Trigger::Timer(_)
                | Trigger::Conditional(_)
                | Trigger::Terminate
                | Trigger::Link { .. },
            )
            | None => Ok(this.pass(step)),
        }
    }

    fn complete(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<Outgoing, Trouble> {
        let terminates = |trigger: &Trigger| matches!(trigger, Trigger::Terminate);
        let terminates = match self.trigger {
            Some(Trigger::Multiple(several)) => several.parts.iter().any(|part| terminates(&part.trigger)),
            Some(one) => terminates(one),
            None => false,
        };
        if terminates {
            terminate::throw(step, key);
        }
        Ok(Outgoing::new())
    }
}
