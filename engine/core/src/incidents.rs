//! Incidents: what cannot go on waits for a person, and says what happened, what was read and what to do.
//!
//! The element instance stays in the state it was in; resolving the incident repeats that transition.

use crate::event::{Event, IncidentKind};
use crate::keys::{ElementInstanceKey, IncidentKey, JobKey};
use crate::limits;
use crate::step::Step;

/// Why something cannot go on: an incident in the making.
#[derive(Debug)]
pub(crate) struct Trouble {
    kind: IncidentKind,
    message: String,
    /// What is recorded with the incident, before it.
    evidence: Option<Box<Event>>,
}

impl Trouble {
    pub(crate) fn new(kind: IncidentKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), evidence: None }
    }

    /// The same trouble with what is recorded of it. The event must change nothing: the verb is repeated when the
    /// incident is resolved.
    pub(crate) fn with(self, evidence: Event) -> Self {
        Self { evidence: Some(Box::new(evidence)), ..self }
    }

    /// What happened, what was read, what to do.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The same trouble as a kind the operator knows better in this place.
    pub(crate) fn of(self, kind: IncidentKind) -> Self {
        Self { kind: if self.kind == IncidentKind::ExtractValueError { kind } else { self.kind }, ..self }
    }
}

/// Raises an incident on an element instance, unless it has one.
pub(crate) fn raise(step: &mut Step<'_>, key: ElementInstanceKey, trouble: Trouble) {
    raise_for(step, key, None, trouble);
}

/// Raises an incident on an element instance because of its job, unless it has one.
pub(crate) fn raise_for(step: &mut Step<'_>, key: ElementInstanceKey, job: Option<JobKey>, trouble: Trouble) {
    if step.instance(key).is_none_or(|i| i.incident().is_some()) {
        return;
    }
    if let Some(evidence) = trouble.evidence {
        step.emit(*evidence);
    }
    let incident = IncidentKey(step.next_key());
    step.emit(Event::IncidentRaised {
        key: incident,
        element_instance: key,
        job,
        kind: trouble.kind,
        message: cut(trouble.message, limits::MESSAGE_BYTES),
    });
}

/// At most `bytes` of a text, with `…` for the rest.
pub(crate) fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
        text.push('…');
    }
    text
}
