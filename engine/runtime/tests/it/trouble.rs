//! A store that fails, a state that is poisoned: nothing acknowledged is lost, and others go on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hosk_core::Command;
use hosk_runtime::{CreateRequest, Error, JobCompletion};
use hosk_store::Store;

use crate::faulty::Faulty;
use crate::support::*;

#[tokio::test]
async fn a_commit_that_fails_is_stepped_again() {
    let store = Arc::new(Faulty::default());
    let engine = start_on(store.clone()).await;
    deploy(&engine, "one", one_task("one", "work")).await;
    let instance = create(&engine, "one", &[]).await;
    for _ in 0..10 {
        store.refuse.store(2, Ordering::SeqCst);
        let set = |n: u32| Command::SetVariables {
            scope: instance.root(),
            variables: variables(&[("n", &n.to_string())]),
            local: true,
        };
        let (first, second) = tokio::join!(engine.submit(instance, set(1)), engine.submit(instance, set(2)));
        first.unwrap();
        second.unwrap();
    }
    assert_eq!(
        store.load(instance).await.unwrap().unwrap().state.local_variables(instance.root())["n"].text(),
        "2"
    );
    let job = jobs(&engine, "work", 1).await.remove(0);
    store.refuse.store(1, Ordering::SeqCst);
    complete(&engine, &job, &[]).await;
}

#[tokio::test]
async fn a_store_that_stays_down_is_said_and_nothing_is_left_over() {
    let store = Arc::new(Faulty::default());
    let engine = start_on(store.clone()).await;
    deploy(&engine, "one", one_task("one", "work")).await;
    store.refuse.store(100, Ordering::SeqCst);
    let refused = engine.create_instance(CreateRequest::new("one", variables(&[]))).await;
    assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
    store.refuse.store(0, Ordering::SeqCst);
    let instance = create(&engine, "one", &[]).await;
    let got = jobs(&engine, "work", 10).await;
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].instance, instance);
}

#[tokio::test]
async fn an_unknown_fate_is_said_and_what_was_written_goes_on() {
    let store = Arc::new(Faulty::default());
    let engine = start_on(store.clone()).await;
    deploy(&engine, "one", one_task("one", "work")).await;
    store.silent.store(1, Ordering::SeqCst);
    let unknown = engine.create_instance(CreateRequest::new("one", variables(&[]))).await;
    assert!(matches!(unknown, Err(Error::FateUnknown)), "{unknown:?}");
    // It was written: its job is offered, although nobody was told of it.
    let job = jobs(&engine, "work", 1).await.remove(0);
    complete(&engine, &job, &[]).await;
    assert!(no_job(&engine, "work").await);
}

#[tokio::test]
async fn a_message_that_was_taken_is_not_said_to_have_met_nobody() {
    let catch = r#"<bpmn:messageEventDefinition messageRef="m"/>"#;
    let wait =
        line(&[("startEvent", "s", ""), ("intermediateCatchEvent", "w", catch), ("endEvent", "end", "")]);
    let store = Arc::new(Faulty::default());
    let engine = start_on(store.clone()).await;
    deploy(&engine, "wait", process("wait", &wait)).await;
    let instance = create(&engine, "wait", &[("key", "\"k\"")]).await;
    store.silent_deliveries.store(1, Ordering::SeqCst);
    let told = engine.correlate(go("k")).await;
    assert!(store.load(instance).await.unwrap().unwrap().state.is_ended());
    assert!(matches!(told, Err(Error::FateUnknown)), "{told:?}");
}

#[tokio::test]
async fn a_message_that_stays_on_is_known_to_have_been_taken() {
    let event = r#"<bpmn:messageEventDefinition messageRef="m"/>"#;
    let elements = line(&[
        ("startEvent", "s", ""),
        ("serviceTask", "t", &job("work", "")),
        ("endEvent", "end", ""),
    ]) + &format!(
        r#"<bpmn:boundaryEvent id="b" attachedToRef="t" cancelActivity="false">{event}</bpmn:boundaryEvent>"#
    );
    let store = Arc::new(Faulty::default());
    let engine = start_on(store.clone()).await;
    deploy(&engine, "on", process("on", &elements)).await;
    let instance = create(&engine, "on", &[("key", "\"k\"")]).await;
    store.silent_deliveries.store(1, Ordering::SeqCst);
    let told = tokio::time::timeout(PATIENCE, engine.correlate(go("k"))).await.unwrap();
    assert_eq!(told.unwrap().instance, instance);
}

#[tokio::test]
async fn a_panicking_instance_gets_an_incident_and_the_others_go_on() {
    let store = Arc::new(Faulty::default());
    let engine = start_on(store.clone()).await;
    deploy(&engine, "one", one_task("one", "work")).await;
    let poisoned = create(&engine, "one", &[]).await;
    drop(engine);
    store.poison.store(true, Ordering::SeqCst);
    let engine = start_on(store.clone()).await;
    let canceled = engine.cancel(poisoned, None).await;
    assert!(matches!(canceled, Err(Error::Quarantined { .. })), "{canceled:?}");
    assert_eq!(engine.statistics().quarantined, 1);
    store.poison.store(false, Ordering::SeqCst);
    create(&engine, "one", &[]).await;
    let state = store.load(poisoned).await.unwrap().unwrap().state;
    let incident = state.incidents().next().expect("an incident");
    assert_eq!(incident.kind, hosk_core::IncidentKind::Quarantined);
}

/// Everybody says at once, and again, that the jobs of some instances are done, on a store that fails now and then; how
/// many were told that they did it.
async fn race(seed: u64) -> usize {
    let chance = Chance::new(seed);
    let store = Faulty { chance: Some((chance.clone(), AtomicU32::new(0))), ..Faulty::default() };
    let store = Arc::new(store);
    let engine = start_on(store.clone()).await;
    let many = r#"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1,2,3,4]"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#;
    let task = job("work", "") + many;
    let elements = line(&[("startEvent", "s", ""), ("serviceTask", "t", &task), ("endEvent", "end", "")]);
    deploy(&engine, "many", process("many", &elements)).await;
    let mut keys = Vec::new();
    for _ in 0..6 {
        let instance = create(&engine, "many", &[]).await;
        let loaded = store.load(instance).await.unwrap().unwrap();
        keys.extend(loaded.state.jobs().map(hosk_core::Job::key));
    }
    store.chance.as_ref().unwrap().1.store(15, Ordering::SeqCst);
    let mut says = tokio::task::JoinSet::new();
    for key in keys.iter().cycle().take(4 * keys.len()).copied() {
        let (engine, pause) = (engine.clone(), Duration::from_millis(chance.below(60)));
        says.spawn(async move {
            tokio::time::sleep(pause).await;
            (key, engine.complete_job(key, JobCompletion::default()).await.is_ok())
        });
    }
    let mut done = BTreeSet::new();
    while let Some(said) = says.join_next().await {
        let (key, ok) = said.unwrap();
        assert!(!ok || done.insert(key), "seed {seed}: {key} was completed twice");
    }
    done.len()
}

#[test]
fn of_many_who_complete_a_job_one_is_told_that_he_did() {
    let mut told = 0;
    for seed in 0..150 {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        told += runtime.block_on(race(seed));
    }
    assert!(told > 1_000, "{told}");
}
