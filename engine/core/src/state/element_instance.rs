//! An element of the model at work in an instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use hosk_feel::Json;
use hosk_model::ElementIndex;

use super::undo::Undo;
use super::variables::Variable;
use crate::command::Variables;
use crate::entry::Entry;
use crate::keys::{
    ElementInstanceKey, IncidentKey, JobKey, ProcessInstanceKey, SubscriptionKey, TimerKey, UserTaskKey,
};
use crate::work::Work;

/// Where an element instance stands in its life. The -ing states are where an incident waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ElementState {
    /// On its way to doing its work.
    Activating,
    /// At work, or waiting.
    Active,
    /// On its way out; refuses triggers.
    Completing,
    /// Being stopped; refuses everything.
    Terminating,
}

impl ElementState {
    /// Every state in which an element instance is not being stopped.
    pub(crate) const BEFORE_TERMINATING: [Self; 3] = [Self::Activating, Self::Active, Self::Completing];
}

/// An element of the model at work: a token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElementInstance {
    pub(super) key: ElementInstanceKey,
    pub(super) element: ElementIndex,
    pub(super) scope: ElementInstanceKey,
    pub(super) state: ElementState,
    pub(super) loop_counter: Option<u32>,
    /// Listener jobs done since the state last changed.
    pub(super) listeners_done: u32,
    pub(super) incident: Option<IncidentKey>,
    pub(super) job: Option<JobKey>,
    pub(super) user_task: Option<UserTaskKey>,
    pub(super) called: Option<ProcessInstanceKey>,
    pub(super) timers: SmallVec<[TimerKey; 1]>,
    pub(super) subscriptions: SmallVec<[SubscriptionKey; 1]>,
    pub(super) variables: BTreeMap<Arc<str>, Variable>,
    /// For a container: tokens on its flows.
    pub(super) tokens: BTreeMap<ElementIndex, u32>,
    /// For a multi-instance body.
    pub(super) body: Option<Box<LoopState>>,
    /// For a container begun on the way: what begins in it instead of its start event.
    #[serde(default)]
    pub(super) inside: Vec<Entry>,
    /// For a call activity: the latest escalations of the called process, by what threw them.
    #[serde(default)]
    pub(super) escalations: SmallVec<[ElementInstanceKey; 1]>,
    /// The trigger that is there already.
    #[serde(default)]
    pub(super) triggered: Option<Box<Triggered>>,
    /// What can be undone in it, and what it is undoing; most have neither.
    #[serde(default)]
    pub(super) undo: Option<Box<Undo>>,
    /// For a container: complex gateways that wait for their reset, and the flows they took a token from.
    #[serde(default)]
    pub(super) resets: BTreeMap<ElementIndex, Vec<ElementIndex>>,
    /// What begins once what is being stopped is gone: itself, or what is inside.
    #[serde(default)]
    pub(super) postponed: Vec<Work>,
    /// For a call activity: the called instance was asked to cancel.
    #[serde(default)]
    pub(super) canceling: bool,
    /// Open signal subscriptions.
    #[serde(default)]
    pub(super) signals: SmallVec<[SubscriptionKey; 1]>,
    /// One activation in an ad-hoc sub-process that is itself repeated.
    #[serde(default)]
    pub(super) inner: bool,
}

/// A trigger that is there although the element instance has not gone on with it yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Triggered {
    /// The event whose trigger came.
    pub by: ElementIndex,
    /// What it brought.
    pub variables: Variables,
}

/// How far a multi-instance body has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoopState {
    /// The items, a JSON array; `null` for a cardinality.
    pub items: Json,
    /// How many children there will be.
    pub count: u32,
    /// How many were created.
    pub created: u32,
    /// How many completed.
    pub completed: u32,
    /// How many were terminated.
    pub terminated: u32,
    /// Results by 0-based index.
    pub results: BTreeMap<u32, Json>,
}

impl ElementInstance {
    pub(super) fn new(
        key: ElementInstanceKey,
        element: ElementIndex,
        scope: ElementInstanceKey,
        loop_counter: Option<u32>,
    ) -> Self {
        Self {
            key,
            element,
            scope,
            state: ElementState::Activating,
            loop_counter,
            listeners_done: 0,
            incident: None,
            job: None,
            user_task: None,
            called: None,
            timers: SmallVec::new(),
            subscriptions: SmallVec::new(),
            variables: BTreeMap::new(),
            tokens: BTreeMap::new(),
            body: None,
            inside: Vec::new(),
            escalations: SmallVec::new(),
            triggered: None,
            undo: None,
            resets: BTreeMap::new(),
            postponed: Vec::new(),
            canceling: false,
            signals: SmallVec::new(),
            inner: false,
        }
    }

    /// Its key.
    pub fn key(&self) -> ElementInstanceKey {
        self.key
    }

    /// Which element.
    pub fn element(&self) -> ElementIndex {
        self.element
    }

    /// What it stands in; the process stands in itself.
    pub fn scope(&self) -> ElementInstanceKey {
        self.scope
    }

    /// Where it stands in its life.
    pub fn state(&self) -> ElementState {
        self.state
    }

    /// 1-based number within a multi-instance body, or among the activations in an ad-hoc sub-process.
    pub fn loop_counter(&self) -> Option<u32> {
        self.loop_counter
    }

    /// Whether it is one activation in an ad-hoc sub-process that is itself repeated.
    pub(crate) fn is_inner(&self) -> bool {
        self.inner
    }

    /// Listener jobs done since its state last changed.
    pub(crate) fn listeners_done(&self) -> usize {
        self.listeners_done as usize
    }

    /// Its open incident.
    pub fn incident(&self) -> Option<IncidentKey> {
        self.incident
    }

    /// Its open job: its own or a listener's.
    pub fn job(&self) -> Option<JobKey> {
        self.job
    }

    /// Its open user task.
    pub fn user_task(&self) -> Option<UserTaskKey> {
        self.user_task
    }

    /// The called instance it waits for.
    pub fn called(&self) -> Option<ProcessInstanceKey> {
        self.called
    }

    /// Its running timers, those of its boundary events and event sub-processes included.
    pub fn timers(&self) -> &[TimerKey] {
        &self.timers
    }

    /// Its open message subscriptions, those of its boundary events and event sub-processes included.
    pub fn subscriptions(&self) -> &[SubscriptionKey] {
        &self.subscriptions
    }

    /// Its open signal subscriptions, those of its boundary events and event sub-processes included.
    pub fn signals(&self) -> &[SubscriptionKey] {
        &self.signals
    }

    /// The variables at this scope.
    pub fn variables(&self) -> &BTreeMap<Arc<str>, Variable> {
        &self.variables
    }

    /// Tokens on a flow directly inside.
    pub fn tokens_on(&self, flow: ElementIndex) -> u32 {
        self.tokens.get(&flow).copied().unwrap_or(0)
    }

    /// Flows directly inside with tokens on them, and how many.
    pub fn tokens(&self) -> impl Iterator<Item = (ElementIndex, u32)> + '_ {
        self.tokens.iter().map(|(flow, count)| (*flow, *count))
    }

    /// Complex gateways directly inside that wait for their reset, and the incoming flows they took a token from when
    /// they were activated.
    pub(crate) fn resets(&self) -> &BTreeMap<ElementIndex, Vec<ElementIndex>> {
        &self.resets
    }

    /// What begins once what is being stopped is gone: itself, or what is inside.
    pub(crate) fn postponed(&self) -> &[Work] {
        &self.postponed
    }

    /// Whether the called instance was asked to cancel.
    pub(crate) fn is_canceling(&self) -> bool {
        self.canceling
    }

    /// What begins in it instead of its start event, for a container begun on the way.
    pub(crate) fn inside(&self) -> &[Entry] {
        &self.inside
    }

    /// The latest escalations of the called process, by what threw them.
    pub(crate) fn escalations(&self) -> &[ElementInstanceKey] {
        &self.escalations
    }

    /// The trigger that is there already: with which an event-based gateway leaves, or for which an event behind one does
    /// not wait.
    pub fn triggered(&self) -> Option<&Triggered> {
        self.triggered.as_deref()
    }

    /// How far it has come, for a multi-instance body whose number of children is known.
    pub fn body(&self) -> Option<&LoopState> {
        self.body.as_deref()
    }
}
