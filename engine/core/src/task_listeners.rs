//! Task listeners: jobs before a user task is created, assigned, updated or completed.
//!
//! They run one after another, in document order; the transition takes place after the last. A listener of assigning,
//! updating or completing may deny it: the user task is open as before then. Each may correct what the transition does to
//! the attributes of the user task; the corrections of a later one count more, and those of a transition that is denied
//! are lost. Meanwhile the user task takes no other
//! command, but its boundary events stay open. Not implemented: `canceling` listeners.

use std::sync::Arc;

use hosk_model::{ElementKind, Listener, UserTask as Kind};

use crate::command::{Corrections, UserTaskChanges};
use crate::commands::ListenerResult;
use crate::elements::Cause;
use crate::event::{Event, UserTaskTransition};
use crate::incidents;
use crate::jobs;
use crate::keys::{ElementInstanceKey, UserTaskKey};
use crate::state::{ElementInstance, UserTask};
use crate::step::Step;

/// Begins a transition: its listeners first, if there are any.
pub(crate) fn begin(step: &mut Step<'_>, key: UserTaskKey, transition: UserTaskTransition) {
    let Some(task) = step.state().user_task(key) else { return };
    let owner = task.details.element_instance;
    let event = transition.listener_event();
    if listeners(step, task).iter().any(|l| l.event == event) {
        step.emit(Event::UserTaskTransitioning { key, to: Box::new(transition) });
        go_on(step, owner);
    } else {
        take_place(step, key, owner, transition);
    }
}

/// The job of a listener is done.
pub(crate) fn listener_done(step: &mut Step<'_>, owner: ElementInstanceKey, result: ListenerResult<'_>) {
    let Some(key) = step.instance(owner).and_then(ElementInstance::user_task) else { return };
    if let Some(reason) = result.denied {
        return step.emit(Event::UserTaskSettled { key, denied: Some(reason.to_owned()) });
    }
    if let Some(corrections) =
        result.corrections.filter(|corrections| **corrections != Corrections::default())
    {
        step.emit(Event::UserTaskCorrected { key, corrections: Box::new(corrections.clone()) });
    }
    go_on(step, owner);
}

/// Runs the next listener of the transition under way, or lets it take place after the last.
pub(crate) fn go_on(step: &mut Step<'_>, owner: ElementInstanceKey) {
    let Some(key) = step.instance(owner).filter(|i| i.job().is_none()).and_then(ElementInstance::user_task)
    else {
        return;
    };
    let Some(task) = step.state().user_task(key) else { return };
    let Some(transition) = &task.transition else { return };
    let event = transition.listener_event();
    let next = listeners(step, task).iter().filter(|l| l.event == event).nth(task.listeners_done as usize);
    let Some(listener) = next else {
        let transition = (**transition).clone();
        return take_place(step, key, owner, transition);
    };
    let element = step.element(task.details.element);
    match jobs::prepare_listener(step, owner, element, listener) {
        Ok(job) => jobs::create(step, job),
        Err(trouble) => incidents::raise(step, owner, trouble),
    }
}

fn take_place(
    step: &mut Step<'_>,
    key: UserTaskKey,
    owner: ElementInstanceKey,
    transition: UserTaskTransition,
) {
    let corrections = step.state().user_task(key).map(|task| task.corrections.clone()).unwrap_or_default();
    let Corrections { assignee: other, changes: more } = corrections;
    match transition {
        UserTaskTransition::Creating { assignee } => {
            if step.state().user_task(key).is_some_and(|t| t.transition.is_some()) {
                step.emit(Event::UserTaskSettled { key, denied: None });
            }
            also_update(step, key, more, None);
            let assignee = other.unwrap_or(assignee);
            if assignee.is_some() {
                begin(step, key, UserTaskTransition::Assigning { assignee, by: None });
            }
        }
        UserTaskTransition::Assigning { assignee, by } => {
            also_update(step, key, more, by.clone());
            step.emit(Event::UserTaskAssigned { key, assignee: other.unwrap_or(assignee), by });
        }
        UserTaskTransition::Updating { changes, by } => {
            step.emit(Event::UserTaskUpdated { key, changes: changes.then(more), by: by.clone() });
            also_assign(step, key, other, by);
        }
        UserTaskTransition::Completing { variables, by } => {
            also_update(step, key, more, by.clone());
            also_assign(step, key, other, by.clone());
            step.emit(Event::UserTaskCompleted { key, by });
            step.resume(owner, &Cause::Done(&variables));
        }
    }
}

/// What listeners corrected beside the transition itself; nobody is asked about it again.
fn also_update(step: &mut Step<'_>, key: UserTaskKey, changes: UserTaskChanges, by: Option<Arc<str>>) {
    if changes != UserTaskChanges::default() {
        step.emit(Event::UserTaskUpdated { key, changes, by });
    }
}

/// See [`also_update`].
#[expect(clippy::option_option, reason = "a correction may be that it is nobody's")]
fn also_assign(
    step: &mut Step<'_>,
    key: UserTaskKey,
    assignee: Option<Option<Arc<str>>>,
    by: Option<Arc<str>>,
) {
    if let Some(assignee) = assignee {
        step.emit(Event::UserTaskAssigned { key, assignee, by });
    }
}

fn listeners<'a>(step: &Step<'a>, task: &UserTask) -> &'a [Listener] {
    match &step.element(task.details.element).kind {
        ElementKind::UserTask(Kind::Native(native)) => &native.listeners,
        _ => &[],
    }
}
