//! The engine's other work while a plugin is installed, and while hostile plugins run: clients start instances of one task
//! and wait for their ends.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use futures::future::join_all;
use hdrhistogram::Histogram;
use hosk_connector::{Connector as _, Outcome};
use hosk_runtime::{Config, CreateRequest, DEFAULT_TENANT, Engine, SystemClock};
use hosk_store::{Sqlite, Store};
use hosk_wasm::WasmConnector;

use super::{PATIENCE, call, host};
use crate::machine::{self, Usage};
use crate::report::{Measured, Round};
use crate::{Load, engine, process};

/// Clients, and what each waits between two instances.
const CLIENTS: usize = 16;
const PAUSE: Duration = Duration::from_millis(20);
/// How long the engine is watched before.
const CALM: Duration = Duration::from_secs(5);
/// What the other work may take, in milliseconds.
const GOAL_MS: f64 = 200.0;
/// Calls at once of each hostile operation.
const AT_ONCE: usize = 250;
/// The time of each, and how much later its end is told at most.
const TIME: Duration = Duration::from_secs(3);
const LATER: Duration = Duration::from_secs(2);

/// Hostile operations, and with which codes they end. Those that get no turn in time are told so.
const HOSTILE: [(&str, &[&str]); 4] = [
    ("loop", &["plugin-deadline", "plugin-busy"]),
    ("memory", &["plugin-memory", "plugin-deadline", "plugin-busy"]),
    ("recursion", &["plugin-stack", "plugin-deadline", "plugin-busy"]),
    ("output", &["plugin-output", "plugin-memory", "plugin-deadline", "plugin-busy"]),
];

/// Installs a component.
pub(super) async fn installation(load: Load, wasm: &[u8], folder: &Path) -> anyhow::Result<Measured> {
    let folder = tempfile::tempdir_in(folder)?;
    let engine = started(load, folder.path()).await?;
    let calm = watched(&engine, tokio::time::sleep(CALM)).await?.1;
    let host = host()?;
    let (usage, began) = (Usage::now(), Instant::now());
    let (loaded, busy) = watched(&engine, host.load(wasm)).await?;
    let (took, used) = (began.elapsed(), usage.elapsed());
    loaded?;
    engine.shutdown().await;
    let note = format!(
        "{:.1} MB in {:.1} s; p99 of other instances before {:.0} ms",
        wasm.len() as f64 / 1e6,
        took.as_secs_f64(),
        p99(&calm)
    );
    let rounds = vec![Round::new(wasm.len() as u64 / 1_000, took, used)];
    let measured = Measured::new("installation of a plugin in Python", "kB/s", 20_000.0 / 30.0, rounds);
    Ok(measured.latency(&busy).at_most(GOAL_MS).note(note))
}

/// A thousand hostile calls at once: loops, allocation bombs, recursions, outputs that are too large.
pub(super) async fn hostile(load: Load, wasm: &[u8], folder: &Path) -> anyhow::Result<Measured> {
    let folder = tempfile::tempdir_in(folder)?;
    let engine = started(load, folder.path()).await?;
    let host = host()?;
    let plugin = host.load(wasm).await?;
    let connector = Arc::new(WasmConnector::new(host.clone(), plugin));
    let calm = watched(&engine, tokio::time::sleep(CALM)).await?.1;
    let before = machine::resident(None);
    let (usage, began) = (Usage::now(), Instant::now());
    let calls = HOSTILE.iter().flat_map(|(operation, codes)| {
        let connector = &connector;
        (0..AT_ONCE).map(move |_| {
            let connector = Arc::clone(connector);
            tokio::spawn(async move { ends(&connector, operation, codes).await })
        })
    });
    let calls: Vec<_> = calls.collect();
    let many = calls.len();
    let (ended, busy) = watched(&engine, join_all(calls)).await?;
    let (took, used) = (began.elapsed(), usage.elapsed());
    for one in ended {
        one.context("a call panicked")??;
    }
    engine.shutdown().await;
    ensure!(host.memory() == 0, "{} bytes of guests are still taken", host.memory());
    let after = machine::resident(None);
    let note = format!(
        "{many} loops, allocation bombs, recursions and floods at once; p99 of other instances before {:.0} ms; \
         RSS before {} MiB, after {} MiB",
        p99(&calm),
        before >> 20,
        after >> 20
    );
    let rounds = vec![Round::new(many as u64, took, used)];
    Ok(Measured::new("beside hostile plugins", "calls/s", 0.0, rounds)
        .latency(&busy)
        .at_most(GOAL_MS)
        .note(note))
}

/// A hostile call ends within its time, with one of these codes.
async fn ends(connector: &WasmConnector, operation: &str, codes: &[&str]) -> anyhow::Result<()> {
    let (call, began) = (call(operation, TIME), Instant::now());
    let outcome = connector.call(&call).await;
    let took = began.elapsed();
    ensure!(took < TIME + LATER, "`{operation}` ended after {took:?}");
    match outcome {
        Outcome::Failure(failure) if failure.code.as_deref().is_some_and(|code| codes.contains(&code)) => {
            Ok(())
        }
        other => bail!("`{operation}` ended with {other:?}"),
    }
}

async fn started(load: Load, folder: &Path) -> anyhow::Result<Engine> {
    let file = folder.join("bench.db");
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(file, hosk_store::sqlite::Options::default()).await?);
    let config = Config { lanes: load.lanes, ..Config::default() };
    let engine = Engine::start(config, store, Arc::new(engine::registry()?), Arc::new(SystemClock)).await?;
    let file = ("one-task.bpmn".to_owned(), process::one_task(process::BY_CONNECTOR).into_bytes());
    engine.deploy(DEFAULT_TENANT.into(), vec![file]).await?;
    Ok(engine)
}

/// In milliseconds.
fn p99(latency: &Histogram<u64>) -> f64 {
    latency.value_at_quantile(0.99) as f64 / 1_000.0
}

/// Runs something while clients start an instance every now and then and wait for its end; with what theirs took.
async fn watched<T>(engine: &Engine, work: impl Future<Output = T>) -> anyhow::Result<(T, Histogram<u64>)> {
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> =
        (0..CLIENTS).map(|_| tokio::spawn(client(engine.clone(), Arc::clone(&over)))).collect();
    let result = work.await;
    over.store(true, Ordering::Relaxed);
    let mut latency = Histogram::<u64>::new(3)?;
    for client in clients {
        latency.add(client.await.context("a client failed")??)?;
    }
    Ok((result, latency))
}

async fn client(engine: Engine, over: Arc<AtomicBool>) -> anyhow::Result<Histogram<u64>> {
    let mut latency = Histogram::<u64>::new(3)?;
    while !over.load(Ordering::Relaxed) {
        let began = Instant::now();
        let request = CreateRequest::new("one-task", process::variables());
        engine.create_and_await(request, PATIENCE).await?;
        latency.record(began.elapsed().as_micros() as u64)?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(latency)
}
