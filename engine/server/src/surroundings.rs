//! What expressions and decisions that are evaluated on the command line get from outside: this moment, and a stopwatch.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use hosk_feel::{Environment, Stopwatch};

/// For an evaluation that begins now, with the default limits.
pub(crate) fn now() -> Environment {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let begun = Instant::now();
    let stopwatch = Some(Stopwatch::new(move || begun.elapsed()));
    Environment { stopwatch, ..Environment::at(i64::try_from(now.as_millis()).unwrap_or(i64::MAX)) }
}
