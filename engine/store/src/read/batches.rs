//! The rows of batch operations and of their items.

use std::sync::Arc;

use hosk_core::{ProcessInstanceKey, Timestamp};

use super::field::{codes, entity};

codes! {
    /// What a batch operation does.
    BatchOperationType {
        /// Cancels instances.
        CancelProcessInstance = "CANCEL_PROCESS_INSTANCE",
        /// Resolves incidents.
        ResolveIncident = "RESOLVE_INCIDENT",
        /// Migrates instances.
        MigrateProcessInstance = "MIGRATE_PROCESS_INSTANCE",
        /// Modifies instances.
        ModifyProcessInstance = "MODIFY_PROCESS_INSTANCE",
        /// Removes ended instances.
        DeleteProcessInstance = "DELETE_PROCESS_INSTANCE",
        /// Removes evaluated decisions.
        DeleteDecisionInstance = "DELETE_DECISION_INSTANCE",
        /// Suspends instances.
        SuspendProcessInstance = "SUSPEND_PROCESS_INSTANCE",
        /// Resumes instances.
        ResumeProcessInstance = "RESUME_PROCESS_INSTANCE",
        /// Changes jobs.
        UpdateJob = "UPDATE_JOB",
        /// Removes versions of processes: asked for by clients, and never there.
        DeleteProcessDefinition = "DELETE_PROCESS_DEFINITION",
        /// Removes versions of decisions: asked for by clients, and never there.
        DeleteDecisionDefinition = "DELETE_DECISION_DEFINITION",
        /// Adds variables: asked for by clients, and never there.
        AddVariable = "ADD_VARIABLE",
        /// Changes variables: asked for by clients, and never there.
        UpdateVariable = "UPDATE_VARIABLE",
    }
    /// State of a batch operation.
    BatchOperationState {
        /// What it is for is being gathered.
        Created = "CREATED",
        /// It is at work.
        Active = "ACTIVE",
        /// It rests until it is resumed.
        Suspended = "SUSPENDED",
        /// Every item came to its end.
        Completed = "COMPLETED",
        /// Not all of what it is for could be gathered.
        PartiallyCompleted = "PARTIALLY_COMPLETED",
        /// It was stopped.
        Canceled = "CANCELED",
        /// It could not be carried out.
        Failed = "FAILED",
    }
    /// State of an item.
    BatchItemState {
        /// It is to be done.
        Active = "ACTIVE",
        /// It is done.
        Completed = "COMPLETED",
        /// It needed nothing.
        Skipped = "SKIPPED",
        /// It is not to be done any more.
        Canceled = "CANCELED",
        /// It could not be done.
        Failed = "FAILED",
    }
    /// Who acts.
    ActorType {
        /// Somebody who did not have to say.
        Anonymous = "ANONYMOUS",
        /// A program.
        Client = "CLIENT",
        /// Not known.
        Unknown = "UNKNOWN",
        /// A person.
        User = "USER",
    }
}

impl ActorType {
    /// What somebody is, by his name.
    pub(crate) fn of(name: Option<&str>) -> Self {
        if name.is_some() { Self::User } else { Self::Anonymous }
    }
}

entity! {
    /// A batch operation.
    BatchOperation / BatchOperationField, key key, instance None, element None,
    from "batch_operation t"
    {
        /// Its key.
        Key key: u64 = "t.key";
        /// What it does.
        OperationType operation_type: BatchOperationType = "t.kind";
        /// State.
        State state: BatchOperationState = "t.state";
        /// When it began.
        StartDate start_date: Timestamp = "t.started";
        /// When it was over.
        EndDate end_date: Option<Timestamp> = "t.ended";
        /// Who asked for it: what he is.
        ActorType actor_type: ActorType = "t.actor_type";
        /// Who asked for it.
        ActorId actor_id: Option<Arc<str>> = "t.actor";
        /// Items.
        Total total: i64 = "t.total";
        /// Items that are done.
        Completed completed: i64 = "t.completed";
        /// Items that could not be done.
        Failed failed: i64 = "t.failed";
        /// Why it could not be carried out.
        Error error: Option<Arc<str>> = "t.error";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "t.tenant";
    }
}

entity! {
    /// An item of a batch operation.
    BatchItem / BatchItemField, key key, instance Some(BatchItemField::ProcessInstanceKey), element None,
    from "batch_item t LEFT JOIN batch_operation b ON b.key = t.batch"
    {
        /// Its key.
        Key key: u64 = "t.key";
        /// The batch operation.
        BatchOperationKey batch_operation_key: u64 = "t.batch";
        /// What that does.
        OperationType operation_type: BatchOperationType = "b.kind";
        /// The key of what it is about: an instance, incident, job or evaluation.
        ItemKey item_key: u64 = "t.item";
        /// The process instance that belongs to.
        ProcessInstanceKey process_instance_key: Option<ProcessInstanceKey> = "t.instance";
        /// The instance at the top of the hierarchy.
        RootProcessInstanceKey root_process_instance_key: Option<ProcessInstanceKey> = "t.root";
        /// State.
        State state: BatchItemState = "t.state";
        /// When it came to its end.
        ProcessedDate processed_date: Option<Timestamp> = "t.processed";
        /// Why it failed.
        ErrorMessage error_message: Option<Arc<str>> = "t.message";
        /// Tenant.
        TenantId tenant_id: Arc<str> = "b.tenant";
        /// Who asked for that.
        ActorId actor_id: Option<Arc<str>> = "b.actor";
    }
}
