//! Message trigger (BPMN 2.0, 10.5.5): waits for a message with a name and a correlation key.

use std::sync::Arc;

use hosk_model::{CorrelationKey, ElementIndex, MessageTrigger};

use super::{Target, Wait};
use crate::event::Event;
use crate::expressions;
use crate::incidents::Trouble;
use crate::keys::{ElementInstanceKey, SubscriptionKey};
use crate::step::Step;

/// A subscription about to be opened.
pub(crate) struct Prepared {
    target: ElementIndex,
    name: Arc<str>,
    correlation_key: Arc<str>,
    interrupting: bool,
}

/// Evaluates name and correlation key.
pub(crate) fn prepare(
    step: &Step<'_>,
    key: ElementInstanceKey,
    target: Target<'_>,
    message: &MessageTrigger,
    interrupting: bool,
) -> Result<Wait, Trouble> {
    let name = expressions::text(step, key, "the message name", &message.name)?;
    let correlation_key = correlation_key(step, key, message.correlation_key.as_ref())?;
    Ok(Wait::Message(Prepared { target: target.slot, name, correlation_key, interrupting }))
}

/// By what a message is correlated, on both sides; empty where that is not needed.
pub(super) fn correlation_key(
    step: &Step<'_>,
    key: ElementInstanceKey,
    correlation_key: Option<&CorrelationKey>,
) -> Result<Arc<str>, Trouble> {
    match correlation_key {
        Some(CorrelationKey::Given(value)) => expressions::text(step, key, "the correlation key", value),
        Some(CorrelationKey::Conversation) => Ok(step.state().conversation().unwrap_or_default()),
        None => Ok("".into()),
    }
}

/// Opens the subscription.
pub(super) fn open(step: &mut Step<'_>, element_instance: ElementInstanceKey, prepared: Prepared) {
    let key = SubscriptionKey(step.next_key());
    step.emit(Event::SubscriptionOpened {
        key,
        element_instance,
        target: prepared.target,
        message_name: prepared.name,
        correlation_key: prepared.correlation_key,
        interrupting: prepared.interrupting,
    });
}
