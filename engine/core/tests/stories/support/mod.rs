//! A world of instances in memory: what the store and the runtime do, without store and runtime.
//!
//! Every step is checked on the way: the events applied to a copy of the state before give the state after, and the
//! same command on the same state gives the same events; and the events survive writing and reading.

mod deliver;
mod model;
mod signals;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hosk_core::*;
use hosk_feel::{Environment, Json, Stopwatch};
use hosk_model::Binding;

pub(crate) use model::*;

/// Variables from a JSON object.
pub(crate) fn variables(json: &str) -> Variables {
    let map: BTreeMap<String, Json> = serde_json::from_str(json).expect("a JSON object");
    map.into_iter().map(|(name, value)| (Arc::from(name), value)).collect()
}

/// Keys that count up.
#[derive(Clone, Default)]
pub(crate) struct Counter(pub(crate) u64);

impl Keys for Counter {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// Deployed processes by key, which is also their place from 1; decisions; whether the machine is slow: then its
/// stopwatch goes on by 300 ms at every look; and the task listeners of the installation.
#[derive(Default)]
pub(crate) struct Deployed(Vec<Arc<DeployedProcess>>, Vec<Arc<DeployedGraph>>, bool, Vec<GlobalTaskListener>);

impl Definitions for Deployed {
    fn process(&self, key: ProcessDefinitionKey) -> Option<Arc<DeployedProcess>> {
        self.0.get(key.0 as usize - 1).cloned()
    }

    fn bound_process(
        &self,
        _tenant: &str,
        process_id: &str,
        _binding: &Binding,
        _deployment: DeploymentKey,
    ) -> Option<Arc<DeployedProcess>> {
        self.0.iter().rev().find(|p| *p.definition.id == *process_id).cloned()
    }

    fn bound_decision(
        &self,
        _: &str,
        id: &str,
        _: &Binding,
        _: DeploymentKey,
    ) -> Option<Arc<DeployedDecision>> {
        self.1.iter().rev().find_map(|graph| {
            let version = graph.version_named(id)?.clone();
            Some(Arc::new(DeployedDecision { version, graph: graph.clone() }))
        })
    }

    fn bound_form(&self, _: &str, form_id: &str, _: &Binding, _: DeploymentKey) -> Option<FormKey> {
        (form_id == "form").then_some(FormKey(77))
    }

    fn global_task_listeners(&self) -> Arc<[GlobalTaskListener]> {
        self.3.clone().into()
    }

    fn environment(&self, _: &str, now: Timestamp) -> Environment {
        let looks = AtomicU32::new(0);
        let read = move || Duration::from_millis(300) * looks.fetch_add(1, Ordering::Relaxed);
        Environment { stopwatch: self.2.then(|| Stopwatch::new(read)), ..Environment::at(now.0) }
    }
}

/// Instances and the clock.
pub(crate) struct World {
    pub(crate) deployed: Deployed,
    pub(crate) instances: BTreeMap<ProcessInstanceKey, InstanceState>,
    pub(crate) events: BTreeMap<ProcessInstanceKey, Vec<Event>>,
    pub(crate) keys: Counter,
    pub(crate) now: Timestamp,
    /// The last events.
    pub(crate) last: Vec<Event>,
    outbox: VecDeque<Effect>,
    main: ProcessInstanceKey,
}

impl World {
    /// Deploys processes.
    pub(crate) fn new(definitions: &str) -> Self {
        let mut world = Self {
            deployed: Deployed::default(),
            instances: BTreeMap::new(),
            events: BTreeMap::new(),
            keys: Counter(1000),
            now: Timestamp(1_800_000_000_000),
            last: Vec::new(),
            outbox: VecDeque::new(),
            main: ProcessInstanceKey(0),
        };
        world.deploy(definitions);
        world
    }

    pub(crate) fn deploy(&mut self, definitions: &str) {
        for definition in compile(definitions) {
            let key = ProcessDefinitionKey(self.deployed.0.len() as u64 + 1);
            self.deployed.0.push(Arc::new(DeployedProcess {
                key,
                version: 1,
                deployment: DeploymentKey(1),
                tenant: "<default>".into(),
                resource_name: "test.bpmn".into(),
                definition,
            }));
        }
    }

    /// Deploys the decisions of a DMN file, as the next version of each.
    pub(crate) fn deploy_decisions(&mut self, xml: &str) {
        let model = hosk_dmn::DecisionModel::compile(xml.as_bytes()).expect("a decision model").model;
        let before = self.deployed.1.len();
        let decisions = model.decisions().zip(1..).map(|(decision, number)| DecisionVersion {
            key: DecisionDefinitionKey(100 * (before as u64 + 1) + number),
            id: decision.id,
            name: decision.name,
            version: before as u32 + 1,
            version_tag: decision.version_tag,
            kind: decision.kind.into(),
        });
        self.deployed.1.push(Arc::new(DeployedGraph {
            key: DecisionRequirementsKey(100 * (before as u64 + 1)),
            id: model.id().into(),
            version: before as u32 + 1,
            tenant: "<default>".into(),
            decisions: decisions.collect(),
            model,
        }));
    }

    /// From now on evaluations take long, or no longer.
    pub(crate) fn slow(&mut self, slow: bool) {
        self.deployed.2 = slow;
    }

    /// The task listeners of the installation are these from now on.
    pub(crate) fn listen(&mut self, listeners: Vec<GlobalTaskListener>) {
        self.deployed.3 = listeners;
    }

    /// Starts the first process deployed.
    pub(crate) fn start(definitions: &str, json: &str) -> Self {
        let mut world = Self::new(definitions);
        world.create(ProcessDefinitionKey(1), json).expect("created");
        world
    }

    pub(crate) fn creation(&mut self, definition: ProcessDefinitionKey, json: &str) -> CreateInstance {
        CreateInstance {
            key: ProcessInstanceKey(self.keys.next()),
            definition,
            variables: variables(json),
            start_event: None,
            start_instructions: Vec::new(),
            terminate_after: Vec::new(),
            parent: None,
            message: None,
            business_id: None,
            tags: Vec::new(),
            tenant: "<default>".into(),
            by: None,
            conversation: None,
        }
    }

    pub(crate) fn create(&mut self, definition: ProcessDefinitionKey, json: &str) -> Result<(), Rejection> {
        let create = self.creation(definition, json);
        self.create_with(create)
    }

    pub(crate) fn create_with(&mut self, create: CreateInstance) -> Result<(), Rejection> {
        let key = create.key;
        self.main = key;
        self.instances.insert(key, InstanceState::new());
        self.command_to(key, Command::Create(Box::new(create)))
    }

    /// Sends a command to the main instance and delivers everything that follows from it.
    pub(crate) fn command(&mut self, command: Command) -> Result<(), Rejection> {
        self.command_to(self.main, command)
    }

    pub(crate) fn command_to(&mut self, key: ProcessInstanceKey, command: Command) -> Result<(), Rejection> {
        self.step(key, &command)?;
        self.drain();
        Ok(())
    }

    /// Delivers everything that is on its way, and what follows from it.
    pub(crate) fn drain(&mut self) {
        for _ in 0..100_000 {
            let Some(effect) = self.outbox.pop_front() else { return };
            self.deliver(effect);
        }
        panic!("the world does not come to rest");
    }

    /// One step, with all checks; effects wait in the outbox.
    pub(crate) fn step(&mut self, key: ProcessInstanceKey, command: &Command) -> Result<(), Rejection> {
        let state = self.instances.get_mut(&key).expect("an instance");
        let before = state.clone();
        let mut second_keys = self.keys.clone();
        let outcome = step(&self.deployed, state, command, self.now, &mut self.keys);
        let mut second = before.clone();
        let again = step(&self.deployed, &mut second, command, self.now, &mut second_keys);
        assert_eq!(outcome.as_ref().ok(), again.as_ref().ok(), "the same input gives the same output");
        let events = match outcome {
            Ok(events) => events,
            Err(rejection) => {
                assert_eq!(*state, before, "a refused command changes nothing");
                return Err(rejection);
            }
        };
        let mut replayed = before;
        for event in &events {
            apply(&mut replayed, event);
        }
        assert_eq!(*state, replayed, "applying the events gives the state of the step");
        written(&events);
        self.outbox.extend(events.iter().filter_map(effects_of));
        self.last.clone_from(&events);
        self.events.entry(key).or_default().extend(events);
        Ok(())
    }

    /// Gives a thrown message to the oldest subscription that waits for it, if there is one.
    fn correlate(&mut self, thrown: &MessageThrown) {
        let waits =
            |s: &&Subscription| s.message_name == thrown.name && s.correlation_key == thrown.correlation_key;
        let found = self.instances.iter().find_map(|(key, state)| {
            state.subscriptions().find(waits).map(|subscription| (*key, subscription.key))
        });
        if let Some((instance, subscription)) = found {
            let (message, variables) = (thrown.key, thrown.variables.clone());
            let command = Command::CorrelateMessage { subscription, message, variables };
            self.step(instance, &command).expect("correlated");
        }
    }

    fn owner_of(&self, element_instance: ElementInstanceKey) -> ProcessInstanceKey {
        let owns = |state: &InstanceState| state.element_instance(element_instance).is_some();
        *self.instances.iter().find(|(_, state)| owns(state)).expect("its instance").0
    }

    fn child_of(&self, caller: ElementInstanceKey) -> ProcessInstanceKey {
        let by = |state: &InstanceState| {
            state.parent().is_some_and(|p| p.element_instance == caller) && state.is_ended()
        };
        *self.instances.iter().rev().find(|(_, state)| by(state)).expect("the child").0
    }

    fn called_by(&self, caller: ElementInstanceKey) -> ProcessInstanceKey {
        let by = |state: &InstanceState| state.parent().is_some_and(|p| p.element_instance == caller);
        *self.instances.iter().rev().find(|(_, state)| by(state)).expect("the child").0
    }

    pub(crate) fn state(&self) -> &InstanceState {
        &self.instances[&self.main]
    }

    pub(crate) fn definition(&self) -> &hosk_model::ProcessDefinition {
        let key = self.state().definition().expect("a definition");
        &self.deployed.0[key.0 as usize - 1].definition
    }

    pub(crate) fn key(&self) -> ProcessInstanceKey {
        self.main
    }

    /// The open job of a type, in whatever instance it is.
    pub(crate) fn job(&self, job_type: &str) -> JobKey {
        self.find_job(job_type).unwrap_or_else(|| panic!("no job {job_type}; {}", self.active())).1
    }

    pub(crate) fn has_job(&self, job_type: &str) -> bool {
        self.find_job(job_type).is_some()
    }

    fn find_job(&self, job_type: &str) -> Option<(ProcessInstanceKey, JobKey)> {
        self.instances.iter().find_map(|(key, state)| {
            state.jobs().find(|j| &*j.details.job_type == job_type).map(|j| (*key, j.key()))
        })
    }

    pub(crate) fn complete(&mut self, job_type: &str, json: &str) {
        let (instance, job) =
            self.find_job(job_type).unwrap_or_else(|| panic!("no job {job_type}; {}", self.active()));
        let command = Command::complete_job(job, variables(json));
        self.command_to(instance, command).expect("completed");
    }

    pub(crate) fn throw(&mut self, job_type: &str, code: &str, json: &str) {
        let (instance, job) = self.find_job(job_type).expect("a job");
        let (code, message) = (code.to_owned(), "it went wrong".to_owned());
        let command = Command::ThrowJobError { job, code, message, variables: variables(json) };
        self.command_to(instance, command).expect("thrown");
    }

    pub(crate) fn fail(&mut self, job_type: &str, retries: u32) {
        let (instance, job) = self.find_job(job_type).expect("a job");
        let message = "no connection".to_owned();
        let command = Command::FailJob { job, retries, retry_at: None, message, variables: Variables::new() };
        self.command_to(instance, command).expect("failed");
    }

    /// Moves the clock and triggers what is due, in order.
    pub(crate) fn advance(&mut self, millis: i64) {
        self.now.0 += millis;
        for _ in 0..10_000 {
            let due = self.instances.iter().flat_map(|(key, s)| s.timers().map(|t| (t.due, *key, t.key)));
            let Some((due, instance, timer)) = due.min() else { return };
            if due > self.now {
                return;
            }
            self.command_to(instance, Command::TriggerTimer { timer }).expect("triggered");
        }
        panic!("timers without end");
    }

    pub(crate) fn publish(&mut self, name: &str, correlation_key: &str, json: &str) {
        let message = MessageKey(self.keys.next());
        let (instance, subscription) = self
            .instances
            .iter()
            .find_map(|(key, state)| {
                let matches =
                    |s: &&Subscription| &*s.message_name == name && &*s.correlation_key == correlation_key;
                state.subscriptions().find(matches).map(|s| (*key, s.key))
            })
            .expect("a subscription");
        let command = Command::CorrelateMessage { subscription, message, variables: variables(json) };
        self.command_to(instance, command).expect("correlated");
    }

    /// Resolves the only incident of the main instance.
    pub(crate) fn resolve(&mut self) {
        let incident = self.incident().key;
        self.command(Command::ResolveIncident { incident, give_retry: true }).expect("resolved");
    }

    pub(crate) fn set(&mut self, json: &str) {
        let scope = self.key().root();
        self.command(Command::SetVariables { scope, variables: variables(json), local: true }).expect("set");
    }

    pub(crate) fn incident(&self) -> &Incident {
        let mut incidents = self.state().incidents();
        let incident = incidents.next().unwrap_or_else(|| panic!("no incident; {}", self.active()));
        assert!(incidents.next().is_none(), "one incident");
        incident
    }

    pub(crate) fn user_task(&self) -> UserTaskKey {
        self.state()
            .user_tasks()
            .next()
            .unwrap_or_else(|| panic!("no user task; {}", self.active()))
            .details
            .key
    }

    pub(crate) fn instance_of(&self, id: &str) -> ElementInstanceKey {
        let index = self.definition().index_of(id).expect("an element");
        self.state().element_instances().find(|i| i.element() == index).expect("an instance").key()
    }

    /// The ids of what is alive, without the process, sorted.
    pub(crate) fn active(&self) -> String {
        if !self.instances.contains_key(&self.main) || self.state().key().is_none() {
            return "not created".to_owned();
        }
        let definition = self.definition();
        let ids =
            self.state().element_instances().skip(1).map(|i| definition.element(i.element()).id.to_string());
        let mut ids: Vec<_> = ids.collect();
        ids.sort();
        ids.join(" ")
    }

    /// A variable as the process sees it, as it was when the instance ended.
    pub(crate) fn variable(&self, name: &str) -> String {
        let root = self.key().root();
        let set = self.events[&self.main].iter().rev().find_map(|event| match event {
            Event::VariableSet { scope, name: n, value, .. } if *scope == root && &**n == name => Some(value),
            _ => None,
        });
        set.map_or("none".to_owned(), |value| value.text().to_owned())
    }

    /// The life of the main instance: `s activated`, `flow s-t` …
    pub(crate) fn story(&self) -> Vec<String> {
        let definition = self.definition();
        let mut names = BTreeMap::new();
        let mut story = Vec::new();
        for event in &self.events[&self.main] {
            let mut say = |key: &ElementInstanceKey, what: &str| story.push(format!("{} {what}", names[key]));
            match event {
                Event::ElementActivating { key, element, .. } => {
                    names.insert(*key, definition.element(*element).id.clone());
                }
                Event::ElementActivated { key } => say(key, "activated"),
                Event::ElementCompleted { key } => say(key, "completed"),
                Event::ElementTerminated { key } => say(key, "terminated"),
                Event::FlowTaken { flow, .. } => story.push(format!("flow {}", definition.element(*flow).id)),
                _ => {}
            }
        }
        story
    }

    pub(crate) fn assert_completed(&self) {
        assert!(self.state().is_ended(), "still active: {}", self.active());
        let ended = self.events[&self.main].iter().find_map(|e| match e {
            Event::InstanceEnded(ended) => Some(ended),
            _ => None,
        });
        assert!(matches!(ended.expect("ended").outcome, ChildOutcome::Completed { .. }));
        let state = self.state();
        assert_eq!(state.element_instances().count() + state.jobs().count() + state.user_tasks().count(), 0);
        assert_eq!(state.timers().count() + state.subscriptions().count() + state.incidents().count(), 0);
        assert_eq!(state.variable_bytes(), 0);
    }

    /// How often an element was activated.
    pub(crate) fn times(&self, id: &str) -> usize {
        let line = format!("{id} activated");
        self.story().iter().filter(|l| **l == line).count()
    }
}

/// Events are the durable format: written and read in text and in binary they are the same.
fn written(events: &[Event]) {
    let text = serde_json::to_string(events).expect("written");
    let read: Vec<Event> = serde_json::from_str(&text).expect("read");
    assert_eq!(read, events, "as text");
    let bytes = rmp_serde::to_vec(events).expect("written");
    let read: Vec<Event> = rmp_serde::from_slice(&bytes).expect("read");
    assert_eq!(read, events, "as bytes");
}
