//! The tables in memory: the same narrow rows the databases hold, joined when read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hosk_core::{MessageKey, ProcessInstanceKey, SubscriptionKey, Timestamp};

use super::batches::{BatchRow, ItemRow};
use super::signals::{BroadcastRow, SignalStartRow};
use super::start_timers::StartTimer;
use crate::cluster_variables::StoredClusterVariable;
use crate::codec::StoredCommand;
use crate::definitions::{ElementName, slot_of};
use crate::global_listeners::StoredTaskListener;
use crate::read::{
    CorrelatedMessageSubscription, DecisionDefinition, DecisionRequirements, Form, MessageSubscriptionState,
    ProcessDefinition, ProcessInstanceState, Resource,
};
use crate::rendezvous::Start;
use crate::rows::{
    Address, AuditRow, Change, Changes, Coalesced, ConditionKey, ConditionRow, DecisionRow, ElementRow,
    IncidentRow, InstanceChange, InstanceRow, JobRow, Merge, Migrated, SignalRow, SubscriptionRow, TimerRow,
    UserTaskRow, VariableRow, state_when,
};
use crate::write::{ChangeSet, Claim, NewResource, OutboxEntry};

/// A row by its key.
pub(super) type Keyed<R> = BTreeMap<u64, R>;

/// Process id, tenant, correlation key.
pub(super) type Lock = (Arc<str>, Arc<str>, Arc<str>);

#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    /// Until when, and whose.
    pub(super) nodes: BTreeMap<u16, (Timestamp, u64)>,
    /// Files that were stored and versions that were deleted, in order.
    pub(super) definition_changes: Vec<DefinitionChange>,
    pub(super) files: Keyed<File>,
    /// With the place in their file.
    pub(super) processes: Keyed<Versioned<ProcessDefinition>>,
    pub(super) forms: Keyed<Versioned<Form>>,
    pub(super) graphs: Keyed<Versioned<DecisionRequirements>>,
    pub(super) decisions: Keyed<Versioned<DecisionDefinition>>,
    pub(super) resources: Keyed<Versioned<Resource>>,
    pub(super) element_names: BTreeMap<(u64, i64), ElementName>,
    pub(super) starts: Vec<(Start, bool)>,
    /// By definition and element.
    pub(super) start_timers: BTreeMap<(u64, u32), StartTimer>,
    pub(super) instances: Keyed<InstanceRow>,
    pub(super) history: BTreeMap<(u64, u64), Arc<[u8]>>,
    /// The commits of the history, counted.
    pub(super) commits: BTreeMap<u64, (u64, u64)>,
    /// How many there were.
    pub(super) committed: u64,
    pub(super) snapshots: Keyed<(u64, Arc<[u8]>)>,
    pub(super) elements: Keyed<ElementRow>,
    pub(super) variables: Keyed<VariableRow>,
    pub(super) jobs: Keyed<JobRow>,
    pub(super) job_figures: super::job_figures::Figures,
    pub(super) user_tasks: Keyed<UserTaskRow>,
    pub(super) incidents: Keyed<IncidentRow>,
    pub(super) timers: Keyed<TimerRow>,
    /// Timers that a node fires, until when.
    pub(super) fired_by: Keyed<Timestamp>,
    pub(super) subscriptions: Keyed<SubscriptionRow>,
    /// Open signal subscriptions by number: they are written in that order.
    pub(super) signals: Keyed<SignalRow>,
    /// The last number given.
    pub(super) signal_number: u64,
    /// With the number each was given.
    pub(super) conditions: BTreeMap<ConditionKey, (u64, ConditionRow)>,
    /// The last number given.
    pub(super) condition_number: u64,
    /// By definition and element.
    pub(super) signal_starts: BTreeMap<(u64, u32), SignalStartRow>,
    pub(super) broadcasts: Keyed<BroadcastRow>,
    pub(super) messages: Keyed<Message>,
    pub(super) counted: BTreeSet<(MessageKey, Arc<str>)>,
    pub(super) locks: BTreeMap<Lock, ProcessInstanceKey>,
    pub(super) correlated: Vec<CorrelatedRow>,
    pub(super) evaluated: Keyed<DecisionRow>,
    pub(super) audits: Vec<AuditRow>,
    /// By tenant and name, each with its number.
    pub(super) cluster_variables: BTreeMap<(Arc<str>, Arc<str>), (u64, StoredClusterVariable)>,
    pub(super) cluster_variable_number: u64,
    /// By id, each with its number.
    pub(super) task_listeners: BTreeMap<Arc<str>, (u64, StoredTaskListener)>,
    pub(super) task_listener_number: u64,
    /// By tenant and id.
    pub(super) value_maps: BTreeMap<(Arc<str>, Arc<str>), super::value_maps::Map>,
    /// The last number given to a map, and to an entry.
    pub(super) value_map_number: u64,
    pub(super) value_map_entry_number: u64,
    pub(super) batches: Keyed<BatchRow>,
    pub(super) batch_items: Keyed<ItemRow>,
    pub(super) outbox: Keyed<Entry>,
    /// Who carries the entries that are made now.
    pub(super) carrier: Claim,
}

/// Of what is deployed.
#[derive(Clone, Copy, Debug)]
pub(super) enum DefinitionChange {
    /// A file was stored.
    File(u64),
    /// A version was deleted.
    Deleted(u64),
}

#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) name: Arc<str>,
    pub(super) tenant: Arc<str>,
    pub(super) content: Arc<[u8]>,
}

#[derive(Clone, Debug)]
pub(super) struct Versioned<R> {
    pub(super) row: R,
    pub(super) file: u64,
    pub(super) position: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) address: Address,
    pub(super) id: Option<Arc<str>>,
    pub(super) expires: Timestamp,
    pub(super) variables: hosk_core::Variables,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) source: Option<ProcessInstanceKey>,
    pub(super) target: ProcessInstanceKey,
    pub(super) correlated_process: Option<Arc<str>>,
    pub(super) command: StoredCommand,
    /// Who carries it, and until when.
    pub(super) owner: u64,
    pub(super) until: Timestamp,
}

impl Entry {
    pub(super) fn to_carry(&self, key: u64) -> OutboxEntry {
        OutboxEntry {
            key,
            source: self.source,
            target: self.target,
            carries: self.command.clone().into_carried(self.target),
            correlated_process: self.correlated_process.clone(),
        }
    }
}

/// See [`CorrelatedMessageSubscription`]; the element's number instead of its id.
#[derive(Clone, Debug)]
pub(super) struct CorrelatedRow {
    pub(super) message: MessageKey,
    pub(super) subscription: SubscriptionKey,
    pub(super) time: Timestamp,
    pub(super) name: Arc<str>,
    pub(super) correlation_key: Arc<str>,
    pub(super) definition: u64,
    pub(super) element: i64,
    pub(super) element_instance: Option<hosk_core::ElementInstanceKey>,
    pub(super) instance: ProcessInstanceKey,
}

impl Tables {
    /// What is over keeps its numbers, with the definition they are of; the rest gets the new ones.
    fn migrate(&mut self, instance: ProcessInstanceKey, to: &Migrated) {
        let Some(row) = self.instances.get_mut(&instance.0) else { return };
        let before = std::mem::replace(&mut row.definition, to.definition);
        let becomes = |number: i64| {
            let found = to.elements.iter().find(|(from, _)| i64::from(from.0) == slot_of(number));
            found.map(|(from, now)| number + number.signum() * (i64::from(now.0) - i64::from(from.0)))
        };
        for row in
            self.elements.values_mut().filter(|row| row.instance == instance && row.definition.is_none())
        {
            match becomes(row.element) {
                _ if row.ended.is_some() => row.definition = Some(before),
                Some(now) => row.element = now,
                None => {}
            }
        }
        let open = MessageSubscriptionState::Created;
        let of = |row: &&mut SubscriptionRow| row.instance == instance && row.definition.is_none();
        for row in self.subscriptions.values_mut().filter(of) {
            match becomes(row.element).filter(|_| row.state == open) {
                Some(now) => (row.element, row.process_id) = (now, to.process_id.clone()),
                None => row.definition = Some(before),
            }
        }
    }

    /// Whether an instance makes no progress.
    pub(super) fn is_suspended(&self, instance: ProcessInstanceKey) -> bool {
        self.instances.get(&instance.0).is_some_and(|row| row.state == ProcessInstanceState::Suspended)
    }

    /// Writes what one change set does; its version was checked.
    pub(super) fn write(&mut self, set: &ChangeSet, changes: &Changes, body: Vec<u8>) {
        match &changes.instance {
            InstanceChange::New(row) => _ = self.instances.insert(row.key.0, row.clone()),
            InstanceChange::Known { ended, incidents, suspended, migrated } => {
                if let Some(migrated) = migrated {
                    self.migrate(set.instance, migrated);
                    self.migrate_conditions(set.instance, migrated);
                }
                if let Some(row) = self.instances.get_mut(&set.instance.0) {
                    row.version += 1;
                    row.incidents += incidents;
                    if let Some(since) = suspended {
                        (row.state, row.suspended) = (state_when(*since), *since);
                    }
                    if let Some((state, at)) = ended {
                        (row.state, row.ended) = (*state, Some(*at));
                    }
                }
            }
        }
        let version = set.expected_version + 1;
        self.history.insert((set.instance.0, version), body.into());
        self.committed += 1;
        self.commits.insert(self.committed, (set.instance.0, version));
        if let Some(snapshot) = &set.snapshot {
            self.snapshots.insert(set.instance.0, (version, snapshot.as_slice().into()));
        }
        for (incident, at) in changes.incidents.updates() {
            let element =
                self.incidents.get(&incident).filter(|_| at.is_some()).map(|row| row.element_instance);
            let element = element.and_then(|element| self.elements.get_mut(&element.0));
            if let Some(element) =
                element.filter(|element| element.incident.is_some_and(|key| key.0 == incident))
            {
                element.incident = None;
            }
        }
        change(&mut self.elements, &changes.elements);
        change(&mut self.variables, &changes.variables);
        change(&mut self.jobs, &changes.jobs);
        self.count_jobs(changes);
        change(&mut self.user_tasks, &changes.user_tasks);
        change(&mut self.incidents, &changes.incidents);
        change(&mut self.timers, &changes.timers);
        for change in changes.timers.iter() {
            if let Change::Insert(timer, _) | Change::Delete(timer) = change {
                self.fired_by.remove(timer);
            }
        }
        change(&mut self.subscriptions, &changes.subscriptions);
        self.write_signals(changes);
        self.write_conditions(changes);
        self.audits.extend(changes.audits.iter().cloned());
        self.evaluated.extend(changes.decisions.iter().map(|row| (row.key.0, row.clone())));
        for one in &changes.correlated {
            let Some(subscription) = self.subscriptions.get(&one.subscription.0) else { continue };
            let Some(instance) = self.instances.get(&set.instance.0) else { continue };
            self.correlated.push(CorrelatedRow {
                message: one.message,
                subscription: one.subscription,
                time: one.at,
                name: subscription.name.clone(),
                correlation_key: subscription.correlation_key.clone(),
                definition: instance.definition.0,
                element: subscription.element,
                element_instance: Some(subscription.element_instance),
                instance: set.instance,
            });
        }
        self.write_sent(set, changes);
    }

    /// What the instance sends to others.
    fn write_sent(&mut self, set: &ChangeSet, changes: &Changes) {
        for (key, sent) in set.outbox_keys.iter().zip(&changes.sent) {
            let entry = Entry {
                source: Some(set.instance),
                target: sent.target,
                correlated_process: None,
                command: sent.command.clone(),
                owner: self.carrier.owner,
                until: self.carrier.until,
            };
            self.outbox.insert(*key, entry);
        }
    }

    /// Stores a file once.
    pub(super) fn store_file(&mut self, file: &NewResource, tenant: &Arc<str>) {
        self.files.entry(file.key).or_insert_with(|| File {
            name: file.name.clone(),
            tenant: tenant.clone(),
            content: file.content.clone(),
        });
    }

    /// Makes the start events of the latest version of a process id the active ones.
    pub(super) fn refresh_starts(&mut self, process_id: &str, tenant: &str) {
        for (start, active) in &mut self.starts {
            if *start.process_id == *process_id && *start.tenant == *tenant {
                let process = self.processes.get(&start.definition.0);
                *active = process.is_some_and(|process| process.row.is_latest_version);
            }
        }
        for row in self.signal_starts.values_mut() {
            if *row.process_id == *process_id && *row.start.tenant == *tenant {
                let process = self.processes.get(&row.start.definition.0);
                row.active = process.is_some_and(|process| process.row.is_latest_version);
            }
        }
        for timer in self.start_timers.values_mut() {
            if *timer.process_id == *process_id && *timer.start.tenant == *tenant {
                let process = self.processes.get(&timer.start.definition.0);
                timer.active = process.is_some_and(|process| process.row.is_latest_version);
            }
        }
    }
}

fn change<R: Merge + Clone>(table: &mut Keyed<R>, changes: &Coalesced<R>) {
    for change in changes.iter() {
        match change {
            Change::Insert(key, row) => _ = table.insert(*key, row.clone()),
            Change::Update(key, patch) => {
                if let Some(row) = table.get_mut(key) {
                    row.patch(patch);
                }
            }
            Change::Delete(key) => _ = table.remove(key),
            Change::Nothing => {}
        }
    }
}

/// Joined, see the entity.
pub(super) fn correlated(
    tables: &Tables,
    key: usize,
    row: &CorrelatedRow,
) -> Option<CorrelatedMessageSubscription> {
    let process = &tables.processes.get(&row.definition)?.row;
    Some(CorrelatedMessageSubscription {
        key: key as u64 + 1,
        message_key: row.message,
        subscription_key: row.subscription,
        correlation_time: row.time,
        message_name: row.name.clone(),
        correlation_key: Some(row.correlation_key.clone()),
        element_id: tables.element_names.get(&(row.definition, row.element))?.id.clone(),
        element_instance_key: row.element_instance,
        process_instance_key: row.instance,
        root_process_instance_key: tables.instances.get(&row.instance.0).map(|instance| instance.root),
        process_definition_id: process.process_definition_id.clone(),
        process_definition_key: process.key,
        tenant_id: process.tenant_id.clone(),
    })
}
