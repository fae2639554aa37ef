//! Which jobs are available, per type and tenant, as far as memory knows.
//!
//! A queue is bounded: what does not fit stays in the store, and the queue remembers that the store has more.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hosk_core::{JobKey, ProcessInstanceKey};
use rustc_hash::FxHashMap;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::ActivatedJob;
use crate::limits::{JOB_TYPES, STORE_CHECK};

/// A job that can be worked on.
#[derive(Clone, Debug)]
pub(crate) struct ReadyJob {
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) job: JobKey,
    pub(crate) priority: i32,
    pub(crate) tenant: Arc<str>,
    pub(crate) job_type: Arc<str>,
    /// For a job that was claimed from the store: the version of its instance there.
    pub(crate) version: Option<u64>,
}

impl ReadyJob {
    pub(super) fn of(job: &ActivatedJob) -> Self {
        Self {
            instance: job.instance,
            job: job.key,
            priority: job.priority,
            tenant: job.tenant.clone(),
            job_type: job.job_type.clone(),
            version: None,
        }
    }
}

/// All queues.
pub(super) struct ReadyQueues {
    types: FxHashMap<Arc<str>, TypeQueue>,
    limit: usize,
    len: usize,
}

/// The highest priority first, then the oldest.
type InOrder = BTreeSet<(Reverse<i32>, JobKey, ProcessInstanceKey)>;

/// Jobs of one type.
struct TypeQueue {
    tenants: BTreeMap<Arc<str>, InOrder>,
    arrived: Arc<Notify>,
    waiting: usize,
    /// When the store may be asked for a tenant's; it may be at once for those that are not here: it was never asked, or
    /// is known to have more.
    next_check: BTreeMap<Arc<str>, Instant>,
    /// The store is being asked: what is in the queue waits until it is known what the store gave out.
    checking: bool,
}

impl TypeQueue {
    fn len(&self) -> usize {
        self.tenants.values().map(BTreeSet::len).sum()
    }

    /// Tells who waits. With several tenants all of them, since the next one may wait for another's jobs.
    fn tell(&self) {
        if self.tenants.len() > 1 { self.arrived.notify_waiters() } else { self.arrived.notify_one() }
    }
}

/// What a worker finds.
pub(super) enum Found {
    /// Jobs.
    Jobs(Vec<ReadyJob>),
    /// None in memory: the store is to be asked, by the one who got this answer.
    AskStore,
    /// None; wait until told, or until then.
    Wait(Instant),
}

impl ReadyQueues {
    pub(super) fn new(limit: usize) -> Self {
        Self { types: FxHashMap::default(), limit, len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    fn of(&mut self, job_type: &Arc<str>) -> &mut TypeQueue {
        if self.types.len() >= JOB_TYPES && !self.types.contains_key(job_type) {
            self.types.retain(|_, queue| queue.waiting > 0 || queue.checking || queue.len() > 0);
        }
        self.types.entry(job_type.clone()).or_insert_with(|| TypeQueue {
            tenants: BTreeMap::new(),
            arrived: Arc::new(Notify::new()),
            waiting: 0,
            next_check: BTreeMap::new(),
            checking: false,
        })
    }

    pub(super) fn push(&mut self, job: ReadyJob) {
        let limit = self.limit;
        let queue = self.of(&job.job_type);
        if queue.len() >= limit {
            queue.next_check.remove(&job.tenant);
            return;
        }
        let new = queue.tenants.entry(job.tenant).or_default().insert((
            Reverse(job.priority),
            job.job,
            job.instance,
        ));
        if queue.waiting > 0 {
            queue.tell();
        }
        self.len += usize::from(new);
    }

    /// Takes up to `max` jobs, of each tenant in turn the highest priority and oldest first; skips those that `leased`
    /// knows.
    pub(super) fn take(
        &mut self,
        job_type: &Arc<str>,
        tenants: &[Arc<str>],
        max: usize,
        now: Instant,
        leased: impl Fn(JobKey) -> bool,
    ) -> Found {
        let queue = self.of(job_type);
        if queue.checking || tenants.is_empty() {
            return Found::Wait(now + STORE_CHECK);
        }
        let mut jobs = Vec::new();
        let mut taken = 0;
        for tenant in tenants {
            let Some(ready) = queue.tenants.get_mut(tenant) else { continue };
            while jobs.len() < max
                && let Some((Reverse(priority), job, instance)) = ready.pop_first()
            {
                taken += 1;
                if !leased(job) {
                    let (tenant, job_type) = (tenant.clone(), job_type.clone());
                    jobs.push(ReadyJob { instance, job, priority, tenant, job_type, version: None });
                }
            }
        }
        // Where nothing was taken, what is left is for others, who were told when it came.
        if taken > 0 && queue.len() > 0 && queue.waiting > 0 {
            queue.tell();
        }
        let next_check = tenants.iter().map(|tenant| queue.next_check.get(tenant).copied()).min().flatten();
        let found = match next_check {
            _ if !jobs.is_empty() => Found::Jobs(jobs),
            Some(at) if at > now => Found::Wait(at),
            _ => {
                queue.checking = true;
                Found::AskStore
            }
        };
        self.len -= taken;
        found
    }

    /// The store was asked for some tenants' jobs; `more`: it gave all it was asked for.
    pub(super) fn asked(&mut self, job_type: &Arc<str>, tenants: &[Arc<str>], more: bool, now: Instant) {
        let queue = self.of(job_type);
        queue.checking = false;
        for tenant in tenants {
            if more {
                queue.next_check.remove(tenant);
            } else {
                queue.next_check.insert(tenant.clone(), now + STORE_CHECK);
            }
        }
        queue.arrived.notify_waiters();
    }

    /// The store has jobs of a type that memory does not know: whoever waits for them asks it.
    pub(super) fn elsewhere(&mut self, job_type: &str) {
        if let Some(queue) = self.types.get_mut(job_type) {
            queue.next_check.clear();
            queue.tell();
        }
    }

    /// The store may have jobs of any type.
    pub(super) fn elsewhere_any(&mut self) {
        for queue in self.types.values_mut() {
            queue.next_check.clear();
            queue.arrived.notify_waiters();
        }
    }

    /// A worker begins to wait; it is told through what this gives.
    pub(super) fn wait(&mut self, job_type: &Arc<str>) -> Arc<Notify> {
        let queue = self.of(job_type);
        queue.waiting += 1;
        queue.arrived.clone()
    }

    /// A worker waits no more.
    pub(super) fn wait_ended(&mut self, job_type: &Arc<str>) {
        let queue = self.of(job_type);
        queue.waiting = queue.waiting.saturating_sub(1);
    }

    pub(super) fn waiting(&self) -> usize {
        self.types.values().map(|queue| queue.waiting).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(key: u64, priority: i32) -> ReadyJob {
        ReadyJob {
            instance: ProcessInstanceKey(key),
            job: JobKey(key),
            priority,
            tenant: "t".into(),
            job_type: "work".into(),
            version: None,
        }
    }

    fn keys(found: Found) -> Vec<u64> {
        match found {
            Found::Jobs(jobs) => jobs.iter().map(|job| job.job.0).collect(),
            Found::AskStore | Found::Wait(_) => Vec::new(),
        }
    }

    #[test]
    fn priority_then_age_and_leased_ones_are_skipped() {
        let mut queues = ReadyQueues::new(10);
        for (key, priority) in [(3, 0), (1, 0), (2, 5), (4, 0)] {
            queues.push(job(key, priority));
        }
        let tenants = ["t".into()];
        let mut take =
            |max| keys(queues.take(&"work".into(), &tenants, max, Instant::now(), |job| job == JobKey(3)));
        assert_eq!(take(2), [2, 1]);
        assert_eq!(take(2), [4]);
        assert_eq!(queues.len(), 0);
    }

    #[test]
    fn what_does_not_fit_is_asked_for_in_the_store() {
        let mut queues = ReadyQueues::new(1);
        let (job_type, tenants, now): (Arc<str>, _, _) = ("work".into(), ["t".into()], Instant::now());
        queues.asked(&job_type, &tenants, false, now);
        queues.push(job(1, 0));
        queues.push(job(2, 0));
        let mut take = || queues.take(&job_type, &tenants, 9, now, |_| false);
        assert_eq!(keys(take()), [1]);
        assert!(matches!(take(), Found::AskStore));
        assert!(matches!(take(), Found::Wait(_)), "only one asks at a time");
    }

    #[test]
    fn a_tenant_s_worker_is_neither_given_nor_woken_by_another_s_jobs() {
        let mut queues = ReadyQueues::new(10);
        let (job_type, now): (Arc<str>, _) = ("work".into(), Instant::now());
        let (own, others) = (["t".into()], ["other".into()]);
        queues.asked(&job_type, &others, false, now);
        queues.push(job(1, 0));
        let arrived = queues.wait(&job_type);
        let mut told = std::pin::pin!(arrived.notified());
        told.as_mut().enable();
        assert!(matches!(queues.take(&job_type, &others, 9, now, |_| false), Found::Wait(_)));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(told.as_mut().poll(&mut context).is_pending(), "it would ask again and again");
        assert_eq!(keys(queues.take(&job_type, &own, 9, now, |_| false)), [1]);
        assert!(matches!(queues.take(&job_type, &own, 9, now, |_| false), Found::AskStore));
    }
}
