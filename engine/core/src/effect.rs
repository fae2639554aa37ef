//! What the world must do because of an event: derived, so that none can be forgotten, and replay has none.

use std::sync::Arc;

use crate::command::{ChildOutcome, ParentLink, Variables};
use crate::event::{Event, MessageThrown, SignalEvent, SignalThrown};
use crate::keys::{
    ElementInstanceKey, IncidentKey, JobKey, ProcessDefinitionKey, ProcessInstanceKey, TimerKey, Timestamp,
};

/// Work outside the instance. Those that reach another instance are outbox rows, written in the commit of the event
/// and delivered at least once.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A job can be worked on.
    JobAvailable {
        /// Which.
        job: JobKey,
    },
    /// A timer is to go off.
    Timer {
        /// Which.
        timer: TimerKey,
        /// When.
        due: Timestamp,
    },
    /// Outbox: start a called process.
    StartChild {
        /// Its key.
        child: ProcessInstanceKey,
        /// Who waits.
        parent: ElementInstanceKey,
        /// Top of the hierarchy.
        root: ProcessInstanceKey,
        /// How many instances call one another above it.
        depth: u32,
        /// What it runs.
        definition: ProcessDefinitionKey,
        /// Root variables.
        variables: Variables,
        /// Business id.
        business_id: Option<Arc<str>>,
        /// Tenant.
        tenant: Arc<str>,
        /// The conversation it belongs to; absent: that of the instance at the top.
        conversation: Option<Arc<str>>,
    },
    /// Outbox: tell the caller.
    NotifyParent {
        /// Who waits.
        parent: ParentLink,
        /// How it ended.
        outcome: ChildOutcome,
    },
    /// Outbox: pass an escalation on to the caller.
    EscalateToParent {
        /// Who waits.
        parent: ParentLink,
        /// What threw it first.
        origin: ElementInstanceKey,
        /// Its code.
        code: Arc<str>,
    },
    /// Outbox: tell the caller about incidents.
    TellTrouble {
        /// Who waits.
        parent: ParentLink,
        /// The oldest; `None`: there is none any more.
        incident: Option<IncidentKey>,
    },
    /// Outbox: cancel a called process.
    CancelChild {
        /// Which.
        child: ProcessInstanceKey,
        /// The call activity that waits for its end.
        caller: Option<ElementInstanceKey>,
    },
    /// Outbox: suspend or resume a called process.
    SuspendChild {
        /// Which.
        child: ProcessInstanceKey,
        /// Suspended, else resumed.
        suspend: bool,
    },
    /// Outbox: publish a message.
    PublishMessage(Box<MessageThrown>),
    /// Outbox: broadcast a signal.
    BroadcastSignal(Box<SignalThrown>),
    /// Outbox: send `Continue` to this instance.
    Continue,
}

/// The effect of an event, if it has one.
#[expect(clippy::too_many_lines, reason = "a list: every event has its line, and the compiler asks for it")]
pub fn effects_of(event: &Event) -> Option<Effect> {
    match event {
        Event::JobCreated(job) => Some(Effect::JobAvailable { job: job.key }),
        Event::JobFailed { key, retries, .. } if *retries > 0 => Some(Effect::JobAvailable { job: *key }),
        Event::JobRetried { key, .. } => Some(Effect::JobAvailable { job: *key }),
        Event::TimerScheduled { key, due, .. } => Some(Effect::Timer { timer: *key, due: *due }),
        Event::ChildRequested(called) => Some(Effect::StartChild {
            child: called.child,
            parent: called.caller,
            root: called.root,
            depth: called.depth,
            definition: called.definition,
            variables: called.variables.clone(),
            business_id: called.business_id.clone(),
            tenant: called.tenant.clone(),
            conversation: called.conversation.clone(),
        }),
        Event::ChildSuspensionRequested { child, suspend } => {
            Some(Effect::SuspendChild { child: *child, suspend: *suspend })
        }
        Event::ChildCancelRequested { child, caller } => {
            Some(Effect::CancelChild { child: *child, caller: *caller })
        }
        Event::InstanceEnded(ended) => {
            ended.parent.map(|parent| Effect::NotifyParent { parent, outcome: ended.outcome.clone() })
        }
        Event::EscalationThrown { parent, origin, code, .. } => {
            parent.map(|parent| Effect::EscalateToParent { parent, origin: *origin, code: code.clone() })
        }
        Event::TroubleTold { parent, incident } => {
            Some(Effect::TellTrouble { parent: *parent, incident: *incident })
        }
        Event::MessageThrown(message) => Some(Effect::PublishMessage(message.clone())),
        Event::Signal(SignalEvent::Thrown(signal)) => Some(Effect::BroadcastSignal(signal.clone())),
        Event::Paused { .. } => Some(Effect::Continue),
        Event::InstanceCreated(_)
        | Event::ElementActivating { .. }
        | Event::ElementActivated { .. }
        | Event::ElementCompleting { .. }
        | Event::ElementCompleted { .. }
        | Event::ElementTerminating { .. }
        | Event::ElementTerminated { .. }
        | Event::FlowTaken { .. }
        | Event::TokensDiscarded { .. }
        | Event::VariableSet { .. }
        | Event::JobCompleted { .. }
        | Event::JobFailed { .. }
        | Event::JobErrorThrown { .. }
        | Event::JobCanceled { .. }
        | Event::JobUpdated { .. }
        | Event::UserTaskCreated(_)
        | Event::UserTaskAssigned { .. }
        | Event::UserTaskUpdated { .. }
        | Event::UserTaskTransitioning { .. }
        | Event::UserTaskSettled { .. }
        | Event::UserTaskCorrected { .. }
        | Event::UserTaskCompleted { .. }
        | Event::UserTaskCanceled { .. }
        | Event::ChildEscalated { .. }
        | Event::CompensationNoted { .. }
        | Event::CompensationStarted { .. }
        | Event::CompensationUnfolded { .. }
        | Event::CompensationHandlerStarted { .. }
        | Event::GatewaySwitched { .. }
        | Event::Postponed { .. }
        | Event::ChildTroubled { .. }
        | Event::TimerTriggered { .. }
        | Event::TimerCanceled { .. }
        | Event::SubscriptionOpened { .. }
        | Event::SubscriptionCorrelated { .. }
        | Event::SubscriptionClosed { .. }
        | Event::Signal(
            SignalEvent::Opened { .. } | SignalEvent::Received { .. } | SignalEvent::Closed { .. },
        )
        | Event::Triggers(_)
        | Event::IncidentRaised { .. }
        | Event::IncidentResolved { .. }
        | Event::ChildEnded { .. }
        | Event::ElementTriggered { .. }
        | Event::LoopStarted { .. }
        | Event::LoopResult { .. }
        | Event::EntryChosen { .. }
        | Event::InstanceModified { .. }
        | Event::InstanceMigrated { .. }
        | Event::InstanceSuspended { .. }
        | Event::InstanceResumed(_)
        | Event::Asked { .. }
        | Event::DecisionEvaluated(_)
        | Event::ConditionOpened { .. }
        | Event::ConditionChanged { .. }
        | Event::ConditionClosed { .. }
        | Event::Continued => None,
    }
}
