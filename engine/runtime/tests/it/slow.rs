//! The engine under a seed once more, as several nodes that fall asleep for longer than their lease and go on with what
//! they knew, die in their sleep or between a commit and what follows from it, do not hear one another, and find their
//! clock wrong. All node numbers but a few are taken, so that a number that lapses is soon another's.
//!
//! To what `simulation.rs` looks at in the end this adds: no key is made with a number that is another's, whoever
//! waits for an end is told wherever the instance ended, and where nothing took a message nothing went on by it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use hosk_core::ProcessInstanceKey;
use hosk_runtime::{CreateRequest, DEFAULT_TENANT, Engine, Error};
use hosk_store::Memory;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::node::{Mood, Node, Numbers, lease_all_but};
use crate::simulation::{PEACE, World, definitions, for_each_seed, patient, world};
use crate::support::*;

const SEEDS: std::ops::Range<u64> = 0..150;
const NODES: usize = 3;
/// Node numbers that are free when they start.
const FREE_NUMBERS: u16 = 5;
/// Virtual time of mischief: a lease can lapse, and its number be given and used again.
const MISCHIEF: Duration = Duration::from_secs(75);
/// Longer than anything takes to end that can end: everybody who waits for an end has heard of it by then.
const LIMIT: Duration = Duration::from_mins(20);
/// Milliseconds by which a clock is wrong at most, forward or back.
const SKEW: u64 = 400;

/// One node, as long as it runs.
#[derive(Clone)]
struct Member {
    engine: Engine,
    node: Arc<Node>,
}

/// The nodes, and chance of their own: what the seeds of one node mean does not change with them.
pub(crate) struct Crew {
    chance: Arc<Chance>,
    members: Vec<Mutex<Option<Member>>>,
    numbers: Arc<Numbers>,
    began: Instant,
    /// Nodes die of themselves.
    deadly: Arc<AtomicBool>,
}

impl Crew {
    fn new(seed: u64) -> Self {
        Self {
            chance: Chance::new(seed ^ 0x5EED),
            members: (0..NODES).map(|_| Mutex::default()).collect(),
            numbers: Arc::default(),
            began: Instant::now(),
            deadly: Arc::new(AtomicBool::new(true)),
        }
    }

    fn member(&self, place: usize) -> Option<Member> {
        self.members[place].lock().unwrap().clone()
    }

    fn any_member(&self) -> Option<Member> {
        self.member(self.chance.below(NODES as u64) as usize)
    }

    /// Any node.
    pub(crate) fn any(&self) -> Option<Engine> {
        self.any_member().map(|member| member.engine)
    }

    fn skew(&self) -> i64 {
        self.chance.below(2 * SKEW) as i64 - SKEW as i64
    }

    async fn pause(&self, least: u64, most: u64) {
        tokio::time::sleep(Duration::from_millis(least + self.chance.below(most - least))).await;
    }

    /// A node dies at once, and whatever it was about to do.
    fn kill(&self, place: usize) {
        if let Some(member) = self.members[place].lock().unwrap().take() {
            member.node.mood.die();
        }
    }
}

impl World {
    fn crew(&self) -> &Crew {
        self.crew.as_ref().unwrap()
    }

    /// Starts a node in the place of the one that was there.
    async fn man(&self, place: usize) {
        let crew = self.crew();
        crew.kill(place);
        let mood = Mood::new(crew.began, crew.skew());
        let mut node = Node::new(self.store.clone(), mood.clone(), crew.numbers.clone());
        node.fate = Some((crew.chance.clone(), crew.deadly.clone()));
        let node = Arc::new(node);
        let engine = self.started_on(node.clone(), mood).await;
        *crew.members[place].lock().unwrap() = Some(Member { engine, node });
    }

    /// Plays with one node until the time is over, and leaves it awake then, or dead and replaced.
    async fn keeper(self: Arc<Self>, place: usize, until: Instant) {
        let crew = self.crew();
        while Instant::now() < until {
            let Some(Member { engine, node }) = crew.member(place) else { return };
            drop(engine);
            let patience = Duration::from_millis(500 + crew.chance.below(10_000));
            if tokio::time::timeout(patience, node.mood.dead.cancelled()).await.is_ok() {
                self.man(place).await;
                continue;
            }
            match crew.chance.below(8) {
                0..4 => {
                    node.mood.sleep();
                    crew.pause(1_000, 45_000).await;
                    node.mood.wake(crew.skew());
                }
                4..6 => {
                    node.mood.deaf.store(true, Ordering::SeqCst);
                    crew.pause(1_000, 20_000).await;
                    node.mood.deaf.store(false, Ordering::SeqCst);
                }
                6 => {
                    node.mood.sleep();
                    crew.pause(0, 10_000).await;
                    self.man(place).await;
                }
                _ => self.man(place).await,
            }
        }
        // It sends something to another instance, dies before it has done so, and nobody takes its place for a while.
        let member = crew.member(place).filter(|_| place == 0);
        if let Some(node) = member.map(|member| member.node) {
            node.doomed.store(true, Ordering::SeqCst);
            let _ = tokio::time::timeout(Duration::from_secs(5), node.mood.dead.cancelled()).await;
            node.doomed.store(false, Ordering::SeqCst);
        }
        if crew.member(place).is_some_and(|member| member.node.mood.dead.is_cancelled()) {
            crew.kill(place);
            crew.pause(10_000, 40_000).await;
            self.man(place).await;
        }
    }

    /// Starts instances and waits for their ends, each on one node whatever happens to that.
    async fn patron(self: Arc<Self>, until: Instant) {
        let mut waiting = JoinSet::new();
        while Instant::now() < until {
            self.crew().pause(0, 2_000).await;
            let Some(member) = self.crew().any_member() else { continue };
            let process = ["work", "call", "nap"][self.crew().chance.below(3) as usize];
            waiting.spawn(async move {
                let request = CreateRequest::new(process, variables(&[]));
                let Member { engine, node } = member;
                let ended = tokio::select! {
                    ended = engine.create_and_await(request, LIMIT) => ended,
                    () = node.mood.dead.cancelled() => return,
                };
                assert!(!matches!(ended, Err(Error::TimedOut)), "the end of a {process} was never told");
            });
        }
        while let Some(waited) = waiting.join_next().await {
            waited.unwrap();
        }
    }

    /// Tells single instances what they wait for.
    async fn courier(self: Arc<Self>, until: Instant) {
        let mut errands = JoinSet::new();
        for errand in 0_u32.. {
            if Instant::now() >= until {
                break;
            }
            self.crew().pause(0, 2_000).await;
            let Some(engine) = self.engine() else { continue };
            let key = format!("errand {errand}");
            let request = CreateRequest::new("wait", variables(&[("key", &format!("{key:?}"))]));
            if let Ok(created) = patient(engine.create_instance(request)).await {
                self.ledger.created.lock().unwrap().insert(created.key);
                errands.spawn(self.clone().errand(key, created.key));
            }
        }
        while let Some(done) = errands.join_next().await {
            done.unwrap();
        }
    }

    /// Tells an instance what it waits for until it has heard. When the answer is that nothing waits for it, nothing has
    /// taken it: only after an answer that did not come may it have gone on.
    async fn errand(self: Arc<Self>, key: String, instance: ProcessInstanceKey) {
        let mut doubt = false;
        while !self.has_ended(instance).await {
            self.crew().pause(0, 1_000).await;
            let Some(engine) = self.engine() else { continue };
            match patient(engine.correlate(go(&key))).await {
                Ok(correlated) => assert_eq!(correlated.instance, instance),
                Err(Error::NothingCorrelated { .. }) => {
                    assert!(doubt || !self.has_ended(instance).await, "{instance} took what nothing took");
                }
                Err(Error::Busy { .. }) => {}
                Err(_) => doubt = true,
            }
        }
    }

    async fn has_ended(&self, instance: ProcessInstanceKey) -> bool {
        let loaded = hosk_store::Store::load(&*self.store.memory, instance).await.unwrap();
        loaded.is_some_and(|loaded| loaded.state.is_ended())
    }
}

async fn simulate(seed: u64) -> Weak<Memory> {
    let world = world(seed, Some(Crew::new(seed)));
    lease_all_but(FREE_NUMBERS, &*world.store.memory).await;
    for place in 0..NODES {
        world.man(place).await;
    }
    let engine = world.crew().member(0).unwrap().engine;
    engine.deploy(DEFAULT_TENANT.into(), definitions()).await.unwrap();
    drop(engine);
    world.trouble(3);
    let until = Instant::now() + MISCHIEF;
    let (mut actors, mut patrons) = (JoinSet::new(), JoinSet::new());
    for place in 0..NODES {
        actors.spawn(world.clone().keeper(place, until));
        actors.spawn(world.clone().worker(true, until));
    }
    actors.spawn(world.clone().client(until));
    actors.spawn(world.clone().client(until));
    actors.spawn(world.clone().messenger(until));
    patrons.spawn(world.clone().patron(until));
    patrons.spawn(world.clone().courier(until));
    tokio::time::sleep_until(until).await;
    // Some sleep on: the others do what is left.
    world.trouble(0);
    world.crew().deadly.store(false, Ordering::SeqCst);
    let until = Instant::now() + PEACE;
    let mut helpers = JoinSet::new();
    for _ in 0..3 {
        helpers.spawn(world.clone().worker(false, until));
    }
    helpers.spawn(world.clone().messenger(until));
    while let Some(actor) = actors.join_next().await {
        actor.unwrap();
    }
    world.comes_to_rest(until, 3).await;
    while let Some(patron) = patrons.join_next().await {
        patron.unwrap();
    }
    let crew = world.crew();
    assert_eq!(crew.numbers.wrong(), Vec::<String>::new());
    for member in (0..NODES).filter_map(|place| crew.member(place)) {
        assert_eq!(member.engine.statistics().quarantined, 0);
    }
    Arc::downgrade(&world.store.memory)
}

#[test]
fn whatever_happens_to_several_nodes_everything_comes_to_its_end() {
    for_each_seed(SEEDS, simulate);
}
