//! `zeebe:publishMessage`: a message that the engine itself publishes, in place of a job.

use super::context::Context;
use super::extensions::Extensions;
use super::triggers::shared_message;
use crate::MessagePublication;
use crate::definition::Dynamic;
use crate::diagnostic_code::DiagnosticCode;
use crate::timer::parse_duration;
use crate::xml::Node;

/// Whether an element publishes its message. With a job as well nobody could tell which of the two sends it.
pub(super) fn publishes<'d>(cx: &mut Context<'d>, node: &'d Node, extensions: &Extensions<'d>) -> bool {
    let Some(publish) = extensions.one(cx, "publishMessage") else { return false };
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
    let publish = extensions.one(cx, "publishMessage")?;
    let correlation_key = cx.dynamic(publish, "correlationKey");
    let message_id = cx.dynamic(publish, "messageId");
    let time_to_live = cx.dynamic(publish, "timeToLive");
    check_time_to_live(cx, node, publish, time_to_live.as_ref());
    let Some(reference) = refers.value("messageRef") else {
        let message = format!("The {} does not say which message it publishes.", cx.label(node));
        cx.error(DiagnosticCode::MissingAttribute, refers, message, "Choose or create a message.");
        return None;
    };
    let message = cx.reference(refers, "messageRef", reference, &["message"])?;
    if message.value("name").is_none() {
        let text = format!("The {} has no name.", cx.label(message));
        cx.error(DiagnosticCode::MissingAttribute, node, text, "Set the name that it is awaited by.");
    }
    let name = shared_message(cx, message).name?;
    Some(MessagePublication { name, correlation_key, message_id, time_to_live })
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
