//! Several triggers of one event (BPMN 2.0, 10.4.2 to 10.4.4, tables 10.84 to 10.89; 13.5): Multiple and Parallel Multiple.
//!
//! - A catching event waits for each of its definitions, on behalf of the event. Any of them lets it go off; the others
//!   are no longer awaited when it interrupts or is left, and stay awaited otherwise.
//! - A parallel one goes off when all of them have come, in whatever order. Those that came are remembered with what they
//!   brought; then the event gets all of it together, and one that does not interrupt waits for all of them anew. Of
//!   messages that came more than once the later ones count for the next time; signals, timers and conditions are
//!   occasions, and a second one before that means nothing new.
//! - A parallel start event of a process is begun by whichever of its messages comes first; the instance waits there for
//!   the others: messages, which their correlation keys bring to it, signals, timers and conditions.
//! - A throwing event throws all of them, see `throwing.rs`.

use hosk_model::{Element, ElementIndex, ElementKind, MultipleTrigger, TimerKind, Trigger};

use crate::command::Variables;
use crate::commands;
use crate::event::{Event, TriggerEvent};
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::limits::TRIGGERS_GATHERED;
use crate::step::{Activated, Activating, Step};

use super::{Target, Wait, open, prepare_one};

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

/// One of the messages of a parallel start event began the instance: what it brought is there, the others are awaited.
pub(crate) fn wait_for_others(
    step: &mut Step<'_>,
    this: Activating,
    event: &Element,
    multiple: &MultipleTrigger,
    first: ElementIndex,
) -> Result<Activated, Trouble> {
    let owner = this.key;
    let mut waits: Vec<Wait> = Vec::new();
    for part in multiple.parts.iter().filter(|part| part.slot != first) {
        let target = Target { slot: part.slot, event };
        waits.extend(prepare_one(step, owner, target, &part.trigger, true)?);
    }
    let activated = this.activated(step);
    // Its variables are the instance's already.
    step.emit(Event::Triggers(TriggerEvent::Came { owner, by: first, variables: Variables::new() }));
    for wait in waits {
        open(step, owner, wait);
    }
    Ok(activated)
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
