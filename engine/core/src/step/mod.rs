//! Deciding: a command and a state become events.
//!
//! A step looks first and may refuse; after its first event it always succeeds, and what goes wrong inside the
//! process becomes an incident. Every event is applied the moment it is emitted, so the rest of the step sees it.
//! Work waits in a queue; a step that has done [`limits::WORK_PER_STEP`] pieces leaves the rest in
//! [`Event::Paused`].

mod life_cycle;
mod scopes;
mod stopping;

use std::cell::Cell;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use hosk_feel::Environment;
use hosk_model::{Element, ElementIndex, ProcessDefinition};

pub(crate) use life_cycle::{Activated, Activating, Outgoing};
pub(crate) use scopes::{is_done, too_many_alive};

use crate::command::Command;
use crate::definitions::{Definitions, DeployedProcess};
use crate::event::Event;
use crate::keys::{ElementInstanceKey, Keys, Timestamp};
use crate::migration::{Migration, MigrationCheck};
use crate::operation::Operation;
use crate::rejection::{Rejection, RejectionCode};
use crate::state::{ElementInstance, ElementState, InstanceState, apply};
use crate::triggers::conditional;
use crate::work::Work;
use crate::{commands, compensation, limits, multi_instance, triggers};

/// The only place decisions are made: what happens in the instance because of `command`.
///
/// On success `state` is the state after the events. The same input gives the same output.
///
/// # Errors
/// A [`Rejection`] when the command is refused; `state` is untouched then, and no event happened.
pub fn step(
    definitions: &dyn Definitions,
    state: &mut InstanceState,
    command: &Command,
    now: Timestamp,
    keys: &mut dyn Keys,
) -> Result<Vec<Event>, Rejection> {
    let key = match command.asked() {
        Command::Create(create) => create.definition,
        _ => state.definition().ok_or_else(commands::not_created)?,
    };
    let process = definitions.process(key).ok_or_else(|| {
        let message = format!(
            "The process definition {key} is not deployed here; deploy it again and repeat the command."
        );
        Rejection::new(RejectionCode::DefinitionNotFound, message)
    })?;
    let target = target_of(definitions, command);
    let mut step = Step::new(definitions, &process, state, now, keys);
    step.target = target.as_deref();
    commands::decide(&mut step, command)?;
    step.run();
    Ok(step.events)
}

/// What a migration would do with an instance, without doing it.
///
/// # Errors
/// A [`Rejection`] when there is nothing to migrate: no instance, one that is over, or no such target.
pub fn check_migration(
    definitions: &dyn Definitions,
    state: &InstanceState,
    migration: &Migration,
    now: Timestamp,
) -> Result<MigrationCheck, Rejection> {
    let key = state.definition().ok_or_else(commands::not_created)?;
    let process = definitions.process(key).ok_or_else(|| {
        let message = format!("The process definition {key} is not deployed here.");
        Rejection::new(RejectionCode::DefinitionNotFound, message)
    })?;
    let target = definitions.process(migration.target);
    let (mut state, mut keys) = (state.clone(), NoKeys);
    let mut step = Step::new(definitions, &process, &mut state, now, &mut keys);
    step.target = target.as_deref();
    commands::migrate::check(&mut step, migration)
}

/// A look needs no keys.
struct NoKeys;

impl Keys for NoKeys {
    fn next(&mut self) -> u64 {
        0
    }
}

fn target_of(definitions: &dyn Definitions, command: &Command) -> Option<Arc<DeployedProcess>> {
    match command.asked() {
        Command::Migrate(migration) => definitions.process(migration.target),
        _ => None,
    }
}

/// One step under way.
pub(crate) struct Step<'a> {
    /// What is deployed.
    pub(crate) definitions: &'a dyn Definitions,
    /// What the instance runs.
    pub(crate) process: &'a DeployedProcess,
    /// Its compiled model.
    pub(crate) definition: &'a ProcessDefinition,
    /// For a migration: what the instance is to run then.
    pub(crate) target: Option<&'a DeployedProcess>,
    /// When the step happens.
    pub(crate) now: Timestamp,
    environment: Environment,
    /// Expressions evaluated so far: each gets a seed of its own.
    evaluations: Cell<u64>,
    state: &'a mut InstanceState,
    keys: &'a mut dyn Keys,
    events: Vec<Event>,
    queue: VecDeque<Work>,
    /// Left over although the step may go on: slices that are used up.
    deferred: Vec<Work>,
    loop_children: u32,
    /// Containers whose joins are looked at once the queue is empty.
    looking: BTreeSet<ElementInstanceKey>,
    /// What a person asked for, until it is written down before the first event.
    pub(crate) asked: Option<Asked>,
}

/// Who asked for what.
pub(crate) struct Asked {
    pub(crate) operation: Operation,
    pub(crate) by: Option<Arc<str>>,
    /// The batch operation it is part of.
    pub(crate) batch: Option<u64>,
    /// The address it was asked from.
    pub(crate) from: Option<Arc<str>>,
}

impl<'a> Step<'a> {
    fn new(
        definitions: &'a dyn Definitions,
        process: &'a DeployedProcess,
        state: &'a mut InstanceState,
        now: Timestamp,
        keys: &'a mut dyn Keys,
    ) -> Self {
        Self {
            definitions,
            process,
            definition: &process.definition,
            target: None,
            now,
            environment: definitions.environment(&process.tenant, now),
            evaluations: Cell::new(0),
            state,
            keys,
            events: Vec::with_capacity(24),
            queue: VecDeque::with_capacity(8),
            deferred: Vec::new(),
            loop_children: 0,
            looking: BTreeSet::new(),
            asked: None,
        }
    }

    /// The instance as it is after the events so far.
    pub(crate) fn state(&self) -> &InstanceState {
        self.state
    }

    /// An element of the model.
    pub(crate) fn element(&self, index: ElementIndex) -> &'a Element {
        self.definition.element(index)
    }

    /// An element instance, while it is alive.
    pub(crate) fn instance(&self, key: ElementInstanceKey) -> Option<&ElementInstance> {
        self.state.element_instance(key)
    }

    /// The element an element instance is of.
    pub(crate) fn element_of(&self, key: ElementInstanceKey) -> Option<&'a Element> {
        self.state.element_instance(key).map(|i| self.definition.element(i.element()))
    }

    /// What an expression gets besides variables: the moment, and a seed that no other evaluation of any instance has,
    /// but that is the same when the step is repeated.
    pub(crate) fn environment(&self) -> Environment {
        let count = self.evaluations.get();
        self.evaluations.set(count + 1);
        let instance = self.state.key().map_or(0, |key| key.0);
        let mut environment = self.environment.clone();
        environment.seed = [instance, self.now.0 as u64, count].into_iter().fold(0, mixed);
        environment
    }

    /// A fresh key.
    pub(crate) fn next_key(&mut self) -> u64 {
        self.keys.next()
    }

    /// Does something that reads the state and draws keys.
    pub(crate) fn with_keys<R>(&mut self, run: impl FnOnce(&InstanceState, &mut dyn Keys) -> R) -> R {
        run(self.state, self.keys)
    }

    /// Whether an element instance is in this state, and nothing it stands in is being stopped.
    pub(crate) fn is_in(&self, key: ElementInstanceKey, state: ElementState) -> bool {
        let mut scopes = self.state.scopes(key);
        scopes.next().is_some_and(|i| i.state() == state)
            && scopes.all(|scope| scope.state() != ElementState::Terminating)
    }

    /// Whether something may begin in a container: it is active, and nothing that was interrupted in it is still stopping.
    pub(crate) fn takes_in(&self, scope: ElementInstanceKey) -> bool {
        self.is_in(scope, ElementState::Active)
            && self.instance(scope).is_some_and(|instance| instance.postponed().is_empty())
    }

    /// Lets an event happen. Before the first of a step stands who asked for it, and what the last step left over is
    /// taken up.
    pub(crate) fn emit(&mut self, event: Event) {
        if self.events.is_empty() {
            // Who started the instance stands in that event.
            let asked = self.asked.take().filter(|_| self.state.key().is_some());
            if let Some(Asked { operation, by, batch, from }) = asked {
                let asked = Event::Asked { operation, by, batch, from };
                apply(self.state, &asked);
                self.events.push(asked);
            }
            if self.state.has_paused_work() && !self.state.is_suspended() {
                self.take_up();
            }
        }
        apply(self.state, &event);
        self.events.push(event);
    }

    /// Takes up what the last step left over.
    pub(crate) fn take_up(&mut self) {
        self.queue.extend(self.state.paused_work().iter().cloned());
        apply(self.state, &Event::Continued);
        self.events.push(Event::Continued);
    }

    /// Queues work.
    pub(crate) fn push(&mut self, work: Work) {
        self.queue.push_back(work);
    }

    /// Queues work, unless the same was queued last.
    pub(crate) fn push_unless_last(&mut self, work: Work) {
        if self.queue.back() != Some(&work) {
            self.queue.push_back(work);
        }
    }

    /// Queues work before everything else, in the order given: for interruptions, which come first.
    pub(crate) fn push_first<const N: usize>(&mut self, work: [Work; N]) {
        for work in work.into_iter().rev() {
            self.queue.push_front(work);
        }
    }

    /// Leaves work for the next step.
    pub(crate) fn defer(&mut self, work: Work) {
        self.deferred.push(work);
    }

    /// Takes one child out of this step's allowance for multi-instance children; `false` when it is used up.
    pub(crate) fn may_create_loop_child(&mut self) -> bool {
        let allowed = self.loop_children < limits::LOOP_CHILDREN_PER_STEP;
        self.loop_children += u32::from(allowed);
        allowed
    }

    fn run(&mut self) {
        for _ in 0..limits::WORK_PER_STEP {
            if let Some(work) = self.queue.pop_front() {
                if self.state.is_suspended() && !work.stops() {
                    self.deferred.push(work);
                } else {
                    self.work(work);
                }
            } else if !self.state.is_suspended()
                && let Some(scope) = self.looking.pop_first()
            {
                self.look_upstream(scope);
            } else {
                break;
            }
        }
        if self.state.is_ended() {
            return;
        }
        self.tell_trouble();
        let mut left = std::mem::take(&mut self.deferred);
        left.extend(self.queue.drain(..));
        left.extend(std::mem::take(&mut self.looking).into_iter().map(|scope| Work::LookUpstream { scope }));
        if !left.is_empty() {
            self.emit(Event::Paused { work: left });
        }
    }

    /// The caller shows that something it called has an incident, and so do those that called it.
    fn tell_trouble(&mut self) {
        let incident = self.state.trouble();
        if let Some(parent) = self.state.parent()
            && !self.events.is_empty()
            && incident != self.state.told_incident()
        {
            self.emit(Event::TroubleTold { parent, incident });
        }
    }

    fn work(&mut self, work: Work) {
        match work {
            Work::Arrive { flow, scope } => self.arrive(flow, scope),
            Work::Enter { element, scope, received } => self.begin(element, scope, &received),
            Work::Begin { entry, scope } => self.begin_entry(*entry, scope),
            Work::Activate { key } => self.activate(key),
            Work::Complete { key } => self.complete(key),
            Work::ChildEnded { scope } => self.child_ended(scope),
            Work::Terminate { key } => self.terminate(key),
            Work::Clear { scope } => self.clear(scope),
            Work::StopInside { scope, after } => self.stop_inside(scope, after),
            Work::Terminated { key } => self.terminated(key),
            Work::Cleared { scope } => self.cleared(scope),
            Work::Then { key, inside, work } => self.then(key, inside, *work),
            Work::Spawn { body } => multi_instance::spawn(self, body),
            Work::Compensate { by } => compensation::go_on(self, by),
            Work::CancelTransaction { transaction } => triggers::cancel::undo(self, transaction),
            Work::End { outcome } => self.end(*outcome),
            Work::LookAtConditions { element_instance } => conditional::look_at_all(self, element_instance),
            Work::VariableChanged { scope, name, created } => {
                conditional::look_after_change(self, scope, &name, created);
            }
            Work::EnterTriggered { element, by, flow, scope, received } => {
                self.begin_triggered(element, by, flow, scope, received);
            }
            Work::LookUpstream { scope } => {
                self.looking.insert(scope);
            }
        }
    }
}

/// The next seed from a seed and a number: neighbours come out far apart (the finaliser of `SplitMix64`).
fn mixed(seed: u64, number: u64) -> u64 {
    let mut z = (seed ^ number).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
