//! Error trigger (BPMN 2.0, 13.5.3 and 13.5.5): thrown by an error end event, a job or a called process.
//!
//! It looks for its handler outward (`catching.rs`). An error that leaves a called process ends that instance and goes on
//! at the call activity. One that nothing catches is an incident where it was thrown. Handlers of errors always
//! interrupt.

use std::sync::Arc;

use hosk_model::{Element, ErrorTrigger};

use crate::catching::{self, Family, Handler};
use crate::command::{ChildOutcome, Variables};
use crate::event::{Event, IncidentKind};
use crate::expressions;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::Step;
use crate::work::Work;

/// An error under way to its handler.
pub(crate) struct Thrown {
    catcher: Catcher,
    code: String,
    message: String,
    variables: Variables,
}

enum Catcher {
    /// In this instance.
    Inside(Handler),
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
    let inside = catching::find(step, thrower, Family::Error, &code).map(Catcher::Inside);
    match inside.or_else(|| step.state().parent().map(|_| Catcher::Caller)) {
        Some(catcher) => Ok(Thrown { catcher, code, message, variables }),
        None => Err(uncaught(step, thrower, &code, &message)),
    }
}

/// The error reaches its handler: what it interrupts is stopped, innermost first, then the handler begins.
pub(crate) fn deliver(step: &mut Step<'_>, thrown: Thrown) {
    let Thrown { catcher, code, message, variables } = thrown;
    match catcher {
        Catcher::Inside(handler) => catching::deliver(step, &handler, variables),
        Catcher::Caller => {
            let Some(root) = step.state().key() else { return };
            let outcome = Box::new(ChildOutcome::Error { code, message, variables });
            step.interrupt(root.root(), Work::End { outcome });
        }
    }
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
