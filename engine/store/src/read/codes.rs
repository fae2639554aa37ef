//! States and kinds as the API names them. Stored as numbers: new ones are added at the end only. Words that clients of the
//! API know and no row has are understood as well; some of them are what others are answered as.

use hosk_core::{DecisionKind, IncidentKind, JobKind};
use hosk_model::{ElementKind, ListenerEvent};

use super::field::codes;

codes! {
    /// State of a process instance.
    ProcessInstanceState {
        /// It runs.
        Active = "ACTIVE",
        /// It came to its end.
        Completed = "COMPLETED",
        /// It was stopped.
        Terminated = "TERMINATED",
        /// It makes no progress until it is resumed.
        Suspended = "SUSPENDED",
    }
    /// State of an element instance.
    ElementInstanceState {
        /// It is there.
        Active = "ACTIVE",
        /// It left normally.
        Completed = "COMPLETED",
        /// It was stopped.
        Terminated = "TERMINATED",
    }
    /// Type of an element.
    ElementType {
        /// Has an id, is not executed.
        Unknown = "UNKNOWN",
        /// The process itself.
        Process = "PROCESS",
        /// Embedded sub-process.
        SubProcess = "SUB_PROCESS",
        /// Event sub-process.
        EventSubProcess = "EVENT_SUB_PROCESS",
        /// Ad-hoc sub-process.
        AdHocSubProcess = "AD_HOC_SUB_PROCESS",
        /// One activation within an ad-hoc sub-process.
        AdHocSubProcessInnerInstance = "AD_HOC_SUB_PROCESS_INNER_INSTANCE",
        /// Start event.
        StartEvent = "START_EVENT",
        /// Intermediate catch event.
        IntermediateCatchEvent = "INTERMEDIATE_CATCH_EVENT",
        /// Intermediate throw event.
        IntermediateThrowEvent = "INTERMEDIATE_THROW_EVENT",
        /// Boundary event.
        BoundaryEvent = "BOUNDARY_EVENT",
        /// End event.
        EndEvent = "END_EVENT",
        /// Service task.
        ServiceTask = "SERVICE_TASK",
        /// Receive task.
        ReceiveTask = "RECEIVE_TASK",
        /// User task.
        UserTask = "USER_TASK",
        /// Manual task.
        ManualTask = "MANUAL_TASK",
        /// Abstract task.
        Task = "TASK",
        /// Exclusive gateway.
        ExclusiveGateway = "EXCLUSIVE_GATEWAY",
        /// Inclusive gateway.
        InclusiveGateway = "INCLUSIVE_GATEWAY",
        /// Parallel gateway.
        ParallelGateway = "PARALLEL_GATEWAY",
        /// Event-based gateway.
        EventBasedGateway = "EVENT_BASED_GATEWAY",
        /// Complex gateway.
        ComplexGateway = "COMPLEX_GATEWAY",
        /// Sequence flow.
        SequenceFlow = "SEQUENCE_FLOW",
        /// What stands around the instances of a multi-instance activity.
        MultiInstanceBody = "MULTI_INSTANCE_BODY",
        /// Call activity.
        CallActivity = "CALL_ACTIVITY",
        /// Business rule task.
        BusinessRuleTask = "BUSINESS_RULE_TASK",
        /// Script task.
        ScriptTask = "SCRIPT_TASK",
        /// Send task.
        SendTask = "SEND_TASK",
        /// Transaction.
        Transaction = "TRANSACTION",
    }
    + spoken {
        "UNKNOWN": Unknown ComplexGateway;
        "SUB_PROCESS": SubProcess Transaction;
    }
    + words {
        "UNSPECIFIED":;
    }
    /// State of a job.
    JobState {
        /// Can be worked on, or is being worked on.
        Created = "CREATED",
        /// Done.
        Completed = "COMPLETED",
        /// Failed; offered again while it has retries left.
        Failed = "FAILED",
        /// An operator changed its retries.
        RetriesUpdated = "RETRIES_UPDATED",
        /// Its worker did not come back in time.
        TimedOut = "TIMED_OUT",
        /// Not needed any more.
        Canceled = "CANCELED",
        /// It raised a BPMN error.
        ErrorThrown = "ERROR_THROWN",
        /// It belongs to another version now.
        Migrated = "MIGRATED",
    }
    /// What a job stands for.
    JobType {
        /// The element's own work.
        BpmnElement = "BPMN_ELEMENT",
        /// An execution listener.
        ExecutionListener = "EXECUTION_LISTENER",
        /// A task listener.
        TaskListener = "TASK_LISTENER",
        /// An ad-hoc sub-process's choice.
        AdHocSubProcess = "AD_HOC_SUB_PROCESS",
    }
    /// The listener event of a listener's job.
    JobListenerEvent {
        /// Not a listener's job.
        Unspecified = "UNSPECIFIED",
        /// Before the element becomes active.
        Start = "START",
        /// Before it completes.
        End = "END",
        /// The user task is being created.
        Creating = "CREATING",
        /// It is being assigned.
        Assigning = "ASSIGNING",
        /// It is being updated.
        Updating = "UPDATING",
        /// It is being completed.
        Completing = "COMPLETING",
        /// It is being canceled.
        Canceling = "CANCELING",
    }
    /// State of a user task.
    UserTaskState {
        /// Listeners run before it exists for people.
        Creating = "CREATING",
        /// It waits for a person.
        Created = "CREATED",
        /// Listeners run.
        Assigning = "ASSIGNING",
        /// Listeners run.
        Updating = "UPDATING",
        /// Listeners run.
        Completing = "COMPLETING",
        /// Done.
        Completed = "COMPLETED",
        /// Listeners run.
        Canceling = "CANCELING",
        /// Not needed any more.
        Canceled = "CANCELED",
        /// Failed.
        Failed = "FAILED",
    }
    /// State of an incident.
    IncidentState {
        /// It waits for a person.
        Active = "ACTIVE",
        /// Over.
        Resolved = "RESOLVED",
    }
    + words {
        "MIGRATED":;
        "PENDING":;
        "UNKNOWN":;
    }
    /// Kind of an incident.
    IncidentType {
        /// See [`IncidentKind`].
        IoMappingError = "IO_MAPPING_ERROR",
        /// See [`IncidentKind`].
        JobNoRetries = "JOB_NO_RETRIES",
        /// See [`IncidentKind`].
        ExecutionListenerNoRetries = "EXECUTION_LISTENER_NO_RETRIES",
        /// See [`IncidentKind`].
        TaskListenerNoRetries = "TASK_LISTENER_NO_RETRIES",
        /// See [`IncidentKind`].
        ConditionError = "CONDITION_ERROR",
        /// See [`IncidentKind`].
        ExtractValueError = "EXTRACT_VALUE_ERROR",
        /// See [`IncidentKind`].
        CalledElementError = "CALLED_ELEMENT_ERROR",
        /// See [`IncidentKind`].
        FormNotFound = "FORM_NOT_FOUND",
        /// See [`IncidentKind`].
        UnhandledErrorEvent = "UNHANDLED_ERROR_EVENT",
        /// See [`IncidentKind`].
        MessageSizeExceeded = "MESSAGE_SIZE_EXCEEDED",
        /// See [`IncidentKind`].
        LimitExceeded = "LIMIT_EXCEEDED",
        /// See [`IncidentKind`].
        Quarantined = "QUARANTINED",
        /// See [`IncidentKind`].
        DecisionEvaluationError = "DECISION_EVALUATION_ERROR",
        /// See [`IncidentKind`].
        CalledDecisionError = "CALLED_DECISION_ERROR",
        /// See [`IncidentKind`].
        AdHocSubProcessNoRetries = "AD_HOC_SUB_PROCESS_NO_RETRIES",
    }
    + words {
        "RESOURCE_NOT_FOUND":;
        "UNKNOWN": LimitExceeded Quarantined;
        "UNSPECIFIED":;
    }
    /// State of an evaluated decision.
    DecisionInstanceState {
        /// It has a result.
        Evaluated = "EVALUATED",
        /// It has none.
        Failed = "FAILED",
    }
    + words {
        "UNKNOWN":;
        "UNSPECIFIED":;
    }
    /// What the logic of a decision is.
    DecisionType {
        /// A table.
        DecisionTable = "DECISION_TABLE",
        /// An expression in text.
        LiteralExpression = "LITERAL_EXPRESSION",
        /// Another boxed expression.
        BoxedExpression = "BOXED_EXPRESSION",
    }
    + words {
        "UNKNOWN": BoxedExpression;
        "UNSPECIFIED":;
    }
    /// What is waited for.
    WaitStateType {
        /// A worker, or a connector.
        Job = "JOB",
        /// A message.
        Message = "MESSAGE",
        /// A person.
        UserTask = "USER_TASK",
        /// A point in time.
        Timer = "TIMER",
        /// A signal.
        Signal = "SIGNAL",
        /// A condition that becomes true.
        Condition = "CONDITION",
    }
    /// State of a message subscription.
    MessageSubscriptionState {
        /// Open.
        Created = "CREATED",
        /// It got its message.
        Correlated = "CORRELATED",
        /// Closed without one.
        Deleted = "DELETED",
        /// It belongs to another version now.
        Migrated = "MIGRATED",
    }
}

impl From<JobKind> for JobType {
    fn from(kind: JobKind) -> Self {
        match kind {
            JobKind::BpmnElement => Self::BpmnElement,
            JobKind::ExecutionListener => Self::ExecutionListener,
            JobKind::TaskListener => Self::TaskListener,
            JobKind::AdHocSubProcess => Self::AdHocSubProcess,
        }
    }
}

impl From<DecisionKind> for DecisionType {
    fn from(kind: DecisionKind) -> Self {
        match kind {
            DecisionKind::DecisionTable => Self::DecisionTable,
            DecisionKind::LiteralExpression => Self::LiteralExpression,
            DecisionKind::BoxedExpression => Self::BoxedExpression,
        }
    }
}

impl From<Option<ListenerEvent>> for JobListenerEvent {
    fn from(event: Option<ListenerEvent>) -> Self {
        match event {
            None => Self::Unspecified,
            Some(ListenerEvent::Start) => Self::Start,
            Some(ListenerEvent::End) => Self::End,
            Some(ListenerEvent::Creating) => Self::Creating,
            Some(ListenerEvent::Assigning) => Self::Assigning,
            Some(ListenerEvent::Updating) => Self::Updating,
            Some(ListenerEvent::Completing) => Self::Completing,
            Some(ListenerEvent::Canceling) => Self::Canceling,
        }
    }
}

impl From<IncidentKind> for IncidentType {
    fn from(kind: IncidentKind) -> Self {
        match kind {
            IncidentKind::IoMappingError => Self::IoMappingError,
            IncidentKind::JobNoRetries => Self::JobNoRetries,
            IncidentKind::ExecutionListenerNoRetries => Self::ExecutionListenerNoRetries,
            IncidentKind::TaskListenerNoRetries => Self::TaskListenerNoRetries,
            IncidentKind::ConditionError => Self::ConditionError,
            IncidentKind::ExtractValueError => Self::ExtractValueError,
            IncidentKind::CalledElementError => Self::CalledElementError,
            IncidentKind::FormNotFound => Self::FormNotFound,
            IncidentKind::UnhandledErrorEvent => Self::UnhandledErrorEvent,
            IncidentKind::MessageSizeExceeded => Self::MessageSizeExceeded,
            IncidentKind::LimitExceeded => Self::LimitExceeded,
            IncidentKind::Quarantined => Self::Quarantined,
            IncidentKind::DecisionEvaluationError => Self::DecisionEvaluationError,
            IncidentKind::CalledDecisionError => Self::CalledDecisionError,
            IncidentKind::AdHocSubProcessNoRetries => Self::AdHocSubProcessNoRetries,
        }
    }
}

impl From<&ElementKind> for ElementType {
    fn from(kind: &ElementKind) -> Self {
        let name = kind.type_name();
        let code = Self::NAMES.iter().position(|other| *other == name);
        code.map_or(Self::Unknown, |code| Self::ALL[code])
    }
}
