//! Many that wait for one thing do not hold up the others: what comes at once is worked off in slices.
//!
//! By default with a twentieth of the numbers that are promised; all of them with `HOSK_FULL_SCALE=1` (a few minutes in
//! a debug build).

use std::sync::Arc;
use std::time::{Duration, Instant};

use hosk_connector::Registry;
use hosk_core::{SignalKey, Timestamp};
use hosk_runtime::limits::{SIGNALS_PER_SLICE, TIMERS_PER_SLICE};
use hosk_runtime::{ControllableClock, CreateRequest, DEFAULT_TENANT, Engine, Signal};
use hosk_store::Store;

use crate::signals::waiting;
use crate::support::*;

fn scaled(full: usize) -> usize {
    if std::env::var("HOSK_FULL_SCALE").is_ok() { full } else { full / 20 }
}

/// An engine on SQLite with so many instances of a process, and one that others run meanwhile.
struct Crowd {
    engine: Engine,
    clock: Arc<ControllableClock>,
    store: Arc<dyn Store>,
    _folder: tempfile::TempDir,
}

impl Crowd {
    async fn of(xml: String, count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = hosk_store::sqlite::Options { durable: false };
        let store = hosk_store::Sqlite::open(folder.path().join("hosk.db"), options).await.unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let clock = Arc::new(ControllableClock::pinned_at(Timestamp(1_800_000_000_000)));
        let engine = start_with(store.clone(), Registry::new(), clock.clone()).await;
        deploy(&engine, "crowd", xml).await;
        deploy(&engine, "ping", process("ping", &line(&[("startEvent", "s", ""), ("endEvent", "end", "")])))
            .await;
        let all: Vec<usize> = (0..count).collect();
        for chunk in all.chunks(1_000) {
            futures::future::join_all(chunk.iter().map(|_| create(&engine, "crowd", &[]))).await;
        }
        Self { engine, clock, store, _folder: folder }
    }

    /// How many others ran to their end, one after another, until nothing was under way any more; and the longest of
    /// them.
    async fn others_until(&self, over: impl AsyncFn(&Self) -> bool) -> (usize, Duration) {
        let (mut others, mut longest) = (0, Duration::ZERO);
        while !over(self).await {
            let began = Instant::now();
            let request = CreateRequest::new("ping", variables(&[]));
            self.engine.create_and_await(request, PATIENCE).await.unwrap();
            (others, longest) = (others + 1, longest.max(began.elapsed()));
        }
        (others, longest)
    }
}

/// Others came between the slices, and none of them waited for more than a few.
fn assert_fair(what: &str, slices: usize, (others, longest): (usize, Duration), took: Duration) {
    eprintln!("{what}: {slices} slices in {took:?}, {others} others meanwhile, the longest took {longest:?}");
    assert!(others >= slices / 8, "{others} others ran while {slices} slices were worked off");
    assert!(longest < took / 2 + Duration::from_secs(1), "one waited {longest:?} of {took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seventy_thousand_wait_for_a_signal() {
    let count = scaled(70_000);
    let crowd = Crowd::of(waiting("crowd"), count).await;
    let began = Instant::now();
    let signal =
        Signal { tenant: DEFAULT_TENANT.into(), name: "halt".into(), variables: variables(&[("n", "1")]) };
    crowd.engine.broadcast(signal).await.unwrap();
    let acknowledged = began.elapsed();
    let over = async |crowd: &Crowd| crowd.store.signal_slice(SignalKey(0), 1).await.unwrap().is_none();
    assert!(!over(&crowd).await, "it is acknowledged before it has reached everybody ({acknowledged:?})");
    let others = crowd.others_until(over).await;
    assert_fair("signal", count / SIGNALS_PER_SLICE, others, began.elapsed());
    let mut reached = std::collections::BTreeSet::new();
    while reached.len() < count {
        for job in jobs(&crowd.engine, "work", 5_000).await {
            assert!(reached.insert(job.instance), "reached twice");
        }
    }
    assert!(no_job(&crowd.engine, "work").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_timers_are_due_at_once() {
    let count = scaled(100_000);
    let timer =
        "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>";
    let nap =
        line(&[("startEvent", "s", ""), ("intermediateCatchEvent", "pause", timer), ("endEvent", "end", "")]);
    let crowd = Crowd::of(process("crowd", &nap), count).await;
    let began = Instant::now();
    crowd.clock.advance(Duration::from_secs(3_601));
    crowd.engine.clock_moved();
    let now = crowd.engine.now();
    let over = async |crowd: &Crowd| crowd.store.due_timers(now, 1).await.unwrap().timers.is_empty();
    let others = crowd.others_until(over).await;
    assert_fair("timers", count / TIMERS_PER_SLICE, others, began.elapsed());
}
