//! Two handlers for the same message, error or escalation at the same place: which one wins would be chance.

use std::collections::BTreeMap;

use super::Check;
use crate::compile::quoted;
use crate::definition::{Dynamic, ElementIndex, ElementKind, Trigger};
use crate::diagnostic_code::DiagnosticCode;
use crate::limits::MAX_QUOTED;

/// What is caught, as far as it is known without running.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Caught<'p> {
    Message(&'p str),
    Error(Option<&'p str>),
    Escalation(Option<&'p str>),
    Compensation,
    Cancel,
}

pub(super) fn check(check: &mut Check<'_, '_>) {
    let process = check.process;
    for element in &process.elements {
        let contents = &element.contents;
        no_twins(check, &element.boundary_events);
        let sub_process_starts: Vec<ElementIndex> = contents
            .event_sub_processes
            .iter()
            .flat_map(|e| process.element(*e).contents.triggered_starts.iter().copied())
            .collect();
        no_twins(check, &sub_process_starts);
        if element.index == ElementIndex::PROCESS {
            no_twins(check, &contents.triggered_starts);
        }
    }
}

fn no_twins(check: &mut Check<'_, '_>, events: &[ElementIndex]) {
    let process = check.process;
    let mut seen: BTreeMap<Caught<'_>, ElementIndex> = BTreeMap::new();
    for event in events {
        let Some(caught) = caught(&process.element(*event).kind) else { continue };
        let what = match &caught {
            Caught::Message(name) => format!("the message `{}`", quoted(name, MAX_QUOTED)),
            Caught::Error(Some(code)) => format!("the error `{}`", quoted(code, MAX_QUOTED)),
            Caught::Error(None) => "any error".to_owned(),
            Caught::Escalation(Some(code)) => format!("the escalation `{}`", quoted(code, MAX_QUOTED)),
            Caught::Compensation => "compensation".to_owned(),
            Caught::Cancel => "cancel".to_owned(),
            Caught::Escalation(None) => "any escalation".to_owned(),
        };
        if let Some(first) = seen.get(&caught) {
            let message = format!(
                "The {} catches {what} at the same place as the {}.",
                check.label(*event),
                check.label(*first)
            );
            let remedy = "Keep one of them, or let them catch different things.";
            check.error(DiagnosticCode::DuplicateEventHandler, *event, message, remedy);
        } else {
            seen.insert(caught, *event);
        }
    }
}

fn caught(kind: &ElementKind) -> Option<Caught<'_>> {
    let (ElementKind::BoundaryEvent { trigger, .. } | ElementKind::StartEvent { trigger: Some(trigger), .. }) =
        kind
    else {
        return None;
    };
    match trigger {
        Trigger::Message(message) => match &message.name {
            Dynamic::Static(name) => Some(Caught::Message(name)),
            Dynamic::Expression(_) => None,
        },
        Trigger::Error(error) => code(error.code.as_ref()).map(Caught::Error),
        Trigger::Escalation(escalation) => code(escalation.code.as_ref()).map(Caught::Escalation),
        Trigger::Compensation(_) => Some(Caught::Compensation),
        Trigger::Cancel => Some(Caught::Cancel),
        // A signal is for everybody: each of two handlers takes it.
        Trigger::Timer(_)
        | Trigger::Terminate
        | Trigger::Conditional(_)
        | Trigger::Signal(_)
        | Trigger::Multiple(_)
        | Trigger::Link { .. } => None,
    }
}

/// A code as far as it is known without running: `Some(None)` stands for any.
#[expect(clippy::option_option, reason = "unknown, any, and one are three things")]
fn code(code: Option<&Dynamic>) -> Option<Option<&str>> {
    match code {
        None => Some(None),
        Some(Dynamic::Static(code)) => Some(Some(code)),
        Some(Dynamic::Expression(_)) => None,
    }
}
