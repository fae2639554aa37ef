//! The compiled process definition: what the core reads at run time, immutable and shared.
//!
//! Every element of the BPMN namespace that carries an `id` inside a `<process>` has one slot, numbered in document
//! order whatever its kind. Events in the history refer to these numbers, so the numbering depends on the uploaded
//! file alone, never on what a release of hosk happens to execute.

mod ad_hoc;
mod events;
mod trigger;

use std::sync::Arc;

use hosk_feel::Expression;
pub use hosk_xml::Position;
use jiff::Span;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

pub use ad_hoc::AdHocSubProcess;
pub use events::Start;
pub use trigger::*;

use crate::publication::MessagePublication;
use crate::reachability::SlotSet;
pub use crate::repetition::*;

/// The number of an element (or sequence flow) within its process; 0 is the process itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ElementIndex(pub u32);

impl ElementIndex {
    /// The process itself.
    pub const PROCESS: Self = Self(0);
}

/// One executable process, compiled.
#[derive(Debug)]
pub struct ProcessDefinition {
    /// The `id` of the `<process>` element.
    pub id: Arc<str>,
    /// Its `name`.
    pub name: Option<Arc<str>>,
    /// `zeebe:versionTag`.
    pub version_tag: Option<Arc<str>>,
    /// How long its ended instances are kept: the property `historyTimeToLive` of the process.
    pub history_time_to_live: Option<Span>,
    /// One slot per element with an id, in document order; slot 0 is the process. After them one for each definition of
    /// an event that has several.
    pub elements: Vec<Element>,
    /// Sequence flows by slot: `elements[flow]` is of kind `SequenceFlow`, its ends and condition stand here.
    pub flows: FxHashMap<ElementIndex, SequenceFlow>,
    /// Slots by `id`.
    pub by_id: FxHashMap<Arc<str>, ElementIndex>,
    /// Link events: from each throwing event to the catching one of its name in the same container.
    pub links: FxHashMap<ElementIndex, ElementIndex>,
    /// Conditional events by the variables whose changes they look at, in document order.
    pub conditions: FxHashMap<Arc<str>, Vec<ElementIndex>>,
    /// Per join that looks upstream: from where tokens can still reach it.
    pub reachability: FxHashMap<ElementIndex, Reachability>,
    /// Complex gateways whose activation condition reads variables, so that a change of one may activate them.
    pub gateways_reading: Vec<ElementIndex>,
}

/// One slot.
#[derive(Debug)]
pub struct Element {
    /// The slot's number.
    pub index: ElementIndex,
    /// The element's `id`.
    pub id: Arc<str>,
    /// The element's `name`.
    pub name: Option<Arc<str>>,
    /// Where it starts in the file.
    pub position: Position,
    /// The process or sub-process it stands in; the process stands in itself.
    pub scope: ElementIndex,
    /// What it is.
    pub kind: ElementKind,
    /// Incoming sequence flows, in document order.
    pub incoming: Vec<ElementIndex>,
    /// Outgoing sequence flows, in document order.
    pub outgoing: Vec<ElementIndex>,
    /// The `default` flow.
    pub default_flow: Option<ElementIndex>,
    /// Boundary events attached to it.
    pub boundary_events: Vec<ElementIndex>,
    /// For an activity with a compensation boundary event: what undoes it.
    pub compensation_handler: Option<ElementIndex>,
    /// `isForCompensation`: it undoes another activity, and no flow leads to it.
    pub for_compensation: bool,
    /// For a container: what begins with it, start events with a trigger, and event sub-processes directly inside.
    pub contents: Contents,
    /// `zeebe:ioMapping` inputs, in order.
    pub inputs: Vec<Mapping>,
    /// `zeebe:ioMapping` outputs, in order.
    pub outputs: Vec<Mapping>,
    /// What standard BPMN data says beyond mappings.
    pub data: ElementData,
    /// Multi-instance or standard loop around the activity.
    pub repetition: Option<Repetition>,
    /// Tokens an activity takes and gives.
    pub quantities: Quantities,
    /// `zeebe:executionListeners`.
    pub execution_listeners: Vec<Listener>,
    /// `zeebe:taskHeaders`.
    pub headers: Arc<Vec<(String, String)>>,
    /// `<documentation>`: the instructions shown to the person at this step.
    pub documentation: Option<Arc<str>>,
}

/// Data of standard BPMN (10.3.1, 10.3.2) that an element has of its own. Its data associations are mappings.
#[derive(Debug, Default)]
pub struct ElementData {
    /// Data objects and properties: variables of this element, null at first.
    pub declared: Vec<Arc<str>>,
    /// Alternatives of variables that must be there (not null) for it to begin, in order; empty: nothing is needed.
    pub input_sets: Vec<Vec<Arc<str>>>,
    /// Alternatives of variables that it must have produced to complete.
    pub output_sets: Vec<Vec<Arc<str>>>,
}

/// What a container starts with.
#[derive(Debug, Default)]
pub struct Contents {
    /// What begins with it: its start events without trigger. If it has no start event at all, what has no incoming flow
    /// (BPMN 10.4.2, 13.3.4). In an ad-hoc sub-process: what can be activated.
    pub starts: Vec<ElementIndex>,
    /// Start events with a trigger; for a process also instantiating receive tasks and the events behind instantiating
    /// event-based gateways.
    pub triggered_starts: Vec<ElementIndex>,
    /// Event sub-processes directly inside.
    pub event_sub_processes: Vec<ElementIndex>,
    /// Joins directly inside that look upstream: their tokens are looked at again whenever a token moves.
    pub upstream_joins: Vec<ElementIndex>,
}

/// What an element is: the first axis. Triggers are the second ([`Trigger`]).
#[derive(Debug)]
pub enum ElementKind {
    /// The process itself.
    Process {
        /// `isExecutable`.
        executable: bool,
    },
    /// Start event, without or with a trigger.
    StartEvent {
        /// What starts it.
        trigger: Option<Trigger>,
        /// `isInterrupting` (event sub-processes only).
        interrupting: bool,
        /// The start form.
        form: Option<Form>,
    },
    /// End event.
    EndEvent {
        /// What it throws.
        trigger: Option<Trigger>,
    },
    /// Intermediate event that waits.
    IntermediateCatchEvent {
        /// What it waits for.
        trigger: Trigger,
    },
    /// Intermediate event that throws, or passes through without a trigger.
    IntermediateThrowEvent {
        /// What it throws.
        trigger: Option<Trigger>,
    },
    /// Event on the border of an activity.
    BoundaryEvent {
        /// The activity.
        attached_to: ElementIndex,
        /// `cancelActivity`.
        interrupting: bool,
        /// What it catches.
        trigger: Trigger,
    },
    /// None (abstract) task.
    Task,
    /// Manual task: passes through.
    ManualTask,
    /// Service task: a job.
    ServiceTask(JobDefinition),
    /// Send task: a job, or a message that the engine publishes.
    SendTask(SendTask),
    /// Business rule task: a decision in the engine, or a job.
    BusinessRuleTask(BusinessRuleTask),
    /// Script task: FEEL in the engine, or a job.
    ScriptTask(ScriptTask),
    /// User task.
    UserTask(UserTask),
    /// Receive task.
    ReceiveTask(MessageTrigger),
    /// Call activity.
    CallActivity(CallActivity),
    /// Embedded sub-process.
    SubProcess,
    /// Transaction: a sub-process that can be given up as a whole.
    Transaction,
    /// Ad-hoc sub-process.
    AdHocSubProcess(AdHocSubProcess),
    /// Event sub-process (`triggeredByEvent`).
    EventSubProcess,
    /// Exclusive gateway.
    ExclusiveGateway,
    /// Parallel gateway.
    ParallelGateway,
    /// Inclusive gateway.
    InclusiveGateway,
    /// Complex gateway.
    ComplexGateway {
        /// `activationCondition`; absent: the first token activates it.
        activation: Option<Expression>,
    },
    /// Event-based gateway.
    EventBasedGateway {
        /// `instantiate`: the events behind it start the process.
        instantiate: Option<Instantiate>,
    },
    /// One of several event definitions of an event; these slots come after those of all elements, and have the event's
    /// id.
    EventDefinition {
        /// The event.
        event: ElementIndex,
        /// Its place among the definitions of the event.
        place: usize,
    },
    /// A sequence flow; see [`ProcessDefinition::flows`].
    SequenceFlow,
    /// Carries an id, has no execution semantics (text annotation, lane, event definition, data …).
    NotExecuted {
        /// Local name of the XML element.
        tag: Arc<str>,
    },
}

/// What the activation condition of a complex gateway may read beside variables (BPMN table 8.48): how many tokens wait
/// on all of its incoming flows, and on each, by the flow's id.
pub const GATEWAY_NUMBERS: [&str; 2] = ["activationCount", "activationCounts"];

/// What the conditions out of a complex gateway may read: whether it is activated, or reset (BPMN table 8.48).
pub const WAITING_FOR_START: &str = "waitingForStart";

/// How the events behind an instantiating event-based gateway start the process (`eventGatewayType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instantiate {
    /// The first message starts an instance; it does not wait for the others.
    Exclusive,
    /// The first message of a group starts an instance, which then waits for the others of the group.
    Parallel,
}

/// A text attribute that may be FEEL (starts with `=`).
#[derive(Clone, Debug)]
pub enum Dynamic {
    /// The text itself.
    Static(Arc<str>),
    /// Evaluated when the element needs it.
    Expression(Expression),
}

/// The header that says how long a failed job waits before it is offered again: an ISO 8601 duration. Connectors
/// double the wait with each failure; for a worker it is the wait where the worker names none.
pub const RETRY_BACKOFF_HEADER: &str = "retryBackoff";

/// `zeebe:taskDefinition`.
#[derive(Debug)]
pub struct JobDefinition {
    /// The job type.
    pub job_type: Dynamic,
    /// Retries; "3" when absent.
    pub retries: Dynamic,
    /// `zeebe:jobPriorityDefinition`, if any.
    pub priority: Option<Dynamic>,
}

/// How a send task is done.
#[derive(Debug)]
pub enum SendTask {
    /// By a job.
    Job(JobDefinition),
    /// By the engine, which publishes the message.
    Publish(MessagePublication),
}

/// How a script task is done.
#[derive(Debug)]
pub enum ScriptTask {
    /// `zeebe:script`, or a standard `script` whose format is FEEL.
    Feel {
        /// The script.
        expression: Expression,
        /// The variable that receives the result; absent: the result is a context, whose entries are the variables.
        result_variable: Option<Arc<str>>,
    },
    /// By a job.
    Job(JobDefinition),
}

/// How a business rule task is done.
#[derive(Debug)]
pub enum BusinessRuleTask {
    /// `zeebe:calledDecision`.
    Decision(CalledDecision),
    /// By a job.
    Job(JobDefinition),
}

/// `zeebe:calledDecision`.
#[derive(Debug)]
pub struct CalledDecision {
    /// The decision.
    pub decision_id: Dynamic,
    /// Which version.
    pub binding: Binding,
    /// The variable that receives the result.
    pub result_variable: Arc<str>,
}

/// A user task's attributes.
#[derive(Debug)]
pub enum UserTask {
    /// Managed by the engine.
    Native(Box<NativeUserTask>),
    /// A job of type `io.camunda.zeebe:userTask`, as older models have it.
    Job(JobDefinition),
}

/// `zeebe:userTask` with its companions.
#[derive(Debug)]
pub struct NativeUserTask {
    /// Assignee.
    pub assignee: Option<Dynamic>,
    /// Candidate groups: FEEL list or comma separated text.
    pub candidate_groups: Option<Dynamic>,
    /// Candidate users: FEEL list or comma separated text.
    pub candidate_users: Option<Dynamic>,
    /// Due date, ISO 8601 date and time.
    pub due_date: Option<Dynamic>,
    /// Follow-up date, ISO 8601 date and time.
    pub follow_up_date: Option<Dynamic>,
    /// Priority 0 to 100; 50 when absent.
    pub priority: Option<Dynamic>,
    /// The form.
    pub form: Option<Form>,
    /// Task listeners.
    pub listeners: Vec<Listener>,
}

/// `zeebe:formDefinition`.
#[derive(Clone, Debug)]
pub enum Form {
    /// A form deployed to hosk.
    Linked {
        /// Its id.
        form_id: Arc<str>,
        /// Which version.
        binding: Binding,
    },
    /// Resolved by the client.
    External(Dynamic),
    /// `formKey` of older models.
    Key(Arc<str>),
}

/// Which version of a referenced resource is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Binding {
    /// The newest when needed.
    #[default]
    Latest,
    /// The one deployed together with this definition.
    Deployment,
    /// The newest with this version tag.
    VersionTag(Arc<str>),
}

/// `zeebe:calledElement`.
#[derive(Debug)]
pub struct CallActivity {
    /// The called process.
    pub process_id: Dynamic,
    /// Which version.
    pub binding: Binding,
    /// Whether every variable of the child comes back.
    pub propagate_all_child_variables: bool,
    /// Whether every visible variable goes down.
    pub propagate_all_parent_variables: bool,
    /// Business id for the child.
    pub business_id: Option<Dynamic>,
}

/// One `zeebe:input` or `zeebe:output`.
#[derive(Debug)]
pub struct Mapping {
    /// Evaluated in the source scope.
    pub source: Dynamic,
    /// The target's path: `["order", "total"]` for `order.total`.
    pub target: Vec<Arc<str>>,
}

/// An execution or task listener.
#[derive(Debug)]
pub struct Listener {
    /// When it runs.
    pub event: ListenerEvent,
    /// The job it creates.
    pub job: JobDefinition,
    /// Its headers.
    pub headers: Arc<Vec<(String, String)>>,
}

/// When a listener runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ListenerEvent {
    /// Execution listener, before the element becomes active.
    Start,
    /// Execution listener, before the element completes.
    End,
    /// Task listener: the user task is being created.
    Creating,
    /// Task listener: it is being assigned.
    Assigning,
    /// Task listener: it is being updated.
    Updating,
    /// Task listener: it is being completed.
    Completing,
    /// Task listener: it is being canceled.
    Canceling,
}

/// A sequence flow.
#[derive(Debug)]
pub struct SequenceFlow {
    /// Where it comes from.
    pub source: ElementIndex,
    /// Where it goes.
    pub target: ElementIndex,
    /// `conditionExpression`.
    pub condition: Option<Expression>,
}

/// From where a token can still reach a join, per incoming flow of that join.
#[derive(Debug, Default)]
pub struct Reachability {
    /// For each incoming flow of the join: every flow and element from which it can be reached on a path that does not
    /// pass the join itself.
    pub from: Vec<(ElementIndex, SlotSet)>,
}

impl ProcessDefinition {
    /// The element in a slot.
    ///
    /// # Panics
    /// When the index is not of this definition.
    pub fn element(&self, index: ElementIndex) -> &Element {
        &self.elements[index.0 as usize]
    }

    /// The conditional events that look at changes of a variable, in document order.
    pub fn conditions_on(&self, variable: &str) -> &[ElementIndex] {
        self.conditions.get(variable).map_or(&[], Vec::as_slice)
    }

    /// The slot of an id.
    pub fn index_of(&self, id: &str) -> Option<ElementIndex> {
        self.by_id.get(id).copied()
    }

    /// The event-based gateway in front of an event or receive task, and the flow from it.
    pub fn gateway_before(&self, event: ElementIndex) -> Option<(&Element, ElementIndex)> {
        self.element(event).incoming.iter().find_map(|flow| {
            let source = self.element(self.flow(*flow)?.source);
            matches!(source.kind, ElementKind::EventBasedGateway { .. }).then_some((source, *flow))
        })
    }

    /// The sequence flow in a slot.
    pub fn flow(&self, index: ElementIndex) -> Option<&SequenceFlow> {
        self.flows.get(&index)
    }
}
