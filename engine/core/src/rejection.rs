//! Why a command was refused. Nothing has changed then.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A command was refused before anything changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// Which rule refused it; each has a page under `docs/problems`.
    pub code: RejectionCode,
    /// What was asked, why it cannot be done, and what to do instead.
    pub message: String,
}

impl Rejection {
    /// Refuses with a code and a sentence that names the remedy.
    pub fn new(code: RejectionCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The class callers over HTTP map to a status.
    pub fn class(&self) -> RejectionClass {
        self.code.class()
    }
}

/// What kind of mistake a rejection stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectionClass {
    /// The thing does not exist (any more).
    NotFound,
    /// It exists, but not in a state that allows this.
    InvalidState,
    /// The request itself cannot be right.
    InvalidArgument,
    /// It exists already.
    AlreadyExists,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $class:ident;)*) => {
        /// The rules that refuse commands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum RejectionCode {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl RejectionCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code as it stands in answers and in the name of its page.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What kind of mistake it is.
            pub fn class(self) -> RejectionClass {
                match self { $(Self::$name => RejectionClass::$class,)* }
            }
        }
    };
}

codes! {
    /// The instance exists already.
    AlreadyExists = "already-exists", AlreadyExists;
    /// The instance was never created.
    InstanceNotFound = "instance-not-found", NotFound;
    /// The instance is over.
    InstanceEnded = "instance-ended", NotFound;
    /// A called instance is only canceled through its caller.
    InstanceCalled = "instance-called", InvalidState;
    /// The definition is not deployed on this node.
    DefinitionNotFound = "definition-not-found", NotFound;
    /// The process has no start event without a trigger, and nothing says where else to begin.
    NoPlainStart = "no-plain-start", InvalidState;
    /// The process cannot be started there.
    StartNotFound = "start-not-found", InvalidArgument;
    /// No such element instance, or it is gone.
    ElementInstanceNotFound = "element-instance-not-found", NotFound;
    /// The element instance is being completed or terminated.
    ElementNotActive = "element-not-active", InvalidState;
    /// No such job, or it was completed or canceled.
    JobNotFound = "job-not-found", NotFound;
    /// The job has failed for good or thrown an error, and waits for its incident.
    JobNotActive = "job-not-active", InvalidState;
    /// What was asked is not for this kind of job.
    JobKindMismatch = "job-kind-mismatch", InvalidState;
    /// What a listener's worker says of its result cannot be.
    JobResultInvalid = "job-result-invalid", InvalidArgument;
    /// The number of retries cannot be right.
    RetriesInvalid = "retries-invalid", InvalidArgument;
    /// The job that the incident is about has no retries left.
    NoRetriesLeft = "no-retries-left", InvalidState;
    /// No such user task, or it was completed or canceled.
    UserTaskNotFound = "user-task-not-found", NotFound;
    /// A listener of the user task is at work.
    UserTaskNotActive = "user-task-not-active", InvalidState;
    /// The user task belongs to somebody.
    UserTaskAlreadyAssigned = "user-task-already-assigned", InvalidState;
    /// The priority is not between 0 and 100.
    PriorityInvalid = "priority-invalid", InvalidArgument;
    /// No such timer, or it went off or was canceled.
    TimerNotFound = "timer-not-found", NotFound;
    /// The timer's time has not come.
    TimerNotDue = "timer-not-due", InvalidState;
    /// No such subscription, or it was closed.
    SubscriptionNotFound = "subscription-not-found", NotFound;
    /// This message has reached this subscription before.
    MessageAlreadyCorrelated = "message-already-correlated", AlreadyExists;
    /// An event that waits for several triggers together keeps as many of one kind as it can.
    TooManyTriggers = "too-many-triggers", InvalidState;
    /// This signal has reached this subscription before.
    SignalAlreadyReceived = "signal-already-received", AlreadyExists;
    /// The call activity does not wait for this instance.
    ChildNotExpected = "child-not-expected", InvalidState;
    /// No such incident, or it was resolved.
    IncidentNotFound = "incident-not-found", NotFound;
    /// The element instance has an incident already.
    IncidentExists = "incident-exists", AlreadyExists;
    /// A variable's name is empty or too long.
    VariableNameInvalid = "variable-name-invalid", InvalidArgument;
    /// A variable's value, or all of them together, are too large.
    VariableTooLarge = "variable-too-large", InvalidArgument;
    /// The instance is suspended.
    InstanceSuspended = "instance-suspended", InvalidState;
    /// The instance is not suspended.
    InstanceNotSuspended = "instance-not-suspended", InvalidState;
    /// A migration cannot be carried out as a whole.
    MigrationInvalid = "migration-invalid", InvalidState;
    /// A migration maps an element that is not there, or one twice.
    MappingInvalid = "mapping-invalid", InvalidArgument;
    /// What is to be activated in an ad-hoc sub-process does not fit.
    AdHocActivationInvalid = "ad-hoc-activation-invalid", InvalidArgument;
    /// It is no ad-hoc sub-process, or has no such element to activate.
    AdHocElementNotFound = "ad-hoc-element-not-found", NotFound;
    /// A modification cannot be carried out as a whole.
    ModificationInvalid = "modification-invalid", InvalidArgument;
    /// Nothing was left over.
    NothingToContinue = "nothing-to-continue", InvalidState;
}

impl fmt::Display for RejectionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
