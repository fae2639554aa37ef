//! What can be asked of one process instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_feel::Json;

use crate::keys::{
    ElementInstanceKey, IncidentKey, JobKey, MessageKey, ProcessDefinitionKey, ProcessInstanceKey, SignalKey,
    SubscriptionKey, TimerKey, Timestamp, UserTaskKey,
};

/// Variables by name.
pub type Variables = BTreeMap<Arc<str>, Json>;

/// A command to one instance. It is refused before anything changes, or it succeeds.
#[derive(Clone, Debug)]
pub enum Command {
    /// Start the instance.
    Create(Box<CreateInstance>),
    /// A worker finished its job.
    CompleteJob {
        /// The job.
        job: JobKey,
        /// What it returns.
        variables: Variables,
        /// For task listener jobs: the transition is denied, with the reason.
        denied: Option<String>,
        /// For task listener jobs: what else changes with the transition.
        corrections: Option<Box<Corrections>>,
        /// For jobs that lead an ad-hoc sub-process: what happens in it. Nothing to other jobs.
        choice: Option<Box<AdHocChoice>>,
    },
    /// A worker could not do its job.
    FailJob {
        /// The job.
        job: JobKey,
        /// Retries left; 0 raises an incident.
        retries: u32,
        /// Not offered again before.
        retry_at: Option<Timestamp>,
        /// What went wrong, in full.
        message: String,
        /// Set at the job's element.
        variables: Variables,
    },
    /// A worker raises a BPMN error.
    ThrowJobError {
        /// The job.
        job: JobKey,
        /// The error code.
        code: String,
        /// Says more.
        message: String,
        /// Set where the error is caught.
        variables: Variables,
    },
    /// An operator changes a job.
    UpdateJob {
        /// The job.
        job: JobKey,
        /// New number of retries.
        retries: Option<u32>,
        /// New priority.
        priority: Option<i32>,
    },
    /// A person finished a user task.
    CompleteUserTask {
        /// The task.
        user_task: UserTaskKey,
        /// What the form gives.
        variables: Variables,
        /// The `action` reported to listeners; "complete" when empty.
        action: String,
        /// Who.
        by: Option<Arc<str>>,
    },
    /// Give a user task to a person, or take it away (`assignee: None`).
    AssignUserTask {
        /// The task.
        user_task: UserTaskKey,
        /// To whom.
        assignee: Option<Arc<str>>,
        /// Whether an assigned task may be given to another; when not, it is refused.
        allow_override: bool,
        /// The `action` reported to listeners.
        action: String,
        /// Who.
        by: Option<Arc<str>>,
    },
    /// Change a user task's attributes.
    UpdateUserTask {
        /// The task.
        user_task: UserTaskKey,
        /// What changes.
        changes: UserTaskChanges,
        /// The `action` reported to listeners.
        action: String,
        /// Who.
        by: Option<Arc<str>>,
    },
    /// A timer is due.
    TriggerTimer {
        /// The timer.
        timer: TimerKey,
    },
    /// A message reaches a subscription.
    CorrelateMessage {
        /// The subscription.
        subscription: SubscriptionKey,
        /// The message.
        message: MessageKey,
        /// Its variables.
        variables: Variables,
    },
    /// A signal reaches a subscription.
    ReceiveSignal {
        /// The subscription.
        subscription: SubscriptionKey,
        /// The signal.
        signal: SignalKey,
        /// Its variables.
        variables: Variables,
    },
    /// The called process came to its end.
    ChildEnded {
        /// The called instance.
        child: ProcessInstanceKey,
        /// The call activity's instance.
        caller: ElementInstanceKey,
        /// How.
        outcome: ChildOutcome,
    },
    /// The called process threw an escalation that nothing in it catches.
    ChildEscalated {
        /// The called instance.
        child: ProcessInstanceKey,
        /// The call activity's instance.
        caller: ElementInstanceKey,
        /// The element instance that threw it first: what tells two escalations apart.
        origin: ElementInstanceKey,
        /// Its code.
        code: Arc<str>,
    },
    /// The called process, or what it called, has an incident, or none any more.
    ChildTroubled {
        /// The called instance.
        child: ProcessInstanceKey,
        /// The call activity's instance.
        caller: ElementInstanceKey,
        /// The oldest incident; `None`: there is none any more.
        incident: Option<IncidentKey>,
    },
    /// Try again what an incident stopped.
    ResolveIncident {
        /// The incident.
        incident: IncidentKey,
        /// Whether a job without retries gets one; else it must have been given some before.
        give_retry: bool,
    },
    /// Raise an incident from outside (unknown called process, quarantine …).
    RaiseIncident {
        /// Where.
        element_instance: ElementInstanceKey,
        /// Kind.
        kind: crate::event::IncidentKind,
        /// Sentence.
        message: String,
    },
    /// Set variables at a scope.
    SetVariables {
        /// The scope.
        scope: ElementInstanceKey,
        /// The variables.
        variables: Variables,
        /// Set them right there; else each goes to the nearest scope that has it, or to the root.
        local: bool,
    },
    /// Cancel the instance.
    Cancel {
        /// Who.
        by: Option<Arc<str>>,
    },
    /// The calling instance cancels the instance it called; nobody else may.
    CancelCalled {
        /// Who waits for its end. `None`: a release that did not wait.
        caller: Option<Caller>,
    },
    /// Elements of an ad-hoc sub-process are activated.
    ActivateAdHoc {
        /// The ad-hoc sub-process's instance.
        ad_hoc: ElementInstanceKey,
        /// Ids of elements without incoming flow, each as often as it is to begin, with variables of its own.
        elements: Vec<(Arc<str>, Variables)>,
        /// Whether what runs in it is stopped before.
        cancel_remaining: bool,
    },
    /// An operator changes where the instance stands.
    Modify(Box<crate::modification::Modification>),
    /// An operator moves the instance to another definition.
    Migrate(Box<crate::migration::Migration>),
    /// An operator stops the instance's progress.
    Suspend,
    /// An operator lets a suspended instance go on.
    Resume,
    /// A command that a person or client asked for: the history says so, before what follows from it.
    Asked {
        /// Who; `None` when nobody had to say.
        by: Option<Arc<str>>,
        /// The batch operation it is part of.
        batch: Option<u64>,
        /// The address it was asked from.
        from: Option<Arc<str>>,
        /// What; not itself of this kind.
        command: Box<Command>,
    },
    /// Work off the next slice (multi-instance children to create, and the like).
    Continue,
}

impl Command {
    /// That a job was done, with nothing to say of it but variables.
    pub fn complete_job(job: JobKey, variables: Variables) -> Self {
        Self::CompleteJob { job, variables, denied: None, corrections: None, choice: None }
    }

    /// What it is called, for logs and traces.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::CompleteJob { .. } => "complete job",
            Self::FailJob { .. } => "fail job",
            Self::ThrowJobError { .. } => "throw job error",
            Self::UpdateJob { .. } => "update job",
            Self::CompleteUserTask { .. } => "complete user task",
            Self::AssignUserTask { .. } => "assign user task",
            Self::UpdateUserTask { .. } => "update user task",
            Self::TriggerTimer { .. } => "trigger timer",
            Self::CorrelateMessage { .. } => "correlate message",
            Self::ReceiveSignal { .. } => "receive signal",
            Self::ChildEnded { .. } => "child ended",
            Self::ChildEscalated { .. } => "child escalated",
            Self::ChildTroubled { .. } => "child troubled",
            Self::ResolveIncident { .. } => "resolve incident",
            Self::RaiseIncident { .. } => "raise incident",
            Self::SetVariables { .. } => "set variables",
            Self::Cancel { .. } => "cancel",
            Self::CancelCalled { .. } => "cancel called",
            Self::ActivateAdHoc { .. } => "activate ad-hoc",
            Self::Modify(_) => "modify",
            Self::Migrate(_) => "migrate",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Asked { command, .. } => command.name(),
            Self::Continue => "continue",
        }
    }

    /// The command itself, whoever asked for it.
    pub fn asked(&self) -> &Self {
        match self {
            Self::Asked { command, .. } => command,
            other => other,
        }
    }

    /// The same, with who asked for it.
    pub fn by(self, by: Option<Arc<str>>) -> Self {
        Self::Asked { by, batch: None, from: None, command: Box::new(self) }
    }

    /// The same, as part of a batch operation that somebody asked for.
    pub fn by_batch(self, by: Option<Arc<str>>, batch: u64) -> Self {
        Self::Asked { by, batch: Some(batch), from: None, command: Box::new(self) }
    }
}

/// How an instance is started.
#[derive(Clone, Debug)]
pub struct CreateInstance {
    /// Its key.
    pub key: ProcessInstanceKey,
    /// What it runs.
    pub definition: ProcessDefinitionKey,
    /// Root variables.
    pub variables: Variables,
    /// The start event, when another than the one without trigger (message start …).
    pub start_event: Option<hosk_model::ElementIndex>,
    /// Elements to begin before, instead of the start event; containers around them are begun on the way.
    pub start_instructions: Vec<hosk_model::ElementIndex>,
    /// Elements after which the instance is stopped: as soon as one of them was left or terminated.
    pub terminate_after: Vec<hosk_model::ElementIndex>,
    /// The caller.
    pub parent: Option<ParentLink>,
    /// The message that started it, if any.
    pub message: Option<MessageKey>,
    /// Business id.
    pub business_id: Option<Arc<str>>,
    /// Tags.
    pub tags: Vec<Arc<str>>,
    /// Tenant.
    pub tenant: Arc<str>,
    /// Who.
    pub by: Option<Arc<str>>,
    /// The conversation it belongs to: that of the message that started it or of its caller; absent: its own.
    pub conversation: Option<Arc<str>>,
}

/// A call activity that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Caller {
    /// The calling instance.
    pub instance: ProcessInstanceKey,
    /// Its call activity's element instance.
    pub element_instance: ElementInstanceKey,
}

impl Caller {
    /// What the caller is told when the instance it asked to cancel refuses: that it has ended, if there is nothing to
    /// wait for.
    ///
    /// That an instance was never created, or has ended without its caller knowing, is no reason for the caller to wait.
    /// One that is being canceled already will report its end.
    pub fn told(self, child: ProcessInstanceKey, refused: &crate::Rejection) -> Option<Command> {
        use crate::RejectionCode::{InstanceEnded, InstanceNotFound};
        matches!(refused.code, InstanceEnded | InstanceNotFound).then_some(Command::ChildEnded {
            child,
            caller: self.element_instance,
            outcome: ChildOutcome::Terminated,
        })
    }
}

/// The call activity that waits for an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ParentLink {
    /// The calling instance.
    pub instance: ProcessInstanceKey,
    /// Its call activity's element instance.
    pub element_instance: ElementInstanceKey,
    /// The instance at the top of the hierarchy.
    pub root: ProcessInstanceKey,
    /// How many instances call one another above the called one: 1 when the caller was not called itself.
    #[serde(default)]
    pub depth: u32,
}

/// How a called process ended.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum ChildOutcome {
    /// Completed, with its root variables.
    Completed {
        /// Root variables.
        variables: Variables,
    },
    /// Canceled by an operator or terminated.
    Terminated,
    /// It ended by an error that nothing in it caught.
    Error {
        /// Code.
        code: String,
        /// Says more.
        message: String,
        /// Travels along.
        variables: Variables,
    },
}

/// Attributes of a user task to change; `None` leaves one as it is, `Some(None)` clears it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UserTaskChanges {
    /// Candidate groups.
    pub candidate_groups: Option<Vec<Arc<str>>>,
    /// Candidate users.
    pub candidate_users: Option<Vec<Arc<str>>>,
    /// Due date.
    #[serde(default, with = "twice")]
    pub due_date: Option<Option<Arc<str>>>,
    /// Follow-up date.
    #[serde(default, with = "twice")]
    pub follow_up_date: Option<Option<Arc<str>>>,
    /// Priority, 0 to 100.
    pub priority: Option<u8>,
}

impl UserTaskChanges {
    /// These, then others.
    pub fn then(self, other: Self) -> Self {
        Self {
            candidate_groups: other.candidate_groups.or(self.candidate_groups),
            candidate_users: other.candidate_users.or(self.candidate_users),
            due_date: other.due_date.or(self.due_date),
            follow_up_date: other.follow_up_date.or(self.follow_up_date),
            priority: other.priority.or(self.priority),
        }
    }
}

/// What a task listener changes of a transition: it takes place with the transition, or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Corrections {
    /// Whose it is; `Some(None)`: nobody's.
    #[serde(default, with = "twice")]
    pub assignee: Option<Option<Arc<str>>>,
    /// The other attributes.
    #[serde(default)]
    pub changes: UserTaskChanges,
}

impl Corrections {
    /// These, then those of a later listener.
    pub fn then(self, other: Self) -> Self {
        Self { assignee: other.assignee.or(self.assignee), changes: self.changes.then(other.changes) }
    }
}

/// What a worker chooses for the ad-hoc sub-process that its job leads. By default nothing: it goes on as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdHocChoice {
    /// Ids of elements without incoming flow, each as often as it is to begin, with variables of its own.
    pub elements: Vec<(Arc<str>, Variables)>,
    /// Nothing more is chosen: it completes once nothing runs in it. Then no element may be named.
    pub fulfilled: bool,
    /// Whether what runs in it is stopped before.
    pub cancel_remaining: bool,
}

/// `Some(None)` as `[null]`: most formats write it like `None` otherwise, and a cleared date would come back as one
/// left alone.
#[expect(clippy::option_option, clippy::ref_option, reason = "the shapes serde asks for")]
mod twice {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Option<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(|inner| (inner,)).serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Ok(Option::<(Option<T>,)>::deserialize(deserializer)?.map(|(inner,)| inner))
    }
}
