//! The engine as a whole, on the memory store and on SQLite: one binary, one module per story.

#![expect(clippy::unwrap_used, reason = "tests say what went wrong by panicking")]

mod batches;
mod connectors;
mod decisions;
mod faulty;
mod life;
mod messages;
mod node;
mod nodes;
mod rest;
mod restart;
mod retention;
mod scale;
mod signals;
mod simulation;
mod slow;
mod start_timers;
mod support;
mod tenants;
mod timers;
mod trouble;
mod workers;
