//! What a throwing message event or send task publishes by itself.

use crate::definition::{CorrelationKey, Dynamic};

/// A message that the engine publishes: a message throw or end event (BPMN 10.5.5) or a send task (BPMN 10.3.3) with
/// `zeebe:publishMessage` in place of a job, or with a message flow to another pool of the file (BPMN 9.3).
#[derive(Debug)]
pub struct MessagePublication {
    /// The message's name.
    pub name: Dynamic,
    /// By which it finds who waits; absent: empty, which only message start events of a process need.
    pub correlation_key: Option<CorrelationKey>,
    /// A second message with the same id is not published while the first one lives.
    pub message_id: Option<Dynamic>,
    /// How long it waits for a subscriber, as ISO 8601 duration; absent: it is taken at once or by nobody.
    pub time_to_live: Option<Dynamic>,
}
