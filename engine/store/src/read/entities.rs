//! The rows of the read side: what the API shows, each with its fields, columns and joins in one table.
//!
//! Instance-owned tables hold only what is their own; process id, version, tenant, element id and name come from
//! joins on `process_instance` (p), `process_definition` (d) and `element` (e), all by primary key.

use std::sync::Arc;

use hosk_core::{
    DeploymentKey, ElementInstanceKey, FormKey, IncidentKey, JobKey, MessageKey, ProcessDefinitionKey,
    ProcessInstanceKey, SubscriptionKey, Timestamp, UserTaskKey, VariableKey,
};

use super::codes::{
    ElementInstanceState, ElementType, IncidentState, IncidentType, JobListenerEvent, JobState, JobType,
    MessageSubscriptionState, ProcessInstanceState, UserTaskState,
};
use super::field::entity;

/// Longer values of variables (in characters) are cut in searches, see [`Variable::is_truncated`].
pub const VALUE_PREVIEW: usize = 8_191;

/// Headers of tasks and jobs, in the order of the model.
pub type Headers = Arc<Vec<(String, String)>>;
/// Texts.
pub type Texts = Vec<Arc<str>>;

entity! {
    /// A deployed version of a process.
    ProcessDefinition / ProcessDefinitionField, key key, instance None, element None,
    from "process_definition t"
    {
        /// Its key.
        Key key: ProcessDefinitionKey = "t.key";
        /// The `id` of the process.
        ProcessDefinitionId process_definition_id: Arc<str> = "t.process_id";
        /// Its name.
        Name name: Option<Arc<str>> = "t.name";
        /// 1, 2, 3 ….
        Version version: u32 = "t.version";
        /// Version tag.
        VersionTag version_tag: Option<Arc<str>> = "t.version_tag";
        /// Name of the file.
        ResourceName resource_name: Arc<str> = "t.resource_name";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "t.tenant";
        /// The deployment it came with.
        DeploymentKey deployment_key: DeploymentKey = "t.deployment";
        /// Whether its start event has a form.
        HasStartForm has_start_form: bool = "t.has_start_form";
        /// Whether it is the newest version of its id and tenant.
        IsLatestVersion is_latest_version: bool = "t.latest";
        /// Whether it was deleted; searches find only those that were not.
        IsDeleted is_deleted: bool = "t.deleted";
    }
}

entity! {
    /// A deployed version of a form.
    Form / FormField, key key, instance None, element None,
    from "form t"
    {
        /// Its key.
        Key key: FormKey = "t.key";
        /// Its id.
        FormId form_id: Arc<str> = "t.id";
        /// 1, 2, 3 ….
        Version version: u32 = "t.version";
        /// Version tag.
        VersionTag version_tag: Option<Arc<str>> = "t.version_tag";
        /// Name of the file.
        ResourceName resource_name: Arc<str> = "t.resource_name";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "t.tenant";
        /// The deployment it came with.
        DeploymentKey deployment_key: DeploymentKey = "t.deployment";
        /// Whether it is the newest version of its id and tenant.
        IsLatestVersion is_latest_version: bool = "t.latest";
        /// Whether it was deleted; searches find only those that were not.
        IsDeleted is_deleted: bool = "t.deleted";
    }
}

entity! {
    /// A deployed version of any other file.
    Resource / ResourceField, key key, instance None, element None,
    from "resource t"
    {
        /// Its key.
        Key key: u64 = "t.key";
        /// Its id.
        ResourceId resource_id: Arc<str> = "t.id";
        /// 1, 2, 3 ….
        Version version: u32 = "t.version";
        /// What it says of its version.
        VersionTag version_tag: Option<Arc<str>> = "t.version_tag";
        /// Name of the file.
        ResourceName resource_name: Arc<str> = "t.resource_name";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "t.tenant";
        /// The deployment it came with.
        DeploymentKey deployment_key: DeploymentKey = "t.deployment";
        /// Whether it is the newest version of its id and tenant.
        IsLatestVersion is_latest_version: bool = "t.latest";
        /// Whether it was deleted; searches find only those that were not.
        IsDeleted is_deleted: bool = "t.deleted";
    }
}

entity! {
    /// A process instance.
    ProcessInstance / ProcessInstanceField, key key,
    instance Some(ProcessInstanceField::Key), element None,
    from "process_instance t LEFT JOIN process_definition d ON d.key = t.definition"
    {
        /// Its key.
        Key key: ProcessInstanceKey = "t.key";
        /// What it runs: id.
        ProcessDefinitionId process_definition_id: Arc<str> = "d.process_id";
        /// What it runs: key.
        ProcessDefinitionKey process_definition_key: ProcessDefinitionKey = "t.definition";
        /// What it runs: name.
        ProcessDefinitionName process_definition_name: Option<Arc<str>> = "d.name";
        /// What it runs: version.
        ProcessDefinitionVersion process_definition_version: u32 = "d.version";
        /// What it runs: version tag.
        ProcessDefinitionVersionTag process_definition_version_tag: Option<Arc<str>> = "d.version_tag";
        /// When it began.
        StartDate start_date: Timestamp = "t.started";
        /// When it ended.
        EndDate end_date: Option<Timestamp> = "t.ended";
        /// Since when it is suspended.
        SuspendedDate suspended_date: Option<Timestamp> = "t.suspended";
        /// State.
        State state: ProcessInstanceState = "t.state";
        /// Whether an incident of it is active.
        HasIncident has_incident: bool = "(t.incidents > 0)";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "d.tenant";
        /// The calling instance.
        ParentProcessInstanceKey parent_process_instance_key: Option<ProcessInstanceKey> = "t.parent_instance";
        /// The calling call activity.
        ParentElementInstanceKey parent_element_instance_key: Option<ElementInstanceKey> = "t.parent_element";
        /// The instance at the top of the hierarchy.
        RootProcessInstanceKey root_process_instance_key: ProcessInstanceKey = "t.root";
        /// Tags.
        Tags tags: Texts = "t.tags";
        /// Business id.
        BusinessId business_id: Option<Arc<str>> = "t.business_id";
    }
}

entity! {
    /// An element instance.
    ElementInstance / ElementInstanceField, key key,
    instance Some(ElementInstanceField::ProcessInstanceKey), element Some(ElementInstanceField::Key),
    from "element_instance t LEFT JOIN process_instance p ON p.key = t.instance \
          LEFT JOIN process_definition d ON d.key = p.definition \
          LEFT JOIN element e ON e.definition = coalesce(t.definition, p.definition) AND e.number = t.element"
    {
        /// Its key.
        Key key: ElementInstanceKey = "t.key";
        /// Its process instance.
        ProcessInstanceKey process_instance_key: ProcessInstanceKey = "t.instance";
        /// The instance at the top of the hierarchy.
        RootProcessInstanceKey root_process_instance_key: ProcessInstanceKey = "p.root";
        /// The process: id.
        ProcessDefinitionId process_definition_id: Arc<str> = "d.process_id";
        /// The process: key.
        ProcessDefinitionKey process_definition_key: ProcessDefinitionKey = "p.definition";
        /// The element: id.
        ElementId element_id: Arc<str> = "e.id";
        /// The element: name.
        ElementName element_name: Option<Arc<str>> = "e.name";
        /// The element: type.
        Type r#type: ElementType = "e.type";
        /// State.
        State state: ElementInstanceState = "t.state";
        /// When it began.
        StartDate start_date: Timestamp = "t.started";
        /// When it ended.
        EndDate end_date: Option<Timestamp> = "t.ended";
        /// Whether an incident of it is active.
        HasIncident has_incident: bool = "(t.incident IS NOT NULL)";
        /// That incident.
        IncidentKey incident_key: Option<IncidentKey> = "t.incident";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "d.tenant";
        /// The element instance it lives in; the root's is itself.
        ScopeKey scope_key: ElementInstanceKey = "t.scope";
        /// Whether it is the process itself.
        IsProcess is_process: bool = "(t.element = 0)";
    }
}

entity! {
    /// A variable.
    Variable / VariableField, key key,
    instance Some(VariableField::ProcessInstanceKey), element Some(VariableField::ScopeKey),
    from "variable t LEFT JOIN process_instance p ON p.key = t.instance \
          LEFT JOIN process_definition d ON d.key = p.definition"
    {
        /// Its key.
        Key key: VariableKey = "t.key";
        /// Name.
        Name name: Arc<str> = "t.name";
        /// Its value, JSON text; cut in searches when longer than [`VALUE_PREVIEW`] characters.
        Value value: Arc<str> = "t.value";
        /// Whether the value is longer than [`VALUE_PREVIEW`] characters.
        IsTruncated is_truncated: bool = "(length(t.value) > 8191)";
        /// Its process instance.
        ProcessInstanceKey process_instance_key: ProcessInstanceKey = "t.instance";
        /// The instance at the top of the hierarchy.
        RootProcessInstanceKey root_process_instance_key: ProcessInstanceKey = "p.root";
        /// The element instance it belongs to; of root variables the process instance.
        ScopeKey scope_key: ElementInstanceKey = "t.scope";
        /// The process: id.
        ProcessDefinitionId process_definition_id: Arc<str> = "d.process_id";
        /// The process: key.
        ProcessDefinitionKey process_definition_key: ProcessDefinitionKey = "p.definition";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "d.tenant";
    }
}

entity! {
    /// A job.
    Job / JobField, key key,
    instance Some(JobField::ProcessInstanceKey), element Some(JobField::ElementInstanceKey),
    from "job t LEFT JOIN process_instance p ON p.key = t.instance \
          LEFT JOIN process_definition d ON d.key = p.definition \
          LEFT JOIN element_instance i ON i.key = t.element_instance \
          LEFT JOIN element e ON e.definition = coalesce(i.definition, p.definition) AND e.number = i.element"
    {
        /// Its key.
        Key key: JobKey = "t.key";
        /// Job type.
        Type r#type: Arc<str> = "t.type";
        /// What it stands for.
        Kind kind: JobType = "t.kind";
        /// The listener event, of listener jobs.
        ListenerEventType listener_event_type: JobListenerEvent = "t.listener_event";
        /// State.
        State state: JobState = "t.state";
        /// Retries left.
        Retries retries: u32 = "t.retries";
        /// Priority.
        Priority priority: i32 = "t.priority";
        /// Who has or had it last.
        Worker worker: Option<Arc<str>> = "t.worker";
        /// Until when.
        Deadline deadline: Option<Timestamp> = "t.deadline";
        /// Not offered before, after a failure.
        RetryAt retry_at: Option<Timestamp> = "t.retry_at";
        /// Headers.
        CustomHeaders custom_headers: Headers = "t.headers";
        /// Code of the BPMN error it raised.
        ErrorCode error_code: Option<Arc<str>> = "t.error_code";
        /// What went wrong.
        ErrorMessage error_message: Option<Arc<str>> = "t.error_message";
        /// Whether a task listener denied what it listened to.
        IsDenied is_denied: bool = "(t.denied_reason IS NOT NULL)";
        /// Why it did.
        DeniedReason denied_reason: Option<Arc<str>> = "t.denied_reason";
        /// Whether it failed and is offered again.
        HasFailedWithRetriesLeft has_failed_with_retries_left: bool = "(t.state = 2 AND t.retries > 0)";
        /// When it came into being.
        CreationTime creation_time: Timestamp = "t.created";
        /// When it ended.
        EndTime end_time: Option<Timestamp> = "t.ended";
        /// When it changed last.
        LastUpdateTime last_update_time: Timestamp = "t.updated";
        /// Its process instance.
        ProcessInstanceKey process_instance_key: ProcessInstanceKey = "t.instance";
        /// The instance at the top of the hierarchy.
        RootProcessInstanceKey root_process_instance_key: ProcessInstanceKey = "p.root";
        /// The process: id.
        ProcessDefinitionId process_definition_id: Arc<str> = "d.process_id";
        /// The process: key.
        ProcessDefinitionKey process_definition_key: ProcessDefinitionKey = "p.definition";
        /// The process: version.
        ProcessDefinitionVersion process_definition_version: u32 = "d.version";
        /// The element: id.
        ElementId element_id: Arc<str> = "e.id";
        /// The element instance.
        ElementInstanceKey element_instance_key: ElementInstanceKey = "t.element_instance";
        /// The instance's business id.
        BusinessId business_id: Option<Arc<str>> = "p.business_id";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "t.tenant";
    }
}

entity! {
    /// A user task.
    UserTask / UserTaskField, key key,
    instance Some(UserTaskField::ProcessInstanceKey), element Some(UserTaskField::ElementInstanceKey),
    from "user_task t LEFT JOIN process_instance p ON p.key = t.instance \
          LEFT JOIN process_definition d ON d.key = p.definition \
          LEFT JOIN element_instance i ON i.key = t.element_instance \
          LEFT JOIN element e ON e.definition = coalesce(i.definition, p.definition) AND e.number = i.element"
    {
        /// Its key.
        Key key: UserTaskKey = "t.key";
        /// The element's name, or its id.
        Name name: Arc<str> = "coalesce(e.name, e.id)";
        /// State.
        State state: UserTaskState = "t.state";
        /// Assignee.
        Assignee assignee: Option<Arc<str>> = "t.assignee";
        /// The element: id.
        ElementId element_id: Arc<str> = "e.id";
        /// The element instance.
        ElementInstanceKey element_instance_key: ElementInstanceKey = "t.element_instance";
        /// Candidate groups.
        CandidateGroups candidate_groups: Texts = "t.candidate_groups";
        /// Candidate users.
        CandidateUsers candidate_users: Texts = "t.candidate_users";
        /// When it came into being.
        CreationDate creation_date: Timestamp = "t.created";
        /// When it was done.
        CompletionDate completion_date: Option<Timestamp> = "t.completed";
        /// Follow-up date.
        FollowUpDate follow_up_date: Option<Timestamp> = "t.follow_up";
        /// Due date.
        DueDate due_date: Option<Timestamp> = "t.due";
        /// The deployed form.
        FormKey form_key: Option<FormKey> = "t.form";
        /// A form outside.
        ExternalFormReference external_form_reference: Option<Arc<str>> = "t.external_form";
        /// Priority, 0 to 100.
        Priority priority: u8 = "t.priority";
        /// Headers.
        CustomHeaders custom_headers: Headers = "t.headers";
        /// The instance's tags.
        Tags tags: Texts = "p.tags";
        /// Its process instance.
        ProcessInstanceKey process_instance_key: ProcessInstanceKey = "t.instance";
        /// The instance at the top of the hierarchy.
        RootProcessInstanceKey root_process_instance_key: ProcessInstanceKey = "p.root";
        /// The process: id.
        ProcessDefinitionId process_definition_id: Arc<str> = "d.process_id";
        /// The process: key.
        ProcessDefinitionKey process_definition_key: ProcessDefinitionKey = "p.definition";
        /// The process: version.
        ProcessDefinitionVersion process_definition_version: u32 = "d.version";
        /// The process: name.
        ProcessName process_name: Option<Arc<str>> = "d.name";
        /// The instance's business id.
        BusinessId business_id: Option<Arc<str>> = "p.business_id";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "d.tenant";
    }
}

entity! {
    /// An incident.
    Incident / IncidentField, key key,
    instance Some(IncidentField::ProcessInstanceKey), element Some(IncidentField::ElementInstanceKey),
    from "incident t LEFT JOIN process_instance p ON p.key = t.instance \
          LEFT JOIN process_definition d ON d.key = p.definition \
          LEFT JOIN element_instance i ON i.key = t.element_instance \
          LEFT JOIN element e ON e.definition = coalesce(i.definition, p.definition) AND e.number = i.element"
    {
        /// Its key.
        Key key: IncidentKey = "t.key";
        /// What kind.
        ErrorType error_type: IncidentType = "t.kind";
        /// What happened.
        ErrorMessage error_message: Arc<str> = "t.message";
        /// State.
        State state: IncidentState = "t.state";
        /// When.
        CreationTime creation_time: Timestamp = "t.created";
        /// When it was over.
        ResolvedTime resolved_time: Option<Timestamp> = "t.resolved";
        /// The job that gave up.
        JobKey job_key: Option<JobKey> = "t.job";
        /// The element: id.
        ElementId element_id: Arc<str> = "e.id";
        /// The element instance.
        ElementInstanceKey element_instance_key: ElementInstanceKey = "t.element_instance";
        /// The element instance that one lives in.
        ScopeKey scope_key: Option<ElementInstanceKey> = "i.scope";
        /// Its process instance.
        ProcessInstanceKey process_instance_key: ProcessInstanceKey = "t.instance";
        /// The instance at the top of the hierarchy.
        RootProcessInstanceKey root_process_instance_key: ProcessInstanceKey = "p.root";
        /// The process: id.
        ProcessDefinitionId process_definition_id: Arc<str> = "d.process_id";
        /// The process: key.
        ProcessDefinitionKey process_definition_key: ProcessDefinitionKey = "p.definition";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "d.tenant";
    }
}

entity! {
    /// A message subscription of an instance.
    MessageSubscription / MessageSubscriptionField, key key,
    instance Some(MessageSubscriptionField::ProcessInstanceKey),
    element Some(MessageSubscriptionField::ElementInstanceKey),
    from "message_subscription t LEFT JOIN process_instance p ON p.key = t.instance \
          LEFT JOIN process_definition d ON d.key = p.definition \
          LEFT JOIN element e ON e.definition = coalesce(t.definition, p.definition) AND e.number = t.element"
    {
        /// Its key.
        Key key: SubscriptionKey = "t.key";
        /// State.
        State state: MessageSubscriptionState = "t.state";
        /// When it changed last.
        LastUpdatedDate last_updated_date: Timestamp = "t.updated";
        /// Message name.
        MessageName message_name: Arc<str> = "t.name";
        /// Correlation key.
        CorrelationKey correlation_key: Arc<str> = "t.correlation_key";
        /// The element: id.
        ElementId element_id: Arc<str> = "e.id";
        /// The element instance.
        ElementInstanceKey element_instance_key: ElementInstanceKey = "t.element_instance";
        /// Its process instance.
        ProcessInstanceKey process_instance_key: ProcessInstanceKey = "t.instance";
        /// The instance at the top of the hierarchy.
        RootProcessInstanceKey root_process_instance_key: ProcessInstanceKey = "p.root";
        /// The process: id.
        ProcessDefinitionId process_definition_id: Arc<str> = "d.process_id";
        /// The process: key.
        ProcessDefinitionKey process_definition_key: ProcessDefinitionKey = "p.definition";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "d.tenant";
    }
}

entity! {
    /// A message that reached an instance, or started one.
    CorrelatedMessageSubscription / CorrelatedMessageSubscriptionField, key key,
    instance Some(CorrelatedMessageSubscriptionField::ProcessInstanceKey),
    element Some(CorrelatedMessageSubscriptionField::ElementInstanceKey),
    from "correlated_message_subscription t LEFT JOIN process_definition d ON d.key = t.definition \
          LEFT JOIN process_instance p ON p.key = t.instance \
          LEFT JOIN element e ON e.definition = t.definition AND e.number = t.element"
    {
        /// A running number.
        Key key: u64 = "t.key";
        /// The message.
        MessageKey message_key: MessageKey = "t.message";
        /// The subscription; of a message start event its process definition's key.
        SubscriptionKey subscription_key: SubscriptionKey = "t.subscription";
        /// When.
        CorrelationTime correlation_time: Timestamp = "t.time";
        /// Message name.
        MessageName message_name: Arc<str> = "t.name";
        /// Correlation key.
        CorrelationKey correlation_key: Option<Arc<str>> = "t.correlation_key";
        /// The element: id.
        ElementId element_id: Arc<str> = "e.id";
        /// The element instance; of a message start event absent.
        ElementInstanceKey element_instance_key: Option<ElementInstanceKey> = "t.element_instance";
        /// The process instance.
        ProcessInstanceKey process_instance_key: ProcessInstanceKey = "t.instance";
        /// The instance at the top of the hierarchy; absent until a started instance exists.
        RootProcessInstanceKey root_process_instance_key: Option<ProcessInstanceKey> = "p.root";
        /// The process: id.
        ProcessDefinitionId process_definition_id: Arc<str> = "d.process_id";
        /// The process: key.
        ProcessDefinitionKey process_definition_key: ProcessDefinitionKey = "t.definition";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "d.tenant";
    }
}

impl Variable {
    /// Cuts a value that is too long for a search.
    pub(crate) fn cut(&mut self) {
        if self.is_truncated {
            self.value = self.value.chars().take(VALUE_PREVIEW).collect::<String>().into();
        }
    }
}
