//! What can be done for a caller. The engine cannot be reached past it: a command about a thing takes one that the
//! caller [sees](Seen); what is for a tenant takes its id from a [`Tenant`] that he may act for.

use std::sync::Arc;
use std::time::Duration;

use hosk_connector::Registry;
use hosk_core::{
    Definitions as _, DeployedProcess, ElementInstanceKey, IncidentKey, JobKey, Migration, MigrationCheck,
    Modification, ProcessDefinitionKey, ProcessInstanceKey, Timestamp, UserTaskChanges, UserTaskKey,
    Variables,
};
use hosk_feel::Environment;
use hosk_runtime::{
    ActivateJobs, ActivatedJob, BroadcastSignal, ConditionalEvaluation, Correlated, CreateRequest,
    CreatedInstance, DefinitionCache, DeployError, Deployment, Engine, Error, EvaluateDecision,
    EvaluatedConditionals, EvaluatedDecisions, InstanceEnd, JobCompletion, JobError, JobFailure, JobUpdate,
    Message, ProcessReference, PublishedMessage, Receipt, Signal, Watch,
};

use crate::seen::{DeployedKey, Seen};
use crate::tenants::Tenant;

/// Who asked.
type By = Option<Arc<str>>;

/// The engine, for callers.
pub(crate) struct Commands(Engine);

/// What is nobody's in particular.
impl Commands {
    pub(crate) fn new(engine: Engine) -> Self {
        Self(engine)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.now()
    }

    pub(crate) fn is_accepting(&self) -> bool {
        self.0.is_accepting()
    }

    pub(crate) fn commits(&self) -> tokio::sync::watch::Receiver<u64> {
        self.0.commits()
    }

    pub(crate) fn connectors(&self) -> Arc<Registry> {
        self.0.connectors()
    }

    pub(crate) fn pin_clock(&self, at: Timestamp) -> Result<(), Error> {
        self.0.pin_clock(at)
    }

    pub(crate) fn reset_clock(&self) -> Result<(), Error> {
        self.0.reset_clock()
    }

    /// The definitions, to look up what belongs to a process.
    pub(crate) fn definitions_of(&self, _process: &DeployedProcess) -> &DefinitionCache {
        self.0.definitions()
    }
}

/// What is for a tenant.
impl Commands {
    /// The process that a reference means for a tenant.
    pub(crate) fn find(&self, tenant: &Tenant, process: &ProcessReference) -> Option<Arc<DeployedProcess>> {
        self.0.definitions().find(&tenant.id(), process)
    }

    /// What a tenant's expressions see.
    pub(crate) fn environment(&self, tenant: &Tenant) -> Environment {
        self.0.definitions().environment(&tenant.id(), self.0.now())
    }

    pub(crate) async fn deploy(
        &self,
        tenant: &Tenant,
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<Deployment, DeployError> {
        self.0.deploy(tenant.id(), files).await
    }

    pub(crate) async fn create_instance(&self, request: CreateRequest) -> Result<CreatedInstance, Error> {
        self.0.create_instance(request).await
    }

    pub(crate) async fn create_and_await(
        &self,
        request: CreateRequest,
        limit: Duration,
    ) -> Result<(CreatedInstance, InstanceEnd), Error> {
        self.0.create_and_await(request, limit).await
    }

    pub(crate) async fn activate_jobs(&self, request: ActivateJobs) -> Result<Vec<ActivatedJob>, Error> {
        self.0.activate_jobs(request).await
    }

    pub(crate) async fn evaluate_decision(
        &self,
        request: EvaluateDecision,
    ) -> Result<EvaluatedDecisions, Error> {
        self.0.evaluate_decision(request).await
    }

    pub(crate) async fn evaluate_conditionals(
        &self,
        request: ConditionalEvaluation,
    ) -> Result<EvaluatedConditionals, Error> {
        self.0.evaluate_conditionals(request).await
    }

    pub(crate) async fn publish(&self, message: Message) -> Result<PublishedMessage, Error> {
        self.0.publish(message).await
    }

    pub(crate) async fn correlate(&self, message: Message) -> Result<Correlated, Error> {
        self.0.correlate(message).await
    }

    pub(crate) async fn broadcast(&self, signal: Signal) -> Result<BroadcastSignal, Error> {
        self.0.broadcast(signal).await
    }
}

/// What is about definitions and instances.
impl Commands {
    /// A process, compiled.
    pub(crate) fn process(&self, key: Seen<ProcessDefinitionKey>) -> Option<Arc<DeployedProcess>> {
        self.0.definitions().process(key.key())
    }

    pub(crate) async fn delete_resource(&self, key: Seen<DeployedKey>) -> Result<(), Error> {
        self.0.delete_resource(key.key().0).await
    }

    pub(crate) async fn cancel(&self, instance: Seen<ProcessInstanceKey>, by: By) -> Result<Receipt, Error> {
        self.0.cancel(instance.key(), by).await
    }

    pub(crate) async fn modify(
        &self,
        instance: Seen<ProcessInstanceKey>,
        modification: Modification,
        by: By,
    ) -> Result<Receipt, Error> {
        self.0.modify(instance.key(), modification, by).await
    }

    /// A target of another tenant than the instance's is one that is not there.
    pub(crate) async fn migrate(
        &self,
        instance: Seen<ProcessInstanceKey>,
        migration: Migration,
        by: By,
    ) -> Result<Receipt, Error> {
        self.0.migrate(instance.key(), migration, by).await
    }

    /// Whether it could be migrated.
    pub(crate) async fn check_migration(
        &self,
        instance: Seen<ProcessInstanceKey>,
        migration: Migration,
    ) -> Result<MigrationCheck, Error> {
        self.0.check_migration(instance.key(), migration).await
    }

    pub(crate) async fn suspend(&self, instance: Seen<ProcessInstanceKey>, by: By) -> Result<Receipt, Error> {
        self.0.suspend(instance.key(), by).await
    }

    pub(crate) async fn resume(&self, instance: Seen<ProcessInstanceKey>, by: By) -> Result<Receipt, Error> {
        self.0.resume(instance.key(), by).await
    }

    pub(crate) async fn set_variables(
        &self,
        scope: Seen<ElementInstanceKey>,
        variables: Variables,
        local: bool,
    ) -> Result<Receipt, Error> {
        self.0.set_variables(scope.key(), variables, local).await
    }

    pub(crate) async fn activate_ad_hoc(
        &self,
        ad_hoc: Seen<ElementInstanceKey>,
        elements: Vec<(Arc<str>, Variables)>,
        cancel_remaining: bool,
        by: By,
    ) -> Result<Receipt, Error> {
        self.0.activate_ad_hoc(ad_hoc.key(), elements, cancel_remaining, by).await
    }

    pub(crate) async fn resolve_incident(&self, incident: Seen<IncidentKey>) -> Result<Receipt, Error> {
        self.0.resolve_incident(incident.key()).await
    }
}

/// What is about jobs and user tasks.
impl Commands {
    pub(crate) async fn complete_job(
        &self,
        job: Seen<JobKey>,
        completion: JobCompletion,
    ) -> Result<Receipt, Error> {
        self.0.complete_job(job.key(), completion).await
    }

    pub(crate) async fn fail_job(&self, job: Seen<JobKey>, failure: JobFailure) -> Result<Receipt, Error> {
        self.0.fail_job(job.key(), failure).await
    }

    pub(crate) async fn throw_job_error(&self, job: Seen<JobKey>, error: JobError) -> Result<Receipt, Error> {
        self.0.throw_job_error(job.key(), error).await
    }

    pub(crate) async fn update_job(&self, job: Seen<JobKey>, update: JobUpdate) -> Result<(), Error> {
        self.0.update_job(job.key(), update).await
    }

    pub(crate) async fn complete_user_task(
        &self,
        task: Seen<UserTaskKey>,
        variables: Variables,
        action: String,
        by: By,
    ) -> Result<Receipt, Error> {
        self.0.complete_user_task(task.key(), variables, action, by).await
    }

    pub(crate) async fn complete_user_task_watched(
        &self,
        task: Seen<UserTaskKey>,
        variables: Variables,
        action: String,
        by: By,
    ) -> Result<(Receipt, Watch), Error> {
        self.0.complete_user_task_watched(task.key(), variables, action, by).await
    }

    pub(crate) async fn assign_user_task(
        &self,
        task: Seen<UserTaskKey>,
        assignee: Arc<str>,
        allow_override: bool,
        action: String,
        by: By,
    ) -> Result<Receipt, Error> {
        self.0.assign_user_task(task.key(), assignee, allow_override, action, by).await
    }

    pub(crate) async fn unassign_user_task(&self, task: Seen<UserTaskKey>, by: By) -> Result<Receipt, Error> {
        self.0.unassign_user_task(task.key(), by).await
    }

    pub(crate) async fn update_user_task(
        &self,
        task: Seen<UserTaskKey>,
        changes: UserTaskChanges,
        action: String,
        by: By,
    ) -> Result<Receipt, Error> {
        self.0.update_user_task(task.key(), changes, action, by).await
    }
}
