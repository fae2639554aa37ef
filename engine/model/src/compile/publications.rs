//! Messages that the engine itself publishes, in place of a job: `zeebe:publishMessage`, and what message flows carry to
//! other pools of the file.

use super::collaboration::{self, Delivery};
use super::context::Context;
use super::correlation;
use super::extensions::Extensions;
use super::triggers::shared_message;
use crate::MessagePublication;
use crate::definition::{CorrelationKey, Dynamic};
use crate::diagnostic_code::DiagnosticCode;
use crate::limits::MESSAGE_FLOW_TIME_TO_LIVE;
use crate::timer::parse_duration;
use crate::xml::Node;

/// Whether an element publishes its message. With a job as well nobody could tell which of the two sends it.
pub(super) fn publishes<'d>(cx: &mut Context<'d>, node: &'d Node, extensions: &Extensions<'d>) -> bool {
    let Some(publish) = extensions.one(cx, "publishMessage") else {
        return collaboration::is_sender(cx, node);
    };
    if extensions.has("taskDefinition") {
        let message =
            format!("The {} has both `zeebe:publishMessage` and `zeebe:taskDefinition`.", cx.label(node));
        let remedy = "Keep the one that is to send the message.";
        cx.error(DiagnosticCode::ConflictingExtensions, publish, message, remedy);
    }
    true
}

/// What an element publishes; `refers` carries the `messageRef`: the event definition, or the send task itself.
pub(super) fn publication<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    refers: &'d Node,
    extensions: &Extensions<'d>,
) -> Option<MessagePublication> {
    let delivery = collaboration::delivery(cx, node);
    let Some(publish) = extensions.one(cx, "publishMessage") else {
        let Delivery { name, correlation_key, .. } = delivery?;
        return Some(MessagePublication {
            name,
            correlation_key: Some(correlation_key),
            message_id: None,
            time_to_live: Some(Dynamic::Static(MESSAGE_FLOW_TIME_TO_LIVE.into())),
        });
    };
    let given = cx.dynamic(publish, "correlationKey").map(CorrelationKey::Given);
    if let (Some(_), Some(Delivery { correlation_key: CorrelationKey::Conversation, waits: true, .. })) =
        (&given, &delivery)
    {
        let message = format!(
            "The {} sends with a correlation key, but nothing says by which key its receiver waits.",
            cx.label(node)
        );
        let remedy =
            "Give the message a `zeebe:subscription` with a `correlationKey`, or remove the one here.";
        cx.error_at(DiagnosticCode::MessageFlowMismatch, publish, "correlationKey", message, remedy);
    }
    let message_id = cx.dynamic(publish, "messageId");
    let time_to_live = cx.dynamic(publish, "timeToLive");
    check_time_to_live(cx, node, publish, time_to_live.as_ref());
    let name = name(cx, node, refers, delivery.as_ref())?;
    let correlation_key = given.or(delivery.map(|delivery| delivery.correlation_key));
    Some(MessagePublication { name, correlation_key, message_id, time_to_live })
}

/// What an event definition publishes that stands in no event of its own: `zeebe:publishMessage` in it says the key, else
/// what says it for those who wait (`zeebe:subscription` of the message, or standard correlation).
pub(super) fn of_definition<'d>(
    cx: &mut Context<'d>,
    owner: &'d Node,
    definition: &'d Node,
    extensions: &Extensions<'d>,
) -> Option<MessagePublication> {
    if extensions.has("publishMessage") {
        return publication(cx, owner, definition, extensions);
    }
    let name = name(cx, owner, definition, None)?;
    let message = cx.resolve(definition.value("messageRef")?)?;
    let shared = shared_message(cx, message);
    let key = match shared.correlation_key {
        None if shared.has_subscription => return None,
        given => given.or_else(|| correlation::sent(cx, message)),
    };
    let Some(key) = key else {
        let text = format!("The message that the {} throws has no correlation key.", cx.label(owner));
        let remedy = format!(
            "Give the {} a `zeebe:subscription` with a `correlationKey`, or the event definition a \
             `zeebe:publishMessage`.",
            cx.label(message)
        );
        cx.error(DiagnosticCode::MissingAttribute, owner, text, remedy);
        return None;
    };
    let correlation_key = Some(correlation::given(key));
    Some(MessagePublication { name, correlation_key, message_id: None, time_to_live: None })
}

/// The name of the message that an element refers to, else of the one that its receiver waits for.
fn name<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    refers: &'d Node,
    delivery: Option<&Delivery>,
) -> Option<Dynamic> {
    let Some(reference) = refers.value("messageRef") else {
        if let Some(delivery) = delivery {
            return Some(delivery.name.clone());
        }
        let message = format!("The {} does not say which message it publishes.", cx.label(node));
        cx.error(DiagnosticCode::MissingAttribute, refers, message, "Choose or create a message.");
        return None;
    };
    let message = cx.reference(refers, "messageRef", reference, &["message"])?;
    if message.value("name").is_none() {
        let text = format!("The {} has no name.", cx.label(message));
        cx.error(DiagnosticCode::MissingAttribute, node, text, "Set the name that it is awaited by.");
    }
    shared_message(cx, message).name
}

fn check_time_to_live<'d>(
    cx: &mut Context<'d>,
    node: &'d Node,
    publish: &'d Node,
    time_to_live: Option<&Dynamic>,
) {
    let Some(Dynamic::Static(text)) = time_to_live else { return };
    let Err(error) = parse_duration(text.trim()) else { return };
    let message = format!("The message of the {} lives for `{text}`.", cx.label(node));
    let remedy = format!("This was {error}; or write FEEL starting with `=`.");
    cx.error_at(DiagnosticCode::InvalidAttribute, publish, "timeToLive", message, remedy);
}
