//! Every kind of element tells the same stories. A hole is a failure; what cannot be told stands here with the reason.

use std::collections::BTreeSet;

use libtest_mimic::Failed;

use crate::{root, scenarios};

/// The stories, one file each.
const STORIES: [&str; 8] = [
    "passes",
    "waits",
    "interrupted",
    "incident_resolved",
    "in_a_loop",
    "in_multi_instance",
    "late_command",
    "invalid_model",
];

/// Element, story, why it cannot be told.
const CANNOT_BE_TOLD: [(&str, &str, &str); 26] = [
    ("none_task", "waits", "a none task never waits"),
    ("manual_task", "waits", "a manual task never waits"),
    ("script_task", "waits", "a FEEL script never waits"),
    ("exclusive_gateway", "waits", "an exclusive gateway never waits"),
    ("none_throw_event", "waits", "a none throw event never waits"),
    ("link_event", "waits", "link events never wait"),
    ("message_throw_event", "waits", "publishing a message never waits"),
    ("message_end_event", "waits", "publishing a message never waits"),
    ("none_start_event", "waits", "a none start event never waits"),
    ("none_start_event", "in_a_loop", "a start event has no incoming flow"),
    ("none_start_event", "late_command", "a start event takes no commands"),
    ("none_end_event", "waits", "a none end event never waits"),
    ("terminate_end_event", "waits", "a terminate end event never waits"),
    ("error_end_event", "waits", "an error end event never waits"),
    ("timer_start_event", "in_a_loop", "a start event has no incoming flow"),
    ("timer_start_event", "in_multi_instance", "a timer start event stands in a process only"),
    ("escalation_throw_event", "waits", "an escalation throw event never waits"),
    ("escalation_end_event", "waits", "an escalation end event never waits"),
    ("signal_throw_event", "waits", "broadcasting a signal never waits"),
    ("signal_end_event", "waits", "broadcasting a signal never waits"),
    ("conditional_start_event", "in_a_loop", "a start event has no incoming flow"),
    ("conditional_start_event", "in_multi_instance", "a conditional start event stands in a process only"),
    ("signal_start_event", "in_a_loop", "a start event has no incoming flow"),
    ("signal_start_event", "in_multi_instance", "a signal start event stands in a process only"),
    ("message_start_event", "in_a_loop", "a start event has no incoming flow"),
    ("message_start_event", "in_multi_instance", "a message start event stands in a process only"),
];

/// Stories that start events of a process tell by themselves instead.
const ALSO: [(&str, &str, &str); 4] = [
    ("conditional_start_event", "interrupted", "the instance begins with the event; nothing is around it"),
    ("signal_start_event", "interrupted", "the instance begins with the event; nothing is around it"),
    ("timer_start_event", "interrupted", "the instance begins with the event; nothing is around it"),
    ("message_start_event", "interrupted", "the instance begins with the event; nothing is around it"),
];

/// Folders of stories that are about no single element.
pub(crate) const COLLECTIONS: [&str; 1] = ["patterns"];

/// Folders with stories about what operators do to running instances, not about elements.
const OPERATIONS: [&str; 3] = ["migration", "modification", "suspension"];

pub(crate) fn check() -> Result<(), Failed> {
    let told: BTreeSet<(String, String)> = scenarios()
        .iter()
        .filter_map(|path| {
            let path = path.strip_prefix(root().join("tests/scenarios")).ok()?;
            let element = path.parent()?.to_str()?.to_owned();
            Some((element, path.file_stem()?.to_str()?.to_owned()))
        })
        .filter(|(element, _): &(String, String)| !OPERATIONS.contains(&element.as_str()))
        .collect();
    let excused = |element: &str, story: &str| {
        CANNOT_BE_TOLD.iter().chain(&ALSO).any(|(known, what, _)| *known == element && *what == story)
    };
    let elements: BTreeSet<&str> =
        told.iter().map(|(element, _)| element.as_str()).filter(|name| !COLLECTIONS.contains(name)).collect();
    let mut holes = Vec::new();
    for element in &elements {
        for story in STORIES {
            let is_told = told.contains(&((*element).to_owned(), story.to_owned()));
            if is_told == excused(element, story) {
                let what = if is_told { "is told and excused at once" } else { "is not told" };
                holes.push(format!("{element}/{story} {what}"));
            }
        }
    }
    for (element, ..) in CANNOT_BE_TOLD.iter().chain(&ALSO) {
        if !elements.contains(element) {
            holes.push(format!("{element} has no scenarios at all"));
        }
    }
    holes.extend(kinds_without_stories(&elements));
    if holes.is_empty() {
        Ok(())
    } else {
        Err(format!("{} holes:\n{}", holes.len(), holes.join("\n")).into())
    }
}

/// Files of the core that stand for elements and triggers, and the folders of stories that tell them.
pub(crate) const FILES: &[(&str, &[&str])] = &[
    ("elements/ad_hoc_sub_process.rs", &["ad_hoc_sub_process"]),
    (
        "elements/boundary_event.rs",
        &[
            "timer_boundary_event",
            "message_boundary_event",
            "signal_boundary_event",
            "error_boundary_event",
            "conditional_boundary_event",
            "escalation_boundary_event",
            "compensation_boundary_event",
        ],
    ),
    ("elements/business_rule_task.rs", &["business_rule_task"]),
    ("elements/call_activity.rs", &["call_activity"]),
    ("elements/complex_gateway.rs", &["complex_gateway"]),
    (
        "elements/end_event.rs",
        &[
            "none_end_event",
            "error_end_event",
            "escalation_end_event",
            "message_end_event",
            "signal_end_event",
            "compensation_end_event",
            "terminate_end_event",
        ],
    ),
    ("elements/event_based_gateway.rs", &["event_based_gateway"]),
    ("elements/event_definition.rs", &["multiple_event", "parallel_multiple_event"]),
    ("elements/event_sub_process.rs", &["event_sub_process"]),
    ("elements/exclusive_gateway.rs", &["exclusive_gateway"]),
    ("elements/inclusive_gateway.rs", &["inclusive_gateway"]),
    (
        "elements/intermediate_catch_event.rs",
        &["timer_catch_event", "message_catch_event", "signal_catch_event", "conditional_catch_event"],
    ),
    (
        "elements/intermediate_throw_event.rs",
        &[
            "none_throw_event",
            "escalation_throw_event",
            "compensation_throw_event",
            "link_event",
            "message_throw_event",
            "signal_throw_event",
        ],
    ),
    ("elements/parallel_gateway.rs", &["parallel_gateway"]),
    ("elements/process.rs", &["none_start_event", "data_object"]),
    ("elements/receive_task.rs", &["receive_task"]),
    ("elements/script_task.rs", &["script_task"]),
    ("elements/send_task.rs", &["send_task"]),
    ("elements/service_task.rs", &["service_task", "send_task", "business_rule_task"]),
    (
        "elements/start_event.rs",
        &[
            "none_start_event",
            "message_start_event",
            "signal_start_event",
            "timer_start_event",
            "conditional_start_event",
        ],
    ),
    ("elements/sub_process.rs", &["sub_process", "transaction"]),
    ("elements/task.rs", &["none_task", "manual_task"]),
    ("elements/user_task.rs", &["user_task"]),
    ("triggers/cancel.rs", &["transaction"]),
    (
        "triggers/compensation.rs",
        &["compensation_boundary_event", "compensation_end_event", "compensation_throw_event"],
    ),
    (
        "triggers/conditional.rs",
        &["conditional_catch_event", "conditional_boundary_event", "conditional_start_event"],
    ),
    ("triggers/error.rs", &["error_boundary_event", "error_end_event"]),
    (
        "triggers/escalation.rs",
        &["escalation_boundary_event", "escalation_throw_event", "escalation_end_event"],
    ),
    ("triggers/message.rs", &["message_catch_event", "message_boundary_event", "message_start_event"]),
    ("triggers/multiple.rs", &["multiple_event", "parallel_multiple_event"]),
    ("triggers/publication.rs", &["message_throw_event", "message_end_event", "message_flow"]),
    (
        "triggers/signal.rs",
        &[
            "signal_catch_event",
            "signal_boundary_event",
            "signal_start_event",
            "signal_throw_event",
            "signal_end_event",
        ],
    ),
    ("triggers/terminate.rs", &["terminate_end_event"]),
    ("triggers/throwing.rs", &["escalation_throw_event", "signal_throw_event", "multiple_event"]),
    ("triggers/timer.rs", &["timer_catch_event", "timer_boundary_event", "timer_start_event"]),
];

/// A new file in the core's `elements` or `triggers` needs stories, and a row in [`FILES`].
fn kinds_without_stories(elements: &BTreeSet<&str>) -> Vec<String> {
    let mut holes = Vec::new();
    for folder in ["elements", "triggers"] {
        let path = root().join("engine/core/src").join(folder);
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            let file = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if file.ends_with("/mod.rs") {
                continue;
            }
            match FILES.iter().find(|(known, _)| *known == file) {
                None => holes.push(format!(
                    "engine/core/src/{file} has no stories: add a folder below tests/scenarios and a row here"
                )),
                Some((_, folders)) => holes.extend(
                    folders
                        .iter()
                        .filter(|folder| !elements.contains(**folder))
                        .map(|folder| format!("{file}: tests/scenarios/{folder} is missing")),
                ),
            }
        }
    }
    holes
}
