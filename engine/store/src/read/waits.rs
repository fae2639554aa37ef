//! What element instances wait for: put together from the tables of jobs, user tasks, timers, subscriptions and
//! conditions. An element instance that waits for several things has a row for each; what only could interrupt it has
//! none.
//!
//! Not told: timers while their instance is suspended, and timers, signals and conditions that were waited for already
//! when the database was brought to this form.

use std::sync::Arc;

use hosk_core::{ElementInstanceKey, ProcessDefinitionKey, ProcessInstanceKey, Timestamp};

use super::codes::{ElementType, JobListenerEvent, JobType, WaitStateType};
use super::field::entity;

entity! {
    /// Something that an element instance waits for.
    WaitState / WaitStateField, key key,
    instance Some(WaitStateField::ProcessInstanceKey), element Some(WaitStateField::ElementInstanceKey),
    from "wait_state t LEFT JOIN process_instance p ON p.key = t.instance \
          LEFT JOIN process_definition d ON d.key = p.definition \
          LEFT JOIN element_instance i ON i.key = t.element_instance \
          LEFT JOIN element e ON e.definition = coalesce(i.definition, p.definition) AND e.number = i.element"
    {
        /// The key of the job, user task, timer or subscription; of a condition a number of its own.
        Key key: u64 = "t.key";
        /// What kind of thing.
        Type r#type: WaitStateType = "t.kind";
        /// The element instance.
        ElementInstanceKey element_instance_key: ElementInstanceKey = "t.element_instance";
        /// The element: id.
        ElementId element_id: Arc<str> = "e.id";
        /// The element: type.
        ElementType element_type: ElementType = "e.type";
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
        /// The job's type, the message's or signal's name, the condition.
        Name name: Option<Arc<str>> = "t.name";
        /// The correlation key of a message.
        CorrelationKey correlation_key: Option<Arc<str>> = "t.correlation_key";
        /// What the job stands for.
        JobKind job_kind: Option<JobType> = "t.job_kind";
        /// The job's listener event.
        ListenerEventType listener_event_type: Option<JobListenerEvent> = "t.listener_event";
        /// The job's retries.
        Retries retries: Option<u32> = "t.retries";
        /// When the timer or the user task is due.
        DueDate due_date: Option<Timestamp> = "t.due";
        /// Whether the condition is looked at when a variable is new.
        OnCreate on_create: Option<bool> = "t.on_create";
        /// Whether the condition is looked at when a variable gets another value.
        OnUpdate on_update: Option<bool> = "t.on_update";
    }
}
