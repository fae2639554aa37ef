//! Task listeners: jobs before a user task is created, assigned, updated, completed or canceled.
//!
//! They run one after another: those of the installation ([`crate::global_listeners`]), then the model's in document
//! order, then those of the installation that want to come last; the transition takes place after the last. A listener
//! of assigning, updating or completing may deny it: the user task is open as before then. Each may correct what the
//! transition does to the attributes of the user task; the corrections of a later one count more, and those of a
//! transition that is denied are lost. Meanwhile the user task takes no other command, but its boundary events stay
//! open. While listeners hear that it is canceled, its element instance is being stopped and waits for them, as a call
//! activity waits for what it called; it cannot be denied, and nothing else reaches the user task.

use std::sync::Arc;

use hosk_model::{ElementKind, Listener, ListenerEvent, NativeUserTask, UserTask as Kind};

use crate::command::{Corrections, UserTaskChanges};
use crate::commands::ListenerResult;
use crate::elements::Cause;
use crate::event::{Event, UserTaskTransition};
use crate::global_listeners::{self, ChosenListener};
use crate::incidents::{self, Trouble};
use crate::jobs::{self, Prepared};
use crate::keys::{ElementInstanceKey, UserTaskKey};
use crate::state::{ElementInstance, ElementState, UserTask};
use crate::step::Step;
use crate::work::Work;

/// Whether a user task of this kind has listeners to an event now.
pub(crate) fn has_any(step: &Step<'_>, task: &NativeUserTask, event: ListenerEvent) -> bool {
    task.listeners.iter().any(|listener| listener.event == event)
        || !global_listeners::chosen(step.definitions, event).is_empty()
}

/// Begins a transition: its listeners first, if there are any.
pub(crate) fn begin(step: &mut Step<'_>, key: UserTaskKey, transition: UserTaskTransition) {
    let Some(task) = step.state().user_task(key) else { return };
    let owner = task.details.element_instance;
    let event = transition.listener_event();
    let global = global_listeners::chosen(step.definitions, event);
    if global.is_empty() && !listeners(step, task).iter().any(|l| l.event == event) {
        return take_place(step, key, owner, transition);
    }
    step.emit(Event::UserTaskTransitioning { key, to: Box::new(transition), global });
    go_on(step, owner);
}

/// Whether an element instance that is being stopped has to wait for listeners that hear of it. What the user task was
/// about to do before is given up.
pub(crate) fn is_waiting_at_cancel(step: &mut Step<'_>, owner: ElementInstanceKey) -> bool {
    let Some(key) = step.instance(owner).and_then(ElementInstance::user_task) else { return false };
    let Some(task) = step.state().user_task(key) else { return false };
    if is_canceling(step, owner) {
        return true;
    }
    let model = listeners(step, task).iter().any(|l| l.event == ListenerEvent::Canceling);
    if !model && global_listeners::chosen(step.definitions, ListenerEvent::Canceling).is_empty() {
        return false;
    }
    step.close_incident(owner);
    if let Some(job) = step.instance(owner).and_then(ElementInstance::job) {
        step.emit(Event::JobCanceled { key: job });
    }
    begin(step, key, UserTaskTransition::Canceling);
    true
}

/// Whether listeners hear that the user task of an element instance is canceled.
pub(crate) fn is_canceling(step: &Step<'_>, owner: ElementInstanceKey) -> bool {
    let Some(instance) = step.instance(owner).filter(|i| i.state() == ElementState::Terminating) else {
        return false;
    };
    let task = instance.user_task().and_then(|key| step.state().user_task(key));
    let is_told = |task: &UserTask| matches!(task.transition.as_deref(), Some(UserTaskTransition::Canceling));
    task.is_some_and(is_told)
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
    match next_job(step, owner, task, transition.listener_event()) {
        Some(Ok(job)) => jobs::create(step, job),
        Some(Err(trouble)) => incidents::raise(step, owner, trouble),
        None => {
            let transition = (**transition).clone();
            take_place(step, key, owner, transition);
        }
    }
}

/// The job of the listener whose turn it is; `None` after the last.
fn next_job(
    step: &Step<'_>,
    owner: ElementInstanceKey,
    task: &UserTask,
    event: ListenerEvent,
) -> Option<Result<Prepared, Trouble>> {
    enum Turn<'t> {
        Global(&'t ChosenListener),
        Model(&'t Listener),
    }
    let global = |after: bool| task.global.iter().filter(move |chosen| chosen.after_non_global == after);
    let model = listeners(step, task).iter().filter(|listener| listener.event == event);
    let all = global(false).map(Turn::Global).chain(model.map(Turn::Model));
    let mut all = all.chain(global(true).map(Turn::Global));
    let element = step.element(task.details.element);
    Some(match all.nth(task.listeners_done as usize)? {
        Turn::Global(chosen) => Ok(jobs::prepare_global(owner, element, event, chosen)),
        Turn::Model(listener) => jobs::prepare_listener(step, owner, element, listener),
    })
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
                begin(step, key, UserTaskTransition::Assigning { assignee, by: None, action: None });
            }
        }
        UserTaskTransition::Assigning { assignee, by, action: _ } => {
            also_update(step, key, more, by.clone());
            step.emit(Event::UserTaskAssigned { key, assignee: other.unwrap_or(assignee), by });
        }
        UserTaskTransition::Updating { changes, by, action: _ } => {
            step.emit(Event::UserTaskUpdated { key, changes: changes.then(more), by: by.clone() });
            also_assign(step, key, other, by);
        }
        UserTaskTransition::Completing { variables, by, action: _ } => {
            also_update(step, key, more, by.clone());
            also_assign(step, key, other, by.clone());
            step.emit(Event::UserTaskCompleted { key, by });
            step.resume(owner, &Cause::Done(&variables));
        }
        UserTaskTransition::Canceling => {
            also_update(step, key, more, None);
            also_assign(step, key, other, None);
            step.emit(Event::UserTaskCanceled { key });
            step.push(Work::Terminated { key: owner });
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
