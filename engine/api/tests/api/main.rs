//! The API over TCP, on a real engine: what succeeds, what is refused and how.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops")]

mod access;
mod ad_hoc_jobs;
mod audit;
mod audit_operations;
mod backup;
mod batches;
mod bodies;
mod cluster_variables;
mod conditionals;
mod connections;
mod crowd;
mod decisions;
mod definitions;
mod document;
mod documents;
mod elements;
mod events;
mod fields;
mod global_listeners;
mod identity;
mod instances;
mod job_statistics;
mod jobs;
mod levels;
mod listener;
mod listeners;
mod messages;
mod negatives;
mod operations;
mod plugins;
mod refusals;
mod searches;
mod seen;
mod server;
mod sign_in;
mod signals;
mod slow_listeners;
mod statistics;
mod tasks;
mod tenants;
mod value_maps;
mod wait_states;
mod wording;
