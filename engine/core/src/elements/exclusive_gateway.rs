//! Exclusive gateway (BPMN 2.0, 13.4.2).
//!
//! As a split: the first flow, in document order, whose condition holds; else the default flow; else an incident. As a
//! merge: every token passes by itself.

use hosk_model::Element;

use super::Behaviour;
use crate::flows;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::{Activated, Activating, Outgoing, Step};

pub(crate) struct ExclusiveGateway<'a> {
    pub(crate) element: &'a Element,
}

impl Behaviour for ExclusiveGateway<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        Ok(this.pass(step))
    }

    fn complete(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<Outgoing, Trouble> {
        for flow in &self.element.outgoing {
            if Some(*flow) != self.element.default_flow && flows::holds(step, key, *flow)? {
                return Ok(Outgoing::from_slice(&[*flow]));
            }
        }
        match self.element.default_flow {
            Some(flow) => Ok(Outgoing::from_slice(&[flow])),
            None if self.element.outgoing.is_empty() => Ok(Outgoing::new()),
            None => Err(flows::nowhere_to_go(step, key, self.element)),
        }
    }
}
