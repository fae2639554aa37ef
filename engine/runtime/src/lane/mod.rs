//! Lanes: each steps the commands of its share of the buckets, one after another, on the newest state in memory.
//!
//! A lane never waits for a commit. It hands steps to the draft and goes on; what the store refuses comes back as a
//! [`Restep`], and is stepped again from what is stored.

mod activate;
mod cache;
mod digest;
mod facts;
mod request;
mod rounds;
mod run_job;
mod stepping;

use std::collections::VecDeque;
use std::sync::Arc;

use futures::StreamExt;
use hosk_core::{
    Command, Definitions, DeployedProcess, InstanceState, ProcessDefinitionKey, ProcessInstanceKey, Timestamp,
};
use hosk_store::{Loaded, bucket_of};
use tokio::sync::mpsc;

pub(crate) use cache::{Cache, Live};
pub(crate) use facts::Facts;
pub(crate) use request::{
    Answer, ConnectorResult, Delivery, Inspection, Origin, Request, Restep, RunJob, Seen, SignalTicket,
    TimerTicket, Work,
};
use rounds::{Queue, Rounds};

use crate::Error;
use crate::draft::{Drafts, Ticket};
use crate::inner::Inner;
use crate::limits::{LOADS_AT_ONCE, SETTLING_PAUSE};

/// How to reach a lane.
pub(crate) struct LaneHandle {
    /// From callers: full means busy.
    pub(crate) callers: mpsc::Sender<Work>,
    /// From the engine itself: goes first, because it finishes what was accepted.
    pub(crate) internal: mpsc::Sender<Work>,
    /// Connector jobs to lease and run: one instance may bring thousands, and what others ask goes before them.
    pub(crate) runs: mpsc::Sender<RunJob>,
    /// From the committer, which must not wait; bounded by the instances in two drafts.
    pub(crate) resteps: mpsc::UnboundedSender<Restep>,
}

/// The other end of a [`LaneHandle`].
pub(crate) struct LaneQueues {
    callers: mpsc::Receiver<Work>,
    internal: mpsc::Receiver<Work>,
    runs: mpsc::Receiver<RunJob>,
    resteps: mpsc::UnboundedReceiver<Restep>,
}

pub(crate) fn queues(callers: usize, internal: usize, runs: usize) -> (LaneHandle, LaneQueues) {
    let (callers, callers_end) = mpsc::channel(callers);
    let (internal, internal_end) = mpsc::channel(internal);
    let (runs, runs_end) = mpsc::channel(runs);
    let (resteps, resteps_end) = mpsc::unbounded_channel();
    (
        LaneHandle { callers, internal, runs, resteps },
        LaneQueues { callers: callers_end, internal: internal_end, runs: runs_end, resteps: resteps_end },
    )
}

/// Which lane an instance belongs to.
pub(crate) fn lane_of(instance: ProcessInstanceKey, lanes: usize) -> usize {
    usize::from(bucket_of(instance)) % lanes
}

/// A lane at work.
pub(crate) struct Lane {
    inner: Arc<Inner>,
    index: usize,
    queues: LaneQueues,
    /// What it has taken from its queues.
    rounds: Rounds<Work>,
    cache: Cache,
    now: Timestamp,
}

impl Lane {
    pub(crate) fn new(inner: Arc<Inner>, index: usize, queues: LaneQueues) -> Self {
        let cache = Cache::new(inner.config.cache_bytes / inner.lanes.len());
        let now = inner.clock.now();
        Self { inner, index, queues, rounds: Rounds::new(), cache, now }
    }

    /// What it steps goes here.
    fn drafts(&self) -> &Drafts {
        self.inner.drafts.share(self.index)
    }

    /// Works until the engine stops.
    pub(crate) async fn run(mut self) {
        let stop = self.inner.stop.clone();
        loop {
            let mut first = None;
            if self.rounds.is_empty() {
                tokio::select! {
                   biased;
                    () = stop.cancelled() => return,
                    Some(restep) = self.queues.resteps.recv() => self.restep(restep).await,
                    Some(work) = self.queues.internal.recv() => first = Some((Queue::Internal, work)),
                    Some(work) = self.queues.callers.recv() => first = Some((Queue::Callers, work)),
                    Some(job) = self.queues.runs.recv() => first = Some((Queue::Runs, Work::RunJob(job))),
                }
            }
            tokio::select! {
               biased;
                () = stop.cancelled() => return,
                () = self.round(first) => {}
            }
        }
    }

    /// Takes in what is new, then gives each instance that has something to do one turn.
    async fn round(&mut self, first: Option<(Queue, Work)>) {
        while let Ok(restep) = self.queues.resteps.try_recv() {
            self.restep(restep).await;
        }
        self.take_in(first).await;
        if self.rounds.is_empty() {
            return;
        }
        self.now = self.inner.clock.now();
        self.inner.keys.advance(self.inner.clock.wall());
        for _ in 0..self.rounds.turns() {
            let Some(work) = self.rounds.next() else { break };
            self.work(work).await;
        }
        self.cache.evict(self.drafts().settled());
        self.inner.counters.cached(self.index, self.cache.len());
        if !self.rounds.is_empty() {
            // The rest waits for nothing: without this other lanes would wait for it.
            tokio::task::yield_now().await;
        }
    }

    /// Takes from each queue what there is room for, and loads what memory does not have.
    async fn take_in(&mut self, first: Option<(Queue, Work)>) {
        let Self { rounds, queues, .. } = self;
        let mut wanted = Vec::new();
        let mut add = |rounds: &mut Rounds<Work>, queue, work: Work| {
            wants(&work, &mut wanted);
            rounds.add(queue, work.instance(), work);
        };
        if let Some((queue, work)) = first {
            add(rounds, queue, work);
        }
        while rounds.has_room(Queue::Internal) {
            let Ok(work) = queues.internal.try_recv() else { break };
            add(rounds, Queue::Internal, work);
        }
        while rounds.has_room(Queue::Callers) {
            let Ok(work) = queues.callers.try_recv() else { break };
            add(rounds, Queue::Callers, work);
        }
        while rounds.has_room(Queue::Runs) {
            let Ok(job) = queues.runs.try_recv() else { break };
            add(rounds, Queue::Runs, Work::RunJob(job));
        }
        if wanted.is_empty() {
            return;
        }
        let count = wanted.len();
        wanted.retain(|instance| !self.cache.contains(*instance));
        wanted.sort_unstable();
        wanted.dedup();
        self.inner.counters.meters.looked_up(count, wanted.len());
        if !wanted.is_empty() {
            self.load_ahead(wanted).await;
        }
    }

    async fn work(&mut self, work: Work) {
        match work {
            Work::Command(request) => self.command(request).await,
            Work::Activate(activation) => self.activate(activation).await,
            Work::RunJob(job) => self.run_job(job).await,
            Work::Inspect(inspection) => self.inspect(inspection).await,
        }
    }

    /// Loads instances, several at a time.
    async fn load_ahead(&mut self, missing: Vec<ProcessInstanceKey>) {
        let store = &self.inner.store;
        let loads = missing.into_iter().map(|key| async move { (key, store.load(key).await) });
        let mut loads = futures::stream::iter(loads).buffer_unordered(LOADS_AT_ONCE);
        let mut loaded = Vec::new();
        while let Some((key, result)) = loads.next().await {
            // A failed load is tried again, and reported, by the command that needs it.
            if let Ok(Some(found)) = result {
                loaded.push((key, found));
            }
        }
        drop(loads);
        for (key, found) in loaded {
            self.keep(key, found);
        }
    }

    /// Makes sure the instance is in memory; `false` when it does not exist.
    async fn ensure(&mut self, instance: ProcessInstanceKey) -> Result<bool, Error> {
        if self.cache.contains(instance) {
            return Ok(true);
        }
        match self.inner.store.load(instance).await? {
            Some(loaded) => {
                let known = |key| self.inner.definitions.process(key).is_some();
                if !loaded.state.definition().is_some_and(known) {
                    self.inner.refresh_definitions().await;
                }
                Ok(self.keep(instance, loaded))
            }
            None => Ok(false),
        }
    }

    fn keep(&mut self, instance: ProcessInstanceKey, loaded: Loaded) -> bool {
        let of = |key| self.inner.definitions.process(key);
        let Some(process) = loaded.state.definition().and_then(of) else {
            tracing::error!(instance = instance.0, "what this instance runs is not deployed any more");
            return false;
        };
        let sent_elsewhere = loaded.carriers.iter().any(|carrier| *carrier != self.inner.owner);
        let mut live = Live::new(loaded.state, process, loaded.version, loaded.bytes_since_snapshot);
        live.sent_elsewhere = sent_elsewhere;
        self.cache.insert(instance, live);
        true
    }

    /// Drops an instance that another node has changed; whether it did. One with a change of this node that is not
    /// stored yet stays: its commit tells.
    async fn drop_outdated(&mut self, instance: ProcessInstanceKey) -> Result<bool, Error> {
        let settled = self.drafts().settled();
        let clean = self.cache.get(instance).filter(|live| live.draft <= settled);
        let Some(version) = clean.map(|live| live.version).filter(|_| self.inner.shared) else {
            return Ok(false);
        };
        let standing = self.inner.store.standing(&[instance]).await?;
        let outdated = standing.first().is_none_or(|stored| stored.version != version);
        if outdated {
            self.cache.remove(instance);
        }
        Ok(outdated)
    }

    async fn newest(&mut self, instance: ProcessInstanceKey) -> Result<bool, Error> {
        self.drop_outdated(instance).await?;
        self.ensure(instance).await
    }

    async fn inspect(&mut self, inspection: Inspection) {
        let instance = inspection.instance;
        let found = match self.newest(instance).await {
            Ok(found) => found,
            Err(error) => return (inspection.look)(Err(error))(),
        };
        let live = self.cache.get(instance).filter(|_| found);
        let draft = live.as_ref().map_or(0, |live| live.draft);
        let seen = live.map(|live| Seen { state: &live.state, process: &live.process });
        let answer = (inspection.look)(Ok(seen));
        // The answer is dropped when what was seen never came to be: whoever asked asks again.
        if let Ok(Some(Ticket::Seen(answer))) = self.drafts().after(instance, draft, Ticket::Seen(answer)) {
            answer();
        }
    }

    /// Drops an instance whose change was not stored, and steps its commands again from what is stored.
    async fn restep(&mut self, restep: Restep) {
        let instance = restep.instance;
        let failed = self.drafts().take_failed(instance);
        if failed.is_some() {
            self.cache.remove(instance);
        }
        // Else a command that came in between has done that: what is in memory now may have steps in the draft, which a
        // state read anew would not know of.
        if restep.recover {
            if self.has_steps_on_their_way(instance) {
                return self.inner.restep_later(restep);
            }
            self.recover(instance).await;
        }
        self.again(failed.unwrap_or_default()).await;
    }

    /// Whether something was stepped on an instance whose fate is not known yet.
    fn has_steps_on_their_way(&mut self, instance: ProcessInstanceKey) -> bool {
        let settled = self.drafts().settled();
        self.cache.get(instance).is_some_and(|live| live.draft > settled)
    }

    /// Waits until the fate of what was stepped on an instance is known: before that a state read anew would lack it.
    async fn settled(&mut self, instance: ProcessInstanceKey) {
        while self.has_steps_on_their_way(instance) {
            tokio::time::sleep(SETTLING_PAUSE).await;
        }
    }

    /// Steps again what failed, in the order it came.
    async fn again(&mut self, tickets: Vec<Ticket>) {
        let mut waiting: VecDeque<Ticket> = tickets.into();
        while let Some(ticket) = waiting.pop_front() {
            if let Ticket::Stepped(mut request, _)
            | Ticket::Refused(mut request, _)
            | Ticket::Quarantined(mut request, _) = ticket
            {
                request.attempts = request.attempts.saturating_add(1);
                Box::pin(self.command(request)).await;
            }
        }
    }

    /// Takes up the jobs and timers of an instance whose last change may have been stored without anybody told.
    async fn recover(&mut self, instance: ProcessInstanceKey) {
        if !matches!(self.ensure(instance).await, Ok(true)) {
            return;
        }
        let Some(live) = self.cache.get(instance) else { return };
        self.inner.take_up(&live.state, instance);
    }

    /// The state a command is stepped on; a fresh one for an instance that is about to be created.
    async fn prepare(&mut self, request: &Request) -> Result<bool, Error> {
        if let (true, Command::Create(create)) = (is_new(request), &request.command)
            && !self.cache.contains(request.instance)
        {
            let Some(process) = self.definition(create.definition).await else { return Ok(false) };
            self.cache.insert(request.instance, Live::new(InstanceState::new(), process, 0, 0));
            return Ok(true);
        }
        let found = self.ensure(request.instance).await?;
        if !found && let Command::Create(create) = &request.command {
            let Some(process) = self.definition(create.definition).await else { return Ok(false) };
            self.cache.insert(request.instance, Live::new(InstanceState::new(), process, 0, 0));
            return Ok(true);
        }
        Ok(found)
    }

    /// A deployed process; another node may have deployed it just now.
    async fn definition(&mut self, key: ProcessDefinitionKey) -> Option<Arc<DeployedProcess>> {
        if let Some(process) = self.inner.definitions.process(key) {
            return Some(process);
        }
        self.inner.refresh_definitions().await;
        self.inner.definitions.process(key)
    }
}

/// The instances it needs in memory.
fn wants(work: &Work, instances: &mut Vec<ProcessInstanceKey>) {
    match work {
        Work::Activate(activation) => instances.extend(activation.instances()),
        Work::Command(request) if is_new(request) => {}
        other => instances.extend(other.instance()),
    }
}

/// Whether the command creates an instance that cannot be stored yet: if it is after all, the commit says so.
fn is_new(request: &Request) -> bool {
    request.attempts == 0 && matches!(request.command, Command::Create(_))
}
