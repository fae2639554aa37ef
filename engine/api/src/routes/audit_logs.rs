//! The audit log: who did what, with what, from where, and whether it was allowed.

use std::sync::Arc;

use hosk_core::UserTaskKey;
use hosk_store::read::{
    AuditEntityType, AuditLog, AuditLogField as F, Condition, Filter, Kind, Queries as _, Scalar,
};

use crate::answer::{Key, Time, answer, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::problem::{Opening, Problem};
use crate::search::{Found, Like, Searchable, Value, both, conditions_of, filter, sort_only, special};

static AUDITS: Searchable<AuditLog> = Searchable {
    name: "AuditLogSearch",
    properties: &[
        sort_only("auditLogKey", F::Key),
        both("entityKey", F::EntityKey),
        both("entityType", F::EntityType),
        both("operationType", F::OperationType),
        both("batchOperationKey", F::BatchOperationKey),
        both("batchOperationType", F::BatchOperationType),
        both("timestamp", F::Timestamp),
        both("actorId", F::ActorId),
        both("actorType", F::ActorType),
        both("tenantId", F::TenantId),
        both("result", F::Result),
        both("category", F::Category),
        both("processDefinitionId", F::ProcessDefinitionId),
        both("processDefinitionKey", F::ProcessDefinitionKey),
        both("processInstanceKey", F::ProcessInstanceKey),
        both("elementInstanceKey", F::ElementInstanceKey),
        both("jobKey", F::JobKey),
        both("userTaskKey", F::UserTaskKey),
        both("decisionDefinitionId", F::DecisionDefinitionId),
        both("decisionDefinitionKey", F::DecisionDefinitionKey),
        both("decisionRequirementsId", F::DecisionRequirementsId),
        both("decisionRequirementsKey", F::DecisionRequirementsKey),
        both("decisionEvaluationKey", F::DecisionEvaluationKey),
        filter("entityDescription", F::Detail),
        filter("relatedEntityKey", F::RelatedKey),
        filter("relatedEntityType", F::RelatedType),
        filter("deploymentKey", F::DeploymentKey),
        filter("formKey", F::FormKey),
        filter("resourceKey", F::ResourceKey),
        filter("agentElementId", F::AgentElementId),
    ],
    special: &[special("auditLogKey", Like::Kind(Kind::Key), by_key)],
    alternatives: false,
};

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Audit log",
        vec![
            post("/v2/audit-logs/search", "searchAuditLogs", "Search what was done.", search)
                .takes_schema(false, AUDITS.schema())
                .answers::<Found<AuditAnswer>>(),
            get("/v2/audit-logs/{auditLogKey}", "getAuditLog", "One thing that was done.", one)
                // What is no key is not there.
                .path_text("auditLogKey")
                .answers::<AuditAnswer>()
                .refuses(&[404]),
            get(
                "/hosk/v1/audit-logs/{auditLogKey}",
                "getAuditLogOrigin",
                "From where something was done, what was asked for, and what it changed.",
                origin,
            )
            .path_text("auditLogKey")
            .answers::<OriginAnswer>()
            .refuses(&[404]),
            post(
                "/v2/user-tasks/{userTaskKey}/audit-logs/search",
                "searchUserTaskAuditLogs",
                "Search what was done with a user task.",
                of_task,
            )
            .takes_schema(false, AUDITS.schema())
            .answers::<Found<AuditAnswer>>()
            .access(Access::Employee)
            .refuses(&[404]),
        ],
    )
}

answer! {
    /// Something that somebody did, or tried.
    AuditAnswer {
        audit_log_key: Key,
        entity_key: Arc<str>,
        entity_type: &'static str,
        operation_type: &'static str,
        batch_operation_key: Option<Key>,
        batch_operation_type: Option<&'static str>,
        timestamp: Time,
        actor_id: Option<Arc<str>>,
        actor_type: Option<&'static str>,
        agent_element_id: Option<Arc<str>>,
        tenant_id: Option<Arc<str>>,
        result: &'static str,
        category: &'static str,
        process_definition_id: Option<Arc<str>>,
        process_definition_key: Option<Key>,
        process_instance_key: Option<Key>,
        root_process_instance_key: Option<Key>,
        element_instance_key: Option<Key>,
        job_key: Option<Key>,
        user_task_key: Option<Key>,
        decision_requirements_id: Option<Arc<str>>,
        decision_requirements_key: Option<Key>,
        decision_definition_id: Option<Arc<str>>,
        decision_definition_key: Option<Key>,
        decision_evaluation_key: Option<Key>,
        deployment_key: Option<Key>,
        form_key: Option<Key>,
        resource_key: Option<Key>,
        related_entity_key: Option<Arc<str>>,
        related_entity_type: Option<&'static str>,
        entity_description: Option<Arc<str>>,
        inbound_channel_type: Option<Arc<str>>,
        inbound_channel_tool_name: Option<Arc<str>>,
    }
}

answer! {
    /// From where something was done, what was asked for, and what it changed.
    OriginAnswer {
        audit_log_key: Key,
        origin: Option<Arc<str>>,
        detail: Option<Arc<str>>,
        /// What there was before the change, without secrets.
        before: Option<serde_json::Value>,
        /// What there was after it.
        after: Option<serde_json::Value>,
    }
}

impl From<AuditLog> for AuditAnswer {
    fn from(row: AuditLog) -> Self {
        Self {
            audit_log_key: shown(row.key),
            entity_key: row.entity_key,
            entity_type: row.entity_type.as_str(),
            operation_type: row.operation_type.as_str(),
            batch_operation_key: row.batch_operation_key.map(Key),
            batch_operation_type: row.batch_operation_type.map(hosk_store::BatchOperationType::as_str),
            timestamp: Time(row.timestamp),
            actor_id: row.actor_id,
            actor_type: Some(row.actor_type.as_str()),
            agent_element_id: row.agent_element_id,
            tenant_id: row.tenant_id,
            result: row.result.as_str(),
            category: row.category.as_str(),
            process_definition_id: row.process_definition_id,
            process_definition_key: row.process_definition_key.map(|key| Key(key.0)),
            process_instance_key: row.process_instance_key.map(|key| Key(key.0)),
            root_process_instance_key: row.root_process_instance_key.map(|key| Key(key.0)),
            element_instance_key: row.element_instance_key.map(|key| Key(key.0)),
            job_key: row.job_key.map(|key| Key(key.0)),
            user_task_key: row.user_task_key.map(|key| Key(key.0)),
            decision_requirements_id: row.decision_requirements_id,
            decision_requirements_key: row.decision_requirements_key.map(|key| Key(key.0)),
            decision_definition_id: row.decision_definition_id,
            decision_definition_key: row.decision_definition_key.map(|key| Key(key.0)),
            decision_evaluation_key: row.decision_evaluation_key.map(|key| Key(key.0)),
            deployment_key: row.deployment_key.map(|key| Key(key.0)),
            form_key: row.form_key.map(|key| Key(key.0)),
            resource_key: row.resource_key.map(Key),
            related_entity_key: row.related_key,
            related_entity_type: row.related_type.map(AuditEntityType::as_str),
            entity_description: row.detail,
            inbound_channel_type: None,
            inbound_channel_tool_name: None,
        }
    }
}

/// Lines are numbered from 1 on; on the wire this is added, so that all keys have 16 digits and their texts the order of
/// the numbers.
const FIRST: u64 = 1 << 51;

fn shown(key: u64) -> Key {
    Key(FIRST.saturating_add(key))
}

/// The number of a line; none has 0.
fn stored(key: u64) -> u64 {
    key.saturating_sub(FIRST)
}

/// Lines of a key.
fn by_key(value: &Value<'_>) -> Result<Filter<F>, Problem> {
    let number = |scalar| if let Scalar::Key(key) = scalar { Scalar::Key(stored(key)) } else { scalar };
    let numbers = |scalars: Vec<Scalar>| scalars.into_iter().map(number).collect();
    let of = |filter| match filter {
        Filter::Is(field, condition) => Filter::Is(
            field,
            match condition {
                Condition::Eq(key) => Condition::Eq(number(key)),
                Condition::Neq(key) => Condition::Neq(number(key)),
                Condition::In(keys) => Condition::In(numbers(keys)),
                Condition::NotIn(keys) => Condition::NotIn(numbers(keys)),
                other => other,
            },
        ),
        other => other,
    };
    Ok(Filter::All(conditions_of(F::Key, value)?.into_iter().map(of).collect()))
}

async fn search(mut call: Call) -> Outcome {
    let search = AUDITS.read(&mut call).await?;
    let search = call.narrow_whole(search);
    ok(&Found::of(call.seen.audit_logs(search).await?, AuditAnswer::from))
}

async fn row(call: &Call) -> Result<AuditLog, Problem> {
    let id = call.path("auditLogKey");
    let row = match call.key("auditLogKey") {
        Ok(key) => call.seen.audit_log(stored(key)).await?,
        Err(_) => None,
    };
    row.ok_or_else(|| {
        let opening = Opening::Absent { thing: "Audit log", by: "id", id: id.to_owned() };
        Problem::not_found(format!("There is no audit log with the key {id}.")).opens(opening)
    })
}

async fn one(call: Call) -> Outcome {
    ok(&AuditAnswer::from(row(&call).await?))
}

async fn origin(call: Call) -> Outcome {
    let row = row(&call).await?;
    let json = |text: Option<Arc<str>>| text.and_then(|text| serde_json::from_str(&text).ok());
    ok(&OriginAnswer {
        audit_log_key: shown(row.key),
        origin: row.origin,
        detail: row.detail,
        before: json(row.before),
        after: json(row.after),
    })
}

/// Whoever may see the task sees what was done with it.
async fn of_task(mut call: Call) -> Outcome {
    let mut search = AUDITS.read(&mut call).await?;
    let task = super::user_tasks::task(&call).await?;
    let UserTaskKey(key) = task.key;
    search.filter = Filter::All(vec![search.filter, Filter::eq(F::UserTaskKey, Scalar::Key(key))]);
    ok(&Found::of(call.seen.audit_logs(search).await?, AuditAnswer::from))
}
