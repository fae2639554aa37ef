//! Narrow rows joined to what the API shows: the same joins as in SQL.

use super::tables::{Tables, correlated};
use crate::definitions::ElementName;
use crate::read::{
    CorrelatedMessageSubscription, DecisionDefinition, DecisionInstance, DecisionRequirements,
    ElementInstance, Entity, Form, Incident, Job, JobState, MessageSubscription, ProcessDefinition,
    ProcessInstance, Resource, UserTask, VALUE_PREVIEW, Variable,
};
use crate::rows::InstanceRow;

/// An entity with its rows in memory.
pub(crate) trait Listed: Entity {
    /// Every row, by key.
    fn rows(tables: &Tables) -> Vec<Self>;
}

impl Tables {
    /// An instance with its process.
    pub(super) fn owner(&self, instance: u64) -> Option<(&InstanceRow, &ProcessDefinition)> {
        let instance = self.instances.get(&instance)?;
        Some((instance, &self.processes.get(&instance.definition.0)?.row))
    }

    fn name(&self, definition: u64, number: i64) -> Option<&ElementName> {
        self.element_names.get(&(definition, number))
    }

    /// The element of an element instance.
    pub(super) fn element_of(&self, definition: u64, element_instance: u64) -> Option<&ElementName> {
        let row = self.elements.get(&element_instance)?;
        self.name(row.definition.map_or(definition, |own| own.0), row.element)
    }
}

impl Listed for ProcessDefinition {
    fn rows(tables: &Tables) -> Vec<Self> {
        tables.processes.values().map(|versioned| versioned.row.clone()).collect()
    }
}

impl Listed for Form {
    fn rows(tables: &Tables) -> Vec<Self> {
        tables.forms.values().map(|versioned| versioned.row.clone()).collect()
    }
}

impl Listed for DecisionRequirements {
    fn rows(tables: &Tables) -> Vec<Self> {
        tables.graphs.values().map(|versioned| versioned.row.clone()).collect()
    }
}

impl Listed for DecisionDefinition {
    fn rows(tables: &Tables) -> Vec<Self> {
        tables.decisions.values().map(|versioned| versioned.row.clone()).collect()
    }
}

impl Listed for DecisionInstance {
    fn rows(tables: &Tables) -> Vec<Self> {
        let rows = tables.evaluated.values().filter_map(|row| {
            let decision = &tables.decisions.get(&row.decision.0)?.row;
            let owner = row.instance.and_then(|instance| tables.instances.get(&instance.0));
            Some(Self {
                key: row.key,
                id: format!("{}-{}", row.evaluation, row.number).into(),
                decision_evaluation_key: row.evaluation,
                number: row.number,
                state: row.state,
                evaluation_date: row.evaluated,
                evaluation_failure: row.failure.clone(),
                decision_definition_id: decision.decision_definition_id.clone(),
                decision_definition_key: row.decision,
                decision_definition_name: decision.name.clone(),
                decision_definition_version: decision.version,
                decision_definition_type: row.kind,
                decision_requirements_key: decision.decision_requirements_key,
                root_decision_definition_key: row.root,
                result: row.result.clone(),
                evaluated_inputs: row.inputs.clone(),
                matched_rules: row.rules.clone(),
                warnings: row.warnings.clone(),
                element_instance_key: row.element_instance,
                process_instance_key: row.instance,
                process_definition_key: owner.map(|instance| instance.definition),
                root_process_instance_key: owner.map(|instance| instance.root),
                business_id: owner.and_then(|instance| instance.business_id.clone()),
                tenant_id: decision.tenant_id.clone(),
            })
        });
        rows.collect()
    }
}

impl Listed for Resource {
    fn rows(tables: &Tables) -> Vec<Self> {
        tables.resources.values().map(|versioned| versioned.row.clone()).collect()
    }
}

impl Listed for ProcessInstance {
    fn rows(tables: &Tables) -> Vec<Self> {
        let rows = tables.instances.values().filter_map(|row| {
            let process = &tables.processes.get(&row.definition.0)?.row;
            Some(Self {
                key: row.key,
                process_definition_id: process.process_definition_id.clone(),
                process_definition_key: row.definition,
                process_definition_name: process.name.clone(),
                process_definition_version: process.version,
                process_definition_version_tag: process.version_tag.clone(),
                start_date: row.started,
                end_date: row.ended,
                suspended_date: row.suspended,
                state: row.state,
                has_incident: row.incidents > 0,
                tenant_id: process.tenant_id.clone(),
                parent_process_instance_key: row.parent_instance,
                parent_element_instance_key: row.parent_element,
                root_process_instance_key: row.root,
                tags: row.tags.clone(),
                business_id: row.business_id.clone(),
            })
        });
        rows.collect()
    }
}

impl Listed for ElementInstance {
    fn rows(tables: &Tables) -> Vec<Self> {
        let rows = tables.elements.values().filter_map(|row| {
            let (instance, process) = tables.owner(row.instance.0)?;
            let element = tables.name(row.definition.unwrap_or(process.key).0, row.element)?;
            Some(Self {
                key: row.key,
                process_instance_key: row.instance,
                root_process_instance_key: instance.root,
                process_definition_id: process.process_definition_id.clone(),
                process_definition_key: process.key,
                element_id: element.id.clone(),
                element_name: element.name.clone(),
                r#type: element.r#type,
                state: row.state,
                start_date: row.started,
                end_date: row.ended,
                has_incident: row.incident.is_some(),
                incident_key: row.incident,
                tenant_id: process.tenant_id.clone(),
                scope_key: row.scope,
                is_process: row.element == 0,
            })
        });
        rows.collect()
    }
}

impl Listed for Variable {
    fn rows(tables: &Tables) -> Vec<Self> {
        let rows = tables.variables.values().filter_map(|row| {
            let (instance, process) = tables.owner(row.instance.0)?;
            Some(Self {
                key: row.key,
                name: row.name.clone(),
                value: row.value.clone(),
                is_truncated: row.value.chars().count() > VALUE_PREVIEW,
                process_instance_key: row.instance,
                root_process_instance_key: instance.root,
                scope_key: row.scope,
                process_definition_id: process.process_definition_id.clone(),
                process_definition_key: process.key,
                tenant_id: process.tenant_id.clone(),
            })
        });
        rows.collect()
    }
}

impl Listed for Job {
    fn rows(tables: &Tables) -> Vec<Self> {
        let rows = tables.jobs.values().filter_map(|row| {
            let (instance, process) = tables.owner(row.instance.0)?;
            let element = tables.element_of(process.key.0, row.element_instance.0)?;
            Some(Self {
                key: row.key,
                r#type: row.job_type.clone(),
                kind: row.kind,
                listener_event_type: row.listener_event,
                state: row.state,
                retries: row.retries,
                priority: row.priority,
                worker: row.worker.clone(),
                deadline: row.deadline,
                retry_at: row.retry_at,
                custom_headers: row.headers.clone(),
                error_code: row.error_code.clone(),
                error_message: row.error_message.clone(),
                is_denied: row.denied_reason.is_some(),
                denied_reason: row.denied_reason.clone(),
                has_failed_with_retries_left: row.state == JobState::Failed && row.retries > 0,
                creation_time: row.created,
                end_time: row.ended,
                last_update_time: row.updated,
                process_instance_key: row.instance,
                root_process_instance_key: instance.root,
                process_definition_id: process.process_definition_id.clone(),
                process_definition_key: process.key,
                process_definition_version: process.version,
                element_id: element.id.clone(),
                element_instance_key: row.element_instance,
                business_id: instance.business_id.clone(),
                tenant_id: process.tenant_id.clone(),
            })
        });
        rows.collect()
    }
}

impl Listed for UserTask {
    fn rows(tables: &Tables) -> Vec<Self> {
        let rows = tables.user_tasks.values().filter_map(|row| {
            let (instance, process) = tables.owner(row.instance.0)?;
            let element = tables.element_of(process.key.0, row.element_instance.0)?;
            Some(Self {
                key: row.key,
                name: element.name.clone().unwrap_or_else(|| element.id.clone()),
                state: row.state,
                assignee: row.assignee.clone(),
                element_id: element.id.clone(),
                element_instance_key: row.element_instance,
                candidate_groups: row.candidate_groups.clone(),
                candidate_users: row.candidate_users.clone(),
                creation_date: row.created,
                completion_date: row.completed,
                follow_up_date: row.follow_up,
                due_date: row.due,
                form_key: row.form,
                external_form_reference: row.external_form.clone(),
                priority: row.priority,
                custom_headers: row.headers.clone(),
                tags: instance.tags.clone(),
                process_instance_key: row.instance,
                root_process_instance_key: instance.root,
                process_definition_id: process.process_definition_id.clone(),
                process_definition_key: process.key,
                process_definition_version: process.version,
                process_name: process.name.clone(),
                business_id: instance.business_id.clone(),
                tenant_id: process.tenant_id.clone(),
            })
        });
        rows.collect()
    }
}

impl Listed for Incident {
    fn rows(tables: &Tables) -> Vec<Self> {
        let rows = tables.incidents.values().filter_map(|row| {
            let (instance, process) = tables.owner(row.instance.0)?;
            let element = tables.element_of(process.key.0, row.element_instance.0)?;
            Some(Self {
                key: row.key,
                error_type: row.kind,
                error_message: row.message.clone(),
                state: row.state,
                creation_time: row.created,
                resolved_time: row.resolved,
                job_key: row.job,
                element_id: element.id.clone(),
                element_instance_key: row.element_instance,
                scope_key: tables.elements.get(&row.element_instance.0).map(|element| element.scope),
                process_instance_key: row.instance,
                root_process_instance_key: instance.root,
                process_definition_id: process.process_definition_id.clone(),
                process_definition_key: process.key,
                tenant_id: process.tenant_id.clone(),
            })
        });
        rows.collect()
    }
}

impl Listed for MessageSubscription {
    fn rows(tables: &Tables) -> Vec<Self> {
        let rows = tables.subscriptions.values().filter_map(|row| {
            let (instance, process) = tables.owner(row.instance.0)?;
            let element = tables.name(row.definition.unwrap_or(process.key).0, row.element)?;
            Some(Self {
                key: row.key,
                state: row.state,
                last_updated_date: row.updated,
                message_name: row.name.clone(),
                correlation_key: row.correlation_key.clone(),
                element_id: element.id.clone(),
                element_instance_key: row.element_instance,
                process_instance_key: row.instance,
                root_process_instance_key: instance.root,
                process_definition_id: process.process_definition_id.clone(),
                process_definition_key: process.key,
                tenant_id: process.tenant_id.clone(),
            })
        });
        rows.collect()
    }
}

impl Listed for CorrelatedMessageSubscription {
    fn rows(tables: &Tables) -> Vec<Self> {
        let rows = tables.correlated.iter().enumerate();
        rows.filter_map(|(place, row)| correlated(tables, place, row)).collect()
    }
}
