//! The engine as the rest of the program sees it: one cheap handle, one method per thing that can be asked.
//!
//! Every method that changes something returns after the change is durable.

use std::sync::Arc;
use std::time::Duration;

use hosk_connector::Registry;
use hosk_core::{
    Command, ElementInstanceKey, IncidentKey, JobKey, ProcessInstanceKey, Timestamp, UserTaskChanges,
    UserTaskKey, Variables,
};
use hosk_store::{Owned, Store};

use crate::inner::Inner;
use crate::{
    ActivateJobs, ActivatedJob, Clock, Config, Correlated, CreateRequest, CreatedInstance, DefinitionCache,
    DeployError, Deployment, Error, InstanceEnd, JobCompletion, JobError, JobFailure, JobUpdate, Message,
    PublishedMessage, Receipt, Rest, Statistics, Watch,
};

/// The running engine. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

impl Engine {
    /// Starts on a store: leases a node number, reads what is deployed, takes up work that was left.
    pub async fn start(
        config: Config,
        store: Arc<dyn Store>,
        connectors: Arc<Registry>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error>;

    /// Gives a command to an instance.
    pub async fn submit(&self, instance: ProcessInstanceKey, command: Command) -> Result<Receipt, Error>;

    /// Starts an instance.
    pub async fn create_instance(&self, request: CreateRequest) -> Result<CreatedInstance, Error>;

    /// Starts an instance and waits for its end, at most `limit`: [`Error::TimedOut`] then (it goes on).
    pub async fn create_and_await(
        &self,
        request: CreateRequest,
        limit: Duration,
    ) -> Result<(CreatedInstance, InstanceEnd), Error>;

    /// Waits for the end of an instance, at most `limit`.
    pub async fn await_end(&self, instance: ProcessInstanceKey, limit: Duration)
    -> Result<InstanceEnd, Error>;

    /// Begins to watch an instance and all it is called by and calls; see [`Watch::rest`].
    pub async fn watch(&self, instance: ProcessInstanceKey) -> Result<Watch, Error>;

    /// Deploys files (name, content) of a tenant: all or none.
    pub async fn deploy(
        &self,
        tenant: Arc<str>,
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<Deployment, DeployError>;

    /// Deletes a deployed version: no new instances. Refused while instances of it run.
    pub async fn delete_resource(&self, key: u64) -> Result<(), Error>;

    /// Leases jobs to a worker; waits for the first one as long as asked. Dropping the future loses no job.
    pub async fn activate_jobs(&self, request: ActivateJobs) -> Result<Vec<ActivatedJob>, Error>;

    /// A worker finished its job.
    pub async fn complete_job(&self, job: JobKey, completion: JobCompletion) -> Result<Receipt, Error>;

    /// A worker could not do its job.
    pub async fn fail_job(&self, job: JobKey, failure: JobFailure) -> Result<Receipt, Error>;

    /// A worker raises a BPMN error.
    pub async fn throw_job_error(&self, job: JobKey, error: JobError) -> Result<Receipt, Error>;

    /// Changes a job's retries, priority or lease.
    pub async fn update_job(&self, job: JobKey, update: JobUpdate) -> Result<(), Error>;

    /// A person finished a user task.
    pub async fn complete_user_task(
        &self,
        task: UserTaskKey,
        variables: Variables,
        action: String,
        by: Option<Arc<str>>,
    ) -> Result<Receipt, Error>;

    /// The same, and waits (at most `limit`) until the instance has come to rest.
    pub async fn complete_user_task_to_rest(
        &self,
        task: UserTaskKey,
        variables: Variables,
        action: String,
        by: Option<Arc<str>>,
        limit: Duration,
    ) -> Result<(Receipt, Rest), Error>;

    /// Gives a user task to a person.
    pub async fn assign_user_task(
        &self,
        task: UserTaskKey,
        assignee: Arc<str>,
        allow_override: bool,
        action: String,
        by: Option<Arc<str>>,
    ) -> Result<Receipt, Error>;

    /// Takes a user task away from its assignee.
    pub async fn unassign_user_task(&self, task: UserTaskKey, by: Option<Arc<str>>) -> Result<Receipt, Error>;

    /// Changes a user task's attributes.
    pub async fn update_user_task(
        &self,
        task: UserTaskKey,
        changes: UserTaskChanges,
        action: String,
        by: Option<Arc<str>>,
    ) -> Result<Receipt, Error>;

    /// Tries again what an incident stopped.
    pub async fn resolve_incident(&self, incident: IncidentKey) -> Result<Receipt, Error>;

    /// Sets variables at a scope (an element instance, or an instance by its root).
    pub async fn set_variables(
        &self,
        scope: ElementInstanceKey,
        variables: Variables,
        local: bool,
    ) -> Result<Receipt, Error>;

    /// Cancels an instance.
    pub async fn cancel(&self, instance: ProcessInstanceKey, by: Option<Arc<str>>) -> Result<Receipt, Error>;

    /// Publishes a message.
    pub async fn publish(&self, message: Message) -> Result<PublishedMessage, Error>;

    /// Correlates a message now, or says that nothing waits for it.
    pub async fn correlate(&self, message: Message) -> Result<Correlated, Error>;

    /// What is deployed.
    pub fn definitions(&self) -> &DefinitionCache;

    /// The connectors in use.
    pub fn connectors(&self) -> Arc<Registry>;

    /// The engine's time.
    pub fn now(&self) -> Timestamp;

    /// Stands the clock still at `at`; [`Error::ClockFixed`] when it cannot be moved.
    pub fn pin_clock(&self, at: Timestamp) -> Result<(), Error>;

    /// Lets the clock run again.
    pub fn reset_clock(&self) -> Result<(), Error>;

    /// Figures for the operator.
    pub fn statistics(&self) -> Statistics;

    /// Takes no more commands, finishes what was accepted, and stops.
    pub async fn shutdown(&self);
}
