//! Timers: the store knows them all; commits announce when the next one is due, and then the store is asked.
//!
//! They are fired in slices: the next slice is read when the last one is committed, so a hundred thousand timers due
//! at once do not stall anything else. One that cannot be fired (a poisoned instance) is left alone for a while.

use std::sync::Arc;

use hosk_core::{Command, ProcessInstanceKey, TimerKey};
use rustc_hash::FxHashMap;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::inner::Inner;
use crate::lane::{Origin, Request, TimerTicket, Work};
use crate::limits::{
    STORE_FAILURE_PAUSE, TIMER_GRAIN, TIMER_LEASE, TIMER_PAUSE, TIMER_SWEEP, TIMERS_PER_SLICE,
};

impl Inner {
    /// Fires timers until the engine stops.
    pub(crate) async fn fire_timers(self: Arc<Self>) {
        let mut stuck: FxHashMap<TimerKey, Instant> = FxHashMap::default();
        self.timers.at(self.clock.now());
        loop {
            tokio::select! {
                biased;
                () = self.timers.wait(&*self.clock) => {}
                () = tokio::time::sleep(TIMER_SWEEP) => {}
                () = self.stop.cancelled() => return,
            }
            tokio::select! {
                biased;
                () = async { self.fire_starts().await; self.fire_slice(&mut stuck).await; } => {}
                () = self.stop.cancelled() => return,
            }
        }
    }

    async fn fire_slice(&self, stuck: &mut FxHashMap<TimerKey, Instant>) {
        let now = Instant::now();
        stuck.retain(|_, until| *until > now);
        let limit = TIMERS_PER_SLICE + stuck.len();
        let due = match self.store.claim_timers(self.clock.now(), self.claim(TIMER_LEASE), limit).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "due timers cannot be read");
                tokio::time::sleep(STORE_FAILURE_PAUSE).await;
                self.timers.at(self.clock.now());
                return;
            }
        };
        let timers: Vec<_> = due.timers.into_iter().filter(|(_, timer)| !stuck.contains_key(timer)).collect();
        if let Some(next) = due.next {
            self.timers.at(next);
        }
        if timers.is_empty() {
            return;
        }
        for timer in self.fire(timers).await {
            stuck.insert(timer, now + TIMER_PAUSE);
        }
        tokio::time::sleep(TIMER_GRAIN).await;
    }

    /// Fires timers and waits until they are settled; gives those that are not.
    async fn fire(&self, timers: Vec<(ProcessInstanceKey, TimerKey)>) -> Vec<TimerKey> {
        let (done, mut results) = mpsc::channel(timers.len());
        for (instance, timer) in timers {
            let origin = Origin::Timer(TimerTicket { timer, done: done.clone() });
            let request = Request::new(instance, Command::TriggerTimer { timer }, origin);
            let _ = self.lane(instance).internal.send(Work::Command(request)).await;
        }
        drop(done);
        let mut unsettled = Vec::new();
        while let Some((timer, settled)) = results.recv().await {
            if !settled {
                unsettled.push(timer);
            }
        }
        unsettled
    }
}
