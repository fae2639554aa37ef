//! The rows of the audit log: who did what.

use std::sync::Arc;

use hosk_core::{
    DecisionDefinitionKey, DecisionEvaluationKey, DecisionRequirementsKey, DeploymentKey, ElementInstanceKey,
    FormKey, JobKey, ProcessDefinitionKey, ProcessInstanceKey, Timestamp, UserTaskKey,
};

use super::batches::{ActorType, BatchOperationType};
use super::field::{codes, entity};

codes! {
    /// What was done.
    AuditOperation {
        /// Something was assigned.
        Assign = "ASSIGN",
        /// Something was canceled.
        Cancel = "CANCEL",
        /// Something was completed.
        Complete = "COMPLETE",
        /// Something was created.
        Create = "CREATE",
        /// Something was deleted.
        Delete = "DELETE",
        /// Something was evaluated.
        Evaluate = "EVALUATE",
        /// Something was migrated.
        Migrate = "MIGRATE",
        /// Something was modified.
        Modify = "MODIFY",
        /// Something was resolved.
        Resolve = "RESOLVE",
        /// Something was resumed.
        Resume = "RESUME",
        /// Something was suspended.
        Suspend = "SUSPEND",
        /// Something was taken from its assignee.
        Unassign = "UNASSIGN",
        /// Something else.
        Unknown = "UNKNOWN",
        /// Something was changed.
        Update = "UPDATE",
    }
    /// With what kind of thing.
    AuditEntityType {
        /// An authorization.
        Authorization = "AUTHORIZATION",
        /// A batch operation.
        Batch = "BATCH",
        /// A decision.
        Decision = "DECISION",
        /// A group.
        Group = "GROUP",
        /// An incident.
        Incident = "INCIDENT",
        /// A job.
        Job = "JOB",
        /// A mapping rule.
        MappingRule = "MAPPING_RULE",
        /// A process instance.
        ProcessInstance = "PROCESS_INSTANCE",
        /// A deployed file, or a deployment.
        Resource = "RESOURCE",
        /// A role.
        Role = "ROLE",
        /// A tenant.
        Tenant = "TENANT",
        /// A user.
        User = "USER",
        /// A user task.
        UserTask = "USER_TASK",
        /// A variable.
        Variable = "VARIABLE",
        /// A program.
        Client = "CLIENT",
    }
    /// Whose business it is.
    AuditCategory {
        /// Administrators'.
        Admin = "ADMIN",
        /// Operators'.
        DeployedResources = "DEPLOYED_RESOURCES",
        /// Everybody's who has tasks.
        UserTasks = "USER_TASKS",
    }
    /// How it ended.
    AuditResult {
        /// It was refused.
        Fail = "FAIL",
        /// It was done.
        Success = "SUCCESS",
    }
}

impl AuditEntityType {
    /// Whose business things of this kind are.
    pub fn category(self) -> AuditCategory {
        match self {
            Self::Batch
            | Self::Decision
            | Self::Incident
            | Self::Job
            | Self::ProcessInstance
            | Self::Resource
            | Self::Variable => AuditCategory::DeployedResources,
            Self::UserTask => AuditCategory::UserTasks,
            Self::Authorization
            | Self::Group
            | Self::MappingRule
            | Self::Role
            | Self::Tenant
            | Self::User
            | Self::Client => AuditCategory::Admin,
        }
    }
}

entity! {
    /// Something that somebody did.
    AuditLog / AuditLogField, key key, instance Some(AuditLogField::ProcessInstanceKey),
    element Some(AuditLogField::ElementInstanceKey),
    from "audit_log t LEFT JOIN process_definition d ON d.key = t.definition \
          LEFT JOIN process_instance y ON y.key = t.instance LEFT JOIN batch_operation b ON b.key = t.batch \
          LEFT JOIN decision_definition x ON x.key = t.decision \
          LEFT JOIN decision_requirements r ON r.key = t.requirements"
    {
        /// Its key.
        Key key: u64 = "t.key";
        /// When.
        Timestamp timestamp: Timestamp = "t.at";
        /// What was done.
        OperationType operation_type: AuditOperation = "t.operation";
        /// With what: kind.
        EntityType entity_type: AuditEntityType = "t.entity_type";
        /// With what: key or name.
        EntityKey entity_key: Arc<str> = "t.entity_key";
        /// Whose business it is.
        Category category: AuditCategory = "t.category";
        /// How it ended.
        Result result: AuditResult = "t.result";
        /// Who: what he is.
        ActorType actor_type: ActorType = "t.actor_type";
        /// Who.
        ActorId actor_id: Option<Arc<str>> = "t.actor";
        /// From which address.
        Origin origin: Option<Arc<str>> = "t.origin";
        /// Tenant.
        TenantId tenant_id: Option<Arc<str>> = "t.tenant";
        /// The batch operation it was part of.
        BatchOperationKey batch_operation_key: Option<u64> = "t.batch";
        /// What that does.
        BatchOperationType batch_operation_type: Option<BatchOperationType> = "b.kind";
        /// The process: id.
        ProcessDefinitionId process_definition_id: Option<Arc<str>> = "d.process_id";
        /// The process: key.
        ProcessDefinitionKey process_definition_key: Option<ProcessDefinitionKey> = "t.definition";
        /// The process instance.
        ProcessInstanceKey process_instance_key: Option<ProcessInstanceKey> = "t.instance";
        /// The instance at the top of the hierarchy, while it is there.
        RootProcessInstanceKey root_process_instance_key: Option<ProcessInstanceKey> = "y.root";
        /// The element instance.
        ElementInstanceKey element_instance_key: Option<ElementInstanceKey> = "t.element_instance";
        /// The job.
        JobKey job_key: Option<JobKey> = "t.job";
        /// The user task.
        UserTaskKey user_task_key: Option<UserTaskKey> = "t.user_task";
        /// What was asked for, in short.
        Detail detail: Option<Arc<str>> = "t.detail";
        /// What it concerned besides: kind.
        RelatedType related_type: Option<AuditEntityType> = "t.related_type";
        /// What it concerned besides: key or name.
        RelatedKey related_key: Option<Arc<str>> = "t.related_key";
        /// What there was before, as JSON.
        Before before: Option<Arc<str>> = "t.before";
        /// What there was afterwards, as JSON.
        After after: Option<Arc<str>> = "t.after";
        /// The agent that acted, by its element: there are none.
        AgentElementId agent_element_id: Option<Arc<str>> = "CAST(NULL AS TEXT)";
        /// The deployment.
        DeploymentKey deployment_key: Option<DeploymentKey> = "t.deployment";
        /// The deployed file or version.
        ResourceKey resource_key: Option<u64> = "t.resource";
        /// The form.
        FormKey form_key: Option<FormKey> = "t.form";
        /// The decision: key.
        DecisionDefinitionKey decision_definition_key: Option<DecisionDefinitionKey> = "t.decision";
        /// The decision: id.
        DecisionDefinitionId decision_definition_id: Option<Arc<str>> = "x.decision_id";
        /// The decision requirements graph: key.
        DecisionRequirementsKey decision_requirements_key: Option<DecisionRequirementsKey> = "t.requirements";
        /// The decision requirements graph: id.
        DecisionRequirementsId decision_requirements_id: Option<Arc<str>> = "r.id";
        /// The evaluation of a decision.
        DecisionEvaluationKey decision_evaluation_key: Option<DecisionEvaluationKey> = "t.evaluation";
    }
}
