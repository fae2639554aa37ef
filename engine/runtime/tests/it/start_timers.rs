//! Timer start events begin instances of the newest version, once a run.

use std::sync::Arc;
use std::time::Duration;

use hosk_connector::Registry;
use hosk_core::Timestamp;
use hosk_runtime::{Config, ControllableClock, DEFAULT_TENANT, DeployError, Engine, MissedRuns};
use hosk_store::{Memory, Store};

use crate::support::*;

fn timed(kind: &str, value: &str, job_type: &str) -> String {
    let timer =
        format!("<bpmn:timerEventDefinition><bpmn:{kind}>{value}</bpmn:{kind}></bpmn:timerEventDefinition>");
    process(
        "timed",
        &line(&[
            ("startEvent", "s", &timer),
            ("serviceTask", "work", &job(job_type, "")),
            ("endEvent", "end", ""),
        ]),
    )
}

/// Lets time pass and gives the engine the moment it needs to see it.
async fn pass(engine: &Engine, clock: &ControllableClock, time: Duration) {
    clock.advance(time);
    engine.clock_moved();
    tokio::time::sleep(Duration::from_millis(100)).await;
}

async fn waiting(engine: &Engine, job_type: &str) -> usize {
    engine.activate_jobs(ask(job_type, 100, None)).await.unwrap().len()
}

#[tokio::test]
async fn a_cycle_begins_an_instance_each_time() {
    let (engine, clock) = engine_standing_still().await;
    deploy(&engine, "timed", timed("timeCycle", "R2/PT1H", "work")).await;
    assert!(no_job(&engine, "work").await);
    pass(&engine, &clock, Duration::from_hours(1)).await;
    assert_eq!(jobs(&engine, "work", 10).await.len(), 1);
    pass(&engine, &clock, Duration::from_hours(1)).await;
    assert_eq!(jobs(&engine, "work", 10).await.len(), 1);
    pass(&engine, &clock, Duration::from_hours(10)).await;
    assert!(no_job(&engine, "work").await);
}

#[tokio::test]
async fn the_newest_version_takes_over() {
    let (engine, clock) = engine_standing_still().await;
    deploy(&engine, "timed", timed("timeDuration", "PT1H", "old")).await;
    deploy(&engine, "timed", timed("timeDuration", "PT2H", "new")).await;
    pass(&engine, &clock, Duration::from_hours(2)).await;
    assert_eq!(jobs(&engine, "new", 10).await.len(), 1);
    assert!(no_job(&engine, "old").await);
}

#[tokio::test]
async fn missed_runs_begin_one_instance_or_each_its_own() {
    for (missed_runs, expected) in [(MissedRuns::Once, 1), (MissedRuns::Each, 3)] {
        let store: Arc<dyn Store> = Arc::new(Memory::new());
        let clock = Arc::new(ControllableClock::pinned_at(Timestamp(1_800_000_000_000)));
        let config = Config { seed: Some(1), missed_runs, ..Config::default() };
        let start = || Engine::start(config.clone(), store.clone(), Arc::new(Registry::new()), clock.clone());
        let engine = start().await.unwrap();
        deploy(&engine, "timed", timed("timeCycle", "R/PT1H", "work")).await;
        engine.shutdown().await;
        clock.advance(Duration::from_mins(181));
        let engine = start().await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(waiting(&engine, "work").await, expected, "{missed_runs:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_evaluated_is_refused_with_the_deployment() {
    let engine = engine().await;
    let files = vec![("timed.bpmn".to_owned(), timed("timeDuration", "=wait", "work").into_bytes())];
    let refused = engine.deploy(DEFAULT_TENANT.into(), files).await.unwrap_err();
    let DeployError::Invalid { findings } = refused else { panic!("{refused:?}") };
    assert_eq!(findings.iter().map(|f| f.diagnostic.code.as_str()).collect::<Vec<_>>(), ["invalid-timer"]);
}
