//! Leases and claims: a job is offered once and finished once.

use hosk_core::{Event, JobKey, Timestamp};
use hosk_store::{Batch, JobClaim, JobLease, JobState};

use crate::world::{NOW, World, later};

fn claim(now: Timestamp, deadline: Timestamp, limit: usize) -> JobClaim {
    JobClaim {
        job_type: "ship".into(),
        tenants: vec!["<default>".into()],
        worker: "w".into(),
        now,
        deadline,
        limit,
        except: Vec::new(),
    }
}

async fn claimed(world: &World, claim: JobClaim) -> Vec<JobKey> {
    world.store.claim_jobs(claim).await.unwrap().into_iter().map(|job| job.job).collect()
}

pub(crate) async fn a_job_is_claimed_once_until_its_lease_runs_out(world: World) {
    let (_, _, first) = world.start_with_job("ship").await;
    let (_, _, second) = world.start_with_job("ship").await;
    let (_, _, _) = world.start_with_job("other").await;
    assert_eq!(claimed(&world, claim(NOW, later(10), 1)).await, [first]);
    assert_eq!(claimed(&world, claim(later(1), later(20), 10)).await, [second]);
    assert_eq!(claimed(&world, claim(later(9), later(20), 10)).await, []);
    assert_eq!(claimed(&world, claim(later(10), later(20), 10)).await, [first]);
    let row = world.store.job(first).await.unwrap().unwrap();
    assert_eq!((row.worker.as_deref(), row.deadline), (Some("w"), Some(later(20))));
    let elsewhere = JobClaim { except: vec![first], ..claim(later(30), later(40), 10) };
    assert_eq!(claimed(&world, elsewhere).await, [second]);
    let stranger = JobClaim { tenants: vec!["elsewhere".into()], ..claim(later(50), later(60), 10) };
    assert_eq!(claimed(&world, stranger).await, []);
    let both =
        JobClaim { tenants: vec!["elsewhere".into(), "<default>".into()], ..claim(later(50), later(60), 10) };
    let found = world.store.claim_jobs(both).await.unwrap();
    assert_eq!(
        found.iter().map(|job| (job.job, &*job.tenant)).collect::<Vec<_>>(),
        [(first, "<default>"), (second, "<default>"),]
    );
}

pub(crate) async fn higher_priority_comes_first(world: World) {
    let (instance, element, plain) = world.start_with_job("ship").await;
    let urgent = JobKey(world.key());
    world.commit(vec![world.set(instance, 1, vec![world.job(urgent, element, "ship", 5)])]).await;
    assert_eq!(claimed(&world, claim(NOW, later(10), 10)).await, [urgent, plain]);
}

pub(crate) async fn a_failed_job_waits_for_its_back_off(world: World) {
    let (instance, _, job) = world.start_with_job("ship").await;
    claimed(&world, claim(NOW, later(1_000), 1)).await;
    let failed = |retries, retry_at| Event::JobFailed { key: job, retries, retry_at, message: "down".into() };
    world.commit(vec![world.set(instance, 1, vec![failed(2, Some(later(50)))])]).await;
    assert_eq!(claimed(&world, claim(later(49), later(90), 1)).await, []);
    let row = world.store.job(job).await.unwrap().unwrap();
    assert!(row.has_failed_with_retries_left);
    assert_eq!((row.state, row.retries, row.error_message.as_deref()), (JobState::Failed, 2, Some("down")));
    assert_eq!(claimed(&world, claim(later(50), later(90), 1)).await, [job]);
    world.commit(vec![world.set(instance, 2, vec![failed(0, None)])]).await;
    assert_eq!(claimed(&world, claim(later(500), later(900), 1)).await, []);
    world.commit(vec![world.set(instance, 3, vec![Event::JobRetried { key: job, retries: 1 }])]).await;
    assert_eq!(claimed(&world, claim(later(500), later(900), 1)).await, [job]);
}

pub(crate) async fn ended_jobs_are_not_offered(world: World) {
    let (instance, element, job) = world.start_with_job("ship").await;
    let thrown = JobKey(world.key());
    world.commit(vec![world.set(instance, 1, vec![world.job(thrown, element, "ship", 0)])]).await;
    let events = vec![
        Event::JobCompleted { key: job },
        Event::JobErrorThrown { key: thrown, code: "E".into(), message: "m".into() },
    ];
    world.commit(vec![world.set(instance, 2, events)]).await;
    assert_eq!(claimed(&world, claim(later(1), later(9), 10)).await, []);
    assert_eq!(world.store.job(job).await.unwrap().unwrap().state, JobState::Completed);
    let row = world.store.job(thrown).await.unwrap().unwrap();
    assert_eq!(
        (row.state, row.error_code.as_deref(), row.end_time),
        (JobState::ErrorThrown, Some("E"), Some(NOW))
    );
}

pub(crate) async fn leases_are_guarded(world: World) {
    let (instance, _, job) = world.start_with_job("ship").await;
    let batch = |worker: &str, now, deadline: Option<i64>, taken| {
        let lease = JobLease {
            instance,
            job,
            worker: worker.into(),
            deadline: deadline.map(later),
            taken,
            version: None,
        };
        Batch { now, leases: vec![lease], ..Batch::default() }
    };
    let lease = |worker, now, deadline| batch(worker, now, deadline, false);
    let take = |worker, now, deadline| batch(worker, now, Some(deadline), true);
    let lost = async |batch| world.store.commit(batch).await.unwrap().lost_leases;
    assert_eq!(lost(lease("a", NOW, Some(10))).await, []);
    assert_eq!(lost(lease("b", later(5), Some(20))).await, [job]);
    assert_eq!(lost(lease("a", later(6), Some(15))).await, []);
    assert_eq!(lost(lease("b", later(15), Some(20))).await, []);
    assert_eq!(lost(lease("b", later(16), None)).await, []);
    assert_eq!(lost(take("a", later(17), 30)).await, []);
    assert_eq!(lost(take("a", later(18), 40)).await, [job], "another worker of the same name");
    assert_eq!(lost(lease("a", later(19), Some(31))).await, []);
    world.commit(vec![world.set(instance, 1, vec![Event::JobCompleted { key: job }])]).await;
    assert_eq!(lost(lease("a", later(20), Some(40))).await, [job]);
}

pub(crate) async fn a_job_born_leased_is_not_offered(world: World) {
    let (instance, element, first) = world.start_with_job("ship").await;
    world.commit(vec![world.set(instance, 1, vec![Event::JobCanceled { key: first }])]).await;
    let job = JobKey(world.key());
    let mut set = world.set(instance, 2, vec![world.job(job, element, "ship", 0)]);
    set.born_leased = vec![JobLease {
        instance,
        job,
        worker: "node-1".into(),
        deadline: Some(later(10)),
        taken: true,
        version: None,
    }];
    world.commit(vec![set]).await;
    assert_eq!(claimed(&world, claim(later(5), later(9), 10)).await, []);
    assert_eq!(claimed(&world, claim(later(10), later(19), 10)).await, [job]);
}
