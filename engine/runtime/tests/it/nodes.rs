//! Two engines on one store: a stale commit is refused, and the command stepped again.

use std::sync::Arc;

use hosk_core::Command;
use hosk_runtime::ActivateJobs;
use hosk_store::{Memory, Store};

use crate::support::*;

#[tokio::test]
async fn both_change_the_same_instance() {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    let one = start_on(store.clone()).await;
    deploy(&one, "one", one_task("one", "work")).await;
    let two = start_on(store.clone()).await;
    let instance = create(&one, "one", &[]).await;
    let scope = instance.root();
    for round in 0..50 {
        let set = |name: &str| Command::SetVariables {
            scope,
            variables: variables(&[(name, &round.to_string())]),
            local: true,
        };
        let (first, second) =
            tokio::join!(one.submit(instance, set("first")), two.submit(instance, set("second")));
        first.unwrap();
        second.unwrap();
    }
    let loaded = store.load(instance).await.unwrap().unwrap();
    let all = loaded.state.local_variables(scope);
    assert_eq!((all["first"].text(), all["second"].text()), ("49", "49"));
    assert!(one.statistics().stale + two.statistics().stale > 0, "they never met");
}

#[tokio::test]
async fn a_job_is_given_to_one_worker_only() {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    let one = start_on(store.clone()).await;
    deploy(&one, "one", one_task("one", "work")).await;
    let two = start_on(store.clone()).await;
    for _ in 0..30 {
        create(&one, "one", &[]).await;
    }
    let mut keys = Vec::new();
    while keys.len() < 30 {
        let here = one.activate_jobs(ActivateJobs { worker: "here".into(), ..ask("work", 3, None) });
        let there = two.activate_jobs(ActivateJobs { worker: "there".into(), ..ask("work", 3, None) });
        let (here, there) = tokio::join!(here, there);
        keys.extend(here.unwrap().into_iter().chain(there.unwrap()).map(|job| job.key));
    }
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count, "a job was given out twice");
}
