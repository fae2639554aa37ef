//! What people asked of an instance, as rows of the audit log: written with what it changes.

use std::sync::Arc;

use hosk_core::{
    ElementInstanceKey, Event, JobKey, Operation, ProcessDefinitionKey, ProcessInstanceKey, Timestamp,
    UserTaskKey,
};

use super::Changes;
use crate::AuditMore;
use crate::read::{AuditEntityType as Entity, AuditOperation as Done, AuditResult};
use crate::write::ChangeSet;

/// A row of the audit log.
#[derive(Clone, Debug)]
pub(crate) struct AuditRow {
    pub(crate) at: Timestamp,
    pub(crate) operation: Done,
    pub(crate) entity_type: Entity,
    pub(crate) entity_key: Arc<str>,
    pub(crate) result: AuditResult,
    pub(crate) actor: Option<Arc<str>>,
    pub(crate) origin: Option<Arc<str>>,
    pub(crate) tenant: Option<Arc<str>>,
    pub(crate) batch: Option<u64>,
    pub(crate) definition: Option<ProcessDefinitionKey>,
    pub(crate) instance: Option<ProcessInstanceKey>,
    pub(crate) element_instance: Option<ElementInstanceKey>,
    pub(crate) job: Option<JobKey>,
    pub(crate) user_task: Option<UserTaskKey>,
    pub(crate) detail: Option<Arc<str>>,
    /// Nothing where it is written with what it changes.
    pub(crate) more: AuditMore,
}

impl Changes {
    /// Notes what somebody asked for, and what follows from it in the same step.
    pub(super) fn audit(&mut self, set: &ChangeSet, at: Timestamp, event: &Event) {
        match event {
            // An instance that somebody started; what messages, timers and callers start is nobody's deed.
            Event::InstanceCreated(created) if created.by.is_some() => {
                let mut row = row(set, at, &Operation::Create);
                row.actor.clone_from(&created.by);
                self.audits.push(row);
            }
            Event::Asked { operation, by, batch, from } => {
                let row = AuditRow {
                    actor: by.clone(),
                    origin: from.clone(),
                    batch: *batch,
                    ..row(set, at, operation)
                };
                self.audits.push(row);
            }
            Event::UserTaskAssigned { assignee, .. } => {
                self.detail(|| assignee.as_ref().map(|assignee| format!("assignee: {assignee}")));
            }
            Event::JobUpdated { retries, priority, .. } => {
                let retries = retries.map(|retries| format!("retries: {retries}"));
                let priority = priority.map(|priority| format!("priority: {priority}"));
                self.detail(|| Some(retries.into_iter().chain(priority).collect::<Vec<_>>().join(", ")));
            }
            Event::InstanceMigrated { definition, .. } => {
                self.detail(|| Some(format!("processDefinitionKey: {definition}")));
            }
            _ => {}
        }
    }

    /// Says more about the newest row, if it says nothing yet.
    fn detail(&mut self, text: impl FnOnce() -> Option<String>) {
        if let Some(row) = self.audits.last_mut().filter(|row| row.detail.is_none()) {
            row.detail = text().map(Arc::from);
        }
    }
}

fn row(set: &ChangeSet, at: Timestamp, operation: &Operation) -> AuditRow {
    let (done, entity, key) = match operation {
        Operation::Create => (Done::Create, Entity::ProcessInstance, set.instance.0),
        Operation::Cancel => (Done::Cancel, Entity::ProcessInstance, set.instance.0),
        Operation::Modify | Operation::ActivateAdHoc { .. } => {
            (Done::Modify, Entity::ProcessInstance, set.instance.0)
        }
        Operation::Suspend => (Done::Suspend, Entity::ProcessInstance, set.instance.0),
        Operation::Resume => (Done::Resume, Entity::ProcessInstance, set.instance.0),
        Operation::Migrate => (Done::Migrate, Entity::ProcessInstance, set.instance.0),
        Operation::SetVariables { scope } => (Done::Update, Entity::Variable, scope.0),
        Operation::ResolveIncident { incident } => (Done::Resolve, Entity::Incident, incident.0),
        Operation::UpdateJob { job } => (Done::Update, Entity::Job, job.0),
        Operation::AssignUserTask { user_task } => (Done::Assign, Entity::UserTask, user_task.0),
        Operation::UnassignUserTask { user_task } => (Done::Unassign, Entity::UserTask, user_task.0),
        Operation::UpdateUserTask { user_task } => (Done::Update, Entity::UserTask, user_task.0),
        Operation::CompleteUserTask { user_task } => (Done::Complete, Entity::UserTask, user_task.0),
    };
    AuditRow {
        at,
        operation: done,
        entity_type: entity,
        entity_key: key.to_string().into(),
        result: AuditResult::Success,
        actor: None,
        origin: None,
        tenant: Some(set.process.tenant.clone()),
        batch: None,
        definition: Some(set.process.key),
        instance: Some(set.instance),
        element_instance: match operation {
            Operation::SetVariables { scope } => Some(*scope),
            Operation::ActivateAdHoc { ad_hoc } => Some(*ad_hoc),
            _ => None,
        },
        job: (entity == Entity::Job).then_some(JobKey(key)),
        user_task: (entity == Entity::UserTask).then_some(UserTaskKey(key)),
        detail: None,
        more: AuditMore::default(),
    }
}
