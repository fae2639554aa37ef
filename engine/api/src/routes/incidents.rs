//! Incidents: what waits for an operator.

use std::sync::Arc;

use hosk_core::IncidentKey;
use hosk_store::read::{Filter, Incident, IncidentField as F, IncidentType, Queries as _, Search};

use crate::answer::{Key, Time, answer, no_content, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::problem::Problem;
use crate::refusal::missing;
use crate::search::{Found, Searchable, both};
use crate::shape::{Object, unchecked_reference};
use hosk_store::read::{AuditEntityType, AuditOperation};

pub(super) static INCIDENTS: Searchable<Incident> = Searchable {
    name: "IncidentSearch",
    properties: &[
        both("incidentKey", F::Key),
        both("processDefinitionKey", F::ProcessDefinitionKey),
        both("processDefinitionId", F::ProcessDefinitionId),
        both("processInstanceKey", F::ProcessInstanceKey),
        both("errorType", F::ErrorType),
        both("errorMessage", F::ErrorMessage),
        both("elementId", F::ElementId),
        both("elementInstanceKey", F::ElementInstanceKey),
        both("creationTime", F::CreationTime),
        both("state", F::State),
        both("jobKey", F::JobKey),
        both("tenantId", F::TenantId),
    ],
    special: &[],
    alternatives: false,
};

static RESOLVE: Object = Object { name: "IncidentResolutionRequest", fields: &[unchecked_reference()] };

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Incident",
        vec![
            post("/v2/incidents/search", "searchIncidents", "Search incidents.", search)
                .takes_schema(false, INCIDENTS.schema())
                .answers::<Found<IncidentAnswer>>(),
            get("/v2/incidents/{incidentKey}", "getIncident", "One incident.", one)
                .answers::<IncidentAnswer>()
                .refuses(&[404]),
            post(
                "/v2/incidents/{incidentKey}/resolution",
                "resolveIncident",
                "Try again what the incident stopped.",
                resolve,
            )
            .noted_within(AuditOperation::Resolve, AuditEntityType::Incident)
            .may_take(&RESOLVE)
            .refuses(&[404, 409]),
        ],
    )
}

answer! {
    /// An incident.
    IncidentAnswer {
        incident_key: Key,
        process_definition_key: Key,
        process_definition_id: Arc<str>,
        process_instance_key: Key,
        root_process_instance_key: Option<Key>,
        error_type: &'static str,
        error_message: Arc<str>,
        element_id: Arc<str>,
        element_instance_key: Key,
        creation_time: Time,
        state: &'static str,
        job_key: Option<Key>,
        tenant_id: Arc<str>,
    }
}

impl From<Incident> for IncidentAnswer {
    fn from(row: Incident) -> Self {
        Self {
            incident_key: Key(row.key.0),
            process_definition_key: Key(row.process_definition_key.0),
            process_definition_id: row.process_definition_id,
            process_instance_key: Key(row.process_instance_key.0),
            root_process_instance_key: Some(Key(row.root_process_instance_key.0)),
            error_type: wire_type(row.error_type),
            error_message: row.error_message,
            element_id: row.element_id,
            element_instance_key: Key(row.element_instance_key.0),
            creation_time: Time(row.creation_time),
            state: row.state.as_str(),
            job_key: row.job_key.map(|key| Key(key.0)),
            tenant_id: row.tenant_id,
        }
    }
}

/// Kinds that clients of level 8.9 do not know go out as `UNKNOWN`; the message says it.
fn wire_type(kind: IncidentType) -> &'static str {
    match kind {
        IncidentType::LimitExceeded | IncidentType::Quarantined => "UNKNOWN",
        known => known.as_str(),
    }
}

async fn search(mut call: Call) -> Outcome {
    let search = asked(&mut call).await?;
    search_within(&call, search, Filter::everything()).await
}

/// The search in the body.
pub(super) async fn asked(call: &mut Call) -> Result<Search<F>, Problem> {
    INCIDENTS.read(call).await
}

/// Answers a search, narrowed to `of`.
pub(super) async fn search_within(call: &Call, mut search: Search<F>, of: Filter<F>) -> Outcome {
    search.filter = Filter::All(vec![search.filter, of]);
    let search = call.narrow(search, F::ProcessDefinitionId);
    let found = call.seen.incidents(search).await?;
    ok(&Found::of(found, IncidentAnswer::from))
}

async fn one(call: Call) -> Outcome {
    let key = call.key("incidentKey")?;
    let row = call.seen.incident(IncidentKey(key)).await?;
    let row = row.ok_or_else(|| missing("incident", key))?;
    call.within(&row.process_definition_id)?;
    ok(&IncidentAnswer::from(row))
}

async fn resolve(mut call: Call) -> Outcome {
    let key = call.key("incidentKey")?;
    call.optional_json(&RESOLVE).await?;
    let incident = call.seen_incident(key).await?;
    call.app.engine.resolve_incident(incident).await?;
    no_content()
}
