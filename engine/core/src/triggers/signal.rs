//! Signal trigger (BPMN 2.0, 10.4.5, 13.5): waits for a signal with a name, or broadcasts one.
//!
//! A signal is for everybody who waits for its name when it is broadcast, and begins an instance at every signal start
//! event of a newest version. It is not kept: who begins to wait later does not get it. With it travel the variables of
//! the throwing element itself, as with a message.

use std::sync::Arc;

use hosk_model::{ElementIndex, SignalTrigger};

use super::{Target, Wait};
use crate::event::{Event, SignalEvent, SignalThrown};
use crate::expressions;
use crate::incidents::Trouble;
use crate::keys::{ElementInstanceKey, SignalKey, SubscriptionKey};
use crate::step::Step;

/// A subscription about to be opened.
pub(crate) struct Prepared {
    target: ElementIndex,
    name: Arc<str>,
    interrupting: bool,
}

/// A signal with everything but its key.
pub(crate) struct Signal(SignalThrown);

/// Evaluates the name of a signal to wait for.
pub(crate) fn prepare(
    step: &Step<'_>,
    key: ElementInstanceKey,
    target: Target<'_>,
    signal: &SignalTrigger,
    interrupting: bool,
) -> Result<Wait, Trouble> {
    let name = name(step, key, signal)?;
    Ok(Wait::Signal(Prepared { target: target.slot, name, interrupting }))
}

/// Opens the subscription.
pub(super) fn open(step: &mut Step<'_>, element_instance: ElementInstanceKey, prepared: Prepared) {
    let key = SubscriptionKey(step.next_key());
    step.emit(Event::Signal(SignalEvent::Opened {
        key,
        element_instance,
        target: prepared.target,
        signal_name: prepared.name,
        interrupting: prepared.interrupting,
    }));
}

/// Evaluates the signal that is to be broadcast.
pub(crate) fn prepare_throw(
    step: &Step<'_>,
    key: ElementInstanceKey,
    signal: &SignalTrigger,
) -> Result<Signal, Trouble> {
    prepare_throw_at(step, key, key, signal)
}

/// The same, for one that another element instance throws: a child of a multi-instance activity throws at its body.
pub(crate) fn prepare_throw_at(
    step: &Step<'_>,
    key: ElementInstanceKey,
    thrower: ElementInstanceKey,
    signal: &SignalTrigger,
) -> Result<Signal, Trouble> {
    Ok(Signal(SignalThrown {
        // Drawn when nothing can fail any more.
        key: SignalKey(0),
        element_instance: thrower,
        name: name(step, key, signal)?,
        variables: step.state().local_variables(key),
        tenant: step.process.tenant.clone(),
    }))
}

/// Broadcasts the signal.
pub(crate) fn throw(step: &mut Step<'_>, Signal(mut signal): Signal) {
    signal.key = SignalKey(step.next_key());
    step.emit(Event::Signal(SignalEvent::Thrown(Box::new(signal))));
}

fn name(step: &Step<'_>, key: ElementInstanceKey, signal: &SignalTrigger) -> Result<Arc<str>, Trouble> {
    expressions::text(step, key, "the signal name", &signal.name)
}
