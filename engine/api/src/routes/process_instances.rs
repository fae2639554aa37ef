//! Process instances: start, look, cancel, modify, suspend and resume.

mod create;
mod migration;
mod modification;
mod related;
mod views;

use std::sync::Arc;

use hosk_core::ProcessInstanceKey;
use hosk_store::read::{
    ElementInstanceField, ElementInstanceState, Filter, IncidentField, JobField, Kind, ProcessInstance,
    ProcessInstanceField as F, Queries as _, Related,
};

pub(super) use create::was_terminated;
pub(super) use migration::{MAPPING, mappings_of, refuse_without_mappings};
pub(super) use related::with_messages;
pub(super) use views::{ElementStatisticsAnswer, Statistics};

use super::incidents::{INCIDENTS, IncidentAnswer};
use super::patterns;
use super::variables::having;
use crate::answer::{Key, Time, answer, no_content, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::problem::Problem;
use crate::refusal::missing;
use crate::search::{Found, Like, Searchable, Value, both, conditions_of, filter, special};
use crate::shape::{Object, operation_reference};
use hosk_store::read::{AuditEntityType, AuditOperation};

pub(super) static INSTANCES: Searchable<ProcessInstance> = Searchable {
    name: "ProcessInstanceSearch",
    properties: &[
        both("processInstanceKey", F::Key),
        both("processDefinitionId", F::ProcessDefinitionId),
        both("processDefinitionName", F::ProcessDefinitionName),
        both("processDefinitionVersion", F::ProcessDefinitionVersion),
        both("processDefinitionVersionTag", F::ProcessDefinitionVersionTag),
        both("processDefinitionKey", F::ProcessDefinitionKey),
        both("parentProcessInstanceKey", F::ParentProcessInstanceKey),
        both("parentElementInstanceKey", F::ParentElementInstanceKey),
        filter("rootProcessInstanceKey", F::RootProcessInstanceKey),
        both("startDate", F::StartDate),
        both("endDate", F::EndDate),
        both("state", F::State),
        both("hasIncident", F::HasIncident),
        both("businessId", F::BusinessId),
        both("tenantId", F::TenantId),
    ],
    special: &[
        special("variables", Like::Variables, |value| having(value, Related::Variable)),
        special("tags", Like::Texts, |value| tagged_with(F::Tags, value)),
        special("errorMessage", Like::Kind(Kind::Text), |value| {
            let conditions = conditions_of(IncidentField::ErrorMessage, value)?;
            Ok(Filter::Has(Related::Incident(Box::new(Filter::All(conditions)))))
        }),
        special("incidentErrorHashCode", Like::Kind(Kind::Int), related::with_error),
        special("batchOperationKey", Like::Kind(Kind::Text), related::in_batch),
        // Its former name.
        special("batchOperationId", Like::Kind(Kind::Text), related::in_batch),
        special("hasRetriesLeft", Like::Kind(Kind::Bool), |value| {
            let conditions = conditions_of(JobField::HasFailedWithRetriesLeft, value)?;
            Ok(Filter::Has(Related::Job(Box::new(Filter::All(conditions)))))
        }),
        special("elementId", Like::Kind(Kind::Text), |value| element(value, ElementInstanceField::ElementId)),
        special("elementInstanceState", Like::Kind(Kind::Code(ElementInstanceState::NAMES)), |value| {
            element(value, ElementInstanceField::State)
        }),
        special("hasElementInstanceIncident", Like::Kind(Kind::Bool), |value| {
            element(value, ElementInstanceField::HasIncident)
        }),
    ],
    alternatives: true,
};

fn element(value: &Value<'_>, field: ElementInstanceField) -> Result<Filter<F>, Problem> {
    Ok(Filter::Has(Related::Element(Box::new(Filter::All(conditions_of(field, value)?)))))
}

/// Every one of these tags.
pub(super) fn tagged_with<G: Copy>(field: G, value: &Value<'_>) -> Result<Filter<G>, Problem> {
    let tags = value.items()?;
    let tags = tags.iter().map(|tag| Ok(tag.text()?.into_owned())).collect::<Result<_, Problem>>()?;
    Ok(Filter::All(patterns::tags(tags)?.iter().map(|tag| Filter::eq(field, &**tag)).collect()))
}

static CANCEL: Object = Object { name: "CancelRequest", fields: &[operation_reference()] };

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = vec![
        create::operation(),
        post("/v2/process-instances/search", "searchProcessInstances", "Search instances.", search)
            .takes_schema(false, INSTANCES.schema())
            .answers::<Found<InstanceAnswer>>()
            .access(Access::Worker),
        get("/v2/process-instances/{processInstanceKey}", "getProcessInstance", "One instance.", one)
            .answers::<InstanceAnswer>()
            .refuses(&[404])
            .access(Access::Worker),
        post(
            "/v2/process-instances/{processInstanceKey}/cancellation",
            "cancelProcessInstance",
            "Cancel an instance and those it called.",
            cancel,
        )
        .noted_within(AuditOperation::Cancel, AuditEntityType::ProcessInstance)
        .may_take(&CANCEL)
        .refuses(&[404, 409]),
        post(
            "/v2/process-instances/{processInstanceKey}/incidents/search",
            "searchProcessInstanceIncidents",
            "Search the incidents of an instance and those it called.",
            incidents,
        )
        .takes_schema(false, INCIDENTS.schema())
        .answers::<Found<IncidentAnswer>>()
        .refuses(&[404]),
    ];
    operations.extend(migration::operations());
    operations.extend(modification::operations());
    operations.extend(views::operations());
    tagged("Process instance", operations)
}

answer! {
    /// A process instance.
    InstanceAnswer {
        process_instance_key: Key,
        process_definition_id: Arc<str>,
        process_definition_name: Option<Arc<str>>,
        process_definition_version: u32,
        process_definition_version_tag: Option<Arc<str>>,
        process_definition_key: Key,
        parent_process_instance_key: Option<Key>,
        parent_element_instance_key: Option<Key>,
        root_process_instance_key: Option<Key>,
        start_date: Time,
        end_date: Option<Time>,
        suspended_date: Option<Time>,
        state: &'static str,
        has_incident: bool,
        tags: Vec<Arc<str>>,
        business_id: Option<Arc<str>>,
        tenant_id: Arc<str>,
    }
}

impl From<ProcessInstance> for InstanceAnswer {
    fn from(row: ProcessInstance) -> Self {
        Self {
            process_instance_key: Key(row.key.0),
            process_definition_id: row.process_definition_id,
            process_definition_name: row.process_definition_name,
            process_definition_version: row.process_definition_version,
            process_definition_version_tag: row.process_definition_version_tag,
            process_definition_key: Key(row.process_definition_key.0),
            parent_process_instance_key: row.parent_process_instance_key.map(|key| Key(key.0)),
            parent_element_instance_key: row.parent_element_instance_key.map(|key| Key(key.0)),
            root_process_instance_key: Some(Key(row.root_process_instance_key.0)),
            start_date: Time(row.start_date),
            end_date: row.end_date.map(Time),
            suspended_date: row.suspended_date.map(Time),
            state: row.state.as_str(),
            has_incident: row.has_incident,
            tags: row.tags,
            business_id: row.business_id,
            tenant_id: row.tenant_id,
        }
    }
}

async fn search(mut call: Call) -> Outcome {
    let mut search = INSTANCES.read(&mut call).await?;
    search.filter = with_messages(&call, search.filter).await?;
    let search = call.narrow(search, F::ProcessDefinitionId);
    ok(&Found::of(call.seen.process_instances(search).await?, InstanceAnswer::from))
}

async fn one(call: Call) -> Outcome {
    ok(&InstanceAnswer::from(instance(&call).await?))
}

/// The instance of the path.
async fn instance(call: &Call) -> Result<ProcessInstance, Problem> {
    let row = instance_if_known(call).await?;
    row.map_or_else(|| Err(missing("process instance", call.key("processInstanceKey")?)), Ok)
}

/// The instance of the path, where nothing is told of one that is not there, rather than that it is missing.
async fn instance_if_known(call: &Call) -> Result<Option<ProcessInstance>, Problem> {
    let key = call.key("processInstanceKey")?;
    let row = call.seen.process_instance(ProcessInstanceKey(key)).await?;
    let scope = call.scope();
    match &row {
        Some(row) if !scope.holds(&row.process_definition_id) => {
            Err(call.may_not(&row.process_definition_id))
        }
        _ => Ok(row),
    }
}

async fn cancel(mut call: Call) -> Outcome {
    let key = call.key("processInstanceKey")?;
    call.optional_json(&CANCEL).await?;
    let instance = call.seen_instance(key).await?;
    call.app.engine.cancel(instance, call.caller.name()).await?;
    no_content()
}

async fn incidents(mut call: Call) -> Outcome {
    let search = super::incidents::asked(&mut call).await?;
    let row = instance(&call).await?;
    // Those of called instances belong to it; the hierarchy is known from its top only.
    let of = if row.parent_process_instance_key.is_none() {
        Filter::eq(IncidentField::RootProcessInstanceKey, row.key)
    } else {
        Filter::eq(IncidentField::ProcessInstanceKey, row.key)
    };
    super::incidents::search_within(&call, search, of).await
}
