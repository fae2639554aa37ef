//! What was acknowledged is there after a restart, and goes on.

use std::sync::Arc;
use std::time::Duration;

use hosk_connector::Registry;
use hosk_core::Timestamp;
use hosk_runtime::{Config, ControllableClock, End, Engine, JobCompletion};
use hosk_store::{Memory, Store, StoredClusterVariable};

use crate::support::*;

/// Stops without any farewell.
async fn crash(engine: Engine) {
    drop(engine);
    tokio::time::sleep(Duration::from_millis(10)).await;
}

async fn goes_on(store: Arc<dyn Store>) {
    let engine = start_on(store.clone()).await;
    deploy(&engine, "one", one_task("one", "work")).await;
    let mut created = Vec::new();
    for _ in 0..20 {
        created.push(create(&engine, "one", &[("n", "1")]).await);
    }
    let done = jobs(&engine, "work", 5).await;
    for job in &done {
        complete(&engine, job, &[]).await;
    }
    crash(engine).await;

    let engine = start_on(store.clone()).await;
    let mut left = std::collections::BTreeSet::new();
    while left.len() < 20 - done.len() {
        for job in jobs(&engine, "work", 50).await {
            assert!(left.insert(job.instance), "a job was offered twice");
            assert_eq!(job.variables["n"].text(), "1");
            let waiting = engine.await_end(job.instance, PATIENCE);
            let (end, ()) = tokio::join!(waiting, async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                complete(&engine, &job, &[]).await;
            });
            assert!(matches!(end.unwrap().end, End::Completed { .. } | End::Earlier));
        }
    }
    assert!(done.iter().all(|job| !left.contains(&job.instance)));
    let late = engine.complete_job(done[0].key, JobCompletion::default()).await;
    assert!(late.is_err(), "{late:?}");
    engine.shutdown().await;
}

#[tokio::test]
async fn in_memory() {
    goes_on(Arc::new(Memory::new())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hosk.db");
    let store = hosk_store::Sqlite::open(&path, hosk_store::sqlite::Options::default()).await.unwrap();
    goes_on(Arc::new(store)).await;
}

#[tokio::test]
async fn in_memory_for_each_tenant() {
    crate::tenants::each_worker_is_given_its_own(Arc::new(Memory::new())).await;
}

#[tokio::test]
async fn on_sqlite_for_each_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hosk.db");
    let store = hosk_store::Sqlite::open(&path, hosk_store::sqlite::Options::default()).await.unwrap();
    crate::tenants::each_worker_is_given_its_own(Arc::new(store)).await;
}

/// Timers that are due go off with the start.
#[tokio::test]
async fn the_first_step_after_a_start_sees_cluster_variables() {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    let clock = Arc::new(ControllableClock::pinned_at(Timestamp(1_800_000_000_000)));
    let engine = start_with(store.clone(), Registry::new(), clock.clone()).await;
    let wait =
        "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>";
    let script = r#"<bpmn:extensionElements><zeebe:script expression="=camunda.vars.env.rate * 2" resultVariable="rate"/></bpmn:extensionElements>"#;
    let elements = line(&[
        ("startEvent", "start", ""),
        ("intermediateCatchEvent", "wait", wait),
        ("scriptTask", "script", script),
        ("serviceTask", "task", &job("work", "")),
        ("endEvent", "end", ""),
    ]);
    deploy(&engine, "later", process("later", &elements)).await;
    create(&engine, "later", &[]).await;
    crash(engine).await;

    clock.advance(Duration::from_hours(2));
    let rate =
        StoredClusterVariable { tenant: None, name: "rate".into(), value: "21".into(), metadata: None };
    let config = Config { seed: Some(1), cluster_variables: vec![rate], ..Config::default() };
    let engine = Engine::start(config, store, Arc::new(Registry::new()), clock).await.unwrap();
    assert_eq!(jobs(&engine, "work", 1).await[0].variables["rate"].text(), "42");
}

#[tokio::test]
async fn a_shutdown_finishes_what_was_accepted_and_takes_nothing_new() {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    let engine = start_on(store.clone()).await;
    deploy(&engine, "one", one_task("one", "work")).await;
    let creating = tokio::spawn({
        let engine = engine.clone();
        async move { futures::future::join_all((0..50).map(|_| create(&engine, "one", &[]))).await }
    });
    tokio::task::yield_now().await;
    let created = creating.await.unwrap();
    engine.shutdown().await;
    let request = hosk_runtime::CreateRequest::new("one", variables(&[]));
    assert!(matches!(engine.create_instance(request).await, Err(hosk_runtime::Error::ShuttingDown)));
    for instance in created {
        assert!(store.load(instance).await.unwrap().is_some());
    }
}
