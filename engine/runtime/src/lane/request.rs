//! What lanes are given to do.

use std::sync::Arc;

use hosk_core::{Command, DeployedProcess, InstanceState, JobKey, ProcessInstanceKey, TimerKey};
use hosk_feel::Json;
use tokio::sync::{mpsc, oneshot};

use crate::connectors::Place;
use crate::jobs::Activation;
use crate::{Error, Receipt};

/// Something a lane does.
pub(crate) enum Work {
    /// A command to one instance.
    Command(Request),
    /// Jobs to hand to a worker.
    Activate(Activation),
    /// A connector job to run: retried, or taken up after a restart.
    RunJob(RunJob),
    /// A look at an instance.
    Inspect(Inspection),
}

impl Work {
    /// What it is for; `None`: for many.
    pub(super) fn instance(&self) -> Option<ProcessInstanceKey> {
        match self {
            Self::Command(request) => Some(request.instance),
            Self::RunJob(job) => Some(job.instance),
            Self::Inspect(inspection) => Some(inspection.instance),
            Self::Activate(_) => None,
        }
    }
}

/// A command with whom to tell.
pub(crate) struct Request {
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) command: Command,
    pub(crate) origin: Origin,
    /// How often its result was refused by the store.
    pub(crate) attempts: u8,
    /// How often it waited until what its instance sent had arrived from another node.
    pub(crate) waits: u16,
    /// What traces show it under.
    pub(crate) span: tracing::Span,
}

impl Request {
    pub(crate) fn new(instance: ProcessInstanceKey, command: Command, origin: Origin) -> Self {
        Self { instance, command, origin, attempts: 0, waits: 0, span: tracing::Span::none() }
    }

    /// The same under a span.
    pub(crate) fn under(self, span: &tracing::Span) -> Self {
        Self { span: span.clone(), ..self }
    }
}

/// Where a command comes from: who is told what became of it.
pub(crate) enum Origin {
    /// A caller.
    Caller(oneshot::Sender<Result<Receipt, Error>>),
    /// Another instance, or a message.
    Delivery(Delivery),
    /// A connector of this node.
    Connector(ConnectorResult),
    /// The clock.
    Timer(TimerTicket),
    /// A broadcast signal.
    Signal(SignalTicket),
}

/// An outbox entry on its way.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    /// The entry.
    pub(crate) entry: u64,
    /// The top of the hierarchy it comes from, whose activity it is.
    pub(crate) root: Option<ProcessInstanceKey>,
    /// For correlations: the process id it counts for.
    pub(crate) correlated_process: Option<Arc<str>>,
}

/// What a connector did.
#[derive(Clone, Debug)]
pub(crate) struct ConnectorResult {
    /// The job.
    pub(crate) job: JobKey,
    /// The top of its hierarchy, whose activity it is.
    pub(crate) root: ProcessInstanceKey,
    /// What it answered.
    pub(crate) answer: Option<Json>,
}

/// A timer that was due.
pub(crate) struct TimerTicket {
    pub(crate) timer: TimerKey,
    /// Told whether it is settled: fired, or gone.
    pub(crate) done: mpsc::Sender<(TimerKey, bool)>,
}

/// A signal on its way to a subscription.
pub(crate) struct SignalTicket {
    /// Told whether it is settled: taken, or refused for good.
    pub(crate) done: mpsc::Sender<bool>,
}

/// A connector job to run.
pub(crate) struct RunJob {
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) job: JobKey,
    /// The place it has in memory, when its row is leased to this node already.
    pub(crate) place: Option<Place>,
}

/// An instance as it is, for a look.
pub(crate) struct Seen<'a> {
    pub(crate) state: &'a InstanceState,
    pub(crate) process: &'a Arc<DeployedProcess>,
}

/// Says what was seen, once it is durable.
pub(crate) type Answer = Box<dyn FnOnce() + Send>;

/// Looks at what was found.
pub(crate) type Look = Box<dyn FnOnce(Result<Option<Seen<'_>>, Error>) -> Answer + Send>;

/// A look at an instance; `None` when there is no such instance.
pub(crate) struct Inspection {
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) look: Look,
}

/// An instance whose change set was not stored: its commands are stepped again from the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Restep {
    pub(crate) instance: ProcessInstanceKey,
    /// Whether the change set may have been stored after all: then its work is taken up from the state.
    pub(crate) recover: bool,
}
