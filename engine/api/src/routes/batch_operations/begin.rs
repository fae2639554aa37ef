//! The requests that begin a batch operation, and those that remove what is over, one by one.
//!
//! Each operation is for instances in the states that it can be done in, whatever the filter says about states.

use std::sync::Arc;

use hosk_core::{DecisionEvaluationKey, ProcessInstanceKey};
use hosk_runtime::{BatchMove, BatchPlan, BatchSelection};
use hosk_store::Removal;
use hosk_store::read::{Condition, Entity, Filter, ProcessInstanceField as F, Queries as _, Scalar};

use super::super::decision_instances::INSTANCES as EVALUATED;
use super::super::jobs::{CHANGES, JOBS, changes_of};
use super::super::process_instances::{
    INSTANCES, MAPPING, mappings_of, refuse_without_mappings, with_messages,
};
use super::narrowing::narrowed;
use super::{BatchBegunAnswer, begun};
use crate::answer::{Key, no_content};
use crate::auth::Access;
use crate::batch_commands::tenant;
use crate::call::Call;
use crate::operation::{Operation, Outcome, post, tagged};
use crate::problem::Problem;
use crate::refusal::missing;
use crate::search::{Searchable, filtered_schema};
use crate::shape::{Body, Field, Object, any, key, name, object, objects, operation_reference};
use hosk_store::read::{AuditEntityType, AuditOperation};

/// Longest element id, in characters.
const ID_MAX: usize = 4_096;

const fn of_filter() -> Field {
    any("filter", "What it is for, of what is there now; it says at least one thing.").required()
}

/// The shapes of requests with nothing but a filter.
macro_rules! filtered {
    ($($name:ident = $wire:literal;)*) => {$(
        static $name: Object = Object { name: $wire, fields: &[of_filter(), operation_reference()] };
    )*};
}

filtered! {
    CANCEL = "ProcessInstanceCancellationBatchOperationRequest";
    RESOLVE = "ProcessInstanceIncidentResolutionBatchOperationRequest";
    DELETE = "ProcessInstanceDeletionBatchOperationRequest";
    SUSPEND = "ProcessInstanceSuspensionBatchOperationRequest";
    RESUME = "ProcessInstanceResumptionBatchOperationRequest";
    FORGET = "DecisionInstanceDeletionBatchOperationRequest";
}

static PLAN: Object = Object {
    name: "ProcessInstanceMigrationBatchOperationPlan",
    fields: &[
        key("targetProcessDefinitionKey", "The definition they are to run.").required(),
        objects("mappingInstructions", &MAPPING, "What becomes of each active element.").required(),
    ],
};

static MIGRATE: Object = Object {
    name: "ProcessInstanceMigrationBatchOperationRequest",
    fields: &[
        of_filter(),
        object("migrationPlan", &PLAN, "How they are moved.").required(),
        operation_reference(),
    ],
};

static MOVE: Object = Object {
    name: "ProcessInstanceModificationMoveBatchOperationInstruction",
    fields: &[
        name("sourceElementId", ID_MAX, "Every active element instance of this element is stopped.")
            .required(),
        name("targetElementId", ID_MAX, "The element to begin before, once for each.").required(),
    ],
};

static MODIFY: Object = Object {
    name: "ProcessInstanceModificationBatchOperationRequest",
    fields: &[
        of_filter(),
        objects("moveInstructions", &MOVE, "Tokens to move.").required(),
        operation_reference(),
    ],
};

static UPDATE: Object = Object {
    name: "JobBatchUpdateRequest",
    fields: &[of_filter(), object("changeset", &CHANGES, "What changes.").required(), operation_reference()],
};

static DELETE_ONE: Object = Object { name: "DeleteProcessInstanceRequest", fields: &[operation_reference()] };
static FORGET_ONE: Object =
    Object { name: "DeleteDecisionInstanceRequest", fields: &[operation_reference()] };

const EXAMPLE: &str =
    r#"{"filter": {"processDefinitionId": "order", "startDate": {"$lt": "2026-01-01T00:00:00Z"}}}"#;
const MIGRATION_EXAMPLE: &str = r#"{
    "filter": {"processDefinitionId": "order"},
    "migrationPlan": {
        "targetProcessDefinitionKey": "2251799813685249",
        "mappingInstructions": [{"sourceElementId": "check", "targetElementId": "check-it"}]
    }
}"#;
const MOVE_EXAMPLE: &str = r#"{
    "filter": {"processDefinitionId": "order"},
    "moveInstructions": [{"sourceElementId": "check", "targetElementId": "ship"}]
}"#;

/// A request to begin one over process instances.
fn over_instances<Fut>(
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    shape: &'static Object,
    handler: fn(Call) -> Fut,
) -> Operation
where
    Fut: Future<Output = Outcome> + Send + 'static,
{
    post(path, id, summary, handler)
        .noted(AuditOperation::Create, AuditEntityType::Batch)
        .takes_schema(true, filtered_schema(shape, &INSTANCES))
        .like(EXAMPLE)
        .answers::<BatchBegunAnswer>()
}

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = tagged("Process instance", of_instances());
    operations.extend(tagged("Process instance", of_one_instance()));
    operations.extend(tagged(
        "Decision instance",
        vec![
            post(
                "/v2/decision-instances/deletion",
                "deleteDecisionInstancesBatchOperation",
                "Remove the evaluations that a filter finds.",
                forget,
            )
            .noted(AuditOperation::Create, AuditEntityType::Batch)
            .takes_schema(true, filtered_schema(&FORGET, &EVALUATED))
            .like(r#"{"filter": {"decisionDefinitionId": "discount"}}"#)
            .answers::<BatchBegunAnswer>(),
            post(
                "/v2/decision-instances/{decisionEvaluationKey}/deletion",
                "deleteDecisionInstance",
                "Remove an evaluation.",
                forget_one,
            )
            .noted(AuditOperation::Delete, AuditEntityType::Decision)
            .may_take(&FORGET_ONE)
            .refuses(&[404]),
        ],
    ));
    operations.extend(tagged(
        "Job",
        vec![
            post(
                "/v2/jobs/batch-update",
                "updateJobsBatchOperation",
                "Change the jobs that a filter finds.",
                update,
            )
            .noted(AuditOperation::Create, AuditEntityType::Batch)
            .takes_schema(true, filtered_schema(&UPDATE, &JOBS))
            .like(r#"{"filter": {"type": "ship", "state": "FAILED"}, "changeset": {"retries": 3}}"#)
            .answers::<BatchBegunAnswer>()
            .access(Access::Worker),
        ],
    ));
    operations
}

fn of_instances() -> Vec<Operation> {
    vec![
        over_instances(
            "/v2/process-instances/cancellation",
            "cancelProcessInstancesBatchOperation",
            "Cancel the running instances that a filter finds.",
            &CANCEL,
            cancel,
        ),
        over_instances(
            "/v2/process-instances/incident-resolution",
            "resolveIncidentsBatchOperation",
            "Resolve the incidents of the instances that a filter finds.",
            &RESOLVE,
            resolve,
        ),
        over_instances(
            "/v2/process-instances/migration",
            "migrateProcessInstancesBatchOperation",
            "Move the running instances that a filter finds to another definition.",
            &MIGRATE,
            migrate,
        )
        .like(MIGRATION_EXAMPLE),
        over_instances(
            "/v2/process-instances/modification",
            "modifyProcessInstancesBatchOperation",
            "Move tokens in the running instances that a filter finds.",
            &MODIFY,
            modify,
        )
        .like(MOVE_EXAMPLE),
        over_instances(
            "/v2/process-instances/deletion",
            "deleteProcessInstancesBatchOperation",
            "Remove the ended instances that a filter finds, with those that they called.",
            &DELETE,
            delete,
        ),
        over_instances(
            "/v2/process-instances/suspension",
            "suspendProcessInstancesBatchOperation",
            "Suspend the running instances that a filter finds.",
            &SUSPEND,
            suspend,
        ),
        over_instances(
            "/v2/process-instances/resumption",
            "resumeProcessInstancesBatchOperation",
            "Resume the suspended instances that a filter finds.",
            &RESUME,
            resume,
        ),
    ]
}

fn of_one_instance() -> Vec<Operation> {
    vec![
        post(
            "/v2/process-instances/{processInstanceKey}/incident-resolution",
            "resolveProcessInstanceIncidents",
            "Resolve all incidents of an instance.",
            resolve_one,
        )
        .noted(AuditOperation::Create, AuditEntityType::Batch)
        .answers::<BatchBegunAnswer>()
        .refuses(&[404]),
        post(
            "/v2/process-instances/{processInstanceKey}/deletion",
            "deleteProcessInstance",
            "Remove an ended instance with those that it called.",
            delete_one,
        )
        .noted(AuditOperation::Delete, AuditEntityType::ProcessInstance)
        .may_take(&DELETE_ONE)
        .refuses(&[404, 409]),
    ]
}

/// The filter of a request. One that says nothing is refused: it would be for everything, and is sent by mistake more
/// often than meant.
fn criteria<E: Entity>(of: &Searchable<E>, body: &mut Body) -> Result<Filter<E::Field>, Problem> {
    let filter = of.filter_in(body, "filter")?;
    if says_nothing(&filter) {
        return Err(Problem::invalid_argument(
            "At least one of filter criteria is required. Who means all of them says so, as with \
             `{\"processInstanceKey\": {\"$exists\": true}}`.",
        ));
    }
    Ok(filter)
}

fn says_nothing<G>(filter: &Filter<G>) -> bool {
    match filter {
        Filter::All(parts) => parts.iter().all(says_nothing),
        Filter::Any(parts) => parts.iter().any(says_nothing),
        Filter::Is(..) | Filter::Has(_) => false,
    }
}

/// What an operation does to instances is for those in these states.
async fn over(
    call: &mut Call,
    shape: &'static Object,
    states: &[&str],
) -> Result<(Filter<F>, Body), Problem> {
    let mut body = call.json(shape).await?;
    let filter = with_messages(call, criteria(&INSTANCES, &mut body)?).await?;
    let states = states.iter().map(|state| Scalar::from(*state)).collect();
    let states = Filter::Is(F::State, Condition::In(states));
    Ok((Filter::All(vec![states, without(filter, &[F::State])]), body))
}

/// The filter without what it says about some fields.
fn without(filter: Filter<F>, fields: &[F]) -> Filter<F> {
    match filter {
        Filter::All(parts) => Filter::All(parts.into_iter().map(|part| without(part, fields)).collect()),
        Filter::Is(field, _) if fields.contains(&field) => Filter::everything(),
        other => other,
    }
}

async fn begin(call: &Call, selection: BatchSelection, plan: BatchPlan) -> Outcome {
    let selection = narrowed(call, selection, &plan);
    call.concerns(&tenant(&call.seen, &selection));
    begun(call.app.batches()?.begin(&call.seen, selection, plan, call.caller.name()).await?)
}

async fn cancel(mut call: Call) -> Outcome {
    let (filter, _) = over(&mut call, &CANCEL, &["ACTIVE", "SUSPENDED"]).await?;
    // An instance that was called is canceled through its caller.
    let tops = Filter::Is(F::ParentProcessInstanceKey, Condition::Exists(false));
    let filter = Filter::All(vec![tops, without(filter, &[F::ParentProcessInstanceKey])]);
    begin(&call, BatchSelection::Instances(filter), BatchPlan::Cancel).await
}

async fn resolve(mut call: Call) -> Outcome {
    let (filter, _) = over(&mut call, &RESOLVE, &["ACTIVE"]).await?;
    begin(&call, BatchSelection::IncidentsOf(filter), BatchPlan::ResolveIncident).await
}

async fn migrate(mut call: Call) -> Outcome {
    let (filter, mut body) = over(&mut call, &MIGRATE, &["ACTIVE", "SUSPENDED"]).await?;
    let mut plan = body.object("migrationPlan").map_or_else(|| Body::empty(&PLAN), Ok)?;
    let pair = |one: hosk_core::ElementMapping| (one.source, one.target);
    let mappings = mappings_of(&mut plan);
    refuse_without_mappings(&mappings)?;
    let plan = BatchPlan::Migrate {
        target: plan.key("targetProcessDefinitionKey").unwrap_or_default(),
        mappings: mappings.into_iter().map(pair).collect(),
    };
    begin(&call, BatchSelection::Instances(filter), plan).await
}

async fn modify(mut call: Call) -> Outcome {
    let (filter, mut body) = over(&mut call, &MODIFY, &["ACTIVE", "SUSPENDED"]).await?;
    let moves: Vec<_> = body
        .objects("moveInstructions")
        .unwrap_or_default()
        .into_iter()
        .map(|mut one| BatchMove {
            from: Arc::from(one.required_text("sourceElementId")),
            to: Arc::from(one.required_text("targetElementId")),
        })
        .collect();
    if moves.is_empty() {
        return Err(Problem::invalid_argument("`moveInstructions` must have at least one instruction."));
    }
    begin(&call, BatchSelection::Instances(filter), BatchPlan::Modify(moves)).await
}

async fn delete(mut call: Call) -> Outcome {
    let (filter, _) = over(&mut call, &DELETE, &["COMPLETED", "TERMINATED"]).await?;
    begin(&call, BatchSelection::Instances(filter), BatchPlan::DeleteInstance).await
}

/// Begins to delete the ended ones of some instances.
pub(in crate::routes) async fn begin_deletion(
    call: &Call,
    of: Filter<F>,
) -> Result<BatchBegunAnswer, Problem> {
    let states = ["COMPLETED", "TERMINATED"].into_iter().map(Scalar::from).collect();
    let ended = Filter::Is(F::State, Condition::In(states));
    let selection = BatchSelection::Instances(Filter::All(vec![ended, of]));
    let selection = narrowed(call, selection, &BatchPlan::DeleteInstance);
    let batches = call.app.batches()?;
    let (key, kind) =
        batches.begin(&call.seen, selection, BatchPlan::DeleteInstance, call.caller.name()).await?;
    Ok(BatchBegunAnswer { batch_operation_key: Key(key), batch_operation_type: kind.as_str() })
}

async fn suspend(mut call: Call) -> Outcome {
    let (filter, _) = over(&mut call, &SUSPEND, &["ACTIVE"]).await?;
    begin(&call, BatchSelection::Instances(filter), BatchPlan::Suspend).await
}

async fn resume(mut call: Call) -> Outcome {
    let (filter, _) = over(&mut call, &RESUME, &["SUSPENDED"]).await?;
    begin(&call, BatchSelection::Instances(filter), BatchPlan::Resume).await
}

async fn forget(mut call: Call) -> Outcome {
    let mut body = call.json(&FORGET).await?;
    let filter = criteria(&EVALUATED, &mut body)?;
    begin(&call, BatchSelection::Evaluations(filter), BatchPlan::DeleteEvaluation).await
}

async fn update(mut call: Call) -> Outcome {
    let mut body = call.json(&UPDATE).await?;
    let filter = criteria(&JOBS, &mut body)?;
    let changes = changes_of(body.object("changeset"))?;
    let timeout = changes.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
    let plan = BatchPlan::UpdateJob { retries: changes.retries, priority: changes.priority, timeout };
    begin(&call, BatchSelection::Jobs(filter), plan).await
}

async fn resolve_one(call: Call) -> Outcome {
    let key = call.key("processInstanceKey")?;
    let row = call.seen.process_instance(ProcessInstanceKey(key)).await?;
    let row = row.ok_or_else(|| missing("process instance", key))?;
    call.within(&row.process_definition_id)?;
    let of = Filter::eq(F::Key, Scalar::Key(key));
    begin(&call, BatchSelection::IncidentsOf(of), BatchPlan::ResolveIncident).await
}

async fn delete_one(mut call: Call) -> Outcome {
    let key = call.key("processInstanceKey")?;
    call.optional_json(&DELETE_ONE).await?;
    let instance = call.seen_instance(key).await?;
    match call.app.batches()?.remove_instance(instance).await? {
        Removal::Removed => no_content(),
        Removal::Unknown => Err(missing("process instance", key)),
        Removal::Running => Err(Problem::invalid_state(format!(
            "The process instance {key}, or one that it called, runs: cancel it first, or wait for its end."
        ))),
    }
}

async fn forget_one(mut call: Call) -> Outcome {
    let key = call.key("decisionEvaluationKey")?;
    call.optional_json(&FORGET_ONE).await?;
    let evaluation = call.seen_evaluation(key).await?;
    call.tells(|told| told.more().evaluation = Some(DecisionEvaluationKey(key)));
    if call.app.batches()?.remove_evaluation(evaluation).await? {
        no_content()
    } else {
        Err(missing("evaluated decision", key))
    }
}
