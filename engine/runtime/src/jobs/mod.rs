//! Jobs of workers from outside: ready queues fed by commits, leases, retries that wait for their time.

mod activation;
mod leases;
mod long_poll;
mod ready;

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_core::{JobKey, ProcessInstanceKey, Timestamp};
use hosk_store::JobLease;
use parking_lot::Mutex;
use rustc_hash::FxHashSet;

pub(crate) use activation::{Activation, Handed};
use leases::Leases;
pub(crate) use ready::ReadyJob;
use ready::ReadyQueues;

use crate::ActivatedJob;
use crate::connectors::Run;
use crate::inner::Inner;
use crate::lane::RunJob;

/// What follows from leases once they are stored.
pub(crate) enum LeaseTicket {
    /// Jobs for a worker.
    Hand {
        /// The jobs.
        handed: Handed,
        /// Who waits for them.
        activation: Activation,
    },
    /// Jobs given back by a worker that went away.
    GivenBack(Vec<ReadyJob>),
    /// A connector job to run.
    Run(Box<Run>),
    /// Connector jobs in hand: whoever took one from us is met by its guards.
    Renewed,
    /// A worker's lease was changed.
    Changed {
        /// The job.
        job: JobKey,
        /// Its new end.
        deadline: Timestamp,
        /// Who waits to hear.
        reply: tokio::sync::oneshot::Sender<Result<bool, crate::Error>>,
    },
}

/// Jobs as this node knows them.
pub(crate) struct Jobs {
    inside: Mutex<Inside>,
}

struct Inside {
    ready: ReadyQueues,
    leases: Leases,
    /// Jobs taken from a queue whose lease is not committed yet: to the store they still look free.
    under_way: FxHashSet<JobKey>,
    /// Jobs that are offered again at a moment.
    later: BTreeMap<(Timestamp, JobKey), Later>,
    /// Counts requests for jobs of several tenants.
    turn: usize,
}

/// A job that waits for its time.
enum Later {
    Worker(ReadyJob),
    Connector(ProcessInstanceKey),
}

impl Jobs {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            inside: Mutex::new(Inside {
                ready: ReadyQueues::new(limit),
                leases: Leases::default(),
                under_way: FxHashSet::default(),
                later: BTreeMap::new(),
                turn: 0,
            }),
        }
    }

    /// A job can be worked on now.
    pub(crate) fn ready(&self, job: ReadyJob) {
        self.inside.lock().ready.push(job);
    }

    /// Names each tenant once, and another one first each time: whoever asks for several is not kept from one of them by
    /// how much another has.
    fn take_turns(&self, tenants: &mut Vec<Arc<str>>) {
        tenants.sort_unstable();
        tenants.dedup();
        if tenants.len() > 1 {
            let mut inside = self.inside.lock();
            inside.turn = inside.turn.wrapping_add(1);
            let first = inside.turn % tenants.len();
            tenants.rotate_left(first);
        }
    }

    /// Other nodes have jobs of a type.
    pub(crate) fn elsewhere(&self, job_type: &str) {
        self.inside.lock().ready.elsewhere(job_type);
    }

    /// Other nodes may have jobs of any type.
    pub(crate) fn elsewhere_any(&self) {
        self.inside.lock().ready.elsewhere_any();
    }

    /// A job can be worked on from a moment on.
    pub(crate) fn ready_later(&self, job: ReadyJob, at: Timestamp) {
        self.inside.lock().later.insert((at, job.job), Later::Worker(job));
    }

    /// A connector job is to be run at a moment.
    pub(crate) fn run_later(&self, instance: ProcessInstanceKey, job: JobKey, at: Timestamp) {
        self.inside.lock().later.insert((at, job), Later::Connector(instance));
    }

    /// Notes that jobs were handed to a worker.
    pub(crate) fn lease(&self, jobs: &[ActivatedJob]) {
        let mut inside = self.inside.lock();
        for job in jobs {
            inside.leases.insert(job.key, job.worker.clone(), job.deadline, ReadyJob::of(job));
        }
    }

    /// A lease is over because the job is.
    pub(crate) fn gone(&self, job: JobKey) {
        self.inside.lock().leases.remove(job);
    }

    /// The instance of a leased job.
    pub(crate) fn instance_of(&self, job: JobKey) -> Option<ProcessInstanceKey> {
        self.inside.lock().leases.get(job).map(|lease| lease.job.instance)
    }

    /// Whether a worker has a job.
    pub(crate) fn is_leased(&self, job: JobKey) -> bool {
        self.inside.lock().leases.get(job).is_some()
    }

    /// The lease of a job with another end.
    pub(crate) fn changed_lease(&self, job: JobKey, deadline: Timestamp) -> Option<JobLease> {
        let inside = self.inside.lock();
        let lease = inside.leases.get(job)?;
        Some(JobLease {
            instance: lease.job.instance,
            job,
            worker: lease.worker.clone(),
            deadline: Some(deadline),
            taken: false,
            version: None,
        })
    }

    /// A lease has another end.
    pub(crate) fn extend(&self, job: JobKey, deadline: Timestamp) {
        self.inside.lock().leases.extend(job, deadline);
    }

    /// What is due: leases that ran out make their jobs available, retries are offered. Gives the connector jobs to
    /// run and the moment of what comes next.
    pub(crate) fn due(&self, now: Timestamp) -> (Vec<RunJob>, Option<Timestamp>) {
        let mut inside = self.inside.lock();
        let Inside { ready, leases, later, .. } = &mut *inside;
        for job in leases.expire(now) {
            ready.push(job);
        }
        let mut run = Vec::new();
        while let Some(entry) = later.first_entry()
            && entry.key().0 <= now
        {
            let ((_, job), what) = entry.remove_entry();
            match what {
                Later::Worker(ready_job) => ready.push(ready_job),
                Later::Connector(instance) => run.push(RunJob { instance, job, place: None }),
            }
        }
        let next = later.keys().next().map(|(at, _)| *at);
        (run, [next, leases.next()].into_iter().flatten().min())
    }

    /// Ready, leased, and waiting for their time.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        let inside = self.inside.lock();
        (inside.ready.len(), inside.leases.len(), inside.later.len())
    }
}

impl Inner {
    /// What follows from leases that are stored; `lost` are those that were refused.
    pub(crate) fn leased(self: &Arc<Self>, ticket: LeaseTicket, lost: &[JobKey]) {
        match ticket {
            LeaseTicket::Hand { mut handed, activation } => {
                if !lost.is_empty() {
                    // They are another's, or not as they were in memory: the store knows.
                    let (gone, kept) =
                        std::mem::take(&mut handed.jobs).into_iter().partition(|job| lost.contains(&job.key));
                    handed.jobs = kept;
                    let gone: Vec<ActivatedJob> = gone;
                    if let Some(job) = gone.first() {
                        self.jobs.elsewhere(&job.job_type);
                    }
                }
                self.counters.meters.activated(handed.jobs.len());
                self.jobs.lease(&handed.jobs);
                activation.answer(handed);
            }
            LeaseTicket::GivenBack(jobs) => {
                for job in jobs {
                    self.jobs.gone(job.job);
                    self.jobs.ready(job);
                }
            }
            LeaseTicket::Run(run) => {
                if !lost.contains(&run.job) {
                    self.run_connector(run);
                }
            }
            LeaseTicket::Renewed => {}
            LeaseTicket::Changed { job, deadline, reply } => {
                let leased = !lost.contains(&job);
                if leased {
                    self.jobs.extend(job, deadline);
                    self.time.at(deadline);
                }
                let _ = reply.send(Ok(leased));
            }
        }
    }

    /// What follows from leases that were not stored, or may not have been.
    pub(crate) fn not_leased(self: &Arc<Self>, ticket: LeaseTicket, error: &crate::Error) {
        match ticket {
            LeaseTicket::Hand { handed, activation } => {
                // Dropping them gives them back, which also undoes a lease that was stored after all.
                drop(handed);
                activation.answer(Handed::new(self));
            }
            LeaseTicket::GivenBack(jobs) => {
                for job in jobs {
                    self.jobs.gone(job.job);
                    self.jobs.ready(job);
                }
            }
            LeaseTicket::Run(run) => {
                let at = self.soon();
                self.jobs.run_later(run.instance, run.job, at);
                self.time.at(at);
            }
            LeaseTicket::Renewed => {}
            LeaseTicket::Changed { reply, .. } => {
                let _ = reply.send(Err(error.clone()));
            }
        }
    }

    /// Lets a lane run a connector job; `false` when its queue is full.
    pub(crate) fn try_run(self: &Arc<Self>, job: RunJob) -> bool {
        self.lane(job.instance).runs.try_send(job).is_ok()
    }
}
