//! The whole engine under a seed: virtual time, a store that fails and hesitates, crashes (also between a commit and what
//! follows from it), two nodes at once, workers that hang up, lose their lease or say everything twice.
//!
//! Whatever happens on the way, in the end: every acknowledged instance is there and has ended, no job was completed
//! twice, no connector call of one job came with two keys. `HOSK_SEEDS=from..to` chooses the seeds. What nodes that fall
//! asleep or hear nothing add to this stands in `slow.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use hosk_connector::{
    Backoff, Call, Connection, Connector, Contract, FailureKind, Operation, Outcome, Registry, RetryDefaults,
    async_trait,
};
use hosk_core::{JobKey, ProcessInstanceKey, Timestamp};
use hosk_runtime::{
    ActivateJobs, Clock, Config, CreateRequest, Engine, Error, JobCompletion, JobFailure, Message,
};
use hosk_store::{Memory, Store};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::faulty::Faulty;
use crate::slow::Crew;
use crate::support::*;

const SEEDS: std::ops::Range<u64> = 0..250;
/// Virtual time of mischief.
const MISCHIEF: Duration = Duration::from_secs(20);
/// Virtual time within which everything must have ended afterwards.
pub(crate) const PEACE: Duration = Duration::from_hours(1);
/// How long a client waits for an answer: a node that died gives none.
const HANGS_UP: Duration = Duration::from_secs(10);

/// Waits for an answer, and hangs up.
pub(crate) async fn patient<T>(call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(HANGS_UP, call).await.unwrap_or(Err(Error::ShuttingDown))
}

/// Shows tokio's time, which stands still unless everybody waits.
struct VirtualClock(Instant);

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_800_000_000_000 + self.0.elapsed().as_millis() as i64)
    }
}

/// A system that is down now and then; it notes what it was asked, by (instance, element).
struct Unreliable {
    contract: Contract,
    chance: Arc<Chance>,
    keys: Mutex<BTreeMap<(i64, String), BTreeSet<String>>>,
}

#[async_trait]
impl Connector for Unreliable {
    fn contract(&self) -> &Contract {
        &self.contract
    }

    async fn call(&self, call: &Call) -> Outcome {
        let of = (call.context.process_instance, call.context.element_id.clone());
        self.keys.lock().unwrap().entry(of).or_default().insert(call.context.idempotency_key.clone());
        tokio::time::sleep(Duration::from_millis(self.chance.below(200))).await;
        match self.chance.below(10) {
            0 => Outcome::failure(FailureKind::Transient, "down"),
            1 => {
                tokio::time::sleep(Duration::from_mins(1)).await;
                Outcome::failure(FailureKind::Transient, "slept")
            }
            _ => Outcome::Complete(serde_json::json!({"ok": true})),
        }
    }
}

/// What was acknowledged.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) created: Mutex<BTreeSet<ProcessInstanceKey>>,
    completed: Mutex<BTreeSet<JobKey>>,
    /// What must not be. Some who see it have nobody who waits for them.
    wrong: Mutex<Vec<String>>,
}

pub(crate) struct World {
    pub(crate) seed: u64,
    chance: Arc<Chance>,
    pub(crate) store: Arc<Faulty>,
    connector: Arc<Unreliable>,
    clock: Arc<VirtualClock>,
    pub(crate) ledger: Ledger,
    engine: Mutex<Option<Engine>>,
    /// The node died.
    fatal: Arc<Notify>,
    /// Several nodes in place of one.
    pub(crate) crew: Option<Crew>,
}

fn registry(connector: &Arc<Unreliable>) -> Registry {
    let mut registry = Registry::new();
    registry.register(connector.clone()).unwrap();
    let mut connection = Connection::new("sim", "sim");
    connection.limits.concurrency = 3;
    connection.limits.breaker_failures = 3;
    registry.connect(connection);
    registry
}

fn unreliable(chance: &Arc<Chance>) -> Arc<Unreliable> {
    let backoff = Backoff { initial: Duration::from_millis(100), maximum: Duration::from_secs(5) };
    let defaults = RetryDefaults { retries: 3, backoff, timeout: Duration::from_secs(10) };
    let operations = vec![Operation::new("do", "Do").defaults(defaults)];
    let contract = Contract { id: "sim".into(), version: 1, title: "Simulated".into(), operations };
    Arc::new(Unreliable { contract, chance: chance.clone(), keys: Mutex::default() })
}

pub(crate) fn world(seed: u64, crew: Option<Crew>) -> Arc<World> {
    let chance = Chance::new(seed);
    let percent = AtomicU32::new(0);
    let fatal = Arc::new(Notify::new());
    let store = Faulty {
        memory: Arc::new(Memory::new()),
        chance: Some((chance.clone(), percent)),
        fatal: crew.is_none().then(|| fatal.clone()),
        by_bucket: seed % 3 == 2,
        ..Faulty::default()
    };
    Arc::new(World {
        seed,
        store: Arc::new(store),
        connector: unreliable(&chance),
        clock: Arc::new(VirtualClock(Instant::now())),
        ledger: Ledger::default(),
        engine: Mutex::default(),
        fatal,
        chance,
        crew,
    })
}

impl World {
    pub(crate) fn trouble(&self, percent: u32) {
        let (_, current) = self.store.chance.as_ref().unwrap();
        current.store(percent, Ordering::SeqCst);
    }

    /// Starts the engine, trying again while the store fails.
    async fn start(&self) {
        let engine = self.started_on(self.store.clone(), self.clock.clone()).await;
        *self.engine.lock().unwrap() = Some(engine);
    }

    /// An engine on a store, tried again while that fails.
    pub(crate) async fn started_on(&self, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Engine {
        loop {
            let config = Config {
                seed: Some(self.seed),
                lanes: 2,
                committers: 1 + usize::from(self.seed % 2 == 1),
                outbox: 8,
                ready_jobs: 5,
                ..Config::default()
            };
            let registry = Arc::new(registry(&self.connector));
            if let Ok(engine) = Engine::start(config, store.clone(), registry, clock.clone()).await {
                return engine;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The node, or any of several.
    pub(crate) fn engine(&self) -> Option<Engine> {
        match &self.crew {
            Some(crew) => crew.any(),
            None => self.engine.lock().unwrap().clone(),
        }
    }

    pub(crate) async fn client(self: Arc<Self>, until: Instant) {
        while Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(self.chance.below(400))).await;
            let Some(engine) = self.engine() else { continue };
            let process =
                ["work", "connect", "call", "nap", "wait", "many", "ask"][self.chance.below(7) as usize];
            let request = CreateRequest::new(process, variables(&[("key", "\"k\""), ("items", "[1,2,3]")]));
            if let Ok(created) = patient(engine.create_instance(request)).await {
                assert!(self.ledger.created.lock().unwrap().insert(created.key));
            }
        }
    }

    pub(crate) async fn messenger(self: Arc<Self>, until: Instant) {
        while Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(self.chance.below(1_500))).await;
            let Some(engine) = self.engine() else { continue };
            let time_to_live = Duration::from_secs(self.chance.below(5));
            let message = Message { time_to_live, ..go("k") };
            let _ = if self.chance.below(2) == 0 {
                patient(engine.publish(message)).await.map(|_| ())
            } else {
                patient(engine.correlate(message)).await.map(|_| ())
            };
        }
    }

    pub(crate) async fn worker(self: Arc<Self>, mischievous: bool, until: Instant) {
        while Instant::now() < until {
            let Some(engine) = self.engine() else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let request = ActivateJobs {
                timeout: Duration::from_secs(3),
                ..ask("work", 1 + self.chance.below(4) as usize, Some(Duration::from_secs(2)))
            };
            let asking = patient(engine.activate_jobs(request));
            let got = if mischievous && self.chance.below(5) == 0 {
                let patience = Duration::from_millis(self.chance.below(50));
                tokio::time::timeout(patience, asking).await.unwrap_or(Ok(Vec::new()))
            } else {
                asking.await
            };
            drop(engine);
            let Ok(jobs) = got else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            for job in jobs {
                self.work(job.key, mischievous).await;
            }
        }
    }

    async fn work(&self, job: JobKey, mischievous: bool) {
        tokio::time::sleep(Duration::from_millis(self.chance.below(100))).await;
        let Some(engine) = self.engine() else { return };
        match self.chance.below(10) {
            0 if mischievous => {}
            1 if mischievous => {
                let failure = JobFailure {
                    retries: 3,
                    backoff: Duration::from_millis(self.chance.below(2_000)),
                    message: "bad luck".into(),
                    ..JobFailure::default()
                };
                let _ = patient(engine.fail_job(job, failure)).await;
            }
            2 if mischievous => {
                // At once, perhaps through two nodes.
                let other = self.engine().unwrap_or_else(|| engine.clone());
                let (one, two) = tokio::join!(
                    patient(engine.complete_job(job, JobCompletion::default())),
                    patient(other.complete_job(job, JobCompletion::default()))
                );
                self.completed(job, &one);
                self.completed(job, &two);
            }
            _ => {
                let done = patient(engine.complete_job(job, JobCompletion::default())).await;
                self.completed(job, &done);
                if self.chance.below(8) == 0 {
                    let again = patient(engine.complete_job(job, JobCompletion::default())).await;
                    self.completed(job, &again);
                }
            }
        }
    }

    /// A job is completed once, however often somebody says so.
    fn completed<T>(&self, job: JobKey, answer: &Result<T, Error>) {
        match answer {
            Ok(_) => {
                if !self.ledger.completed.lock().unwrap().insert(job) {
                    self.ledger.wrong.lock().unwrap().push(format!("{job} was completed twice"));
                }
            }
            Err(Error::Quarantined { message }) => {
                self.ledger.wrong.lock().unwrap().push(format!("quarantined: {message}"));
            }
            Err(_) => {}
        }
    }

    /// Kills the engine now and then, and when it died in a commit. At times the old node goes on for a while beside
    /// the new one.
    async fn reaper(self: Arc<Self>, until: Instant) {
        while Instant::now() < until {
            let patience = Duration::from_millis(500 + self.chance.below(8_000));
            let died = tokio::time::timeout(patience, self.fatal.notified()).await.is_ok();
            let old = self.engine.lock().unwrap().take();
            if !died && self.chance.below(3) == 0 {
                self.start().await;
                tokio::time::sleep(Duration::from_millis(self.chance.below(2_000))).await;
                drop(old);
                continue;
            }
            drop(old);
            tokio::time::sleep(Duration::from_millis(self.chance.below(100))).await;
            self.start().await;
        }
    }

    /// Starts the engine anew if it died last thing.
    async fn revive(&self) {
        if tokio::time::timeout(Duration::ZERO, self.fatal.notified()).await.is_ok() {
            *self.engine.lock().unwrap() = None;
            self.start().await;
        }
    }

    /// Everything acknowledged has come to its end.
    pub(crate) async fn all_ended(&self) -> Result<(), String> {
        let created: Vec<_> = self.ledger.created.lock().unwrap().iter().copied().collect();
        for instance in created {
            match self.store.memory.load(instance).await.unwrap() {
                None => return Err(format!("{instance} was acknowledged and is not there")),
                Some(loaded) if !loaded.state.is_ended() => {
                    if let Some(incident) = loaded.state.incidents().next() {
                        self.resolve(incident).await;
                    }
                    return Err(format!("{instance} is stuck: {:?}", loaded.state));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Everything acknowledged, more than so many, comes to its end in time, and nothing of it was done twice.
    pub(crate) async fn comes_to_rest(&self, until: Instant, least: usize) {
        let mut state = self.all_ended().await;
        while let Err(problem) = &state {
            assert!(Instant::now() < until, "{problem}; {:?}", self.engine());
            tokio::time::sleep(Duration::from_secs(5)).await;
            state = self.all_ended().await;
        }
        for ((instance, element), keys) in self.connector.keys.lock().unwrap().iter() {
            assert_eq!(keys.len(), 1, "instance {instance}, element {element}: {keys:?}");
        }
        assert_eq!(*self.ledger.wrong.lock().unwrap(), Vec::<String>::new());
        assert!(self.ledger.created.lock().unwrap().len() > least);
        if self.store.by_bucket {
            assert_eq!(self.store.mixed.load(Ordering::SeqCst), 0, "batches of several buckets");
        }
    }

    /// The simulated system may be down more often than there are retries: an operator helps.
    async fn resolve(&self, incident: &hosk_core::Incident) {
        let Some(engine) = self.engine() else { return };
        assert_eq!(incident.kind, hosk_core::IncidentKind::JobNoRetries, "{}", incident.message);
        if let Some(job) = incident.job {
            let update = hosk_runtime::JobUpdate { retries: Some(3), ..hosk_runtime::JobUpdate::default() };
            let _ = patient(engine.update_job(job, update)).await;
        }
        let _ = patient(engine.resolve_incident(incident.key)).await;
    }
}

pub(crate) fn definitions() -> Vec<(String, Vec<u8>)> {
    let called =
        r#"<bpmn:extensionElements><zeebe:calledElement processId="work"/></bpmn:extensionElements>"#;
    let nap = r#"<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT3S</bpmn:timeDuration></bpmn:timerEventDefinition>"#;
    let catch = r#"<bpmn:messageEventDefinition messageRef="m"/>"#;
    let many = r#"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#;
    let middle = |kind: &str, content: &str| {
        line(&[("startEvent", "s", ""), (kind, "middle", content), ("endEvent", "end", "")])
    };
    let mut files: Vec<(String, Vec<u8>)> = [
        ("work", middle("serviceTask", &job("work", ""))),
        ("connect", middle("serviceTask", &job("sim:do", ""))),
        ("call", middle("callActivity", called)),
        ("nap", middle("intermediateCatchEvent", nap)),
        ("wait", middle("intermediateCatchEvent", catch)),
        ("many", middle("serviceTask", &(job("work", "") + many))),
    ]
    .into_iter()
    .map(|(id, elements)| (format!("{id}.bpmn"), process(id, &elements).into_bytes()))
    .collect();
    files.push(("ask.bpmn".to_owned(), asking().into_bytes()));
    files
}

/// Two pools: one asks, the other answers after some work, and nothing is said about correlation.
fn asking() -> String {
    let event = "<bpmn:messageEventDefinition/>";
    let work = job("work", "");
    let ask = line(&[("startEvent", "s", ""), ("sendTask", "ask", ""), ("receiveTask", "hear", "")]);
    let answer =
        line(&[("startEvent", "asked", event), ("serviceTask", "think", &work), ("endEvent", "say", event)]);
    let pools = format!(
        r#"<bpmn:collaboration id="c"><bpmn:participant id="pa" processRef="ask"/>
           <bpmn:participant id="pb" processRef="answer"/>
           <bpmn:messageFlow id="m1" sourceRef="ask-it" targetRef="asked"/>
           <bpmn:messageFlow id="m2" sourceRef="say" targetRef="hear"/></bpmn:collaboration>
           <bpmn:process id="answer" isExecutable="true">{}</bpmn:process><bpmn:process id="ask""#,
        answer.replace(r#"id="f"#, r#"id="g"#)
    );
    let ask = ask.replace(r#""ask""#, r#""ask-it""#);
    process("ask", &ask).replacen(r#"<bpmn:process id="ask""#, &pools, 1)
}

async fn simulate(seed: u64) -> Weak<Memory> {
    let world = world(seed, None);
    world.start().await;
    let engine = world.engine().unwrap();
    engine.deploy(hosk_runtime::DEFAULT_TENANT.into(), definitions()).await.unwrap();
    drop(engine);
    world.trouble(3);
    let until = Instant::now() + MISCHIEF;
    let mut actors = tokio::task::JoinSet::new();
    for _ in 0..3 {
        actors.spawn(world.clone().client(until));
        actors.spawn(world.clone().worker(true, until));
    }
    actors.spawn(world.clone().messenger(until));
    actors.spawn(world.clone().reaper(until));
    while let Some(actor) = actors.join_next().await {
        actor.unwrap();
    }
    world.trouble(0);
    world.revive().await;
    let until = Instant::now() + PEACE;
    actors.spawn(world.clone().worker(false, until));
    actors.spawn(world.clone().messenger(until));
    world.comes_to_rest(until, 20).await;
    let engine = world.engine().unwrap();
    assert_eq!(engine.statistics().quarantined, 0);
    Arc::downgrade(&world.store.memory)
}

/// Simulates each seed, of the environment or else of these, on a runtime of its own. Of an engine whose runtime is gone
/// nothing may stay, and so nobody holds its store.
pub(crate) fn for_each_seed<F: Future<Output = Weak<Memory>>>(
    default: std::ops::Range<u64>,
    simulate: impl Fn(u64) -> F,
) {
    let seeds = std::env::var("HOSK_SEEDS").ok().and_then(|text| {
        let (from, to) = text.split_once("..")?;
        Some(from.parse().ok()?..to.parse().ok()?)
    });
    for seed in seeds.unwrap_or(default) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let result =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(simulate(seed))));
        drop(runtime);
        let Ok(store) = result else { panic!("seed {seed} fails: HOSK_SEEDS={seed}..{}", seed + 1) };
        assert_eq!(store.strong_count(), 0, "seed {seed}: an engine outlives its runtime");
    }
}

#[test]
fn whatever_happens_everything_acknowledged_comes_to_its_end() {
    for_each_seed(SEEDS, simulate);
}
