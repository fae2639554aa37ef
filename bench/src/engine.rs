//! The engine in process, on SQLite or PostgreSQL: clients start instances and wait for their end; a worker or a connector does the
//! task.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use hdrhistogram::Histogram;
use hosk_connector::{Call, Connection, Connector, Contract, Operation, Outcome, Registry, async_trait};
use hosk_runtime::{
    ActivateJobs, Config, CreateRequest, DEFAULT_TENANT, Engine, Error, JobCompletion, SystemClock,
};
use hosk_store::{Postgres, Sqlite, Store};

use crate::Load;
use crate::machine::Usage;
use crate::process;
use crate::report::{Measured, Round};

/// Workers that ask for jobs.
const WORKERS: usize = 16;
/// An instance that takes longer is lost.
const PATIENCE: Duration = Duration::from_mins(1);
const WARM_UP: Duration = Duration::from_secs(2);

/// Who does the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    Worker,
    Connector,
}

/// Where it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Sqlite,
    Postgres,
}

/// A connector that answers at once.
struct Instantly(Contract);

#[async_trait]
impl Connector for Instantly {
    fn contract(&self) -> &Contract {
        &self.0
    }

    async fn call(&self, _: &Call) -> Outcome {
        Outcome::Complete(serde_json::Value::Null)
    }
}

pub(crate) fn registry() -> anyhow::Result<Registry> {
    let mut registry = Registry::new();
    let operations = vec![Operation::new("work", "Work")];
    let contract = Contract { id: "bench".into(), version: 1, title: "Bench".into(), operations };
    registry.register(Arc::new(Instantly(contract)))?;
    registry.connect(Connection::new("bench", "bench"));
    Ok(registry)
}

/// What clients count.
struct Meter {
    done: AtomicU64,
    over: AtomicBool,
}

/// An engine to measure, and where it keeps things.
pub(crate) struct Running {
    pub(crate) engine: Engine,
    _folder: tempfile::TempDir,
    _schema: Option<test_postgres::Schema>,
}

/// Starts an engine on an empty database.
pub(crate) async fn start(load: Load, on: On, folder: &Path) -> anyhow::Result<Running> {
    let folder = tempfile::tempdir_in(folder)?;
    let schema = (on == On::Postgres).then(test_postgres::durable_schema);
    let store: Arc<dyn Store> = match &schema {
        None => {
            let file = folder.path().join("bench.db");
            Arc::new(Sqlite::open(file, hosk_store::sqlite::Options::default()).await?)
        }
        Some(schema) => {
            let options = hosk_store::postgres::Options { writers: load.writers, ..Default::default() };
            Arc::new(Postgres::open(schema.url(), options).await?)
        }
    };
    let committers = if on == On::Postgres { load.writers } else { 1 };
    let config = Config { lanes: load.lanes, committers, ..Config::default() };
    let engine = Engine::start(config, store, Arc::new(registry()?), Arc::new(SystemClock)).await?;
    Ok(Running { engine, _folder: folder, _schema: schema })
}

/// Measures completed instances per second.
pub(crate) async fn measure(load: Load, does: Does, on: On, folder: &Path) -> anyhow::Result<Measured> {
    let running = start(load, on, folder).await?;
    let loaded = rounds(&running.engine, load, does).await?;
    running.engine.shutdown().await;
    let (name, goal) = match (does, on) {
        (Does::Worker, On::Sqlite) => ("in process, SQLite, worker", 10_000.0),
        (Does::Connector, On::Sqlite) => ("in process, SQLite, connector", 5_000.0),
        (Does::Worker, On::Postgres) => ("in process, PostgreSQL, worker", 5_000.0),
        (Does::Connector, On::Postgres) => ("in process, PostgreSQL, connector", 5_000.0),
    };
    let note = format!("{} clients, {:.0} commits/s", load.clients, loaded.commits);
    Ok(Measured::new(name, "instances/s", goal, loaded.rounds).latency(&loaded.latency).note(note))
}

/// What came of full load.
pub(crate) struct Loaded {
    pub(crate) rounds: Vec<Round>,
    pub(crate) latency: Histogram<u64>,
    /// A second.
    commits: f64,
}

/// Full load on one task, for the rounds that were asked for and a moment before them.
pub(crate) async fn rounds(engine: &Engine, load: Load, does: Does) -> anyhow::Result<Loaded> {
    let job_type = if does == Does::Worker { process::BY_WORKER } else { process::BY_CONNECTOR };
    let file = ("one-task.bpmn".to_owned(), process::one_task(job_type).into_bytes());
    engine.deploy(DEFAULT_TENANT.into(), vec![file]).await?;
    let meter = Arc::new(Meter { done: AtomicU64::new(0), over: AtomicBool::new(false) });
    let clients: Vec<_> =
        (0..load.clients).map(|_| tokio::spawn(client(engine.clone(), meter.clone()))).collect();
    let workers = if does == Does::Worker { WORKERS } else { 0 };
    let workers: Vec<_> =
        (0..workers).map(|_| tokio::spawn(worker(engine.clone(), meter.clone(), load.batch))).collect();
    tokio::time::sleep(WARM_UP).await;
    let mut rounds = Vec::new();
    let mut commits = engine.statistics().commits;
    for _ in 0..load.rounds {
        let (usage, began, done) = (Usage::now(), Instant::now(), meter.done.load(Ordering::Relaxed));
        tokio::time::sleep(load.round).await;
        let done = meter.done.load(Ordering::Relaxed) - done;
        rounds.push(Round::new(done, began.elapsed(), usage.elapsed()));
    }
    commits = engine.statistics().commits - commits;
    meter.over.store(true, Ordering::Relaxed);
    let mut latency = Histogram::<u64>::new(3)?;
    for client in clients {
        latency.add(client.await.context("a client failed")??)?;
    }
    for worker in workers {
        worker.await.context("a worker failed")??;
    }
    let commits = commits as f64 / (load.round.as_secs_f64() * f64::from(load.rounds));
    Ok(Loaded { rounds, latency, commits })
}

async fn client(engine: Engine, meter: Arc<Meter>) -> anyhow::Result<Histogram<u64>> {
    let variables = process::variables();
    let mut latency = Histogram::<u64>::new(3)?;
    while !meter.over.load(Ordering::Relaxed) {
        let began = Instant::now();
        let request = CreateRequest::new("one-task", variables.clone());
        match engine.create_and_await(request, PATIENCE).await {
            Ok(_) => {
                latency.record(began.elapsed().as_micros() as u64)?;
                meter.done.fetch_add(1, Ordering::Relaxed);
            }
            Err(Error::Busy { retry_after }) => tokio::time::sleep(retry_after).await,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(latency)
}

async fn worker(engine: Engine, meter: Arc<Meter>, batch: usize) -> anyhow::Result<()> {
    loop {
        let request = ActivateJobs {
            job_type: process::BY_WORKER.into(),
            worker: "bench".into(),
            timeout: PATIENCE,
            max: batch,
            fetch_variables: None,
            tenants: vec![DEFAULT_TENANT.into()],
            wait: Some(Duration::from_millis(500)),
        };
        let jobs = engine.activate_jobs(request).await?;
        if jobs.is_empty() && meter.over.load(Ordering::Relaxed) {
            return Ok(());
        }
        let completing = jobs.iter().map(|job| engine.complete_job(job.key, JobCompletion::default()));
        for completed in futures::future::join_all(completing).await {
            completed?;
        }
    }
}
