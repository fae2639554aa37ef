//! What a change set does to the tables: events become row changes in one place, [`Changes::of`], coalesced per key
//! (an element activated and completed in one change set is one insert). Both stores write the same changes.
//!
//! Rows hold only what is their own; names and ids of elements and processes are joined when read. Which flows were
//! taken stands in the history and is read from there: no row is written for a token.

mod audit;
mod coalesced;
mod collect;
mod decisions;
mod job_counts;
mod merge;
mod waits;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use audit::AuditRow;
pub(crate) use coalesced::{Change, Coalesced, Merge};
pub(crate) use decisions::{DecisionRow, decision_rows};
use hosk_core::{
    ElementInstanceKey, FormKey, IncidentKey, JobKey, MessageKey, ProcessDefinitionKey, ProcessInstanceKey,
    SubscriptionKey, TimerKey, Timestamp, UserTaskKey, VariableKey,
};
pub(crate) use job_counts::{JobCount, JobCounted};
pub(crate) use waits::{ConditionKey, ConditionRow, MovedCondition};

use hosk_model::ElementIndex;
use rustc_hash::FxHashSet;

use crate::Error;
use crate::read::{
    ElementInstanceState, Headers, IncidentState, IncidentType, JobListenerEvent, JobState, JobType,
    MessageSubscriptionState, ProcessInstanceState, Texts, UserTaskState,
};
use crate::write::{Batch, ChangeSet};

/// The row changes of every change set of a batch, after checking what the caller promised.
pub(crate) fn prepare(batch: &Batch) -> Result<Vec<(&ChangeSet, Changes)>, Error> {
    let wanted = batch.keys_wanted();
    if batch.keys.count < wanted {
        let what = format!("a batch needs {wanted} spare keys and has {}", batch.keys.count);
        return Err(Error::Invalid { what });
    }
    let mut seen = FxHashSet::default();
    let mut prepared = Vec::with_capacity(batch.changes.len());
    for set in &batch.changes {
        let changes = Changes::of(set);
        let instance = set.instance;
        if !seen.insert(instance) {
            return Err(Error::Invalid {
                what: format!("instance {instance} has two change sets in one batch"),
            });
        }
        if matches!(changes.instance, InstanceChange::New(_)) != (set.expected_version == 0) {
            let what = format!("instance {instance} is created with version {}", set.expected_version);
            return Err(Error::Invalid { what });
        }
        if changes.sent.len() > set.outbox_keys.len() {
            let what = format!("instance {instance} sends {} commands without keys", changes.sent.len());
            return Err(Error::Invalid { what });
        }
        prepared.push((set, changes));
    }
    Ok(prepared)
}

/// Everything one change set writes besides its history.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) instance: InstanceChange,
    pub(crate) elements: Coalesced<ElementRow>,
    pub(crate) variables: Coalesced<VariableRow>,
    pub(crate) jobs: Coalesced<JobRow>,
    /// What happened to jobs, each time that it did, to be counted.
    pub(crate) counted: Vec<JobCount>,
    pub(crate) user_tasks: Coalesced<UserTaskRow>,
    pub(crate) incidents: Coalesced<IncidentRow>,
    pub(crate) timers: Coalesced<TimerRow>,
    pub(crate) subscriptions: Coalesced<SubscriptionRow>,
    pub(crate) signals: Coalesced<SignalRow>,
    /// Conditions that are waited for from now on, or (`None`) not any more.
    pub(crate) conditions: BTreeMap<ConditionKey, Option<ConditionRow>>,
    /// Messages that arrived at subscriptions, in order.
    pub(crate) correlated: Vec<Correlated>,
    /// Subscriptions that opened or stay open after a message: they look for buffered messages, in order.
    pub(crate) listening: Vec<SubscriptionKey>,
    /// Decisions that were evaluated, in order.
    pub(crate) decisions: Vec<DecisionRow>,
    /// What people asked for, in order.
    pub(crate) audits: Vec<AuditRow>,
    /// Commands for other instances, in order; their keys come from the change set.
    pub(crate) sent: Vec<crate::codec::Sent>,
}

/// The row of the instance itself.
#[derive(Clone, Debug)]
pub(crate) enum InstanceChange {
    /// It is new.
    New(InstanceRow),
    /// It was there before with the expected version.
    Known {
        /// It came to its end.
        ended: Option<(ProcessInstanceState, Timestamp)>,
        /// How many incidents it has more, or less.
        incidents: i64,
        /// It was suspended, or (`Some(None)`) resumed.
        suspended: Clearable<Timestamp>,
        /// It was migrated: first of all its rows get other numbers.
        migrated: Option<Box<Migrated>>,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct InstanceRow {
    pub(crate) key: ProcessInstanceKey,
    pub(crate) version: u64,
    pub(crate) definition: ProcessDefinitionKey,
    pub(crate) state: ProcessInstanceState,
    pub(crate) started: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    /// Since when it is suspended.
    pub(crate) suspended: Option<Timestamp>,
    pub(crate) incidents: i64,
    pub(crate) parent_instance: Option<ProcessInstanceKey>,
    pub(crate) parent_element: Option<ElementInstanceKey>,
    pub(crate) root: ProcessInstanceKey,
    pub(crate) business_id: Option<Arc<str>>,
    pub(crate) tags: Texts,
    /// The message that started it.
    pub(crate) message: Option<MessageKey>,
}

/// An instance runs another definition.
#[derive(Clone, Debug)]
pub(crate) struct Migrated {
    /// Which, with the process id that its messages count for.
    pub(crate) definition: ProcessDefinitionKey,
    pub(crate) process_id: Arc<str>,
    /// Numbers of elements before and now. Rows of what is over keep theirs, with the definition they are of.
    pub(crate) elements: Vec<(ElementIndex, ElementIndex)>,
    /// Conditions that were closed before it, by the numbers of that time.
    pub(crate) closed: Vec<ConditionKey>,
    /// What becomes of the other conditions.
    pub(crate) conditions: Vec<MovedCondition>,
}

/// The state of a running instance.
pub(crate) fn state_when(suspended: Option<Timestamp>) -> ProcessInstanceState {
    if suspended.is_some() { ProcessInstanceState::Suspended } else { ProcessInstanceState::Active }
}

#[derive(Clone, Debug)]
pub(crate) struct ElementRow {
    pub(crate) key: ElementInstanceKey,
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) scope: ElementInstanceKey,
    /// The slot; negated for the multi-instance body around the activity in that slot, and for an activation in an ad-hoc
    /// sub-process.
    pub(crate) element: i64,
    pub(crate) state: ElementInstanceState,
    pub(crate) started: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) incident: Option<IncidentKey>,
    /// The definition its number is of, when the instance runs another one by now.
    pub(crate) definition: Option<ProcessDefinitionKey>,
}

/// A change of a column that may be empty: `None` leaves it, `Some(None)` empties it.
pub(crate) type Clearable<T> = Option<Option<T>>;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ElementPatch {
    pub(crate) ended: Option<(ElementInstanceState, Timestamp)>,
    /// `Some(None)`: not any more.
    pub(crate) incident: Clearable<IncidentKey>,
}

#[derive(Clone, Debug)]
pub(crate) struct VariableRow {
    pub(crate) key: VariableKey,
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) scope: ElementInstanceKey,
    pub(crate) name: Arc<str>,
    pub(crate) value: Arc<str>,
}

#[derive(Clone, Debug)]
pub(crate) struct JobRow {
    pub(crate) key: JobKey,
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) element_instance: ElementInstanceKey,
    pub(crate) job_type: Arc<str>,
    pub(crate) kind: JobType,
    pub(crate) listener_event: JobListenerEvent,
    pub(crate) state: JobState,
    pub(crate) retries: u32,
    pub(crate) priority: i32,
    pub(crate) worker: Option<Arc<str>>,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) retry_at: Option<Timestamp>,
    pub(crate) headers: Headers,
    pub(crate) error_code: Option<Arc<str>>,
    pub(crate) error_message: Option<Arc<str>>,
    pub(crate) denied_reason: Option<Arc<str>>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) tenant: Arc<str>,
}

/// `None` leaves a column as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct JobPatch {
    pub(crate) state: Option<JobState>,
    pub(crate) at: Timestamp,
    pub(crate) ended: bool,
    pub(crate) retries: Option<u32>,
    pub(crate) priority: Option<i32>,
    pub(crate) retry_at: Clearable<Timestamp>,
    pub(crate) error_code: Option<Arc<str>>,
    pub(crate) error_message: Option<Arc<str>>,
    pub(crate) denied_reason: Option<Arc<str>>,
    /// The worker does not hold it any more.
    pub(crate) released: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct UserTaskRow {
    pub(crate) key: UserTaskKey,
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) element_instance: ElementInstanceKey,
    pub(crate) state: UserTaskState,
    pub(crate) assignee: Option<Arc<str>>,
    pub(crate) candidate_groups: Texts,
    pub(crate) candidate_users: Texts,
    pub(crate) created: Timestamp,
    pub(crate) completed: Option<Timestamp>,
    pub(crate) follow_up: Option<Timestamp>,
    pub(crate) due: Option<Timestamp>,
    pub(crate) priority: u8,
    pub(crate) form: Option<FormKey>,
    pub(crate) external_form: Option<Arc<str>>,
    pub(crate) headers: Headers,
}

/// `None` leaves a column as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserTaskPatch {
    pub(crate) state: Option<UserTaskState>,
    pub(crate) completed: Option<Timestamp>,
    pub(crate) assignee: Clearable<Arc<str>>,
    pub(crate) candidate_groups: Option<Texts>,
    pub(crate) candidate_users: Option<Texts>,
    pub(crate) follow_up: Clearable<Timestamp>,
    pub(crate) due: Clearable<Timestamp>,
    pub(crate) priority: Option<u8>,
}

#[derive(Clone, Debug)]
pub(crate) struct IncidentRow {
    pub(crate) key: IncidentKey,
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) element_instance: ElementInstanceKey,
    pub(crate) job: Option<JobKey>,
    pub(crate) kind: IncidentType,
    pub(crate) message: Arc<str>,
    pub(crate) state: IncidentState,
    pub(crate) created: Timestamp,
    pub(crate) resolved: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub(crate) struct TimerRow {
    pub(crate) key: TimerKey,
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) due: Timestamp,
    /// The element instance that waits for it; `None` when it could only interrupt one, or when nobody noted it.
    pub(crate) waiting: Option<ElementInstanceKey>,
}

#[derive(Clone, Debug)]
pub(crate) struct SubscriptionRow {
    pub(crate) key: SubscriptionKey,
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) element_instance: ElementInstanceKey,
    pub(crate) element: i64,
    pub(crate) tenant: Arc<str>,
    pub(crate) process_id: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) correlation_key: Arc<str>,
    pub(crate) interrupting: bool,
    /// Whether the element instance waits for it, and is not only interrupted by it.
    pub(crate) waiting: bool,
    pub(crate) state: MessageSubscriptionState,
    pub(crate) updated: Timestamp,
    /// The message on its way to it.
    pub(crate) taken: Option<MessageKey>,
    /// The definition its element's number is of, when the instance runs another one by now.
    pub(crate) definition: Option<ProcessDefinitionKey>,
}

/// A signal subscription: there while it is open.
#[derive(Clone, Debug)]
pub(crate) struct SignalRow {
    pub(crate) key: SubscriptionKey,
    pub(crate) instance: ProcessInstanceKey,
    pub(crate) tenant: Arc<str>,
    pub(crate) name: Arc<str>,
    /// The element instance that waits for it; `None` when it could only interrupt one, or when nobody noted it.
    pub(crate) waiting: Option<ElementInstanceKey>,
}

/// What happened to a subscription that was there before.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SubscriptionPatch {
    pub(crate) at: Timestamp,
    /// A message arrived: an interrupting one is done, another can take the next.
    pub(crate) correlated: bool,
    /// Not waited for any more.
    pub(crate) closed: bool,
}

/// A message that arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Correlated {
    pub(crate) subscription: SubscriptionKey,
    pub(crate) message: MessageKey,
    pub(crate) at: Timestamp,
}

/// The name and key a message is matched by, within a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Address {
    pub(crate) tenant: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) correlation_key: Arc<str>,
}
