//! Signals reach everybody who waits, once, whatever fails; who comes later does not get them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hosk_core::{ProcessInstanceKey, SignalKey};
use hosk_runtime::{Engine, Signal};
use hosk_store::{Memory, Store};

use crate::faulty::Faulty;
use crate::support::*;

const CATCH: &str = r#"<bpmn:signalEventDefinition signalRef="sig"/>"#;

fn signal(name: &str) -> Signal {
    let variables = variables(&[("brought", "\"yes\"")]);
    Signal { tenant: hosk_runtime::DEFAULT_TENANT.into(), name: name.into(), variables }
}

/// start → wait for the signal → a job → end.
pub(crate) fn waiting(id: &str) -> String {
    process(
        id,
        &line(&[
            ("startEvent", "s", ""),
            ("intermediateCatchEvent", "catch", CATCH),
            ("serviceTask", "work", &job("work", "")),
            ("endEvent", "end", ""),
        ]),
    )
}

/// Lets `count` jobs come; each of another instance, with what the signal brought.
async fn one_each(engine: &Engine, waiting: &[ProcessInstanceKey]) {
    let mut reached = Vec::new();
    while reached.len() < waiting.len() {
        let came = jobs(engine, "work", 1_000).await;
        assert!(!came.is_empty(), "{} of {} were reached", reached.len(), waiting.len());
        for job in came {
            assert_eq!(job.variables["brought"].text(), "\"yes\"");
            reached.push(job.instance);
        }
    }
    reached.sort_unstable();
    assert_eq!(reached, waiting, "each of them once");
    assert!(no_job(engine, "work").await);
}

async fn create_all(engine: &Engine, id: &str, count: usize) -> Vec<ProcessInstanceKey> {
    let mut all = futures::future::join_all((0..count).map(|_| create(engine, id, &[]))).await;
    all.sort_unstable();
    all
}

#[tokio::test]
async fn a_signal_reaches_all_that_wait_and_nobody_later() {
    let engine = engine().await;
    deploy(&engine, "w", waiting("w")).await;
    engine.broadcast(signal("halt")).await.unwrap();
    let all = create_all(&engine, "w", 700).await;
    assert!(no_job(&engine, "work").await, "it is not kept");
    engine.broadcast(signal("other")).await.unwrap();
    engine.broadcast(signal("halt")).await.unwrap();
    one_each(&engine, &all).await;
}

#[tokio::test]
async fn a_thrown_signal_starts_processes_and_reaches_who_waits() {
    let engine = engine().await;
    deploy(&engine, "w", waiting("w")).await;
    let started = line(&[
        ("startEvent", "s", CATCH),
        ("serviceTask", "work", &job("work", "")),
        ("endEvent", "end", ""),
    ]);
    deploy(&engine, "started", process("started", &started)).await;
    let input = r#"<bpmn:extensionElements><zeebe:ioMapping><zeebe:input source="=&quot;yes&quot;" target="brought"/></zeebe:ioMapping></bpmn:extensionElements>"#;
    let thrower = line(&[("startEvent", "s", ""), ("endEvent", "end", &format!("{input}{CATCH}"))]);
    deploy(&engine, "thrower", process("thrower", &thrower)).await;
    let waits = create(&engine, "w", &[]).await;
    create(&engine, "thrower", &[]).await;
    let mut came = jobs(&engine, "work", 10).await;
    if came.len() < 2 {
        came.extend(jobs(&engine, "work", 10).await);
    }
    assert_eq!(came.len(), 2, "one waits, one is started");
    assert_eq!(came.iter().filter(|job| job.instance == waits).count(), 1);
    assert!(came.iter().all(|job| job.variables["brought"].text() == "\"yes\""));
    assert!(no_job(&engine, "work").await);
}

#[tokio::test]
async fn a_broadcast_survives_a_crash_and_is_not_taken_twice() {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    let engine = start_on(store.clone()).await;
    deploy(&engine, "w", waiting("w")).await;
    let all = create_all(&engine, "w", 600).await;
    engine.broadcast(signal("halt")).await.unwrap();
    // Somewhere between the first slice and the last.
    drop(engine);
    let engine = start_on(store).await;
    one_each(&engine, &all).await;
}

#[tokio::test]
async fn a_store_that_fails_now_and_then_loses_and_doubles_nothing() {
    for seed in 0..3 {
        let chance = Some((Chance::new(seed), AtomicU32::new(0)));
        let store = Arc::new(Faulty { chance, ..Faulty::default() });
        let engine = start_on(store.clone()).await;
        deploy(&engine, "w", waiting("w")).await;
        let all = create_all(&engine, "w", 300).await;
        let percent = &store.chance.as_ref().unwrap().1;
        engine.broadcast(signal("halt")).await.unwrap();
        percent.store(10, Ordering::SeqCst);
        // Until it is through.
        for _ in 0..400 {
            if store.memory.signal_slice(SignalKey(0), 1).await.unwrap().is_none() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        percent.store(0, Ordering::SeqCst);
        one_each(&engine, &all).await;
    }
}
