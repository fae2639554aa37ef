//! The write side: what the runtime needs of a database, and no more.
//!
//! A [`Batch`] is one transaction: history, snapshots, work rows and read rows of many instances. Nothing here is
//! shaped by SQLite; every instance-owned row carries its bucket.

use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::{
    Command, DecisionEvaluation, DeployedProcess, ElementInstanceKey, Event, IncidentKey, InstanceState,
    JobKey, MessageKey, MessageThrown, ProcessInstanceKey, SignalKey, SignalThrown, SubscriptionKey,
    Timestamp, UserTaskKey, Variables,
};

use crate::Error;

mod deployments;
mod nodes;
mod signals;
mod timers;

pub use deployments::*;
pub use nodes::*;
pub use signals::*;
pub use timers::*;

/// The durable write side.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Whether other nodes may work on what is stored at the same time. Then what a node has in memory may be outdated
    /// at any moment, and work is claimed before it is done.
    fn is_shared(&self) -> bool {
        false
    }

    /// Whether a batch had better be about one bucket (see [`crate::bucket_of`]): its rows are on several machines by their
    /// buckets then, and a transaction on one of them is much cheaper. Batches of several are written all the same.
    fn one_bucket_per_batch(&self) -> bool {
        false
    }

    /// Leases a node number (0..1024): the one held if it is still this owner's, else one that nobody has, and that
    /// rested for longest.
    async fn lease_node(&self, lease: NodeLease) -> Result<u16, Error>;

    /// Stores resources in one transaction: versions are assigned here, an unchanged file keeps its version, start
    /// subscriptions and timers of older versions are replaced. All or nothing.
    async fn deploy(&self, deployment: NewDeployment) -> Result<Deployed, Error>;

    /// Marks a resource deleted: no new instances; refused by the runtime while instances run.
    async fn delete_resource(&self, key: u64) -> Result<bool, Error>;

    /// Every stored resource that is not deleted, for compiling at start, oldest first.
    async fn resources(&self) -> Result<Vec<StoredResource>, Error>;

    /// What was deployed and deleted after a change, with the number of the last change. A store that is not shared has
    /// no changes by others.
    async fn definition_changes(&self, after: u64) -> Result<DefinitionChanges, Error> {
        let _ = after;
        Ok(DefinitionChanges::default())
    }

    /// An instance from its snapshot and the history since.
    async fn load(&self, instance: ProcessInstanceKey) -> Result<Option<Loaded>, Error>;

    /// Where instances stand, in the order asked.
    async fn standing(&self, instances: &[ProcessInstanceKey]) -> Result<Vec<Standing>, Error> {
        let mut standing = Vec::with_capacity(instances.len());
        for instance in instances {
            let found = self.load(*instance).await?;
            let of = |found: Loaded| Standing { version: found.version, ended: found.state.is_ended() };
            standing.push(found.map(of).unwrap_or_default());
        }
        Ok(standing)
    }

    /// The instance that owns a job, user task, incident or element instance; the fallback when memory does not know.
    async fn locate(&self, what: Owned) -> Result<Option<ProcessInstanceKey>, Error>;

    /// Commits a batch. Change sets whose version is stale are left out and named in the answer; the rest is durable
    /// when this returns.
    async fn commit(&self, batch: Batch) -> Result<Committed, Error>;

    /// Leases available jobs of the given types to a worker: the fallback after a restart or from other nodes.
    async fn claim_jobs(&self, claim: JobClaim) -> Result<Vec<ClaimedJob>, Error>;

    /// Timers due at `now` (and process start timers), oldest first, and the time of the next one after these.
    async fn due_timers(&self, now: Timestamp, limit: usize) -> Result<DueTimers, Error>;

    /// Timers due at `due` that nobody else has claimed, claimed now; and when to look again. A store that is not shared
    /// needs no claims.
    async fn claim_timers(&self, due: Timestamp, claim: Claim, limit: usize) -> Result<DueTimers, Error> {
        let _ = claim;
        self.due_timers(due, limit).await
    }

    /// Timer start events of newest versions due at `now`, the longest overdue first, and the time of the next one
    /// after these.
    async fn due_starts(&self, now: Timestamp, limit: usize) -> Result<DueStarts, Error>;

    /// A start timer went off: in one transaction its next run takes the place of this one and the command that begins
    /// the instance is in the outbox. `None` when this run was fired before, or its version is not the newest any more.
    async fn fire_start(&self, fired: FiredStart) -> Result<Option<OutboxEntry>, Error>;

    /// Outbox entries not yet handled, oldest first, `after` excluded: read at start and as a fallback.
    async fn outbox(&self, after: u64, limit: usize) -> Result<Vec<OutboxEntry>, Error>;

    /// Outbox entries that nobody else carries, claimed now, oldest first: those whose claim ended, and with `own` the
    /// owner's. A store that is not shared needs no claims.
    async fn claim_outbox(&self, claim: Claim, own: bool, limit: usize) -> Result<Vec<OutboxEntry>, Error> {
        let _ = claim;
        if own { self.outbox(0, limit).await } else { Ok(Vec::new()) }
    }

    /// The next slice of a broadcast under way: of the oldest with a key above `after`, else of the oldest of all, so
    /// that asking with the last one's key takes them in turn. At most `limit` starts and `limit` subscriptions.
    async fn signal_slice(&self, after: SignalKey, limit: usize) -> Result<Option<SignalSlice>, Error>;

    /// The next slice of a broadcast that nobody else spreads, claimed now. A store that is not shared needs no claims.
    async fn claim_signal_slice(
        &self,
        after: SignalKey,
        claim: Claim,
        limit: usize,
    ) -> Result<Option<SignalSlice>, Error> {
        let _ = claim;
        self.signal_slice(after, limit).await
    }

    /// A signal begins an instance at a start event: in one transaction it is noted and the command that begins the
    /// instance is in the outbox. `None` when that was done before.
    async fn start_by_signal(&self, started: StartedBySignal) -> Result<Option<OutboxEntry>, Error>;

    /// The subscriptions of a slice are through: the cursor moves there; after the last slice the broadcast is over.
    async fn signal_delivered(&self, signal: SignalKey, cursor: u64, last: bool) -> Result<(), Error>;

    /// Removes expired messages, at most `limit`; the number removed.
    async fn expire_messages(&self, now: Timestamp, limit: usize) -> Result<usize, Error>;

    /// Tells other nodes. They may not hear it.
    async fn announce(&self, news: Vec<News>) -> Result<(), Error> {
        drop(news);
        Ok(())
    }

    /// What nodes tell from now on, this one included; `None` where nobody can tell anything.
    fn news(&self) -> Option<tokio::sync::broadcast::Receiver<News>> {
        None
    }
}

/// Something that belongs to an instance and is addressed by its own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owned {
    /// A job.
    Job(JobKey),
    /// A user task.
    UserTask(UserTaskKey),
    /// An incident.
    Incident(IncidentKey),
    /// An element instance.
    ElementInstance(ElementInstanceKey),
}

/// An instance as loaded.
#[derive(Debug)]
pub struct Loaded {
    /// Its state.
    pub state: InstanceState,
    /// Its version: the number of commits it has seen.
    pub version: u64,
    /// Bytes of history written since the last snapshot.
    pub bytes_since_snapshot: u64,
    /// Nodes that carry commands which this instance sent and which have not arrived: until they have, no other node
    /// must send further ones, or they might overtake. Empty in a store that is not shared.
    pub carriers: Vec<u64>,
}

/// One transaction.
#[derive(Debug, Default)]
pub struct Batch {
    /// The time that stands in rows.
    pub now: Timestamp,
    /// Who carries the outbox entries that it makes.
    pub claim: Claim,
    /// Whose rows of figures are counted up: batches written at the same time must not wait for one another's.
    pub writer: u64,
    /// Instances that changed; one change set an instance.
    pub changes: Vec<ChangeSet>,
    /// Messages to publish: matched with subscriptions inside the transaction.
    pub publications: Vec<Publication>,
    /// Signals to broadcast: everything that waits for them when the batch is written gets them.
    pub broadcasts: Vec<Broadcast>,
    /// Correlations the target refused (its subscription was closed meanwhile): given to the next one that waits.
    pub returned: Vec<ReturnedCorrelation>,
    /// Leases and their changes: job rows only.
    pub leases: Vec<JobLease>,
    /// Decisions evaluated for no instance.
    pub evaluations: Vec<DecisionEvaluation>,
    /// Outbox entries that are done and belong to no change set of this batch.
    pub handled: Vec<u64>,
    /// Spare keys for what the store itself creates: correlations of buffered messages with subscriptions opened
    /// here, instances started by buffered messages. At least [`Batch::keys_wanted`].
    pub keys: KeyRange,
}

impl Batch {
    /// How many spare keys the change sets of this batch may need. A batch with fewer is refused as invalid.
    pub fn keys_wanted(&self) -> u32 {
        self.changes.iter().map(ChangeSet::keys_wanted).sum()
    }
}

impl ChangeSet {
    /// How many spare keys these steps may need: one per subscription that opened, stays open after a message
    /// or is reached again after a suspension, two when an instance ends that a message started (the next message may start the next one).
    pub fn keys_wanted(&self) -> u32 {
        let wanted = |event: &Event| match event {
            Event::SubscriptionOpened { .. } | Event::SubscriptionCorrelated { .. } => 1,
            Event::InstanceEnded(_) => 2,
            Event::InstanceResumed(resumed) => resumed.subscriptions.len() as u32,
            _ => 0,
        };
        self.steps.iter().flat_map(|step| &step.events).map(wanted).sum()
    }
}

/// What one instance went through.
#[derive(Debug)]
pub struct ChangeSet {
    /// The instance.
    pub instance: ProcessInstanceKey,
    /// Its version before; 0 for a new one. Afterwards it is one more.
    pub expected_version: u64,
    /// What it runs.
    pub process: Arc<DeployedProcess>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// A snapshot of the state after the last step, when one is due.
    pub snapshot: Option<Vec<u8>>,
    /// Outbox entries these steps worked off.
    pub handled: Vec<u64>,
    /// Jobs created here that this node's connectors take at once.
    pub born_leased: Vec<JobLease>,
    /// Keys for outbox entries that these steps' effects need, in order of the effects (see `hosk_core::effects_of`).
    pub outbox_keys: Vec<u64>,
}

/// The events of one command.
#[derive(Clone, Debug)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub events: Vec<Event>,
}

/// A job handed out.
#[derive(Clone, Debug)]
pub struct JobLease {
    /// The job's instance.
    pub instance: ProcessInstanceKey,
    /// The job.
    pub job: JobKey,
    /// To whom.
    pub worker: Arc<str>,
    /// Until when; `None` gives the job back at once.
    pub deadline: Option<Timestamp>,
    /// Whether the worker gets the job now: then nobody may hold it. Otherwise a lease it holds is changed; the name of
    /// a worker alone does not tell, several call themselves the same.
    pub taken: bool,
    /// The version of the instance that the worker is shown, when it must be the newest: that of a change set of the
    /// same batch counts as the one before it.
    pub version: Option<u64>,
}

/// A message to publish.
#[derive(Clone, Debug)]
pub struct Publication {
    /// Its key.
    pub key: MessageKey,
    /// Tenant.
    pub tenant: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Correlation key; may be empty for start events.
    pub correlation_key: Arc<str>,
    /// Deduplicates while the message lives.
    pub message_id: Option<Arc<str>>,
    /// Buffered until then; not after `now`: now or never.
    pub expires_at: Timestamp,
    /// Variables.
    pub variables: Variables,
    /// Keys for what it may create: outbox entries and new instances, drawn by the store in order.
    pub keys: KeyRange,
    /// For a message that an instance threw: the outbox entry that carries it, removed with the publication. When it
    /// is gone already the message was published before, and nothing happens.
    pub entry: Option<u64>,
}

/// Consecutive keys reserved for the store.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyRange {
    /// First.
    pub first: u64,
    /// How many.
    pub count: u32,
}

/// A correlation given back.
#[derive(Clone, Debug)]
pub struct ReturnedCorrelation {
    /// The outbox entry that carried it.
    pub entry: u64,
    /// The message.
    pub message: MessageKey,
    /// The subscription that is closed.
    pub subscription: SubscriptionKey,
    /// Process id it counted for.
    pub process_id: Arc<str>,
    /// Keys for the next try.
    pub keys: KeyRange,
}

/// What a commit did.
#[derive(Debug, Default)]
pub struct Committed {
    /// Change sets left out because another version is stored; the runtime reloads and steps again.
    pub stale: Vec<ProcessInstanceKey>,
    /// Outbox entries that change sets named as handled and that were gone already: those commands had their
    /// effect before and must not be stepped again. Their change sets are left out and listed in `stale` too. And those
    /// of correlations to be given back that were gone: delivered, or given back, before.
    pub handled_before: Vec<u64>,
    /// Leases that were refused: the job is gone, or leased to another, or not available yet.
    pub lost_leases: Vec<JobKey>,
    /// Outbox entries this commit created, in order.
    pub outbox: Vec<OutboxEntry>,
    /// Per publication of the batch, in order.
    pub published: Vec<Published>,
}

/// What became of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// Taken; the entries that carry it to instances.
    Accepted {
        /// Outbox entries created for it.
        entries: Vec<u64>,
    },
    /// A living message has the same id.
    Duplicate,
}

/// A command on its way to another instance, a message to publish or a signal to broadcast.
#[derive(Clone, Debug)]
pub struct OutboxEntry {
    /// Its key; entries of one source are delivered in this order.
    pub key: u64,
    /// The instance it comes from; `None` for messages from outside.
    pub source: Option<ProcessInstanceKey>,
    /// Where it goes; for a message, where it comes from.
    pub target: ProcessInstanceKey,
    /// What it carries.
    pub carries: Carried,
    /// For correlations: the process id the message counts for.
    pub correlated_process: Option<Arc<str>>,
}

impl OutboxEntry {
    /// The command it carries, if it is one.
    pub fn command(&self) -> Option<&Command> {
        match &self.carries {
            Carried::Command(command) => Some(command),
            Carried::Message(_) | Carried::Signal(_) => None,
        }
    }
}

/// What an outbox entry carries.
#[derive(Clone, Debug)]
pub enum Carried {
    /// A command to the target.
    Command(Command),
    /// A message to publish: done by a [`Publication`] that names the entry.
    Message(Box<MessageThrown>),
    /// A signal to broadcast: done by a [`Broadcast`] that names the entry.
    Signal(Box<SignalThrown>),
}

/// Which jobs a worker wants: the highest priority and the oldest of the first tenant, then of the next.
#[derive(Clone, Debug)]
pub struct JobClaim {
    /// Job type.
    pub job_type: Arc<str>,
    /// Tenants, each once.
    pub tenants: Vec<Arc<str>>,
    /// Worker's name.
    pub worker: Arc<str>,
    /// Now.
    pub now: Timestamp,
    /// Lease until.
    pub deadline: Timestamp,
    /// At most.
    pub limit: usize,
    /// Jobs that are not to be claimed: on their way to a worker, with a lease that is not written yet.
    pub except: Vec<JobKey>,
}

/// A job given to a worker from the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedJob {
    /// Its instance.
    pub instance: ProcessInstanceKey,
    /// The job.
    pub job: JobKey,
    /// Lease until.
    pub deadline: Timestamp,
    /// The version of the instance: an older one does not know the job as it is.
    pub version: u64,
    /// Whose it is.
    pub tenant: Arc<str>,
}
