//! The audit log in memory.

use super::Memory;
use super::joined::Listed;
use super::tables::Tables;
use crate::read::{ActorType, AuditLog};
use crate::rows::AuditRow;

impl Memory {
    /// Writes a line.
    pub(crate) async fn note(&self, row: AuditRow) {
        self.tables.lock().await.audits.push(row);
    }
}

impl Listed for AuditLog {
    fn rows(tables: &Tables) -> Vec<Self> {
        let row = |(place, row): (usize, &AuditRow)| {
            let process = row.definition.and_then(|key| tables.processes.get(&key.0));
            let instance = row.instance.and_then(|key| tables.instances.get(&key.0));
            let decision = row.more.decision.and_then(|key| tables.decisions.get(&key.0));
            let graph = row.more.requirements.and_then(|key| tables.graphs.get(&key.0));
            let (related_type, related_key) = row.more.related.clone().unzip();
            Self {
                key: place as u64 + 1,
                timestamp: row.at,
                operation_type: row.operation,
                entity_type: row.entity_type,
                entity_key: row.entity_key.clone(),
                category: row.entity_type.category(),
                result: row.result,
                actor_type: ActorType::of(row.actor.as_deref()),
                actor_id: row.actor.clone(),
                origin: row.origin.clone(),
                tenant_id: row.tenant.clone(),
                batch_operation_key: row.batch,
                batch_operation_type: row.batch.and_then(|batch| tables.batch_kind(batch)),
                process_definition_id: process.map(|process| process.row.process_definition_id.clone()),
                process_definition_key: row.definition,
                process_instance_key: row.instance,
                root_process_instance_key: instance.map(|instance| instance.root),
                element_instance_key: row.element_instance,
                job_key: row.job,
                user_task_key: row.user_task,
                detail: row.detail.clone(),
                related_type,
                related_key,
                before: row.more.before.clone(),
                after: row.more.after.clone(),
                agent_element_id: None,
                deployment_key: row.more.deployment,
                resource_key: row.more.resource,
                form_key: row.more.form,
                decision_definition_key: row.more.decision,
                decision_definition_id: decision.map(|one| one.row.decision_definition_id.clone()),
                decision_requirements_key: row.more.requirements,
                decision_requirements_id: graph.map(|one| one.row.decision_requirements_id.clone()),
                decision_evaluation_key: row.more.evaluation,
            }
        };
        tables.audits.iter().enumerate().map(row).collect()
    }
}
