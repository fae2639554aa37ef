//! Timers that are due: of instances, and of the start events of processes.

use std::sync::Arc;

use hosk_core::{Due, ProcessDefinitionKey, ProcessInstanceKey, TimerKey, Timestamp};
use hosk_model::ElementIndex;

use super::Claim;

/// Due timers.
#[derive(Debug, Default)]
pub struct DueTimers {
    /// Timers of instances.
    pub timers: Vec<(ProcessInstanceKey, TimerKey)>,
    /// When the next one after these is due.
    pub next: Option<Timestamp>,
}

/// A timer start event that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueStart {
    /// The newest version of its process.
    pub definition: ProcessDefinitionKey,
    /// The start event.
    pub element: ElementIndex,
    /// Tenant.
    pub tenant: Arc<str>,
    /// The run that is due.
    pub run: Due,
}

/// Start timers that are due.
#[derive(Debug, Default)]
pub struct DueStarts {
    /// At most as many as were asked for.
    pub starts: Vec<DueStart>,
    /// When the next one after these is due.
    pub next: Option<Timestamp>,
}

/// A start timer goes off.
#[derive(Clone, Debug)]
pub struct FiredStart {
    /// The run.
    pub start: DueStart,
    /// The run after it; `None`: it was the last.
    pub next: Option<Due>,
    /// The key the instance gets.
    pub instance: ProcessInstanceKey,
    /// The key of the outbox entry.
    pub entry: u64,
    /// Who carries it.
    pub claim: Claim,
}
