//! Suspending and resuming an instance.
//!
//! A suspended instance makes no progress: its jobs are not offered, its timers do not go off (they are due when it is
//! resumed), messages do not reach it, and nobody completes its user tasks. What is in other hands already is not
//! lost: the result of a job that a worker has, the end of a called process, and a signal, which is broadcast once, are
//! taken in and wait; so does all other work that follows, until it is resumed. It can be canceled, modified, migrated, and its variables set.
//! Called instances follow their caller.

use crate::command::Command;
use crate::event::{Event, InstanceResumed};
use crate::rejection::{Rejection, RejectionCode};
use crate::state::ElementInstance;
use crate::step::Step;

/// Stops the instance's progress.
pub(super) fn suspend(step: &mut Step<'_>) -> Result<(), Rejection> {
    running(step)?;
    if step.state().is_suspended() {
        return Err(suspended(step, "It stays so; resume it to go on"));
    }
    let timers = step.state().timers().map(|timer| timer.key).collect();
    step.emit(Event::InstanceSuspended { timers });
    tell_called(step, true);
    Ok(())
}

/// Lets the instance go on.
pub(super) fn resume(step: &mut Step<'_>) -> Result<(), Rejection> {
    let key = running(step)?;
    if !step.state().is_suspended() {
        let message = format!("The process instance {key} is not suspended; there is nothing to resume.");
        return Err(Rejection::new(RejectionCode::InstanceNotSuspended, message));
    }
    let timers = step.state().timers().map(|timer| (timer.key, timer.due)).collect();
    let owners = step.state().timers().map(|timer| (timer.element_instance, timer.target)).collect();
    let subscriptions = step.state().subscriptions().map(|subscription| subscription.key).collect();
    step.emit(Event::InstanceResumed(Box::new(InstanceResumed { timers, subscriptions, owners })));
    tell_called(step, false);
    if step.state().has_paused_work() {
        step.take_up();
    }
    Ok(())
}

/// Refuses what a suspended instance does not do.
pub(super) fn check(step: &Step<'_>, command: &Command) -> Result<(), Rejection> {
    let remedy = match command {
        Command::CompleteUserTask { .. } => "Resume it, then complete the user task",
        Command::ResolveIncident { .. } => "Resume it, then resolve the incident",
        Command::TriggerTimer { .. } => "Its timers are due when it is resumed",
        Command::CorrelateMessage { .. } => "It takes no messages until it is resumed",
        Command::ActivateAdHoc { .. } => "Resume it, then activate the elements",
        Command::Continue => "It goes on when it is resumed",
        Command::Asked { command, .. } => return check(step, command),
        Command::Create(_)
        | Command::ReceiveSignal { .. }
        | Command::CompleteJob { .. }
        | Command::FailJob { .. }
        | Command::ThrowJobError { .. }
        | Command::UpdateJob { .. }
        | Command::AssignUserTask { .. }
        | Command::UpdateUserTask { .. }
        | Command::ChildEnded { .. }
        | Command::ChildEscalated { .. }
        | Command::ChildTroubled { .. }
        | Command::RaiseIncident { .. }
        | Command::SetVariables { .. }
        | Command::Cancel { .. }
        | Command::CancelCalled { .. }
        | Command::Modify(_)
        | Command::Migrate(_)
        | Command::Suspend
        | Command::Resume => return Ok(()),
    };
    Err(suspended(step, remedy))
}

fn suspended(step: &Step<'_>, remedy: &str) -> Rejection {
    let key = step.state().key().map_or(0, |key| key.0);
    let message = format!("The process instance {key} is suspended. {remedy}.");
    Rejection::new(RejectionCode::InstanceSuspended, message)
}

fn running(step: &Step<'_>) -> Result<crate::keys::ProcessInstanceKey, Rejection> {
    let key = step.state().key().ok_or_else(super::not_created)?;
    if step.state().is_ended() {
        let message = format!("The process instance {key} is over already.");
        return Err(Rejection::new(RejectionCode::InstanceEnded, message));
    }
    Ok(key)
}

/// The called instances follow.
fn tell_called(step: &mut Step<'_>, suspend: bool) {
    let called: Vec<_> = step.state().element_instances().filter_map(ElementInstance::called).collect();
    for child in called {
        step.emit(Event::ChildSuspensionRequested { child, suspend });
    }
}
