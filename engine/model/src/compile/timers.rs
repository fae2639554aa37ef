//! Timer event definitions: exactly one of date, duration and cycle; static values are checked now.

use super::context::Context;
use super::triggers::Place;
use crate::definition::{Dynamic, TimerKind, TimerTrigger};
use crate::diagnostic::Severity;
use crate::diagnostic_code::DiagnosticCode;
use crate::timer::{TimerError, parse_cycle, parse_date, parse_duration};
use crate::xml::Node;

const KINDS: [(&str, TimerKind); 3] =
    [("timeDate", TimerKind::Date), ("timeDuration", TimerKind::Duration), ("timeCycle", TimerKind::Cycle)];

pub(super) fn timer<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    definition: &'d Node,
    place: Place,
) -> Option<TimerTrigger> {
    let doc = cx.doc;
    let mut given = Vec::new();
    for (tag, kind) in KINDS {
        let filled = doc.bpmn_children(definition, tag).filter(|v| v.trimmed_text().is_some());
        given.extend(filled.map(|value| (kind, value)));
    }
    let [(kind, value)] = given[..] else {
        let what = if given.is_empty() { "does not say when it fires" } else { "has more than one value" };
        let message = format!("The timer of the {} {what}.", cx.label(node));
        let remedy = "Give it exactly one of date, duration and cycle.";
        cx.error(DiagnosticCode::InvalidTimer, definition, message, remedy);
        return None;
    };
    if kind == TimerKind::Cycle && !repeats(place) {
        let message = format!("The {} fires once at most, but its timer is a cycle.", cx.label(node));
        let remedy = "Use a date or a duration, or a non-interrupting event.";
        cx.error(DiagnosticCode::InvalidTimer, value, message, remedy);
        return None;
    }
    let text = value.text();
    let compiled = cx.dynamic_text(value, text)?;
    if let Dynamic::Static(static_text) = &compiled {
        let checked: Result<(), TimerError> = match kind {
            TimerKind::Date => parse_date(static_text).map(drop),
            TimerKind::Duration => parse_duration(static_text).map(drop),
            TimerKind::Cycle => parse_cycle(static_text).map(drop),
        };
        if let Err(error) = checked {
            let message = format!("The timer of the {} is `{static_text}`.", cx.label(node));
            let remedy = format!("This was {error}; or write FEEL starting with `=`.");
            let indent = text.value().len() - text.value().trim_start().len();
            let offset = text.source_offset(indent);
            cx.report(Severity::Error, DiagnosticCode::InvalidTimer, value, offset, message, remedy);
            return None;
        }
    }
    Some(TimerTrigger { kind, value: compiled })
}

/// Whether an event at this place can fire more than once.
fn repeats(place: Place) -> bool {
    matches!(
        place,
        Place::ProcessStart | Place::EventSubProcessNonInterrupting | Place::BoundaryNonInterrupting
    )
}
