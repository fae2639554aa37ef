//! Batch operations: a cursor makes items, items end once, whoever works on them.

use std::sync::Arc;

use hosk_core::{ProcessInstanceKey, Timestamp};
use hosk_store::{
    ActorType, BatchChange, BatchChanged, BatchItemField, BatchItemState, BatchOperation,
    BatchOperationField, BatchOperationState, BatchOperationType, BatchSlice, Claim, Filter, ItemResult,
    NewBatchOperation, NewItem, OpenItem, Search, SelectedItems,
};

use crate::world::{NOW, World, later};

async fn begun(world: &World) -> u64 {
    let key = world.key();
    let batch = NewBatchOperation {
        key,
        kind: BatchOperationType::CancelProcessInstance,
        started: NOW,
        actor: Some("olga".into()),
        tenant: "<default>".into(),
        selection: "{\"of\": \"it\"}".into(),
        plan: "\"it\"".into(),
    };
    world.store.add_batch(batch).await.unwrap();
    key
}

fn claim_of(owner: u64, now: Timestamp) -> Claim {
    Claim { owner, now, until: Timestamp(now.0 + 1_000) }
}

async fn claimed(world: &World, after: u64, limit: usize) -> Option<BatchSlice> {
    world.store.claim_batch(after, claim_of(1, NOW), limit).await.unwrap()
}

fn item(world: &World, item: u64) -> NewItem {
    let instance = Some(ProcessInstanceKey(item));
    NewItem { key: world.key(), item, instance, root: instance }
}

/// Items for these keys, the cursor at the last of them.
async fn selected(world: &World, batch: u64, before: u64, items: &[u64], last: bool) -> bool {
    let selected = SelectedItems {
        batch,
        before,
        cursor: items.last().copied().unwrap_or(before),
        last,
        at: later(1),
        items: items.iter().map(|key| item(world, *key)).collect(),
    };
    world.store.items_selected(selected).await.unwrap()
}

fn done(item: &OpenItem) -> ItemResult {
    ItemResult { key: item.key, state: BatchItemState::Completed, message: None }
}

async fn row(world: &World, batch: u64) -> BatchOperation {
    world.store.batch_operation(batch).await.unwrap().unwrap()
}

fn figures(row: &BatchOperation) -> (BatchOperationState, i64, i64, i64) {
    (row.state, row.total, row.completed, row.failed)
}

fn items_of(slice: &BatchSlice) -> Vec<u64> {
    slice.items.iter().map(|item| item.item).collect()
}

pub(crate) async fn a_batch_operation_is_selected_done_and_over(world: World) {
    let batch = begun(&world).await;
    let slice = claimed(&world, 0, 2).await.unwrap();
    assert_eq!((slice.batch, slice.cursor, slice.selected, slice.items.len()), (batch, 0, false, 0));
    assert_eq!((&*slice.selection, &*slice.plan), ("{\"of\": \"it\"}", "\"it\""));
    assert_eq!(slice.actor.as_deref(), Some("olga"));
    assert!(selected(&world, batch, 0, &[11, 12], false).await);
    assert!(!selected(&world, batch, 0, &[11, 12], false).await, "somebody was faster");
    assert_eq!(figures(&row(&world, batch).await), (BatchOperationState::Created, 2, 0, 0));
    assert!(selected(&world, batch, 12, &[12, 13], true).await, "what is there already is left out");
    assert_eq!(figures(&row(&world, batch).await), (BatchOperationState::Active, 3, 0, 0));
    let slice = claimed(&world, 0, 2).await.unwrap();
    assert_eq!((items_of(&slice), slice.items[0].begun), (vec![11, 12], false));
    let again = claimed(&world, 0, 2).await.unwrap();
    assert!(again.items.iter().all(|item| item.begun), "nobody told what became of them");
    let message: Arc<str> = "it's \"over\", \u{fc}ber".into();
    let failed =
        ItemResult { key: slice.items[1].key, state: BatchItemState::Failed, message: Some(message.clone()) };
    let results = vec![done(&slice.items[0]), failed];
    world.store.items_done(batch, results.clone(), later(2)).await.unwrap();
    world.store.items_done(batch, results, later(3)).await.unwrap();
    assert_eq!(figures(&row(&world, batch).await), (BatchOperationState::Active, 3, 1, 1));
    let slice = claimed(&world, 0, 2).await.unwrap();
    assert_eq!(items_of(&slice), [13]);
    world.store.items_done(batch, vec![done(&slice.items[0])], later(4)).await.unwrap();
    let over = row(&world, batch).await;
    assert_eq!(figures(&over), (BatchOperationState::Completed, 3, 2, 1));
    assert_eq!((over.start_date, over.end_date), (NOW, Some(later(4))));
    assert_eq!((over.actor_type, over.actor_id.as_deref()), (ActorType::User, Some("olga")));
    assert_eq!(claimed(&world, 0, 2).await, None);
    let of = Filter::eq(BatchItemField::State, "FAILED");
    let found = world.store.batch_items(Search::by(of)).await.unwrap().items;
    assert_eq!((found.len(), found[0].item_key, found[0].processed_date), (1, 12, Some(later(2))));
    assert_eq!(found[0].error_message, Some(message));
    assert_eq!(found[0].operation_type, BatchOperationType::CancelProcessInstance);
    assert_eq!(found[0].process_instance_key, Some(ProcessInstanceKey(12)));
}

pub(crate) async fn a_batch_operation_for_nothing_is_over(world: World) {
    let batch = begun(&world).await;
    assert!(selected(&world, batch, 0, &[], true).await);
    assert_eq!(figures(&row(&world, batch).await), (BatchOperationState::Completed, 0, 0, 0));
    assert_eq!(claimed(&world, 0, 9).await, None);
}

pub(crate) async fn batch_operations_take_turns_and_are_claimed(world: World) {
    let (one, two) = (begun(&world).await, begun(&world).await);
    assert_eq!(claimed(&world, 0, 1).await.unwrap().batch, one);
    assert_eq!(claimed(&world, one, 1).await.unwrap().batch, two);
    assert_eq!(claimed(&world, two, 1).await.unwrap().batch, one);
    let other = world.store.claim_batch(0, claim_of(2, later(500)), 1).await.unwrap();
    assert_eq!(other.is_some(), !world.store.is_shared(), "another node leaves them alone");
    let other = world.store.claim_batch(0, claim_of(2, later(1_500)), 1).await.unwrap();
    assert_eq!(other.map(|slice| slice.batch), Some(one), "the claim has ended");
}

pub(crate) async fn a_batch_operation_rests_and_goes_on(world: World) {
    let batch = begun(&world).await;
    let change = async |change| world.store.change_batch(batch, change, later(5)).await.unwrap();
    assert_eq!(change(BatchChange::Resume).await, BatchChanged::Refused(BatchOperationState::Created));
    assert_eq!(change(BatchChange::Suspend).await, BatchChanged::Done);
    assert_eq!(claimed(&world, 0, 9).await, None);
    // The slice that was in hand comes to its end.
    assert!(selected(&world, batch, 0, &[11], true).await);
    assert_eq!(row(&world, batch).await.state, BatchOperationState::Suspended);
    assert_eq!(change(BatchChange::Resume).await, BatchChanged::Done);
    let slice = claimed(&world, 0, 9).await.unwrap();
    assert_eq!(items_of(&slice), [11]);
    assert_eq!(change(BatchChange::Suspend).await, BatchChanged::Done);
    world.store.items_done(batch, vec![done(&slice.items[0])], later(6)).await.unwrap();
    assert_eq!(row(&world, batch).await.state, BatchOperationState::Suspended);
    assert_eq!(change(BatchChange::Resume).await, BatchChanged::Done);
    assert_eq!(figures(&row(&world, batch).await), (BatchOperationState::Completed, 1, 1, 0));
    assert_eq!(change(BatchChange::Suspend).await, BatchChanged::Refused(BatchOperationState::Completed));
    let unknown = world.store.change_batch(4_711, BatchChange::Cancel, later(5)).await.unwrap();
    assert_eq!(unknown, BatchChanged::Unknown);
}

pub(crate) async fn a_canceled_batch_operation_lets_its_items_go(world: World) {
    let batch = begun(&world).await;
    assert!(selected(&world, batch, 0, &[11, 12], true).await);
    let canceled = world.store.change_batch(batch, BatchChange::Cancel, later(5)).await.unwrap();
    assert_eq!(canceled, BatchChanged::Done);
    let slice = claimed(&world, 0, 9).await.unwrap();
    assert_eq!((slice.canceled, items_of(&slice)), (true, vec![11, 12]));
    let state = BatchItemState::Canceled;
    let results = slice.items.iter().map(|item| ItemResult { key: item.key, state, message: None }).collect();
    world.store.items_done(batch, results, later(6)).await.unwrap();
    assert_eq!(claimed(&world, 0, 9).await, None);
    let over = row(&world, batch).await;
    assert_eq!((figures(&over), over.end_date), ((BatchOperationState::Canceled, 2, 0, 0), Some(later(5))));
}

pub(crate) async fn a_batch_operation_that_cannot_be_says_why(world: World) {
    let batch = begun(&world).await;
    world.store.fail_batch(batch, "no such field".into(), later(5)).await.unwrap();
    let of = Filter::eq(BatchOperationField::State, "FAILED");
    let found = world.store.batch_operations(Search::by(of)).await.unwrap().items;
    assert_eq!((found.len(), found[0].key, found[0].error.as_deref()), (1, batch, Some("no such field")));
    assert_eq!(claimed(&world, 0, 9).await, None);
}
