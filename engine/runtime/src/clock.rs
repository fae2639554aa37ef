//! Time as the engine sees it: a trait, so that tests, scenarios and a controllable server can stand it still or
//! move it. Keys are made from wall time, which nobody can move.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hosk_core::Timestamp;
use parking_lot::Mutex;

/// Latest time a clock can be set to: 9999-12-31T23:59:59.999Z.
pub const LATEST: Timestamp = Timestamp(253_402_300_799_999);

/// Where the engine reads the time.
pub trait Clock: Send + Sync + 'static {
    /// The time processes live in.
    fn now(&self) -> Timestamp;

    /// Real time: for keys and node leases; differs from `now` only for a clock that can be moved.
    fn wall(&self) -> Timestamp {
        self.now()
    }

    /// How long to sleep until it shows `at`; `None`: it stands still, only a change wakes.
    fn until(&self, at: Timestamp) -> Option<Duration> {
        let left = at.0.saturating_sub(self.now().0);
        Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
    }

    /// Stands still at `at` from now on; `false` when this clock cannot.
    fn pin(&self, at: Timestamp) -> bool {
        let _ = at;
        false
    }

    /// Runs with real time again; `false` when this clock cannot.
    fn reset(&self) -> bool {
        false
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The machine's clock until it is pinned.
#[derive(Debug, Default)]
pub struct ControllableClock {
    pinned: Mutex<Option<Timestamp>>,
}

impl ControllableClock {
    /// A clock that stands still at `at`.
    pub fn pinned_at(at: Timestamp) -> Self {
        Self { pinned: Mutex::new(Some(at)) }
    }

    /// Moves a pinned clock forward; one that runs is pinned there.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let mut pinned = self.pinned.lock();
        let from = pinned.unwrap_or_else(|| SystemClock.now());
        let at = from.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)).min(LATEST.0);
        *pinned = Some(Timestamp(at));
        Timestamp(at)
    }
}

impl Clock for ControllableClock {
    fn now(&self) -> Timestamp {
        self.pinned.lock().unwrap_or_else(|| SystemClock.now())
    }

    fn wall(&self) -> Timestamp {
        SystemClock.now()
    }

    fn until(&self, at: Timestamp) -> Option<Duration> {
        if self.pinned.lock().is_some() {
            return (self.now() >= at).then_some(Duration::ZERO);
        }
        SystemClock.until(at)
    }

    fn pin(&self, at: Timestamp) -> bool {
        *self.pinned.lock() = Some(at);
        true
    }

    fn reset(&self) -> bool {
        *self.pinned.lock() = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_clock_stands_still_until_moved_or_reset() {
        let clock = ControllableClock::pinned_at(Timestamp(1_000));
        assert_eq!(clock.now(), Timestamp(1_000));
        assert_eq!(clock.until(Timestamp(1_001)), None);
        assert_eq!(clock.until(Timestamp(1_000)), Some(Duration::ZERO));
        assert_eq!(clock.advance(Duration::from_secs(2)), Timestamp(3_000));
        assert!(clock.reset());
        assert!(clock.now() > Timestamp(1_600_000_000_000));
    }

    #[test]
    fn the_machines_clock_cannot_be_moved() {
        assert!(!SystemClock.pin(Timestamp(0)));
        assert!(!SystemClock.reset());
    }
}
