//! Figures about jobs.

use hosk_core::{Event, JobKey, Timestamp};
use hosk_store::{
    Filter, JobFigureField, JobFigureOf, JobFigures, JobFiguresBy, JobFiguresOf, JobLease, Step,
};

use crate::world::{NOW, World, later};

/// Of an hour that began with the minute of [`NOW`].
fn of(by: JobFiguresBy) -> JobFiguresOf {
    JobFiguresOf { from: NOW, to: later(3_600_000), filter: Filter::everything(), by }
}

async fn figures(world: &World, of: JobFiguresOf) -> Vec<(String, u64, u64, u64)> {
    let found = world.store.job_figures(of).await.unwrap();
    let told =
        |one: &JobFigures| (one.name.to_string(), one.created.count, one.completed.count, one.failed.count);
    found.iter().map(told).collect()
}

pub(crate) async fn what_happens_to_jobs_is_counted_each_time(world: World) {
    let (instance, element, job) = world.start_with_job("ship").await;
    let lease = JobLease {
        instance,
        job,
        worker: "w".into(),
        deadline: Some(later(1_000)),
        taken: true,
        version: None,
    };
    let mut batch = world.batch(Vec::new());
    batch.leases = vec![lease];
    assert!(world.store.commit(batch).await.unwrap().lost_leases.is_empty());
    let failed = |retries| Event::JobFailed { key: job, retries, retry_at: None, message: "no".into() };
    let second = JobKey(world.key());
    let events = vec![
        failed(1),
        Event::JobRetried { key: job, retries: 2 },
        failed(1),
        world.job(second, element, "ship", 0),
        Event::JobCompleted { key: second },
        Event::JobCompleted { key: job },
    ];
    let set = || world.set(instance, 1, events.clone());
    world.commit(vec![set()]).await;
    // What is stale is left out and not counted.
    let committed = world.store.commit(world.batch(vec![set()])).await.unwrap();
    assert_eq!(committed.stale, [instance]);
    let (_, _, canceled) = {
        let (instance, element, job) = world.start_with_job("pack").await;
        let events = vec![Event::JobCanceled { key: job }];
        world.commit(vec![world.set(instance, 1, events)]).await;
        (instance, element, job)
    };
    assert!(canceled.0 > 0);
    let (instance, _, thrown) = world.start_with_job("pack").await;
    let thrown = Event::JobErrorThrown { key: thrown, code: "E".into(), message: "no".into() };
    world.commit(vec![world.set(instance, 1, vec![thrown])]).await;

    let row = |name: &str, created, completed, failed| (name.to_owned(), created, completed, failed);
    assert_eq!(figures(&world, of(JobFiguresBy::Nothing)).await, [row("", 4, 2, 3)]);
    assert_eq!(figures(&world, of(JobFiguresBy::Type)).await, [row("pack", 2, 0, 1), row("ship", 2, 2, 2)]);
    assert_eq!(figures(&world, of(JobFiguresBy::Worker)).await, [row("w", 0, 1, 2)]);
    let ship = Filter::eq(JobFigureField::Type, "ship");
    let one = JobFiguresOf { filter: ship, ..of(JobFiguresBy::Type) };
    let found = world.store.job_figures(one).await.unwrap();
    assert_eq!((found[0].workers, found[0].completed.last), (1, Some(NOW)));
}

pub(crate) async fn figures_are_put_together_and_go(world: World) {
    let (instance, element, _) = world.start_with_job("ship").await;
    let long = "x".repeat(300);
    for (version, minute) in (1..).zip([1_i64, 2, 7, 30]) {
        let mut set = world.set(
            instance,
            version,
            vec![
                world.job(JobKey(world.key()), element, "ship", 0),
                world.job(JobKey(world.key()), element, &long, 0),
            ],
        );
        let events = std::mem::take(&mut set.steps[0].events);
        set.steps = vec![Step { at: later(minute * 60_000), events }];
        world.commit(vec![set]).await;
    }
    let ship = || Filter::eq(JobFigureField::Type, "ship");
    let found = world
        .store
        .job_figures(JobFiguresOf { filter: ship(), ..of(JobFiguresBy::Minutes(5)) })
        .await
        .unwrap();
    let told: Vec<(i64, u64)> = found.iter().map(|one| (one.since.0, one.created.count)).collect();
    // It is 16:40 after midnight when it begins.
    assert_eq!(told, [(900_000, 3), (1_200_000, 1), (2_700_000, 1)]);
    assert_eq!(found[0].created, JobFigureOf { count: 3, last: Some(later(120_000)) });
    let minute = |from: i64, to: i64| JobFiguresOf {
        from: later(from),
        to: later(to),
        filter: ship(),
        by: JobFiguresBy::Nothing,
    };
    assert_eq!(figures(&world, minute(60_000, 60_001)).await[0].1, 1, "whole minutes");
    assert!(figures(&world, minute(180_000, 240_000)).await.is_empty());
    let types = world.store.job_figures(of(JobFiguresBy::Type)).await.unwrap();
    assert_eq!(types.iter().map(|one| one.name.len()).collect::<Vec<_>>(), [4, 200]);

    let mut removed = 0;
    loop {
        let gone = world.store.remove_job_figures(later(8 * 60_000)).await.unwrap();
        removed += gone;
        if gone == 0 {
            break;
        }
    }
    assert_eq!(removed, 7);
    assert_eq!(figures(&world, of(JobFiguresBy::Nothing)).await[0].1, 2);
    assert_eq!(world.store.remove_job_figures(Timestamp(0)).await.unwrap(), 0);
}
