//! What only needs to be done now and then: messages expire, the node's number is renewed, connector jobs that
//! nobody runs are taken up.

use std::sync::Arc;

use hosk_store::{Claim, JobClaim, NodeLease};
use tokio::time::{Instant, MissedTickBehavior};

use crate::inner::Inner;
use crate::lane::RunJob;
use crate::limits::{CLAIMED_PER_SWEEP, CONNECTOR_SWEEP, EXPIRED_PER_SLICE, HOUSEKEEPING, NODE_LEASE};

impl Inner {
    /// Keeps house until the engine stops.
    pub(crate) async fn keep_house(self: Arc<Self>) {
        let mut tick = tokio::time::interval(HOUSEKEEPING);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut swept, mut renewed) = (None::<Instant>, Instant::now());
        loop {
            let room = tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                _ = tick.tick() => false,
                () = self.connectors.has_room() => true,
            };
            if room && !self.closing.is_cancelled() {
                self.sweep_connector_jobs().await;
                continue;
            }
            let due = renewed.elapsed() >= NODE_LEASE / 3 || self.keys.has_lapsed(self.clock.wall());
            if due && self.renew_node().await {
                renewed = Instant::now();
            }
            self.renew_leases();
            self.expire_messages().await;
            if swept.is_none_or(|swept| swept.elapsed() >= CONNECTOR_SWEEP) && !self.closing.is_cancelled() {
                swept = Some(Instant::now());
                self.sweep_connector_jobs().await;
            }
        }
    }

    async fn renew_node(&self) -> bool {
        let Claim { owner, now, until } = self.claim(NODE_LEASE);
        let held = self.keys.node();
        match self.store.lease_node(NodeLease { held: Some(held), owner, now, until }).await {
            Ok(node) => {
                if node != held {
                    tracing::warn!(
                        held,
                        node,
                        "the node's number is another's by now; it goes on with a new one"
                    );
                }
                self.keys.renewed(node, now, until);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the node's number cannot be renewed");
                false
            }
        }
    }

    /// Nothing is done any more: whoever looks sees that no server is here. If that fails, the lease ends by itself.
    pub(crate) async fn give_number_back(&self) {
        let Claim { owner, now, .. } = self.claim(NODE_LEASE);
        let lease = NodeLease { held: Some(self.keys.node()), owner, now, until: now };
        if let Err(error) = self.store.lease_node(lease).await {
            tracing::debug!(%error, "the node's number was not given back");
        }
    }

    /// Keeps the jobs in hand: a lease that runs out would let another node do them as well.
    fn renew_leases(&self) {
        let leases = self.connectors.renewals(self.clock.now());
        if !leases.is_empty() {
            self.drafts.renew(leases);
        }
    }

    async fn expire_messages(&self) {
        loop {
            match self.store.expire_messages(self.clock.now(), EXPIRED_PER_SLICE).await {
                Ok(removed) if removed >= EXPIRED_PER_SLICE => {}
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(%error, "expired messages cannot be removed");
                    return;
                }
            }
        }
    }

    /// Takes up connector jobs without a living lease: left by a crash, by another node, or for lack of room.
    async fn sweep_connector_jobs(&self) {
        let registry = self.connectors.registry();
        let mut tenants = self.definitions.tenants();
        if tenants.is_empty() {
            tenants.push(crate::DEFAULT_TENANT.into());
        }
        for job_type in registry.task_types() {
            while self.sweep(job_type, &tenants).await {}
        }
    }

    /// Takes up some jobs of a type; whether there may be more.
    async fn sweep(&self, job_type: &str, tenants: &[Arc<str>]) -> bool {
        let places = self.connectors.places(CLAIMED_PER_SWEEP);
        let limit = places.len();
        if limit == 0 || self.stop.is_cancelled() {
            return false;
        }
        let claim = JobClaim {
            job_type: job_type.into(),
            tenants: tenants.to_vec(),
            worker: self.connectors.worker().clone(),
            now: self.clock.now(),
            deadline: self.in_time(self.config.connector_lease),
            limit,
            except: Vec::new(),
        };
        let jobs = match self.store.claim_jobs(claim).await {
            Ok(jobs) => jobs,
            Err(error) => {
                tracing::warn!(%error, job_type, "connector jobs cannot be claimed");
                return false;
            }
        };
        let full = jobs.len() >= limit;
        for (job, place) in jobs.into_iter().zip(places) {
            let run = RunJob { instance: job.instance, job: job.job, place: Some(place) };
            let _ = self.lane(job.instance).runs.send(run).await;
        }
        full
    }
}
