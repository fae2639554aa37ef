//! Message trigger (BPMN 2.0, 10.5.5): waits for a message with a name and a correlation key.

use std::sync::Arc;

use hosk_model::{Dynamic, Element, ElementIndex, MessageTrigger};

use super::Wait;
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
    target: &Element,
    message: &MessageTrigger,
    interrupting: bool,
) -> Result<Wait, Trouble> {
    let name = expressions::text(step, key, "the message name", &message.name)?;
    let correlation_key = match &message.correlation_key {
        Some(expression) => {
            let dynamic = Dynamic::Expression(expression.clone());
            expressions::text(step, key, "the correlation key", &dynamic)?
        }
        None => Arc::from(""),
    };
    Ok(Wait::Message(Prepared { target: target.index, name, correlation_key, interrupting }))
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
