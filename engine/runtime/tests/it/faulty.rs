//! A memory store that fails as it is told.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use hosk_core::{ElementInstanceKey, Event, ProcessInstanceKey, SignalKey, Timestamp, apply};
use hosk_model::ElementIndex;
use hosk_store::{
    Batch, Claim, ClaimedJob, Committed, DefinitionChanges, Deployed, DueStarts, DueTimers,
    Error as StoreError, FiredStart, JobClaim, Loaded, Memory, NewDeployment, News, NodeLease, OutboxEntry,
    Owned, SignalSlice, Standing, StartedBySignal, Store, StoredResource, bucket_of,
};
use tokio::sync::Notify;

use crate::support::Chance;

/// A memory store that does as it is told.
#[derive(Default)]
pub(crate) struct Faulty {
    pub(crate) memory: Arc<Memory>,
    /// Commits to refuse.
    pub(crate) refuse: AtomicU32,
    /// Commits to carry out without an answer.
    pub(crate) silent: AtomicU32,
    /// Deliveries from one instance to another, or of messages, to commit without an answer.
    pub(crate) silent_deliveries: AtomicU32,
    /// Fails by chance, when there is one: every so many calls of a hundred, half of them after the deed.
    pub(crate) chance: Option<(Arc<Chance>, AtomicU32)>,
    /// Who wants to hear that a commit was carried out whose answer never comes: the node dies between commit and
    /// dispatch. By chance, when there is chance.
    pub(crate) fatal: Option<Arc<Notify>>,
    /// Its batches are to be of one bucket.
    pub(crate) by_bucket: bool,
    /// Batches that were not.
    pub(crate) mixed: AtomicU32,
    /// Loaded instances contain an element that their model does not have.
    pub(crate) poison: AtomicBool,
}

fn take(count: &AtomicU32) -> bool {
    count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

/// Whether a batch is about more than one bucket, or about instances and about addresses.
fn is_mixed(batch: &Batch) -> bool {
    let changed = batch.changes.iter().map(|set| set.instance);
    let leased = batch.leases.iter().map(|lease| lease.instance);
    let evaluated = batch.evaluations.iter().map(|one| ProcessInstanceKey(one.key.0));
    let handled = batch.handled.iter().map(|entry| ProcessInstanceKey(*entry));
    let keys = changed.chain(leased).chain(evaluated).chain(handled);
    let buckets: BTreeSet<u8> = keys.map(bucket_of).collect();
    let meets = !batch.publications.is_empty() || !batch.broadcasts.is_empty() || !batch.returned.is_empty();
    buckets.len() + usize::from(meets) > 1
}

impl Faulty {
    /// Waits a little and fails now and then.
    async fn luck(&self) -> Result<(), StoreError> {
        let Some((chance, percent)) = &self.chance else { return Ok(()) };
        let percent = u64::from(percent.load(Ordering::SeqCst));
        if chance.below(4) == 0 {
            tokio::time::sleep(Duration::from_millis(chance.below(30))).await;
        }
        if chance.below(100) < percent {
            return Err(StoreError::Database { doing: "testing", source: "bad luck".into() });
        }
        Ok(())
    }
}

impl Faulty {
    /// Whether the node dies now: seldom, and only while there is trouble.
    fn dies(&self) -> bool {
        let (Some((chance, percent)), Some(fatal)) = (&self.chance, &self.fatal) else { return false };
        let dies = percent.load(Ordering::SeqCst) > 0 && chance.below(300) == 0;
        if dies {
            fatal.notify_one();
        }
        dies
    }
}

#[async_trait::async_trait]
impl Store for Faulty {
    fn is_shared(&self) -> bool {
        self.memory.is_shared()
    }

    fn one_bucket_per_batch(&self) -> bool {
        self.by_bucket
    }

    async fn lease_node(&self, lease: NodeLease) -> Result<u16, StoreError> {
        self.luck().await?;
        self.memory.lease_node(lease).await
    }

    async fn definition_changes(&self, after: u64) -> Result<DefinitionChanges, StoreError> {
        self.luck().await?;
        self.memory.definition_changes(after).await
    }

    async fn standing(&self, instances: &[ProcessInstanceKey]) -> Result<Vec<Standing>, StoreError> {
        self.luck().await?;
        self.memory.standing(instances).await
    }

    async fn deploy(&self, deployment: NewDeployment) -> Result<Deployed, StoreError> {
        self.memory.deploy(deployment).await
    }

    async fn delete_resource(&self, key: u64) -> Result<bool, StoreError> {
        self.memory.delete_resource(key).await
    }

    async fn resources(&self) -> Result<Vec<StoredResource>, StoreError> {
        self.memory.resources().await
    }

    async fn load(&self, instance: ProcessInstanceKey) -> Result<Option<Loaded>, StoreError> {
        self.luck().await?;
        let mut loaded = self.memory.load(instance).await?;
        if let (true, Some(loaded)) = (self.poison.load(Ordering::SeqCst), &mut loaded) {
            let poison = Event::ElementActivating {
                key: ElementInstanceKey(1),
                element: ElementIndex(9_999),
                scope: instance.root(),
                consumed: Vec::new(),
                loop_counter: None,
                inner: false,
            };
            apply(&mut loaded.state, &poison);
            apply(&mut loaded.state, &Event::ElementActivated { key: ElementInstanceKey(1) });
        }
        Ok(loaded)
    }

    async fn locate(&self, what: Owned) -> Result<Option<ProcessInstanceKey>, StoreError> {
        self.luck().await?;
        self.memory.locate(what).await
    }

    async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        if is_mixed(&batch) {
            self.mixed.fetch_add(1, Ordering::SeqCst);
        }
        if take(&self.refuse) {
            return Err(StoreError::Database { doing: "testing", source: "told to fail".into() });
        }
        self.luck().await?;
        let delivers = batch.changes.iter().any(|set| !set.handled.is_empty());
        let committed = self.memory.commit(batch).await?;
        if delivers && take(&self.silent_deliveries) {
            return Err(StoreError::Unknown { doing: "testing" });
        }
        if self.dies() {
            std::future::pending::<()>().await;
        }
        if self.luck().await.is_err() {
            return Err(StoreError::Unknown { doing: "testing" });
        }
        if take(&self.silent) {
            return Err(StoreError::Unknown { doing: "testing" });
        }
        Ok(committed)
    }

    async fn claim_jobs(&self, claim: JobClaim) -> Result<Vec<ClaimedJob>, StoreError> {
        self.luck().await?;
        self.memory.claim_jobs(claim).await
    }

    async fn due_timers(&self, now: Timestamp, limit: usize) -> Result<DueTimers, StoreError> {
        self.luck().await?;
        self.memory.due_timers(now, limit).await
    }

    async fn claim_timers(
        &self,
        due: Timestamp,
        claim: Claim,
        limit: usize,
    ) -> Result<DueTimers, StoreError> {
        self.luck().await?;
        self.memory.claim_timers(due, claim, limit).await
    }

    async fn due_starts(&self, now: Timestamp, limit: usize) -> Result<DueStarts, StoreError> {
        self.luck().await?;
        self.memory.due_starts(now, limit).await
    }

    async fn fire_start(&self, fired: FiredStart) -> Result<Option<OutboxEntry>, StoreError> {
        self.luck().await?;
        let fired = self.memory.fire_start(fired).await?;
        if self.luck().await.is_err() {
            return Err(StoreError::Unknown { doing: "testing" });
        }
        Ok(fired)
    }

    async fn outbox(&self, after: u64, limit: usize) -> Result<Vec<OutboxEntry>, StoreError> {
        self.luck().await?;
        self.memory.outbox(after, limit).await
    }

    async fn claim_outbox(
        &self,
        claim: Claim,
        own: bool,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        self.luck().await?;
        self.memory.claim_outbox(claim, own, limit).await
    }

    async fn signal_slice(&self, after: SignalKey, limit: usize) -> Result<Option<SignalSlice>, StoreError> {
        self.luck().await?;
        self.memory.signal_slice(after, limit).await
    }

    async fn claim_signal_slice(
        &self,
        after: SignalKey,
        claim: Claim,
        limit: usize,
    ) -> Result<Option<SignalSlice>, StoreError> {
        self.luck().await?;
        self.memory.claim_signal_slice(after, claim, limit).await
    }

    async fn start_by_signal(&self, started: StartedBySignal) -> Result<Option<OutboxEntry>, StoreError> {
        self.luck().await?;
        let started = self.memory.start_by_signal(started).await?;
        if self.luck().await.is_err() {
            return Err(StoreError::Unknown { doing: "testing" });
        }
        Ok(started)
    }

    async fn signal_delivered(&self, signal: SignalKey, cursor: u64, last: bool) -> Result<(), StoreError> {
        self.luck().await?;
        self.memory.signal_delivered(signal, cursor, last).await
    }

    async fn expire_messages(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.luck().await?;
        self.memory.expire_messages(now, limit).await
    }

    async fn announce(&self, news: Vec<News>) -> Result<(), StoreError> {
        self.memory.announce(news).await
    }

    fn news(&self) -> Option<tokio::sync::broadcast::Receiver<News>> {
        self.memory.news()
    }
}
