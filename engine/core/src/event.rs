//! What happened in one process instance: the durable format. Events carry the decision, [`crate::apply`] writes it
//! down. A released event keeps its meaning: a new field comes last and may be absent, a changed one gets an upcaster.

mod compensation;
mod details;
mod signal;

use hosk_feel::Json;
use hosk_model::ElementIndex;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::command::{Corrections, ParentLink, UserTaskChanges, Variables};
use crate::keys::{
    ElementInstanceKey, IncidentKey, JobKey, MessageKey, ProcessDefinitionKey, ProcessInstanceKey,
    SubscriptionKey, TimerKey, Timestamp, UserTaskKey, VariableKey,
};
use crate::{
    decision::DecisionEvaluated, entry::Entry, global_listeners::ChosenListener, operation::Operation,
    work::Work,
};

pub use details::*;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The instance exists.
    InstanceCreated(Box<InstanceCreated>),
    /// An element instance came into being, consuming the tokens on these flows of its scope.
    ElementActivating {
        /// Its key.
        key: ElementInstanceKey,
        /// Which element.
        element: ElementIndex,
        /// The element instance it lives in; the root's is itself.
        scope: ElementInstanceKey,
        /// Flows whose token it consumed.
        consumed: Vec<ElementIndex>,
        /// 1-based number within a multi-instance body, or among the activations in an ad-hoc sub-process.
        loop_counter: Option<u32>,
        /// One activation in an ad-hoc sub-process that is itself repeated; without repetition the number says it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        inner: bool,
    },
    /// It does its work now.
    ElementActivated {
        /// Which.
        key: ElementInstanceKey,
    },
    /// Its work is done, it is about to leave.
    ElementCompleting {
        /// Which.
        key: ElementInstanceKey,
    },
    /// It is gone, normally.
    ElementCompleted {
        /// Which.
        key: ElementInstanceKey,
    },
    /// It is being stopped.
    ElementTerminating {
        /// Which.
        key: ElementInstanceKey,
    },
    /// It is gone, stopped.
    ElementTerminated {
        /// Which.
        key: ElementInstanceKey,
    },
    /// A token is on a flow.
    FlowTaken {
        /// The flow.
        flow: ElementIndex,
        /// The container.
        scope: ElementInstanceKey,
    },
    /// A variable has a value at a scope.
    VariableSet {
        /// The variable's key, the same for the variable's whole life.
        key: VariableKey,
        /// Where.
        scope: ElementInstanceKey,
        /// Name.
        name: Arc<str>,
        /// Value.
        value: Json,
        /// Whether it is new at this scope.
        created: bool,
    },
    /// Work for a worker or connector exists.
    JobCreated(Box<JobCreated>),
    /// A job was finished.
    JobCompleted {
        /// Which.
        key: JobKey,
    },
    /// A job failed.
    JobFailed {
        /// Which.
        key: JobKey,
        /// Retries left.
        retries: u32,
        /// Not offered again before.
        retry_at: Option<Timestamp>,
        /// What went wrong.
        message: String,
    },
    /// A job raised a BPMN error.
    JobErrorThrown {
        /// Which.
        key: JobKey,
        /// Code.
        code: String,
        /// Says more.
        message: String,
    },
    /// A job is not needed any more.
    JobCanceled {
        /// Which.
        key: JobKey,
    },
    /// An operator changed a job.
    JobUpdated {
        /// Which.
        key: JobKey,
        /// Retries.
        retries: Option<u32>,
        /// Priority.
        priority: Option<i32>,
    },
    /// A person has something to do.
    UserTaskCreated(Box<UserTaskCreated>),
    /// A user task has another assignee.
    UserTaskAssigned {
        /// Which.
        key: UserTaskKey,
        /// Whose; `None`: nobody's.
        assignee: Option<Arc<str>>,
        /// Who did it.
        by: Option<Arc<str>>,
    },
    /// A user task's attributes changed.
    UserTaskUpdated {
        /// Which.
        key: UserTaskKey,
        /// What.
        changes: UserTaskChanges,
        /// Who did it.
        by: Option<Arc<str>>,
    },
    /// Task listeners work on a transition of a user task; it takes place after them.
    UserTaskTransitioning {
        /// Which.
        key: UserTaskKey,
        /// What is about to happen.
        to: Box<UserTaskTransition>,
        /// The listeners of the installation that run for it, in their order, beside those of the model.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        global: Vec<ChosenListener>,
    },
    /// A user task is open again, after a transition that only its listeners noticed or that they denied.
    UserTaskSettled {
        /// Which.
        key: UserTaskKey,
        /// Why the transition was denied.
        denied: Option<String>,
    },
    /// A user task was done.
    UserTaskCompleted {
        /// Which.
        key: UserTaskKey,
        /// By whom.
        by: Option<Arc<str>>,
    },
    /// A user task is not needed any more.
    UserTaskCanceled {
        /// Which.
        key: UserTaskKey,
    },
    /// A timer runs.
    TimerScheduled {
        /// Its key.
        key: TimerKey,
        /// The element instance it belongs to.
        element_instance: ElementInstanceKey,
        /// The catch event it triggers (a boundary event, or the element itself).
        target: ElementIndex,
        /// When.
        due: Timestamp,
        /// How often it still fires after this time; `None`: without end. 0 for a single shot.
        repetitions: Option<u32>,
        /// The cycle (`R/PT1H`, cron text), for a repeating one.
        cycle: Option<Arc<str>>,
    },
    /// A timer went off.
    TimerTriggered {
        /// Which.
        key: TimerKey,
    },
    /// A timer is not needed any more.
    TimerCanceled {
        /// Which.
        key: TimerKey,
    },
    /// A message is waited for.
    SubscriptionOpened {
        /// Its key.
        key: SubscriptionKey,
        /// The element instance it belongs to.
        element_instance: ElementInstanceKey,
        /// The catch event it triggers.
        target: ElementIndex,
        /// Message name.
        message_name: Arc<str>,
        /// Correlation key.
        correlation_key: Arc<str>,
        /// Whether the first message closes it.
        interrupting: bool,
    },
    /// A message arrived.
    SubscriptionCorrelated {
        /// Which.
        key: SubscriptionKey,
        /// The message.
        message: MessageKey,
    },
    /// A message is not waited for any more.
    SubscriptionClosed {
        /// Which.
        key: SubscriptionKey,
    },
    /// Something cannot go on until a person helps.
    IncidentRaised {
        /// Its key.
        key: IncidentKey,
        /// Where.
        element_instance: ElementInstanceKey,
        /// The job that gave up.
        job: Option<JobKey>,
        /// What kind of trouble.
        kind: IncidentKind,
        /// What happened, what was read, what to do.
        message: String,
    },
    /// The trouble is over.
    IncidentResolved {
        /// Which.
        key: IncidentKey,
    },
    /// Another process is to be called.
    ChildRequested(Box<ChildRequested>),
    /// The called instance is to be canceled.
    ChildCancelRequested {
        /// Which.
        child: ProcessInstanceKey,
        /// The call activity, which waits for its end. `None`: a release before it did.
        #[serde(default)]
        caller: Option<ElementInstanceKey>,
    },
    /// The called instance came to its end; the caller waits no more.
    ChildEnded {
        /// Which.
        child: ProcessInstanceKey,
        /// The call activity.
        caller: ElementInstanceKey,
    },
    /// A multi-instance body knows what to do.
    LoopStarted {
        /// The body.
        body: ElementInstanceKey,
        /// The items (a JSON array), or `null` for a cardinality.
        items: Json,
        /// How many children there will be.
        count: u32,
    },
    /// A child of a multi-instance body gave its result.
    LoopResult {
        /// The body.
        body: ElementInstanceKey,
        /// 0-based place in the output.
        index: u32,
        /// The result.
        value: Json,
    },
    /// A failed job is offered again.
    JobRetried {
        /// Which.
        key: JobKey,
        /// Retries it has now.
        retries: u32,
    },
    /// Tokens on flows are gone: their scope was interrupted, or ends with tokens stuck at a join (a warning).
    TokensDiscarded {
        /// The container.
        scope: ElementInstanceKey,
        /// The flows, one entry per token.
        flows: Vec<ElementIndex>,
    },
    /// More is left to do than one step may: the runtime sends `Continue`.
    Paused {
        /// What is left, in order.
        work: Vec<Work>,
    },
    /// What was left over is taken up again.
    Continued,
    /// The instance came to its end.
    InstanceEnded(Box<InstanceEnded>),
    /// What begins in a container that was begun on the way, instead of its start event.
    EntryChosen {
        /// The container.
        key: ElementInstanceKey,
        /// What begins in it.
        inside: Vec<Entry>,
    },
    /// An operator changed where the instance stands; what follows from it comes after.
    InstanceModified {
        /// Elements that begin, and where.
        activated: Vec<(ElementIndex, ElementInstanceKey)>,
        /// Element instances that are stopped, each with everything inside.
        terminated: Vec<ElementInstanceKey>,
    },
    /// The instance makes no progress from now on.
    InstanceSuspended {
        /// Timers that do not go off meanwhile.
        timers: Vec<TimerKey>,
    },
    /// The instance goes on.
    InstanceResumed(Box<InstanceResumed>),
    /// The called instance is to be suspended, or resumed.
    ChildSuspensionRequested {
        /// Which.
        child: ProcessInstanceKey,
        /// Suspended, else resumed.
        suspend: bool,
    },
    /// The instance runs another definition from now on.
    InstanceMigrated {
        /// Which.
        definition: ProcessDefinitionKey,
        /// What became of elements: their numbers before, and their numbers in this definition.
        elements: Vec<(ElementIndex, ElementIndex)>,
    },
    /// A person or client asked for what follows.
    Asked {
        /// What for.
        operation: Operation,
        /// Who; `None` when nobody had to say.
        by: Option<Arc<str>>,
        /// The batch operation it is part of.
        #[serde(default)]
        batch: Option<u64>,
        /// The address it was asked from.
        #[serde(default)]
        from: Option<Arc<str>>,
    },
    /// A decision was evaluated, or its evaluation failed.
    DecisionEvaluated(Box<DecisionEvaluated>),
    /// A condition is waited for. It counts as false until it is looked at.
    ConditionOpened {
        /// The element instance it belongs to.
        element_instance: ElementInstanceKey,
        /// The catch event it triggers.
        target: ElementIndex,
    },
    /// A condition that is waited for became true or false.
    ConditionChanged {
        /// The element instance it belongs to.
        element_instance: ElementInstanceKey,
        /// The catch event it triggers.
        target: ElementIndex,
        /// What it is now.
        holds: bool,
    },
    /// A condition is not waited for any more.
    ConditionClosed {
        /// The element instance it belongs to.
        element_instance: ElementInstanceKey,
        /// The catch event it triggers.
        target: ElementIndex,
    },
    /// An escalation was thrown, or went on outward from a called process.
    EscalationThrown {
        /// The event that threw it; the call activity, for one from a called process.
        thrower: ElementInstanceKey,
        /// The element instance that threw it first, in the instance where it began.
        origin: ElementInstanceKey,
        /// Its code.
        code: Arc<str>,
        /// The event that catches it here.
        catcher: Option<ElementIndex>,
        /// The caller it goes on to. Neither catcher nor caller: nothing catches it (a warning).
        parent: Option<ParentLink>,
    },
    /// An escalation of the called process arrived at the call activity.
    ChildEscalated {
        /// The called instance that sent it.
        child: ProcessInstanceKey,
        /// The call activity.
        caller: ElementInstanceKey,
        /// What threw it first.
        origin: ElementInstanceKey,
    },
    /// A trigger came with which an element instance goes on: an event-based gateway leaves to the event `by`.
    ElementTriggered {
        /// Which.
        key: ElementInstanceKey,
        /// The event whose trigger came.
        by: ElementIndex,
        /// What it brought, for the event behind the gateway.
        variables: Variables,
    },
    /// A message is published.
    MessageThrown(Box<MessageThrown>),
    /// A completing activity can be compensated from now on.
    CompensationNoted {
        /// Which.
        key: ElementInstanceKey,
        /// The container that keeps the record.
        scope: ElementInstanceKey,
        /// Its variables at completion.
        variables: Variables,
    },
    /// Records of a container go to the one who undoes them.
    CompensationStarted {
        /// The throw event, or the transaction that was canceled.
        by: ElementInstanceKey,
        /// The container.
        scope: ElementInstanceKey,
        /// The completed element instances, oldest first.
        records: Vec<ElementInstanceKey>,
    },
    /// The latest record that is left is a multi-instance body: its children take its place.
    CompensationUnfolded {
        /// Who undoes.
        by: ElementInstanceKey,
    },
    /// The latest record that is left is being undone.
    CompensationHandlerStarted {
        /// Who undoes.
        by: ElementInstanceKey,
        /// The handler, or the sub-process that is entered again.
        handler: ElementInstanceKey,
        /// How.
        how: Undone,
    },
    /// A complex gateway was activated and waits for its reset, or was reset and waits for its start again.
    GatewaySwitched {
        /// The container.
        scope: ElementInstanceKey,
        /// The gateway.
        gateway: ElementIndex,
        /// The incoming flows from which it took a token when it was activated; `None`: it waits for its start.
        taken: Option<Vec<ElementIndex>>,
    },
    /// What comes after an interruption waits until everything that is stopped is gone. With nothing: it begins.
    Postponed {
        /// What is stopped, or what was interrupted inside.
        key: ElementInstanceKey,
        /// All that waits.
        work: Vec<Work>,
    },
    /// The caller is told about incidents in this instance, or in what it called.
    TroubleTold {
        /// Who is told.
        parent: ParentLink,
        /// The oldest of them; `None`: there is none any more.
        incident: Option<IncidentKey>,
    },
    /// The called instance, or what it called, has an incident, or none any more.
    ChildTroubled {
        /// The called instance.
        child: ProcessInstanceKey,
        /// The call activity.
        caller: ElementInstanceKey,
        /// The oldest incident there; `None`: there is none any more.
        incident: Option<IncidentKey>,
    },
    /// A signal is waited for, came, or is broadcast.
    Signal(SignalEvent),
    /// Triggers that an event waits for together.
    Triggers(TriggerEvent),
    /// A task listener changes what the transition under way will do.
    UserTaskCorrected {
        /// Which.
        key: UserTaskKey,
        /// What.
        corrections: Box<Corrections>,
    },
}
