//! Where an instance came to rest, with the instances it called, and what passed on the way.

use std::sync::Arc;

use hosk_core::{
    ElementInstanceKey, FormKey, IncidentKey, IncidentKind, JobKey, ProcessInstanceKey, Timestamp,
    UserTaskKey,
};
use hosk_feel::Json;

use super::InstanceEnd;

/// What an instance did until it came to rest.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The instance that was watched.
    pub instance: ProcessInstanceKey,
    /// Whether it is at rest; when not, the time limit came first and work goes on.
    pub at_rest: bool,
    /// Its end, when it has ended.
    pub ended: Option<InstanceEnd>,
    /// What it (or what it called) waits for; empty when it has ended.
    pub points: Vec<RestingPoint>,
    /// What happened since the watch began, in order.
    pub passed: Vec<Passed>,
    /// Whether the list of what happened is cut off at [`crate::limits::WATCHED_FACTS`].
    pub passed_truncated: bool,
}

/// Something an instance waits for.
#[derive(Clone, Debug)]
pub enum RestingPoint {
    /// A person.
    UserTask(TaskAtRest),
    /// An operator.
    Incident(IncidentAtRest),
    /// A worker, or a retry at a later time.
    Job(JobAtRest),
    /// A message.
    Message(MessageAtRest),
    /// A time.
    Timer(TimerAtRest),
}

/// A user task that waits.
#[derive(Clone, Debug)]
pub struct TaskAtRest {
    /// Its key.
    pub key: UserTaskKey,
    /// Its instance (of the called process, if so).
    pub instance: ProcessInstanceKey,
    /// The element's id.
    pub element_id: Arc<str>,
    /// The element's name.
    pub name: Option<Arc<str>>,
    /// Assignee.
    pub assignee: Option<Arc<str>>,
    /// Candidate groups.
    pub candidate_groups: Vec<Arc<str>>,
    /// Candidate users.
    pub candidate_users: Vec<Arc<str>>,
    /// Form.
    pub form_key: Option<FormKey>,
}

/// An incident that waits for an operator.
#[derive(Clone, Debug)]
pub struct IncidentAtRest {
    /// Its key.
    pub key: IncidentKey,
    /// Its instance.
    pub instance: ProcessInstanceKey,
    /// The element's id.
    pub element_id: Arc<str>,
    /// The element's name.
    pub name: Option<Arc<str>>,
    /// Kind.
    pub kind: IncidentKind,
    /// The full cause.
    pub message: String,
}

/// A job that waits.
#[derive(Clone, Debug)]
pub struct JobAtRest {
    /// Its key.
    pub key: JobKey,
    /// Its instance.
    pub instance: ProcessInstanceKey,
    /// Job type.
    pub job_type: Arc<str>,
    /// The element's id.
    pub element_id: Arc<str>,
    /// The element's name.
    pub name: Option<Arc<str>>,
    /// Whether this node's connectors do it; else a worker from outside.
    pub in_process: bool,
    /// Retries left.
    pub retries: u32,
    /// When it is tried again, after a failure.
    pub retry_at: Option<Timestamp>,
    /// What went wrong the last time.
    pub last_failure: Option<String>,
}

/// A message that is waited for.
#[derive(Clone, Debug)]
pub struct MessageAtRest {
    /// The instance.
    pub instance: ProcessInstanceKey,
    /// The element's id.
    pub element_id: Arc<str>,
    /// Message name.
    pub message_name: Arc<str>,
    /// Correlation key.
    pub correlation_key: Arc<str>,
}

/// A timer that runs.
#[derive(Clone, Debug)]
pub struct TimerAtRest {
    /// The instance.
    pub instance: ProcessInstanceKey,
    /// The element's id.
    pub element_id: Arc<str>,
    /// When it is due.
    pub due: Timestamp,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Passed {
    /// An element was completed.
    Element(PassedElement),
    /// A job was done, or tried.
    Job(PassedJob),
}

/// An element that was completed.
#[derive(Clone, Debug)]
pub struct PassedElement {
    /// Its instance.
    pub instance: ProcessInstanceKey,
    /// The element instance.
    pub element_instance: ElementInstanceKey,
    /// The element's id.
    pub element_id: Arc<str>,
    /// The element's name.
    pub name: Option<Arc<str>>,
    /// When.
    pub at: Timestamp,
}

/// What came of a job.
#[derive(Clone, Debug)]
pub struct PassedJob {
    /// The job.
    pub key: JobKey,
    /// Its instance.
    pub instance: ProcessInstanceKey,
    /// Job type.
    pub job_type: Arc<str>,
    /// The element's id.
    pub element_id: Arc<str>,
    /// The element's name.
    pub name: Option<Arc<str>>,
    /// What came of it.
    pub outcome: PassedJobOutcome,
    /// When.
    pub at: Timestamp,
}

/// What came of an attempt at a job.
#[derive(Clone, Debug)]
pub enum PassedJobOutcome {
    /// Done.
    Completed {
        /// What a connector of this node answered; `None` for workers from outside.
        result: Option<Json>,
    },
    /// It raised a BPMN error.
    Error {
        /// Code.
        code: String,
        /// Says more.
        message: String,
    },
    /// It failed.
    Failed {
        /// Why.
        message: String,
        /// Retries left.
        retries: u32,
        /// When it is tried again.
        retry_at: Option<Timestamp>,
    },
}
