//! The deterministic heart: step, apply, effects.

mod command;
mod definitions;
mod effect;
mod event;
mod keys;
pub mod limits;
mod rejection;
mod work;

pub use command::*;
pub use definitions::*;
pub use effect::*;
pub use event::*;
pub use keys::*;
pub use rejection::*;
pub use work::Work;
