//! Counting rows by what they have in common: what statistics are made of.
//!
//! The fields to group by are an entity's own, so that a figure and the search behind it cannot mean different things.
//! Not implemented: more than [`TALLIES`] groups; those with the fewest rows are left out.

use super::decisions::DecisionInstanceField;
use super::entities::{
    ElementInstanceField, IncidentField, JobField, MessageSubscriptionField, ProcessInstanceField,
    UserTaskField, VariableField,
};
use super::field::Cell;
use super::search::Filter;

/// Groups one question is answered with, at most.
pub const TALLIES: usize = 10_000;

/// Which rows, and by which fields they are put together. Without a field there is one group of all.
#[derive(Clone, Debug)]
pub enum TallyOf {
    /// Process instances.
    ProcessInstances(Filter<ProcessInstanceField>, Vec<ProcessInstanceField>),
    /// Incidents.
    Incidents(Filter<IncidentField>, Vec<IncidentField>),
    /// Element instances.
    ElementInstances(Filter<ElementInstanceField>, Vec<ElementInstanceField>),
    /// Jobs.
    Jobs(Filter<JobField>, Vec<JobField>),
    /// Message subscriptions.
    MessageSubscriptions(Filter<MessageSubscriptionField>, Vec<MessageSubscriptionField>),
    /// Variables.
    Variables(Filter<VariableField>, Vec<VariableField>),
    /// User tasks.
    UserTasks(Filter<UserTaskField>, Vec<UserTaskField>),
    /// Evaluated decisions.
    DecisionInstances(Filter<DecisionInstanceField>, Vec<DecisionInstanceField>),
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tally {
    /// What its rows have in common, field by field.
    pub cells: Vec<Cell>,
    /// Its rows.
    pub rows: u64,
    /// Process instances they belong to, each counted once.
    pub instances: u64,
}
