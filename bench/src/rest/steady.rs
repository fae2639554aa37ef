//! The same load for long: memory stays what it was, and so does latency. A tenth of a machine's full load is given by clients
//! that pause, so that what is measured is the server and not how long the queue before it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use hdrhistogram::Histogram;
use reqwest::Client;

use super::server::{Caller, Servers};
use super::{Job, Meter, On, WARM_UP, WORKERS, name, round, work};
use crate::Load;
use crate::report::Measured;

const CLIENTS: usize = 16;
const PAUSE: Duration = Duration::from_millis(20);
/// What may be added by the end: caches that fill up, and the noise of the machine.
const MORE_MEMORY: f64 = 1.2;
const MORE_BYTES: u64 = 32 << 20;
const MORE_LATENCY: f64 = 2.0;
const MORE_MILLISECONDS: f64 = 20.0;

/// What a round came to.
struct Seen {
    resident: u64,
    p99: f64,
}

/// Measures one task, round for round.
///
/// # Errors
/// When the last third of the rounds needs noticeably more memory or time than the first.
pub(crate) async fn measure(load: Load, on: &On<'_>) -> anyhow::Result<Measured> {
    ensure!(load.rounds >= 6, "a long run has at least 6 rounds: set --rounds");
    ensure!(on.url.is_none(), "the memory of a server that runs already cannot be seen: leave --url out");
    let http = Client::builder().no_proxy().build()?;
    let servers = Servers::start(http, on.binary, on.folder, on.nodes, on.postgres).await?;
    Job::OneTask.prepare(&servers.caller(0)).await?;
    let meter = Arc::new(Meter { done: AtomicU64::new(0), over: AtomicBool::new(false) });
    let clients: Vec<_> =
        (0..CLIENTS).map(|number| tokio::spawn(client(servers.caller(number), meter.clone()))).collect();
    let workers: Vec<_> = (0..WORKERS)
        .map(|number| tokio::spawn(work::worker(servers.caller(number), meter.clone(), load.batch)))
        .collect();
    tokio::time::sleep(WARM_UP).await;
    let (mut rounds, mut bounds, mut memory) = (Vec::new(), vec![Instant::now()], Vec::new());
    for _ in 0..load.rounds {
        rounds.push(round(&load, &servers, &meter).await);
        bounds.push(Instant::now());
        memory.push(servers.resident());
    }
    meter.over.store(true, Ordering::Relaxed);
    let mut samples = Vec::new();
    for client in clients {
        samples.extend(client.await.context("a client failed")??);
    }
    for worker in workers {
        worker.await.context("a worker failed")??;
    }
    let mut all = Histogram::<u64>::new(3)?;
    let mut seen = Vec::new();
    for (resident, bounds) in memory.into_iter().zip(bounds.windows(2)) {
        let mut one = Histogram::<u64>::new(3)?;
        for (_, micros) in samples.iter().filter(|(at, _)| (bounds[0]..bounds[1]).contains(at)) {
            one.record(*micros)?;
        }
        seen.push(Seen { resident, p99: one.value_at_quantile(0.99) as f64 / 1_000.0 });
        all.add(one)?;
    }
    let note = compared(&seen)?;
    let name = format!("for long, {}", name(Job::OneTask, on));
    Ok(Measured::new(name, "instances/s", 0.0, rounds).latency(&all).resident(servers.resident()).note(note))
}

/// The first third of the rounds beside the last.
fn compared(seen: &[Seen]) -> anyhow::Result<String> {
    let third = seen.len() / 3;
    let median = |of: &[Seen], value: fn(&Seen) -> f64| {
        let mut values: Vec<f64> = of.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let (first, last) = (&seen[..third], &seen[seen.len() - third..]);
    let of = |value: fn(&Seen) -> f64| (median(first, value), median(last, value));
    let (memory_before, memory) = of(|one| one.resident as f64);
    let (p99_before, p99) = of(|one| one.p99);
    let mib = |bytes: f64| bytes / f64::from(1 << 20);
    let note = format!(
        "from the first third of the rounds to the last: memory {:.0} → {:.0} MiB, p99 {p99_before:.1} → {p99:.1} ms",
        mib(memory_before),
        mib(memory)
    );
    ensure!(memory <= memory_before * MORE_MEMORY + MORE_BYTES as f64, "memory grows: {note}");
    ensure!(p99 <= p99_before * MORE_LATENCY + MORE_MILLISECONDS, "it gets slower: {note}");
    Ok(note)
}

/// Starts instances and waits for their end; when each began, and how many microseconds it took.
async fn client(caller: Caller, meter: Arc<Meter>) -> anyhow::Result<Vec<(Instant, u64)>> {
    let mut took = Vec::new();
    while !meter.is_over() {
        let began = Instant::now();
        Job::OneTask.unit_of_work(&caller, 0, 0).await?;
        took.push((began, began.elapsed().as_micros() as u64));
        meter.count();
        tokio::time::sleep(PAUSE).await;
    }
    Ok(took)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(memory: [u64; 6], p99: [f64; 6]) -> Vec<Seen> {
        memory.into_iter().zip(p99).map(|(mib, p99)| Seen { resident: mib << 20, p99 }).collect()
    }

    #[test]
    fn what_stays_is_told_and_what_grows_is_an_error() {
        let steady = compared(&rounds([200, 210, 205, 215, 210, 212], [5.0, 40.0, 6.0, 5.0, 6.0, 7.0]));
        assert!(steady.unwrap().contains("memory 210 → 212 MiB, p99 40.0 → 7.0 ms"));
        let leaks = compared(&rounds([200, 210, 250, 300, 350, 400], [5.0; 6]));
        assert!(leaks.unwrap_err().to_string().starts_with("memory grows"));
        let slows = compared(&rounds([200; 6], [5.0, 6.0, 9.0, 20.0, 40.0, 80.0]));
        assert!(slows.unwrap_err().to_string().starts_with("it gets slower"));
    }
}
