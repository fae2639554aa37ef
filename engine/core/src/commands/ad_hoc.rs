//! Activating elements of an ad-hoc sub-process, all of those named or none: by command, or as the worker chooses whose
//! job leads it.

use std::sync::Arc;

use hosk_model::{Element, ElementKind};

use super::{check_state, check_variables};
use crate::ad_hoc_job;
use crate::command::{AdHocChoice, Variables};
use crate::elements::ad_hoc_sub_process;
use crate::entry::Entry;
use crate::event::Event;
use crate::keys::{ElementInstanceKey, JobKey};
use crate::limits;
use crate::multi_instance::{Role, role};
use crate::rejection::{Rejection, RejectionCode};
use crate::state::{ElementInstance, ElementState};
use crate::step::Step;
use crate::work::Work;

/// Activates elements, each with variables of its own; stops what runs before, when asked to.
pub(super) fn activate(
    step: &mut Step<'_>,
    key: ElementInstanceKey,
    wanted: &[(Arc<str>, Variables)],
    cancel_remaining: bool,
) -> Result<(), Rejection> {
    check_state(step, key, &[ElementState::Active])?;
    let element =
        step.element_of(key).filter(|element| matches!(element.kind, ElementKind::AdHocSubProcess(_)));
    let role = element.zip(step.instance(key)).map(|(element, instance)| role(element, instance));
    let Some(element) = element.filter(|_| role != Some(Role::Inner)) else {
        return Err(not_found(format!("The element instance {key} is no ad-hoc sub-process.")));
    };
    if role == Some(Role::Body) {
        return Err(not_found(format!(
            "The element instance {key} is what stands around the repetitions of '{}'; name one of those.",
            element.id
        )));
    }
    if !step.takes_in(key) {
        let message = format!(
            "The ad-hoc sub-process '{}' is on its way out and takes nothing in any more. Nothing was changed.",
            element.id
        );
        return Err(Rejection::new(RejectionCode::ElementNotActive, message));
    }
    if wanted.is_empty() {
        return Err(wrong_number(element, 0));
    }
    let entries = entries(step, key, element, wanted)?;
    ad_hoc_sub_process::request(step, key, entries);
    if cancel_remaining {
        step.interrupt_inside(key, Work::Spawn { body: key });
    } else {
        step.push(Work::Spawn { body: key });
    }
    Ok(())
}

/// The worker whose job leads an ad-hoc sub-process has chosen. An element may be named several times; a choice that
/// cannot be followed as a whole leaves the job as it is.
pub(super) fn choose(
    step: &mut Step<'_>,
    job: JobKey,
    key: ElementInstanceKey,
    variables: &Variables,
    choice: &AdHocChoice,
) -> Result<(), Rejection> {
    let Some(element) = step.element_of(key) else { return Err(super::jobs::not_found(job)) };
    let entries = entries(step, key, element, &choice.elements)?;
    if choice.fulfilled && !entries.is_empty() {
        return Err(refused(format!(
            "The completion condition of '{}' is said to be fulfilled and elements of it are named; say one or the other.",
            element.id
        )));
    }
    step.emit(Event::JobCompleted { key: job });
    ad_hoc_job::follow(step, key, element, variables, entries, choice);
    Ok(())
}

/// What is to begin, as it is named.
fn entries(
    step: &Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
    wanted: &[(Arc<str>, Variables)],
) -> Result<Vec<Entry>, Rejection> {
    if wanted.len() > limits::AD_HOC_ACTIVATIONS {
        return Err(wrong_number(element, wanted.len()));
    }
    let waiting = step.instance(key).map_or(0, |i: &ElementInstance| i.inside().len());
    if step.state().len() + waiting + wanted.len() > limits::ELEMENT_INSTANCES {
        let message = format!("More than {} element instances would be alive.", limits::ELEMENT_INSTANCES);
        return Err(refused(message));
    }
    let mut entries = Vec::with_capacity(wanted.len());
    for (id, variables) in wanted {
        let found = ad_hoc_sub_process::startable(step, element, id).map_err(|id| {
            not_found(format!("'{id}' is named, {}.", ad_hoc_sub_process::not_startable(element)))
        })?;
        check_variables(step, variables)?;
        entries.push(ad_hoc_sub_process::entry(found, variables.clone()));
    }
    Ok(entries)
}

fn wrong_number(element: &Element, count: usize) -> Rejection {
    refused(format!(
        "{count} elements are named; name 1 to {} to activate in '{}'.",
        limits::AD_HOC_ACTIVATIONS,
        element.id
    ))
}

fn refused(message: String) -> Rejection {
    Rejection::new(RejectionCode::AdHocActivationInvalid, message + " Nothing was changed.")
}

fn not_found(message: String) -> Rejection {
    Rejection::new(RejectionCode::AdHocElementNotFound, message + " Nothing was changed.")
}
