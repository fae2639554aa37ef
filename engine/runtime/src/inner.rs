//! What the parts of a running engine share, and the small things that several of them do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hosk_connector::Registry;
use hosk_core::{Command, InstanceState, ProcessInstanceKey, Timestamp};
use hosk_store::{Claim, NodeLease, Store};
use tokio::sync::{Notify, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cluster_variables::Globals;
use crate::connectors::Connectors;
use crate::counters::Counters;
use crate::ends::Ends;
use crate::jobs::{Jobs, ReadyJob};
use crate::keys::KeyGenerator;
use crate::lane::{
    self, Answer, Inspection, Lane, LaneHandle, LaneQueues, Origin, Request, Restep, RunJob, Seen, Work,
};
use crate::limits::{NODE_LEASE, SETTLING_PAUSE, SOON};
use crate::messages::Correlations;
use crate::news::Newsroom;
use crate::outbox::Outbox;
use crate::shares::Shares;
use crate::time::Alarm;
use crate::watch::Watches;
use crate::{Clock, Config, DefinitionCache, Error, Receipt, committer, trace};

/// Room in a lane's own queue beside the outbox: activations, connector results, timers.
const INTERNAL_QUEUE: usize = 4_096;
/// Connector jobs that wait for a lane to lease them; further ones are tried again a little later.
const RUN_QUEUE: usize = 4_096;

/// The shared parts of an engine.
pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) definitions: DefinitionCache,
    pub(crate) keys: KeyGenerator,
    /// The token that this run of the node claims work with.
    pub(crate) owner: u64,
    /// Other nodes may work on the store.
    pub(crate) shared: bool,
    pub(crate) newsroom: Newsroom,
    pub(crate) drafts: Shares,
    pub(crate) lanes: Vec<LaneHandle>,
    pub(crate) jobs: Jobs,
    pub(crate) connectors: Connectors,
    pub(crate) correlations: Correlations,
    pub(crate) outbox: Outbox,
    pub(crate) watches: Watches,
    pub(crate) ends: Ends,
    /// Batches that are durable, counted for whoever looks what they hold.
    pub(crate) commits: watch::Sender<u64>,
    /// When a job is due.
    pub(crate) time: Alarm,
    /// When a timer is due.
    pub(crate) timers: Alarm,
    /// A signal is to be spread.
    pub(crate) broadcasts: Notify,
    /// What expressions see of the installation.
    pub(crate) globals: Globals,
    pub(crate) counters: Counters,
    pub(crate) tasks: TaskTracker,
    /// Nothing new is accepted.
    pub(crate) closing: CancellationToken,
    /// Everything stops.
    pub(crate) stop: CancellationToken,
}

impl Inner {
    /// Leases a node number, reads what is deployed, and starts the engine's tasks.
    pub(crate) async fn start(
        config: Config,
        store: Arc<dyn Store>,
        connectors: Arc<Registry>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, Error> {
        let wall = clock.wall();
        let until = Timestamp(wall.0 + NODE_LEASE.as_millis() as i64);
        let owner = token();
        let node = store.lease_node(NodeLease { held: None, owner, now: wall, until }).await?;
        let globals = Globals::with(config.value_maps.clone());
        globals.set(&config.cluster_variables);
        let definitions = DefinitionCache::new(config.feel.clone(), globals.clone());
        definitions.task_listeners.set(&config.task_listeners);
        // What changes while they are read comes again.
        let last = store.definition_changes(u64::MAX).await?.last;
        definitions.take_up(store.resources().await?);
        definitions.is_up_to(last).await;
        let shared = store.is_shared();
        let mut config = config;
        if shared {
            // Who holds a connector's job must be told from other nodes.
            config.worker = format!("{}-{owner:016x}", config.worker).into();
        }
        let (lanes, drafts) = Shares::with_lanes(&config, store.one_bucket_per_batch());
        let internal = config.outbox + INTERNAL_QUEUE;
        let (handles, queues): (Vec<LaneHandle>, Vec<LaneQueues>) =
            (0..lanes).map(|_| lane::queues(config.lane_queue, internal, RUN_QUEUE)).unzip();
        let seed = config.seed.unwrap_or_else(|| wall.0 as u64 ^ u64::from(node) << 48);
        let inner = Arc::new(Self {
            store,
            definitions,
            keys: KeyGenerator::new(node, wall, until),
            owner,
            shared,
            newsroom: Newsroom::new(owner),
            drafts,
            lanes: handles,
            jobs: Jobs::new(config.ready_jobs),
            connectors: Connectors::new(connectors, &config, seed, globals.clone()),
            correlations: Correlations::default(),
            outbox: Outbox::new(config.outbox),
            watches: Watches::default(),
            ends: Ends::default(),
            commits: watch::Sender::new(0),
            time: Alarm::default(),
            timers: Alarm::default(),
            broadcasts: Notify::new(),
            globals,
            counters: Counters::new(lanes),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            stop: CancellationToken::new(),
            clock,
            config,
        });
        for (index, queues) in queues.into_iter().enumerate() {
            inner.tasks.spawn(Lane::new(inner.clone(), index, queues).run());
        }
        for share in 0..inner.drafts.len() {
            inner.tasks.spawn(committer::run(inner.clone(), share));
        }
        inner.tasks.spawn(inner.clone().read_outbox());
        inner.tasks.spawn(inner.clone().watch_jobs());
        inner.tasks.spawn(inner.clone().fire_timers());
        inner.tasks.spawn(inner.clone().spread_signals());
        inner.tasks.spawn(inner.clone().keep_house());
        if inner.shared {
            inner.tasks.spawn(inner.clone().tell_news());
            inner.tasks.spawn(inner.clone().hear_news());
            inner.tasks.spawn(inner.clone().look_around());
        }
        Ok(inner)
    }

    /// The lane of an instance.
    pub(crate) fn lane(&self, instance: ProcessInstanceKey) -> &LaneHandle {
        &self.lanes[lane::lane_of(instance, self.lanes.len())]
    }

    /// What a caller is told when a queue is full.
    pub(crate) fn busy(&self) -> Error {
        self.counters.meters.busy();
        Error::Busy { retry_after: self.config.retry_after }
    }

    /// Whether anything new is accepted.
    pub(crate) fn accepting(&self) -> Result<(), Error> {
        if self.closing.is_cancelled() {
            return Err(Error::ShuttingDown);
        }
        // A number that may be another's: nothing new is begun until there is one again.
        if self.keys.has_lapsed(self.clock.wall()) {
            return Err(self.busy());
        }
        Ok(())
    }

    /// Gives a command to an instance.
    pub(crate) async fn submit(
        &self,
        instance: ProcessInstanceKey,
        command: Command,
    ) -> Result<Receipt, Error> {
        self.accepting()?;
        // The line about the request in the log names the instance too.
        tracing::Span::current().record("instance", instance.0);
        let span = tracing::trace_span!(
            target: trace::TARGET,
            "command",
            command = command.name(),
            "hosk.process_instance" = instance.0,
        );
        let began = Instant::now();
        let (reply, answer) = oneshot::channel();
        let request = Request::new(instance, command, Origin::Caller(reply)).under(&span);
        let lane = self.lane(instance);
        lane.callers.try_send(Work::Command(request)).map_err(|_| self.busy())?;
        let answer = answer.await.map_err(|_| Error::ShuttingDown)?;
        self.counters.meters.answered(began.elapsed());
        answer
    }

    /// Work that is this node's for so long.
    pub(crate) fn claim(&self, lease: Duration) -> Claim {
        let now = self.clock.wall();
        Claim { owner: self.owner, now, until: Timestamp(now.0.saturating_add(lease.as_millis() as i64)) }
    }

    /// The moment so long from now, by the engine's clock.
    pub(crate) fn in_time(&self, wait: Duration) -> Timestamp {
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        Timestamp(self.clock.now().0.saturating_add(wait).min(crate::LATEST.0))
    }

    /// The moment at which something that could not be done is tried again.
    pub(crate) fn soon(&self) -> Timestamp {
        self.in_time(SOON)
    }

    /// Lets a lane drop an instance and step again what failed.
    pub(crate) fn restep(&self, restep: Restep) {
        let _ = self.lane(restep.instance).resteps.send(restep);
    }

    /// The same a little later, when what was stepped since is stored or not.
    pub(crate) fn restep_later(self: &Arc<Self>, restep: Restep) {
        let inner = Arc::clone(self);
        self.tasks.spawn(async move {
            tokio::select! {
                biased;
                () = tokio::time::sleep(SETTLING_PAUSE) => inner.restep(restep),
                () = inner.stop.cancelled() => {}
            }
        });
    }

    /// Looks at an instance (`None`: it does not exist); answers when what it saw is durable.
    pub(crate) async fn inspect<R: Send + 'static>(
        &self,
        instance: ProcessInstanceKey,
        look: impl Fn(Option<Seen<'_>>) -> R + Send + Sync + 'static,
    ) -> Result<R, Error> {
        let look = Arc::new(look);
        loop {
            let (reply, answer) = oneshot::channel();
            let look = look.clone();
            let look = Box::new(move |seen: Result<Option<Seen<'_>>, Error>| -> Answer {
                let result = seen.map(|seen| look(seen));
                Box::new(move || {
                    let _ = reply.send(result);
                })
            });
            let work = Work::Inspect(Inspection { instance, look });
            if self.lane(instance).internal.send(work).await.is_err() || self.stop.is_cancelled() {
                return Err(Error::ShuttingDown);
            }
            tokio::select! {
                biased;
                // An answer that was dropped rested on a state that never came to be: look again.
                answer = answer => if let Ok(result) = answer { return result },
                () = self.stop.cancelled() => return Err(Error::ShuttingDown),
            }
        }
    }

    /// Takes up the jobs and timers that stand in a state.
    pub(crate) fn take_up(self: &Arc<Self>, state: &InstanceState, instance: ProcessInstanceKey) {
        for job in state.jobs().filter(|job| job.state == hosk_core::JobState::Active) {
            let at = job.retry_at.filter(|at| *at > self.clock.now());
            if self.connectors.knows(&job.details.job_type) {
                let run = RunJob { instance, job: job.key(), place: None };
                if at.is_some() || !self.try_run(run) {
                    self.jobs.run_later(instance, job.key(), at.unwrap_or_else(|| self.soon()));
                }
            } else if let Some(tenant) = state.tenant() {
                let ready = ReadyJob {
                    instance,
                    job: job.key(),
                    priority: job.details.priority,
                    tenant: tenant.clone(),
                    job_type: job.details.job_type.clone(),
                    version: None,
                };
                match at {
                    Some(at) => self.jobs.ready_later(ready, at),
                    None => self.jobs.ready(ready),
                }
            }
        }
        self.time.at(self.clock.now());
        self.timers.at(self.clock.now());
        self.outbox.spill();
    }

    /// Waits, at most the drain time, until nothing accepted is left to do.
    pub(crate) async fn drain(&self) {
        let until = tokio::time::Instant::now() + self.config.drain;
        while tokio::time::Instant::now() < until {
            let queued: usize = self.lanes.iter().map(waiting_in).sum();
            let (running, _) = self.connectors.counts();
            let before = self.drafts.at_rest();
            if queued == 0 && before.is_some() && running == 0 && self.outbox.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
                // Quiet twice with nothing committed in between: what was in a lane's hands is through.
                if self.drafts.at_rest() == before {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tracing::warn!("the engine stops although work is left; it goes on at the next start");
    }
}

/// A number that no other run of a node has.
fn token() -> u64 {
    // The standard library's seeds are random; 63 bits, as all keys.
    std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), std::process::id()) >> 1 | 1
}

/// Work in a lane's queues.
pub(crate) fn waiting_in(lane: &LaneHandle) -> usize {
    fn used<T>(queue: &tokio::sync::mpsc::Sender<T>) -> usize {
        queue.max_capacity() - queue.capacity()
    }
    used(&lane.callers) + used(&lane.internal) + used(&lane.runs)
}
