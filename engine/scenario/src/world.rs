//! The world around the instances of one scenario: definitions, virtual time, messages between instances.
//!
//! It stands where the runtime stands in production: it derives effects from events and delivers them, in order,
//! with nothing durable and nothing concurrent.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use hosk_core::{
    Caller, Command, CreateInstance, Definitions as _, DeployedProcess, Effect, Event, InstanceState, JobKey,
    Keys, MessageThrown, ParentLink, ProcessDefinitionKey, ProcessInstanceKey, Rejection, SignalThrown,
    TimerKey, Timestamp, UserTaskKey, Variables, apply, effects_of, step,
};
use hosk_model::ElementIndex;

use crate::library::Library;
use crate::mailbox::Letter;
use crate::player::Mode;
use crate::start_timers::StartTimers;

/// Commands delivered between instances because of one command from outside, at most.
const MAX_DELIVERIES: usize = 100_000;

/// When every scenario starts: 2026-01-01T09:00:00Z, a Thursday.
const START: Timestamp = Timestamp(1_767_258_000_000);

/// One instance with everything that happened to it.
pub(crate) struct Instance {
    pub(crate) process: Arc<DeployedProcess>,
    state: InstanceState,
    pub(crate) history: Vec<Event>,
}

/// Something that went wrong with the player's own checks (replay, reload, repeat), not with the story.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// Replaying the events gives another state.
    #[error("replaying the events of instance {0} gives another state than living through them")]
    Replay(ProcessInstanceKey),
    /// The state does not survive being stored.
    #[error("the state of instance {0} does not survive being stored: {1}")]
    Reload(ProcessInstanceKey, serde_json::Error),
    /// A command delivered twice took effect twice.
    #[error("{0} took effect twice when it was delivered twice")]
    Twice(String),
    /// Deliveries do not end.
    #[error("more than {MAX_DELIVERIES} commands between instances follow from one command")]
    Endless,
}

/// Why a command of the story did nothing.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The core said no.
    Rejected(Rejection),
    /// The player's checks failed.
    Broken(Broken),
}

/// The scenario's world.
pub(crate) struct World {
    pub(crate) library: Library,
    pub(crate) instances: BTreeMap<ProcessInstanceKey, Instance>,
    pub(crate) now: Timestamp,
    mode: Mode,
    pub(crate) keys: Counter,
    /// Messages that live on after they were published.
    pub(crate) kept: Vec<Letter>,
    outbox: VecDeque<Parcel>,
    start_timers: StartTimers,
    /// What happened since it was last taken, with the instance it happened to.
    pub(crate) happened: Vec<(ProcessInstanceKey, Event)>,
    /// The newest work of each element, also when it is over: for commands that come too late.
    pub(crate) newest: BTreeMap<ElementIndex, Newest>,
}

/// The newest work of an element.
#[derive(Clone, Copy, Default)]
pub(crate) struct Newest {
    pub(crate) job: Option<(ProcessInstanceKey, JobKey)>,
    pub(crate) task: Option<(ProcessInstanceKey, UserTaskKey)>,
}

/// Something on its way because of an effect.
enum Parcel {
    Command(ProcessInstanceKey, Command),
    Message(Box<MessageThrown>),
    Signal(Box<SignalThrown>),
}

pub(crate) struct Counter(u64);

impl Keys for Counter {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

impl World {
    pub(crate) fn new(library: Library, mode: Mode) -> Self {
        let newest = library
            .processes()
            .iter()
            .filter(|one| library.newest(&one.definition.id).is_some_and(|n| n.key == one.key));
        let start_timers = StartTimers::of(newest, START);
        Self {
            library,
            start_timers,
            instances: BTreeMap::new(),
            now: START,
            mode,
            keys: Counter(2_000_000),
            kept: Vec::new(),
            outbox: VecDeque::new(),
            happened: Vec::new(),
            newest: BTreeMap::new(),
        }
    }

    /// Starts an instance of the newest version.
    pub(crate) fn create(
        &mut self,
        process: &Arc<DeployedProcess>,
        variables: Variables,
        before: Vec<ElementIndex>,
    ) -> Result<(), Refusal> {
        let key = ProcessInstanceKey(self.keys.next());
        let mut create = creation(key, process.key, variables);
        create.start_instructions = before;
        self.deliver(key, &Command::Create(Box::new(create)))?;
        self.drain()
    }

    /// Sends a command and everything that follows from it.
    pub(crate) fn send(&mut self, instance: ProcessInstanceKey, command: &Command) -> Result<(), Refusal> {
        self.deliver(instance, command)?;
        self.drain()
    }

    /// Lets time pass; timers go off at their time, in order.
    pub(crate) fn advance(&mut self, length: std::time::Duration) -> Result<(), Refusal> {
        let until = Timestamp(self.now.0 + i64::try_from(length.as_millis()).unwrap_or(i64::MAX / 4));
        for _ in 0..MAX_DELIVERIES {
            let timer = self.next_timer().filter(|(due, ..)| *due <= until);
            let start = self.start_timers.next().filter(|due| *due <= until);
            if let Some(due) = start.filter(|start| timer.is_none_or(|(due, ..)| *start < due)) {
                self.now = self.now.max(due);
                self.start_by_timer()?;
                continue;
            }
            let Some((due, instance, timer)) = timer else {
                self.now = until;
                return Ok(());
            };
            self.now = self.now.max(due);
            self.send(instance, &Command::TriggerTimer { timer })?;
        }
        Err(Refusal::Broken(Broken::Endless))
    }

    fn start_by_timer(&mut self) -> Result<(), Refusal> {
        let Some((process, start)) = self.start_timers.fire(self.now) else { return Ok(()) };
        let instance = ProcessInstanceKey(self.keys.next());
        let mut create = creation(instance, process.key, Variables::new());
        create.start_event = Some(start);
        self.send(instance, &Command::Create(Box::new(create)))
    }

    pub(crate) fn deliver(&mut self, instance: ProcessInstanceKey, command: &Command) -> Result<(), Refusal> {
        let events = self.step(instance, command).map_err(Refusal::Rejected)?;
        self.record(instance, &events).map_err(Refusal::Broken)?;
        if self.mode == Mode::Doubled && happens_once(command) && self.step(instance, command).is_ok() {
            return Err(Refusal::Broken(Broken::Twice(format!("{command:?}"))));
        }
        Ok(())
    }

    fn step(&mut self, key: ProcessInstanceKey, command: &Command) -> Result<Vec<Event>, Rejection> {
        let Some(instance) = self.instances.get_mut(&key) else {
            let mut state = InstanceState::new();
            let events = step(&self.library, &mut state, command, self.now, &mut self.keys)?;
            if let Command::Create(create) = command
                && let Some(process) = self.library.process(create.definition)
            {
                self.instances.insert(key, Instance { process, state, history: Vec::new() });
            }
            return Ok(events);
        };
        step(&self.library, &mut instance.state, command, self.now, &mut self.keys)
    }

    fn record(&mut self, key: ProcessInstanceKey, events: &[Event]) -> Result<(), Broken> {
        if let Some(instance) = self.instances.get_mut(&key) {
            if let Some(process) = instance.state.definition().and_then(|key| self.library.process(key)) {
                instance.process = process;
            }
            instance.history.extend_from_slice(events);
            match self.mode {
                Mode::Straight | Mode::Doubled => {}
                Mode::Reloaded => {
                    let text =
                        serde_json::to_string(&instance.state).map_err(|error| Broken::Reload(key, error))?;
                    instance.state =
                        serde_json::from_str(&text).map_err(|error| Broken::Reload(key, error))?;
                }
                Mode::Replayed => {
                    let mut replayed = InstanceState::new();
                    for event in &instance.history {
                        apply(&mut replayed, event);
                    }
                    if replayed != instance.state {
                        return Err(Broken::Replay(key));
                    }
                    instance.state = replayed;
                }
            }
        }
        for event in events {
            self.happened.push((key, event.clone()));
            match event {
                Event::JobCreated(job) => {
                    self.newest.entry(job.element).or_default().job = Some((key, job.key));
                }
                Event::UserTaskCreated(task) => {
                    self.newest.entry(task.element).or_default().task = Some((key, task.key));
                }
                _ => {}
            }
            if let Some(effect) = effects_of(event) {
                self.enqueue(key, effect);
            }
        }
        Ok(())
    }

    fn enqueue(&mut self, source: ProcessInstanceKey, effect: Effect) {
        let (target, command) = match effect {
            Effect::JobAvailable { .. } | Effect::Timer { .. } => return,
            Effect::PublishMessage(message) => return self.outbox.push_back(Parcel::Message(message)),
            Effect::BroadcastSignal(signal) => return self.outbox.push_back(Parcel::Signal(signal)),
            Effect::Continue => (source, Command::Continue),
            Effect::TellTrouble { parent, incident } => {
                let caller = parent.element_instance;
                (parent.instance, Command::ChildTroubled { child: source, caller, incident })
            }
            Effect::CancelChild { child, caller } => {
                let caller = caller.map(|key| Caller { instance: source, element_instance: key });
                (child, Command::CancelCalled { caller })
            }
            Effect::SuspendChild { child, suspend } => {
                (child, if suspend { Command::Suspend } else { Command::Resume })
            }
            Effect::NotifyParent { parent, outcome } => {
                let command = Command::ChildEnded { child: source, caller: parent.element_instance, outcome };
                (parent.instance, command)
            }
            Effect::EscalateToParent { parent, origin, code } => {
                let caller = parent.element_instance;
                (parent.instance, Command::ChildEscalated { child: source, caller, origin, code })
            }
            Effect::StartChild {
                child, parent, root, depth, definition, variables, conversation, ..
            } => {
                let mut create = creation(child, definition, variables);
                create.conversation = conversation;
                create.parent = Some(ParentLink { instance: source, element_instance: parent, root, depth });
                (child, Command::Create(Box::new(create)))
            }
        };
        self.outbox.push_back(Parcel::Command(target, command));
    }

    pub(crate) fn drain(&mut self) -> Result<(), Refusal> {
        for _ in 0..MAX_DELIVERIES {
            let Some(parcel) = self.outbox.pop_front() else {
                if self.hand_out()? {
                    continue;
                }
                return Ok(());
            };
            let delivered = match parcel {
                Parcel::Command(target, command) => match self.deliver(target, &command) {
                    Err(Refusal::Rejected(refused)) => {
                        // A caller that waits for the end of what it canceled hears when there is none to come.
                        if let Command::CancelCalled { caller: Some(caller) } = command
                            && let Some(told) = caller.told(target, &refused)
                        {
                            self.outbox.push_back(Parcel::Command(caller.instance, told));
                        }
                        Ok(())
                    }
                    other => other,
                },
                Parcel::Message(thrown) => self.take(Letter::of(*thrown)),
                Parcel::Signal(thrown) => self.spread(thrown.key, &thrown.name, &thrown.variables).map(drop),
            };
            match delivered {
                // As in production: what comes too late is dropped, its target has moved on.
                Ok(()) | Err(Refusal::Rejected(_)) => {}
                Err(broken) => return Err(broken),
            }
        }
        Err(Refusal::Broken(Broken::Endless))
    }

    fn next_timer(&self) -> Option<(Timestamp, ProcessInstanceKey, TimerKey)> {
        self.instances
            .iter()
            .filter(|(_, instance)| !instance.state.is_suspended())
            .flat_map(|(key, instance)| instance.state.timers().map(|timer| (timer.due, *key, timer.key)))
            .min()
    }

    /// A fresh key.
    pub(crate) fn next_key(&mut self) -> u64 {
        self.keys.next()
    }

    /// The state of an instance.
    pub(crate) fn state(&self, key: ProcessInstanceKey) -> Option<&InstanceState> {
        self.instances.get(&key).map(|instance| &instance.state)
    }
}

/// Whether a second delivery of the same command must be refused.
fn happens_once(command: &Command) -> bool {
    matches!(
        command,
        Command::Create(_)
            | Command::CompleteJob { .. }
            | Command::ThrowJobError { .. }
            | Command::CompleteUserTask { .. }
            | Command::TriggerTimer { .. }
            | Command::CorrelateMessage { .. }
            | Command::ReceiveSignal { .. }
            | Command::ChildEnded { .. }
            | Command::ChildEscalated { .. }
            | Command::ChildTroubled { .. }
            | Command::ResolveIncident { .. }
            | Command::Cancel { .. }
            | Command::CancelCalled { .. }
            | Command::Migrate(_)
            | Command::Suspend
            | Command::Resume
    )
}

pub(crate) fn creation(
    key: ProcessInstanceKey,
    definition: ProcessDefinitionKey,
    variables: Variables,
) -> CreateInstance {
    CreateInstance {
        key,
        definition,
        variables,
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
