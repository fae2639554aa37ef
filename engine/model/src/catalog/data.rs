//! Data, lanes and pools (BPMN 10.3.1, 10.3.2, 10.7, 9).

use super::{Construct, Group, row};

const fn data(
    tag: &'static str,
    name: &'static str,
    meaning: &'static str,
    stories: &'static [&'static str],
) -> Construct {
    row(Group::Data, tag, name, meaning, stories)
}

#[rustfmt::skip]
pub(super) const ROWS: &[Construct] = &[
    data("dataObject", "Data object", "a variable of the process or sub-process it stands in; references to it mean the same variable", &["data_object"]),
    data("property", "Property", "a variable of the process, sub-process, activity or event it stands in", &["data_object/waits"]),
    data("dataInputAssociation", "Data association", "an input or output mapping: a copy, a transformation or assignments", &["data_object"]),
    data("ioSpecification", "Input and output sets", "what must be there to begin and to complete; what lacks is an incident", &["data_object/incident_resolved"]),
    data("lane", "Lane", "its name is the candidate group of the user tasks in it that name nobody", &["user_task"]),
    data("messageFlow", "Message flow", "between executable pools: brings what a sender without a job sends to what waits at its end", &["message_flow", "message_flow/waits", "message_flow/to_a_called_process"]),
    data("correlationKey", "Standard correlation", "the key of a message from its properties: where messages have them (`correlationProperty`), where processes have them (`correlationSubscription`)", &["message_flow/standard_correlation"]),
];
