//! Half of the load that is to be reached, at an even pace: how long one instance takes on a server that is not full.
//!
//! Instances begin when they are due, however long those before them take, and what one takes counts from when it was due: a
//! server that stands still is not spared the load that would have come meanwhile.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use hdrhistogram::Histogram;
use reqwest::Client;
use tokio::task::JoinSet;

use super::server::{Caller, Servers};
use super::{Job, Meter, On, WARM_UP, WORKERS, name, round, work};
use crate::Load;
use crate::report::Measured;

/// Instances a second, unless the caller says otherwise: half of what is to be reached over REST on SQLite.
pub(crate) const RATE: f64 = 1_500.0;
/// What 99 of 100 may take at most, in milliseconds.
const LIMIT: f64 = 20.0;
/// How often those that are due begin.
const TICK: Duration = Duration::from_millis(1);
/// More than these at the same time: the server cannot do what is asked of it.
const MOST_UNDER_WAY: usize = 4_096;

/// Measures one task at an even pace.
///
/// # Errors
/// When the server falls behind, or refuses an instance.
pub(crate) async fn measure(load: Load, rate: f64, on: &On<'_>) -> anyhow::Result<Measured> {
    let http = Client::builder().pool_max_idle_per_host(MOST_UNDER_WAY).no_proxy().build()?;
    let servers = match on.url {
        Some(url) => Servers::named(http, url, on.user.clone()),
        None => Servers::start(http, on.binary, on.folder, on.nodes, on.postgres).await?,
    };
    Job::OneTask.prepare(&servers.caller(0)).await?;
    let meter = Arc::new(Meter { done: AtomicU64::new(0), over: AtomicBool::new(false) });
    let latency = Arc::new(Mutex::new(Histogram::<u64>::new(3)?));
    let callers = (0..servers.count()).map(|number| servers.caller(number)).collect();
    let clients = tokio::spawn(keep_pace(callers, rate, meter.clone(), latency.clone()));
    let workers: Vec<_> = (0..WORKERS)
        .map(|number| tokio::spawn(work::worker(servers.caller(number), meter.clone(), load.batch)))
        .collect();
    tokio::time::sleep(WARM_UP).await;
    latency.lock().unwrap_or_else(PoisonError::into_inner).reset();
    let mut rounds = Vec::new();
    for _ in 0..load.rounds {
        rounds.push(round(&load, &servers, &meter).await);
    }
    let resident = servers.resident();
    meter.over.store(true, Ordering::Relaxed);
    clients.await.context("the clients failed")??;
    for worker in workers {
        worker.await.context("a worker failed")??;
    }
    let name = format!("{rate:.0} instances a second, {}", name(Job::OneTask, on));
    let measured = Measured::new(name, "instances/s", rate * 0.98, rounds);
    let latency = latency.lock().unwrap_or_else(PoisonError::into_inner);
    let measured = measured.latency(&latency).resident(resident);
    let ours = on.url.is_none() && !on.postgres && rate <= RATE;
    Ok(if ours { measured.at_most(LIMIT) } else { measured })
}

/// Begins instances when they are due, until it is over, and waits for the last ones.
async fn keep_pace(
    callers: Vec<Caller>,
    rate: f64,
    meter: Arc<Meter>,
    latency: Arc<Mutex<Histogram<u64>>>,
) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut under_way = JoinSet::new();
    let mut ticks = tokio::time::interval(TICK);
    let mut number: u64 = 0;
    while !meter.is_over() {
        ticks.tick().await;
        loop {
            let due = began + Duration::from_secs_f64(number as f64 / rate);
            if due > Instant::now() {
                break;
            }
            let caller = callers[(number % callers.len() as u64) as usize].clone();
            let (meter, latency) = (meter.clone(), latency.clone());
            under_way.spawn(async move {
                Job::OneTask.unit_of_work(&caller, 0, 0).await?;
                meter.count();
                let took = due.elapsed().as_micros() as u64;
                latency.lock().unwrap_or_else(PoisonError::into_inner).record(took)?;
                anyhow::Ok(())
            });
            number += 1;
        }
        while let Some(ended) = under_way.try_join_next() {
            ended.context("a client failed")??;
        }
        ensure!(under_way.len() <= MOST_UNDER_WAY, "the server falls behind {rate:.0} instances a second");
    }
    while let Some(ended) = under_way.join_next().await {
        ended.context("a client failed")??;
    }
    Ok(())
}
