//! The same random life given to all three stores: every answer of the write side and every table of the read side is
//! the same. The seed is told when they differ; `HOSK_SEED` repeats it.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hosk_core::{
    ElementInstanceKey, Event, IncidentKey, IncidentKind, JobKey, ProcessInstanceKey, SubscriptionKey,
    TimerKey, UserTaskKey,
};
use hosk_store::sqlite::Options;
use hosk_store::{
    Batch, Committed, Entity, Field, Filter, JobClaim, JobFiguresBy, JobFiguresOf, JobLease, KeyRange, Kind,
    Memory, Page, Publication, ReturnedCorrelation, Search, Sort, Sqlite,
};

use crate::open;
use crate::world::{World, later};

/// Lives and their length.
const LIVES: u64 = 6;
const BATCHES: usize = 60;

/// Numbers that look random and can be repeated (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn one_of<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        if all.is_empty() { None } else { all.get(self.below(all.len() as u64) as usize) }
    }
}

/// What is known of an instance from outside.
struct Alive {
    key: ProcessInstanceKey,
    version: u64,
    over: bool,
    jobs: Vec<JobKey>,
    timers: Vec<TimerKey>,
    tasks: Vec<UserTaskKey>,
    incidents: Vec<IncidentKey>,
    variables: Vec<(hosk_core::VariableKey, String)>,
}

impl Alive {
    fn new(key: ProcessInstanceKey) -> Self {
        Self {
            key,
            version: 0,
            over: false,
            jobs: Vec::new(),
            timers: Vec::new(),
            tasks: Vec::new(),
            incidents: Vec::new(),
            variables: Vec::new(),
        }
    }
}

/// The three stores, and what drives them.
struct Trial {
    worlds: [World; 3],
    chance: Chance,
    alive: Vec<Alive>,
    /// Correlations under way: entry, instance, subscription, message.
    underway: Vec<Underway>,
    now: i64,
}

struct Underway {
    entry: u64,
    target: ProcessInstanceKey,
    subscription: SubscriptionKey,
    message: hosk_core::MessageKey,
    process_id: Arc<str>,
}

const KEYS: [&str; 4] = ["a", "b\0", "", "ö"];
const NAMES: [&str; 2] = ["paid", "ordered"];

impl Trial {
    fn world(&self) -> &World {
        &self.worlds[0]
    }

    fn key(&self) -> u64 {
        self.world().key()
    }

    fn key_range(&self, count: u32) -> KeyRange {
        self.world().keys(count)
    }

    /// A batch that changes some instances, publishes, leases and gives back; the same for each store.
    fn batch(&mut self) -> Vec<Batch> {
        let mut changes = Vec::new();
        let count = 1 + self.chance.below(6);
        let mut chosen: Vec<usize> = Vec::new();
        for _ in 0..count {
            let new = self.alive.len() < 3 || self.chance.below(3) == 0;
            let index = if new {
                self.alive.push(Alive::new(ProcessInstanceKey(self.key())));
                self.alive.len() - 1
            } else {
                self.chance.below(self.alive.len() as u64) as usize
            };
            if chosen.contains(&index) || (self.alive[index].over && !new) {
                continue;
            }
            chosen.push(index);
            changes.push(self.change(index));
        }
        let publications = (0..self.chance.below(3)).map(|_| self.publication()).collect::<Vec<_>>();
        let leases = self.leases();
        let returned = self.returned();
        let keys = self.key_range(256);
        let now = later(self.now);
        let set = |(key, version, events, handled, outbox_keys): &Change| {
            let mut set = self.world().set(*key, *version, events.clone());
            (set.handled, set.outbox_keys) = (handled.clone(), outbox_keys.clone());
            set
        };
        let batch = || Batch {
            now,
            changes: changes.iter().map(set).collect(),
            publications: publications.clone(),
            returned: returned.clone(),
            leases: leases.clone(),
            keys,
            ..Batch::default()
        };
        vec![batch(), batch(), batch()]
    }

    fn publication(&mut self) -> Publication {
        let name = *self.chance.one_of(&NAMES).unwrap();
        let key = *self.chance.one_of(&KEYS).unwrap();
        let ttl = self.chance.below(3) as i64 * 40;
        let mut message = self.world().message(name, key, self.now + ttl);
        message.keys = self.key_range(64);
        message.message_id = (self.chance.below(3) == 0).then(|| "id".into());
        message
    }

    fn leases(&mut self) -> Vec<JobLease> {
        let mut leases = Vec::new();
        for _ in 0..self.chance.below(3) {
            let index = self.chance.below(self.alive.len() as u64) as usize;
            let Some(job) = self.alive[index].jobs.first().copied() else { continue };
            if leases.iter().any(|lease: &JobLease| lease.job == job) {
                continue;
            }
            let worker = if self.chance.below(2) == 0 { "one" } else { "two" };
            let deadline = (self.chance.below(4) > 0).then(|| later(self.now + 30));
            let taken = self.chance.below(2) == 0;
            leases.push(JobLease {
                instance: self.alive[index].key,
                job,
                worker: worker.into(),
                deadline,
                taken,
                version: None,
            });
        }
        leases
    }

    fn returned(&mut self) -> Vec<ReturnedCorrelation> {
        if self.underway.is_empty() || self.chance.below(4) > 0 {
            return Vec::new();
        }
        let one = self.underway.remove(0);
        let keys = self.key_range(64);
        let (entry, message, subscription) = (one.entry, one.message, one.subscription);
        vec![ReturnedCorrelation { entry, message, subscription, process_id: one.process_id, keys }]
    }

    /// Some steps of an instance; now and then with a version that is not the stored one.
    fn change(&mut self, index: usize) -> Change {
        let stale = self.alive[index].version > 1 && self.chance.below(8) == 0;
        let (key, version) = (self.alive[index].key, self.alive[index].version);
        let mut events = if version == 0 { self.world().created(key) } else { Vec::new() };
        let mut handled = Vec::new();
        if stale {
            let outbox_keys = (0..8).map(|_| self.key()).collect();
            return (key, version - 1, events, handled, outbox_keys);
        }
        for _ in 0..=self.chance.below(4) {
            self.event(index, &mut events);
        }
        if let Some(at) = self.underway.iter().position(|one| one.target == key) {
            let one = self.underway.remove(at);
            events.push(Event::SubscriptionCorrelated { key: one.subscription, message: one.message });
            handled.push(one.entry);
        }
        if version > 0 && self.chance.below(8) == 0 {
            events.extend(World::ended(key));
            self.alive[index].over = true;
        }
        self.alive[index].version += 1;
        (key, version, events, handled, (0..8).map(|_| self.key()).collect())
    }

    fn event(&mut self, index: usize, events: &mut Vec<Event>) {
        match self.chance.below(12) {
            0..4 => self.job(index, events),
            4 | 5 => self.variable(index, events),
            6 | 7 => self.task(index, events),
            8 | 9 => self.timer(index, events),
            10 => self.incident(index, events),
            _ => self.subscription(index, events),
        }
    }

    fn job(&mut self, index: usize, events: &mut Vec<Event>) {
        let jobs = &mut self.alive[index].jobs;
        match self.chance.below(4) {
            0 => {
                let Some(key) = jobs.pop() else { return };
                events.push(match self.chance.below(3) {
                    0 => Event::JobCompleted { key },
                    1 => Event::JobErrorThrown { key, code: "E\0".into(), message: "no".into() },
                    _ => Event::JobCanceled { key },
                });
            }
            1 => {
                let Some(key) = jobs.first().copied() else { return };
                let retry_at = (self.chance.below(2) == 0).then(|| later(self.now + 20));
                let retries = self.chance.below(3) as u32;
                events.push(Event::JobFailed { key, retries, retry_at, message: "failed".into() });
            }
            _ => {
                let (element, job) = (ElementInstanceKey(self.key()), JobKey(self.key()));
                let root = self.alive[index].key.root();
                events.extend(self.world().activating(element, "ship", root));
                let priority = self.chance.below(3) as i32 - 1;
                events.push(self.world().job(job, element, "ship", priority));
                self.alive[index].jobs.push(job);
            }
        }
    }

    fn variable(&mut self, index: usize, events: &mut Vec<Event>) {
        let scope = self.alive[index].key.root();
        if self.chance.below(2) == 0 {
            let Some((key, name)) = self.chance.one_of(&self.alive[index].variables) else { return };
            let value = hosk_feel::Json::parse("[1, 2.50, null]").unwrap();
            let (key, name) = (*key, name.as_str().into());
            events.push(Event::VariableSet { key, scope, name, value, created: false });
            return;
        }
        let name = format!("v{}", self.chance.below(3));
        let text = format!("{{\"n\": {}, \"t\": \"\\u0000 ä*%_\"}}", self.chance.below(100));
        let event = self.world().variable(scope, &name, &text);
        if let Event::VariableSet { key, .. } = &event {
            self.alive[index].variables.push((*key, name));
        }
        events.push(event);
    }

    fn task(&mut self, index: usize, events: &mut Vec<Event>) {
        if let Some(key) = self.alive[index].tasks.pop() {
            events.push(Event::UserTaskAssigned { key, assignee: Some("eva\0".into()), by: None });
            if self.chance.below(2) == 0 {
                events.push(Event::UserTaskCanceled { key });
            }
            return;
        }
        let (element, task) = (ElementInstanceKey(self.key()), UserTaskKey(self.key()));
        events.extend(self.world().activating(element, "approve", self.alive[index].key.root()));
        events.push(crate::searches::task(self.world(), task, element));
        self.alive[index].tasks.push(task);
    }

    fn timer(&mut self, index: usize, events: &mut Vec<Event>) {
        if self.chance.below(2) == 0 {
            let triggered = self.alive[index].timers.pop().map(|key| Event::TimerTriggered { key });
            return events.extend(triggered);
        }
        let timer = TimerKey(self.key());
        events.push(Event::TimerScheduled {
            key: timer,
            element_instance: self.alive[index].key.root(),
            target: self.world().element("wait"),
            due: later(self.chance.below(200) as i64),
            repetitions: Some(0),
            cycle: None,
        });
        self.alive[index].timers.push(timer);
    }

    fn subscription(&mut self, index: usize, events: &mut Vec<Event>) {
        let (element, subscription) = (ElementInstanceKey(self.key()), SubscriptionKey(self.key()));
        events.extend(self.world().activating(element, "wait", self.alive[index].key.root()));
        events.push(Event::SubscriptionOpened {
            key: subscription,
            element_instance: element,
            target: self.world().element("wait"),
            message_name: "paid".into(),
            correlation_key: (*self.chance.one_of(&KEYS).unwrap()).into(),
            interrupting: self.chance.below(2) == 0,
        });
    }

    fn incident(&mut self, index: usize, events: &mut Vec<Event>) {
        let instance = self.alive[index].key;
        if let Some(key) = self.alive[index].incidents.pop() {
            events.push(Event::IncidentResolved { key });
        } else {
            let key = IncidentKey(self.key());
            events.push(Event::IncidentRaised {
                key,
                element_instance: instance.root(),
                job: None,
                kind: IncidentKind::ConditionError,
                message: format!("line {key:?}\0"),
            });
            self.alive[index].incidents.push(key);
        }
    }

    /// What a commit told that changes what comes next.
    fn learn(&mut self, committed: &Committed) {
        for entry in &committed.outbox {
            match entry.command() {
                Some(hosk_core::Command::CorrelateMessage { subscription, message, .. }) => {
                    let process_id = entry.correlated_process.clone().unwrap();
                    let (subscription, message) = (*subscription, *message);
                    self.underway.push(Underway {
                        entry: entry.key,
                        target: entry.target,
                        subscription,
                        message,
                        process_id,
                    });
                }
                Some(hosk_core::Command::Create(_)) => self.alive.push(Alive::new(entry.target)),
                _ => {}
            }
        }
    }
}

/// Instance, version, events, entries handled, keys for entries.
type Change = (ProcessInstanceKey, u64, Vec<Event>, Vec<u64>, Vec<u64>);

#[tokio::test]
async fn three_stores_give_the_same_answers() {
    let given = std::env::var("HOSK_SEED").ok().and_then(|text| text.parse::<u64>().ok());
    let first = given.unwrap_or(1);
    for seed in first..first + if given.is_some() { 1 } else { LIVES } {
        live(seed).await;
    }
}

async fn live(seed: u64) {
    let (schema, folder) = (test_postgres::schema(), tempfile::tempdir().unwrap());
    let postgres = Arc::new(open(&schema).await);
    let sqlite = Sqlite::open(folder.path().join("s.db"), Options { durable: false }).await.unwrap();
    let worlds = [
        World::new(Arc::new(Memory::new())).await,
        World::new(Arc::new(sqlite)).await,
        World::new(postgres.clone()).await,
    ];
    for world in &worlds {
        world.next.store(2_000, Ordering::Relaxed);
        world.deploy("intake.bpmn", crate::world::STARTED_BY_MESSAGE).await;
    }
    let mut trial = Trial { worlds, chance: Chance(seed), alive: Vec::new(), underway: Vec::new(), now: 0 };
    for step in 0..BATCHES {
        trial.now += trial.chance.below(15) as i64;
        let mut told: Vec<Committed> = Vec::new();
        for (batch, world) in trial.batch().into_iter().zip(&trial.worlds) {
            told.push(world.store.commit(batch).await.unwrap());
        }
        let texts = told.iter().map(|one| format!("{one:?}")).collect::<Vec<_>>();
        assert_eq!(texts[0], texts[1], "HOSK_SEED={seed}: SQLite at step {step}");
        assert_eq!(texts[0], texts[2], "HOSK_SEED={seed}: PostgreSQL at step {step}");
        trial.learn(&told[0]);
        if step % 7 == 0 {
            work_is_found_alike(&mut trial, seed).await;
        }
    }
    tables_are_alike(&trial, seed).await;
    postgres.close().await;
}

async fn work_is_found_alike(trial: &mut Trial, seed: u64) {
    let now = later(trial.now);
    let limit = 1 + trial.chance.below(4) as usize;
    let claims = trial.chance.below(2) == 0;
    let mut told: Vec<String> = Vec::new();
    for world in &trial.worlds {
        let due = world.store.due_timers(now, limit).await.unwrap();
        let outbox = world.store.outbox(0, 50).await.unwrap();
        let expired = world.store.expire_messages(now, limit).await.unwrap();
        let claim = JobClaim {
            job_type: "ship".into(),
            tenants: vec!["<default>".into()],
            worker: "store".into(),
            now,
            deadline: later(trial.now + 25),
            limit,
            except: Vec::new(),
        };
        let claimed = if claims { world.store.claim_jobs(claim).await.unwrap() } else { Vec::new() };
        told.push(format!("{due:?} {outbox:?} {expired} {claimed:?}"));
    }
    assert!(told[0] == told[1] && told[0] == told[2], "HOSK_SEED={seed}: {told:#?}");
}

/// A page of one entity by some order, of each store.
macro_rules! alike {
    ($trial:expr, $seed:expr, $($entity:ident $search:ident $(($more:expr))?;)*) => {$(
        for field in <hosk_store::$entity as Entity>::Field::ALL.iter().copied() {
            if matches!(field.kind(), Kind::List | Kind::Opaque) {
                continue;
            }
            for descending in [false, true] {
                let search = || Search {
                    filter: Filter::everything(),
                    sort: vec![Sort { field, descending }],
                    page: Page::Offset { from: 0, limit: 1_000 },
                };
                let [memory, sqlite, postgres] = &$trial.worlds;
                let one = memory.store.$search(search() $(, $more)?).await.unwrap();
                let two = sqlite.store.$search(search() $(, $more)?).await.unwrap();
                let three = postgres.store.$search(search() $(, $more)?).await.unwrap();
                let what = format!("HOSK_SEED={} {} by {field:?}", $seed, stringify!($search));
                assert_eq!(cleaned(&one.items), cleaned(&two.items), "SQLite: {what}");
                assert_eq!(cleaned(&one.items), cleaned(&three.items), "PostgreSQL: {what}");
                assert_eq!(one.total_items, three.total_items, "{what}");
                assert!(!one.items.is_empty(), "{what}: nothing was compared");
            }
        }
    )*};
}

/// Rows as texts; PostgreSQL shows a NUL as its symbol.
fn cleaned<E: Debug>(items: &[E]) -> Vec<String> {
    items.iter().map(|item| format!("{item:?}").replace("\\0", "\u{2400}")).collect()
}

async fn tables_are_alike(trial: &Trial, seed: u64) {
    alike! { trial, seed,
        ProcessInstance process_instances;
        ElementInstance element_instances;
        Variable variables(true);
        Job jobs;
        UserTask user_tasks;
        Incident incidents;
        MessageSubscription message_subscriptions;
        WaitState wait_states;
        CorrelatedMessageSubscription correlated_message_subscriptions;
        ProcessDefinition process_definitions;
    }
    let [memory, sqlite, postgres] = &trial.worlds;
    for by in [JobFiguresBy::Nothing, JobFiguresBy::Type, JobFiguresBy::Worker, JobFiguresBy::Minutes(5)] {
        let of = || JobFiguresOf { from: later(0), to: later(60_000), filter: Filter::everything(), by };
        let mut told = Vec::new();
        for world in [memory, sqlite, postgres] {
            told.push(world.store.job_figures(of()).await.unwrap());
        }
        assert!(!told[0].is_empty() && told[0] == told[1], "HOSK_SEED={seed}: SQLite {by:?} {told:#?}");
        assert_eq!(told[0], told[2], "HOSK_SEED={seed}: PostgreSQL {by:?}");
    }
    for alive in &trial.alive {
        let mut told = Vec::new();
        for world in [memory, sqlite, postgres] {
            let loaded = world.store.load(alive.key).await.unwrap();
            let history = world.store.history(alive.key, 0, 100).await.unwrap();
            told.push(format!("{loaded:?} {history:?}"));
        }
        assert!(told[0] == told[1] && told[0] == told[2], "HOSK_SEED={seed}: {:?}", alive.key);
    }
    assert!(trial.alive.iter().any(|alive| alive.version > 2));
}
