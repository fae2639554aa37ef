//! Keys: 63-bit, time-ordered, unique without a round trip. The core never makes one: it draws them from a
//! [`Keys`] reservation that comes in with the call, and they stand in the events.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

keys! {
    /// A process instance; also the key of its root element instance.
    ProcessInstanceKey,
    /// An element instance.
    ElementInstanceKey,
    /// A deployed version of a process.
    ProcessDefinitionKey,
    /// A deployment.
    DeploymentKey,
    /// A deployed version of a form.
    FormKey,
    /// A job.
    JobKey,
    /// A user task.
    UserTaskKey,
    /// A timer.
    TimerKey,
    /// A message subscription.
    SubscriptionKey,
    /// A published message.
    MessageKey,
    /// A signal that was broadcast.
    SignalKey,
    /// A variable.
    VariableKey,
    /// An incident.
    IncidentKey,
    /// A deployed version of a decision.
    DecisionDefinitionKey,
    /// A deployed version of a decision requirements graph.
    DecisionRequirementsKey,
    /// One evaluation of a decision with all it requires.
    DecisionEvaluationKey,
    /// One decision evaluated within an evaluation.
    DecisionInstanceKey,
}

impl ProcessInstanceKey {
    /// The element instance of the process itself.
    pub fn root(self) -> ElementInstanceKey {
        ElementInstanceKey(self.0)
    }
}

/// Where keys come from: the runtime's generator, or a counter in tests.
pub trait Keys {
    /// A key never given before, greater than every one given before by this source.
    fn next(&mut self) -> u64;
}

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);
