//! Deployed versions of processes.

use std::sync::Arc;

use hosk_core::{Definitions, FormKey, ProcessDefinitionKey};
use hosk_model::{ElementKind, Form};
use hosk_store::read::{
    Condition, Filter, Page, ProcessDefinition, ProcessDefinitionField as F, Queries as _, Scalar, Search,
    Sort, StatisticsOf,
};

use super::process_instances::{ElementStatisticsAnswer, INSTANCES, Statistics, with_messages};
use super::user_tasks::FormAnswer;
use crate::answer::{Key, answer, content, no_content, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::problem::Problem;
use crate::refusal::missing;
use crate::search::{Found, Like, Searchable, both, filter, special};
use crate::seen::Seen;
use crate::shape::{Schemas, entries_of, or_null, unknown_property};

static DEFINITIONS: Searchable<ProcessDefinition> = Searchable {
    name: "ProcessDefinitionSearch",
    properties: &[
        both("processDefinitionKey", F::Key),
        both("processDefinitionId", F::ProcessDefinitionId),
        both("name", F::Name),
        both("version", F::Version),
        both("versionTag", F::VersionTag),
        both("resourceName", F::ResourceName),
        both("tenantId", F::TenantId),
        filter("hasStartForm", F::HasStartForm),
        filter("isLatestVersion", F::IsLatestVersion),
    ],
    special: &[special("state", Like::Texts, |value| {
        // What is deleted is not found, and nothing drains: every version found is active.
        let state = value.word(&["ACTIVE", "DRAINING", "DELETED"])?;
        Ok(Filter::Is(F::Key, Condition::Exists(state == "ACTIVE")))
    })],
    alternatives: false,
};

pub(super) fn operations() -> Vec<Operation> {
    let operations = vec![
        post("/v2/process-definitions/search", "searchProcessDefinitions", "Search definitions.", search)
            .takes_schema(false, DEFINITIONS.schema())
            .answers::<Found<DefinitionAnswer>>(),
        get("/v2/process-definitions/{processDefinitionKey}", "getProcessDefinition", "One definition.", one)
            .answers::<DefinitionAnswer>()
            .refuses(&[404]),
        get(
            "/v2/process-definitions/{processDefinitionKey}/xml",
            "getProcessDefinitionXml",
            "The BPMN file, as it was uploaded.",
            xml,
        )
        .answers_media("text/xml")
        .refuses(&[404]),
        get(
            "/v2/process-definitions/{processDefinitionKey}/form",
            "getStartProcessForm",
            "The form of the start event; 204 when it has none.",
            form,
        )
        .answers::<FormAnswer>()
        .refuses(&[404]),
        post(
            "/v2/process-definitions/{processDefinitionKey}/statistics/element-instances",
            "getProcessDefinitionStatistics",
            "Per element, how its element instances stand.",
            statistics,
        )
        .takes_schema(false, Arc::new(statistics_schema))
        .answers::<Statistics>(),
    ];
    let operations = operations.into_iter().map(|operation| operation.access(Access::Worker));
    tagged("Process definition", operations.collect())
}

answer! {
    /// A deployed version of a process.
    DefinitionAnswer {
        process_definition_key: Key,
        process_definition_id: Arc<str>,
        name: Option<Arc<str>>,
        version: u32,
        version_tag: Option<Arc<str>>,
        resource_name: Arc<str>,
        has_start_form: bool,
        state: &'static str,
        tenant_id: Arc<str>,
    }
}

impl From<ProcessDefinition> for DefinitionAnswer {
    fn from(row: ProcessDefinition) -> Self {
        Self {
            process_definition_key: Key(row.key.0),
            process_definition_id: row.process_definition_id,
            name: row.name,
            version: row.version,
            version_tag: row.version_tag,
            resource_name: row.resource_name,
            has_start_form: row.has_start_form,
            state: "ACTIVE",
            tenant_id: row.tenant_id,
        }
    }
}

async fn search(mut call: Call) -> Outcome {
    let (search, by_number) = DEFINITIONS.read_numbered(&mut call).await?;
    if is_of_newest(&search.filter) {
        check_newest(&search, by_number)?;
    }
    let search = call.narrow(search, F::ProcessDefinitionId);
    ok(&Found::of(call.seen.process_definitions(search).await?, DefinitionAnswer::from))
}

/// Whether a filter is for the newest version of each process.
fn is_of_newest(filter: &Filter<F>) -> bool {
    match filter {
        Filter::All(parts) => parts.iter().any(is_of_newest),
        Filter::Is(F::IsLatestVersion, condition) => {
            matches!(condition, Condition::Eq(Scalar::Bool(true)))
        }
        Filter::Is(..) | Filter::Any(_) | Filter::Has(_) => false,
    }
}

/// Refuses what clients of Camunda 8 are refused when they search for the newest versions: other orders than those by
/// process and tenant, and pages that are not reached going forward.
fn check_newest(search: &Search<F>, by_number: bool) -> Result<(), Problem> {
    let other = |sort: &Sort<F>| !matches!(sort.field, F::ProcessDefinitionId | F::TenantId);
    if search.sort.iter().any(other) {
        return Err(Problem::invalid_argument(
            "With `isLatestVersion` a search is sorted by `processDefinitionId` and `tenantId` only.",
        ));
    }
    match &search.page {
        Page::After { .. } => Ok(()),
        Page::Offset { .. } if !by_number => Ok(()),
        Page::Offset { .. } | Page::Before { .. } => Err(Problem::invalid_argument(
            "With `isLatestVersion` pages have `limit` and `after` only: go on with the `endCursor` of the page before.",
        )),
    }
}

async fn one(call: Call) -> Outcome {
    ok(&DefinitionAnswer::from(definition(&call).await?))
}

async fn definition(call: &Call) -> Result<ProcessDefinition, Problem> {
    let row = definition_if_known(call).await?;
    row.map_or_else(|| Err(missing("process definition", call.key("processDefinitionKey")?)), Ok)
}

/// The definition of the path, where figures of one that is not there are those of nothing.
async fn definition_if_known(call: &Call) -> Result<Option<ProcessDefinition>, Problem> {
    let key = call.key("processDefinitionKey")?;
    let row = call.seen.process_definition(ProcessDefinitionKey(key)).await?;
    let scope = call.scope();
    match &row {
        Some(row) if !scope.holds(&row.process_definition_id) => {
            Err(call.may_not(&row.process_definition_id))
        }
        _ => Ok(row),
    }
}

async fn xml(call: Call) -> Outcome {
    let key = definition(&call).await?.key;
    let found = call.seen.content(key.0).await?.ok_or_else(|| missing("process definition", key.0))?;
    Ok(content("text/xml; charset=utf-8", found.bytes.to_vec()))
}

async fn form(call: Call) -> Outcome {
    let row = definition(&call).await?;
    match start_form(&call, &row) {
        Some(key) => super::user_tasks::answer_form(&call, key).await,
        None => no_content(),
    }
}

/// The deployed form of the start event without a trigger.
fn start_form(call: &Call, row: &ProcessDefinition) -> Option<FormKey> {
    let process = call.app.engine.process(Seen::from(row))?;
    let definition = &process.definition;
    let start = *definition.elements.first()?.contents.starts.first()?;
    let ElementKind::StartEvent { form: Some(Form::Linked { form_id, binding }), .. } =
        &definition.element(start).kind
    else {
        return None;
    };
    let definitions = call.app.engine.definitions_of(&process);
    definitions.bound_form(&process.tenant, form_id, binding, process.deployment)
}

async fn statistics(mut call: Call) -> Outcome {
    let bytes = call.optional_bytes().await?;
    let text = String::from_utf8_lossy(&bytes);
    let mut filter = Filter::everything();
    let entries = if text.is_empty() { Vec::new() } else { entries_of(&text, "")? };
    for (name, raw) in entries {
        match &*name {
            _ if raw.get() == "null" => {}
            "filter" => filter = INSTANCES.filter(&crate::search::Value::new(raw, "filter"))?,
            _ => return Err(unknown_property(&name, &["filter"])),
        }
    }
    let Some(row) = definition_if_known(&call).await? else {
        return ok(&Statistics { items: Vec::new() });
    };
    let filter = with_messages(&call, filter).await?;
    let rows = call.seen.element_statistics(StatisticsOf::Definition(row.key, filter)).await?;
    ok(&Statistics { items: rows.into_iter().map(ElementStatisticsAnswer::from).collect() })
}

fn statistics_schema(schemas: &mut Schemas) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    // The filter's schema is made with the search's.
    INSTANCES.schema()(schemas);
    let filter = utoipa::openapi::Ref::from_schema_name("ProcessInstanceSearchFilter");
    utoipa::openapi::ObjectBuilder::new().property("filter", or_null(filter)).into()
}
