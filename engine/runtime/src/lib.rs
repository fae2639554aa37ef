//! Load, step, commit, effects: the engine's thin, bounded, fair shell.

mod clock;
mod engine;
mod error;
mod public;

pub use clock::{Clock, ControllableClock, LATEST, SystemClock};
pub use engine::Engine;
pub use error::{DeployError, Error, Finding};
pub use public::*;

/// The tenant of an installation that knows only one.
pub const DEFAULT_TENANT: &str = "<default>";
