//! Escalation trigger (BPMN 2.0, 10.4.4, 13.5.2, 13.5.3 and 13.5.5): thrown by an intermediate throw or end event, or by
//! a called process.
//!
//! It goes outward to the nearest handler (`catching.rs`), and no further. A handler that interrupts stops its scope
//! before anything else happens, the thrower included; beside any other the thrower goes on. One that nothing in this
//! instance catches goes to the caller, as a message between instances: the called process goes on meanwhile. One that
//! nothing catches at all is lost, and stands in the history as such; unlike an error it is no incident.

use std::sync::Arc;

use hosk_model::EscalationTrigger;

use crate::catching::{self, Family, Handler};
use crate::command::Variables;
use crate::event::Event;
use crate::expressions;
use crate::incidents::Trouble;
use crate::keys::ElementInstanceKey;
use crate::step::Step;

/// An escalation under way to its handler.
pub(crate) struct Thrown {
    thrower: ElementInstanceKey,
    /// What threw it first, in the instance where it began.
    origin: ElementInstanceKey,
    code: Arc<str>,
    handler: Option<Handler>,
    /// What its handler receives.
    brings: Variables,
}

impl Thrown {
    /// The same with variables for its handler.
    pub(crate) fn bringing(self, brings: Variables) -> Self {
        Self { brings, ..self }
    }
}

/// Evaluates the code of a throwing event and finds the handler.
pub(crate) fn prepare(
    step: &Step<'_>,
    key: ElementInstanceKey,
    trigger: &EscalationTrigger,
) -> Result<Thrown, Trouble> {
    prepare_at(step, key, key, trigger)
}

/// The same, for one that starts at another element instance: a child of a multi-instance activity throws at its body.
pub(crate) fn prepare_at(
    step: &Step<'_>,
    key: ElementInstanceKey,
    thrower: ElementInstanceKey,
    trigger: &EscalationTrigger,
) -> Result<Thrown, Trouble> {
    let code = match &trigger.code {
        Some(code) => expressions::text(step, key, "the escalation code", code)?,
        None => Arc::from(""),
    };
    Ok(find(step, thrower, key, code))
}

/// Finds the handler of an escalation at an element instance.
pub(crate) fn find(
    step: &Step<'_>,
    thrower: ElementInstanceKey,
    origin: ElementInstanceKey,
    code: Arc<str>,
) -> Thrown {
    let handler = catching::find(step, thrower, Family::Escalation, &code);
    Thrown { thrower, origin, code, handler, brings: Variables::new() }
}

/// The escalation happens: its handler begins, or the caller is told.
pub(crate) fn deliver(step: &mut Step<'_>, thrown: Thrown) {
    let Thrown { thrower, origin, code, handler, brings } = thrown;
    let catcher = handler.as_ref().map(Handler::event);
    let parent = if handler.is_none() { step.state().parent() } else { None };
    step.emit(Event::EscalationThrown { thrower, origin, code, catcher, parent });
    if let Some(handler) = handler {
        catching::deliver(step, &handler, brings);
    }
}
