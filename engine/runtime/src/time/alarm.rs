//! One moment to wake up at; an earlier one replaces a later one.

use std::sync::atomic::{AtomicI64, Ordering::AcqRel, Ordering::Acquire};
use std::time::Duration;

use hosk_core::Timestamp;
use tokio::sync::Notify;

use crate::Clock;

const NEVER: i64 = i64::MAX;
/// A sleep is cut into pieces of this length: the clock may have been moved by other means than ours.
const LONGEST_SLEEP: Duration = Duration::from_hours(1);

/// Wakes its owner at a moment.
#[derive(Debug)]
pub(crate) struct Alarm {
    at: AtomicI64,
    changed: Notify,
}

impl Default for Alarm {
    fn default() -> Self {
        Self { at: AtomicI64::new(NEVER), changed: Notify::new() }
    }
}

impl Alarm {
    /// Wakes at `at` or earlier.
    pub(crate) fn at(&self, at: Timestamp) {
        if self.at.fetch_min(at.0, AcqRel) > at.0 {
            self.changed.notify_one();
        }
    }

    /// The clock was moved: look again.
    pub(crate) fn clock_moved(&self) {
        self.changed.notify_one();
    }

    /// Waits for the moment and forgets it.
    pub(crate) async fn wait(&self, clock: &dyn Clock) {
        loop {
            let at = self.at.load(Acquire);
            let sleep = if at == NEVER { None } else { clock.until(Timestamp(at)) };
            match sleep {
                Some(Duration::ZERO) => {
                    self.at.store(NEVER, std::sync::atomic::Ordering::Release);
                    return;
                }
                Some(sleep) => tokio::select! {
                    biased;
                    () = tokio::time::sleep(sleep.min(LONGEST_SLEEP)) => {}
                    () = self.changed.notified() => {}
                },
                None => self.changed.notified().await,
            }
        }
    }
}
