//! Activating elements of an ad-hoc sub-process, all of those named or none.

use std::sync::Arc;

use hosk_model::ElementKind;

use super::{check_state, check_variables};
use crate::command::Variables;
use crate::elements::ad_hoc_sub_process;
use crate::keys::ElementInstanceKey;
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
    if wanted.is_empty() || wanted.len() > limits::AD_HOC_ACTIVATIONS {
        return Err(refused(format!(
            "{} elements are named; name 1 to {} to activate in '{}'.",
            wanted.len(),
            limits::AD_HOC_ACTIVATIONS,
            element.id
        )));
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
    ad_hoc_sub_process::request(step, key, entries);
    if cancel_remaining {
        step.interrupt_inside(key, Work::Spawn { body: key });
    } else {
        step.push(Work::Spawn { body: key });
    }
    Ok(())
}

fn refused(message: String) -> Rejection {
    Rejection::new(RejectionCode::AdHocActivationInvalid, message + " Nothing was changed.")
}

fn not_found(message: String) -> Rejection {
    Rejection::new(RejectionCode::AdHocElementNotFound, message + " Nothing was changed.")
}
