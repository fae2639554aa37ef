//! What a step still has to do. Work waits in a queue, never on the call stack; what a step leaves over stands in
//! [`Event::Paused`](crate::Event::Paused), so the next step goes on exactly there.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use hosk_model::ElementIndex;

use crate::command::{ChildOutcome, Variables};
use crate::entry::Entry;
use crate::keys::ElementInstanceKey;

/// One piece of work. Work for what is gone or interrupted by the time its turn comes is dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Work {
    /// A token came to the end of a flow.
    Arrive {
        /// The flow.
        flow: ElementIndex,
        /// The container.
        scope: ElementInstanceKey,
    },
    /// An element begins without a token on a flow: start event, boundary event, event sub-process.
    Enter {
        /// Which element.
        element: ElementIndex,
        /// Where.
        scope: ElementInstanceKey,
        /// What its trigger brought along.
        received: Variables,
    },
    /// An element begins without a token, with what is to begin in it.
    Begin {
        /// What.
        entry: Box<Entry>,
        /// Where.
        scope: ElementInstanceKey,
    },
    /// An element instance goes on with its activation.
    Activate {
        /// Which.
        key: ElementInstanceKey,
    },
    /// An element instance goes on with its completion.
    Complete {
        /// Which.
        key: ElementInstanceKey,
    },
    /// Something inside a container ended.
    ChildEnded {
        /// The container.
        scope: ElementInstanceKey,
    },
    /// An element instance is stopped with everything inside it, innermost first.
    Terminate {
        /// Which.
        key: ElementInstanceKey,
    },
    /// Everything inside a container is stopped, the container goes on.
    Clear {
        /// The container.
        scope: ElementInstanceKey,
    },
    /// The next children of a multi-instance body.
    Spawn {
        /// The body.
        body: ElementInstanceKey,
    },
    /// The instance is over, after its root was terminated.
    End {
        /// How.
        outcome: Box<ChildOutcome>,
    },
    /// A token moved or ended: joins that look upstream may have nothing to wait for any more.
    LookUpstream {
        /// The container.
        scope: ElementInstanceKey,
    },
    /// The conditions an element instance waits for are looked at.
    LookAtConditions {
        /// Which.
        element_instance: ElementInstanceKey,
    },
    /// A variable changed: the conditions that read it are looked at.
    VariableChanged {
        /// Where.
        scope: ElementInstanceKey,
        /// Its name.
        name: Arc<str>,
        /// Whether it is new there.
        created: bool,
    },
    /// An element begins because of a trigger that is there: an event-based gateway by whose event the process starts, or
    /// the event behind a gateway.
    EnterTriggered {
        /// Which element.
        element: ElementIndex,
        /// The event whose trigger came.
        by: ElementIndex,
        /// The flow from the gateway to the event.
        flow: Option<ElementIndex>,
        /// Where.
        scope: ElementInstanceKey,
        /// What the trigger brought.
        received: Variables,
    },
    /// What is directly inside a container is stopped, oldest first.
    StopInside {
        /// The container.
        scope: ElementInstanceKey,
        /// Only what is younger: the others were told before.
        after: ElementInstanceKey,
    },
    /// Everything inside an element instance was told to stop: when it has, the element instance is gone as well.
    Terminated {
        /// Which.
        key: ElementInstanceKey,
    },
    /// Everything inside a container was told to stop; the container goes on.
    Cleared {
        /// The container.
        scope: ElementInstanceKey,
    },
    /// What comes after an interruption. What is stopped may have to wait for a called process; then so does this.
    Then {
        /// What is stopped.
        key: ElementInstanceKey,
        /// Only what is inside of it is.
        inside: bool,
        /// What begins afterwards.
        work: Box<Work>,
    },
    /// Whoever undoes completed activities goes on with the next.
    Compensate {
        /// The throw event, transaction, or sub-process entered again.
        by: ElementInstanceKey,
    },
    /// A transaction in which everything was stopped is undone.
    CancelTransaction {
        /// The transaction.
        transaction: ElementInstanceKey,
    },
}

impl Work {
    /// The elements and flows it names.
    pub(crate) fn elements(&self) -> Vec<ElementIndex> {
        match self {
            Self::Arrive { flow, .. } => vec![*flow],
            Self::Enter { element, .. } => vec![*element],
            Self::Begin { entry, .. } => entry.elements(),
            Self::Then { work, .. } => work.elements(),
            Self::EnterTriggered { element, by, flow, .. } => {
                [*element, *by].into_iter().chain(*flow).collect()
            }
            Self::Activate { .. }
            | Self::Complete { .. }
            | Self::ChildEnded { .. }
            | Self::Terminate { .. }
            | Self::Clear { .. }
            | Self::StopInside { .. }
            | Self::Terminated { .. }
            | Self::Cleared { .. }
            | Self::Spawn { .. }
            | Self::LookUpstream { .. }
            | Self::LookAtConditions { .. }
            | Self::VariableChanged { .. }
            | Self::Compensate { .. }
            | Self::CancelTransaction { .. }
            | Self::End { .. } => Vec::new(),
        }
    }

    /// Every element and flow it names becomes another one.
    pub(crate) fn renumber(&mut self, becomes: &impl Fn(&mut ElementIndex)) {
        match self {
            Self::Arrive { flow, .. } => becomes(flow),
            Self::Enter { element, .. } => becomes(element),
            Self::Begin { entry, .. } => entry.renumber(becomes),
            Self::Then { work, .. } => work.renumber(becomes),
            Self::EnterTriggered { element, by, flow, .. } => {
                becomes(element);
                becomes(by);
                flow.iter_mut().for_each(becomes);
            }
            Self::Activate { .. }
            | Self::Complete { .. }
            | Self::ChildEnded { .. }
            | Self::Terminate { .. }
            | Self::Clear { .. }
            | Self::StopInside { .. }
            | Self::Terminated { .. }
            | Self::Cleared { .. }
            | Self::Spawn { .. }
            | Self::LookUpstream { .. }
            | Self::LookAtConditions { .. }
            | Self::VariableChanged { .. }
            | Self::Compensate { .. }
            | Self::CancelTransaction { .. }
            | Self::End { .. } => {}
        }
    }

    /// Whether it only stops something: a suspended instance does that, too.
    pub(crate) fn stops(&self) -> bool {
        match self {
            Self::Terminate { .. }
            | Self::Clear { .. }
            | Self::StopInside { .. }
            | Self::Terminated { .. }
            | Self::Cleared { .. }
            | Self::Then { .. }
            | Self::End { .. } => true,
            Self::Arrive { .. }
            | Self::Enter { .. }
            | Self::Begin { .. }
            | Self::Activate { .. }
            | Self::Complete { .. }
            | Self::ChildEnded { .. }
            | Self::Spawn { .. }
            | Self::LookUpstream { .. }
            | Self::LookAtConditions { .. }
            | Self::VariableChanged { .. }
            | Self::Compensate { .. }
            | Self::CancelTransaction { .. }
            | Self::EnterTriggered { .. } => false,
        }
    }
}
