//! Event-based gateway (BPMN 2.0, 10.5.6, 13.4.4).
//!
//! Waits for every event behind it at once. The first trigger decides: the gateway leaves by the flow to that event, which
//! begins with its trigger already there, and the others are no longer awaited, in the same step.
//!
//! One that instantiates starts the process with the message of one of its events. `Exclusive`: only that event goes on.
//! `Parallel`: each of the others begins and waits for its own message, which correlation brings to this instance.

use hosk_model::{Element, ElementIndex, ElementKind, Instantiate};
use smallvec::SmallVec;

use super::{Behaviour, Cause};
use crate::command::Variables;
use crate::event::Event;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::state::ElementInstance;
use crate::step::{Activated, Activating, Outgoing, Step};
use crate::triggers::{self, Target, Wait, message};
use crate::work::Work;

pub(crate) struct EventBasedGateway<'a> {
    pub(crate) element: &'a Element,
    pub(crate) instantiate: Option<Instantiate>,
}

impl Behaviour for EventBasedGateway<'_> {
    fn activate(&self, step: &mut Step<'_>, this: Activating) -> Result<Activated, Trouble> {
        let key = this.key;
        if step.instance(key).and_then(ElementInstance::triggered).is_some() {
            return Ok(this.pass(step));
        }
        let mut waits: SmallVec<[Wait; 2]> = SmallVec::new();
        for flow in &self.element.outgoing {
            let Some(target) = step.definition.flow(*flow).map(|f| step.element(f.target)) else { continue };
            match &target.kind {
                ElementKind::IntermediateCatchEvent { trigger } => {
                    waits.extend(triggers::prepare(step, key, target, trigger, true)?);
                }
                ElementKind::ReceiveTask(trigger) => {
                    waits.push(message::prepare(step, key, Target::of(target), trigger, true)?);
                }
                // The compiler lets nothing else stand there.
                _ => {}
            }
        }
        let activated = this.activated(step);
        for wait in waits {
            triggers::open(step, key, wait);
        }
        Ok(activated)
    }

    fn complete(&self, step: &mut Step<'_>, key: ElementInstanceKey) -> Result<Outgoing, Trouble> {
        let Some(instance) = step.instance(key) else { return Ok(Outgoing::new()) };
        let (scope, Some(triggered)) = (instance.scope(), instance.triggered().cloned()) else {
            return Ok(Outgoing::new());
        };
        let leads_there =
            |flow: &&ElementIndex| step.definition.flow(**flow).is_some_and(|f| f.target == triggered.by);
        let taken = self.element.outgoing.iter().find(leads_there).copied();
        // First of all that is queued: between gateway and event there is no moment without a token.
        step.push_first([Work::EnterTriggered {
            element: triggered.by,
            by: triggered.by,
            flow: taken,
            scope,
            received: triggered.variables,
        }]);
        let others = self.element.outgoing.iter().copied().filter(|flow| Some(*flow) != taken);
        let waits_for_all = self.instantiate == Some(Instantiate::Parallel);
        Ok(if waits_for_all { others.collect() } else { Outgoing::new() })
    }
}

/// The trigger of an event has come to `owner`: when that is the gateway in front of the event, the gateway leaves, and
/// `true` comes back; else the event itself waited.
pub(super) fn leaves(
    step: &mut Step<'_>,
    owner: ElementInstanceKey,
    event: &Element,
    cause: &Cause<'_>,
) -> bool {
    let Some(at) = step.element_of(owner) else { return false };
    if !matches!(at.kind, ElementKind::EventBasedGateway { .. }) {
        return false;
    }
    if let Cause::Done(variables) = cause {
        let variables = (*variables).clone();
        step.emit(Event::ElementTriggered { key: owner, by: event.index, variables });
        step.push_first([Work::Complete { key: owner }]);
    }
    true
}

/// Where a process begins with the message that `by` waits for: at the gateway in front of that event, else at the event
/// itself.
pub(super) fn begin(step: &Step<'_>, by: ElementIndex, scope: ElementInstanceKey) -> Work {
    let event = step.definition.event_of(by);
    let element = step.definition.gateway_before(event).map_or(event, |(gateway, _)| gateway.index);
    Work::EnterTriggered { element, by, flow: None, scope, received: Variables::new() }
}
