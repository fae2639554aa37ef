//! Plugins: what a call in an instance of its own costs, how many of them there are in a second, and what an installation
//! and hostile plugins do to the engine's other work ([`beside`]).
//!
//! The components are those that `cargo xtask test plugins` builds. The operation that is called reads 1 KiB of JSON and
//! answers with a few bytes; in JavaScript and Python each call begins with the whole runtime of the language.

mod beside;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use hosk_connector::{Call, Connection, Connector, Context, Outcome};
use hosk_runtime::DEFAULT_TENANT;
use hosk_wasm::{Compiler, Host, Limits, Settings, WasmConnector};
use serde_json::json;

use crate::Load;
use crate::machine::Usage;
use crate::report::{Measured, Round};

/// The argument that makes this program the compiling process.
pub(crate) const COMPILE: &str = "compile-a-plugin";
/// Calls at the same time where throughput is measured.
const CALLERS: usize = 64;
const PATIENCE: Duration = Duration::from_mins(1);

/// The operation that is called.
const OPERATION: &str = "look";
/// Languages, their components, and the calls a second to be reached: one after the other (10,000 are 100 µs each) and many
/// at once.
const GUESTS: [(&str, &str, f64); 3] = [
    ("Rust", "hostile-rust.wasm", 10_000.0),
    ("JavaScript", "hostile-js.wasm", 0.0),
    ("Python", "hostile-python.wasm", 0.0),
];
/// What is installed while the engine has other work.
const INSTALLED: &str = "examples-address-normaliser-python.wasm";

/// Calls of each guest, one after the other and many at once; then an installation.
pub(crate) async fn measure(load: Load, components: &Path, folder: &Path) -> anyhow::Result<Vec<Measured>> {
    let mut measured = Vec::new();
    for (language, file, goal) in GUESTS {
        let Some(wasm) = component(components, file) else { continue };
        let host = host()?;
        let plugin = host.load(&wasm).await?;
        let connector = Arc::new(WasmConnector::new(host, plugin));
        for callers in [1, CALLERS] {
            measured.push(calls(load, &connector, language, callers, goal).await?);
        }
    }
    if let Some(wasm) = component(components, INSTALLED) {
        measured.push(beside::installation(load, &wasm, folder).await?);
    }
    if let Some(wasm) = component(components, GUESTS[0].1) {
        measured.push(beside::hostile(load, &wasm, folder).await?);
    }
    ensure!(!measured.is_empty(), "there are no components: `cargo xtask test plugins` builds them");
    Ok(measured)
}

fn component(folder: &Path, name: &str) -> Option<Vec<u8>> {
    let file = folder.join(name);
    let read = std::fs::read(&file);
    if let Err(error) = &read {
        println!("  left out: {}: {error}; `cargo xtask test plugins` builds it", file.display());
    }
    read.ok()
}

fn host() -> anyhow::Result<Host> {
    let program = std::env::current_exe()?;
    let compiler = Compiler::Process { program, arguments: vec![COMPILE.to_owned()] };
    Ok(Host::start(Settings { limits: Limits::default(), compiler, cache: None, threads: 2 })?)
}

/// A call with 1 KiB of JSON.
fn call(operation: &str, time: Duration) -> Call {
    Call {
        operation: operation.to_owned(),
        input: json!({"text": "x".repeat(1_000)}),
        headers: BTreeMap::new(),
        context: Context {
            tenant: DEFAULT_TENANT.to_owned(),
            connection: Arc::new(Connection::new("bench", "bench")),
            process_instance: 1,
            element_id: "task".to_owned(),
            job_key: 2,
            attempt: 1,
            idempotency_key: "2".to_owned(),
            deadline: SystemTime::now() + time,
            trace_parent: None,
        },
    }
}

/// So many callers, each with one call after the other.
async fn calls(
    load: Load,
    connector: &Arc<WasmConnector>,
    language: &str,
    callers: usize,
    goal: f64,
) -> anyhow::Result<Measured> {
    let (done, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let callers: Vec<_> = (0..callers)
        .map(|_| {
            let (connector, done, over) = (Arc::clone(connector), Arc::clone(&done), Arc::clone(&over));
            tokio::spawn(caller(connector, done, over))
        })
        .collect();
    let mut rounds = Vec::new();
    for _ in 0..load.rounds {
        let (usage, began, before) = (Usage::now(), Instant::now(), done.load(Ordering::Relaxed));
        tokio::time::sleep(load.round).await;
        let units = done.load(Ordering::Relaxed) - before;
        rounds.push(Round::new(units, began.elapsed(), usage.elapsed()));
    }
    over.store(true, Ordering::Relaxed);
    let many = callers.len();
    let mut latency = Histogram::<u64>::new(3)?;
    for caller in callers {
        latency.add(caller.await.context("a caller failed")??)?;
    }
    let note = format!("p50 {} µs", latency.value_at_quantile(0.5));
    let name = format!("plugin in {language}, {many} at once");
    Ok(Measured::new(name, "calls/s", goal, rounds).latency(&latency).note(note))
}

async fn caller(
    connector: Arc<WasmConnector>,
    done: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
) -> anyhow::Result<Histogram<u64>> {
    let mut latency = Histogram::<u64>::new(3)?;
    while !over.load(Ordering::Relaxed) {
        let call = call(OPERATION, PATIENCE);
        let began = Instant::now();
        let outcome = connector.call(&call).await;
        latency.record(began.elapsed().as_micros() as u64)?;
        ensure!(matches!(outcome, Outcome::Complete(_)), "a call failed: {outcome:?}");
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(latency)
}
