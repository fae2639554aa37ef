//! End event (BPMN 2.0, 13.5.5): ends its path, after doing what it throws, see
//! `triggers/throwing.rs`. Terminate stops everything else in its container, which then completes
//! normally.

use hosk_model::{Element, Trigger};

use super::Behaviour;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::{Activated, Activating, Outgoing, Step};
use crate::triggers::{terminate, throwing};

pub(crate) struct EndEvent<'a> {
    pub(crate) element: &'a Element,
    pub(crate) trigger: Option<&'a Trigger>,
}

impl Behaviour for EndEvent<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        throwing::throw(step, this, self.element, self.trigger)
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
