//! Scenarios: a process, commands and the expected transcript in one text, played on virtual time.
//!
//! A scenario is a story about a process (see `docs/scenarios.md`):
//!
//! ```text
//! Exclusive gateway — the first true condition wins, in document order.
//!
//! process order
//!   start s
//!   exclusiveGateway xor default=rest
//!   end a
//!   end b
//!   s -> xor
//!   xor -cheap-> a if amount < 5
//!   xor -rest-> b
//!
//! > create order {"amount": 4}
//! xor activated completed
//! ```
//!
//! The player plays every scenario straight, with the state reloaded after every command, replayed from its events,
//! and with every command delivered twice, without being asked.

#![forbid(unsafe_code)]

mod address;
mod command;
mod conditionals;
mod data;
mod document;
mod drawing;
mod library;
mod mailbox;
mod notation;
mod player;
mod signals;
mod start_timers;
mod transcript;
mod triggers;
mod world;
mod xml;

pub use notation::{NotationError, Scenario};
pub use player::{Coverage, Mode, Outcome, Played, play};
