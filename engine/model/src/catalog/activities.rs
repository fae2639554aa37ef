//! Activities (BPMN 10.3, 13.3), and what goes around them.

use super::{Construct, Group, row};

const fn activity(
    tag: &'static str,
    name: &'static str,
    meaning: &'static str,
    stories: &'static [&'static str],
) -> Construct {
    row(Group::Activities, tag, name, meaning, stories)
}

#[rustfmt::skip]
pub(super) const ROWS: &[Construct] = &[
    activity("task", "None task", "passes through", &["none_task"]),
    activity("manualTask", "Manual task", "passes through", &["manual_task"]),
    activity("serviceTask", "Service task", "a job for a connector or a worker", &["service_task"]),
    activity("sendTask", "Send task", "publishes a message, or a job that sends", &["send_task"]),
    activity("receiveTask", "Receive task", "waits for a message", &["receive_task"]),
    activity("userTask", "User task", "work for a person: assignment, dates, form, instructions", &["user_task"]),
    activity("scriptTask", "Script task", "a FEEL expression whose value becomes a variable, or a job", &["script_task"]),
    activity("businessRuleTask", "Business rule task", "a DMN decision, or a job that decides", &["business_rule_task"]),
    activity("callActivity", "Call activity", "an instance of another process, with variables down and up", &["call_activity"]),
    activity("globalTask", "Global task", "a user, script, manual, business rule or none task that call activities call like a process", &["call_activity/global_task"]),
    activity("subProcess", "Embedded sub-process", "a scope with variables and a life of its own", &["sub_process"]),
    activity("transaction", "Transaction", "a sub-process that can be given up: what completed in it is undone, then it is left by its cancel boundary event", &["transaction"]),
    activity("adHocSubProcess", "Ad-hoc sub-process", "what is activated in it, by an expression, a worker or through the API, in parallel or one after another, until a condition or until the worker says so", &["ad_hoc_sub_process", "ad_hoc_sub_process/led_by_a_job"]),
    activity("isForCompensation", "Compensation handler", "undoes its activity, with the variables as they were", &["compensation_boundary_event"]),
    activity("triggeredByEvent", "Event sub-process", "starts when its event happens, interrupting what is around it or beside it", &["event_sub_process"]),
    activity("standardLoopCharacteristics", "Standard loop", "again while its condition holds, looked at before or after, up to a maximum", &["standard_loop"]),
    activity("startQuantity", "Start and completion quantity", "waits for so many tokens; gives so many on each flow", &["patterns/quantities"]),
    activity("behavior", "Events of a multi-instance activity", "throws an escalation, a signal or a message for each child, for the first, or by a condition; caught on its border", &["multi_instance/throws_for_the_first", "multi_instance/throws_by_condition", "multi_instance/throws_a_signal", "multi_instance/throws_a_message"]),
    activity("multiInstanceLoopCharacteristics", "Multi-instance activity", "once per item or number, in parallel or one after another, until a condition", &["multi_instance"]),
];
