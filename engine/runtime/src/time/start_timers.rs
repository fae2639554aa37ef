//! Timer start events of processes: the store has those of the newest versions.
//!
//! One that is due begins an instance through the outbox: the run is taken off and the command written in one
//! transaction, so that it is carried out exactly once whatever fails. Like other timers they go off in slices.

use hosk_core::{ProcessInstanceKey, start_due_again};
use hosk_store::FiredStart;

use crate::MissedRuns;
use crate::inner::Inner;
use crate::limits::{ENTRY_LEASE, STORE_FAILURE_PAUSE, TIMERS_PER_SLICE};

impl Inner {
    /// Fires the next slice of start timers that are due.
    pub(super) async fn fire_starts(&self) {
        let due = match self.store.due_starts(self.clock.now(), TIMERS_PER_SLICE).await {
            Ok(due) => due,
            Err(error) => return self.start_timers_later(&error).await,
        };
        if let Some(next) = due.next {
            self.timers.at(next);
        }
        let each = self.config.missed_runs == MissedRuns::Each;
        for start in due.starts {
            self.keys.advance(self.clock.wall());
            let now = self.clock.now();
            let next = start_due_again(&start.run, now, each);
            if let Some(next) = &next {
                self.timers.at(next.at);
            }
            let (instance, entry) = (ProcessInstanceKey(self.keys.draw()), self.keys.draw());
            let claim = self.claim(ENTRY_LEASE);
            match self.store.fire_start(FiredStart { start, next, instance, entry, claim }).await {
                Ok(Some(entry)) => self.deliver(entry, None),
                Ok(None) => {}
                // It may have been written: the entry is read from the store then.
                Err(error) => {
                    self.outbox.spill();
                    return self.start_timers_later(&error).await;
                }
            }
        }
    }

    async fn start_timers_later(&self, error: &hosk_store::Error) {
        tracing::warn!(%error, "start timers cannot be fired");
        tokio::time::sleep(STORE_FAILURE_PAUSE).await;
        self.timers.at(self.clock.now());
    }
}
