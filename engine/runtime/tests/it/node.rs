//! A node as seen from outside: its way to the store, its clock and its ears, each of which can fail by itself.
//!
//! A node that is asleep gets no answer from the store and hears nothing, and its clock stands still, as if its process
//! had been stopped; when it wakes it goes on with what it knew, whatever time it is. A node that is dead never wakes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hosk_core::{Event, ProcessInstanceKey, SignalKey, Timestamp};
use hosk_runtime::Clock;
use hosk_store::{
    Batch, Claim, ClaimedJob, Committed, DefinitionChanges, Deployed, DueStarts, DueTimers,
    Error as StoreError, FiredStart, JobClaim, Loaded, NewDeployment, News, NodeLease, OutboxEntry, Owned,
    SignalSlice, Standing, StartedBySignal, Store, StoredResource,
};
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::support::Chance;

/// When all simulated time begins.
pub(crate) const BEGINNING: i64 = 1_800_000_000_000;
/// 2024-01-01T00:00:00Z, from which keys count milliseconds.
const EPOCH: i64 = 1_704_067_200_000;
/// Node numbers are below this.
const NODES: u16 = 1_024;
/// No commit is faster: whoever commits for ever lets time pass.
const COMMIT: Duration = Duration::from_millis(1);

/// How a node feels; also its clock.
pub(crate) struct Mood {
    began: Instant,
    /// How far its clock is from the right time.
    skew: AtomicI64,
    stopped_at: Mutex<Option<Timestamp>>,
    asleep: watch::Sender<bool>,
    pub(crate) deaf: AtomicBool,
    /// It never wakes again.
    pub(crate) dead: CancellationToken,
}

impl Mood {
    /// Awake, with a clock that shows the time since `began`, wrong by so many milliseconds.
    pub(crate) fn new(began: Instant, skew: i64) -> Arc<Self> {
        Arc::new(Self {
            began,
            skew: AtomicI64::new(skew),
            stopped_at: Mutex::default(),
            asleep: watch::Sender::new(false),
            deaf: AtomicBool::new(false),
            dead: CancellationToken::new(),
        })
    }

    /// Everything stands still.
    pub(crate) fn sleep(&self) {
        let now = self.now();
        *self.stopped_at.lock().unwrap() = Some(now);
        self.asleep.send_replace(true);
    }

    /// Goes on, unless it is dead; the clock has jumped to the right time, or beside it.
    pub(crate) fn wake(&self, skew: i64) {
        if !self.dead.is_cancelled() {
            self.skew.store(skew, Ordering::SeqCst);
            *self.stopped_at.lock().unwrap() = None;
            self.asleep.send_replace(false);
        }
    }

    /// Stands still for ever.
    pub(crate) fn die(&self) {
        self.sleep();
        self.dead.cancel();
    }

    pub(crate) fn is_asleep(&self) -> bool {
        *self.asleep.borrow()
    }

    /// Waits until it is awake.
    async fn awake(&self) {
        let mut asleep = self.asleep.subscribe();
        // The sender lives as long as this does.
        let _ = asleep.wait_for(|asleep| !asleep).await;
    }
}

impl Clock for Mood {
    fn now(&self) -> Timestamp {
        let stopped = *self.stopped_at.lock().unwrap();
        stopped.unwrap_or_else(|| {
            let elapsed = self.began.elapsed().as_millis() as i64;
            Timestamp(BEGINNING + elapsed + self.skew.load(Ordering::SeqCst))
        })
    }
}

/// Who had which node number in which time, by the answers of the store; and the keys that do not fit it.
#[derive(Default)]
pub(crate) struct Numbers {
    held: Mutex<BTreeMap<u16, Vec<Held>>>,
    wrong: Mutex<Vec<String>>,
}

struct Held {
    owner: u64,
    from: i64,
    until: i64,
}

impl Numbers {
    fn leased(&self, number: u16, lease: &NodeLease) {
        let mut all = self.held.lock().unwrap();
        let held = all.entry(number).or_default();
        match held.last_mut().filter(|last| last.owner == lease.owner) {
            Some(last) => last.until = last.until.max(lease.until.0),
            None => held.push(Held { owner: lease.owner, from: lease.now.0, until: lease.until.0 }),
        }
    }

    /// Numbers that changed hands.
    pub(crate) fn given_again(&self) -> usize {
        self.held.lock().unwrap().values().map(|held| held.len().saturating_sub(1)).sum()
    }

    /// A key is only made in a moment in which its number was its node's: else another node may make the same.
    fn check(&self, owner: u64, key: u64) {
        let (at, number) = (EPOCH + (key >> 22) as i64, (key >> 12) as u16 & (NODES - 1));
        let all = self.held.lock().unwrap();
        let mut held = all.get(&number).into_iter().flatten().filter(|held| held.owner == owner);
        if !held.any(|held| held.from <= at && at < held.until) {
            let wrong = format!("key {key}: number {number} was not the node's that made it at {at}");
            self.wrong.lock().unwrap().push(wrong);
        }
    }

    /// Keys that another node may have made as well.
    pub(crate) fn wrong(&self) -> Vec<String> {
        self.wrong.lock().unwrap().clone()
    }
}

/// Leaves only so many node numbers free, so that one that lapsed is soon another's.
pub(crate) async fn lease_all_but(free: u16, store: &dyn Store) {
    let now = Timestamp(BEGINNING);
    for _ in free..NODES {
        let lease = NodeLease { held: None, owner: 1, now, until: Timestamp(i64::MAX) };
        store.lease_node(lease).await.unwrap();
    }
}

/// The way of one node to the store.
pub(crate) struct Node {
    pub(crate) world: Arc<dyn Store>,
    pub(crate) mood: Arc<Mood>,
    pub(crate) numbers: Arc<Numbers>,
    /// Dies after a commit, by chance, while that is so.
    pub(crate) fate: Option<(Arc<Chance>, Arc<AtomicBool>)>,
    /// Dies after the next commit that sends something.
    pub(crate) doomed: AtomicBool,
    /// Falls asleep when it is about to commit what was delivered to it.
    pub(crate) drowsy: AtomicBool,
}

impl Node {
    pub(crate) fn new(world: Arc<dyn Store>, mood: Arc<Mood>, numbers: Arc<Numbers>) -> Self {
        let (doomed, drowsy) = Default::default();
        Self { world, mood, numbers, fate: None, doomed, drowsy }
    }

    async fn awake<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        self.mood.awake().await;
        let answer = call.await;
        self.mood.awake().await;
        answer
    }

    /// Looks whether the keys that this node made are its own.
    fn check_keys(&self, batch: &Batch) {
        let made = |event: &Event| match event {
            Event::ElementActivating { key, .. } => Some(key.0),
            Event::JobCreated(job) => Some(job.key.0),
            _ => None,
        };
        for set in &batch.changes {
            let events = set.steps.iter().flat_map(|step| &step.events).filter_map(made);
            // The instance itself may have been named by who called it.
            for key in events.filter(|key| *key != set.instance.0).chain(set.outbox_keys.iter().copied()) {
                self.numbers.check(batch.claim.owner, key);
            }
        }
        if batch.keys.count > 0 {
            self.numbers.check(batch.claim.owner, batch.keys.first);
        }
    }
}

#[async_trait::async_trait]
impl Store for Node {
    fn is_shared(&self) -> bool {
        self.world.is_shared()
    }

    fn one_bucket_per_batch(&self) -> bool {
        self.world.one_bucket_per_batch()
    }

    async fn lease_node(&self, lease: NodeLease) -> Result<u16, StoreError> {
        let leasing = async {
            let number = self.world.lease_node(lease).await?;
            self.numbers.leased(number, &lease);
            Ok(number)
        };
        self.awake(leasing).await
    }

    async fn definition_changes(&self, after: u64) -> Result<DefinitionChanges, StoreError> {
        self.awake(self.world.definition_changes(after)).await
    }

    async fn standing(&self, instances: &[ProcessInstanceKey]) -> Result<Vec<Standing>, StoreError> {
        self.awake(self.world.standing(instances)).await
    }

    async fn deploy(&self, deployment: NewDeployment) -> Result<Deployed, StoreError> {
        self.awake(self.world.deploy(deployment)).await
    }

    async fn delete_resource(&self, key: u64) -> Result<bool, StoreError> {
        self.awake(self.world.delete_resource(key)).await
    }

    async fn resources(&self) -> Result<Vec<StoredResource>, StoreError> {
        self.awake(self.world.resources()).await
    }

    async fn load(&self, instance: ProcessInstanceKey) -> Result<Option<Loaded>, StoreError> {
        self.awake(self.world.load(instance)).await
    }

    async fn locate(&self, what: Owned) -> Result<Option<ProcessInstanceKey>, StoreError> {
        self.awake(self.world.locate(what)).await
    }

    async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        self.check_keys(&batch);
        let delivers = batch.changes.iter().any(|set| !set.handled.is_empty());
        if delivers && self.drowsy.swap(false, Ordering::SeqCst) {
            self.mood.sleep();
        }
        let committing = async {
            tokio::time::sleep(COMMIT).await;
            let committed = self.world.commit(batch).await?;
            let sends = !committed.outbox.is_empty();
            let dies = self
                .fate
                .as_ref()
                .is_some_and(|(chance, deadly)| deadly.load(Ordering::SeqCst) && chance.below(1_000) == 0);
            if dies || sends && self.doomed.swap(false, Ordering::SeqCst) {
                self.mood.die();
            }
            Ok(committed)
        };
        self.awake(committing).await
    }

    async fn claim_jobs(&self, claim: JobClaim) -> Result<Vec<ClaimedJob>, StoreError> {
        self.awake(self.world.claim_jobs(claim)).await
    }

    async fn due_timers(&self, now: Timestamp, limit: usize) -> Result<DueTimers, StoreError> {
        self.awake(self.world.due_timers(now, limit)).await
    }

    async fn claim_timers(
        &self,
        due: Timestamp,
        claim: Claim,
        limit: usize,
    ) -> Result<DueTimers, StoreError> {
        self.awake(self.world.claim_timers(due, claim, limit)).await
    }

    async fn due_starts(&self, now: Timestamp, limit: usize) -> Result<DueStarts, StoreError> {
        self.awake(self.world.due_starts(now, limit)).await
    }

    async fn fire_start(&self, fired: FiredStart) -> Result<Option<OutboxEntry>, StoreError> {
        self.awake(self.world.fire_start(fired)).await
    }

    async fn outbox(&self, after: u64, limit: usize) -> Result<Vec<OutboxEntry>, StoreError> {
        self.awake(self.world.outbox(after, limit)).await
    }

    async fn claim_outbox(
        &self,
        claim: Claim,
        own: bool,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, StoreError> {
        self.awake(self.world.claim_outbox(claim, own, limit)).await
    }

    async fn signal_slice(&self, after: SignalKey, limit: usize) -> Result<Option<SignalSlice>, StoreError> {
        self.awake(self.world.signal_slice(after, limit)).await
    }

    async fn claim_signal_slice(
        &self,
        after: SignalKey,
        claim: Claim,
        limit: usize,
    ) -> Result<Option<SignalSlice>, StoreError> {
        self.awake(self.world.claim_signal_slice(after, claim, limit)).await
    }

    async fn start_by_signal(&self, started: StartedBySignal) -> Result<Option<OutboxEntry>, StoreError> {
        self.awake(self.world.start_by_signal(started)).await
    }

    async fn signal_delivered(&self, signal: SignalKey, cursor: u64, last: bool) -> Result<(), StoreError> {
        self.awake(self.world.signal_delivered(signal, cursor, last)).await
    }

    async fn expire_messages(&self, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
        self.awake(self.world.expire_messages(now, limit)).await
    }

    async fn announce(&self, news: Vec<News>) -> Result<(), StoreError> {
        self.awake(self.world.announce(news)).await
    }

    fn news(&self) -> Option<broadcast::Receiver<News>> {
        let mut heard = self.world.news()?;
        let (tell, told) = broadcast::channel(1_024);
        let mood = self.mood.clone();
        tokio::spawn(async move {
            loop {
                let news = match heard.recv().await {
                    Ok(news) => news,
                    Err(broadcast::error::RecvError::Lagged(_)) => News::Missed,
                    Err(broadcast::error::RecvError::Closed) => return,
                };
                if mood.deaf.load(Ordering::SeqCst) {
                    continue;
                }
                mood.awake().await;
                if tell.send(news).is_err() {
                    return;
                }
            }
        });
        Some(told)
    }
}
