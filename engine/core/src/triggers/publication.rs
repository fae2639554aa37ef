//! Throwing a message (BPMN 2.0, 10.5.5, 13.5.2): it is published by the engine itself, to whoever waits for it.
//!
//! Everything is evaluated first. The event then carries the whole message; publishing it is an effect, which the
//! runtime carries out exactly once. What travels with the message are the variables of the throwing element itself,
//! which its input mappings made: a message tells others what the model says, not everything there is to see.

use hosk_model::{MessagePublication, TimerKind};

use super::{message, timer};
use crate::event::{Event, IncidentKind, MessageThrown};
use crate::expressions;
use crate::incidents::Trouble;
use crate::keys::{ElementInstanceKey, MessageKey, Timestamp};
use crate::step::Step;

/// A message with everything but its key.
pub(crate) struct Prepared(MessageThrown);

/// Evaluates what is to be published.
pub(crate) fn prepare(
    step: &Step<'_>,
    key: ElementInstanceKey,
    publication: &MessagePublication,
) -> Result<Prepared, Trouble> {
    prepare_at(step, key, key, publication)
}

/// The same, for one that another element instance throws: a child of a multi-instance activity throws at its body.
pub(crate) fn prepare_at(
    step: &Step<'_>,
    key: ElementInstanceKey,
    thrower: ElementInstanceKey,
    publication: &MessagePublication,
) -> Result<Prepared, Trouble> {
    let name = expressions::text(step, key, "the message name", &publication.name)?;
    let correlation_key = message::correlation_key(step, key, publication.correlation_key.as_ref())?;
    let message_id = match &publication.message_id {
        Some(value) => expressions::optional_text(step, key, "the message id", value)?,
        None => None,
    };
    Ok(Prepared(MessageThrown {
        // Drawn when nothing can fail any more.
        key: MessageKey(0),
        element_instance: thrower,
        name,
        correlation_key,
        message_id,
        expires_at: expiry(step, key, publication)?,
        variables: step.state().local_variables(key),
        tenant: step.process.tenant.clone(),
    }))
}

/// Publishes the message.
pub(crate) fn throw(step: &mut Step<'_>, Prepared(mut message): Prepared) {
    message.key = MessageKey(step.next_key());
    step.emit(Event::MessageThrown(Box::new(message)));
}

fn expiry(
    step: &Step<'_>,
    key: ElementInstanceKey,
    publication: &MessagePublication,
) -> Result<Timestamp, Trouble> {
    let Some(value) = &publication.time_to_live else { return Ok(step.now) };
    let Some(text) = expressions::optional_text(step, key, "the time to live", value)? else {
        return Ok(step.now);
    };
    let due = timer::due(TimerKind::Duration, &text, step.now);
    due.map(|due| due.at).map_err(|why| {
        Trouble::new(IncidentKind::ExtractValueError, format!("The time to live of the message: {why}"))
    })
}
