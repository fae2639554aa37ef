//! Events as lines a person can read: `ship activated`, `flow cheap`, `timer late in 15m`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hosk_core::{
    DecisionEvaluated, DeployedProcess, ElementInstanceKey, EvaluatedDecision, Event, IncidentKey,
    JobCreated, JobKey, JobKind, ProcessInstanceKey, SignalEvent, SubscriptionKey, TimerKey, Timestamp,
    TriggerEvent, UserTaskCreated, UserTaskKey, Variables,
};
use hosk_model::{ElementIndex, ElementKind, ListenerEvent};

use crate::command::short;

/// Remembers what keys stand for, over the whole scenario.
#[derive(Default)]
pub(crate) struct Transcript {
    elements: BTreeMap<ElementInstanceKey, Named>,
    jobs: BTreeMap<JobKey, String>,
    tasks: BTreeMap<UserTaskKey, String>,
    timers: BTreeMap<TimerKey, String>,
    subscriptions: BTreeMap<SubscriptionKey, String>,
    incidents: BTreeMap<IncidentKey, String>,
    /// Elements and flows that were passed, by process id.
    pub(crate) passed: BTreeSet<(Arc<str>, Arc<str>)>,
}

struct Named {
    name: String,
    process: bool,
    instance: ProcessInstanceKey,
    element: ElementIndex,
    /// What follows the id: the numbers within repetitions.
    numbers: String,
}

/// A line in the making: whose life cycle it tells, and the words so far.
enum Line {
    Life(ElementInstanceKey, Vec<&'static str>),
    Fact(String),
}

impl Transcript {
    /// The lines for what happened because of one command. Variables the command itself brought are left out.
    pub(crate) fn lines(
        &mut self,
        happened: &[(ProcessInstanceKey, Event)],
        process_of: impl Fn(ProcessInstanceKey) -> Option<Arc<DeployedProcess>>,
        now: Timestamp,
        brought: Option<&Variables>,
    ) -> Vec<String> {
        let mut lines: Vec<Line> = Vec::new();
        for (instance, event) in happened {
            let Some(process) = process_of(*instance) else { continue };
            if let Some((key, word)) = life(event) {
                self.meet(&process, *instance, event);
                match lines.last_mut() {
                    Some(Line::Life(last, words)) if *last == key => words.push(word),
                    _ => lines.push(Line::Life(key, vec![word])),
                }
            } else if let Some(fact) = self.fact(&process, *instance, event, now, brought) {
                lines.push(Line::Fact(fact));
            }
        }
        self.write(lines)
    }

    fn meet(&mut self, process: &DeployedProcess, instance: ProcessInstanceKey, event: &Event) {
        if let Event::ElementActivating { key, element, scope, loop_counter, inner, .. } = event {
            let id = &process.definition.element(*element).id;
            self.passed.insert((process.definition.id.clone(), id.clone()));
            let around = self.elements.get(scope).filter(|_| *inner).map_or("", |child| &child.numbers);
            let numbers = loop_counter.map_or_else(String::new, |counter| format!("{around}#{counter}"));
            let named = Named {
                name: format!("{id}{numbers}"),
                process: *element == ElementIndex::PROCESS,
                instance,
                element: *element,
                numbers,
            };
            self.elements.insert(*key, named);
        }
    }

    /// What is alive in an instance has the names of another definition from now on.
    fn rename(
        &mut self,
        process: &DeployedProcess,
        instance: ProcessInstanceKey,
        elements: &[(ElementIndex, ElementIndex)],
    ) {
        for known in self.elements.values_mut().filter(|known| known.instance == instance) {
            if let Some((_, to)) = elements.iter().find(|(from, _)| *from == known.element) {
                known.element = *to;
                known.name = format!("{}{}", process.definition.element(*to).id, known.numbers);
            }
        }
    }

    /// Joins the words; an -ing word stays only where nothing followed it.
    fn write(&self, lines: Vec<Line>) -> Vec<String> {
        let mut reached: BTreeMap<ElementInstanceKey, BTreeSet<&'static str>> = BTreeMap::new();
        for line in &lines {
            if let Line::Life(key, words) = line {
                reached.entry(*key).or_default().extend(words);
            }
        }
        let mut out = Vec::new();
        for line in lines {
            match line {
                Line::Fact(fact) => out.push(fact),
                Line::Life(key, words) => {
                    let Some(named) = self.elements.get(&key) else { continue };
                    let went_on = |word: &str| reached.get(&key).is_some_and(|words| words.contains(word));
                    let words: Vec<&str> = words
                        .into_iter()
                        .filter(|word| match *word {
                            "activating" => !went_on("activated") && !went_on("terminated"),
                            "activated" => !named.process,
                            "completing" => !went_on("completed"),
                            "terminating" => !went_on("terminated"),
                            _ => true,
                        })
                        .collect();
                    if !words.is_empty() {
                        out.push(format!("{} {}", named.name, words.join(" ")));
                    }
                }
            }
        }
        out
    }

    fn is_ad_hoc(&self, process: &DeployedProcess, key: ElementInstanceKey) -> bool {
        self.elements.get(&key).is_some_and(|named| {
            let element = process.definition.element(named.element);
            let is_body = element.repetition.is_some() && named.numbers.is_empty();
            matches!(element.kind, ElementKind::AdHocSubProcess(_)) && !is_body
        })
    }

    fn name(&self, key: ElementInstanceKey) -> &str {
        self.elements.get(&key).map_or("?", |named| named.name.as_str())
    }

    fn fact(
        &mut self,
        process: &DeployedProcess,
        instance: ProcessInstanceKey,
        event: &Event,
        now: Timestamp,
        brought: Option<&Variables>,
    ) -> Option<String> {
        let id = |element: ElementIndex| process.definition.element(element).id.clone();
        match event {
            Event::FlowTaken { flow, .. } => {
                self.passed.insert((process.definition.id.clone(), id(*flow)));
                let source = process.definition.flow(*flow)?.source;
                (process.definition.element(source).outgoing.len() > 1).then(|| format!("flow {}", id(*flow)))
            }
            Event::VariableSet { scope, name, value, .. } => {
                let root = *scope == instance.root();
                if root && brought.is_some_and(|brought| brought.contains_key(name)) {
                    return None;
                }
                let place = if root { String::new() } else { format!("{}.", self.name(*scope)) };
                Some(format!("variable {place}{name} = {}", short(value)))
            }
            Event::TokensDiscarded { flows, .. } => {
                let flows: Vec<_> = flows.iter().map(|flow| id(*flow).to_string()).collect();
                Some(format!("tokens discarded on {}", flows.join(", ")))
            }
            Event::ChildTroubled { caller, incident, .. } => Some(match incident {
                Some(_) => format!("{} shows an incident of what it called", self.name(*caller)),
                None => format!("{} shows no incident any more", self.name(*caller)),
            }),
            Event::GatewaySwitched { gateway, taken, .. } => Some(match taken {
                Some(_) => format!("{} waits for its reset", id(*gateway)),
                None => format!("{} waits for its start", id(*gateway)),
            }),
            Event::InstanceMigrated { elements, .. } => {
                self.rename(process, instance, elements);
                Some(format!("migrated to {}", process.definition.id))
            }
            Event::InstanceSuspended { .. } => Some(format!("{} suspended", process.definition.id)),
            Event::InstanceResumed(_) => Some(format!("{} resumed", process.definition.id)),
            Event::CompensationHandlerStarted { by, handler, .. } => {
                Some(format!("{} undoes by {}", self.name(*by), self.name(*handler)))
            }
            Event::EscalationThrown { thrower, code, catcher, parent, .. } => {
                let fate = match (catcher, parent) {
                    (Some(event), _) => format!("caught by {}", id(*event)),
                    (None, Some(_)) => "passed to the caller".to_owned(),
                    (None, None) => "not caught".to_owned(),
                };
                Some(format!("escalation {code} of {} {fate}", self.name(*thrower)))
            }
            Event::MessageThrown(message) => {
                Some(format!("message {} {} published", message.name, message.correlation_key))
            }
            Event::DecisionEvaluated(evaluated) => Some(self.decided(evaluated)),
            Event::ChildRequested(called) => Some(format!("{} calls", self.name(called.caller))),
            // An ad-hoc sub-process counts what is activated, and knows no number before.
            Event::LoopStarted { body, .. } if self.is_ad_hoc(process, *body) => None,
            Event::LoopStarted { body, count, .. } => Some(format!("{} repeats {count}", self.name(*body))),
            Event::LoopResult { body, index, value } => {
                Some(format!("{} result {index} = {}", self.name(*body), short(value)))
            }
            other => self
                .job(other, now)
                .or_else(|| self.task(other))
                .or_else(|| self.waiting(process, other, now)),
        }
    }

    /// `decision x risk rules 2, 3 = "low", limit = 100`.
    fn decided(&self, evaluated: &DecisionEvaluated) -> String {
        let one = |decision: &EvaluatedDecision| {
            let rules: Vec<_> = decision.matched_rules.iter().map(|rule| rule.index.to_string()).collect();
            let rules = if rules.is_empty() { String::new() } else { format!(" rules {}", rules.join(" ")) };
            match &decision.failure {
                None => format!("{}{rules} = {}", decision.id, short(&decision.output)),
                Some(_) => format!("{} failed", decision.id),
            }
        };
        let decisions: Vec<_> = evaluated.evaluation.evaluated.iter().map(one).collect();
        format!("decision {} {}", self.name(evaluated.element_instance), decisions.join(", "))
    }

    fn job(&mut self, event: &Event, now: Timestamp) -> Option<String> {
        match event {
            Event::JobCreated(job) => Some(self.job_created(job)),
            Event::JobFailed { key, retries, retry_at, message } => {
                let wait = retry_at.map(|at| format!(" in {}", span(now, at))).unwrap_or_default();
                Some(
                    format!("job {} failed retries={retries}{wait} {message}", self.jobs.get(key)?)
                        .trim_end()
                        .to_owned(),
                )
            }
            Event::JobRetried { key, retries } => {
                Some(format!("job {} retries={retries}", self.jobs.get(key)?))
            }
            Event::JobErrorThrown { key, code, .. } => {
                Some(format!("job {} error {code}", self.jobs.get(key)?))
            }
            Event::JobCanceled { key } => Some(format!("job {} canceled", self.jobs.get(key)?)),
            _ => None,
        }
    }

    fn job_created(&mut self, job: &JobCreated) -> String {
        let element = self.name(job.element_instance).to_owned();
        let name = match (job.kind, job.listener_event) {
            (JobKind::ExecutionListener | JobKind::TaskListener, Some(event)) => {
                format!("{element} {}", listener(event))
            }
            _ => element,
        };
        self.jobs.insert(job.key, name.clone());
        format!("job {name} type={} retries={}", job.job_type, job.retries)
    }

    fn task(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::UserTaskCreated(task) => Some(self.task_created(task)),
            Event::UserTaskAssigned { key, assignee, .. } => Some(match assignee {
                Some(person) => format!("task {} assigned to {person}", self.tasks.get(key)?),
                None => format!("task {} unassigned", self.tasks.get(key)?),
            }),
            Event::UserTaskUpdated { key, .. } => Some(format!("task {} updated", self.tasks.get(key)?)),
            Event::UserTaskCanceled { key } => Some(format!("task {} canceled", self.tasks.get(key)?)),
            _ => None,
        }
    }

    fn task_created(&mut self, task: &UserTaskCreated) -> String {
        let name = self.name(task.element_instance).to_owned();
        self.tasks.insert(task.key, name.clone());
        let mut line = format!("task {name} created");
        if let Some(person) = &task.assignee {
            line = format!("{line} assignee={person}");
        }
        for (label, values) in [("groups", &task.candidate_groups), ("users", &task.candidate_users)] {
            if !values.is_empty() {
                line = format!("{line} {label}={}", values.join(","));
            }
        }
        line
    }

    fn signal(&mut self, process: &DeployedProcess, event: &SignalEvent) -> Option<String> {
        match event {
            SignalEvent::Opened { key, target, signal_name, .. } => {
                self.subscriptions.insert(*key, signal_name.to_string());
                let event = &process.definition.element(*target).id;
                Some(format!("signal {signal_name} awaited by {event}"))
            }
            SignalEvent::Received { key, .. } => {
                Some(format!("signal {} arrived", self.subscriptions.get(key)?))
            }
            SignalEvent::Closed { key } => {
                Some(format!("signal {} no longer awaited", self.subscriptions.get(key)?))
            }
            SignalEvent::Thrown(signal) => Some(format!("signal {} broadcast", signal.name)),
        }
    }

    fn waiting(&mut self, process: &DeployedProcess, event: &Event, now: Timestamp) -> Option<String> {
        let id = |element: ElementIndex| process.definition.element(element).id.to_string();
        match event {
            Event::TimerScheduled { key, target, due, .. } => {
                self.timers.insert(*key, id(*target));
                Some(format!("timer {} in {}", id(*target), span(now, *due)))
            }
            Event::TimerTriggered { key } => Some(format!("timer {} triggered", self.timers.get(key)?)),
            Event::TimerCanceled { key } => Some(format!("timer {} canceled", self.timers.get(key)?)),
            Event::SubscriptionOpened { key, target, message_name, correlation_key, .. } => {
                let line = format!("{message_name} {correlation_key}");
                self.subscriptions.insert(*key, line.clone());
                Some(format!("message {line} awaited by {}", id(*target)))
            }
            Event::SubscriptionCorrelated { key, .. } => {
                Some(format!("message {} arrived", self.subscriptions.get(key)?))
            }
            Event::SubscriptionClosed { key } => {
                Some(format!("message {} no longer awaited", self.subscriptions.get(key)?))
            }
            Event::Signal(signal) => self.signal(process, signal),
            Event::Triggers(triggers) => triggers_line(process, triggers),
            Event::ConditionOpened { target, .. } => Some(format!("condition of {} looked at", id(*target))),
            Event::ConditionChanged { target, holds, .. } => {
                Some(format!("condition of {} is {holds}", id(*target)))
            }
            Event::ConditionClosed { target, .. } => {
                Some(format!("condition of {} no longer looked at", id(*target)))
            }
            Event::IncidentRaised { key, element_instance, kind, message, .. } => {
                let name = self.name(*element_instance).to_owned();
                self.incidents.insert(*key, name.clone());
                let kind = serde_json::to_value(kind).ok()?;
                Some(format!("incident {name} {}: {}", kind.as_str()?, message.replace('\n', " ")))
            }
            Event::IncidentResolved { key } => {
                Some(format!("incident {} resolved", self.incidents.get(key)?))
            }
            _ => None,
        }
    }
}

fn triggers_line(process: &DeployedProcess, event: &TriggerEvent) -> Option<String> {
    let id = |slot: ElementIndex| &process.definition.element(slot).id;
    match event {
        TriggerEvent::Came { by, .. } => Some(format!("{} keeps a trigger", id(*by))),
        TriggerEvent::Taken { slots, .. } => {
            Some(format!("{} lets go of {} triggers", id(*slots.first()?), slots.len()))
        }
    }
}

fn life(event: &Event) -> Option<(ElementInstanceKey, &'static str)> {
    match event {
        Event::ElementActivating { key, .. } => Some((*key, "activating")),
        Event::ElementActivated { key } => Some((*key, "activated")),
        Event::ElementCompleting { key } => Some((*key, "completing")),
        Event::ElementCompleted { key } => Some((*key, "completed")),
        Event::ElementTerminating { key } => Some((*key, "terminating")),
        Event::ElementTerminated { key } => Some((*key, "terminated")),
        _ => None,
    }
}

fn listener(event: ListenerEvent) -> String {
    format!("on{event:?}")
}

/// How far away a time is: `15m`, `1h 30m`.
fn span(now: Timestamp, at: Timestamp) -> String {
    let span = jiff::SignedDuration::from_millis(at.0 - now.0);
    format!("{span:#}")
}
