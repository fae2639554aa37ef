//! Parallel gateway (BPMN 2.0, 13.4.1).
//!
//! As a join: needs one token on each incoming flow, takes exactly one from each, leaves surplus tokens waiting. As a
//! split: a token on every outgoing flow; conditions do not count here.

use hosk_model::{Element, ElementIndex};

use super::Behaviour;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::state::ElementInstance;
use crate::step::{Activated, Activating, Outgoing, Step};

pub(crate) struct ParallelGateway;

impl Behaviour for ParallelGateway {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        Ok(this.pass(step))
    }

    fn complete(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<Outgoing, Trouble> {
        Ok(step.element_of(key).map(|element| Outgoing::from_slice(&element.outgoing)).unwrap_or_default())
    }
}

/// One token from each incoming flow, when there is one on each.
pub(crate) fn gather(gateway: &Element, container: &ElementInstance) -> Option<Vec<ElementIndex>> {
    gateway.incoming.iter().all(|flow| container.tokens_on(*flow) > 0).then(|| gateway.incoming.clone())
}
