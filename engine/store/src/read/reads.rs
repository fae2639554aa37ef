//! What a store has to read by, from which every query of the read side follows.

use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::{
    DecisionDefinitionKey, DecisionRequirementsKey, ElementInstanceKey, FormKey, IncidentKey, JobKey,
    ProcessDefinitionKey, ProcessInstanceKey, UserTaskKey, VariableKey,
};

use super::{
    AuditLog, AuditLogField, BatchItem, BatchItemField, BatchOperation, BatchOperationField, ClusterVariable,
    ClusterVariableField, Content, CorrelatedMessageSubscription, CorrelatedMessageSubscriptionField,
    DecisionDefinition, DecisionDefinitionField, DecisionInstance, DecisionInstanceField,
    DecisionRequirements, DecisionRequirementsField, ElementInstance, ElementInstanceField,
    ElementStatistics, Filter, Form, FormField, Found, GlobalTaskListener, GlobalTaskListenerField, Incident,
    IncidentField, Job, JobField, JobFigures, JobFiguresOf, MessageSubscription, MessageSubscriptionField,
    ProcessDefinition, ProcessDefinitionField, ProcessInstance, ProcessInstanceField, Queries, Recorded,
    Resource, ResourceField, Search, StatisticsOf, Tally, TallyOf, UserTask, UserTaskField, ValueMap,
    ValueMapEntry, ValueMapEntryField, ValueMapField, Variable, VariableField, WaitState, WaitStateField,
    living,
};
use crate::Error;
use crate::memory::Listed;

/// What each store finds in its own way.
pub(crate) trait Lookups: Send + Sync + 'static {
    /// See [`Queries::content`].
    fn file_of(&self, key: u64) -> impl Future<Output = Result<Option<Content>, Error>> + Send;
    /// See [`Queries::scopes`].
    fn scopes_of(
        &self,
        element_instance: ElementInstanceKey,
    ) -> impl Future<Output = Result<Vec<ElementInstanceKey>, Error>> + Send;
    /// See [`Queries::history`].
    fn recorded(
        &self,
        instance: ProcessInstanceKey,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Recorded>, Error>> + Send;
}

/// Reading by entity. What implements it answers [`Queries`].
pub(crate) trait Reads: Lookups {
    /// A page of rows, each fitted before it is kept.
    fn search<E: Listed>(
        &self,
        search: Search<E::Field>,
        fit: fn(&mut E),
    ) -> impl Future<Output = Found<E>> + Send;
    /// One row by its key.
    fn get<E: Listed>(&self, key: u64) -> impl Future<Output = Result<Option<E>, Error>> + Send;
    /// See [`Queries::sequence_flows`].
    fn flows_of(
        &self,
        instance: ProcessInstanceKey,
    ) -> impl Future<Output = Result<Option<Vec<Arc<str>>>, Error>> + Send;
    /// See [`Queries::element_statistics`].
    fn statistics(
        &self,
        of: StatisticsOf,
    ) -> impl Future<Output = Result<Vec<ElementStatistics>, Error>> + Send;
    /// See [`Queries::job_figures`].
    fn figures_of_jobs(
        &self,
        of: JobFiguresOf,
    ) -> impl Future<Output = Result<Vec<JobFigures>, Error>> + Send;
    /// See [`Queries::tally`]; in any order.
    fn groups<E: Listed>(
        &self,
        filter: Filter<E::Field>,
        by: Vec<E::Field>,
    ) -> impl Future<Output = Result<Vec<Tally>, Error>> + Send;
}

/// One entity's groups.
async fn groups<E: Listed>(
    reads: &impl Reads,
    filter: Filter<E::Field>,
    by: Vec<E::Field>,
) -> Result<Vec<Tally>, Error> {
    let mut groups = reads.groups::<E>(filter, by).await?;
    groups.sort();
    Ok(groups)
}

/// Leaves a row as it is.
fn whole<E>(_: &mut E) {}

#[async_trait]
impl<R: Reads> Queries for R {
    async fn process_definitions(&self, search: Search<ProcessDefinitionField>) -> Found<ProcessDefinition> {
        self.search(living(search, ProcessDefinitionField::IsDeleted), whole).await
    }
    async fn forms(&self, search: Search<FormField>) -> Found<Form> {
        self.search(living(search, FormField::IsDeleted), whole).await
    }
    async fn decision_requirements_by(
        &self,
        search: Search<DecisionRequirementsField>,
    ) -> Found<DecisionRequirements> {
        self.search(living(search, DecisionRequirementsField::IsDeleted), whole).await
    }
    async fn decision_definitions(
        &self,
        search: Search<DecisionDefinitionField>,
    ) -> Found<DecisionDefinition> {
        self.search(living(search, DecisionDefinitionField::IsDeleted), whole).await
    }
    async fn decision_instances(&self, search: Search<DecisionInstanceField>) -> Found<DecisionInstance> {
        self.search(search, whole).await
    }
    async fn resources_by(&self, search: Search<ResourceField>) -> Found<Resource> {
        self.search(living(search, ResourceField::IsDeleted), whole).await
    }
    async fn process_instances(&self, search: Search<ProcessInstanceField>) -> Found<ProcessInstance> {
        self.search(search, whole).await
    }
    async fn element_instances(&self, search: Search<ElementInstanceField>) -> Found<ElementInstance> {
        self.search(search, whole).await
    }
    async fn variables(&self, search: Search<VariableField>, uncut: bool) -> Found<Variable> {
        self.search(search, if uncut { whole } else { Variable::cut }).await
    }
    async fn jobs(&self, search: Search<JobField>) -> Found<Job> {
        self.search(search, whole).await
    }
    async fn user_tasks(&self, search: Search<UserTaskField>) -> Found<UserTask> {
        self.search(search, whole).await
    }
    async fn incidents(&self, search: Search<IncidentField>) -> Found<Incident> {
        self.search(search, whole).await
    }
    async fn message_subscriptions(
        &self,
        search: Search<MessageSubscriptionField>,
    ) -> Found<MessageSubscription> {
        self.search(search, whole).await
    }
    async fn correlated_message_subscriptions(
        &self,
        search: Search<CorrelatedMessageSubscriptionField>,
    ) -> Found<CorrelatedMessageSubscription> {
        self.search(search, whole).await
    }
    async fn wait_states(&self, search: Search<WaitStateField>) -> Found<WaitState> {
        self.search(search, whole).await
    }
    async fn batch_operations(&self, search: Search<BatchOperationField>) -> Found<BatchOperation> {
        self.search(search, whole).await
    }
    async fn batch_items(&self, search: Search<BatchItemField>) -> Found<BatchItem> {
        self.search(search, whole).await
    }
    async fn cluster_variables(&self, search: Search<ClusterVariableField>) -> Found<ClusterVariable> {
        self.search(search, whole).await
    }
    async fn global_task_listeners(
        &self,
        search: Search<GlobalTaskListenerField>,
    ) -> Found<GlobalTaskListener> {
        self.search(search, whole).await
    }
    async fn value_maps(&self, search: Search<ValueMapField>) -> Found<ValueMap> {
        self.search(search, whole).await
    }
    async fn value_map_entries(&self, search: Search<ValueMapEntryField>) -> Found<ValueMapEntry> {
        self.search(search, whole).await
    }
    async fn audit_logs(&self, search: Search<AuditLogField>) -> Found<AuditLog> {
        self.search(search, whole).await
    }

    async fn content(&self, key: u64) -> Result<Option<Content>, Error> {
        self.file_of(key).await
    }
    async fn sequence_flows(&self, instance: ProcessInstanceKey) -> Result<Option<Vec<Arc<str>>>, Error> {
        self.flows_of(instance).await
    }
    async fn element_statistics(&self, of: StatisticsOf) -> Result<Vec<ElementStatistics>, Error> {
        self.statistics(of).await
    }
    async fn job_figures(&self, of: JobFiguresOf) -> Result<Vec<JobFigures>, Error> {
        self.figures_of_jobs(of).await
    }
    async fn tally(&self, of: TallyOf) -> Result<Vec<Tally>, Error> {
        match of {
            TallyOf::ProcessInstances(filter, by) => groups::<ProcessInstance>(self, filter, by).await,
            TallyOf::Incidents(filter, by) => groups::<Incident>(self, filter, by).await,
            TallyOf::ElementInstances(filter, by) => groups::<ElementInstance>(self, filter, by).await,
            TallyOf::Jobs(filter, by) => groups::<Job>(self, filter, by).await,
            TallyOf::MessageSubscriptions(filter, by) => {
                groups::<MessageSubscription>(self, filter, by).await
            }
            TallyOf::Variables(filter, by) => groups::<Variable>(self, filter, by).await,
            TallyOf::UserTasks(filter, by) => groups::<UserTask>(self, filter, by).await,
            TallyOf::DecisionInstances(filter, by) => groups::<DecisionInstance>(self, filter, by).await,
        }
    }
    async fn scopes(&self, element_instance: ElementInstanceKey) -> Result<Vec<ElementInstanceKey>, Error> {
        self.scopes_of(element_instance).await
    }
    async fn history(
        &self,
        instance: ProcessInstanceKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, Error> {
        self.recorded(instance, after, limit).await
    }

    async fn process_definition(
        &self,
        key: ProcessDefinitionKey,
    ) -> Result<Option<ProcessDefinition>, Error> {
        self.get(key.0).await
    }
    async fn form(&self, key: FormKey) -> Result<Option<Form>, Error> {
        self.get(key.0).await
    }
    async fn decision_requirements(
        &self,
        key: DecisionRequirementsKey,
    ) -> Result<Option<DecisionRequirements>, Error> {
        self.get(key.0).await
    }
    async fn decision_definition(
        &self,
        key: DecisionDefinitionKey,
    ) -> Result<Option<DecisionDefinition>, Error> {
        self.get(key.0).await
    }
    async fn resource(&self, key: u64) -> Result<Option<Resource>, Error> {
        self.get(key).await
    }
    async fn process_instance(&self, key: ProcessInstanceKey) -> Result<Option<ProcessInstance>, Error> {
        self.get(key.0).await
    }
    async fn element_instance(&self, key: ElementInstanceKey) -> Result<Option<ElementInstance>, Error> {
        self.get(key.0).await
    }
    async fn variable(&self, key: VariableKey) -> Result<Option<Variable>, Error> {
        self.get(key.0).await
    }
    async fn job(&self, key: JobKey) -> Result<Option<Job>, Error> {
        self.get(key.0).await
    }
    async fn user_task(&self, key: UserTaskKey) -> Result<Option<UserTask>, Error> {
        self.get(key.0).await
    }
    async fn incident(&self, key: IncidentKey) -> Result<Option<Incident>, Error> {
        self.get(key.0).await
    }
    async fn batch_operation(&self, key: u64) -> Result<Option<BatchOperation>, Error> {
        self.get(key).await
    }
    async fn audit_log(&self, key: u64) -> Result<Option<AuditLog>, Error> {
        self.get(key).await
    }
}
