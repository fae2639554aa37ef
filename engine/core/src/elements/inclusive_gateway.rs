//! Inclusive gateway (BPMN 2.0, 13.4.3).
//!
//! As a split: a token on every flow whose condition holds, else on the default flow; that is what every element does
//! with its outgoing flows (see `flows.rs`). As a join: waits while a token elsewhere in its container can still get to
//! an incoming flow that has none, unless that token can also get to one that has; then takes one token from each
//! incoming flow that has one. Paths that pass the gateway itself do not count.
//!
//! Tokens elsewhere are active elements, which can leave by their flows and by their boundary events (a container stands
//! for what is in it), and taken flows, also those that wait at other joins. So two joins that wait for each other wait
//! for ever: the specification's rule. Their tokens end with the container and are reported.

use hosk_model::{Element, ElementIndex, Reachability};

use super::Behaviour;
use crate::incidents::Trouble;
use crate::state::{ElementInstance, InstanceState};
use crate::step::{Activated, Activating, Step};

pub(crate) struct InclusiveGateway;

impl Behaviour for InclusiveGateway {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        Ok(this.pass(step))
    }
}

/// One token from each incoming flow that has one, when no other token can still come.
pub(crate) fn gather(
    gateway: &Element,
    container: &ElementInstance,
    state: &InstanceState,
    reachability: Option<&Reachability>,
) -> Option<Vec<ElementIndex>> {
    let full: Vec<ElementIndex> =
        gateway.incoming.iter().copied().filter(|flow| container.tokens_on(*flow) > 0).collect();
    if full.is_empty() {
        return None;
    }
    let waits = reachability.is_some_and(|reachability| {
        full.len() < gateway.incoming.len() && is_awaited(container, state, reachability, &full)
    });
    (!waits).then_some(full)
}

/// Whether a token of the container can still get to an incoming flow that is not among `full`, and to none that is.
pub(crate) fn is_awaited(
    container: &ElementInstance,
    state: &InstanceState,
    reachability: &Reachability,
    full: &[ElementIndex],
) -> bool {
    let comes = |at: ElementIndex| {
        let mut reached = reachability.from.iter().filter(|(_, from)| from.contains(at)).peekable();
        reached.peek().is_some() && reached.all(|(flow, _)| !full.contains(flow))
    };
    let active = state.children(container.key()).filter_map(|key| state.element_instance(key));
    container.tokens().map(|(flow, _)| flow).any(comes) || active.map(ElementInstance::element).any(comes)
}
