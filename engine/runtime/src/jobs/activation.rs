//! Jobs on their way to a worker. Whoever holds them when the worker goes away gives them back.

use std::sync::{Arc, Weak};

use hosk_core::{JobKey, ProcessInstanceKey, Timestamp};
use hosk_store::JobLease;
use tokio::sync::oneshot;

use super::{LeaseTicket, ReadyJob};
use crate::ActivatedJob;
use crate::inner::Inner;

/// Jobs of one lane that a worker is to get.
pub(crate) struct Activation {
    pub(crate) jobs: Vec<ReadyJob>,
    pub(crate) worker: Arc<str>,
    pub(crate) deadline: Timestamp,
    pub(crate) fetch_variables: Option<Arc<[Arc<str>]>>,
    /// Whether the store has leased them already.
    pub(crate) leased: bool,
    pub(crate) reply: oneshot::Sender<Handed>,
    /// That nobody else gets them meanwhile.
    pub(super) _under_way: UnderWay,
}

/// Jobs whose lease is about to be written: until it stands in the store they still look free there. They are marked
/// as long as this lives.
pub(super) struct UnderWay {
    /// It lies in drafts of the engine, and must not keep that alive.
    inner: Weak<Inner>,
    jobs: Vec<JobKey>,
}

impl UnderWay {
    /// Of jobs that were marked when they were taken.
    pub(super) fn of(inner: &Arc<Inner>, jobs: &[ReadyJob]) -> Self {
        Self { inner: Arc::downgrade(inner), jobs: jobs.iter().map(|job| job.job).collect() }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let Some(inner) = self.inner.upgrade() else { return };
        let mut inside = inner.jobs.inside.lock();
        for job in &self.jobs {
            inside.under_way.remove(job);
        }
    }
}

impl Activation {
    pub(crate) fn instances(&self) -> impl Iterator<Item = ProcessInstanceKey> + '_ {
        self.jobs.iter().map(|job| job.instance)
    }

    /// Answers; a worker that has gone gives the jobs back by not taking them.
    pub(crate) fn answer(self, handed: Handed) {
        let _ = self.reply.send(handed);
    }
}

/// Leased jobs nobody has taken yet: dropping them makes them available again at once.
pub(crate) struct Handed {
    pub(crate) jobs: Vec<ActivatedJob>,
    /// They lie in drafts of the engine, and must not keep that alive.
    inner: Weak<Inner>,
}

impl Handed {
    pub(crate) fn new(inner: &Arc<Inner>) -> Self {
        Self { jobs: Vec::new(), inner: Arc::downgrade(inner) }
    }

    /// The worker has them.
    pub(crate) fn take(mut self) -> Vec<ActivatedJob> {
        std::mem::take(&mut self.jobs)
    }

    /// Takes over what another holds.
    pub(crate) fn join(&mut self, mut other: Self) {
        self.jobs.append(&mut other.jobs);
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        if self.jobs.is_empty() {
            return;
        }
        let Some(inner) = self.inner.upgrade().filter(|inner| !inner.stop.is_cancelled()) else { return };
        let lease = |job: &ActivatedJob| JobLease {
            instance: job.instance,
            job: job.key,
            worker: job.worker.clone(),
            deadline: None,
            taken: false,
            version: None,
        };
        for (drafts, jobs) in inner.drafts.split(std::mem::take(&mut self.jobs), |job| job.instance) {
            let ready = jobs.iter().map(ReadyJob::of).collect();
            drafts.lease(jobs.iter().map(lease).collect(), LeaseTicket::GivenBack(ready));
        }
    }
}
