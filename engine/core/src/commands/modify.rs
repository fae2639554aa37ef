//! Modifying an instance: begin before elements, stop element instances, move tokens; all together or nothing.
//!
//! Everything is looked at first, and every obstacle is named in the refusal. Then:
//!
//! - What begins, begins in the container that is there; containers that are not there are begun on the way. Where
//!   several are there, or a multi-instance activity is around, the caller says in which.
//! - What is stopped is stopped with everything inside. A container in which nothing is left and nothing begins is
//!   stopped too, outward; the instance as well, which then ends as terminated. A called instance is not: its caller
//!   would wait for it, so the modification is refused.
//! - Variables are set before anything begins.

use std::collections::BTreeSet;
use std::sync::Arc;

use hosk_model::ElementIndex;

use super::check_variables;
use crate::command::{ChildOutcome, Variables};
use crate::entry::{self, Entry};
use crate::event::Event;
use crate::keys::ElementInstanceKey;
use crate::limits;
use crate::mappings;
use crate::modification::{Ancestor, Chosen, Modification, VariablesAt};
use crate::rejection::{Rejection, RejectionCode};
use crate::state::{ElementInstance, ElementState};
use crate::step::Step;
use crate::work::Work;

mod plan;
mod stops;

use plan::Planned;

/// Changes where the instance stands.
pub(super) fn modify(step: &mut Step<'_>, modification: &Modification) -> Result<(), Rejection> {
    let key = step.state().key().ok_or_else(super::not_created)?;
    if step.state().is_ended() {
        let message = format!("The process instance {key} is over already; there is nothing to modify.");
        return Err(Rejection::new(RejectionCode::InstanceEnded, message));
    }
    super::check_state(step, key.root(), &[ElementState::Active])?;
    let mut obstacles = Vec::new();
    let stops = stops::chosen(step, modification, &mut obstacles);
    let wishes = plan::wishes(modification, &stops);
    let planned = plan::plan(step, &wishes, &stops, &mut obstacles);
    let doomed = stops::doomed(step, &stops, &planned.bases);
    if doomed.contains(&key.root())
        && let Some(parent) = step.state().parent()
    {
        obstacles.push(format!(
            "nothing would be left in this instance, and the call activity of instance {} waits for it; modify that \
             one, or begin something here",
            parent.instance
        ));
    }
    if step.state().len() + planned.count() > limits::ELEMENT_INSTANCES {
        obstacles.push(format!("more than {} element instances would be alive", limits::ELEMENT_INSTANCES));
    }
    if wishes.is_empty() && stops.is_empty() && obstacles.is_empty() {
        obstacles.push("it says nothing: name what to activate, to move or to terminate".to_owned());
    }
    if !obstacles.is_empty() {
        return Err(refused(key, &obstacles));
    }
    check_variables(step, &planned.all_variables())?;
    carry_out(step, planned, &doomed);
    Ok(())
}

fn refused(key: crate::keys::ProcessInstanceKey, obstacles: &[String]) -> Rejection {
    let message = format!(
        "The process instance {key} cannot be modified like this: {}. Nothing was changed.",
        obstacles.join("; ")
    );
    Rejection::new(RejectionCode::ModificationInvalid, crate::incidents::cut(message, limits::MESSAGE_BYTES))
}

fn carry_out(step: &mut Step<'_>, planned: Planned, doomed: &BTreeSet<ElementInstanceKey>) {
    let outermost: Vec<_> = doomed
        .iter()
        .copied()
        .filter(|key| step.instance(*key).is_some_and(|i| i.scope() == *key || !doomed.contains(&i.scope())))
        .collect();
    step.emit(Event::InstanceModified { activated: planned.begun(), terminated: outermost.clone() });
    for (scope, variables) in &planned.variables {
        for (name, value) in variables {
            mappings::set(step, *scope, name, value);
        }
    }
    let root = step.state().key().map(crate::keys::ProcessInstanceKey::root);
    if let Some(root) = root.filter(|root| doomed.contains(root)) {
        return step.interrupt(root, Work::End { outcome: Box::new(ChildOutcome::Terminated) });
    }
    for key in &outermost {
        if !step.is_in(*key, ElementState::Terminating) {
            step.emit(Event::ElementTerminating { key: *key });
        }
        step.push(Work::Terminate { key: *key });
    }
    for (scope, entry) in planned.entries {
        step.push(Work::Begin { entry: Box::new(entry), scope });
    }
}
