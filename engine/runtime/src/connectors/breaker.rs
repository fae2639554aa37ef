//! The circuit breaker of a connection: after so many transient failures in a row it keeps calls away for a while,
//! then lets one through to see.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Keeps calls away from a system that is down.
#[derive(Debug)]
pub(super) struct Breaker {
    inside: Mutex<Inside>,
    /// Failures in a row that open it; 0: never.
    failures: u32,
    pause: Duration,
}

#[derive(Debug, Default)]
struct Inside {
    failed: u32,
    /// Open until then; after it one call goes through at a time.
    open_until: Option<Instant>,
    probing: bool,
}

impl Breaker {
    pub(super) fn new(failures: u32, pause: Duration) -> Self {
        Self { inside: Mutex::default(), failures, pause }
    }

    /// Whether a call may go; else how long to keep away.
    pub(super) fn may_call(&self, now: Instant) -> Result<(), Duration> {
        let mut inside = self.inside.lock();
        let Some(until) = inside.open_until else { return Ok(()) };
        if now < until {
            return Err(until - now);
        }
        if inside.probing {
            return Err(self.pause);
        }
        inside.probing = true;
        Ok(())
    }

    /// How a call went: `transient` failures count, everything else shows that the system is there.
    pub(super) fn note(&self, transient: bool, now: Instant) {
        let mut inside = self.inside.lock();
        inside.probing = false;
        if !transient {
            *inside = Inside::default();
            return;
        }
        inside.failed = inside.failed.saturating_add(1);
        if self.failures > 0 && inside.failed >= self.failures {
            inside.open_until = Some(now + self.pause);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(10);

    #[test]
    fn opens_after_failures_in_a_row_and_closes_after_a_successful_probe() {
        let (breaker, now) = (Breaker::new(2, PAUSE), Instant::now());
        breaker.note(true, now);
        breaker.note(false, now);
        breaker.note(true, now);
        assert!(breaker.may_call(now).is_ok(), "a success in between starts the count again");
        breaker.note(true, now);
        assert_eq!(breaker.may_call(now), Err(PAUSE));
        let later = now + PAUSE;
        assert!(breaker.may_call(later).is_ok());
        assert!(breaker.may_call(later).is_err(), "one probe at a time");
        breaker.note(false, later);
        assert!(breaker.may_call(later).is_ok());
    }

    #[test]
    fn a_failed_probe_opens_it_again_and_zero_never_opens() {
        let (breaker, now) = (Breaker::new(1, PAUSE), Instant::now());
        breaker.note(true, now);
        let later = now + PAUSE;
        assert!(breaker.may_call(later).is_ok());
        breaker.note(true, later);
        assert_eq!(breaker.may_call(later), Err(PAUSE));
        let never = Breaker::new(0, PAUSE);
        for _ in 0..100 {
            never.note(true, now);
        }
        assert!(never.may_call(now).is_ok());
    }
}
