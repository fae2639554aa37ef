//! Removing what is over: ended instances with all their rows, and evaluated decisions.
//!
//! An instance may have any number of rows: they go in bounded transactions, its own row last, so that a removal that
//! was cut short is seen and can be repeated.

mod sql;

use async_trait::async_trait;
use hosk_core::{DecisionEvaluationKey, ProcessDefinitionKey, ProcessInstanceKey, Timestamp};

use crate::Error;

/// What became of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is gone, with all the instances that it called.
    Removed,
    /// There is no such instance.
    Unknown,
    /// It runs, or an instance that it called does.
    Running,
}

/// Which ended instances are looked for: those that nobody called, the longest ended first.
#[derive(Clone, Debug)]
pub struct EndedPage {
    /// What they ran at their end.
    pub definition: ProcessDefinitionKey,
    /// They ended before this.
    pub before: Timestamp,
    /// The last one of the page before.
    pub after: Option<(ProcessInstanceKey, Timestamp)>,
    /// How many at most.
    pub limit: usize,
}

/// Where what is over is kept.
#[async_trait]
pub trait RemovalStore: Send + Sync + 'static {
    /// Removes ended instances with those that they called, in the order asked.
    async fn remove_instances(&self, instances: Vec<ProcessInstanceKey>) -> Result<Vec<Removal>, Error>;

    /// Ended instances and when they ended.
    async fn ended(&self, page: EndedPage) -> Result<Vec<(ProcessInstanceKey, Timestamp)>, Error>;

    /// An instance and all that it called, directly or not; callers first. Empty when it is not known.
    async fn family(&self, instance: ProcessInstanceKey) -> Result<Vec<ProcessInstanceKey>, Error>;

    /// Removes the decisions of an evaluation; whether there were any.
    async fn remove_evaluation(&self, evaluation: DecisionEvaluationKey) -> Result<bool, Error>;

    /// Removes the oldest figures about jobs that are of a time before this, of a few minutes at once; how many rows.
    async fn remove_job_figures(&self, before: Timestamp) -> Result<u64, Error>;
}
