//! Several triggers of one event (BPMN 2.0, 10.4.2 to 10.4.4, tables 10.84 to 10.89; 13.5): Multiple and Parallel Multiple.
//!
//! - A catching event waits for each of its definitions, on behalf of the event. Any of them lets it go off; the others
//!   are no longer awaited when it interrupts or is left, and stay awaited otherwise.
//! - A parallel one goes off when all of them have come, in whatever order. Those that came are remembered with what they
//!   brought; then the event gets all of it together, and one that does not interrupt waits for all of them anew. Of
//!   messages that came more than once the later ones count for the next time; signals, timers and conditions are
//!   occasions, and a second one before that means nothing new.
//! - A throwing event throws all of them: messages and signals, then escalations, and last the one that stops something
//!   or waits for it.

use hosk_model::{Element, ElementIndex, ElementKind, MessageTrigger, MultipleTrigger, TimerKind, Trigger};

use super::{compensation, escalation, publication, signal};
use crate::command::Variables;
use crate::commands;
use crate::event::{Event, TriggerEvent};
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::limits::TRIGGERS_GATHERED;
use crate::state::ElementState;
use crate::step::{Activated, Activating, Step};
use crate::triggers::{cancel, error};

/// One of the triggers of an event has come to whoever waits on behalf of it.
pub(crate) fn arrived(
    step: &mut Step<'_>,
    owner: ElementInstanceKey,
    slot: ElementIndex,
    event: ElementIndex,
    variables: &Variables,
) {
    let Some(Trigger::Multiple(multiple)) = step.element(event).trigger() else { return };
    if !multiple.parallel {
        return commands::reach(step, owner, event, variables);
    }
    let is_message = matches!(step.definition.trigger(slot), Some(Trigger::Message(_)));
    if has_come(step, owner, slot) && !is_message {
        return;
    }
    step.emit(Event::Triggers(TriggerEvent::Came { owner, by: slot, variables: variables.clone() }));
    if multiple.parts.iter().all(|part| has_come(step, owner, part.slot)) {
        all_came(step, owner, event, multiple);
    }
}

fn has_come(step: &Step<'_>, owner: ElementInstanceKey, slot: ElementIndex) -> bool {
    step.state().gathered(owner).iter().any(|gathered| gathered.by == slot)
}

/// The event goes off with what all of its triggers brought, the later ones over the earlier ones.
fn all_came(step: &mut Step<'_>, owner: ElementInstanceKey, event: ElementIndex, multiple: &MultipleTrigger) {
    let slots: Vec<ElementIndex> = multiple.parts.iter().map(|part| part.slot).collect();
    let mut left = slots.clone();
    let mut received = Variables::new();
    for gathered in step.state().gathered(owner) {
        if let Some(at) = left.iter().position(|slot| *slot == gathered.by) {
            left.remove(at);
            received.extend(gathered.variables.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
    }
    let over = happens_once(multiple);
    step.let_go(owner, slots.clone());
    if over && !interrupts(step.element(event)) {
        step.close_waits_where(owner, |target| slots.contains(&target));
    }
    commands::reach(step, owner, event, &received);
}

/// A date or duration goes off once, so nothing would ever complete the set again.
fn happens_once(multiple: &MultipleTrigger) -> bool {
    multiple
        .parts
        .iter()
        .any(|part| matches!(&part.trigger, Trigger::Timer(timer) if timer.kind != TimerKind::Cycle))
}

/// Whether an event is over, or what it stands on, as soon as it goes off.
pub(crate) fn interrupts(event: &Element) -> bool {
    match &event.kind {
        ElementKind::BoundaryEvent { interrupting, .. } | ElementKind::StartEvent { interrupting, .. } => {
            *interrupting
        }
        _ => true,
    }
}

/// Whether so many messages of one definition are kept that another has to wait outside.
pub(crate) fn is_full(step: &Step<'_>, owner: ElementInstanceKey, slot: ElementIndex) -> bool {
    let of_slot = step.state().gathered(owner).iter().filter(|gathered| gathered.by == slot);
    of_slot.count() >= TRIGGERS_GATHERED
}

/// What a throwing event does besides the one definition that stops something or waits.
enum Thrown {
    Message(publication::Prepared),
    Signal(signal::Signal),
    Escalation(escalation::Thrown),
}

/// Throws everything an event says.
pub(crate) fn throw(
    step: &mut Step<'_>,
    this: Activating,
    element: &Element,
    multiple: &MultipleTrigger,
) -> Result<Activated, Trouble> {
    let key = this.key;
    let (mut sent, mut escalated) = (Vec::new(), Vec::new());
    let (mut failing, mut last) = (None, None);
    for part in &multiple.parts {
        match &part.trigger {
            Trigger::Message(MessageTrigger { publication: Some(publication), .. }) => {
                sent.push(Thrown::Message(publication::prepare(step, key, publication)?));
            }
            Trigger::Signal(trigger) => sent.push(Thrown::Signal(signal::prepare_throw(step, key, trigger)?)),
            Trigger::Escalation(trigger) => {
                escalated.push(Thrown::Escalation(escalation::prepare(step, key, trigger)?));
            }
            Trigger::Error(trigger) => failing = Some(error::prepare(step, key, element, trigger)?),
            Trigger::Compensation(_) | Trigger::Cancel => last = Some(&part.trigger),
            // It terminates when it completes. The others are nothing to throw, or sent by a job: the compiler refuses them.
            Trigger::Terminate
            | Trigger::Message(_)
            | Trigger::Timer(_)
            | Trigger::Conditional(_)
            | Trigger::Multiple(_)
            | Trigger::Link { .. } => {}
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

fn deliver(step: &mut Step<'_>, thrown: Thrown) {
    match thrown {
        Thrown::Message(message) => publication::throw(step, message),
        Thrown::Signal(signal) => signal::throw(step, signal),
        Thrown::Escalation(escalation) => escalation::deliver(step, escalation),
    }
}
