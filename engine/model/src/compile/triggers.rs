//! Event definitions: which trigger may stand at which position (BPMN 10.4.2, table 10.93), and what each says.

use super::behavior;
use super::codes;
use super::context::{Context, SharedMessage, words};
use super::definitions;
use super::extensions::Extensions;
use super::jobs::required_job;
use super::slots::Slots;
use super::{collaboration, compensation, conditions, correlation};
use super::{publications, signals, timers};
use crate::definition::{CorrelationKey, Dynamic, MessageTrigger, Trigger};
use crate::diagnostic_code::DiagnosticCode;
use crate::xml::Node;

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Start event of a process.
    ProcessStart,
    /// Start event of an embedded sub-process: never has a trigger.
    SubProcessStart,
    /// Start event of an event sub-process that stops what is around it.
    EventSubProcessInterrupting,
    /// Start event of an event sub-process that runs beside what is around it.
    EventSubProcessNonInterrupting,
    /// Intermediate event that waits.
    Catch,
    /// On the border of an activity, stopping it.
    BoundaryInterrupting,
    /// On the border of an activity, beside it.
    BoundaryNonInterrupting,
    /// Intermediate event that throws.
    Throw,
    /// End event.
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
pub(super) enum Verdict {
    Executed,
    /// BPMN allows it; hosk does not execute it.
    NotExecuted,
    /// BPMN does not allow it.
    Never,
}

/// In place of an event definition: an event with several.
pub(super) const MULTIPLE: &str = "multiple";
/// In place of an event definition: a catching event with several, all of which have to come.
pub(super) const PARALLEL_MULTIPLE: &str = "parallelMultiple";

/// The table: one line per trigger that is executed somewhere. A new trigger is a new line here and a new file.
pub(super) fn verdict(tag: &str, place: Place) -> Verdict {
    use Place::{
        BoundaryInterrupting, BoundaryNonInterrupting, Catch, End, EventSubProcessInterrupting,
        EventSubProcessNonInterrupting, ProcessStart, SubProcessStart, Throw,
    };
    match (tag, place) {
        // Several definitions: what each of them may do stands in its own row. Nothing is awaited by a throwing event.
        (MULTIPLE, SubProcessStart) | (PARALLEL_MULTIPLE, SubProcessStart | Throw | End) => Verdict::Never,
        (MULTIPLE | PARALLEL_MULTIPLE, _) => Verdict::Executed,
        // What is undone has completed: nothing is left to interrupt.
        (_, SubProcessStart)
        | ("timerEventDefinition" | "conditionalEventDefinition", Throw | End)
        | ("compensateEventDefinition", ProcessStart | Catch | EventSubProcessNonInterrupting) => {
            Verdict::Never
        }
        (
            "timerEventDefinition"
            | "messageEventDefinition"
            | "signalEventDefinition"
            | "conditionalEventDefinition"
            | "compensateEventDefinition",
            _,
        )
        | ("terminateEventDefinition", End)
        | ("cancelEventDefinition", BoundaryInterrupting | End)
        | ("escalationEventDefinition" | "linkEventDefinition", Throw)
        | ("linkEventDefinition", Catch)
        | (
            "errorEventDefinition" | "escalationEventDefinition",
            EventSubProcessInterrupting
            | EventSubProcessNonInterrupting
            | BoundaryInterrupting
            | BoundaryNonInterrupting
            | End,
        ) => Verdict::Executed,
        ("errorEventDefinition", ProcessStart | Catch | Throw)
        | ("escalationEventDefinition", ProcessStart | Catch)
        | ("linkEventDefinition" | "terminateEventDefinition" | "cancelEventDefinition", _) => Verdict::Never,
        _ => Verdict::NotExecuted,
    }
}

/// Compiles what an event catches or throws.
pub(super) fn trigger<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    place: Place,
    extensions: &Extensions<'d>,
    slots: &Slots<'d>,
) -> Found {
    let Some(definitions) = definitions::resolved(cx, node) else { return Found::Failed };
    match definitions[..] {
        [] => without_definition(cx, node, place),
        [definition] => one(cx, node, definition, place, extensions).map_or(Found::Failed, Found::Trigger),
        _ => definitions::several(cx, node, &definitions, place, extensions, slots)
            .map_or(Found::Failed, |multiple| Found::Trigger(Trigger::Multiple(multiple))),
    }
}

fn without_definition<'d>(cx: &mut Context<'d>, node: &'d Node, place: Place) -> Found {
    match place {
        // An event sub-process needs one; the check of start events says so.
        Place::ProcessStart
        | Place::SubProcessStart
        | Place::EventSubProcessInterrupting
        | Place::EventSubProcessNonInterrupting
        | Place::Throw
        | Place::End => Found::None,
        Place::Catch | Place::BoundaryInterrupting | Place::BoundaryNonInterrupting => {
            let message = format!("The {} does not say what it waits for.", cx.label(node));
            let remedy = "Make it a timer, message, signal or conditional event, or on a boundary an error or escalation event.";
            cx.error(DiagnosticCode::MissingEventDefinition, node, message, remedy);
            Found::Failed
        }
    }
}

pub(super) fn one<'d>(
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
            let remedy = super::unsupported::TRIGGER;
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
        "signalEventDefinition" => match behavior::caught_by(cx, node, definition) {
            Some(of_activity) => Some(Trigger::Escalation(of_activity)),
            None => signals::signal(cx, node, definition, place).map(Trigger::Signal),
        },
        "compensateEventDefinition" => compensation::trigger(cx, node, definition).map(Trigger::Compensation),
        "cancelEventDefinition" => Some(Trigger::Cancel),
        "linkEventDefinition" => link(cx, definition),
        "conditionalEventDefinition" => conditions::conditional(cx, definition).map(Trigger::Conditional),
        "errorEventDefinition" => codes::error(cx, node, definition, place).map(Trigger::Error),
        "escalationEventDefinition" => {
            codes::escalation(cx, node, definition, place).map(Trigger::Escalation)
        }
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
        return catching_message(cx, node, definition, waits(cx, node, place));
    }
    if publications::publishes(cx, node, extensions) {
        let publication = publications::publication(cx, node, definition, extensions)?;
        let name = publication.name.clone();
        return Some(MessageTrigger {
            name,
            correlation_key: None,
            job: None,
            publication: Some(publication),
        });
    }
    // Else it is a job: the worker knows what to send, a message need not be named.
    let name = match definition.value("messageRef") {
        Some(reference) => {
            let message = cx.reference(definition, "messageRef", reference, &["message"])?;
            shared_message(cx, message).name
        }
        None => None,
    };
    let job = required_job(cx, node, extensions)?;
    let name = name.unwrap_or_else(|| Dynamic::Static("".into()));
    Some(MessageTrigger { name, correlation_key: None, job: Some(job), publication: None })
}

/// Whether an event ever waits for its message, and so needs its correlation key.
fn waits<'d>(cx: &Context<'d>, node: &'d Node, place: Place) -> bool {
    place != Place::ProcessStart && !(place == Place::Catch && super::gateways::starts_alone(cx, node))
}

/// A link: throwing and catching event share the name (BPMN 10.4.5).
fn link<'d>(cx: &mut Context<'d>, definition: &'d Node) -> Option<Trigger> {
    let name = cx.required(definition, "name")?;
    Some(Trigger::Link { name: name.into() })
}

/// The message that a receive task or event waits for; `refers` carries the `messageRef`: the event definition, or the
/// receive task itself.
pub(super) fn catching_message<'d>(
    cx: &mut Context<'d>,
    element: &'d Node,
    refers: &'d Node,
    needs_key: bool,
) -> Option<MessageTrigger> {
    let message = match refers.value("messageRef") {
        Some(reference) => Some(cx.reference(refers, "messageRef", reference, &["message"])?),
        None => collaboration::awaited(cx, element),
    };
    let Some(message) = message else {
        if collaboration::is_receiver(cx, element) {
            let name = collaboration::made_up_name(cx, element);
            let correlation_key = needs_key.then_some(CorrelationKey::Conversation);
            return Some(MessageTrigger { name, correlation_key, job: None, publication: None });
        }
        let text = format!("The {} does not say which message it waits for.", cx.owner_label(refers));
        cx.error(DiagnosticCode::MissingAttribute, refers, text, "Choose or create a message.");
        return None;
    };
    let shared = shared_message(cx, message);
    if message.value("name").is_none() {
        let text = format!("The {} has no name.", cx.label(message));
        cx.error(DiagnosticCode::MissingAttribute, refers, text, "Set the name that publishers use.");
    }
    let correlation_key =
        if needs_key { Some(awaited_key(cx, element, refers, message, &shared)?) } else { None };
    let in_process = cx.doc.parent(element).is_some_and(|parent| parent.is_bpmn("process"));
    let begins = !needs_key || element.is_bpmn("startEvent") && in_process;
    let name = shared.name?;
    let name = if begins { cx.known_now(element, message, "name", name)? } else { name };
    Some(MessageTrigger { name, correlation_key, job: None, publication: None })
}

/// By what a message finds the instance that waits: what the message's `zeebe:subscription` says, else standard
/// correlation, else, at the end of a message flow, the conversation.
fn awaited_key<'d>(
    cx: &mut Context<'d>,
    element: &'d Node,
    refers: &'d Node,
    message: &'d Node,
    shared: &SharedMessage,
) -> Option<CorrelationKey> {
    if shared.has_subscription {
        return shared.correlation_key.clone().map(correlation::given);
    }
    if let Some(key) = correlation::awaited(cx, element, message) {
        return Some(correlation::given(key));
    }
    if collaboration::is_receiver(cx, element) {
        return Some(CorrelationKey::Conversation);
    }
    let text = format!("The message of the {} has no correlation key.", cx.owner_label(refers));
    let remedy = format!(
        "Give the {} a `zeebe:subscription` with a `correlationKey` such as `=orderId`, or a `correlationKey` with \
         its `correlationProperty`; or lead a message flow to it from another executable pool of the file.",
        cx.label(message)
    );
    cx.error(DiagnosticCode::MissingAttribute, refers, text, remedy);
    None
}

/// A message at the root, compiled once however many events refer to it.
pub(super) fn shared_message<'d>(cx: &mut Context<'d>, message: &'d Node) -> SharedMessage {
    if let Some(known) = cx.messages.get(&message.index) {
        return known.clone();
    }
    let name = cx.dynamic(message, "name");
    let extensions = Extensions::of(cx, message, &["subscription"]);
    let subscription = extensions.one(cx, "subscription");
    let correlation_key = subscription.and_then(|s| {
        cx.required(s, "correlationKey")?;
        cx.feel_or_literal(s, "correlationKey")
    });
    let shared = SharedMessage { name, correlation_key, has_subscription: subscription.is_some() };
    cx.messages.insert(message.index, shared.clone());
    shared
}
