//! A store that fails on purpose, repeatably: before the work, after it (the caller cannot know), or late.
//!
//! Only for tests and simulation. The seed decides which calls fail; the same seed and the same calls fail alike.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hosk_core::{ProcessInstanceKey, SignalKey, Timestamp};
use parking_lot::Mutex;

use crate::Error;
use crate::write::{
    Batch, Claim, ClaimedJob, Committed, DefinitionChanges, Deployed, DueStarts, DueTimers, FiredStart,
    JobClaim, Loaded, NewDeployment, News, NodeLease, OutboxEntry, Owned, SignalSlice, Standing,
    StartedBySignal, Store, StoredResource,
};

/// How often what goes wrong, in thousandths of the calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Nothing is done and the call says so.
    pub error_before: u32,
    /// Everything is done and the call says that it does not know.
    pub error_after: u32,
    /// The call takes [`Faults::delay`] longer.
    pub late: u32,
    /// How much longer.
    pub delay: Duration,
}

/// A store around another that fails on purpose.
#[derive(Debug)]
pub struct Faulty<S> {
    inner: Arc<S>,
    faults: Mutex<Faults>,
    chance: Mutex<u64>,
}

impl<S> Faulty<S> {
    /// Around a store; `seed` decides which calls fail.
    pub fn new(inner: Arc<S>, faults: Faults, seed: u64) -> Self {
        Self { inner, faults: Mutex::new(faults), chance: Mutex::new(seed) }
    }

    /// Other faults from now on; [`Faults::default`] has none.
    pub fn set(&self, faults: Faults) {
        *self.faults.lock() = faults;
    }

    /// The store inside, which does not fail.
    pub fn inner(&self) -> &Arc<S> {
        &self.inner
    }

    /// A number below 1000 (splitmix64).
    fn draw(&self) -> u32 {
        let mut state = self.chance.lock();
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % 1_000) as u32
    }

    async fn before(&self, doing: &'static str) -> Result<(), Error> {
        let faults = *self.faults.lock();
        if self.draw() < faults.late {
            tokio::time::sleep(faults.delay).await;
        }
        if self.draw() < faults.error_before {
            return Err(Error::Database { doing, source: "a fault on purpose".into() });
        }
        Ok(())
    }

    fn after<T>(&self, done: T, doing: &'static str) -> Result<T, Error> {
        let error_after = self.faults.lock().error_after;
        if self.draw() < error_after { Err(Error::Unknown { doing }) } else { Ok(done) }
    }
}

#[async_trait]
impl<S: Store> Store for Faulty<S> {
    fn is_shared(&self) -> bool {
        self.inner.is_shared()
    }
    fn one_bucket_per_batch(&self) -> bool {
        self.inner.one_bucket_per_batch()
    }
    async fn lease_node(&self, lease: NodeLease) -> Result<u16, Error> {
        self.before("leasing a node number").await?;
        let done = self.inner.lease_node(lease).await?;
        self.after(done, "leasing a node number")
    }
    async fn deploy(&self, deployment: NewDeployment) -> Result<Deployed, Error> {
        self.before("deploying").await?;
        let done = self.inner.deploy(deployment).await?;
        self.after(done, "deploying")
    }
    async fn delete_resource(&self, key: u64) -> Result<bool, Error> {
        self.before("deleting a resource").await?;
        let done = self.inner.delete_resource(key).await?;
        self.after(done, "deleting a resource")
    }
    async fn resources(&self) -> Result<Vec<StoredResource>, Error> {
        self.before("reading resources").await?;
        self.inner.resources().await
    }
    async fn definition_changes(&self, after: u64) -> Result<DefinitionChanges, Error> {
        self.before("looking for new definitions").await?;
        self.inner.definition_changes(after).await
    }
    async fn standing(&self, instances: &[ProcessInstanceKey]) -> Result<Vec<Standing>, Error> {
        self.before("reading versions").await?;
        self.inner.standing(instances).await
    }
    async fn load(&self, instance: ProcessInstanceKey) -> Result<Option<Loaded>, Error> {
        self.before("loading an instance").await?;
        self.inner.load(instance).await
    }
    async fn locate(&self, what: Owned) -> Result<Option<ProcessInstanceKey>, Error> {
        self.before("looking for the instance").await?;
        self.inner.locate(what).await
    }
    async fn commit(&self, batch: Batch) -> Result<Committed, Error> {
        self.before("committing").await?;
        let done = self.inner.commit(batch).await?;
        self.after(done, "committing")
    }
    async fn claim_jobs(&self, claim: JobClaim) -> Result<Vec<ClaimedJob>, Error> {
        self.before("claiming jobs").await?;
        let done = self.inner.claim_jobs(claim).await?;
        self.after(done, "claiming jobs")
    }
    async fn due_timers(&self, now: Timestamp, limit: usize) -> Result<DueTimers, Error> {
        self.before("reading timers").await?;
        self.inner.due_timers(now, limit).await
    }
    async fn claim_timers(&self, due: Timestamp, claim: Claim, limit: usize) -> Result<DueTimers, Error> {
        self.before("claiming timers").await?;
        let done = self.inner.claim_timers(due, claim, limit).await?;
        self.after(done, "claiming timers")
    }
    async fn due_starts(&self, now: Timestamp, limit: usize) -> Result<DueStarts, Error> {
        self.before("reading start timers").await?;
        self.inner.due_starts(now, limit).await
    }
    async fn fire_start(&self, fired: FiredStart) -> Result<Option<OutboxEntry>, Error> {
        self.before("firing a start timer").await?;
        let done = self.inner.fire_start(fired).await?;
        self.after(done, "firing a start timer")
    }
    async fn outbox(&self, after: u64, limit: usize) -> Result<Vec<OutboxEntry>, Error> {
        self.before("reading the outbox").await?;
        self.inner.outbox(after, limit).await
    }
    async fn claim_outbox(&self, claim: Claim, own: bool, limit: usize) -> Result<Vec<OutboxEntry>, Error> {
        self.before("claiming outbox entries").await?;
        let done = self.inner.claim_outbox(claim, own, limit).await?;
        self.after(done, "claiming outbox entries")
    }
    async fn signal_slice(&self, after: SignalKey, limit: usize) -> Result<Option<SignalSlice>, Error> {
        self.before("reading a broadcast").await?;
        self.inner.signal_slice(after, limit).await
    }
    async fn claim_signal_slice(
        &self,
        after: SignalKey,
        claim: Claim,
        limit: usize,
    ) -> Result<Option<SignalSlice>, Error> {
        self.before("claiming a broadcast").await?;
        let done = self.inner.claim_signal_slice(after, claim, limit).await?;
        self.after(done, "claiming a broadcast")
    }
    async fn start_by_signal(&self, started: StartedBySignal) -> Result<Option<OutboxEntry>, Error> {
        self.before("starting by a signal").await?;
        let done = self.inner.start_by_signal(started).await?;
        self.after(done, "starting by a signal")
    }
    async fn signal_delivered(&self, signal: SignalKey, cursor: u64, last: bool) -> Result<(), Error> {
        self.before("moving on in a broadcast").await?;
        self.inner.signal_delivered(signal, cursor, last).await?;
        self.after((), "moving on in a broadcast")
    }
    async fn expire_messages(&self, now: Timestamp, limit: usize) -> Result<usize, Error> {
        self.before("removing expired messages").await?;
        let done = self.inner.expire_messages(now, limit).await?;
        self.after(done, "removing expired messages")
    }
    async fn announce(&self, news: Vec<News>) -> Result<(), Error> {
        self.before("telling other nodes").await?;
        self.inner.announce(news).await
    }
    fn news(&self) -> Option<tokio::sync::broadcast::Receiver<News>> {
        self.inner.news()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;

    async fn outcomes(seed: u64) -> String {
        let faults = Faults { error_before: 300, error_after: 300, ..Faults::default() };
        let store = Faulty::new(Arc::new(Memory::new()), faults, seed);
        let mut outcomes = String::new();
        for _ in 0..40 {
            outcomes.push(match store.commit(Batch::default()).await {
                Ok(_) => '.',
                Err(Error::Unknown { .. }) => '?',
                Err(_) => '!',
            });
        }
        outcomes
    }

    #[tokio::test]
    async fn a_seed_fails_alike() {
        let one = outcomes(7).await;
        assert_eq!(one, outcomes(7).await);
        assert_ne!(one, outcomes(8).await);
        assert!("?!.".chars().all(|outcome| one.contains(outcome)), "{one}");
    }

    #[tokio::test]
    async fn an_unknown_outcome_was_done() {
        let memory = Arc::new(Memory::new());
        let store = Faulty::new(memory, Faults { error_after: 1_000, ..Faults::default() }, 1);
        let lease = NodeLease { held: None, owner: 1, now: Timestamp(0), until: Timestamp(10) };
        assert!(store.lease_node(lease).await.is_err());
        store.set(Faults::default());
        assert_eq!(store.lease_node(lease).await.unwrap(), 1);
    }
}
