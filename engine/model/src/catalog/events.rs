//! Events (BPMN 10.4, 13.5): what they wait for or throw, by position.

use super::Place::{
    BoundaryInterrupting, BoundaryNonInterrupting, Catch, End, EventSubProcessInterrupting,
    EventSubProcessNonInterrupting, ProcessStart, Throw,
};
use super::{Construct, event};

#[rustfmt::skip]
pub(super) const ROWS: &[Construct] = &[
    event("", "None", ProcessStart, "begins an instance that is created by hand or by a call", &["none_start_event"]),
    event("", "None", Throw, "passes through; a milestone", &["none_throw_event"]),
    event("", "None", End, "ends this path", &["none_end_event"]),

    event("messageEventDefinition", "Message", ProcessStart, "a message begins an instance", &["message_start_event"]),
    event("messageEventDefinition", "Message", EventSubProcessInterrupting, "a message stops what is around it and begins", &["event_sub_process/interrupted"]),
    event("messageEventDefinition", "Message", EventSubProcessNonInterrupting, "each message begins one more beside", &["event_sub_process/non_interrupting"]),
    event("messageEventDefinition", "Message", Catch, "waits for a message by name and correlation key", &["message_catch_event"]),
    event("messageEventDefinition", "Message", BoundaryInterrupting, "a message stops the activity", &["message_boundary_event"]),
    event("messageEventDefinition", "Message", BoundaryNonInterrupting, "each message begins a path beside the activity", &["message_boundary_event/non_interrupting"]),
    event("messageEventDefinition", "Message", Throw, "publishes a message, or a job that sends; then goes on", &["message_throw_event"]),
    event("messageEventDefinition", "Message", End, "publishes a message, or a job that sends; then ends this path", &["message_end_event"]),

    event("timerEventDefinition", "Timer", ProcessStart, "at that time, or each time of a cycle, begins an instance of the newest version", &["timer_start_event"]),
    event("timerEventDefinition", "Timer", EventSubProcessInterrupting, "at that time stops what is around it and begins", &["event_sub_process/timer"]),
    event("timerEventDefinition", "Timer", EventSubProcessNonInterrupting, "at that time, or each time of a cycle, begins beside", &["event_sub_process/timer"]),
    event("timerEventDefinition", "Timer", Catch, "waits until a date or for a duration", &["timer_catch_event"]),
    event("timerEventDefinition", "Timer", BoundaryInterrupting, "at that time stops the activity", &["timer_boundary_event"]),
    event("timerEventDefinition", "Timer", BoundaryNonInterrupting, "at that time, or each time of a cycle, begins a path beside", &["timer_boundary_event"]),

    event("signalEventDefinition", "Signal", ProcessStart, "a signal begins an instance of the newest version", &["signal_start_event"]),
    event("signalEventDefinition", "Signal", EventSubProcessInterrupting, "a signal stops what is around it and begins", &["event_sub_process/signal"]),
    event("signalEventDefinition", "Signal", EventSubProcessNonInterrupting, "each signal begins one more beside", &["event_sub_process/signal_beside"]),
    event("signalEventDefinition", "Signal", Catch, "waits for a signal by name; it is for everybody who waits, and is not kept", &["signal_catch_event"]),
    event("signalEventDefinition", "Signal", BoundaryInterrupting, "a signal stops the activity", &["signal_boundary_event"]),
    event("signalEventDefinition", "Signal", BoundaryNonInterrupting, "each signal begins a path beside the activity", &["signal_boundary_event/non_interrupting"]),
    event("signalEventDefinition", "Signal", Throw, "broadcasts a signal to everybody who waits for it, then goes on", &["signal_throw_event"]),
    event("signalEventDefinition", "Signal", End, "broadcasts a signal to everybody who waits for it, then ends this path", &["signal_end_event"]),

    event("conditionalEventDefinition", "Conditional", ProcessStart, "begins an instance of the newest version when conditions are evaluated with variables for which its own holds", &["conditional_start_event"]),
    event("conditionalEventDefinition", "Conditional", EventSubProcessInterrupting, "a condition that becomes true stops what is around it and begins", &["event_sub_process/conditional"]),
    event("conditionalEventDefinition", "Conditional", EventSubProcessNonInterrupting, "each time its condition becomes true begins one more beside", &["event_sub_process/conditional"]),
    event("conditionalEventDefinition", "Conditional", Catch, "waits until its condition is true; looks when a variable it reads changes", &["conditional_catch_event"]),
    event("conditionalEventDefinition", "Conditional", BoundaryInterrupting, "a condition that becomes true stops the activity", &["conditional_boundary_event"]),
    event("conditionalEventDefinition", "Conditional", BoundaryNonInterrupting, "each time its condition becomes true begins a path beside the activity", &["conditional_boundary_event/non_interrupting"]),

    event("errorEventDefinition", "Error", EventSubProcessInterrupting, "an error from inside stops what is around it and begins", &["event_sub_process/error"]),
    event("errorEventDefinition", "Error", BoundaryInterrupting, "an error from inside, by code or any, stops the activity", &["error_boundary_event"]),
    event("errorEventDefinition", "Error", End, "throws an error to the nearest handler outside", &["error_end_event"]),

    event("escalationEventDefinition", "Escalation", EventSubProcessInterrupting, "an escalation from inside stops what is around it and begins", &["event_sub_process/escalation"]),
    event("escalationEventDefinition", "Escalation", EventSubProcessNonInterrupting, "each escalation from inside begins one more beside", &["event_sub_process/escalation_beside"]),
    event("escalationEventDefinition", "Escalation", BoundaryInterrupting, "an escalation from inside, by code or any, stops the activity", &["escalation_boundary_event"]),
    event("escalationEventDefinition", "Escalation", BoundaryNonInterrupting, "each escalation from inside begins a path beside the activity", &["escalation_boundary_event/non_interrupting"]),
    event("escalationEventDefinition", "Escalation", Throw, "throws an escalation to the nearest handler outside, then goes on", &["escalation_throw_event"]),
    event("escalationEventDefinition", "Escalation", End, "throws an escalation to the nearest handler outside, then ends this path", &["escalation_end_event"]),
    event("linkEventDefinition", "Link", Throw, "goes on at the catching link event of its name in the same process or sub-process", &["link_event"]),
    event("linkEventDefinition", "Link", Catch, "where the throwing link events of its name go on", &["link_event"]),

    event("compensateEventDefinition", "Compensation", EventSubProcessInterrupting, "undoes the completed sub-process it stands in, with the variables as they were", &["compensation_throw_event/event_sub_process"]),
    event("compensateEventDefinition", "Compensation", BoundaryInterrupting, "leads to the handler that undoes the activity", &["compensation_boundary_event"]),
    event("compensateEventDefinition", "Compensation", BoundaryNonInterrupting, "the same: what has completed cannot be interrupted", &["compensation_boundary_event"]),
    event("compensateEventDefinition", "Compensation", Throw, "undoes one activity or all of its scope, latest first, and waits", &["compensation_throw_event"]),
    event("compensateEventDefinition", "Compensation", End, "undoes one activity or all of its scope, then ends this path", &["compensation_end_event"]),

    event("cancelEventDefinition", "Cancel", BoundaryInterrupting, "the way out of a transaction that was given up", &["transaction"]),
    event("cancelEventDefinition", "Cancel", End, "gives up the transaction around it", &["transaction"]),

    event("multiple", "Multiple", ProcessStart, "each of several triggers begins an instance", &["multiple_event/start"]),
    event("multiple", "Multiple", EventSubProcessInterrupting, "any of several triggers stops what is around it and begins", &["multiple_event/event_sub_process"]),
    event("multiple", "Multiple", EventSubProcessNonInterrupting, "each of several triggers begins one more beside", &["multiple_event/event_sub_process_beside"]),
    event("multiple", "Multiple", Catch, "waits for any of several triggers", &["multiple_event"]),
    event("multiple", "Multiple", BoundaryInterrupting, "any of several triggers stops the activity", &["multiple_event/boundary"]),
    event("multiple", "Multiple", BoundaryNonInterrupting, "each of several triggers begins a path beside the activity", &["multiple_event/boundary_beside"]),
    event("multiple", "Multiple", Throw, "throws all it names, then goes on", &["multiple_event/throw"]),
    event("multiple", "Multiple", End, "throws all it names, then ends this path", &["multiple_event/end"]),

    event("parallelMultiple", "Parallel multiple", ProcessStart, "the first of its messages begins an instance, which waits for the other triggers before it goes on", &["parallel_multiple_event/start", "parallel_multiple_event/start_with_others"]),
    event("parallelMultiple", "Parallel multiple", EventSubProcessInterrupting, "all of several triggers together stop what is around it and begin", &["parallel_multiple_event/event_sub_process"]),
    event("parallelMultiple", "Parallel multiple", EventSubProcessNonInterrupting, "each time all of several triggers have come begins one more beside", &["parallel_multiple_event/event_sub_process_beside"]),
    event("parallelMultiple", "Parallel multiple", Catch, "waits until all of several triggers have come, in any order", &["parallel_multiple_event"]),
    event("parallelMultiple", "Parallel multiple", BoundaryInterrupting, "all of several triggers together stop the activity", &["parallel_multiple_event/boundary"]),
    event("parallelMultiple", "Parallel multiple", BoundaryNonInterrupting, "each time all of several triggers have come begins a path beside the activity", &["parallel_multiple_event/boundary_beside"]),

    event("terminateEventDefinition", "Terminate", End, "stops everything in its process or sub-process", &["terminate_end_event"]),
];
