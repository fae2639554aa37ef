//! Commands: guards first, then the first events; the work queue does the rest.
//!
//! A guard looks and may refuse with a sentence that names the remedy. Every command function is written so that
//! nothing is emitted before its last guard has passed.

mod ad_hoc;
mod incidents;
mod instance;
mod jobs;
pub(crate) mod migrate;
mod modify;
mod suspension;
mod triggers;
mod user_tasks;
mod variables;

pub(crate) use jobs::ListenerResult;
pub(crate) use triggers::reach;

use crate::command::{Command, Variables};
use crate::keys::ElementInstanceKey;
use crate::mappings::{self, Oversize};
use crate::operation::Operation;
use crate::rejection::{Rejection, RejectionCode};
use crate::state::ElementState;
use crate::step::{Asked, Step};

/// Decides about a command.
pub(crate) fn decide(step: &mut Step<'_>, command: &Command) -> Result<(), Rejection> {
    if step.state().is_suspended() {
        suspension::check(step, command)?;
    }
    match command {
        Command::Asked { by, batch, from, command } => {
            let asked = |operation| Asked { operation, by: by.clone(), batch: *batch, from: from.clone() };
            step.asked = Operation::of(command).map(asked);
            decide(step, command)
        }
        Command::Create(create) => instance::create(step, create),
        Command::CompleteJob { job, variables, denied, corrections, choice } => {
            let result =
                jobs::ListenerResult { denied: denied.as_deref(), corrections: corrections.as_deref() };
            jobs::complete(step, *job, variables, result, choice.as_deref())
        }
        Command::FailJob { job, retries, retry_at, message, variables } => jobs::fail(
            step,
            *job,
            &jobs::Failure { retries: *retries, retry_at: *retry_at, message, variables },
        ),
        Command::ThrowJobError { job, code, message, variables } => {
            jobs::throw_error(step, *job, code, message, variables)
        }
        Command::UpdateJob { job, retries, priority } => jobs::update(step, *job, *retries, *priority),
        Command::CompleteUserTask { user_task, variables, by, action } => {
            user_tasks::complete(step, *user_task, variables, (by.as_ref(), action))
        }
        Command::AssignUserTask { user_task, assignee, allow_override, by, action } => {
            user_tasks::assign(step, *user_task, assignee.as_ref(), *allow_override, (by.as_ref(), action))
        }
        Command::UpdateUserTask { user_task, changes, by, action } => {
            user_tasks::update(step, *user_task, changes, (by.as_ref(), action))
        }
        Command::TriggerTimer { timer } => triggers::timer(step, *timer),
        Command::CorrelateMessage { subscription, message, variables } => {
            triggers::message(step, *subscription, *message, variables)
        }
        Command::ReceiveSignal { subscription, signal, variables } => {
            triggers::signal(step, *subscription, *signal, variables)
        }
        Command::ChildEnded { child, caller, outcome } => {
            triggers::child_ended(step, *child, *caller, outcome)
        }
        Command::ChildEscalated { child, caller, origin, code } => {
            triggers::child_escalated(step, *child, *caller, *origin, code)
        }
        Command::ChildTroubled { child, caller, incident } => {
            triggers::child_troubled(step, *child, *caller, *incident)
        }
        Command::ResolveIncident { incident, give_retry } => incidents::resolve(step, *incident, *give_retry),
        Command::RaiseIncident { element_instance, kind, message } => {
            incidents::raise(step, *element_instance, *kind, message)
        }
        Command::SetVariables { scope, variables, local } => variables::set(step, *scope, variables, *local),
        Command::Cancel { by: _ } => instance::cancel(step, false),
        Command::CancelCalled { caller: _ } => instance::cancel(step, true),
        Command::ActivateAdHoc { ad_hoc, elements, cancel_remaining } => {
            ad_hoc::activate(step, *ad_hoc, elements, *cancel_remaining)
        }
        Command::Modify(modification) => modify::modify(step, modification),
        Command::Migrate(migration) => migrate::migrate(step, migration),
        Command::Suspend => suspension::suspend(step),
        Command::Resume => suspension::resume(step),
        Command::Continue => instance::go_on(step),
    }
}

/// The instance was never created.
pub(crate) fn not_created() -> Rejection {
    Rejection::new(
        RejectionCode::InstanceNotFound,
        "This process instance does not exist. Check its key; create the instance first.",
    )
}

/// Refuses variables that are too large.
fn check_variables(step: &Step<'_>, variables: &Variables) -> Result<(), Rejection> {
    let Some(oversize) = mappings::oversize(step.state(), variables) else { return Ok(()) };
    let code = match oversize {
        Oversize::Name(_) => RejectionCode::VariableNameInvalid,
        Oversize::Value(..) | Oversize::Total(_) => RejectionCode::VariableTooLarge,
    };
    Err(Rejection::new(code, oversize.message()))
}

/// Refuses an element instance that is gone, or is not in one of these states any more.
fn check_state(step: &Step<'_>, key: ElementInstanceKey, states: &[ElementState]) -> Result<(), Rejection> {
    if step.instance(key).is_none() {
        let message =
            format!("The element instance {key} does not exist any more. It was completed or terminated.");
        return Err(Rejection::new(RejectionCode::ElementInstanceNotFound, message));
    }
    if states.iter().any(|state| step.is_in(key, *state)) {
        return Ok(());
    }
    let message = format!(
        "The element instance {key} is being completed or terminated and takes nothing in any more. If it has an \
         incident, resolve that first."
    );
    Err(Rejection::new(RejectionCode::ElementNotActive, message))
}
