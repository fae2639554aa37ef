//! Error trigger (BPMN 2.0, 13.5.3 and 13.5.5): thrown by an error end event, a job or a called process.
//!
//! It looks for its handler outward: first the boundary events of the activity that threw it, then, per container, its
//! event sub-processes and its own boundary events. A handler for this very code comes before one for any error. An
//! error that leaves a called process ends that instance and goes on at the call activity. One that nothing catches is
//! an incident where it was thrown. Handlers of errors always interrupt.

use std::sync::Arc;

use hosk_model::{Element, ElementIndex, ElementKind, ErrorTrigger, Trigger};

use crate::command::{ChildOutcome, Variables};
use crate::elements::event_sub_process;
use crate::event::{Event, IncidentKind};
use crate::expressions;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::multi_instance::{self, Role};
use crate::state::{ElementInstance, ElementState};
use crate::step::Step;
use crate::work::Work;

/// An error under way to its handler.
pub(crate) struct Thrown {
    handler: Handler,
    code: String,
    message: String,
    variables: Variables,
}

enum Handler {
    /// A boundary event of an activity.
    Boundary { activity: ElementInstanceKey, event: ElementIndex },
    /// An event sub-process of a container.
    EventSubProcess { container: ElementInstanceKey, start: ElementIndex },
    /// The process that called this instance.
    Caller,
}

/// Evaluates the code of an error end event and finds the handler.
pub(crate) fn prepare(
    step: &Step<'_>,
    key: ElementInstanceKey,
    element: &Element,
    trigger: &ErrorTrigger,
) -> Result<Thrown, Trouble> {
    let code = match &trigger.code {
        Some(code) => expressions::text(step, key, "the error code", code)?,
        None => Arc::from(""),
    };
    let message = format!("thrown by the end event '{}'", element.id);
    find(step, key, code.to_string(), message, Variables::new())
}

/// Finds the handler of an error thrown at an element instance.
pub(crate) fn find(
    step: &Step<'_>,
    thrower: ElementInstanceKey,
    code: String,
    message: String,
    variables: Variables,
) -> Result<Thrown, Trouble> {
    match handler(step, thrower, &code) {
        Some(handler) => Ok(Thrown { handler, code, message, variables }),
        None => Err(uncaught(step, thrower, &code, &message)),
    }
}

/// The error reaches its handler: what it interrupts is stopped, innermost first, then the handler begins.
pub(crate) fn deliver(step: &mut Step<'_>, thrown: Thrown) {
    let Thrown { handler, code, message, variables } = thrown;
    match handler {
        Handler::Boundary { activity, event } => {
            let Some(scope) = step.instance(activity).map(ElementInstance::scope) else { return };
            step.interrupt(activity, Work::Enter { element: event, scope, received: variables });
        }
        Handler::EventSubProcess { container, start } => {
            let start = step.element(start);
            event_sub_process::start(step, container, start, true, variables);
        }
        Handler::Caller => {
            let Some(root) = step.state().key() else { return };
            let outcome = Box::new(ChildOutcome::Error { code, message, variables });
            step.interrupt(root.root(), Work::End { outcome });
        }
    }
}

fn handler(step: &Step<'_>, thrower: ElementInstanceKey, code: &str) -> Option<Handler> {
    let mut inside: Option<&Element> = None;
    for instance in step.state().scopes(thrower) {
        let element = step.definition.element(instance.element());
        let is_active = instance.state() == ElementState::Active;
        // What an event sub-process throws is not for the event sub-processes beside it: they were its alternatives.
        let from_event_sub_process = inside.is_some_and(|e| matches!(e.kind, ElementKind::EventSubProcess));
        let contains = multi_instance::role(element, instance) != Role::Body;
        if is_active && inside.is_some() && contains && !from_event_sub_process {
            let starts = element.contents.event_sub_processes.iter().flat_map(|sub_process| {
                let starts = &step.element(*sub_process).contents.triggered_starts;
                starts.iter().copied()
            });
            if let Some(start) = best(step, instance.key(), code, starts) {
                return Some(Handler::EventSubProcess { container: instance.key(), start });
            }
        }
        let has_boundary = multi_instance::role(element, instance) != Role::Child;
        if is_active
            && has_boundary
            && let Some(event) = best(step, instance.key(), code, element.boundary_events.iter().copied())
        {
            return Some(Handler::Boundary { activity: instance.key(), event });
        }
        inside = Some(element);
    }
    step.state().parent().map(|_| Handler::Caller)
}

/// Of the events that catch errors the one for this code, else the one for any.
fn best(
    step: &Step<'_>,
    key: ElementInstanceKey,
    code: &str,
    events: impl Iterator<Item = ElementIndex>,
) -> Option<ElementIndex> {
    let mut any = None;
    for event in events {
        let (ElementKind::BoundaryEvent { trigger: Trigger::Error(trigger), .. }
        | ElementKind::StartEvent { trigger: Some(Trigger::Error(trigger)), .. }) = &step.element(event).kind
        else {
            continue;
        };
        match &trigger.code {
            None => any = any.or(Some(event)),
            // A handler whose code cannot be evaluated catches nothing.
            Some(expected) => {
                if expressions::text(step, key, "the error code", expected).is_ok_and(|e| *e == *code) {
                    return Some(event);
                }
            }
        }
    }
    any
}

fn uncaught(step: &Step<'_>, thrower: ElementInstanceKey, code: &str, message: &str) -> Trouble {
    let place = step.element_of(thrower).map_or("the process", |e| &*e.id);
    let says = if message.is_empty() { String::new() } else { format!(" ({message})") };
    let sentence = format!(
        "The error '{code}' at '{place}'{says} is not caught: no boundary event and no event sub-process around it \
         handles this code. Deploy a model that does, or make the work succeed, then resolve this incident: it is done \
         again."
    );
    Trouble::new(IncidentKind::UnhandledErrorEvent, sentence)
}

/// An error thrown by the job of an element instance, or by the process it called: delivered, or an incident.
pub(crate) fn throw(
    step: &mut Step<'_>,
    thrower: ElementInstanceKey,
    code: &str,
    message: &str,
    variables: &Variables,
) -> Result<(), Trouble> {
    let thrown = find(step, thrower, code.to_owned(), message.to_owned(), variables.clone())?;
    deliver(step, thrown);
    Ok(())
}

/// The job of an element instance threw an error.
pub(crate) fn throw_from_job(
    step: &mut Step<'_>,
    job: crate::keys::JobKey,
    thrower: ElementInstanceKey,
    code: &str,
    message: &str,
    variables: &Variables,
) {
    step.emit(Event::JobErrorThrown { key: job, code: code.to_owned(), message: message.to_owned() });
    if let Err(trouble) = throw(step, thrower, code, message, variables) {
        crate::incidents::raise_for(step, thrower, Some(job), trouble);
    }
}
