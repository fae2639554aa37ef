//! Over REST: clients that start instances and await their end, and workers that activate in batches and complete, all
//! on one machine. Servers of ours are started for it; any other that speaks the v2 API can be named, so that the same load
//! generator measures it.

pub(crate) mod paced;
mod server;
pub(crate) mod start;
pub(crate) mod steady;
mod work;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use hdrhistogram::Histogram;
use reqwest::Client;

use crate::Load;
use crate::machine::{Usage, written};
use crate::report::{Measured, Round};
use server::Servers;
pub(crate) use work::Job;

/// Clients at most: each is a connection.
const CLIENTS: usize = 256;
const WORKERS: usize = 4;
const WARM_UP: Duration = Duration::from_secs(2);

/// Which servers.
#[derive(Clone, Debug)]
pub(crate) struct On<'a> {
    /// The server's binary.
    pub(crate) binary: &'a Path,
    /// Where databases are made.
    pub(crate) folder: &'a Path,
    /// How many.
    pub(crate) nodes: usize,
    /// On PostgreSQL instead of a file.
    pub(crate) postgres: bool,
    /// One that runs already, instead.
    pub(crate) url: Option<&'a str>,
    /// Who signs in there.
    pub(crate) user: Option<(String, String)>,
}

/// What clients count.
pub(crate) struct Meter {
    done: AtomicU64,
    over: AtomicBool,
}

impl Meter {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn count(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Measures one kind of work.
pub(crate) async fn measure(load: Load, job: Job, on: &On<'_>) -> anyhow::Result<Measured> {
    let http = Client::builder().pool_max_idle_per_host(2 * CLIENTS).no_proxy().build()?;
    let servers = match on.url {
        Some(url) => Servers::named(http, url, on.user.clone()),
        None => Servers::start(http, on.binary, on.folder, on.nodes, on.postgres).await?,
    };
    job.prepare(&servers.caller(0)).await?;
    let meter = Arc::new(Meter { done: AtomicU64::new(0), over: AtomicBool::new(false) });
    let clients: Vec<_> = (0..load.clients.min(CLIENTS).min(job.most_clients()))
        .map(|number| tokio::spawn(job.client(servers.caller(number), meter.clone(), number)))
        .collect();
    let workers: Vec<_> = (0..if job.has_workers() { WORKERS } else { 0 })
        .map(|number| tokio::spawn(work::worker(servers.caller(number), meter.clone(), load.batch)))
        .collect();
    tokio::time::sleep(WARM_UP).await;
    let mut rounds = Vec::new();
    let processes = servers.processes();
    let bytes = |processes: &[u32]| processes.iter().map(|id| written(*id)).sum::<u64>();
    let (before, first) = (bytes(&processes), meter.done.load(Ordering::Relaxed));
    for _ in 0..load.rounds {
        rounds.push(round(&load, &servers, &meter).await);
    }
    let units = (meter.done.load(Ordering::Relaxed) - first).max(1);
    let wrote = bytes(&processes).saturating_sub(before) as f64 / units as f64 / 1_024.0;
    let resident = servers.resident();
    meter.over.store(true, Ordering::Relaxed);
    let mut latency = Histogram::<u64>::new(3)?;
    for client in clients {
        latency.add(client.await.context("a client failed")??)?;
    }
    for worker in workers {
        worker.await.context("a worker failed")??;
    }
    let mut note = job.note().to_owned();
    if on.url.is_none() {
        note = format!(
            "{note}start {} ms, idle {:.0} MiB, {wrote:.1} KiB written a unit; processors of the servers alone",
            servers.start.as_millis(),
            servers.idle as f64 / 1_048_576.0
        );
    }
    let measured =
        Measured::new(name(job, on), job.unit(), job.goal(on.url.is_none() && !on.postgres), rounds);
    Ok(measured.latency(&latency).resident(resident).note(note))
}

/// Lets a round go by.
async fn round(load: &Load, servers: &Servers, meter: &Meter) -> Round {
    let usage: Vec<Usage> = servers.processes().into_iter().map(Usage::of).collect();
    let (began, done) = (Instant::now(), meter.done.load(Ordering::Relaxed));
    tokio::time::sleep(load.round).await;
    let used = usage.iter().map(Usage::elapsed).sum();
    Round::new(meter.done.load(Ordering::Relaxed) - done, began.elapsed(), used)
}

fn name(job: Job, on: &On<'_>) -> String {
    if let Some(url) = on.url {
        return format!("{}, {url}", job.title());
    }
    let database = database(on);
    let nodes = if on.nodes > 1 { format!(", {} servers", on.nodes) } else { String::new() };
    format!("{}, over REST, {database}{nodes}", job.title())
}

fn database(on: &On<'_>) -> &'static str {
    if on.postgres { "PostgreSQL" } else { "SQLite" }
}
