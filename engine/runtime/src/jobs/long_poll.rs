//! A worker asks for jobs and waits for the first one.
//!
//! Memory is asked first; when it has none the store is, now and then, for jobs of before a restart, of other nodes,
//! or that did not fit into memory.

use std::sync::Arc;
use std::time::Duration;

use hosk_core::Timestamp;
use hosk_store::JobClaim;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::activation::UnderWay;
use super::ready::Found;
use super::{Activation, Handed, Inside, ReadyJob};
use crate::inner::Inner;
use crate::lane::{Work, lane_of};
use crate::limits::{LONGEST_LEASE, STORE_FAILURE_PAUSE};
use crate::{ActivateJobs, ActivatedJob, Error};

/// Counts a worker as waiting while it lives.
struct Waiting<'a> {
    inner: &'a Inner,
    job_type: &'a Arc<str>,
    arrived: Arc<Notify>,
}

impl<'a> Waiting<'a> {
    fn new(inner: &'a Inner, job_type: &'a Arc<str>) -> Result<Self, Error> {
        let mut inside = inner.jobs.inside.lock();
        if inside.ready.waiting() >= inner.config.waiting_workers {
            return Err(inner.busy());
        }
        let arrived = inside.ready.wait(job_type);
        Ok(Self { inner, job_type, arrived })
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.inner.jobs.inside.lock().ready.wait_ended(self.job_type);
    }
}

impl Inner {
    /// Leases jobs to a worker; waits for the first one as long as asked.
    pub(crate) async fn activate_jobs(
        self: &Arc<Self>,
        mut request: ActivateJobs,
    ) -> Result<Vec<ActivatedJob>, Error> {
        self.accepting()?;
        self.jobs.take_turns(&mut request.tenants);
        let until = Instant::now() + request.wait.unwrap_or(Duration::ZERO);
        let max = request.max.min(self.config.jobs_per_activation);
        let waiting = Waiting::new(self, &request.job_type)?;
        loop {
            // Whoever is told between the look and the waiting must not miss it.
            let mut arrived = std::pin::pin!(waiting.arrived.notified());
            arrived.as_mut().enable();
            let handed = match self.find(&request, max) {
                Found::Jobs(jobs) => self.hand_out(&request, jobs).await,
                Found::AskStore => self.ask_store(&request, max).await?,
                Found::Wait(check) => {
                    if Instant::now() >= until {
                        return Ok(Vec::new());
                    }
                    tokio::select! {
                        biased;
                        () = arrived => {}
                        () = tokio::time::sleep_until(check.min(until)) => {}
                        () = self.stop.cancelled() => return Err(Error::ShuttingDown),
                        () = self.closing.cancelled() => return Ok(Vec::new()),
                    }
                    continue;
                }
            };
            if !handed.is_empty() {
                return Ok(handed);
            }
        }
    }

    fn find(&self, request: &ActivateJobs, max: usize) -> Found {
        let mut inside = self.jobs.inside.lock();
        let Inside { ready, leases, under_way, .. } = &mut *inside;
        let leased = |job| leases.get(job).is_some();
        let found = ready.take(&request.job_type, &request.tenants, max, Instant::now(), leased);
        if let Found::Jobs(jobs) = &found {
            under_way.extend(jobs.iter().map(|job| job.job));
        }
        found
    }

    /// Gets jobs from their lanes, leased.
    async fn hand_out(self: &Arc<Self>, request: &ActivateJobs, jobs: Vec<ReadyJob>) -> Vec<ActivatedJob> {
        let deadline = self.in_time(request.timeout.min(LONGEST_LEASE));
        let replies = self.send_out(request, jobs, deadline, false);
        self.collect(replies).await.take()
    }

    async fn collect(self: &Arc<Self>, replies: Vec<oneshot::Receiver<Handed>>) -> Handed {
        let mut handed = Handed::new(self);
        for reply in replies {
            if let Ok(more) = reply.await {
                handed.join(more);
            }
        }
        handed
    }

    fn send_out(
        self: &Arc<Self>,
        request: &ActivateJobs,
        jobs: Vec<ReadyJob>,
        deadline: Timestamp,
        leased: bool,
    ) -> Vec<oneshot::Receiver<Handed>> {
        let fetch_variables: Option<Arc<[Arc<str>]>> = request.fetch_variables.clone().map(Arc::from);
        let lanes = self.lanes.len();
        let mut shares: Vec<Vec<ReadyJob>> = vec![Vec::new(); lanes];
        for job in jobs {
            shares[lane_of(job.instance, lanes)].push(job);
        }
        let mut replies = Vec::new();
        for (lane, jobs) in self.lanes.iter().zip(shares).filter(|(_, jobs)| !jobs.is_empty()) {
            let (reply, answer) = oneshot::channel();
            let activation = Activation {
                _under_way: UnderWay::of(self, &jobs),
                jobs,
                worker: request.worker.clone(),
                deadline,
                fetch_variables: fetch_variables.clone(),
                leased,
                reply,
            };
            match lane.internal.try_send(Work::Activate(activation)) {
                Ok(()) => replies.push(answer),
                Err(refused) => {
                    // A lease the store gave runs out by itself; the others are offered again a little later.
                    if let Work::Activate(activation) = refused.into_inner()
                        && !leased
                    {
                        for job in activation.jobs {
                            self.jobs.ready_later(job, self.soon());
                        }
                        self.time.at(self.soon());
                    }
                }
            }
        }
        replies
    }

    /// Claims jobs from the store. Runs to its end even when the worker goes away, so that nothing it leased is lost.
    async fn ask_store(
        self: &Arc<Self>,
        request: &ActivateJobs,
        max: usize,
    ) -> Result<Vec<ActivatedJob>, Error> {
        let (inner, request) = (self.clone(), request.clone());
        let (reply, answer) = oneshot::channel();
        self.tasks.spawn(async move {
            let deadline = inner.in_time(request.timeout.min(LONGEST_LEASE));
            let claim = JobClaim {
                job_type: request.job_type.clone(),
                tenants: request.tenants.clone(),
                worker: request.worker.clone(),
                now: inner.clock.now(),
                deadline,
                limit: max,
                except: inner.jobs.inside.lock().under_way.iter().copied().collect(),
            };
            let claimed = inner.store.claim_jobs(claim).await;
            let failed = claimed.is_err();
            let claimed = claimed.map(|claimed| {
                let ready = |job: hosk_store::ClaimedJob| ReadyJob {
                    instance: job.instance,
                    job: job.job,
                    priority: 0,
                    tenant: job.tenant,
                    job_type: request.job_type.clone(),
                    version: Some(job.version),
                };
                claimed.into_iter().map(ready).collect::<Vec<_>>()
            });
            let more = claimed.as_ref().is_ok_and(|jobs| jobs.len() >= max);
            let handed = match claimed {
                Ok(jobs) => {
                    let replies = inner.send_out(&request, jobs, deadline, true);
                    Ok(inner.collect(replies).await)
                }
                Err(error) => Err(error),
            };
            if failed {
                tokio::time::sleep(STORE_FAILURE_PAUSE).await;
            }
            inner.jobs.inside.lock().ready.asked(&request.job_type, &request.tenants, more, Instant::now());
            let _ = reply.send(handed);
        });
        match answer.await {
            Ok(handed) => Ok(handed?.take()),
            Err(_) => Err(Error::ShuttingDown),
        }
    }

    /// Workers waiting for jobs.
    pub(crate) fn waiting_workers(&self) -> usize {
        self.jobs.inside.lock().ready.waiting()
    }
}
