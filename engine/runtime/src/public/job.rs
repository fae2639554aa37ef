//! Jobs as workers see them.

use std::sync::Arc;
use std::time::Duration;

use hosk_core::{
    AdHocChoice, Corrections, DeployedProcess, ElementInstanceKey, FormKey, JobKey, JobKind,
    ProcessInstanceKey, Timestamp, UserTaskKey, Variables,
};
use hosk_model::ListenerEvent;

/// A worker asks for jobs.
#[derive(Clone, Debug)]
pub struct ActivateJobs {
    /// Job type.
    pub job_type: Arc<str>,
    /// The worker's name.
    pub worker: Arc<str>,
    /// How long the jobs are its own.
    pub timeout: Duration,
    /// At most this many (bounded by [`crate::Config::jobs_per_activation`]).
    pub max: usize,
    /// Only these variables; `None`: all that are visible.
    pub fetch_variables: Option<Vec<Arc<str>>>,
    /// Tenants.
    pub tenants: Vec<Arc<str>>,
    /// How long to wait for the first job; `None`: answer at once.
    pub wait: Option<Duration>,
}

/// A job handed to a worker.
#[derive(Clone, Debug)]
pub struct ActivatedJob {
    /// Its key, stable over retries.
    pub key: JobKey,
    /// Job type.
    pub job_type: Arc<str>,
    /// The instance.
    pub instance: ProcessInstanceKey,
    /// The instance at the top of the call hierarchy.
    pub root_instance: ProcessInstanceKey,
    /// What the instance runs.
    pub process: Arc<DeployedProcess>,
    /// The element's id.
    pub element_id: Arc<str>,
    /// The element instance.
    pub element_instance: ElementInstanceKey,
    /// What the job stands for.
    pub kind: JobKind,
    /// For listener jobs.
    pub listener_event: Option<ListenerEvent>,
    /// Custom headers.
    pub headers: Arc<Vec<(String, String)>>,
    /// To whom it was given.
    pub worker: Arc<str>,
    /// Retries left.
    pub retries: u32,
    /// Priority.
    pub priority: i32,
    /// Until when it is the worker's, by the engine's clock.
    pub deadline: Timestamp,
    /// The variables asked for, as seen from the element.
    pub variables: Variables,
    /// Tenant.
    pub tenant: Arc<str>,
    /// The instance's tags.
    pub tags: Vec<Arc<str>>,
    /// The instance's business id.
    pub business_id: Option<Arc<str>>,
    /// For task listener jobs: the task.
    pub user_task: Option<UserTaskOfJob>,
}

/// The user task a listener job belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserTaskOfJob {
    /// Its key.
    pub key: UserTaskKey,
    /// The action that caused the transition.
    pub action: Arc<str>,
    /// Which attributes it changes.
    pub changed: Vec<Arc<str>>,
    /// Assignee.
    pub assignee: Option<Arc<str>>,
    /// Candidate groups.
    pub candidate_groups: Vec<Arc<str>>,
    /// Candidate users.
    pub candidate_users: Vec<Arc<str>>,
    /// Due date.
    pub due_date: Option<Arc<str>>,
    /// Follow-up date.
    pub follow_up_date: Option<Arc<str>>,
    /// Priority.
    pub priority: u8,
    /// Form.
    pub form_key: Option<FormKey>,
}

/// A worker's result.
#[derive(Clone, Debug, Default)]
pub struct JobCompletion {
    /// Variables for the process.
    pub variables: Variables,
    /// For task listeners: the transition is denied, with the reason.
    pub denied: Option<String>,
    /// For task listeners: what else changes with the transition.
    pub corrections: Option<Box<Corrections>>,
    /// For what leads an ad-hoc sub-process: what happens in it.
    pub choice: Option<Box<AdHocChoice>>,
}

/// A worker's failure.
#[derive(Clone, Debug, Default)]
pub struct JobFailure {
    /// Retries left; 0 raises an incident.
    pub retries: u32,
    /// Not offered again before this much time has passed.
    pub backoff: Duration,
    /// What went wrong.
    pub message: String,
    /// Set at the job's element.
    pub variables: Variables,
}

/// A worker's BPMN error.
#[derive(Clone, Debug, Default)]
pub struct JobError {
    /// Code.
    pub code: String,
    /// Says more.
    pub message: String,
    /// Set where it is caught.
    pub variables: Variables,
}

/// An operator's or worker's change of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobUpdate {
    /// New number of retries, at least 1.
    pub retries: Option<u32>,
    /// New priority.
    pub priority: Option<i32>,
    /// The lease ends this long from now (only for a job that is leased).
    pub timeout: Option<Duration>,
}
