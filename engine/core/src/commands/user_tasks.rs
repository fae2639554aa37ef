//! Commands about user tasks: complete, assign, update.

use std::sync::Arc;

use super::{check_state, check_variables};
use crate::command::{UserTaskChanges, Variables};
use crate::event::UserTaskTransition;
use crate::incidents::cut;
use crate::keys::UserTaskKey;
use crate::rejection::{Rejection, RejectionCode};
use crate::state::{ElementState, UserTask};
use crate::step::Step;
use crate::{limits, task_listeners};

/// Who asks for it, and what they name it.
pub(super) type Asker<'a> = (Option<&'a Arc<str>>, &'a str);

/// A person finished a user task.
pub(super) fn complete(
    step: &mut Step<'_>,
    key: UserTaskKey,
    variables: &Variables,
    (by, action): Asker<'_>,
) -> Result<(), Rejection> {
    open(step, key)?;
    check_variables(step, variables)?;
    let transition = UserTaskTransition::Completing {
        variables: variables.clone(),
        by: by.cloned(),
        action: named(action),
    };
    task_listeners::begin(step, key, transition);
    Ok(())
}

/// Gives a user task to a person, or takes it away.
pub(super) fn assign(
    step: &mut Step<'_>,
    key: UserTaskKey,
    assignee: Option<&Arc<str>>,
    allow_override: bool,
    (by, action): Asker<'_>,
) -> Result<(), Rejection> {
    let task = open(step, key)?;
    if let (Some(owner), Some(wanted), false) = (&task.details.assignee, assignee, allow_override)
        && owner != wanted
    {
        let message = format!(
            "The user task {key} is assigned to '{owner}'. Ask them to give it back, or assign it with override."
        );
        return Err(Rejection::new(RejectionCode::UserTaskAlreadyAssigned, message));
    }
    let transition =
        UserTaskTransition::Assigning { assignee: assignee.cloned(), by: by.cloned(), action: named(action) };
    task_listeners::begin(step, key, transition);
    Ok(())
}

/// Changes a user task's attributes.
pub(super) fn update(
    step: &mut Step<'_>,
    key: UserTaskKey,
    changes: &UserTaskChanges,
    (by, action): Asker<'_>,
) -> Result<(), Rejection> {
    open(step, key)?;
    check_priority(changes.priority)?;
    let transition =
        UserTaskTransition::Updating { changes: changes.clone(), by: by.cloned(), action: named(action) };
    task_listeners::begin(step, key, transition);
    Ok(())
}

/// What listeners are told of a name.
fn named(action: &str) -> Option<Arc<str>> {
    (!action.is_empty()).then(|| cut(action.to_owned(), limits::MESSAGE_BYTES).into())
}

pub(super) fn check_priority(priority: Option<u8>) -> Result<(), Rejection> {
    match priority {
        Some(priority) if priority > 100 => {
            let message = format!("The priority {priority} is too high; it goes from 0 to 100.");
            Err(Rejection::new(RejectionCode::PriorityInvalid, message))
        }
        _ => Ok(()),
    }
}

fn open<'s>(step: &'s Step<'_>, key: UserTaskKey) -> Result<&'s UserTask, Rejection> {
    let task = step.state().user_task(key).ok_or_else(|| {
        let message = format!(
            "The user task {key} does not exist any more. Somebody completed it before, or it was canceled."
        );
        Rejection::new(RejectionCode::UserTaskNotFound, message)
    })?;
    check_state(step, task.details.element_instance, &[ElementState::Active])?;
    if let Some(transition) = &task.transition {
        let message = format!(
            "Listeners of the user task {key} are at work ({:?}). Try again when they are done; if one of them has an \
             incident, resolve it.",
            transition.listener_event()
        );
        return Err(Rejection::new(RejectionCode::UserTaskNotActive, message));
    }
    Ok(task)
}
