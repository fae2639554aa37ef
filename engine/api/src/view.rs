//! What is stored, as a caller sees it. Queries cannot be reached past a [`View`], and a view has an answer to every
//! one of them, so that none can be forgotten: it tells nothing of a tenant that the caller is not a member of.

use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::{
    DecisionDefinitionKey, DecisionRequirementsKey, ElementInstanceKey, FormKey, IncidentKey, JobKey,
    ProcessDefinitionKey, ProcessInstanceKey, UserTaskKey, VariableKey,
};
use hosk_store::Error;
use hosk_store::read::{
    AuditCategory, AuditEntityType, AuditLog, AuditLogField, AuditResult, BatchItem, BatchItemField,
    BatchOperation, BatchOperationField, ClusterVariable, ClusterVariableField, Condition, Content,
    CorrelatedMessageSubscription, CorrelatedMessageSubscriptionField, DecisionDefinition,
    DecisionDefinitionField, DecisionInstance, DecisionInstanceField, DecisionRequirements,
    DecisionRequirementsField, ElementInstance, ElementInstanceField, ElementStatistics, Filter, Form,
    FormField, Found, GlobalTaskListener, GlobalTaskListenerField, Incident, IncidentField, Job, JobField,
    JobFigureField, JobFigures, JobFiguresOf, MessageSubscription, MessageSubscriptionField,
    ProcessDefinition, ProcessDefinitionField, ProcessInstance, ProcessInstanceField, Queries, Recorded,
    Resource, ResourceField, Scalar, Search, StatisticsOf, Tally, TallyOf, UserTask, UserTaskField, ValueMap,
    ValueMapEntry, ValueMapEntryField, ValueMapField, Variable, VariableField, WaitState, WaitStateField,
};

use crate::tenants::Tenants;

/// What is stored, behind the question who asks.
pub(crate) struct Stored(Arc<dyn Queries>);

impl Stored {
    pub(crate) fn new(queries: Arc<dyn Queries>) -> Self {
        Self(queries)
    }

    /// What a member of these tenants sees.
    pub(crate) fn seen_by(&self, tenants: Tenants) -> View {
        View { queries: Arc::clone(&self.0), tenants }
    }
}

/// What members of some tenants see.
pub(crate) struct View {
    queries: Arc<dyn Queries>,
    tenants: Tenants,
}

impl View {
    /// Whose things are seen.
    pub(crate) fn tenants(&self) -> &Tenants {
        &self.tenants
    }

    /// The search, for what is of these tenants.
    fn own<F>(&self, mut search: Search<F>, tenant: F) -> Search<F> {
        search.filter = self.filter(search.filter, tenant);
        search
    }

    /// The filter, for what is of these tenants.
    pub(crate) fn filter<F>(&self, filter: Filter<F>, tenant: F) -> Filter<F> {
        match self.tenants.ids() {
            None => filter,
            Some(ids) => both(Filter::one_of(tenant, ids.iter().cloned()), filter),
        }
    }

    /// The search, for what is of these tenants and for what is of none.
    fn own_or_everybodys<F: Copy>(&self, mut search: Search<F>, tenant: F) -> Search<F> {
        if let Some(ids) = self.tenants.ids() {
            let everybodys = Filter::Is(tenant, Condition::Exists(false));
            let own = Filter::one_of(tenant, ids.iter().cloned());
            search.filter = both(Filter::Any(vec![everybodys, own]), search.filter);
        }
        search
    }

    /// The row, if it is of these tenants.
    fn one<T>(&self, row: Option<T>, tenant: fn(&T) -> &str) -> Option<T> {
        row.filter(|row| self.tenants.hold(tenant(row)))
    }

    /// Batch operations of these tenants, and those for several tenants that the caller began himself.
    fn batches(&self, filter: Filter<BatchOperationField>) -> Filter<BatchOperationField> {
        use BatchOperationField as F;
        match self.tenants.ids() {
            None => filter,
            Some(ids) => {
                let mut any = vec![Filter::one_of(F::TenantId, ids.iter().cloned())];
                let of_several = Filter::eq(F::TenantId, SEVERAL);
                any.extend(self.tenants.member().map(|name| both(of_several, Filter::eq(F::ActorId, name))));
                both(Filter::Any(any), filter)
            }
        }
    }

    /// What is noted of these tenants; what concerns no tenant; and what the caller did himself.
    fn audits(&self, filter: Filter<AuditLogField>) -> Filter<AuditLogField> {
        use AuditLogField as F;
        match self.tenants.ids() {
            None => filter,
            Some(ids) => {
                let administrators = Filter::eq(F::Category, AuditCategory::Admin.as_str());
                // Of the variables that a request changes by name only those of no tenant have none.
                let variables = both(
                    Filter::eq(F::EntityType, AuditEntityType::Variable.as_str()),
                    Filter::eq(F::Result, AuditResult::Success.as_str()),
                );
                let mut of_none = vec![administrators, variables];
                of_none.extend(self.tenants.member().map(|name| Filter::eq(F::ActorId, name)));
                let nowhere = Filter::Is(F::TenantId, Condition::Exists(false));
                let any = vec![
                    Filter::one_of(F::TenantId, ids.iter().cloned()),
                    both(nowhere, Filter::Any(of_none)),
                ];
                both(Filter::Any(any), filter)
            }
        }
    }

    /// The tenant of the thing with a file that has this key, if it is one of these tenants.
    pub(crate) async fn tenant_of_file(&self, key: u64) -> Result<Option<Arc<str>>, Error> {
        if let Some(row) = self.process_definition(ProcessDefinitionKey(key)).await? {
            return Ok(Some(row.tenant_id));
        }
        if let Some(row) = self.form(FormKey(key)).await? {
            return Ok(Some(row.tenant_id));
        }
        if let Some(row) = self.decision_requirements(DecisionRequirementsKey(key)).await? {
            return Ok(Some(row.tenant_id));
        }
        if let Some(row) = self.decision_definition(DecisionDefinitionKey(key)).await? {
            return Ok(Some(row.tenant_id));
        }
        Ok(self.resource(key).await?.map(|row| row.tenant_id))
    }
}

/// The tenant of a batch operation for things of several tenants.
pub(crate) const SEVERAL: &str = "";

/// What satisfies both.
fn both<F>(one: Filter<F>, other: Filter<F>) -> Filter<F> {
    Filter::All(vec![one, other])
}

#[async_trait]
impl Queries for View {
    async fn process_definitions(&self, search: Search<ProcessDefinitionField>) -> Found<ProcessDefinition> {
        let search = self.own(search, ProcessDefinitionField::TenantId);
        self.queries.process_definitions(search).await
    }

    async fn forms(&self, search: Search<FormField>) -> Found<Form> {
        self.queries.forms(self.own(search, FormField::TenantId)).await
    }

    async fn decision_requirements_by(
        &self,
        search: Search<DecisionRequirementsField>,
    ) -> Found<DecisionRequirements> {
        let search = self.own(search, DecisionRequirementsField::TenantId);
        self.queries.decision_requirements_by(search).await
    }

    async fn decision_definitions(
        &self,
        search: Search<DecisionDefinitionField>,
    ) -> Found<DecisionDefinition> {
        let search = self.own(search, DecisionDefinitionField::TenantId);
        self.queries.decision_definitions(search).await
    }

    async fn decision_instances(&self, search: Search<DecisionInstanceField>) -> Found<DecisionInstance> {
        self.queries.decision_instances(self.own(search, DecisionInstanceField::TenantId)).await
    }

    async fn resources_by(&self, search: Search<ResourceField>) -> Found<Resource> {
        self.queries.resources_by(self.own(search, ResourceField::TenantId)).await
    }

    async fn process_instances(&self, search: Search<ProcessInstanceField>) -> Found<ProcessInstance> {
        self.queries.process_instances(self.own(search, ProcessInstanceField::TenantId)).await
    }

    async fn element_instances(&self, search: Search<ElementInstanceField>) -> Found<ElementInstance> {
        self.queries.element_instances(self.own(search, ElementInstanceField::TenantId)).await
    }

    async fn variables(&self, search: Search<VariableField>, whole: bool) -> Found<Variable> {
        self.queries.variables(self.own(search, VariableField::TenantId), whole).await
    }

    async fn jobs(&self, search: Search<JobField>) -> Found<Job> {
        self.queries.jobs(self.own(search, JobField::TenantId)).await
    }

    async fn user_tasks(&self, search: Search<UserTaskField>) -> Found<UserTask> {
        self.queries.user_tasks(self.own(search, UserTaskField::TenantId)).await
    }

    async fn incidents(&self, search: Search<IncidentField>) -> Found<Incident> {
        self.queries.incidents(self.own(search, IncidentField::TenantId)).await
    }

    async fn message_subscriptions(
        &self,
        search: Search<MessageSubscriptionField>,
    ) -> Found<MessageSubscription> {
        let search = self.own(search, MessageSubscriptionField::TenantId);
        self.queries.message_subscriptions(search).await
    }

    async fn correlated_message_subscriptions(
        &self,
        search: Search<CorrelatedMessageSubscriptionField>,
    ) -> Found<CorrelatedMessageSubscription> {
        let search = self.own(search, CorrelatedMessageSubscriptionField::TenantId);
        self.queries.correlated_message_subscriptions(search).await
    }

    async fn wait_states(&self, search: Search<WaitStateField>) -> Found<WaitState> {
        self.queries.wait_states(self.own(search, WaitStateField::TenantId)).await
    }

    async fn batch_operations(&self, mut search: Search<BatchOperationField>) -> Found<BatchOperation> {
        search.filter = self.batches(search.filter);
        self.queries.batch_operations(search).await
    }

    async fn batch_items(&self, mut search: Search<BatchItemField>) -> Found<BatchItem> {
        use BatchItemField as F;
        if let Some(ids) = self.tenants.ids() {
            let mut any = vec![Filter::one_of(F::TenantId, ids.iter().cloned())];
            let of_several = Filter::eq(F::TenantId, SEVERAL);
            any.extend(self.tenants.member().map(|name| both(of_several, Filter::eq(F::ActorId, name))));
            search.filter = both(Filter::Any(any), search.filter);
        }
        self.queries.batch_items(search).await
    }

    async fn global_task_listeners(
        &self,
        search: Search<GlobalTaskListenerField>,
    ) -> Found<GlobalTaskListener> {
        self.queries.global_task_listeners(search).await
    }

    async fn cluster_variables(&self, search: Search<ClusterVariableField>) -> Found<ClusterVariable> {
        let search = self.own_or_everybodys(search, ClusterVariableField::TenantId);
        self.queries.cluster_variables(search).await
    }

    async fn value_maps(&self, search: Search<ValueMapField>) -> Found<ValueMap> {
        self.queries.value_maps(self.own_or_everybodys(search, ValueMapField::TenantId)).await
    }

    async fn value_map_entries(&self, search: Search<ValueMapEntryField>) -> Found<ValueMapEntry> {
        let search = self.own_or_everybodys(search, ValueMapEntryField::TenantId);
        self.queries.value_map_entries(search).await
    }

    async fn audit_logs(&self, mut search: Search<AuditLogField>) -> Found<AuditLog> {
        search.filter = self.audits(search.filter);
        self.queries.audit_logs(search).await
    }

    async fn content(&self, key: u64) -> Result<Option<Content>, Error> {
        if self.tenants.ids().is_some() && self.tenant_of_file(key).await?.is_none() {
            return Ok(None);
        }
        self.queries.content(key).await
    }

    async fn sequence_flows(&self, instance: ProcessInstanceKey) -> Result<Option<Vec<Arc<str>>>, Error> {
        if self.tenants.ids().is_some() && self.process_instance(instance).await?.is_none() {
            return Ok(None);
        }
        self.queries.sequence_flows(instance).await
    }

    async fn element_statistics(&self, of: StatisticsOf) -> Result<Vec<ElementStatistics>, Error> {
        if self.tenants.ids().is_some() {
            let seen = match &of {
                StatisticsOf::Instance(key) => self.process_instance(*key).await?.is_some(),
                StatisticsOf::Definition(key, _) => self.process_definition(*key).await?.is_some(),
            };
            if !seen {
                return Ok(Vec::new());
            }
        }
        self.queries.element_statistics(of).await
    }

    async fn tally(&self, of: TallyOf) -> Result<Vec<Tally>, Error> {
        macro_rules! narrowed {
            ($($entity:ident / $field:ident),*) => {
                match of {
                    $(TallyOf::$entity(filter, by) => {
                        TallyOf::$entity(self.filter(filter, $field::TenantId), by)
                    })*
                }
            };
        }
        let of = narrowed!(
            ProcessInstances / ProcessInstanceField,
            Incidents / IncidentField,
            ElementInstances / ElementInstanceField,
            Jobs / JobField,
            MessageSubscriptions / MessageSubscriptionField,
            Variables / VariableField,
            UserTasks / UserTaskField,
            DecisionInstances / DecisionInstanceField
        );
        self.queries.tally(of).await
    }

    async fn job_figures(&self, mut of: JobFiguresOf) -> Result<Vec<JobFigures>, Error> {
        of.filter = self.filter(of.filter, JobFigureField::TenantId);
        self.queries.job_figures(of).await
    }

    async fn scopes(&self, element_instance: ElementInstanceKey) -> Result<Vec<ElementInstanceKey>, Error> {
        if self.tenants.ids().is_some() && self.element_instance(element_instance).await?.is_none() {
            return Ok(Vec::new());
        }
        self.queries.scopes(element_instance).await
    }

    async fn history(
        &self,
        instance: ProcessInstanceKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, Error> {
        if self.tenants.ids().is_some() && self.process_instance(instance).await?.is_none() {
            return Ok(Vec::new());
        }
        self.queries.history(instance, after, limit).await
    }

    async fn process_definition(
        &self,
        key: ProcessDefinitionKey,
    ) -> Result<Option<ProcessDefinition>, Error> {
        Ok(self.one(self.queries.process_definition(key).await?, |row| &row.tenant_id))
    }

    async fn form(&self, key: FormKey) -> Result<Option<Form>, Error> {
        Ok(self.one(self.queries.form(key).await?, |row| &row.tenant_id))
    }

    async fn decision_requirements(
        &self,
        key: DecisionRequirementsKey,
    ) -> Result<Option<DecisionRequirements>, Error> {
        Ok(self.one(self.queries.decision_requirements(key).await?, |row| &row.tenant_id))
    }

    async fn decision_definition(
        &self,
        key: DecisionDefinitionKey,
    ) -> Result<Option<DecisionDefinition>, Error> {
        Ok(self.one(self.queries.decision_definition(key).await?, |row| &row.tenant_id))
    }

    async fn resource(&self, key: u64) -> Result<Option<Resource>, Error> {
        Ok(self.one(self.queries.resource(key).await?, |row| &row.tenant_id))
    }

    async fn process_instance(&self, key: ProcessInstanceKey) -> Result<Option<ProcessInstance>, Error> {
        Ok(self.one(self.queries.process_instance(key).await?, |row| &row.tenant_id))
    }

    async fn element_instance(&self, key: ElementInstanceKey) -> Result<Option<ElementInstance>, Error> {
        Ok(self.one(self.queries.element_instance(key).await?, |row| &row.tenant_id))
    }

    async fn variable(&self, key: VariableKey) -> Result<Option<Variable>, Error> {
        Ok(self.one(self.queries.variable(key).await?, |row| &row.tenant_id))
    }

    async fn job(&self, key: JobKey) -> Result<Option<Job>, Error> {
        Ok(self.one(self.queries.job(key).await?, |row| &row.tenant_id))
    }

    async fn user_task(&self, key: UserTaskKey) -> Result<Option<UserTask>, Error> {
        Ok(self.one(self.queries.user_task(key).await?, |row| &row.tenant_id))
    }

    async fn incident(&self, key: IncidentKey) -> Result<Option<Incident>, Error> {
        Ok(self.one(self.queries.incident(key).await?, |row| &row.tenant_id))
    }

    async fn batch_operation(&self, key: u64) -> Result<Option<BatchOperation>, Error> {
        if self.tenants.ids().is_none() {
            return self.queries.batch_operation(key).await;
        }
        let search = Search::by(Filter::eq(BatchOperationField::Key, Scalar::Key(key)));
        Ok(self.batch_operations(search).await?.items.pop())
    }

    async fn audit_log(&self, key: u64) -> Result<Option<AuditLog>, Error> {
        if self.tenants.ids().is_none() {
            return self.queries.audit_log(key).await;
        }
        let search = Search::by(Filter::eq(AuditLogField::Key, Scalar::Key(key)));
        Ok(self.audit_logs(search).await?.items.pop())
    }
}
