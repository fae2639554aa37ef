//! Batch operations reach everything that a filter finds, once, whatever fails, and stand in nobody's way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use hosk_core::{Event, Operation, ProcessInstanceKey};
use hosk_runtime::{BatchMove, BatchPlan, BatchSelection, Batches, Engine, Error, NewBatch};
use hosk_store::sqlite::Options;
use hosk_store::{
    BatchChange, BatchChanged, BatchItemField, BatchOperation, BatchOperationState, BatchStore, Filter,
    Memory, ProcessInstanceField as F, Queries, Removal, Search, Sqlite, Store,
};

use crate::faulty::Faulty;
use crate::support::*;

/// Everything that runs.
fn running() -> BatchSelection {
    BatchSelection::Instances(Filter::eq(F::State, "ACTIVE"))
}

async fn begin(batches: &Batches, selection: BatchSelection, plan: BatchPlan) -> u64 {
    let new = NewBatch { selection, plan, by: Some("olga".into()), tenant: "<default>".into() };
    batches.begin(new).await.unwrap().0
}

async fn over(queries: &dyn Queries, batch: u64) -> BatchOperation {
    let until = Instant::now() + 3 * PATIENCE;
    loop {
        let row = queries.batch_operation(batch).await.unwrap().unwrap();
        if row.end_date.is_some() {
            return row;
        }
        assert!(Instant::now() < until, "not over: {row:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn figures(row: &BatchOperation) -> (BatchOperationState, i64, i64, i64) {
    (row.state, row.total, row.completed, row.failed)
}

async fn create_all(engine: &Engine, count: usize) -> Vec<ProcessInstanceKey> {
    let mut all = Vec::new();
    while all.len() < count {
        let some = (count - all.len()).min(500);
        all.extend(futures::future::join_all((0..some).map(|_| create(engine, "one", &[]))).await);
    }
    all
}

async fn count(queries: &dyn Queries, state: &str) -> u64 {
    queries.process_instances(Search::by(Filter::eq(F::State, state))).await.unwrap().total_items
}

/// How often the batch operation's modification stands in the history of an instance.
async fn modified(queries: &dyn Queries, instance: ProcessInstanceKey, batch: u64) -> usize {
    let history = queries.history(instance, 0, 1_000).await.unwrap();
    let events = history.iter().flat_map(|commit| &commit.steps).flat_map(|step| &step.events);
    let ours = |event: &&Event| matches!(event, Event::Asked { operation: Operation::Modify, batch: Some(of), by, .. } if *of == batch && by.as_deref() == Some("olga"));
    events.filter(ours).count()
}

fn again() -> BatchPlan {
    BatchPlan::Modify(vec![BatchMove { from: "task".into(), to: "task".into() }])
}

#[tokio::test]
async fn ten_thousand_instances_are_canceled_while_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let store = Arc::new(Sqlite::open(file, Options { durable: false }).await.unwrap());
    let engine = start_on(store.clone()).await;
    deploy(&engine, "one", one_task("one", "work")).await;
    create_all(&engine, 10_000).await;
    let batches = Batches::start(&engine, store.clone(), store.clone());
    let batch = begin(&batches, running(), BatchPlan::Cancel).await;
    let mut slowest = Duration::ZERO;
    loop {
        let asked = Instant::now();
        create(&engine, "one", &[]).await;
        slowest = slowest.max(asked.elapsed());
        if store.batch_operation(batch).await.unwrap().unwrap().end_date.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let row = over(&*store, batch).await;
    assert_eq!(figures(&row), (BatchOperationState::Completed, 10_000, 10_000, 0));
    assert_eq!(count(&*store, "TERMINATED").await, 10_000);
    assert!(count(&*store, "ACTIVE").await > 0, "what came later is left alone");
    assert!(slowest < Duration::from_secs(5), "somebody waited {slowest:?}");
    engine.shutdown().await;
}

#[tokio::test]
async fn each_item_says_how_it_ended() {
    let store = Arc::new(Memory::new());
    let engine = start_on(store.clone()).await;
    deploy(&engine, "one", one_task("one", "work")).await;
    let all = create_all(&engine, 3).await;
    engine.suspend(all[1], None).await.unwrap();
    let batches = Batches::start(&engine, store.clone(), store.clone());
    let everything = || BatchSelection::Instances(Filter::everything());
    let batch = begin(&batches, everything(), BatchPlan::Suspend).await;
    let row = over(&*store, batch).await;
    assert_eq!(figures(&row), (BatchOperationState::Completed, 3, 2, 1));
    let failed = Filter::eq(BatchItemField::State, "FAILED");
    let items = store.batch_items(Search::by(failed)).await.unwrap().items;
    assert_eq!(items[0].process_instance_key, Some(all[1]));
    assert!(items[0].error_message.as_ref().unwrap().contains("suspended"), "{items:?}");
    let batch = begin(&batches, everything(), BatchPlan::Resume).await;
    assert_eq!(figures(&over(&*store, batch).await), (BatchOperationState::Completed, 3, 3, 0));
    let batch = begin(&batches, everything(), BatchPlan::DeleteInstance).await;
    assert_eq!(figures(&over(&*store, batch).await), (BatchOperationState::Completed, 3, 0, 3));
    assert_eq!(batches.remove_instance(all[0]).await.unwrap(), Removal::Running);
    let batch = begin(&batches, everything(), BatchPlan::Cancel).await;
    assert_eq!(figures(&over(&*store, batch).await), (BatchOperationState::Completed, 3, 3, 0));
    let batch = begin(&batches, everything(), BatchPlan::DeleteInstance).await;
    assert_eq!(figures(&over(&*store, batch).await), (BatchOperationState::Completed, 3, 3, 0));
    assert_eq!(store.process_instances(Search::default()).await.unwrap().total_items, 0);
}

#[tokio::test]
async fn incidents_of_instances_are_resolved() {
    let store = Arc::new(Memory::new());
    let engine = start_on(store.clone()).await;
    deploy(&engine, "one", one_task("one", "work")).await;
    create_all(&engine, 5).await;
    for job in jobs(&engine, "work", 3).await {
        engine.fail_job(job.key, hosk_runtime::JobFailure::default()).await.unwrap();
    }
    let batches = Batches::start(&engine, store.clone(), store.clone());
    // Retries first: without any the incident would be there again.
    let selection = BatchSelection::Jobs(Filter::eq(hosk_store::JobField::Retries, 0));
    let plan = BatchPlan::UpdateJob { retries: Some(2), priority: Some(7), timeout: Some(1_000) };
    let batch = begin(&batches, selection, plan).await;
    assert_eq!(figures(&over(&*store, batch).await), (BatchOperationState::Completed, 3, 3, 0));
    let selection = BatchSelection::IncidentsOf(Filter::everything());
    let batch = begin(&batches, selection, BatchPlan::ResolveIncident).await;
    assert_eq!(figures(&over(&*store, batch).await), (BatchOperationState::Completed, 3, 3, 0));
    let troubled = Search::by(Filter::eq(F::HasIncident, true));
    assert_eq!(store.process_instances(troubled).await.unwrap().total_items, 0);
    assert_eq!(jobs(&engine, "work", 10).await.iter().filter(|job| job.priority == 7).count(), 3);
}

#[tokio::test]
async fn a_batch_operation_survives_a_crash_and_does_nothing_twice() {
    let store = Arc::new(Memory::new());
    let engine = start_on(store.clone()).await;
    deploy(&engine, "one", one_task("one", "work")).await;
    let all = create_all(&engine, 400).await;
    let batches = Batches::start(&engine, store.clone(), store.clone());
    let batch = begin(&batches, running(), again()).await;
    // Somewhere between the first slice and the last.
    loop {
        let row = store.batch_operation(batch).await.unwrap().unwrap();
        if row.completed > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop((engine, batches));
    // A node that began with items and did not come to tell.
    let claim = hosk_store::Claim { now: hosk_core::Timestamp(i64::MAX), ..hosk_store::Claim::default() };
    store.claim_batch(0, claim, 64).await.unwrap();
    let engine = start_on(store.clone()).await;
    let _batches = Batches::start(&engine, store.clone(), store.clone());
    let row = over(&*store, batch).await;
    assert_eq!(figures(&row), (BatchOperationState::Completed, 400, 400, 0));
    for instance in all {
        assert_eq!(modified(&*store, instance, batch).await, 1);
    }
}

#[tokio::test]
async fn a_store_that_fails_now_and_then_loses_and_doubles_nothing() {
    for seed in 0..3 {
        let chance = Some((Chance::new(seed), AtomicU32::new(0)));
        let store = Arc::new(Faulty { chance, ..Faulty::default() });
        let engine = start_on(store.clone()).await;
        deploy(&engine, "one", one_task("one", "work")).await;
        let all = create_all(&engine, 200).await;
        let percent = &store.chance.as_ref().unwrap().1;
        let memory = store.memory.clone();
        let batches = Batches::start(&engine, memory.clone(), memory.clone());
        percent.store(10, Ordering::SeqCst);
        let batch = begin(&batches, running(), again()).await;
        let row = over(&*memory, batch).await;
        assert_eq!(figures(&row), (BatchOperationState::Completed, 200, 200, 0), "seed {seed}");
        for instance in all {
            assert_eq!(modified(&*memory, instance, batch).await, 1, "seed {seed}");
        }
    }
}

#[tokio::test]
async fn an_operator_stops_it() {
    let store: Arc<Memory> = Arc::new(Memory::new());
    let engine = start_on(store.clone() as Arc<dyn Store>).await;
    deploy(&engine, "one", one_task("one", "work")).await;
    create_all(&engine, 300).await;
    let batches = Batches::start(&engine, store.clone(), store.clone());
    let batch = begin(&batches, running(), BatchPlan::Cancel).await;
    let suspended = batches.change(batch, BatchChange::Suspend).await.unwrap();
    assert_eq!(suspended, BatchChanged::Done);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let before = count(&*store, "TERMINATED").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(count(&*store, "TERMINATED").await, before, "it rests");
    assert_eq!(batches.change(batch, BatchChange::Resume).await.unwrap(), BatchChanged::Done);
    assert_eq!(batches.change(batch, BatchChange::Cancel).await.unwrap(), BatchChanged::Done);
    let row = over(&*store, batch).await;
    assert_eq!(row.state, BatchOperationState::Canceled);
    let refused = batches.change(batch, BatchChange::Resume).await.unwrap();
    assert_eq!(refused, BatchChanged::Refused(BatchOperationState::Canceled));
    engine.shutdown().await;
    let new =
        NewBatch { selection: running(), plan: BatchPlan::Cancel, by: None, tenant: "<default>".into() };
    assert!(matches!(batches.begin(new).await, Err(Error::ShuttingDown)));
}
