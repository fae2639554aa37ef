//! The read side: rows as the API shows them and one kind of search over all of them. A query sees every batch
//! whose commit was answered before it began.

mod audit;
mod batches;
mod cluster_variables;
mod codes;
mod decisions;
pub(crate) mod definitions;
mod entities;
mod field;
pub(crate) mod flows;
mod global_listeners;
mod implied;
pub(crate) mod job_figures;
mod narrow;
pub(crate) mod order;
mod reached;
pub(crate) mod reads;
mod search;
pub(crate) mod select;
pub(crate) mod sql;
pub(crate) mod standing;
mod tally;
pub(crate) mod test;
mod value_maps;
mod waits;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
pub use audit::*;
pub use batches::*;
pub use cluster_variables::*;
pub use codes::*;
pub use decisions::*;
pub use entities::*;
pub use field::{Cell, Column, Columns, Entity, Field, Kind};
pub use global_listeners::*;
use hosk_core::{
    DecisionDefinitionKey, DecisionRequirementsKey, ElementInstanceKey, FormKey, IncidentKey, JobKey,
    ProcessDefinitionKey, ProcessInstanceKey, UserTaskKey, VariableKey,
};
pub use job_figures::{
    JOB_FIGURES_KEPT, JOB_FIGURES_NAME, JOB_FIGURES_STEP, JobFigure, JobFigureField, JobFigureOf, JobFigures,
    JobFiguresBy, JobFiguresOf, job_figure_name,
};
pub use search::*;
pub use tally::{TALLIES, Tally, TallyOf};
pub use value_maps::*;
pub use waits::{WaitState, WaitStateField};
pub use words::Codes;

use crate::{Error, Step};

/// A page or an error.
pub type Found<T> = Result<PageOf<T>, Error>;

/// The read side. Rows of deleted resources stay visible to instances but are not found by searches over resources.
#[async_trait]
pub trait Queries: Send + Sync + 'static {
    /// Searches process definitions.
    async fn process_definitions(&self, search: Search<ProcessDefinitionField>) -> Found<ProcessDefinition>;
    /// Searches forms.
    async fn forms(&self, search: Search<FormField>) -> Found<Form>;
    /// Searches decision requirements graphs.
    async fn decision_requirements_by(
        &self,
        search: Search<DecisionRequirementsField>,
    ) -> Found<DecisionRequirements>;
    /// Searches decisions.
    async fn decision_definitions(
        &self,
        search: Search<DecisionDefinitionField>,
    ) -> Found<DecisionDefinition>;
    /// Searches evaluated decisions.
    async fn decision_instances(&self, search: Search<DecisionInstanceField>) -> Found<DecisionInstance>;
    /// Searches other resources.
    async fn resources_by(&self, search: Search<ResourceField>) -> Found<Resource>;
    /// Searches process instances.
    async fn process_instances(&self, search: Search<ProcessInstanceField>) -> Found<ProcessInstance>;
    /// Searches element instances.
    async fn element_instances(&self, search: Search<ElementInstanceField>) -> Found<ElementInstance>;
    /// Searches variables; values longer than [`VALUE_PREVIEW`] characters are cut unless `whole`.
    async fn variables(&self, search: Search<VariableField>, whole: bool) -> Found<Variable>;
    /// Searches jobs.
    async fn jobs(&self, search: Search<JobField>) -> Found<Job>;
    /// Searches user tasks.
    async fn user_tasks(&self, search: Search<UserTaskField>) -> Found<UserTask>;
    /// Searches incidents.
    async fn incidents(&self, search: Search<IncidentField>) -> Found<Incident>;
    /// Searches message subscriptions.
    async fn message_subscriptions(
        &self,
        search: Search<MessageSubscriptionField>,
    ) -> Found<MessageSubscription>;
    /// Searches correlated messages.
    async fn correlated_message_subscriptions(
        &self,
        search: Search<CorrelatedMessageSubscriptionField>,
    ) -> Found<CorrelatedMessageSubscription>;
    /// Searches what element instances wait for.
    async fn wait_states(&self, search: Search<WaitStateField>) -> Found<WaitState>;
    /// Searches batch operations.
    async fn batch_operations(&self, search: Search<BatchOperationField>) -> Found<BatchOperation>;
    /// Searches items of batch operations.
    async fn batch_items(&self, search: Search<BatchItemField>) -> Found<BatchItem>;
    /// Searches variables of the installation.
    async fn cluster_variables(&self, search: Search<ClusterVariableField>) -> Found<ClusterVariable>;
    /// Searches task listeners of the installation.
    async fn global_task_listeners(
        &self,
        search: Search<GlobalTaskListenerField>,
    ) -> Found<GlobalTaskListener>;
    /// Searches value maps.
    async fn value_maps(&self, search: Search<ValueMapField>) -> Found<ValueMap>;
    /// Searches entries of value maps.
    async fn value_map_entries(&self, search: Search<ValueMapEntryField>) -> Found<ValueMapEntry>;
    /// Searches the audit log.
    async fn audit_logs(&self, search: Search<AuditLogField>) -> Found<AuditLog>;

    /// The file that holds a definition (process, form, decision, graph or resource key): its name and verbatim content. Also for
    /// deleted ones while instances may refer to them.
    async fn content(&self, key: u64) -> Result<Option<Content>, Error>;

    /// Ids of the sequence flows an instance took, each once, in the order they were first taken; `None` when there
    /// is no such instance.
    async fn sequence_flows(&self, instance: ProcessInstanceKey) -> Result<Option<Vec<Arc<str>>>, Error>;

    /// Per element, how its element instances stand; elements without any are left out.
    async fn element_statistics(&self, of: StatisticsOf) -> Result<Vec<ElementStatistics>, Error>;

    /// How many rows have the same values in some fields, by those values; at most [`TALLIES`] groups.
    async fn tally(&self, of: TallyOf) -> Result<Vec<Tally>, Error>;

    /// Figures about jobs, in the order of their name or time.
    async fn job_figures(&self, of: JobFiguresOf) -> Result<Vec<JobFigures>, Error>;

    /// An element instance, then the scope around it, and so on to the root; empty when it is not known.
    async fn scopes(&self, element_instance: ElementInstanceKey) -> Result<Vec<ElementInstanceKey>, Error>;

    /// What happened in an instance, commit by commit, after a version, at most `limit` commits.
    async fn history(
        &self,
        instance: ProcessInstanceKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, Error>;

    /// One process definition, also a deleted one.
    async fn process_definition(&self, key: ProcessDefinitionKey)
    -> Result<Option<ProcessDefinition>, Error>;
    /// One form, also a deleted one.
    async fn form(&self, key: FormKey) -> Result<Option<Form>, Error>;
    /// One decision requirements graph, also a deleted one.
    async fn decision_requirements(
        &self,
        key: DecisionRequirementsKey,
    ) -> Result<Option<DecisionRequirements>, Error>;
    /// One decision, also a deleted one.
    async fn decision_definition(
        &self,
        key: DecisionDefinitionKey,
    ) -> Result<Option<DecisionDefinition>, Error>;
    /// One other resource, also a deleted one.
    async fn resource(&self, key: u64) -> Result<Option<Resource>, Error>;
    /// One process instance.
    async fn process_instance(&self, key: ProcessInstanceKey) -> Result<Option<ProcessInstance>, Error>;
    /// One element instance.
    async fn element_instance(&self, key: ElementInstanceKey) -> Result<Option<ElementInstance>, Error>;
    /// One variable with its whole value.
    async fn variable(&self, key: VariableKey) -> Result<Option<Variable>, Error>;
    /// One job.
    async fn job(&self, key: JobKey) -> Result<Option<Job>, Error>;
    /// One user task.
    async fn user_task(&self, key: UserTaskKey) -> Result<Option<UserTask>, Error>;
    /// One incident.
    async fn incident(&self, key: IncidentKey) -> Result<Option<Incident>, Error>;
    /// One batch operation.
    async fn batch_operation(&self, key: u64) -> Result<Option<BatchOperation>, Error>;
    /// One line of the audit log.
    async fn audit_log(&self, key: u64) -> Result<Option<AuditLog>, Error>;
}

/// A stored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its name.
    pub name: Arc<str>,
    /// Verbatim.
    pub bytes: Arc<[u8]>,
}

/// Whose statistics.
#[derive(Clone, Debug)]
pub enum StatisticsOf {
    /// Of one instance.
    Instance(ProcessInstanceKey),
    /// Of all instances of a definition that satisfy a filter; of the element instances that it is about, where it says
    /// something about them.
    Definition(ProcessDefinitionKey, Filter<ProcessInstanceField>),
}

/// How the element instances of one element stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementStatistics {
    /// The element.
    pub element_id: Arc<str>,
    /// Active ones.
    pub active: u64,
    /// Terminated ones.
    pub canceled: u64,
    /// Ones with an incident.
    pub incidents: u64,
    /// Completed ones.
    pub completed: u64,
}

/// One commit of an instance's history.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The version it led to.
    pub version: u64,
    /// What happened.
    pub steps: Vec<Step>,
}

/// Commits read at a time when a whole history is gone through.
pub(crate) const HISTORY_SLICE: usize = 256;

/// A search that finds only what was not deleted.
pub(crate) fn living<F>(mut search: Search<F>, deleted: F) -> Search<F> {
    let filter = std::mem::replace(&mut search.filter, Filter::everything());
    search.filter = Filter::All(vec![Filter::eq(deleted, false), filter]);
    search
}
