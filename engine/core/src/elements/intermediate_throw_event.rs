//! Intermediate throw event (BPMN 2.0, 13.5.2): passes, after doing what it throws.
//!
//! An escalation is thrown to the nearest handler outside; unless that interrupts, the token goes on. A message is
//! published by the engine, or sent by a job, as a send task does. A link goes on at the catching link event of its name
//! (10.4.4).

use hosk_model::{Element, MessageTrigger, Trigger};

use super::Behaviour;
use crate::command::Variables;
use crate::flows;
use crate::incidents::Trouble;
use crate::jobs;
use crate::keys::ElementInstanceKey;
use crate::step::{Activated, Activating, Outgoing, Step};
use crate::triggers::{compensation, escalation, multiple, publication, signal};
use crate::work::Work;

pub(crate) struct IntermediateThrowEvent<'a> {
    pub(crate) element: &'a Element,
    pub(crate) trigger: Option<&'a Trigger>,
}

impl Behaviour for IntermediateThrowEvent<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        match self.trigger {
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
            // Timers, conditions, errors, cancel and terminate are not thrown here: the compiler refuses them.
            Some(
                Trigger::Message(_)
                | Trigger::Timer(_)
                | Trigger::Conditional(_)
                | Trigger::Error(_)
                | Trigger::Cancel
                | Trigger::Link { .. }
                | Trigger::Terminate,
            )
            | None => Ok(this.pass(step)),
        }
    }

    fn complete(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<Outgoing, Trouble> {
        let catching = step.definition.links.get(&self.element.index).copied();
        let Some((element, instance)) = catching.zip(step.instance(key)) else {
            return flows::split(step, key);
        };
        let (scope, received) = (instance.scope(), Variables::new());
        // First of all that is queued: between the two events there is no moment without a token.
        step.push_first([Work::Enter { element, scope, received }]);
        Ok(Outgoing::new())
    }
}
