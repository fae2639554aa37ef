//! Workers: long polls, leases, retries, and what happens when one goes away.

use std::sync::Arc;
use std::time::Duration;

use hosk_runtime::{ActivateJobs, Config, CreateRequest, Engine, Error, JobFailure, JobUpdate};
use hosk_store::{Faults, Faulty, Memory};

use crate::support::*;

#[tokio::test]
async fn a_waiting_worker_gets_the_job_as_it_comes() {
    let engine = engine().await;
    deploy(&engine, "one", one_task("one", "work")).await;
    let waiting = tokio::spawn({
        let engine = engine.clone();
        async move { jobs(&engine, "work", 1).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let instance = create(&engine, "one", &[("a", "1"), ("b", "2")]).await;
    assert_eq!(waiting.await.unwrap()[0].instance, instance);
}

#[tokio::test]
async fn a_worker_that_hangs_up_loses_no_job() {
    let engine = engine().await;
    deploy(&engine, "one", one_task("one", "work")).await;
    for round in 0..200_u64 {
        let instance = create(&engine, "one", &[]).await;
        // Hang up at another moment each time: before, while and after the lease is written.
        let asking = engine.activate_jobs(ask("work", 1, Some(PATIENCE)));
        let got = tokio::time::timeout(Duration::from_micros(round * 7), asking).await;
        let job = match got {
            Ok(jobs) => jobs.unwrap().remove(0),
            Err(_) => jobs(&engine, "work", 1).await.remove(0),
        };
        assert_eq!(job.instance, instance);
        complete(&engine, &job, &[]).await;
    }
    assert!(no_job(&engine, "work").await);
    assert_eq!(engine.statistics().jobs_leased, 0);
}

/// While the lease of one worker is being written the job looks free in the store, which a second one asks because
/// memory has none left.
#[tokio::test]
async fn a_job_whose_lease_is_being_written_goes_to_nobody_else() {
    for (first, second) in [("one", "other"), ("same", "same")] {
        let store = Arc::new(Faulty::new(Arc::new(Memory::new()), Faults::default(), 7));
        let engine = start_on(store.clone()).await;
        deploy(&engine, "one", one_task("one", "work")).await;
        create(&engine, "one", &[]).await;
        store.set(Faults { late: 1_000, delay: Duration::from_millis(200), ..Faults::default() });
        let asking = |worker: &str| ActivateJobs { worker: worker.into(), ..ask("work", 1, None) };
        let waiting = tokio::spawn({
            let (engine, asking) = (engine.clone(), asking(first));
            async move { engine.activate_jobs(asking).await.unwrap() }
        });
        while engine.statistics().jobs_ready > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // Long enough for the lease to be on its way, which takes the 200 ms.
        tokio::time::sleep(Duration::from_millis(50)).await;
        store.set(Faults::default());
        assert!(engine.activate_jobs(asking(second)).await.unwrap().is_empty(), "{second} got it too");
        let job = waiting.await.unwrap().remove(0);
        complete(&engine, &job, &[]).await;
    }
}

#[tokio::test]
async fn only_the_variables_asked_for_come_along() {
    let engine = engine().await;
    deploy(&engine, "one", one_task("one", "work")).await;
    create(&engine, "one", &[("a", "1"), ("b", "2")]).await;
    let request = ActivateJobs { fetch_variables: Some(vec!["b".into()]), ..ask("work", 1, Some(PATIENCE)) };
    let job = engine.activate_jobs(request).await.unwrap().remove(0);
    assert_eq!(job.variables, variables(&[("b", "2")]));
}

#[tokio::test]
async fn a_lease_that_runs_out_offers_the_job_again_and_the_first_completion_wins() {
    let (engine, clock) = engine_standing_still().await;
    deploy(&engine, "one", one_task("one", "work")).await;
    create(&engine, "one", &[]).await;
    let first = jobs(&engine, "work", 1).await.remove(0);
    assert!(no_job(&engine, "work").await);
    clock.advance(Duration::from_secs(61));
    engine.clock_moved();
    let second = jobs(&engine, "work", 1).await.remove(0);
    assert_eq!(first.key, second.key);
    complete(&engine, &first, &[]).await;
    assert!(engine.complete_job(second.key, hosk_runtime::JobCompletion::default()).await.is_err());
}

#[tokio::test]
async fn a_longer_lease_holds_longer() {
    let (engine, clock) = engine_standing_still().await;
    deploy(&engine, "one", one_task("one", "work")).await;
    create(&engine, "one", &[]).await;
    let job = jobs(&engine, "work", 1).await.remove(0);
    let update = JobUpdate { timeout: Some(Duration::from_mins(10)), ..JobUpdate::default() };
    engine.update_job(job.key, update).await.unwrap();
    clock.advance(Duration::from_secs(61));
    engine.clock_moved();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(no_job(&engine, "work").await);
    assert_eq!(engine.statistics().jobs_leased, 1);
}

#[tokio::test]
async fn a_failed_job_comes_back_after_its_backoff_with_fewer_retries() {
    let (engine, clock) = engine_standing_still().await;
    deploy(&engine, "one", one_task("one", "work")).await;
    create(&engine, "one", &[]).await;
    let job = jobs(&engine, "work", 1).await.remove(0);
    let failure = JobFailure {
        retries: 2,
        backoff: Duration::from_secs(30),
        message: "no".into(),
        ..JobFailure::default()
    };
    engine.fail_job(job.key, failure).await.unwrap();
    assert!(no_job(&engine, "work").await);
    clock.advance(Duration::from_secs(31));
    engine.clock_moved();
    let again = jobs(&engine, "work", 1).await.remove(0);
    assert_eq!((again.key, again.retries), (job.key, 2));
    // Without retries left it is an incident, and nobody gets it any more.
    engine
        .fail_job(job.key, JobFailure { message: "still no".into(), ..JobFailure::default() })
        .await
        .unwrap();
    assert!(no_job(&engine, "work").await);
}

#[tokio::test]
async fn a_full_lane_says_busy_and_takes_nothing() {
    let store = std::sync::Arc::new(hosk_store::Memory::new());
    let config = Config { lanes: 1, lane_queue: 4, ..Config::default() };
    let registry = std::sync::Arc::new(hosk_connector::Registry::new());
    let clock = std::sync::Arc::new(hosk_runtime::SystemClock);
    let engine = Engine::start(config, store, registry, clock).await.unwrap();
    deploy(&engine, "one", one_task("one", "work")).await;
    let creating = (0..50).map(|_| engine.create_instance(CreateRequest::new("one", variables(&[]))));
    let (taken, refused): (Vec<_>, Vec<_>) =
        futures::future::join_all(creating).await.into_iter().partition(Result::is_ok);
    assert!(refused.iter().all(|error| matches!(error, Err(Error::Busy { .. }))));
    assert!(!refused.is_empty() && taken.len() >= 4, "{} taken, {} refused", taken.len(), refused.len());
    let mut offered = 0;
    while offered < taken.len() {
        offered += jobs(&engine, "work", 100).await.len();
    }
    assert!(no_job(&engine, "work").await);
}

#[tokio::test]
async fn more_jobs_than_memory_holds_wait_in_the_store() {
    let store = std::sync::Arc::new(hosk_store::Memory::new());
    let config = Config { ready_jobs: 5, ..Config::default() };
    let registry = std::sync::Arc::new(hosk_connector::Registry::new());
    let clock = std::sync::Arc::new(hosk_runtime::SystemClock);
    let engine = Engine::start(config, store, registry, clock).await.unwrap();
    deploy(&engine, "one", one_task("one", "work")).await;
    for _ in 0..40 {
        create(&engine, "one", &[]).await;
    }
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 40 {
        for job in jobs(&engine, "work", 7).await {
            assert!(seen.insert(job.key), "a job was offered twice");
        }
    }
    assert!(no_job(&engine, "work").await);
}
