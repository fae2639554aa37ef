//! Stories of running processes, told through the public interface of the core.

mod basics;
mod boundary_events;
mod call_activity;
mod errors;
mod event_sub_process;
mod gateways;
mod listeners;
mod mappings;
mod multi_instance;
mod random;
mod sub_process;
mod support;
mod timers_and_messages;
mod user_task;
