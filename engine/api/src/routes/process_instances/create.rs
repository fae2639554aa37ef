//! Starting an instance, with or without waiting for its end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use hosk_core::{ProcessDefinitionKey, ProcessInstanceKey, Variables};
use hosk_feel::Json;
use hosk_runtime::{CreateRequest, CreatedInstance, End, ProcessReference};
use hosk_store::read::{
    AuditEntityType, AuditOperation, Filter, PAGE_LIMIT, Page, ProcessInstanceState, Queries as _, Search,
    VariableField,
};

use super::super::patterns::{check_id, tags};
use crate::answer::{Key, answer, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::codes;
use crate::operation::{Operation, Outcome, post};
use crate::problem::Problem;
use crate::shape::{
    Body, Object, boolean, integer, key, name, objects, one_of, operation_reference, tenant, texts, variables,
};
use crate::tenants::Tenant;

/// Longest process and element id, in characters.
const ID_MAX: usize = 4_096;
/// Longest business id, in characters.
const BUSINESS_ID_MAX: usize = 256;

static START: Object = Object {
    name: "StartInstruction",
    fields: &[name("elementId", ID_MAX, "The element to begin before.").required()],
};

static STOP: Object = Object {
    name: "ProcessInstanceCreationTerminateInstruction",
    fields: &[
        one_of("type", &["TERMINATE_PROCESS_INSTANCE"], "What to do; stopping is all there is.").required(),
        name("afterElementId", ID_MAX, "As soon as this element was left or stopped.").required(),
    ],
};

static CREATE: Object = Object {
    name: "ProcessInstanceCreationRequest",
    fields: &[
        name("processDefinitionId", ID_MAX, "The process by id; either this or `processDefinitionKey`."),
        integer("processDefinitionVersion", -1, i32::MAX as i64, "The version; -1 or absent: the newest."),
        key("processDefinitionKey", "The process by key."),
        variables("Variables of the instance."),
        tenant(),
        operation_reference(),
        objects("startInstructions", &START, "Elements to begin before, instead of the start event."),
        objects("runtimeInstructions", &STOP, "When to stop the instance."),
        boolean("awaitCompletion", "Whether to wait for the end and answer with variables."),
        texts("fetchVariables", "Which variables to answer with; all when absent or empty."),
        integer("requestTimeout", 0, i64::MAX, "Milliseconds to wait; 0 or absent: the server's default."),
        texts("tags", "Tags: a letter, then letters, digits, `_`, `-`, `:`, `.`."),
        name("businessId", BUSINESS_ID_MAX, "The caller's own name for the instance."),
    ],
};

pub(super) fn operation() -> Operation {
    post("/v2/process-instances", "createProcessInstance", "Start an instance.", create)
        .access(Access::Worker)
        .noted_within(AuditOperation::Create, AuditEntityType::ProcessInstance)
        .takes(&CREATE)
        .like(r#"{"processDefinitionId": "order", "variables": {"amount": 150}}"#)
        .answers::<CreatedAnswer>()
        .refuses(&[404, 409, 504])
}

answer! {
    /// A started instance; `variables` only when its end was awaited.
    CreatedAnswer {
        process_instance_key: Key,
        process_definition_id: Arc<str>,
        process_definition_version: u32,
        process_definition_key: Key,
        variables: Variables,
        tags: Vec<Arc<str>>,
        business_id: Option<Arc<str>>,
        tenant_id: Arc<str>,
    }
}

async fn create(mut call: Call) -> Outcome {
    let mut body = call.json(&CREATE).await?;
    let tenant = body.tenant()?;
    let request = request(&mut body, &call, &tenant)?;
    process_within(&call, &tenant, &request.process)?;
    let (tags, business_id) = (request.tags.clone(), request.business_id.clone());
    let fetch: BTreeSet<_> = body.texts("fetchVariables").unwrap_or_default().into_iter().collect();
    let limit = wait(body.integer("requestTimeout"), &call);
    let (created, variables) = if body.boolean("awaitCompletion").unwrap_or(false) {
        let (created, end) = call.app.engine.create_and_await(request, limit).await?;
        let variables = match end.end {
            End::Completed { variables } => variables,
            End::Earlier if !was_terminated(&call, created.key).await? => {
                root_variables(&call, created.key).await?
            }
            End::Earlier | End::Terminated => {
                let key = created.key;
                let detail = format!("Instance {key} was started, and canceled before it came to its end.");
                return Err(Problem::invalid_state(detail).coded(codes::INSTANCE_CANCELED));
            }
        };
        (created, variables)
    } else {
        (call.app.engine.create_instance(request).await?, Variables::new())
    };
    let wanted = |name: &Arc<str>| fetch.is_empty() || fetch.contains(&**name);
    let variables = variables.into_iter().filter(|(name, _)| wanted(name)).collect();
    let CreatedInstance { key, process, .. } = created;
    ok(&CreatedAnswer {
        process_instance_key: Key(key.0),
        process_definition_id: Arc::clone(&process.definition.id),
        process_definition_version: process.version,
        process_definition_key: Key(process.key.0),
        variables,
        tags,
        business_id,
        tenant_id: Arc::clone(&process.tenant),
    })
}

fn request(body: &mut Body, call: &Call, tenant: &Tenant) -> Result<CreateRequest, Problem> {
    let stops = body.objects("runtimeInstructions").unwrap_or_default();
    let starts = body.objects("startInstructions").unwrap_or_default();
    Ok(CreateRequest {
        process: reference(body)?,
        variables: body.variables(),
        start_instructions: starts.into_iter().map(|mut start| start.required_text("elementId")).collect(),
        terminate_after: stops.into_iter().map(|mut stop| stop.required_text("afterElementId")).collect(),
        business_id: body.text("businessId").map(Arc::from),
        tags: tags(body.texts("tags").unwrap_or_default())?,
        tenant: tenant.id(),
        by: call.caller.name(),
    })
}

/// Refuses unless the caller may start this process. One that is not there is the engine's to miss.
fn process_within(call: &Call, tenant: &Tenant, process: &ProcessReference) -> Result<(), Problem> {
    match process {
        ProcessReference::Id { id, .. } => call.within(id),
        ProcessReference::Key(_) => match call.app.engine.find(tenant, process) {
            Some(process) => call.within(&process.definition.id),
            None => Ok(()),
        },
    }
}

fn reference(body: &mut Body) -> Result<ProcessReference, Problem> {
    // The version is told beside the key by some clients; the key says it already.
    let version = body.integer("processDefinitionVersion").unwrap_or(-1);
    match (body.text("processDefinitionId"), body.key("processDefinitionKey")) {
        (Some(id), None) => {
            if version == 0 {
                let detail = "`processDefinitionVersion` must be -1 or at least 1, but is 0.";
                return Err(Problem::invalid_argument(detail));
            }
            check_id(&id, "processDefinitionId")?;
            Ok(ProcessReference::Id { id: id.into(), version: u32::try_from(version).ok() })
        }
        (None, Some(key)) => Ok(ProcessReference::Key(ProcessDefinitionKey(key))),
        // Clients know these two sentences as they are.
        (None, None) => Err(Problem::incomplete(
            "At least one of [processDefinitionId, processDefinitionKey] is required",
        )),
        (Some(_), Some(_)) => {
            Err(Problem::unreadable("Only one of [processDefinitionId, processDefinitionKey] is allowed"))
        }
    }
}

fn wait(asked: Option<i64>, call: &Call) -> Duration {
    let settings = &call.app.settings;
    match asked.and_then(|asked| u64::try_from(asked).ok()) {
        None | Some(0) => settings.result_wait,
        Some(millis) => Duration::from_millis(millis).min(settings.longest_wait),
    }
}

/// Whether an instance that ended was stopped.
pub(in crate::routes) async fn was_terminated(
    call: &Call,
    instance: ProcessInstanceKey,
) -> Result<bool, Problem> {
    let row = call.seen.process_instance(instance).await?;
    Ok(row.is_some_and(|row| row.state == ProcessInstanceState::Terminated))
}

/// Root variables from their rows, when the end lay before the question.
async fn root_variables(call: &Call, instance: ProcessInstanceKey) -> Result<Variables, Problem> {
    let of_instance = Filter::eq(VariableField::ProcessInstanceKey, instance);
    let mut search =
        Search::by(Filter::All(vec![of_instance, Filter::eq(VariableField::ScopeKey, instance.root())]));
    search.page = Page::Offset { from: 0, limit: PAGE_LIMIT };
    let found = call.seen.variables(search, true).await?;
    let value = |text: &str| Json::parse(text).unwrap_or_else(|_| Json::null());
    Ok(found.items.into_iter().map(|row| (row.name, value(&row.value))).collect())
}
