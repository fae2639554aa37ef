//! Which jobs workers hold, and until when.

use std::collections::BTreeSet;
use std::sync::Arc;

use hosk_core::{JobKey, Timestamp};
use rustc_hash::FxHashMap;

use super::ReadyJob;

/// A job in a worker's hands.
pub(super) struct Lease {
    pub(super) worker: Arc<str>,
    pub(super) deadline: Timestamp,
    pub(super) job: ReadyJob,
}

/// All leases this node gave.
#[derive(Default)]
pub(super) struct Leases {
    by_job: FxHashMap<JobKey, Lease>,
    by_deadline: BTreeSet<(Timestamp, JobKey)>,
}

impl Leases {
    pub(super) fn len(&self) -> usize {
        self.by_job.len()
    }

    pub(super) fn get(&self, job: JobKey) -> Option<&Lease> {
        self.by_job.get(&job)
    }

    pub(super) fn insert(&mut self, key: JobKey, worker: Arc<str>, deadline: Timestamp, job: ReadyJob) {
        self.remove(key);
        self.by_deadline.insert((deadline, key));
        self.by_job.insert(key, Lease { worker, deadline, job });
    }

    pub(super) fn remove(&mut self, key: JobKey) -> Option<Lease> {
        let lease = self.by_job.remove(&key)?;
        self.by_deadline.remove(&(lease.deadline, key));
        Some(lease)
    }

    pub(super) fn extend(&mut self, key: JobKey, deadline: Timestamp) {
        if let Some(lease) = self.remove(key) {
            self.insert(key, lease.worker, deadline, lease.job);
        }
    }

    /// When the next lease runs out.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.by_deadline.first().map(|(deadline, _)| *deadline)
    }

    /// Takes out what has run out.
    pub(super) fn expire(&mut self, now: Timestamp) -> Vec<ReadyJob> {
        let mut expired = Vec::new();
        while let Some((deadline, key)) = self.by_deadline.first().copied()
            && deadline <= now
        {
            expired.extend(self.remove(key).map(|lease| lease.job));
        }
        expired
    }
}

#[cfg(test)]
mod tests {
    use hosk_core::ProcessInstanceKey;

    use super::*;

    fn job(key: u64) -> ReadyJob {
        ReadyJob {
            instance: ProcessInstanceKey(1),
            job: JobKey(key),
            priority: 0,
            tenant: "t".into(),
            job_type: "work".into(),
            version: None,
        }
    }

    #[test]
    fn only_what_has_run_out_comes_back_and_only_once() {
        let mut leases = Leases::default();
        for (key, deadline) in [(1, 10), (2, 20), (3, 30)] {
            leases.insert(JobKey(key), "w".into(), Timestamp(deadline), job(key));
        }
        leases.extend(JobKey(1), Timestamp(25));
        leases.remove(JobKey(3));
        let expired: Vec<u64> = leases.expire(Timestamp(20)).iter().map(|job| job.job.0).collect();
        assert_eq!(expired, [2]);
        assert_eq!(leases.next(), Some(Timestamp(25)));
        assert!(leases.expire(Timestamp(24)).is_empty());
        assert_eq!(leases.len(), 1);
    }
}
