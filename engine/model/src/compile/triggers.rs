//! Event definitions: which trigger may stand at which position (BPMN 10.4.2, table 10.93), and what each says.

use super::context::{Context, words};
use super::extensions::Extensions;
use super::jobs::required_job;
use super::timers;
use crate::definition::{Dynamic, ErrorTrigger, MessageTrigger, Trigger};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::{Namespace, Node};

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    ProcessStart,
    SubProcessStart,
    EventSubProcessInterrupting,
    EventSubProcessNonInterrupting,
    Catch,
    BoundaryInterrupting,
    BoundaryNonInterrupting,
    Throw,
    End,
}

/// What an event's definitions come to.
pub(super) enum Found {
    /// It has none, and needs none.
    None,
    /// One, understood.
    Trigger(Trigger),
    /// Reported.
    Failed,
}

/// Whether a trigger may stand somewhere.
enum Verdict {
    Executed,
    /// BPMN allows it; hosk does not execute it.
    NotExecuted,
    /// BPMN does not allow it.
    Never,
}

/// The table: one line per trigger that is executed somewhere. A new trigger is a new line here and a new file.
fn verdict(tag: &str, place: Place) -> Verdict {
    use Place::{
        BoundaryInterrupting, BoundaryNonInterrupting, Catch, End, EventSubProcessInterrupting,
        EventSubProcessNonInterrupting, ProcessStart, SubProcessStart, Throw,
    };
    match (tag, place) {
        (_, SubProcessStart) | ("timerEventDefinition", Throw | End) => Verdict::Never,
        ("timerEventDefinition", ProcessStart) => Verdict::NotExecuted,
        ("timerEventDefinition" | "messageEventDefinition", _) | ("terminateEventDefinition", End) => {
            Verdict::Executed
        }
        (
            "errorEventDefinition",
            EventSubProcessInterrupting
            | EventSubProcessNonInterrupting
            | BoundaryInterrupting
            | BoundaryNonInterrupting
            | End,
        ) => Verdict::Executed,
        ("errorEventDefinition", ProcessStart | Catch | Throw) | ("terminateEventDefinition", _) => {
            Verdict::Never
        }
        _ => Verdict::NotExecuted,
    }
}

/// Compiles what an event catches or throws.
pub(super) fn trigger<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    place: Place,
    extensions: &Extensions<'d>,
) -> Found {
    let Some(definitions) = definitions(cx, node) else { return Found::Failed };
    match definitions[..] {
        [] => without_definition(cx, node, place),
        [definition] => one(cx, node, definition, place, extensions).map_or(Found::Failed, Found::Trigger),
        [_, second, ..] => {
            let message = format!("The {} has more than one event definition.", cx.label(node));
            let remedy = "Keep one; use several events for several triggers.";
            cx.error(DiagnosticCode::UnsupportedElement, second, message, remedy);
            Found::Failed
        }
    }
}

/// The event definitions of an event, those declared at the root (`eventDefinitionRef`) included.
fn definitions<'d>(cx: &mut Context<'d>, node: &'d Node) -> Option<Vec<&'d Node>> {
    let doc = cx.doc;
    let mut found = Vec::new();
    for child in doc.children(node).filter(|c| c.namespace == Namespace::Bpmn) {
        if child.tag.ends_with("EventDefinition") {
            found.push(child);
        } else if &*child.tag == "eventDefinitionRef" {
            let reference = child.trimmed_text().unwrap_or_default();
            match cx.resolve(reference) {
                Some(definition) if definition.tag.ends_with("EventDefinition") => found.push(definition),
                _ => {
                    let message = format!(
                        "The {} refers to the event definition `{reference}`, which is not in the file.",
                        cx.label(node)
                    );
                    let remedy = "Put the event definition into the event.";
                    cx.error(DiagnosticCode::DanglingReference, child, message, remedy);
                    return None;
                }
            }
        }
    }
    Some(found)
}

fn without_definition<'d>(cx: &mut Context<'d>, node: &'d Node, place: Place) -> Found {
    match place {
        Place::ProcessStart | Place::SubProcessStart | Place::Throw | Place::End => Found::None,
        // The check of event sub-processes names what is wrong there.
        Place::EventSubProcessInterrupting | Place::EventSubProcessNonInterrupting => Found::None,
        Place::Catch | Place::BoundaryInterrupting | Place::BoundaryNonInterrupting => {
            let message = format!("The {} does not say what it waits for.", cx.label(node));
            let remedy = "Make it a timer, message or (on a boundary) error event.";
            cx.error(DiagnosticCode::MissingEventDefinition, node, message, remedy);
            Found::Failed
        }
    }
}

fn one<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    definition: &'d Node,
    place: Place,
    extensions: &Extensions<'d>,
) -> Option<Trigger> {
    let tag = &*definition.tag;
    match verdict(tag, place) {
        Verdict::Executed => {}
        Verdict::NotExecuted => {
            let what = words(tag.trim_end_matches("EventDefinition"));
            let message = format!("The {} has a {what} trigger, which is not executed.", cx.label(node));
            let remedy = super::unsupported::trigger_remedy(tag);
            cx.error(DiagnosticCode::UnsupportedElement, definition, message, remedy);
            return None;
        }
        Verdict::Never => {
            let what = words(tag);
            let message = format!("The {} cannot have a {what}.", cx.label(node));
            let remedy = "Remove the event definition, or use another kind of event.";
            cx.error(DiagnosticCode::MisplacedEventDefinition, definition, message, remedy);
            return None;
        }
    }
    match tag {
        "timerEventDefinition" => timers::timer(cx, node, definition, place).map(Trigger::Timer),
        "messageEventDefinition" => message(cx, node, definition, place, extensions).map(Trigger::Message),
        "errorEventDefinition" => error(cx, node, definition, place).map(Trigger::Error),
        _ => Some(Trigger::Terminate),
    }
}

fn message<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    definition: &'d Node,
    place: Place,
    extensions: &Extensions<'d>,
) -> Option<MessageTrigger> {
    if !matches!(place, Place::Throw | Place::End) {
        return catching_message(cx, definition, place != Place::ProcessStart);
    }
    // Throwing is a job: the worker knows what to send, a message need not be named.
    let name = match definition.value("messageRef") {
        Some(reference) => {
            let message = cx.reference(definition, "messageRef", reference, &["message"])?;
            cx.dynamic(message, "name")
        }
        None => None,
    };
    let job = required_job(cx, node, extensions)?;
    let name = name.unwrap_or_else(|| Dynamic::Static("".into()));
    Some(MessageTrigger { name, correlation_key: None, job: Some(job) })
}

/// The message that a receive task or an event definition waits for.
pub(super) fn catching_message<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    needs_key: bool,
) -> Option<MessageTrigger> {
    let Some(reference) = node.value("messageRef") else {
        let message = format!("The {} does not say which message it waits for.", cx.owner_label(node));
        cx.error(DiagnosticCode::MissingAttribute, node, message, "Choose or create a message.");
        return None;
    };
    let message = cx.reference(node, "messageRef", reference, &["message"])?;
    let name = cx.required_dynamic(message, "name");
    let extensions = Extensions::of(cx, message, &["subscription"]);
    let key = match extensions.one(cx, "subscription") {
        Some(subscription) if needs_key => {
            cx.required(subscription, "correlationKey")?;
            Some(cx.feel_or_literal(subscription, "correlationKey")?)
        }
        Some(_) => None,
        None if needs_key => {
            let text = format!("The message of the {} has no correlation key.", cx.owner_label(node));
            let remedy = format!(
                "Give the {} a `zeebe:subscription` with a `correlationKey`, such as `=orderId`.",
                cx.label(message)
            );
            cx.error(DiagnosticCode::MissingAttribute, node, text, remedy);
            return None;
        }
        None => None,
    };
    Some(MessageTrigger { name: name?, correlation_key: key, job: None })
}

fn error<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    definition: &'d Node,
    place: Place,
) -> Option<ErrorTrigger> {
    let throwing = place == Place::End;
    let Some(reference) = definition.value("errorRef") else {
        if throwing {
            let message = format!("The {} does not say which error it throws.", cx.label(node));
            cx.error(DiagnosticCode::MissingAttribute, definition, message, "Choose or create an error.");
            return None;
        }
        return Some(ErrorTrigger { code: None });
    };
    let error = cx.reference(definition, "errorRef", reference, &["error"])?;
    if throwing {
        return cx.required_dynamic(error, "errorCode").map(|code| ErrorTrigger { code: Some(code) });
    }
    match cx.dynamic(error, "errorCode") {
        Some(Dynamic::Expression(_)) => {
            let message = format!("The {} catches an error whose code is an expression.", cx.label(node));
            let remedy = "Write the code itself: which handler fits must be known before the error.";
            cx.error_at(DiagnosticCode::InvalidAttribute, error, "errorCode", message, remedy);
            None
        }
        code => Some(ErrorTrigger { code }),
    }
}
