//! Jobs of several tenants: a worker is given those of the tenants that it names, from memory and from the store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hosk_runtime::{ActivateJobs, ActivatedJob, CreateRequest, Engine};
use hosk_store::Store;

use crate::support::*;

const NORTH: &str = "north";
const SOUTH: &str = "south";

async fn begin(engine: &Engine, tenant: &str, count: usize) {
    for _ in 0..count {
        let request = CreateRequest { tenant: tenant.into(), ..CreateRequest::new("one", variables(&[])) };
        engine.create_instance(request).await.unwrap();
    }
}

async fn given(engine: &Engine, tenants: &[&str], max: usize, wait: Option<Duration>) -> Vec<ActivatedJob> {
    let tenants = tenants.iter().map(|tenant| Arc::from(*tenant)).collect();
    engine.activate_jobs(ActivateJobs { tenants, ..ask("work", max, wait) }).await.unwrap()
}

/// How many jobs of each tenant.
fn counts(jobs: &[ActivatedJob]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for job in jobs {
        assert_eq!(job.tenant, job.process.tenant);
        *counts.entry(&*job.tenant).or_default() += 1;
    }
    counts
}

async fn complete_all(engine: &Engine, jobs: &[ActivatedJob]) {
    for job in jobs {
        complete(engine, job, &[]).await;
    }
}

/// The story, on a store of its own.
pub(crate) async fn each_worker_is_given_its_own(store: Arc<dyn Store>) {
    let engine = start_on(store.clone()).await;
    for tenant in [NORTH, SOUTH] {
        let files = vec![("one.bpmn".to_owned(), one_task("one", "work").into_bytes())];
        engine.deploy(tenant.into(), files).await.unwrap();
    }
    begin(&engine, NORTH, 20).await;
    begin(&engine, SOUTH, 4).await;
    assert!(given(&engine, &[], 9, None).await.is_empty(), "nobody's worker");
    assert!(given(&engine, &["east"], 9, None).await.is_empty(), "a stranger");
    let own = given(&engine, &[SOUTH], 2, Some(PATIENCE)).await;
    assert_eq!(counts(&own), BTreeMap::from([(SOUTH, 2)]));
    complete_all(&engine, &own).await;
    // Whose turn it is changes, so nobody is kept waiting by how much another has.
    let mut both = given(&engine, &[NORTH, SOUTH], 2, Some(PATIENCE)).await;
    both.extend(given(&engine, &[NORTH, SOUTH, SOUTH], 2, Some(PATIENCE)).await);
    assert_eq!(counts(&both), BTreeMap::from([(NORTH, 2), (SOUTH, 2)]));
    complete_all(&engine, &both).await;
    let waiting = tokio::spawn({
        let engine = engine.clone();
        async move { given(&engine, &[SOUTH], 9, Some(PATIENCE)).await }
    });
    begin(&engine, NORTH, 1).await;
    begin(&engine, SOUTH, 1).await;
    assert_eq!(counts(&waiting.await.unwrap()), BTreeMap::from([(SOUTH, 1)]));
    engine.shutdown().await;

    // What memory does not know comes from the store: 19 of the north are left, and one of the south that is leased.
    let engine = start_on(store).await;
    assert!(given(&engine, &[SOUTH, "east"], 9, None).await.is_empty());
    begin(&engine, SOUTH, 1).await;
    let all = given(&engine, &[SOUTH, NORTH], 50, Some(PATIENCE)).await;
    let mut left = given(&engine, &[SOUTH, NORTH], 50, Some(SECOND * 3)).await;
    left.extend(all);
    assert_eq!(counts(&left), BTreeMap::from([(NORTH, 19), (SOUTH, 1)]));
    complete_all(&engine, &left).await;
    assert!(given(&engine, &[SOUTH, NORTH], 9, None).await.is_empty());
    engine.shutdown().await;
}
