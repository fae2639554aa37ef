//! The engine as the rest of the program sees it: one cheap handle, one method per thing that can be asked.
//!
//! Every method that changes something returns after the change is durable.

use std::sync::Arc;
use std::time::Duration;

use hosk_connector::Registry;
use hosk_core::{
    Command, CreateInstance, ElementInstanceKey, IncidentKey, JobKey, Migration, MigrationCheck,
    Modification, ProcessInstanceKey, Timestamp, UserTaskKey, Variables,
};
use hosk_store::{Owned, Store};
use tokio::sync::{oneshot, watch};

use crate::asking::asked;
use crate::definitions::Upload;
use crate::inner::{Inner, waiting_in};
use crate::lane::Seen;
use crate::{
    ActivateJobs, ActivatedJob, BroadcastSignal, Clock, ConditionalEvaluation, Config, Correlated,
    CreateRequest, CreatedInstance, DefinitionCache, DeployError, Deployment, End, Error, EvaluateDecision,
    EvaluatedConditionals, EvaluatedDecisions, InstanceEnd, Message, ProcessReference, PublishedMessage,
    Receipt, Signal, Statistics, Watch,
};

/// The running engine. Cloning gives another handle to the same one; when the last is gone, it stops at once.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
    _stop: Arc<StopWhenDropped>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("statistics", &self.statistics()).finish_non_exhaustive()
    }
}

struct StopWhenDropped(Arc<Inner>);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.closing.cancel();
        self.0.stop.cancel();
    }
}

impl Engine {
    /// Starts on a store: leases a node number, reads what is deployed, takes up work that was left.
    pub async fn start(
        config: Config,
        store: Arc<dyn Store>,
        connectors: Arc<Registry>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let inner = Inner::start(config, store, connectors, clock).await?;
        Ok(Self { _stop: Arc::new(StopWhenDropped(inner.clone())), inner })
    }

    /// Gives a command to an instance.
    pub async fn submit(&self, instance: ProcessInstanceKey, command: Command) -> Result<Receipt, Error> {
        self.inner.submit(instance, command).await
    }

    /// Starts an instance.
    pub async fn create_instance(&self, request: CreateRequest) -> Result<CreatedInstance, Error> {
        let (created, _) = self.create(request, false).await?;
        Ok(created)
    }

    /// Starts an instance and waits for its end, at most `limit`: [`Error::TimedOut`] then (it goes on).
    pub async fn create_and_await(
        &self,
        request: CreateRequest,
        limit: Duration,
    ) -> Result<(CreatedInstance, InstanceEnd), Error> {
        let (created, ended) = self.create(request, true).await?;
        let Some(ended) = ended else { return Err(Error::TimedOut) };
        let end = tokio::time::timeout(limit, ended).await.map_err(|_| Error::TimedOut)?;
        Ok((created, end.map_err(|_| Error::ShuttingDown)?))
    }

    async fn create(
        &self,
        request: CreateRequest,
        await_end: bool,
    ) -> Result<(CreatedInstance, Option<oneshot::Receiver<InstanceEnd>>), Error> {
        let definitions = &self.inner.definitions;
        let mut found = definitions.find(&request.tenant, &request.process);
        if found.is_none() {
            // Another node may have deployed it just now.
            self.inner.refresh_definitions().await;
            found = definitions.find(&request.tenant, &request.process);
        }
        let process = found.ok_or_else(|| {
            let process = match &request.process {
                ProcessReference::Id { id, version: None } => format!("process ID '{id}'"),
                ProcessReference::Id { id, version: Some(version) } => {
                    format!("process ID '{id}' and version '{version}'")
                }
                ProcessReference::Key(key) => format!("key '{key}'"),
            };
            Error::DefinitionNotFound { process, tenant: request.tenant.clone() }
        })?;
        let definition = &process.definition;
        let indices = |elements: Vec<String>| {
            let index = |element: String| {
                let process = definition.id.clone();
                let index = definition.index_of(&element);
                index.ok_or(Error::StartElementNotFound { process, element })
            };
            elements.into_iter().map(index).collect::<Result<Vec<_>, _>>()
        };
        let start_instructions = indices(request.start_instructions)?;
        let terminate_after = indices(request.terminate_after)?;
        self.inner.keys.advance(self.inner.clock.wall());
        let key = ProcessInstanceKey(self.inner.keys.draw());
        let ended = await_end.then(|| self.inner.ends.wait(key));
        let command = Command::Create(Box::new(CreateInstance {
            key,
            definition: process.key,
            variables: request.variables,
            start_event: None,
            start_instructions,
            terminate_after,
            parent: None,
            message: None,
            business_id: request.business_id,
            tags: request.tags,
            tenant: request.tenant,
            by: request.by,
            conversation: None,
        }));
        let receipt = self.submit(key, command).await?;
        Ok((CreatedInstance { key, process, at: receipt.at }, ended))
    }

    /// Waits for the end of an instance, at most `limit`. One that has ended already is [`End::Earlier`].
    pub async fn await_end(
        &self,
        instance: ProcessInstanceKey,
        limit: Duration,
    ) -> Result<InstanceEnd, Error> {
        let ended = self.inner.ends.wait(instance);
        let is_ended = |seen: Option<Seen<'_>>| seen.map(|seen| seen.state.is_ended());
        match self.inner.inspect(instance, is_ended).await? {
            None => Err(Error::NotFound { what: "process instance", key: instance.to_string() }),
            Some(true) => Ok(InstanceEnd { instance, end: End::Earlier, at: self.now() }),
            Some(false) => {
                let end = tokio::time::timeout(limit, ended).await.map_err(|_| Error::TimedOut)?;
                end.map_err(|_| Error::ShuttingDown)
            }
        }
    }

    /// Begins to watch an instance, all it is called by and all it calls; see [`Watch::rest`].
    pub async fn watch(&self, instance: ProcessInstanceKey) -> Result<Watch, Error> {
        self.inner.accepting()?;
        let root = |seen: Option<Seen<'_>>| seen.and_then(|seen| seen.state.root());
        let root = self.inner.inspect(instance, root).await?;
        let root =
            root.ok_or_else(|| Error::NotFound { what: "process instance", key: instance.to_string() })?;
        Ok(Watch::new(self.inner.clone(), instance, root))
    }

    /// Deploys files (name, content) of a tenant: all or none.
    pub async fn deploy(
        &self,
        tenant: Arc<str>,
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<Deployment, DeployError> {
        let inner = &self.inner;
        inner.accepting()?;
        inner.keys.advance(inner.clock.wall());
        let upload = Upload { tenant, files };
        let deployed =
            inner.definitions.deploy(&*inner.store, &inner.keys, inner.clock.now(), upload).await?;
        inner.newsroom.deployed();
        // There may be timer start events among them.
        inner.timers.at(inner.clock.now());
        Ok(deployed)
    }

    /// Deletes a deployed version: no new instances. Whether instances of it still run is the caller's to ask first:
    /// the read side knows ([`Error::ResourceInUse`] is for that).
    pub async fn delete_resource(&self, key: u64) -> Result<(), Error> {
        self.inner.accepting()?;
        if !self.inner.store.delete_resource(key).await? {
            return Err(Error::NotFound { what: "resource", key: key.to_string() });
        }
        self.inner.definitions.forget(key);
        self.inner.newsroom.deployed();
        Ok(())
    }

    /// Leases jobs to a worker; waits for the first one as long as asked. Dropping the future loses no job.
    pub async fn activate_jobs(&self, request: ActivateJobs) -> Result<Vec<ActivatedJob>, Error> {
        self.inner.activate_jobs(request).await
    }

    /// Tries again what an incident stopped. A job that failed for good must have been given retries before.
    pub async fn resolve_incident(&self, incident: IncidentKey) -> Result<Receipt, Error> {
        let instance = self.instance_of(Owned::Incident(incident)).await?;
        self.submit(instance, asked(Command::ResolveIncident { incident, give_retry: false }, None)).await
    }

    /// Sets variables at a scope (an element instance, or an instance by its root).
    pub async fn set_variables(
        &self,
        scope: ElementInstanceKey,
        variables: Variables,
        local: bool,
    ) -> Result<Receipt, Error> {
        let instance = self.instance_of(Owned::ElementInstance(scope)).await?;
        self.submit(instance, asked(Command::SetVariables { scope, variables, local }, None)).await
    }

    /// Cancels an instance.
    pub async fn cancel(&self, instance: ProcessInstanceKey, by: Option<Arc<str>>) -> Result<Receipt, Error> {
        self.submit(instance, asked(Command::Cancel { by: by.clone() }, by)).await
    }

    /// Changes where an instance stands: all of it, or nothing.
    pub async fn modify(
        &self,
        instance: ProcessInstanceKey,
        modification: Modification,
        by: Option<Arc<str>>,
    ) -> Result<Receipt, Error> {
        self.submit(instance, asked(Command::Modify(Box::new(modification)), by)).await
    }

    /// Activates elements of an ad-hoc sub-process, each with variables of its own: all of them, or none.
    pub async fn activate_ad_hoc(
        &self,
        ad_hoc: ElementInstanceKey,
        elements: Vec<(Arc<str>, Variables)>,
        cancel_remaining: bool,
        by: Option<Arc<str>>,
    ) -> Result<Receipt, Error> {
        let instance =
            self.instance_of(Owned::ElementInstance(ad_hoc)).await.map_err(|error| match error {
                Error::NotFound { what: _, key } => Error::NotFound { what: "ad-hoc sub-process", key },
                other => other,
            })?;
        self.submit(instance, asked(Command::ActivateAdHoc { ad_hoc, elements, cancel_remaining }, by)).await
    }

    /// Moves an instance to another definition: all of it, or nothing.
    pub async fn migrate(
        &self,
        instance: ProcessInstanceKey,
        migration: Migration,
        by: Option<Arc<str>>,
    ) -> Result<Receipt, Error> {
        self.submit(instance, asked(Command::Migrate(Box::new(migration)), by)).await
    }

    /// What a migration would do, without doing it: every obstacle, and what would be closed and opened.
    pub async fn check_migration(
        &self,
        instance: ProcessInstanceKey,
        migration: Migration,
    ) -> Result<MigrationCheck, Error> {
        self.inner.accepting()?;
        let inner = self.inner.clone();
        let look = move |seen: Option<Seen<'_>>| {
            let now = inner.clock.now();
            seen.map(|seen| hosk_core::check_migration(&inner.definitions, seen.state, &migration, now))
        };
        match self.inner.inspect(instance, look).await? {
            None => Err(Error::NotFound { what: "process instance", key: instance.to_string() }),
            Some(found) => found.map_err(Error::Rejected),
        }
    }

    /// Suspends an instance and all it calls: no progress until it is resumed.
    pub async fn suspend(
        &self,
        instance: ProcessInstanceKey,
        by: Option<Arc<str>>,
    ) -> Result<Receipt, Error> {
        self.submit(instance, asked(Command::Suspend, by)).await
    }

    /// Resumes an instance and all it calls.
    pub async fn resume(&self, instance: ProcessInstanceKey, by: Option<Arc<str>>) -> Result<Receipt, Error> {
        self.submit(instance, asked(Command::Resume, by)).await
    }

    /// Evaluates a decision for no process instance, and records it.
    pub async fn evaluate_decision(&self, request: EvaluateDecision) -> Result<EvaluatedDecisions, Error> {
        self.inner.evaluate_decision(request).await
    }

    /// Publishes a message.
    pub async fn publish(&self, message: Message) -> Result<PublishedMessage, Error> {
        self.inner.publish(message).await
    }

    /// Correlates a message now, or says that nothing waits for it.
    pub async fn correlate(&self, message: Message) -> Result<Correlated, Error> {
        self.inner.correlate(message).await
    }

    /// Evaluates the conditions of conditional start events; an instance begins at each that holds.
    pub async fn evaluate_conditionals(
        &self,
        request: ConditionalEvaluation,
    ) -> Result<EvaluatedConditionals, Error> {
        self.inner.evaluate_conditionals(request).await
    }

    /// Broadcasts a signal.
    pub async fn broadcast(&self, signal: Signal) -> Result<BroadcastSignal, Error> {
        self.inner.broadcast(signal).await
    }

    /// How many batches were made durable here: changes with each, so that whoever shows what is stored looks again.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.inner.commits.subscribe()
    }

    /// What is deployed.
    pub fn definitions(&self) -> &DefinitionCache {
        &self.inner.definitions
    }

    /// The connectors in use.
    pub fn connectors(&self) -> Arc<Registry> {
        self.inner.connectors.registry()
    }

    /// Changes which connectors and connections are in use, while everything goes on: calls that run finish with what
    /// they began with, and the next attempt of a job goes through what there is then. Jobs that waited for a
    /// connector nobody had are taken up within seconds.
    pub fn change_connectors<T>(&self, change: impl FnOnce(&mut Registry) -> T) -> T {
        self.inner.connectors.change(change)
    }

    /// The engine's time.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Stands the clock still at `at`; [`Error::ClockFixed`] when it cannot be moved.
    pub fn pin_clock(&self, at: Timestamp) -> Result<(), Error> {
        if !(0..=crate::LATEST.0).contains(&at.0) {
            return Err(Error::ClockOutOfRange { at });
        }
        self.move_clock(|clock| clock.pin(at))
    }

    /// Lets the clock run again.
    pub fn reset_clock(&self) -> Result<(), Error> {
        self.move_clock(Clock::reset)
    }

    fn move_clock(&self, change: impl FnOnce(&dyn Clock) -> bool) -> Result<(), Error> {
        if !change(&*self.inner.clock) {
            return Err(Error::ClockFixed);
        }
        self.clock_moved();
        Ok(())
    }

    /// To be called when the clock was moved by other means: what is due is looked at again.
    pub fn clock_moved(&self) {
        self.inner.time.clock_moved();
        self.inner.timers.clock_moved();
    }

    /// Figures for the operator.
    pub fn statistics(&self) -> Statistics {
        let inner = &self.inner;
        let (jobs_ready, jobs_leased, _) = inner.jobs.counts();
        let (connector_calls, connector_jobs_waiting) = inner.connectors.counts();
        let mut statistics = Statistics {
            commands_waiting: inner.lanes.iter().map(waiting_in).sum(),
            commands_uncommitted: inner.drafts.waiting(),
            jobs_ready,
            jobs_leased,
            workers_waiting: inner.waiting_workers(),
            connector_calls,
            connector_jobs_waiting,
            outbox_waiting: inner.outbox.len(),
            ..Statistics::default()
        };
        inner.counters.fill(&mut statistics);
        statistics
    }

    /// Whether commands are taken: not while it is being stopped, and not without a node number of its own.
    pub fn is_accepting(&self) -> bool {
        !self.inner.closing.is_cancelled() && !self.inner.keys.has_lapsed(self.inner.clock.wall())
    }

    /// Takes no more commands, finishes what was accepted, and stops.
    pub async fn shutdown(&self) {
        self.inner.closing.cancel();
        self.inner.drain().await;
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
        self.inner.give_number_back().await;
    }

    /// The instance that owns something addressed by its own key.
    pub(crate) async fn instance_of(&self, what: Owned) -> Result<ProcessInstanceKey, Error> {
        self.inner.accepting()?;
        if let Some(found) = self.inner.store.locate(what).await? {
            return Ok(found);
        }
        let (what, key) = match what {
            Owned::Job(key) => ("job", key.0),
            Owned::UserTask(key) => ("user task", key.0),
            Owned::Incident(key) => ("incident", key.0),
            Owned::ElementInstance(key) => ("element instance", key.0),
        };
        Err(Error::NotFound { what, key: key.to_string() })
    }

    /// The instance of a job: workers' jobs are known in memory.
    pub(crate) async fn instance_of_job(&self, job: JobKey) -> Result<ProcessInstanceKey, Error> {
        match self.inner.jobs.instance_of(job) {
            Some(instance) => Ok(instance),
            None => self.instance_of(Owned::Job(job)).await,
        }
    }

    /// The instance of a user task.
    pub(crate) async fn instance_of_task(&self, task: UserTaskKey) -> Result<ProcessInstanceKey, Error> {
        self.instance_of(Owned::UserTask(task)).await
    }
}
