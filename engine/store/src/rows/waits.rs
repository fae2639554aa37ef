//! What element instances wait for: timers, messages, signals and conditions of their own, not those of boundary events
//! and event sub-processes, which only could interrupt them.

use std::sync::Arc;

use hosk_core::{ElementInstanceKey, Event, InstanceResumed, ProcessInstanceKey, SignalEvent};
use hosk_model::{ConditionalTrigger, ElementIndex, ElementKind, ProcessDefinition, Trigger};

use super::{Changes, InstanceChange, Migrated, SignalRow, TimerRow};
use crate::write::ChangeSet;

/// Who waits, and on behalf of which event.
pub(crate) type ConditionKey = (ElementInstanceKey, ElementIndex);

/// A condition that an element instance waits for.
#[derive(Clone, Debug)]
pub(crate) struct ConditionRow {
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) element_instance: ElementInstanceKey,
    /// The event's number.
    pub(crate) element: ElementIndex,
    pub(crate) is: Condition,
}

/// A condition as the model has it.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) expression: Arc<str>,
    /// Whether it looks at new variables.
    pub(crate) on_create: bool,
    /// Whether it looks at other values.
    pub(crate) on_update: bool,
}

/// A condition whose event has another number now.
#[derive(Clone, Debug)]
pub(crate) struct MovedCondition {
    pub(crate) before: ElementIndex,
    pub(crate) now: ElementIndex,
    pub(crate) is: Condition,
}

impl Condition {
    fn of(conditional: &ConditionalTrigger) -> Self {
        Self {
            expression: conditional.condition.text().into(),
            on_create: conditional.events.create,
            on_update: conditional.events.update,
        }
    }
}

/// Whether an event is what its element instance waits for, and not something beside it.
pub(super) fn is_own(definition: &ProcessDefinition, slot: ElementIndex) -> bool {
    if definition.elements.get(slot.0 as usize).is_none() {
        return false;
    }
    let event = definition.element(definition.event_of(slot));
    !matches!(event.kind, ElementKind::BoundaryEvent { .. } | ElementKind::StartEvent { .. })
}

/// The condition of an event, when it has one.
fn condition_of(definition: &ProcessDefinition, slot: ElementIndex) -> Option<Condition> {
    let element = definition.elements.get(slot.0 as usize)?;
    let trigger = match &element.kind {
        ElementKind::IntermediateCatchEvent { trigger } => Some(trigger),
        ElementKind::EventDefinition { .. } => definition.trigger(slot),
        _ => None,
    };
    match trigger? {
        Trigger::Conditional(conditional) => Some(Condition::of(conditional)),
        _ => None,
    }
}

/// What becomes of conditions when an instance runs another definition.
fn moved_conditions(
    target: &ProcessDefinition,
    elements: &[(ElementIndex, ElementIndex)],
) -> Vec<MovedCondition> {
    let moved = |(before, now): &(ElementIndex, ElementIndex)| {
        Some(MovedCondition { before: *before, now: *now, is: condition_of(target, *now)? })
    };
    elements.iter().filter_map(moved).collect()
}

impl Changes {
    /// Timers, signals and conditions; whether it was about one.
    pub(super) fn take_wait(&mut self, set: &ChangeSet, event: &Event) -> bool {
        match event {
            Event::TimerScheduled { key, element_instance, target, due, .. } => {
                let waiting = is_own(&set.process.definition, *target).then_some(*element_instance);
                self.timers.insert(key.0, TimerRow { key: *key, instance: set.instance, due: *due, waiting });
            }
            Event::TimerTriggered { key } | Event::TimerCanceled { key } => self.timers.delete(key.0),
            Event::Signal(signal) => self.take_signal(set, signal),
            Event::ConditionOpened { .. } | Event::ConditionClosed { .. } => self.take_condition(set, event),
            _ => return false,
        }
        true
    }

    fn take_condition(&mut self, set: &ChangeSet, event: &Event) {
        let definition = &set.process.definition;
        match event {
            Event::ConditionOpened { element_instance, target } if is_own(definition, *target) => {
                let Some(is) = condition_of(definition, *target) else { return };
                let row = ConditionRow {
                    instance: set.instance,
                    element_instance: *element_instance,
                    element: *target,
                    is,
                };
                self.conditions.insert((*element_instance, *target), Some(row));
            }
            Event::ConditionClosed { element_instance, target } => {
                self.conditions.insert((*element_instance, *target), None);
            }
            _ => {}
        }
    }

    /// From here on numbers are those of another definition.
    pub(super) fn migrate(&mut self, set: &ChangeSet, event: &Event) {
        let Event::InstanceMigrated { definition, elements } = event else { return };
        let compiled = &set.process.definition;
        let closed = std::mem::take(&mut self.conditions).into_keys().collect();
        let now = Migrated {
            definition: *definition,
            process_id: compiled.id.clone(),
            elements: elements.clone(),
            closed,
            conditions: moved_conditions(compiled, elements),
        };
        if let InstanceChange::Known { migrated, .. } = &mut self.instance {
            *migrated = Some(Box::new(now));
        }
    }

    /// Timers run again.
    pub(super) fn resume_timers(&mut self, set: &ChangeSet, resumed: &InstanceResumed) {
        for (place, (key, due)) in resumed.timers.iter().enumerate() {
            let owner =
                resumed.owners.get(place).filter(|(_, event)| is_own(&set.process.definition, *event));
            let waiting = owner.map(|(element_instance, _)| *element_instance);
            self.timers.insert(key.0, TimerRow { key: *key, instance: set.instance, due: *due, waiting });
        }
    }

    fn take_signal(&mut self, set: &ChangeSet, event: &SignalEvent) {
        match event {
            SignalEvent::Opened { key, signal_name, element_instance, target, .. } => {
                let (tenant, name) = (set.process.tenant.clone(), signal_name.clone());
                let waiting = is_own(&set.process.definition, *target).then_some(*element_instance);
                let row = SignalRow { key: *key, instance: set.instance, tenant, name, waiting };
                self.signals.insert(key.0, row);
            }
            SignalEvent::Received { key, closes: true, .. } | SignalEvent::Closed { key } => {
                self.signals.delete(key.0);
            }
            SignalEvent::Received { .. } | SignalEvent::Thrown(_) => {}
        }
    }
}
