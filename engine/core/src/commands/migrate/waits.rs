//! Timers, subscriptions and conditions: kept when their event is mapped, closed when it is not, and opened for events of the
//! target that nothing is mapped to.

use std::sync::Arc;

use hosk_model::{Element, ElementIndex, ElementKind};
use smallvec::SmallVec;

use super::elements::trigger_of;
use super::map::{Map, at};
use crate::keys::{ElementInstanceKey, SubscriptionKey, TimerKey};
use crate::migration::{MigrationCheck, Obstacle};
use crate::multi_instance;
use crate::state::{ElementInstance, ElementState};
use crate::step::Step;
use crate::triggers::{self, Wait, multiple};

/// What becomes of what is waited for.
#[derive(Default)]
pub(super) struct Waits {
    pub(super) timers_to_cancel: Vec<TimerKey>,
    pub(super) subscriptions_to_close: Vec<SubscriptionKey>,
    pub(super) signals_to_close: Vec<SubscriptionKey>,
    pub(super) gathered_to_drop: Vec<(ElementInstanceKey, ElementIndex)>,
    pub(super) conditions_to_close: Vec<(ElementInstanceKey, ElementIndex)>,
    pub(super) to_open: Vec<(ElementInstanceKey, Wait)>,
}

/// Looks at what every active element waits for.
pub(super) fn plan(step: &mut Step<'_>, map: &Map<'_>, check: &mut MigrationCheck) -> Waits {
    let mut waits = Waits::default();
    for timer in step.state().timers() {
        if !is_kept(step, map, timer.element_instance, timer.target, check) {
            waits.timers_to_cancel.push(timer.key);
        }
    }
    for subscription in step.state().subscriptions() {
        if !is_kept(step, map, subscription.element_instance, subscription.target, check) {
            waits.subscriptions_to_close.push(subscription.key);
        }
    }
    for subscription in step.state().signal_subscriptions() {
        if !is_kept(step, map, subscription.element_instance, subscription.target, check) {
            waits.signals_to_close.push(subscription.key);
        }
    }
    for (owner, event, _) in step.state().conditions() {
        if !is_kept(step, map, owner, event, check) {
            waits.conditions_to_close.push((owner, event));
        }
    }
    let owners: Vec<_> = step.state().element_instances().map(ElementInstance::key).collect();
    for owner in owners {
        let slots = step.state().gathered(owner).iter().map(|gathered| gathered.by);
        let dropped = slots.filter(|slot| map.get(*slot).is_none());
        waits.gathered_to_drop.extend(dropped.map(|slot| (owner, slot)));
    }
    let active: Vec<_> = step
        .state()
        .element_instances()
        .filter(|i| i.state() == ElementState::Active)
        .map(ElementInstance::key)
        .collect();
    for key in active {
        open(step, map, key, &mut waits, check);
    }
    check.closed.sort();
    check.closed.dedup();
    check.opened.sort();
    check.opened.dedup();
    waits
}

/// Whether a timer, subscription or condition goes on; says why it cannot, when it is meant to.
fn is_kept(
    step: &Step<'_>,
    map: &Map<'_>,
    owner: ElementInstanceKey,
    event: ElementIndex,
    check: &mut MigrationCheck,
) -> bool {
    let Some(host) = step.instance(owner).map(|i| map.source.element(i.element())) else { return false };
    let from = map.source.element(event);
    let Some(to) = map.get(event).map(|to| map.target.element(to)) else {
        if event != host.index {
            check.closed.push(from.id.clone());
        }
        return false;
    };
    // Its own element was looked at before.
    if event != host.index
        && let Some(message) = mismatch(map, host, from, to)
    {
        check.obstacles.push(at(&from.id, owner, message));
    }
    true
}

/// Why an event beside an element cannot become another one.
fn mismatch(map: &Map<'_>, host: &Element, from: &Element, to: &Element) -> Option<String> {
    let same = |a: Option<&hosk_model::Trigger>, b: Option<&hosk_model::Trigger>| {
        a.map(std::mem::discriminant) == b.map(std::mem::discriminant)
    };
    if std::mem::discriminant(&from.kind) != std::mem::discriminant(&to.kind)
        || !same(trigger_of(from, map.source), trigger_of(to, map.target))
    {
        return Some(format!(
            "'{}' and '{}' do not wait for the same kind of event; leave '{}' unmapped to have it closed",
            from.id, to.id, from.id
        ));
    }
    let waits_beside = |definition: &hosk_model::ProcessDefinition, slot: &Element| {
        !multiple::interrupts(definition.element(definition.event_of(slot.index)))
    };
    if waits_beside(map.source, from) != waits_beside(map.target, to) {
        return Some(format!(
            "one of '{}' and '{}' interrupts and the other does not; leave '{}' unmapped to have it closed and the other \
             opened anew",
            from.id, to.id, from.id
        ));
    }
    if host_of(map.target, to) != map.get(host.index) {
        return Some(format!(
            "'{}' belongs to '{}', and '{}' does not belong to what that becomes; map both so that they stay together",
            from.id, host.id, to.id
        ));
    }
    let other = map.sources_of(to.index).find(|other| *other != from.index)?;
    Some(format!(
        "'{}' and '{}' are both mapped to '{}'; map one of them",
        from.id,
        map.source.element(other).id,
        to.id
    ))
}

/// The element an event waits with: the activity of a boundary event, the container around an event sub-process.
fn host_of(definition: &hosk_model::ProcessDefinition, event: &Element) -> Option<ElementIndex> {
    let slot = event.index;
    let event = definition.element(definition.event_of(slot));
    match event.kind {
        ElementKind::BoundaryEvent { attached_to, .. } => Some(attached_to),
        // One of several definitions of a catch event waits with that.
        ElementKind::IntermediateCatchEvent { .. } if slot != event.index => Some(event.index),
        ElementKind::StartEvent { .. } => Some(definition.element(event.scope).scope),
        _ => None,
    }
}

/// Opens what the target waits for beside an element and nothing is mapped to.
fn open(
    step: &mut Step<'_>,
    map: &Map<'_>,
    key: ElementInstanceKey,
    waits: &mut Waits,
    check: &mut MigrationCheck,
) {
    let Some(instance) = step.instance(key) else { return };
    let Some(to) = map.get(instance.element()).map(|to| map.target.element(to)) else { return };
    let role = multi_instance::role(map.source.element(instance.element()), instance);
    let mut events: Vec<ElementIndex> = Vec::new();
    if role.has_boundary_events() {
        events.extend(&to.boundary_events);
    }
    if role.does_the_work() {
        let starts = to.contents.event_sub_processes.iter();
        events.extend(starts.flat_map(|e| map.target.element(*e).contents.triggered_starts.iter()));
    }
    for event in events {
        if map.sources_of(event).next().is_some() {
            continue;
        }
        let event = map.target.element(event);
        let Some(trigger) = trigger_of(event, map.target) else { continue };
        match prepare(step, map, key, event, trigger) {
            Ok(prepared) => {
                for wait in prepared {
                    check.opened.push(event.id.clone());
                    waits.to_open.push((key, wait));
                }
            }
            Err(obstacle) => check.obstacles.push(obstacle),
        }
    }
}

/// Evaluates by the model of the target, with the variables of now.
fn prepare(
    step: &Step<'_>,
    _: &Map<'_>,
    key: ElementInstanceKey,
    event: &Element,
    trigger: &hosk_model::Trigger,
) -> Result<SmallVec<[Wait; 1]>, Obstacle> {
    triggers::prepare(step, key, event, trigger, multiple::interrupts(event)).map_err(|trouble| {
        let id: Arc<str> = event.id.clone();
        at(&id, key, format!("'{id}' of the target cannot be waited for: {}", trouble.message()))
    })
}
