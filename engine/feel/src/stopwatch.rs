//! How long an evaluation has taken, told by the caller: this crate has no clock.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A clock of the caller's that never goes back; what it counts from does not matter. It is read once every few
/// thousand steps, so what is done sooner never asks.
#[derive(Clone)]
pub struct Stopwatch(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Stopwatch {
    /// One that reads like this.
    pub fn new(read: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    pub(crate) fn read(&self) -> Duration {
        (self.0)()
    }
}

impl fmt::Debug for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stopwatch")
    }
}
