//! Storms: one instance, signal or moment makes a lot of work at once, and others go on beside it. Each storm is let loose on an
//! engine on SQLite while a moderate number of clients start instances with one task each and wait for their end; what
//! counts is the longest that 99 of 100 of those others took.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use hdrhistogram::Histogram;
use hosk_connector::{Call, Connection, Connector, Contract, Operation, Outcome, Registry, async_trait};
use hosk_core::{ProcessInstanceKey, SignalKey, Timestamp, Variables};
use hosk_runtime::{
    Config, ControllableClock, CreateRequest, CreatedInstance, DEFAULT_TENANT, Engine, Error, Signal,
};
use hosk_store::{Sqlite, Store};

use crate::Load;
use crate::machine::Usage;
use crate::process;
use crate::report::{Measured, Round};

/// Clients beside the storm, and the pause of each between two instances: a few hundred instances a second.
const OTHERS: usize = 16;
const PAUSE: Duration = Duration::from_millis(25);
/// The others may take as long as this, 99 of 100 of them.
const LIMIT_MS: f64 = 200.0;
/// How long the others run alone before.
const CALM: Duration = Duration::from_secs(3);
/// A storm that takes longer than this is given up.
const PATIENCE: Duration = Duration::from_mins(5);
/// How often it is looked whether a storm is over.
const LOOK: Duration = Duration::from_millis(50);

const ITEMS: usize = 20_000;
const SIGNALS: usize = 70_000;
const TIMERS: usize = 100_000;
const POISONED: usize = 20;
const SLOW_CALLS: usize = 2_000;
const HOT_CLIENTS: usize = 100;

/// What comes over the engine.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Storm {
    /// Nothing; to compare with.
    Calm,
    /// A multi-instance activity with 20,000 items at once.
    Items,
    /// A signal for 70,000 that wait.
    Signal,
    /// 100,000 timers due at once.
    Timers,
    /// Instances that run in circles and never wait.
    Poison,
    /// Thousands of calls to a system that does not answer.
    SlowConnector,
    /// A hundred clients that change one instance.
    HotInstance,
}

impl Storm {
    /// All of them, the calm first.
    pub(crate) const ALL: [Self; 7] = [
        Self::Calm,
        Self::Items,
        Self::Signal,
        Self::Timers,
        Self::Poison,
        Self::SlowConnector,
        Self::HotInstance,
    ];

    /// What the report calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Calm => "storm: none",
            Self::Items => "storm: 20,000 items of one activity",
            Self::Signal => "storm: a signal for 70,000",
            Self::Timers => "storm: 100,000 timers due at once",
            Self::Poison => "storm: 20 instances in endless circles",
            Self::SlowConnector => "storm: 2,000 calls without answer",
            Self::HotInstance => "storm: 100 clients on one instance",
        }
    }

    /// The process that makes it.
    fn process(self) -> String {
        match self {
            Self::Calm | Self::HotInstance => process::waiting(),
            Self::Items => process::many_items(ITEMS),
            Self::Signal => process::signal(),
            Self::Timers => process::timer(),
            Self::Poison => process::circles(),
            Self::SlowConnector => process::one_of("slow", "slow:work"),
        }
    }
}

/// A connector that answers at once, or hangs.
struct Answers {
    contract: Contract,
    hangs: bool,
}

#[async_trait]
impl Connector for Answers {
    fn contract(&self) -> &Contract {
        &self.contract
    }

    async fn call(&self, _: &Call) -> Outcome {
        if self.hangs {
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        Outcome::Complete(serde_json::Value::Null)
    }
}

fn registry() -> anyhow::Result<Registry> {
    let mut registry = Registry::new();
    for (id, hangs) in [("bench", false), ("slow", true)] {
        let operations = vec![Operation::new("work", "Work")];
        let contract = Contract { id: id.into(), version: 1, title: id.into(), operations };
        registry.register(Arc::new(Answers { contract, hangs }))?;
        registry.connect(Connection::new(id, id));
    }
    Ok(registry)
}

struct Weather {
    engine: Engine,
    store: Arc<dyn Store>,
    clock: Arc<ControllableClock>,
}

/// Lets one storm loose.
pub(crate) async fn measure(load: Load, storm: Storm, folder: &Path) -> anyhow::Result<Measured> {
    let folder = tempfile::tempdir_in(folder)?;
    let store = Sqlite::open(folder.path().join("bench.db"), hosk_store::sqlite::Options::default()).await?;
    let store: Arc<dyn Store> = Arc::new(store);
    let clock = Arc::new(ControllableClock::pinned_at(Timestamp(1_800_000_000_000)));
    let config = Config { lanes: load.lanes, ..Config::default() };
    let engine = Engine::start(config, store.clone(), Arc::new(registry()?), clock.clone()).await?;
    for (name, xml) in
        [("others.bpmn", process::one_task(process::BY_CONNECTOR)), ("storm.bpmn", storm.process())]
    {
        engine.deploy(DEFAULT_TENANT.into(), vec![(name.to_owned(), xml.into_bytes())]).await?;
    }
    let weather = Weather { engine, store, clock };
    weather.gather(storm).await?;
    let over = Arc::new(AtomicBool::new(false));
    let others: Vec<_> =
        (0..OTHERS).map(|_| tokio::spawn(other(weather.engine.clone(), over.clone()))).collect();
    tokio::time::sleep(CALM).await;
    let (usage, began) = (Usage::now(), Instant::now());
    let amount = tokio::time::timeout(PATIENCE, weather.passes(storm, load.round)).await;
    let amount = amount.context("the storm did not pass")??;
    let round = Round::new(amount as u64, began.elapsed(), usage.elapsed());
    let took = began.elapsed();
    over.store(true, Ordering::Relaxed);
    let mut latency = Histogram::<u64>::new(3)?;
    for other in others {
        for (at, micros) in other.await.context("a client failed")?? {
            // Those before it are for warming up.
            if at >= began {
                latency.record(micros)?;
            }
        }
    }
    weather.engine.shutdown().await;
    let note = format!(
        "{} others meanwhile, the longest {:.0} ms; {:.1} s",
        latency.len(),
        latency.max() as f64 / 1_000.0,
        took.as_secs_f64()
    );
    Ok(Measured::new(storm.name(), "/s", 0.0, vec![round]).latency(&latency).at_most(LIMIT_MS).note(note))
}

impl Weather {
    async fn start(&self, process: &str, count: usize) -> anyhow::Result<Vec<ProcessInstanceKey>> {
        let mut keys = Vec::with_capacity(count);
        for chunk in (0..count).collect::<Vec<_>>().chunks(1_000) {
            let started = chunk.iter().map(|_| self.create(process));
            for created in futures::future::join_all(started).await {
                keys.push(created?.key);
            }
        }
        Ok(keys)
    }

    async fn create(&self, process: &str) -> anyhow::Result<CreatedInstance> {
        let began = Instant::now();
        loop {
            match self.engine.create_instance(CreateRequest::new(process, Variables::new())).await {
                Ok(created) => return Ok(created),
                Err(Error::Busy { retry_after }) if began.elapsed() < PATIENCE => {
                    tokio::time::sleep(retry_after).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Brings together those who wait for it.
    async fn gather(&self, storm: Storm) -> anyhow::Result<()> {
        match storm {
            Storm::Signal => self.start("signal", SIGNALS).await.map(drop),
            Storm::Timers => self.start("timer", TIMERS).await.map(drop),
            Storm::Calm | Storm::Items | Storm::Poison | Storm::SlowConnector | Storm::HotInstance => Ok(()),
        }
    }

    /// It comes, and is over; how many things it did.
    async fn passes(&self, storm: Storm, length: Duration) -> anyhow::Result<usize> {
        match storm {
            Storm::Calm => {
                tokio::time::sleep(length).await;
                Ok(0)
            }
            Storm::Items => {
                let request = CreateRequest::new("many-items", Variables::new());
                self.engine.create_and_await(request, PATIENCE).await?;
                Ok(ITEMS)
            }
            Storm::Signal => {
                let (tenant, name) = (DEFAULT_TENANT.into(), "go".into());
                self.engine.broadcast(Signal { tenant, name, variables: Variables::new() }).await?;
                while self.store.signal_slice(SignalKey(0), 1).await?.is_some() {
                    tokio::time::sleep(LOOK).await;
                }
                Ok(SIGNALS)
            }
            Storm::Timers => {
                self.clock.advance(Duration::from_secs(2));
                self.engine.clock_moved();
                let now = self.engine.now();
                while !self.store.due_timers(now, 1).await?.timers.is_empty() {
                    tokio::time::sleep(LOOK).await;
                }
                Ok(TIMERS)
            }
            Storm::Poison => {
                let keys = self.start("circles", POISONED).await?;
                tokio::time::sleep(length).await;
                for key in keys {
                    // One that came to a limit of its own stands still, and ends like the others.
                    self.engine.cancel(key, None).await?;
                }
                Ok(POISONED)
            }
            Storm::SlowConnector => {
                self.start("slow", SLOW_CALLS).await?;
                tokio::time::sleep(length).await;
                Ok(SLOW_CALLS)
            }
            Storm::HotInstance => self.heat(length).await,
        }
    }

    async fn heat(&self, length: Duration) -> anyhow::Result<usize> {
        let hot = self.create("waiting").await?.key;
        let began = Instant::now();
        let clients: Vec<_> = (0..HOT_CLIENTS)
            .map(|client| {
                let engine = self.engine.clone();
                tokio::spawn(async move {
                    let mut done = 0;
                    while began.elapsed() < length {
                        let value = hosk_feel::Json::from(serde_json::Value::from(done));
                        let variables = Variables::from([(Arc::from(format!("v{client}")), value)]);
                        match engine.set_variables(hot.root(), variables, true).await {
                            Ok(_) => done += 1,
                            Err(Error::Busy { retry_after }) => tokio::time::sleep(retry_after).await,
                            Err(error) => return Err(error),
                        }
                    }
                    Ok(done)
                })
            })
            .collect();
        let mut done = 0;
        for client in clients {
            done += client.await??;
        }
        Ok(done)
    }
}

/// Starts instances and waits for their end; when each began, and how many microseconds it took.
async fn other(engine: Engine, over: Arc<AtomicBool>) -> anyhow::Result<Vec<(Instant, u64)>> {
    let variables = process::variables();
    let mut took = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let began = Instant::now();
        let request = CreateRequest::new("one-task", variables.clone());
        match engine.create_and_await(request, PATIENCE).await {
            Ok(_) => took.push((began, began.elapsed().as_micros() as u64)),
            // Whoever is sent away waits, and that counts.
            Err(Error::Busy { retry_after }) => tokio::time::sleep(retry_after).await,
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(took)
}
