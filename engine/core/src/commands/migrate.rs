//! Migrating an instance to another definition: another version, or another process.
//!
//! Everything is looked at first, and every obstacle is named. Then:
//!
//! - Every active element becomes the element it is mapped to, of the same kind and in the container that its own
//!   container becomes. Its job (with the job type it has), user task, incident, called instance and variables stay.
//! - The timers and subscriptions of a mapped event stay as they are; those of an unmapped one are closed. Boundary
//!   events and event sub-processes of the target that nothing is mapped to are waited for anew, counted from now.
//! - A token that waits at a join goes to the flow between what both ends of its flow become; then the joins are
//!   looked at again.
//!
//! The event carries the numbers of both definitions, so that replaying it needs neither.

use super::check_state;
use crate::ad_hoc_job;
use crate::event::{Event, SignalEvent};
use crate::limits;
use crate::migration::{Migration, MigrationCheck};
use crate::rejection::{Rejection, RejectionCode};
use crate::state::ElementInstance;
use crate::state::ElementState;
use crate::step::Step;
use crate::triggers;

mod elements;
mod map;
mod waits;

/// Moves the instance to another definition.
pub(super) fn migrate(step: &mut Step<'_>, migration: &Migration) -> Result<(), Rejection> {
    let planned = plan(step, migration)?;
    if !planned.check.obstacles.is_empty() {
        let all: Vec<_> = planned.check.obstacles.iter().map(|obstacle| obstacle.message.as_str()).collect();
        let key = step.state().key().map_or(0, |key| key.0);
        let message = format!(
            "The process instance {key} cannot be migrated: {}. Nothing was changed.",
            all.join("; ")
        );
        let message = crate::incidents::cut(message, limits::MESSAGE_BYTES);
        let code =
            if planned.mistaken { RejectionCode::MappingInvalid } else { RejectionCode::MigrationInvalid };
        return Err(Rejection::new(code, message));
    }
    for key in planned.waits.timers_to_cancel {
        step.emit(Event::TimerCanceled { key });
    }
    for (element_instance, target) in planned.waits.conditions_to_close {
        step.emit(Event::ConditionClosed { element_instance, target });
    }
    for key in planned.waits.subscriptions_to_close {
        step.emit(Event::SubscriptionClosed { key });
    }
    for (element_instance, slot) in planned.waits.gathered_to_drop {
        step.let_go(element_instance, vec![slot]);
    }
    for key in planned.waits.signals_to_close {
        step.emit(Event::Signal(SignalEvent::Closed { key }));
    }
    step.emit(Event::InstanceMigrated { definition: migration.target, elements: planned.elements });
    if let Some(target) = step.target.take() {
        step.process = target;
        step.definition = &target.definition;
        ad_hoc_job::introduce_again(step);
    }
    for (key, wait) in planned.waits.to_open {
        triggers::open(step, key, wait);
    }
    let with_tokens: Vec<_> = step
        .state()
        .element_instances()
        .filter(|i| i.tokens().next().is_some() || !i.resets().is_empty())
        .map(ElementInstance::key)
        .collect();
    for scope in with_tokens {
        step.rearrive(scope);
    }
    Ok(())
}

/// What a migration would do, without doing it.
pub(crate) fn check(step: &mut Step<'_>, migration: &Migration) -> Result<MigrationCheck, Rejection> {
    Ok(plan(step, migration)?.check)
}

struct Planned {
    check: MigrationCheck,
    /// Whether the mapping itself cannot be right, whatever the instance does.
    mistaken: bool,
    elements: Vec<(hosk_model::ElementIndex, hosk_model::ElementIndex)>,
    waits: waits::Waits,
}

fn plan(step: &mut Step<'_>, migration: &Migration) -> Result<Planned, Rejection> {
    let key = step.state().key().ok_or_else(super::not_created)?;
    if step.state().is_ended() {
        let message = format!("The process instance {key} is over already; there is nothing to migrate.");
        return Err(Rejection::new(RejectionCode::InstanceEnded, message));
    }
    check_state(step, key.root(), &[ElementState::Active])?;
    let Some(target) = step.target.filter(|target| target.tenant == step.process.tenant) else {
        let message = format!("The process definition {} is not deployed.", migration.target);
        return Err(Rejection::new(RejectionCode::DefinitionNotFound, message));
    };
    let mut check = MigrationCheck::default();
    let (mut map, mistaken) = map::Map::of(step, target, migration, &mut check.obstacles);
    elements::check(step, &mut map, &mut check.obstacles);
    let waits = waits::plan(step, &map, &mut check);
    Ok(Planned { check, mistaken, elements: map.pairs(), waits })
}
