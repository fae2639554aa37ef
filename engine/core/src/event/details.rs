//! What stands in the larger events. The rules of the durable format hold here as well.

use std::sync::Arc;

use hosk_model::{ElementIndex, ListenerEvent};
use serde::{Deserialize, Serialize};

use crate::command::{ChildOutcome, ParentLink, UserTaskChanges, Variables};
use crate::keys::{
    ElementInstanceKey, JobKey, MessageKey, ProcessDefinitionKey, ProcessInstanceKey, SubscriptionKey,
    TimerKey, Timestamp, UserTaskKey,
};

pub use super::compensation::Undone;
pub use super::signal::{SignalEvent, SignalThrown};

/// The instance exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceCreated {
    /// Its key.
    pub key: ProcessInstanceKey,
    /// What it runs.
    pub definition: ProcessDefinitionKey,
    /// Where it begins; empty: at the start event without trigger.
    #[serde(default)]
    pub start: Vec<ElementIndex>,
    /// The caller.
    pub parent: Option<ParentLink>,
    /// The message that started it.
    pub message: Option<MessageKey>,
    /// Business id.
    pub business_id: Option<Arc<str>>,
    /// Tags.
    pub tags: Vec<Arc<str>>,
    /// Tenant.
    pub tenant: Arc<str>,
    /// Who.
    pub by: Option<Arc<str>>,
    /// Elements after which it is stopped.
    #[serde(default)]
    pub terminate_after: Vec<ElementIndex>,
    /// The conversation it belongs to; absent: that of the instance at the top.
    #[serde(default)]
    pub conversation: Option<Arc<str>>,
}

/// The instance came to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceEnded {
    /// How; for an instance nobody called, the variables are left out (they stand in the rows).
    pub outcome: ChildOutcome,
    /// Who waits for it.
    pub parent: Option<ParentLink>,
}

/// The instance goes on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InstanceResumed {
    /// Timers that run again, and when they are due.
    pub timers: Vec<(TimerKey, Timestamp)>,
    /// Subscriptions that messages reach again.
    pub subscriptions: Vec<SubscriptionKey>,
    /// Who waits for the timers, on behalf of which event, in their order. Empty: a release before it did not say.
    #[serde(default)]
    pub owners: Vec<(ElementInstanceKey, ElementIndex)>,
}

/// A message that an element of the instance publishes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageThrown {
    /// Its key.
    pub key: MessageKey,
    /// Who publishes it.
    pub element_instance: ElementInstanceKey,
    /// Name.
    pub name: Arc<str>,
    /// Correlation key; may be empty for start events.
    pub correlation_key: Arc<str>,
    /// Deduplicates while the message lives.
    pub message_id: Option<Arc<str>>,
    /// Until when it waits for a subscriber.
    pub expires_at: Timestamp,
    /// What it brings.
    pub variables: Variables,
    /// Tenant.
    pub tenant: Arc<str>,
}

/// What happened with triggers of an event that waits for several together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TriggerEvent {
    /// One of them has come, and is kept until the others come.
    Came {
        /// The element instance that waits on behalf of the event.
        owner: ElementInstanceKey,
        /// The definition whose trigger came.
        by: ElementIndex,
        /// What it brought.
        variables: Variables,
    },
    /// Some are kept no longer: all have come, or the event is not waited for any more.
    Taken {
        /// The element instance that waited.
        owner: ElementInstanceKey,
        /// The definitions, one entry per trigger; of each the oldest goes.
        slots: Vec<ElementIndex>,
    },
}

/// Work for a worker or connector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobCreated {
    /// Its key, also the idempotency key of what it calls.
    pub key: JobKey,
    /// For whom.
    pub element_instance: ElementInstanceKey,
    /// Which element.
    pub element: ElementIndex,
    /// What kind.
    pub kind: JobKind,
    /// The listener event, for listener jobs.
    pub listener_event: Option<ListenerEvent>,
    /// Job type.
    pub job_type: Arc<str>,
    /// Retries.
    pub retries: u32,
    /// Priority.
    pub priority: i32,
    /// Headers.
    pub headers: Arc<Vec<(String, String)>>,
}

/// What a job stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobKind {
    /// The element's own work.
    BpmnElement,
    /// An execution listener.
    ExecutionListener,
    /// A task listener.
    TaskListener,
    /// An ad-hoc sub-process's choice.
    AdHocSubProcess,
}

/// A person has something to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserTaskCreated {
    /// Its key.
    pub key: UserTaskKey,
    /// For whom.
    pub element_instance: ElementInstanceKey,
    /// Which element.
    pub element: ElementIndex,
    /// Assignee.
    pub assignee: Option<Arc<str>>,
    /// Candidate groups.
    pub candidate_groups: Vec<Arc<str>>,
    /// Candidate users.
    pub candidate_users: Vec<Arc<str>>,
    /// Due date (ISO 8601).
    pub due_date: Option<Arc<str>>,
    /// Follow-up date (ISO 8601).
    pub follow_up_date: Option<Arc<str>>,
    /// Priority, 0 to 100.
    pub priority: u8,
    /// Key of the deployed form it shows.
    pub form_key: Option<crate::keys::FormKey>,
    /// Reference of a form outside.
    pub external_form: Option<Arc<str>>,
    /// Headers.
    pub headers: Arc<Vec<(String, String)>>,
}

/// What is about to happen to a user task, once its task listeners are done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UserTaskTransition {
    /// It was created.
    Creating {
        /// Who it will be assigned to then.
        assignee: Option<Arc<str>>,
    },
    /// It gets another assignee.
    Assigning {
        /// Whose it will be; `None`: nobody's.
        assignee: Option<Arc<str>>,
        /// Who does it.
        by: Option<Arc<str>>,
        /// What the caller named it; absent: by its usual word.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<Arc<str>>,
    },
    /// Its attributes change.
    Updating {
        /// What.
        changes: UserTaskChanges,
        /// Who does it.
        by: Option<Arc<str>>,
        /// What the caller named it; absent: by its usual word.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<Arc<str>>,
    },
    /// It is done.
    Completing {
        /// What the form gives.
        variables: Variables,
        /// By whom.
        by: Option<Arc<str>>,
        /// See above.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<Arc<str>>,
    },
    /// It is not needed any more.
    Canceling,
}

impl UserTaskTransition {
    /// The listeners that work on it.
    pub fn listener_event(&self) -> ListenerEvent {
        match self {
            Self::Creating { .. } => ListenerEvent::Creating,
            Self::Assigning { .. } => ListenerEvent::Assigning,
            Self::Updating { .. } => ListenerEvent::Updating,
            Self::Completing { .. } => ListenerEvent::Completing,
            Self::Canceling => ListenerEvent::Canceling,
        }
    }
}

/// A process that is to be called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChildRequested {
    /// The key the called instance will have.
    pub child: ProcessInstanceKey,
    /// The call activity.
    pub caller: ElementInstanceKey,
    /// What it runs.
    pub definition: ProcessDefinitionKey,
    /// Its root variables.
    pub variables: Variables,
    /// Its business id.
    pub business_id: Option<Arc<str>>,
    /// Top of the hierarchy.
    pub root: ProcessInstanceKey,
    /// How many instances call one another above it.
    #[serde(default)]
    pub depth: u32,
    /// Tenant.
    pub tenant: Arc<str>,
    /// The conversation it belongs to; absent: that of the instance at the top.
    #[serde(default)]
    pub conversation: Option<Arc<str>>,
}

/// Kinds of incidents; the wire names are those operators know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IncidentKind {
    /// An input or output mapping failed.
    IoMappingError,
    /// A job used up its retries.
    JobNoRetries,
    /// An execution listener used up its retries.
    ExecutionListenerNoRetries,
    /// A task listener used up its retries.
    TaskListenerNoRetries,
    /// No flow can be taken.
    ConditionError,
    /// An expression needs a value that is not there or not right.
    ExtractValueError,
    /// The called process does not exist.
    CalledElementError,
    /// A form is not there.
    FormNotFound,
    /// An error that nothing catches.
    UnhandledErrorEvent,
    /// A value is too large.
    MessageSizeExceeded,
    /// A named limit was reached.
    LimitExceeded,
    /// The engine itself failed at this instance.
    Quarantined,
    /// A decision has no value.
    DecisionEvaluationError,
    /// The called decision does not exist.
    CalledDecisionError,
    /// The job that leads an ad-hoc sub-process used up its retries.
    AdHocSubProcessNoRetries,
}
