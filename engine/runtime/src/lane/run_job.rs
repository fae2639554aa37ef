//! Connector jobs that are taken up again: a retry whose time has come, or work left by a restart.

use hosk_core::JobState;

use super::{Lane, RunJob};
use crate::jobs::LeaseTicket;

impl Lane {
    /// Leases the job to this node, unless it is already, and runs it after the commit.
    pub(super) async fn run_job(&mut self, wanted: RunJob) {
        let found = match self.ensure(wanted.instance).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(instance = wanted.instance.0, %error, "a connector job's instance cannot be read");
                self.inner.jobs.run_later(wanted.instance, wanted.job, self.inner.soon());
                return;
            }
        };
        let Some(live) = self.cache.get(wanted.instance).filter(|_| found) else { return };
        let workable = |job: &&hosk_core::Job| job.state == JobState::Active && !live.state.is_suspended();
        let Some(job) = live.state.job(wanted.job).filter(workable) else { return };
        if let Some(at) = job.retry_at.filter(|at| *at > self.now) {
            self.inner.jobs.run_later(wanted.instance, wanted.job, at);
            return;
        }
        let connectors = &self.inner.connectors;
        if connectors.is_running(wanted.job) {
            return;
        }
        let leased = wanted.place.is_some();
        let Some((lease, run)) =
            connectors.prepare(live, wanted.instance, job, self.now, false, wanted.place)
        else {
            // Too much waits already; the sweep comes back to it.
            return;
        };
        if leased {
            self.inner.run_connector(Box::new(run));
        } else {
            self.drafts().lease(vec![lease], LeaseTicket::Run(Box::new(run)));
        }
    }
}
