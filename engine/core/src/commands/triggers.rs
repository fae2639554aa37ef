//! Commands that bring what was waited for: a timer is due, a message or signal arrived, a called process ended.

use std::sync::Arc;

use super::{check_state, check_variables};
use crate::command::{ChildOutcome, Variables};
use crate::elements::Cause;
use crate::event::{Event, SignalEvent};
use crate::incidents;
use crate::keys::{
    ElementInstanceKey, IncidentKey, MessageKey, ProcessInstanceKey, SignalKey, SubscriptionKey, TimerKey,
};
use crate::multi_instance::Role;
use crate::rejection::{Rejection, RejectionCode};
use crate::state::{ElementInstance, ElementState};
use crate::step::Step;
use crate::triggers::{error, escalation, multiple, timer as timers};
use crate::work::Work;

/// A timer is due.
pub(super) fn timer(step: &mut Step<'_>, key: TimerKey) -> Result<(), Rejection> {
    let timer = step.state().timer(key).cloned().ok_or_else(|| {
        let message = format!("The timer {key} does not run any more. It went off before, or was canceled.");
        Rejection::new(RejectionCode::TimerNotFound, message)
    })?;
    check_state(step, timer.element_instance, &[ElementState::Active])?;
    if step.now < timer.due {
        let message = format!(
            "The timer {key} is due in {} ms. Check the clock that triggered it.",
            timer.due.0 - step.now.0
        );
        return Err(Rejection::new(RejectionCode::TimerNotDue, message));
    }
    step.emit(Event::TimerTriggered { key });
    timers::reschedule(step, &timer);
    reach(step, timer.element_instance, timer.target, &Variables::new());
    Ok(())
}

/// A message reaches a subscription.
pub(super) fn message(
    step: &mut Step<'_>,
    key: SubscriptionKey,
    message: MessageKey,
    variables: &Variables,
) -> Result<(), Rejection> {
    let subscription = step.state().subscription(key).ok_or_else(|| {
        let message =
            format!("The subscription {key} is closed. Its message came before, or it was canceled.");
        Rejection::new(RejectionCode::SubscriptionNotFound, message)
    })?;
    let (owner, target) = (subscription.element_instance, subscription.target);
    if subscription.received.contains(&message) {
        let text =
            format!("The message {message} has reached the subscription {key} before; nothing was changed.");
        return Err(Rejection::new(RejectionCode::MessageAlreadyCorrelated, text));
    }
    check_state(step, owner, &[ElementState::Active])?;
    check_variables(step, variables)?;
    if multiple::is_full(step, owner, target) {
        let text = format!(
            "The subscription {key} keeps as many messages as it can, until the other triggers of its event come. Let \
             them come, or publish the message again later."
        );
        return Err(Rejection::new(RejectionCode::TooManyTriggers, text));
    }
    step.emit(Event::SubscriptionCorrelated { key, message });
    reach(step, owner, target, variables);
    Ok(())
}

/// A signal reaches a subscription.
pub(super) fn signal(
    step: &mut Step<'_>,
    key: SubscriptionKey,
    signal: SignalKey,
    variables: &Variables,
) -> Result<(), Rejection> {
    let subscription = step.state().signal_subscription(key).ok_or_else(|| {
        let message = format!(
            "The signal subscription {key} is closed. Another signal came before, or it was canceled."
        );
        Rejection::new(RejectionCode::SubscriptionNotFound, message)
    })?;
    let (owner, target) = (subscription.element_instance, subscription.target);
    let closes = subscription.interrupting;
    if subscription.received.contains(&signal) {
        let text =
            format!("The signal {signal} has reached the subscription {key} before; nothing was changed.");
        return Err(Rejection::new(RejectionCode::SignalAlreadyReceived, text));
    }
    check_state(step, owner, &[ElementState::Active])?;
    check_variables(step, variables)?;
    step.emit(Event::Signal(SignalEvent::Received { key, signal, closes }));
    reach(step, owner, target, variables);
    Ok(())
}

/// The called process came to its end.
pub(super) fn child_ended(
    step: &mut Step<'_>,
    child: ProcessInstanceKey,
    caller: ElementInstanceKey,
    outcome: &ChildOutcome,
) -> Result<(), Rejection> {
    if step.instance(caller).and_then(ElementInstance::called) != Some(child) {
        let message = format!(
            "The element instance {caller} does not wait for the process instance {child}. Its end was reported \
             before, or the call was interrupted; nothing was changed."
        );
        return Err(Rejection::new(RejectionCode::ChildNotExpected, message));
    }
    if step.state().called_incident(caller).is_some() {
        step.emit(Event::ChildTroubled { child, caller, incident: None });
    }
    if !step.is_in(caller, ElementState::Active) {
        // The call is being interrupted: this is what it waits for, however the called process ended.
        step.emit(Event::ChildEnded { child, caller });
        if step.instance(caller).is_some_and(|i| i.state() == ElementState::Terminating) {
            step.push(Work::Terminated { key: caller });
        }
        return Ok(());
    }
    step.emit(Event::ChildEnded { child, caller });
    match outcome {
        ChildOutcome::Completed { variables } => step.resume(caller, &Cause::Done(variables)),
        ChildOutcome::Error { code, message, variables } => {
            if let Err(trouble) = error::throw(step, caller, code, message, variables) {
                incidents::raise(step, caller, trouble);
            }
        }
        ChildOutcome::Terminated => {
            let trouble = crate::incidents::Trouble::new(
                crate::event::IncidentKind::CalledElementError,
                format!(
                    "The called process instance {child} was canceled. Resolve this incident to call it again, or cancel this instance."
                ),
            );
            incidents::raise(step, caller, trouble);
        }
    }
    Ok(())
}

/// The called process threw an escalation that nothing in it catches.
pub(super) fn child_escalated(
    step: &mut Step<'_>,
    child: ProcessInstanceKey,
    caller: ElementInstanceKey,
    origin: ElementInstanceKey,
    code: &Arc<str>,
) -> Result<(), Rejection> {
    let expected = step
        .instance(caller)
        .is_some_and(|i| i.called() == Some(child) && !i.escalations().contains(&origin));
    if !expected {
        let message = format!(
            "The element instance {caller} does not wait for an escalation of the process instance {child}. It came \
             before, or the call is over; nothing was changed."
        );
        return Err(Rejection::new(RejectionCode::ChildNotExpected, message));
    }
    check_state(step, caller, &[ElementState::Active])?;
    step.emit(Event::ChildEscalated { child, caller, origin });
    let thrown = escalation::find(step, caller, origin, code.clone());
    escalation::deliver(step, thrown);
    Ok(())
}

/// Something the called process is or called has an incident, or none any more.
pub(super) fn child_troubled(
    step: &mut Step<'_>,
    child: ProcessInstanceKey,
    caller: ElementInstanceKey,
    incident: Option<IncidentKey>,
) -> Result<(), Rejection> {
    let known = step.state().called_incident(caller);
    if step.instance(caller).and_then(ElementInstance::called) != Some(child) || known == incident {
        let message = format!(
            "The element instance {caller} does not wait for the process instance {child}, or knows of its incident; \
             nothing was changed."
        );
        return Err(Rejection::new(RejectionCode::ChildNotExpected, message));
    }
    if known.is_some() && incident.is_some() {
        step.emit(Event::ChildTroubled { child, caller, incident: None });
    }
    step.emit(Event::ChildTroubled { child, caller, incident });
    Ok(())
}

/// What an element instance waited for on behalf of `target` is there.
pub(crate) fn reach(
    step: &mut Step<'_>,
    owner: ElementInstanceKey,
    target: hosk_model::ElementIndex,
    variables: &Variables,
) {
    let element = step.element(target);
    let cause = Cause::Done(variables);
    if let Err(trouble) =
        step.behave(element, Role::Single, |behaviour, step| behaviour.resume(step, owner, &cause))
    {
        incidents::raise(step, owner, trouble);
    }
}
