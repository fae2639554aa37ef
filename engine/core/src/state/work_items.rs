//! What element instances wait for: jobs, user tasks, timers, messages; and the incidents that hold them up.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use hosk_model::ElementIndex;

use crate::command::Corrections;
use crate::event::{IncidentKind, JobCreated, UserTaskCreated, UserTaskTransition};
use crate::global_listeners::ChosenListener;
use crate::keys::{
    ElementInstanceKey, IncidentKey, JobKey, MessageKey, SignalKey, SubscriptionKey, TimerKey, Timestamp,
};

/// Work for a worker or connector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// What was asked for; retries and priority are those of now.
    pub details: JobCreated,
    /// Whether it can be worked on.
    pub state: JobState,
    /// Not offered before, after a failure.
    pub retry_at: Option<Timestamp>,
}

impl Job {
    /// Its key.
    pub fn key(&self) -> JobKey {
        self.details.key
    }
}

/// Whether a job can be worked on. Leases are not the core's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobState {
    /// It is offered, or a worker has it.
    Active,
    /// Its retries are used up.
    Failed,
    /// It threw an error that nothing caught.
    ErrorThrown,
}

/// A person has something to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserTask {
    /// Its attributes, as they are now.
    pub details: UserTaskCreated,
    /// What its task listeners work on; `None` when it is open.
    pub transition: Option<Box<UserTaskTransition>>,
    /// Listener jobs done for that transition.
    pub(crate) listeners_done: u32,
    /// What they change of it.
    #[serde(default)]
    pub(crate) corrections: Corrections,
    /// The listeners of the installation that were chosen for that transition, in their order.
    #[serde(default)]
    pub(crate) global: Vec<ChosenListener>,
}

/// Something happens at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timer {
    /// Its key.
    pub key: TimerKey,
    /// The element instance it belongs to.
    pub element_instance: ElementInstanceKey,
    /// The catch event it triggers.
    pub target: ElementIndex,
    /// When.
    pub due: Timestamp,
    /// How often it still fires after this time; `None`: without end.
    pub repetitions: Option<u32>,
    /// The cycle, for a repeating one.
    pub cycle: Option<Arc<str>>,
}

/// A message is waited for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its key.
    pub key: SubscriptionKey,
    /// The element instance it belongs to.
    pub element_instance: ElementInstanceKey,
    /// The catch event it triggers.
    pub target: ElementIndex,
    /// Message name.
    pub message_name: Arc<str>,
    /// Correlation key.
    pub correlation_key: Arc<str>,
    /// Whether the first message closes it.
    pub interrupting: bool,
    /// The last messages that reached it, oldest first; at most
    /// [`MESSAGES_REMEMBERED`](crate::limits::MESSAGES_REMEMBERED).
    pub received: Vec<MessageKey>,
}

/// A signal is waited for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalSubscription {
    /// Its key.
    pub key: SubscriptionKey,
    /// The element instance it belongs to.
    pub element_instance: ElementInstanceKey,
    /// The catch event it triggers.
    pub target: ElementIndex,
    /// Signal name.
    pub signal_name: Arc<str>,
    /// Whether the first signal closes it.
    pub interrupting: bool,
    /// The last signals that reached it, oldest first; at most
    /// [`MESSAGES_REMEMBERED`](crate::limits::MESSAGES_REMEMBERED).
    pub received: Vec<SignalKey>,
}

/// Something cannot go on until a person helps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Its key.
    pub key: IncidentKey,
    /// Where.
    pub element_instance: ElementInstanceKey,
    /// The job that gave up.
    pub job: Option<JobKey>,
    /// What kind of trouble.
    pub kind: IncidentKind,
    /// What happened, what was read, what to do.
    pub message: String,
}
