//! Element instances: what is, and was, at work in an instance.

mod below;

use std::sync::Arc;

use hosk_core::ElementInstanceKey;
use hosk_store::read::{
    Condition, ElementInstance, ElementInstanceField as F, ElementType, Filter, Kind, Queries as _, Scalar,
    Search,
};

use super::incidents::INCIDENTS;
use crate::answer::{Key, Time, answer, no_content, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post, put, tagged};
use crate::refusal::missing;
use crate::search::{Found, Like, Searchable, both, filter, special};
use crate::shape::{Object, boolean, operation_reference, variables};
use hosk_store::read::{AuditEntityType, AuditOperation};

pub(super) static ELEMENT_INSTANCES: Searchable<ElementInstance> = Searchable {
    name: "ElementInstanceSearch",
    properties: &[
        both("elementInstanceKey", F::Key),
        both("processInstanceKey", F::ProcessInstanceKey),
        both("processDefinitionKey", F::ProcessDefinitionKey),
        both("processDefinitionId", F::ProcessDefinitionId),
        both("elementId", F::ElementId),
        both("elementName", F::ElementName),
        both("type", F::Type),
        both("state", F::State),
        both("startDate", F::StartDate),
        both("endDate", F::EndDate),
        filter("hasIncident", F::HasIncident),
        both("incidentKey", F::IncidentKey),
        both("tenantId", F::TenantId),
    ],
    special: &[special("elementInstanceScopeKey", Like::Plain(Kind::Key), |value| {
        // The scope of the process's own element instance is itself; that one is not inside it.
        let key = crate::shape::parse_key(&value.text()?, value.path())?;
        Ok(Filter::All(vec![
            Filter::eq(F::ScopeKey, Scalar::Key(key)),
            Filter::Is(F::Key, Condition::Neq(Scalar::Key(key))),
        ]))
    })],
    alternatives: true,
};

static SET: Object = Object {
    name: "SetVariablesRequest",
    fields: &[
        variables("The variables.").required(),
        boolean("local", "Set them at this scope; else each where it is visible from here, or at the root."),
        operation_reference(),
    ],
};

pub(super) fn operations() -> Vec<Operation> {
    tagged(
        "Element instance",
        vec![
            post(
                "/v2/element-instances/search",
                "searchElementInstances",
                "Search element instances.",
                search,
            )
            .takes_schema(false, ELEMENT_INSTANCES.schema())
            .answers::<Found<ElementInstanceAnswer>>(),
            get(
                "/v2/element-instances/{elementInstanceKey}",
                "getElementInstance",
                "One element instance.",
                one,
            )
            .answers::<ElementInstanceAnswer>()
            .refuses(&[404]),
            post(
                "/v2/element-instances/{elementInstanceKey}/incidents/search",
                "searchElementInstanceIncidents",
                "Search the incidents of an element instance.",
                incidents,
            )
            .takes_schema(true, INCIDENTS.schema())
            .answers::<Found<super::incidents::IncidentAnswer>>()
            .refuses(&[404]),
            put(
                "/v2/element-instances/{elementInstanceKey}/variables",
                "createElementInstanceVariables",
                "Set variables at a scope.",
                set,
            )
            .noted_within(AuditOperation::Update, AuditEntityType::Variable)
            .takes(&SET)
            .refuses(&[404, 409]),
        ],
    )
}

answer! {
    /// An element instance.
    ElementInstanceAnswer {
        element_instance_key: Key,
        process_instance_key: Key,
        root_process_instance_key: Option<Key>,
        process_definition_key: Key,
        process_definition_id: Arc<str>,
        element_id: Arc<str>,
        element_name: Arc<str>,
        kind as "type": &'static str,
        state: &'static str,
        start_date: Time,
        end_date: Option<Time>,
        has_incident: bool,
        incident_key: Option<Key>,
        tenant_id: Arc<str>,
    }
}

impl From<ElementInstance> for ElementInstanceAnswer {
    fn from(row: ElementInstance) -> Self {
        Self {
            element_instance_key: Key(row.key.0),
            process_instance_key: Key(row.process_instance_key.0),
            root_process_instance_key: Some(Key(row.root_process_instance_key.0)),
            process_definition_key: Key(row.process_definition_key.0),
            process_definition_id: row.process_definition_id,
            element_name: row.element_name.unwrap_or_else(|| Arc::clone(&row.element_id)),
            element_id: row.element_id,
            kind: wire_type(row.r#type),
            state: row.state.as_str(),
            start_date: Time(row.start_date),
            end_date: row.end_date.map(Time),
            has_incident: row.has_incident,
            incident_key: row.incident_key.map(|key| Key(key.0)),
            tenant_id: row.tenant_id,
        }
    }
}

/// Lists the process itself only to who asks for it: what is at work in it is meant.
fn inside(search: &mut Search<F>) {
    if !names_process(&search.filter) {
        let all = std::mem::replace(&mut search.filter, Filter::everything());
        search.filter = Filter::All(vec![all, Filter::eq(F::IsProcess, false)]);
    }
}

/// Whether a filter asks for the type of the process itself.
fn names_process(filter: &Filter<F>) -> bool {
    let is = |scalar: &Scalar| matches!(scalar, Scalar::Text(word) if word.eq_ignore_ascii_case(ElementType::Process.as_str()));
    match filter {
        Filter::All(filters) | Filter::Any(filters) => filters.iter().any(names_process),
        Filter::Is(F::Type, Condition::Eq(one)) => is(one),
        Filter::Is(F::Type, Condition::In(some)) => some.iter().any(is),
        Filter::Is(..) | Filter::Has(_) => false,
    }
}

/// Types that clients of level 8.9 do not know go out as the nearest one they do.
pub(super) fn wire_type(kind: ElementType) -> &'static str {
    match kind {
        ElementType::ComplexGateway => "UNKNOWN",
        ElementType::Transaction => ElementType::SubProcess.as_str(),
        known => known.as_str(),
    }
}

async fn search(mut call: Call) -> Outcome {
    let mut search = ELEMENT_INSTANCES.read(&mut call).await?;
    inside(&mut search);
    let search = call.narrow(search, F::ProcessDefinitionId);
    let found = call.seen.element_instances(search).await?;
    ok(&Found::of(found, ElementInstanceAnswer::from))
}

async fn one(call: Call) -> Outcome {
    let key = call.key("elementInstanceKey")?;
    let row = call.seen.element_instance(ElementInstanceKey(key)).await?;
    let row = row.ok_or_else(|| missing("element instance", key))?;
    call.within(&row.process_definition_id)?;
    ok(&ElementInstanceAnswer::from(row))
}

async fn incidents(mut call: Call) -> Outcome {
    let key = call.key("elementInstanceKey")?;
    call.has_body()?;
    let search = super::incidents::asked(&mut call).await?;
    let element = call.seen.element_instance(ElementInstanceKey(key)).await?;
    let element = element.ok_or_else(|| missing("element instance", key))?;
    call.within(&element.process_definition_id)?;
    let of = below::incidents_of(&call, &element).await?;
    super::incidents::search_within(&call, search, of).await
}

async fn set(mut call: Call) -> Outcome {
    let key = call.key("elementInstanceKey")?;
    let mut body = call.json(&SET).await?;
    let local = body.boolean("local").unwrap_or(false);
    let scope = call.seen_element(key).await?;
    call.app.engine.set_variables(scope, body.variables(), local).await?;
    no_content()
}
