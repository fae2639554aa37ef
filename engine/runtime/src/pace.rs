//! How much goes into one batch, so that a commit does not take long.
//!
//! Who comes while a batch is being written waits for it and for his own. With thousands of commands in each that is a
//! noticeable time for everybody, though it makes commits hardly cheaper: what a commit costs whatever is in it is spread
//! over some hundred commands as well. So the room in a batch follows how long commits take.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::limits::{COMMIT_TIME, FIRST_ROOM, LEAST_ROOM};

/// A commit may take this many times what an empty one does, however long that is: a store that is slow to sync needs large
/// batches.
const TIMES_FIXED: u32 = 4;

/// The room in a batch, in what ordinary commands weigh.
pub(crate) struct Pace {
    room: AtomicUsize,
    limit: usize,
    /// What a commit takes whatever is in it, as far as is known: what the last of little took.
    fixed: Mutex<Duration>,
}

impl Pace {
    pub(crate) fn up_to(limit: usize) -> Self {
        Self { room: AtomicUsize::new(limit.min(FIRST_ROOM)), limit, fixed: Mutex::new(Duration::ZERO) }
    }

    /// What a batch has room for at present.
    pub(crate) fn room(&self) -> usize {
        self.room.load(Ordering::Relaxed)
    }

    /// A commit of what weighs so much took so long.
    pub(crate) fn committed(&self, weight: usize, took: Duration) {
        let longest = self.longest(weight, took);
        let room = self.room();
        let fits = took < longest && weight >= room;
        let new = if fits {
            room.saturating_mul(2)
        } else if took > longest && weight > 0 {
            let share = longest.as_secs_f64() / took.as_secs_f64();
            // The room that was there for it, or what it used: others than commands may have taken the time.
            (weight.min(room) as f64 * share) as usize
        } else {
            return;
        };
        self.room.store(new.clamp(LEAST_ROOM.min(self.limit), self.limit), Ordering::Relaxed);
    }

    /// Only commits of little tell what they cost in any case: large ones would pass for a slow store, and the room would
    /// grow with them. A slow store shows itself, since its batches are made small first.
    fn longest(&self, weight: usize, took: Duration) -> Duration {
        let mut fixed = self.fixed.lock();
        if weight <= LEAST_ROOM {
            *fixed = took;
        }
        COMMIT_TIME.max(*fixed * TIMES_FIXED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn long_commits_get_less_and_short_full_ones_more() {
        let pace = Pace::up_to(2_048);
        pace.committed(1, MS);
        assert_eq!(pace.room(), FIRST_ROOM, "it was not full");
        pace.committed(FIRST_ROOM, MS);
        pace.committed(FIRST_ROOM * 2, MS);
        pace.committed(FIRST_ROOM * 4, MS);
        assert_eq!(pace.room(), 2_048, "no more than the limit");
        pace.committed(2_048, COMMIT_TIME * 4);
        assert_eq!(pace.room(), 512);
        pace.committed(300, MS);
        assert_eq!(pace.room(), 512, "it was not full");
        pace.committed(512, COMMIT_TIME / 2);
        assert_eq!(pace.room(), 1_024);
        (0..20).for_each(|_| pace.committed(1_024, COMMIT_TIME * 20));
        assert_eq!(pace.room(), LEAST_ROOM);
    }

    #[test]
    fn a_store_that_is_slow_to_sync_gets_large_batches() {
        let pace = Pace::up_to(2_048);
        for _ in 0..20 {
            let weight = pace.room();
            pace.committed(weight, COMMIT_TIME * 2 + Duration::from_micros(weight as u64 * 10));
        }
        assert_eq!(pace.room(), 2_048);
    }

    #[test]
    fn long_load_does_not_make_commits_long() {
        let pace = Pace::up_to(2_048);
        pace.committed(1, MS);
        for _ in 0..100_000 {
            let weight = pace.room();
            pace.committed(weight, MS + Duration::from_micros(weight as u64 * 50));
        }
        assert!((250..=800).contains(&pace.room()), "{}", pace.room());
    }
}
