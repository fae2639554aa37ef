//! One process instance in memory. Fields are private to this module: only [`apply()`] writes them.
//!
//! All maps are ordered, so every walk over them is the same on every node. Each element instance knows what belongs
//! to it (children, job, timers …); nothing is ever searched for.

mod apply;
mod conditions;
mod element_instance;
mod intended;
mod undo;
mod variables;
mod work_items;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hosk_model::ElementIndex;
use serde::{Deserialize, Serialize};

pub use apply::apply;
pub use element_instance::{ElementInstance, ElementState, LoopState, Triggered};
pub use intended::Intended;
pub use undo::CompensationRecord;
pub use variables::Variable;
pub(crate) use variables::Visible;
pub use work_items::{Incident, Job, JobState, SignalSubscription, Subscription, Timer, UserTask};

use crate::command::{ParentLink, Variables};
use crate::event::InstanceCreated;
use crate::keys::{
    ElementInstanceKey, IncidentKey, JobKey, ProcessDefinitionKey, ProcessInstanceKey, SubscriptionKey,
    TimerKey, UserTaskKey,
};
use crate::work::Work;

/// One process instance: its life, its element instances, and what they wait for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceState {
    created: Option<Box<InstanceCreated>>,
    ended: bool,
    /// Boxed: they are large, and the tree would move them about when there are many.
    element_instances: BTreeMap<ElementInstanceKey, Box<ElementInstance>>,
    /// (container, what is directly in it).
    children: BTreeSet<(ElementInstanceKey, ElementInstanceKey)>,
    jobs: BTreeMap<JobKey, Job>,
    user_tasks: BTreeMap<UserTaskKey, UserTask>,
    timers: BTreeMap<TimerKey, Timer>,
    subscriptions: BTreeMap<SubscriptionKey, Subscription>,
    incidents: BTreeMap<IncidentKey, Incident>,
    /// What the last step left over, in order.
    paused: Vec<Work>,
    /// Bytes of all names and values of variables.
    variable_bytes: usize,
    /// It makes no progress.
    #[serde(default)]
    suspended: bool,
    /// Conditions that are waited for: by which element instance, on behalf of which event; whether they held when last
    /// looked at.
    #[serde(default)]
    conditions: conditions::Conditions,
    /// The oldest incident in what a call activity called.
    #[serde(default)]
    called_incidents: BTreeMap<ElementInstanceKey, IncidentKey>,
    /// The incident the caller knows of.
    #[serde(default)]
    told_incident: Option<IncidentKey>,
    /// Signals that are waited for.
    #[serde(default)]
    signals: BTreeMap<SubscriptionKey, SignalSubscription>,
    /// Triggers that have come to events which wait for others as well, by who waits, in order of arrival.
    #[serde(default)]
    gathered: BTreeMap<ElementInstanceKey, Vec<Triggered>>,
}

impl InstanceState {
    /// An instance that is not created yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How it was created; `None` before that.
    pub fn created(&self) -> Option<&InstanceCreated> {
        self.created.as_deref()
    }

    /// Its key; `None` before it is created.
    pub fn key(&self) -> Option<ProcessInstanceKey> {
        self.created().map(|c| c.key)
    }

    /// What it runs; `None` before it is created.
    pub fn definition(&self) -> Option<ProcessDefinitionKey> {
        self.created().map(|c| c.definition)
    }

    /// Its tenant; `None` before it is created.
    pub fn tenant(&self) -> Option<&Arc<str>> {
        self.created().map(|c| &c.tenant)
    }

    /// The call activity that waits for it.
    pub fn parent(&self) -> Option<ParentLink> {
        self.created().and_then(|c| c.parent)
    }

    /// The instance at the top of the hierarchy: itself when nobody called it.
    pub fn root(&self) -> Option<ProcessInstanceKey> {
        self.created().map(|c| c.parent.map_or(c.key, |p| p.root))
    }

    /// What it has in common with the instances that message flows join it with, where their messages have no
    /// correlation of their own: the correlation key of the message that started it or its callers, else the key of the
    /// instance at the top. `None` before it is created.
    pub fn conversation(&self) -> Option<Arc<str>> {
        let given = self.created().and_then(|created| created.conversation.clone());
        given.or_else(|| self.root().map(|root| root.0.to_string().into()))
    }

    /// Whether it came to its end.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// Whether it is suspended: it makes no progress until it is resumed.
    pub fn is_suspended(&self) -> bool {
        self.suspended && !self.ended
    }

    /// What is alive in it, in order of creation; the first is the process itself.
    pub fn element_instances(&self) -> impl Iterator<Item = &ElementInstance> {
        self.element_instances.values().map(|instance| &**instance)
    }

    /// One element instance, while it is alive.
    pub fn element_instance(&self, key: ElementInstanceKey) -> Option<&ElementInstance> {
        self.element_instances.get(&key).map(|instance| &**instance)
    }

    /// What is alive directly inside a container, in order of creation.
    pub fn children(&self, scope: ElementInstanceKey) -> impl Iterator<Item = ElementInstanceKey> + '_ {
        let all = (scope, ElementInstanceKey(0))..=(scope, ElementInstanceKey(u64::MAX));
        self.children.range(all).map(|(_, child)| *child)
    }

    /// What is alive directly inside a container and younger than `after`, in order of creation.
    pub(crate) fn children_after(
        &self,
        scope: ElementInstanceKey,
        after: ElementInstanceKey,
    ) -> impl Iterator<Item = ElementInstanceKey> + '_ {
        use std::ops::Bound::{Excluded, Included};
        let younger = (Excluded((scope, after)), Included((scope, ElementInstanceKey(u64::MAX))));
        self.children.range(younger).map(|(_, child)| *child)
    }

    /// One job, until it is completed or canceled.
    pub fn job(&self, key: JobKey) -> Option<&Job> {
        self.jobs.get(&key)
    }

    /// Open jobs, oldest first.
    pub fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values()
    }

    /// One user task, until it is completed or canceled.
    pub fn user_task(&self, key: UserTaskKey) -> Option<&UserTask> {
        self.user_tasks.get(&key)
    }

    /// Open user tasks, oldest first.
    pub fn user_tasks(&self) -> impl Iterator<Item = &UserTask> {
        self.user_tasks.values()
    }

    /// One timer, while it runs.
    pub fn timer(&self, key: TimerKey) -> Option<&Timer> {
        self.timers.get(&key)
    }

    /// Running timers, oldest first.
    pub fn timers(&self) -> impl Iterator<Item = &Timer> {
        self.timers.values()
    }

    /// One message subscription, while it is open.
    pub fn subscription(&self, key: SubscriptionKey) -> Option<&Subscription> {
        self.subscriptions.get(&key)
    }

    /// Open message subscriptions, oldest first.
    pub fn subscriptions(&self) -> impl Iterator<Item = &Subscription> {
        self.subscriptions.values()
    }

    /// Triggers that an element instance keeps on behalf of events which wait for others as well, in order of arrival.
    pub fn gathered(&self, owner: ElementInstanceKey) -> &[Triggered] {
        self.gathered.get(&owner).map_or(&[], Vec::as_slice)
    }

    /// One signal subscription, while it is open.
    pub fn signal_subscription(&self, key: SubscriptionKey) -> Option<&SignalSubscription> {
        self.signals.get(&key)
    }

    /// Open signal subscriptions, oldest first.
    pub fn signal_subscriptions(&self) -> impl Iterator<Item = &SignalSubscription> {
        self.signals.values()
    }

    /// Conditions that are waited for: by whom, on behalf of which event, and whether they held when last looked at.
    pub fn conditions(&self) -> impl Iterator<Item = (ElementInstanceKey, ElementIndex, bool)> + '_ {
        self.conditions.iter()
    }

    /// The conditions one element instance waits for, those of its boundary events and event sub-processes included.
    pub fn conditions_of(
        &self,
        owner: ElementInstanceKey,
    ) -> impl Iterator<Item = (ElementIndex, bool)> + '_ {
        self.conditions.of(owner)
    }

    /// Whether a condition held when last looked at; `None` when it is not waited for.
    pub fn condition(&self, owner: ElementInstanceKey, target: ElementIndex) -> Option<bool> {
        self.conditions.get(owner, target)
    }

    /// The element instances that wait for a condition on behalf of an event, in order of creation.
    pub(crate) fn condition_owners(&self, target: ElementIndex) -> Option<&BTreeSet<ElementInstanceKey>> {
        self.conditions.owners(target)
    }

    /// One incident, until it is resolved.
    pub fn incident(&self, key: IncidentKey) -> Option<&Incident> {
        self.incidents.get(&key)
    }

    /// Open incidents, oldest first.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values()
    }

    /// The oldest incident in the instance a call activity called, or in what that called.
    pub fn called_incident(&self, caller: ElementInstanceKey) -> Option<IncidentKey> {
        self.called_incidents.get(&caller).copied()
    }

    /// The oldest incident here, else one in what it called.
    pub(crate) fn trouble(&self) -> Option<IncidentKey> {
        let own = self.incidents.keys().next();
        own.or_else(|| self.called_incidents.values().next()).copied()
    }

    /// The incident the caller knows of.
    pub(crate) fn told_incident(&self) -> Option<IncidentKey> {
        self.told_incident
    }

    /// Every variable an element instance sees; of two with one name, the nearest scope's.
    pub fn visible_variables(&self, element_instance: ElementInstanceKey) -> Variables {
        let mut visible = Variables::new();
        for instance in self.scopes(element_instance) {
            for (name, variable) in instance.variables() {
                if !visible.contains_key(name) {
                    visible.insert(name.clone(), variable.value.clone());
                }
            }
        }
        visible
    }

    /// The variables at an element instance itself.
    pub fn local_variables(&self, element_instance: ElementInstanceKey) -> Variables {
        self.element_instance(element_instance)
            .map(|i| i.variables().iter().map(|(name, v)| (name.clone(), v.value.clone())).collect())
            .unwrap_or_default()
    }

    /// Whether the last step left work over, for which it asked the runtime to send
    /// [`Continue`](crate::Command::Continue).
    pub fn has_paused_work(&self) -> bool {
        !self.paused.is_empty()
    }

    /// What the last step left over, in order.
    pub fn paused_work(&self) -> &[Work] {
        &self.paused
    }

    /// Bytes of the names and values of all its variables.
    pub fn variable_bytes(&self) -> usize {
        self.variable_bytes
    }

    /// About how many bytes it takes in memory: what a cache of instances counts.
    pub fn weight(&self) -> usize {
        const EMPTY: usize = 512;
        const PER_ROW: usize = 256;
        let rows = self.element_instances.len()
            + self.jobs.len()
            + self.user_tasks.len()
            + self.timers.len()
            + self.subscriptions.len()
            + self.signals.len()
            + self.conditions.len()
            + self.incidents.len();
        EMPTY + rows * PER_ROW + self.variable_bytes
    }

    /// How many element instances are alive.
    pub(crate) fn len(&self) -> usize {
        self.element_instances.len()
    }

    /// An element instance, then what it stands in, up to and including the process.
    pub(crate) fn scopes(&self, key: ElementInstanceKey) -> impl Iterator<Item = &ElementInstance> {
        std::iter::successors(self.element_instance(key), |instance| {
            if instance.scope() == instance.key() { None } else { self.element_instance(instance.scope()) }
        })
    }

    /// Its variables as an expression at an element instance reads them.
    pub(crate) fn visible(&self, key: ElementInstanceKey) -> Visible<'_> {
        Visible::new(self, key)
    }
}
