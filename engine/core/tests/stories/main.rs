//! Stories of running processes, told through the public interface of the core.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::format_push_string, clippy::needless_pass_by_value, reason = "stories read better so")]

mod basics;
mod boundary_events;
mod call_activity;
mod conditions;
mod data;
mod decisions;
mod errors;
mod event_sub_process;
mod gateways;
mod global_listeners;
mod job_policy;
mod listeners;
mod many_items;
mod mappings;
mod migration;
mod modification;
mod multi_instance;
mod random;
mod reference;
mod signals;
mod sub_process;
mod support;
mod suspension;
mod thrown_messages;
mod timers_and_messages;
mod user_task;
