//! Batch operations: begun over what a filter finds, looked at, suspended, resumed, canceled.

mod begin;
mod narrowing;

pub(super) use begin::begin_deletion;

use std::sync::Arc;

use hosk_store::read::{
    BatchItem, BatchItemField as I, BatchOperation, BatchOperationField as F, BatchOperationState,
    BatchOperationType, Queries as _,
};
use hosk_store::{BatchChange, BatchChanged};

use crate::answer::{Key, KeyOrNone, Time, answer, no_content, ok};
use crate::audited::made;
use crate::call::Call;
use crate::levels;
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::problem::{Opening, Problem};
use crate::refusal::missing;
use crate::search::{Found, Searchable, both, filter, sort_only};
use hosk_store::read::{AuditEntityType, AuditOperation};

static BATCHES: Searchable<BatchOperation> = Searchable {
    name: "BatchOperationSearch",
    properties: &[
        both("batchOperationKey", F::Key),
        both("operationType", F::OperationType),
        both("state", F::State),
        sort_only("startDate", F::StartDate),
        sort_only("endDate", F::EndDate),
        both("actorType", F::ActorType),
        both("actorId", F::ActorId),
    ],
    special: &[],
    alternatives: false,
};

static ITEMS: Searchable<BatchItem> = Searchable {
    name: "BatchOperationItemSearch",
    properties: &[
        both("batchOperationKey", I::BatchOperationKey),
        both("itemKey", I::ItemKey),
        both("processInstanceKey", I::ProcessInstanceKey),
        filter("operationType", I::OperationType),
        both("state", I::State),
        sort_only("processedDate", I::ProcessedDate),
    ],
    special: &[],
    alternatives: false,
};

pub(super) fn operations() -> Vec<Operation> {
    let one = "/v2/batch-operations/{batchOperationKey}";
    let mut operations = tagged(
        "Batch operation",
        vec![
            post("/v2/batch-operations/search", "searchBatchOperations", "Search batch operations.", search)
                .takes_schema(false, BATCHES.schema())
                .answers::<Found<BatchAnswer>>(),
            get(one, "getBatchOperation", "One batch operation with its progress.", get_one)
                // What is no key is not there.
                .path_text("batchOperationKey")
                .answers::<BatchAnswer>()
                .refuses(&[404]),
            post(
                "/v2/batch-operations/{batchOperationKey}/cancellation",
                "cancelBatchOperation",
                "Stop a batch operation; what is done stays done.",
                |call| change(call, BatchChange::Cancel),
            )
            .noted(AuditOperation::Cancel, AuditEntityType::Batch)
            .refuses(&[404, 409]),
            post(
                "/v2/batch-operations/{batchOperationKey}/suspension",
                "suspendBatchOperation",
                "Let a batch operation rest until it is resumed.",
                |call| change(call, BatchChange::Suspend),
            )
            .noted(AuditOperation::Suspend, AuditEntityType::Batch)
            .refuses(&[404, 409]),
            post(
                "/v2/batch-operations/{batchOperationKey}/resumption",
                "resumeBatchOperation",
                "Let a suspended batch operation go on.",
                |call| change(call, BatchChange::Resume),
            )
            .noted(AuditOperation::Resume, AuditEntityType::Batch)
            .refuses(&[404, 409]),
            post(
                "/v2/batch-operation-items/search",
                "searchBatchOperationItems",
                "Search items of batch operations.",
                search_items,
            )
            .takes_schema(false, ITEMS.schema())
            .answers::<Found<ItemAnswer>>(),
        ],
    );
    operations.extend(begin::operations());
    operations
}

answer! {
    /// A batch operation that was begun.
    BatchBegunAnswer {
        batch_operation_key: Key,
        batch_operation_type: &'static str,
    }
}

answer! {
    /// A batch operation.
    BatchAnswer {
        batch_operation_key: Key,
        batch_operation_type: Option<&'static str>,
        state: &'static str,
        start_date: Option<Time>,
        end_date: Option<Time>,
        actor_type: Option<&'static str>,
        actor_id: Option<Arc<str>>,
        operations_total_count: i64,
        operations_failed_count: i64,
        operations_completed_count: i64,
        errors: Vec<BatchErrorAnswer>,
    }
}

answer! {
    /// Why a batch operation could not be carried out.
    BatchErrorAnswer {
        partition_id: i64,
        kind as "type": &'static str,
        message: Arc<str>,
    }
}

answer! {
    /// An item of a batch operation.
    ItemAnswer {
        batch_operation_key: Key,
        operation_type: &'static str,
        item_key: Key,
        /// The process instance it is about; `-1`: none, as of an evaluation that a request asked for.
        process_instance_key: KeyOrNone,
        root_process_instance_key: Option<Key>,
        state: &'static str,
        processed_date: Option<Time>,
        error_message: Option<Arc<str>>,
    }
}

impl From<BatchOperation> for BatchAnswer {
    fn from(row: BatchOperation) -> Self {
        let error = |message| BatchErrorAnswer { partition_id: 1, kind: "QUERY_FAILED", message };
        Self {
            batch_operation_key: Key(row.key),
            batch_operation_type: Some(row.operation_type.as_str()),
            state: row.state.as_str(),
            start_date: Some(Time(row.start_date)),
            end_date: row.end_date.map(Time),
            actor_type: Some(row.actor_type.as_str()),
            actor_id: row.actor_id,
            operations_total_count: row.total,
            operations_failed_count: row.failed,
            operations_completed_count: row.completed,
            errors: row.error.map(error).into_iter().collect(),
        }
    }
}

impl From<BatchItem> for ItemAnswer {
    fn from(row: BatchItem) -> Self {
        Self {
            batch_operation_key: Key(row.batch_operation_key),
            operation_type: row.operation_type.as_str(),
            item_key: Key(row.item_key),
            process_instance_key: KeyOrNone(row.process_instance_key.map(|key| key.0)),
            root_process_instance_key: row.root_process_instance_key.map(|key| Key(key.0)),
            state: row.state.as_str(),
            processed_date: row.processed_date.map(Time),
            error_message: row.error_message,
        }
    }
}

/// The answer to the request that began one.
fn begun((key, kind): (u64, BatchOperationType)) -> Outcome {
    made(&key, ok(&BatchBegunAnswer { batch_operation_key: Key(key), batch_operation_type: kind.as_str() }))
}

async fn search(mut call: Call) -> Outcome {
    let search = BATCHES.read(&mut call).await?;
    let search = call.app.settings.level.known(search, F::OperationType, levels::BATCHES);
    let search = call.narrow_whole(search);
    ok(&Found::of(call.seen.batch_operations(search).await?, BatchAnswer::from))
}

async fn search_items(mut call: Call) -> Outcome {
    let search = ITEMS.read(&mut call).await?;
    let search = call.app.settings.level.known(search, I::OperationType, levels::BATCHES);
    let search = call.narrow_whole(search);
    ok(&Found::of(call.seen.batch_items(search).await?, ItemAnswer::from))
}

async fn get_one(call: Call) -> Outcome {
    let id = call.path("batchOperationKey");
    let row = match call.key("batchOperationKey") {
        Ok(key) => call.seen.batch_operation(key).await?,
        Err(_) => None,
    };
    let missing = || {
        let opening = Opening::Absent { thing: "Batch Operation", by: "id", id: id.to_owned() };
        Problem::not_found(format!("There is no batch operation with the key {id}.")).opens(opening)
    };
    ok(&BatchAnswer::from(row.ok_or_else(missing)?))
}

fn is_over(state: BatchOperationState) -> bool {
    use BatchOperationState as S;
    match state {
        S::Created | S::Active | S::Suspended => false,
        S::Completed | S::PartiallyCompleted | S::Canceled | S::Failed => true,
    }
}

async fn change(mut call: Call, change: BatchChange) -> Outcome {
    // It says nothing, but what is sent has to be JSON.
    let body = call.optional_bytes().await?;
    if !body.is_empty() {
        serde_json::from_slice::<serde::de::IgnoredAny>(&body)
            .map_err(|error| Problem::malformed(format!("The body is not JSON: {error}.")))?;
    }
    let id = call.path("batchOperationKey");
    let none = |_| {
        let detail = format!(
            "Batch operation id '{id}' is not a valid number. `batchOperationKey` has the digits of its key."
        );
        Problem::not_a_path_key(detail)
    };
    let key = call.key("batchOperationKey").map_err(none)?;
    let batch = call.seen_batch(key).await?;
    match call.app.batches()?.change(batch, change).await? {
        BatchChanged::Done => no_content(),
        BatchChanged::Unknown => Err(missing("batch operation", key)),
        BatchChanged::Refused(state) => {
            let may = match change {
                BatchChange::Suspend => "one that is CREATED or ACTIVE can be suspended",
                BatchChange::Resume => "one that is SUSPENDED can be resumed",
                BatchChange::Cancel => "one that is CREATED, ACTIVE or SUSPENDED can be canceled",
            };
            let detail = format!("The batch operation {key} is {}: only {may}.", state.as_str());
            // For commands what is over is not there any more.
            Err(if is_over(state) { Problem::not_found(detail) } else { Problem::invalid_state(detail) })
        }
    }
}
