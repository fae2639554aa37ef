//! What a batch operation is for and what it does, as it stands in the store until it is over.

use std::sync::Arc;

use hosk_core::{
    Ancestor, Chosen, Command, ElementMapping, IncidentKey, JobKey, Migration, Modification, Move,
    ProcessDefinitionKey,
};
use hosk_store::{
    BatchOperationType, DecisionInstanceField, Filter, JobField, OpenItem, ProcessInstanceField,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a batch operation is for. Only what was there when it began is meant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum BatchSelection {
    /// Process instances.
    Instances(Filter<ProcessInstanceField>),
    /// Active incidents of process instances.
    IncidentsOf(Filter<ProcessInstanceField>),
    /// Jobs.
    Jobs(Filter<JobField>),
    /// Evaluations with a decision.
    Evaluations(Filter<DecisionInstanceField>),
}

/// What is done with each item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum BatchPlan {
    /// The instance is canceled.
    Cancel,
    /// The incident is resolved.
    ResolveIncident,
    /// The instance is moved to another definition.
    Migrate {
        /// The definition.
        target: u64,
        /// Elements and what they become.
        mappings: Vec<(Arc<str>, Arc<str>)>,
    },
    /// Tokens are moved.
    Modify(Vec<BatchMove>),
    /// The ended instance is removed.
    DeleteInstance,
    /// The evaluation is removed.
    DeleteEvaluation,
    /// The instance is suspended.
    Suspend,
    /// The instance is resumed.
    Resume,
    /// The job is changed.
    UpdateJob {
        /// Retries left.
        retries: Option<u32>,
        /// Priority.
        priority: Option<i32>,
        /// Milliseconds from now until the worker's time is over; jobs that no worker has are left as they are.
        timeout: Option<u64>,
    },
}

/// A token to move.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BatchMove {
    /// Every active element instance of this element is stopped.
    pub from: Arc<str>,
    /// The element to begin before, once for each.
    pub to: Arc<str>,
}

impl BatchPlan {
    /// The kind of the batch operation.
    pub(super) fn kind(&self) -> BatchOperationType {
        match self {
            Self::Cancel => BatchOperationType::CancelProcessInstance,
            Self::ResolveIncident => BatchOperationType::ResolveIncident,
            Self::Migrate { .. } => BatchOperationType::MigrateProcessInstance,
            Self::Modify(_) => BatchOperationType::ModifyProcessInstance,
            Self::DeleteInstance => BatchOperationType::DeleteProcessInstance,
            Self::DeleteEvaluation => BatchOperationType::DeleteDecisionInstance,
            Self::Suspend => BatchOperationType::SuspendProcessInstance,
            Self::Resume => BatchOperationType::ResumeProcessInstance,
            Self::UpdateJob { .. } => BatchOperationType::UpdateJob,
        }
    }

    /// The command to the item's instance; `None` where none is needed.
    pub(super) fn command(&self, item: &OpenItem, by: Option<&Arc<str>>) -> Option<Command> {
        Some(match self {
            Self::Cancel => Command::Cancel { by: by.cloned() },
            Self::ResolveIncident => {
                Command::ResolveIncident { incident: IncidentKey(item.item), give_retry: true }
            }
            Self::Migrate { target, mappings } => {
                let mapping = |(source, target): &(Arc<str>, Arc<str>)| ElementMapping {
                    source: source.clone(),
                    target: target.clone(),
                };
                let mappings = mappings.iter().map(mapping).collect();
                Command::Migrate(Box::new(Migration { target: ProcessDefinitionKey(*target), mappings }))
            }
            Self::Modify(moves) => {
                let moved = |one: &BatchMove| Move {
                    from: Chosen::Id(one.from.clone()),
                    to: one.to.clone(),
                    ancestor: Ancestor::Inferred,
                    variables: Vec::new(),
                };
                let moves = moves.iter().map(moved).collect();
                Command::Modify(Box::new(Modification { moves, ..Modification::default() }))
            }
            Self::Suspend => Command::Suspend,
            Self::Resume => Command::Resume,
            Self::UpdateJob { retries, priority, .. } if retries.is_some() || priority.is_some() => {
                Command::UpdateJob { job: JobKey(item.item), retries: *retries, priority: *priority }
            }
            Self::UpdateJob { .. } | Self::DeleteInstance | Self::DeleteEvaluation => return None,
        })
    }
}

/// As it is stored. Texts, numbers and lists of them can always be written.
pub(super) fn written(value: &impl Serialize) -> Arc<str> {
    serde_json::to_string(value).unwrap_or_default().into()
}

pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text)
}
