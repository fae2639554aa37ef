//! Jobs that connectors of this process do: run right after the commit that created them, without polling.
//!
//! Per connection there is a limit on calls at the same time and a circuit breaker; what does not fit waits in
//! memory up to a bound, beyond it in the store.

mod breaker;
mod call;
mod error_functions;
mod expressions;
mod gate;
mod outcome;
mod wait;
mod waiting;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hosk_connector::{Binding, Connection, Registry, header};
use hosk_core::{DeployedProcess, Job, JobKey, JobKind, ProcessInstanceKey, Timestamp};
use hosk_feel::Json;
use hosk_model::ElementIndex;
use hosk_store::JobLease;
use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;

use expressions::Expressions;
use gate::Gate;

pub(crate) use waiting::Place;
use waiting::Waiting;

use crate::cluster_variables::Globals;
use crate::lane::Live;
use crate::trace::Tracer;

/// A connector job with all it needs, detached from the instance.
pub(crate) struct Run {
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) root: ProcessInstanceKey,
    pub(crate) job: JobKey,
    pub(crate) process: Arc<DeployedProcess>,
    pub(crate) element: ElementIndex,
    pub(crate) kind: JobKind,
    pub(crate) job_type: Arc<str>,
    pub(crate) retries: u32,
    pub(crate) headers: Arc<Vec<(String, String)>>,
    pub(crate) tenant: Arc<str>,
    /// Parameters by name.
    pub(crate) input: Vec<(Arc<str>, Json)>,
    pub(crate) binding: Arc<Binding>,
    /// Until when its row is leased to this node.
    pub(crate) leased_until: Timestamp,
    /// Whether this is surely the first time that anybody has it in hand: it was created by this commit.
    pub(crate) fresh: bool,
    /// The step that asked for it.
    pub(crate) span: tracing::Span,
    /// Its place among those that wait, until it is called.
    place: Option<Place>,
}

impl Run {
    /// A task header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, value)| key == name && !value.trim().is_empty());
        found.map(|(_, value)| value.as_str())
    }
}

/// A gate, and the connection that it was made for.
struct GateOf {
    connection: Arc<Connection>,
    gate: Arc<Gate>,
}

/// The connectors of this process.
pub(crate) struct Connectors {
    registry: RwLock<Arc<Registry>>,
    worker: Arc<str>,
    lease: Duration,
    /// By the id of the connection.
    gates: Mutex<FxHashMap<String, GateOf>>,
    /// Jobs in hand, with their instance and the end of their lease.
    running: Mutex<FxHashMap<JobKey, (ProcessInstanceKey, Timestamp)>>,
    /// Attempts that failed, per job that this node has seen from its beginning or tried.
    failed: Mutex<FxHashMap<JobKey, u32>>,
    /// Those that wait, or will once they are stored.
    waiting: Arc<Waiting>,
    /// Of the jobs in hand, those that wait in line.
    in_line: AtomicUsize,
    expressions: Expressions,
    chance: wait::Chance,
    tracer: Option<Tracer>,
}

impl Connectors {
    pub(crate) fn new(registry: Arc<Registry>, config: &crate::Config, seed: u64, globals: Globals) -> Self {
        Self {
            registry: RwLock::new(registry),
            worker: config.worker.clone(),
            lease: config.connector_lease,
            gates: Mutex::default(),
            running: Mutex::default(),
            failed: Mutex::default(),
            waiting: Arc::new(Waiting::up_to(config.waiting_connector_jobs)),
            in_line: AtomicUsize::new(0),
            expressions: Expressions::new(config.feel.clone(), globals),
            chance: wait::Chance::new(seed),
            tracer: config.tracer.clone(),
        }
    }

    pub(crate) fn registry(&self) -> Arc<Registry> {
        self.registry.read().clone()
    }

    /// Changes what is registered and connected. Calls that run finish with what they began with.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Registry) -> T) -> T {
        let mut current = self.registry.write();
        let mut changed = Registry::clone(&current);
        let result = change(&mut changed);
        self.gates.lock().retain(|id, _| changed.connected(id).is_some());
        *current = Arc::new(changed);
        result
    }

    pub(crate) fn worker(&self) -> &Arc<str> {
        &self.worker
    }

    /// Whether a connector of this process answers to a job type.
    pub(crate) fn knows(&self, job_type: &str) -> bool {
        self.registry.read().lookup(job_type).is_some()
    }

    /// Whether this node has a job in hand.
    pub(crate) fn is_running(&self, job: JobKey) -> bool {
        self.running.lock().contains_key(&job)
    }

    /// Calls running, and jobs waiting for their connection.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let running = self.running.lock().len().saturating_sub(self.in_line.load(Ordering::Relaxed));
        (running, self.waiting.count())
    }

    /// Waits until there is room for jobs that found no place in memory.
    pub(crate) async fn has_room(&self) {
        self.waiting.room.notified().await;
    }

    /// Places for so many jobs at most, whose instances are not known yet.
    pub(crate) fn places(&self, most: usize) -> Vec<Place> {
        self.waiting.take_places(most)
    }

    /// A job of this state with its lease to this node; `None` when too much waits already. `fresh` when the job comes
    /// to be right now; `place` when it has one.
    pub(crate) fn prepare(
        &self,
        live: &Live,
        instance: ProcessInstanceKey,
        job: &Job,
        now: Timestamp,
        fresh: bool,
        place: Option<Place>,
    ) -> Option<(JobLease, Run)> {
        let root = live.state.root().unwrap_or(instance);
        let details = &job.details;
        let binding = self.registry.read().lookup(&details.job_type)?.clone();
        let place = place.or_else(|| self.waiting.take_place(root))?;
        let headers = details.headers.clone();
        let leased_until = self.leased_until(now);
        let lease = JobLease {
            instance,
            job: details.key,
            worker: self.worker.clone(),
            deadline: Some(leased_until),
            // Connector jobs are leased by a node, whose name is its own.
            taken: false,
            version: None,
        };
        let run = Run {
            instance,
            root,
            job: details.key,
            process: live.process.clone(),
            element: details.element,
            kind: details.kind,
            job_type: details.job_type.clone(),
            retries: details.retries,
            headers,
            tenant: live.state.tenant().cloned().unwrap_or_else(|| crate::DEFAULT_TENANT.into()),
            input: parameters(live, job, &binding),
            binding,
            leased_until,
            fresh,
            span: tracing::Span::current(),
            place: Some(place),
        };
        Some((lease, run))
    }

    fn leased_until(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_add(self.lease.as_millis() as i64))
    }

    /// Leases of jobs in hand that run out soon, with a new end.
    pub(crate) fn renewals(&self, now: Timestamp) -> Vec<JobLease> {
        let soon = Timestamp(now.0 + (self.lease.as_millis() / 2) as i64);
        let until = self.leased_until(now);
        let mut running = self.running.lock();
        let ending = running.iter_mut().filter(|(_, (_, end))| *end <= soon);
        let renewed = ending.map(|(job, (instance, end))| {
            *end = until;
            let worker = self.worker.clone();
            JobLease {
                instance: *instance,
                job: *job,
                worker,
                deadline: Some(until),
                taken: false,
                version: None,
            }
        });
        renewed.collect()
    }

    /// The connection a job goes through.
    fn connection(&self, run: &Run) -> Result<Arc<Connection>, hosk_connector::UnknownConnection> {
        let registry = self.registry.read();
        registry.connection(run.binding.connector_id(), named_connection(&run.headers)).cloned()
    }

    /// A connection that was changed begins with its new limits and a closed breaker.
    fn gate(&self, connection: &Arc<Connection>) -> Arc<Gate> {
        let mut gates = self.gates.lock();
        let known = gates.get(&connection.id).filter(|known| Arc::ptr_eq(&known.connection, connection));
        if let Some(known) = known {
            return known.gate.clone();
        }
        let gate = Arc::new(Gate::new(&connection.limits));
        let of = GateOf { connection: connection.clone(), gate: gate.clone() };
        gates.insert(connection.id.clone(), of);
        gate
    }

    /// A job came to be that is not tried yet.
    pub(crate) fn created(&self, job: JobKey) {
        self.failed.lock().entry(job).or_insert(0);
    }

    /// Notes a failed attempt; how many there were.
    fn failed(&self, run: &Run) -> u32 {
        let mut failed = self.failed.lock();
        let count = failed.entry(run.job).or_insert(tried(run));
        *count += 1;
        *count
    }

    /// Notes that a job was not tried this time; the number of its next attempt.
    fn untried(&self, run: &Run) -> u32 {
        *self.failed.lock().entry(run.job).or_insert(tried(run)) + 1
    }

    /// The number of the next attempt, from 1.
    fn attempt(&self, run: &Run) -> u32 {
        self.failed.lock().get(&run.job).copied().unwrap_or(tried(run)) + 1
    }

    /// A job is over: nothing about it is remembered.
    pub(crate) fn forget(&self, job: JobKey) {
        self.failed.lock().remove(&job);
    }

    /// A job is not in hand any more.
    pub(crate) fn release(&self, job: JobKey) {
        self.running.lock().remove(&job);
    }
}

/// How many attempts at a job that nothing is known of may have been made. One that was left by a crash or by another
/// node counts as tried: whether its call reached the other system is not known, and a connector that looks for its own
/// first attempt must do so.
fn tried(run: &Run) -> u32 {
    u32::from(!run.fresh)
}

fn named_connection(headers: &[(String, String)]) -> Option<&str> {
    let found = headers.iter().find(|(key, value)| key == header::CONNECTION && !value.trim().is_empty());
    found.map(|(_, value)| value.as_str())
}

/// What the step's input mappings made, and visible variables that the operation has a parameter for.
fn parameters(live: &Live, job: &Job, binding: &Binding) -> Vec<(Arc<str>, Json)> {
    let element = live.process.definition.element(job.details.element);
    let schema = &binding.operation().input_schema;
    let declared = schema.get("properties").and_then(serde_json::Value::as_object);
    let wanted = |name: &Arc<str>| {
        element.inputs.iter().any(|mapping| mapping.target.first() == Some(name))
            || declared.is_some_and(|declared| declared.contains_key(&**name))
    };
    let visible = live.state.visible_variables(job.details.element_instance);
    visible.into_iter().filter(|(name, _)| wanted(name)).collect()
}
