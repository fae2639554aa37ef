//! What was acknowledged survives: a file opened again, a store dropped in the middle, two stores on one file.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "conformance/world.rs"]
#[expect(dead_code, reason = "shared with the conformance suite")]
mod world;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hosk_core::ProcessInstanceKey;
use hosk_store::sqlite::Options;
use hosk_store::{Search, Sqlite, Store};
use world::World;

async fn open(folder: &tempfile::TempDir) -> Arc<Sqlite> {
    Arc::new(Sqlite::open(folder.path().join("store.db"), Options::default()).await.unwrap())
}

/// On a file that has the process already.
async fn continued(store: Arc<Sqlite>, keys: hosk_store::KeyRange) -> World {
    let world = World::new(store).await;
    world.next.store(keys.first, Ordering::Relaxed);
    world
}

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let world = World::new(store.clone()).await;
    let instance = world.start().await;
    let (waiting, ..) = world.waiting("a", true).await;
    world.publish(world.message("paid", "b", 1_000)).await;
    let keys = world.keys(1_000);
    drop(world);
    Arc::into_inner(store).unwrap().close().await.unwrap();

    let store = open(&folder).await;
    assert_eq!(store.load(instance).await.unwrap().unwrap().version, 1);
    assert_eq!(store.load(waiting).await.unwrap().unwrap().version, 1);
    let resources = store.resources().await.unwrap();
    assert_eq!((resources.len(), resources[0].definitions[0].1.version), (1, 1));
    let world = continued(store, keys).await;
    let (_, _, committed) = world.waiting("b", true).await;
    assert_eq!(committed.outbox.len(), 1);
    assert_eq!(world.publish(world.message("paid", "a", 0)).await.outbox[0].target, waiting);
}

#[tokio::test]
async fn a_commit_dropped_in_the_middle_is_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut known = Vec::new();
    let mut next = 1_000;
    for round in 0..12_u64 {
        let store = open(&folder).await;
        let world = if round == 0 {
            World::new(store.clone()).await
        } else {
            let keys = hosk_store::KeyRange { first: next, count: 1_000_000 };
            continued(store.clone(), keys).await
        };
        for instance in &known {
            assert!(store.load(*instance).await.unwrap().is_some());
        }
        known.push(world.start().await);
        let sets = (0..200).map(|_| ProcessInstanceKey(world.key()));
        let sets = sets.map(|key| world.set(key, 0, world.created(key))).collect::<Vec<_>>();
        let instances = sets.iter().map(|set| set.instance).collect::<Vec<_>>();
        let batch = world.batch(sets);
        // Given up at some moment; the connection is dropped without closing.
        let commit = store.commit(batch);
        let done = tokio::time::timeout(std::time::Duration::from_micros(round * 700), commit).await;
        next = world.key() + 1_000;
        drop(world);
        drop(store);
        let store = open(&folder).await;
        let mut there = present(&store, &instances).await;
        if there != 0 && there != instances.len() {
            // The given-up commit came through between two of these reads; then all of it is there now.
            there = present(&store, &instances).await;
        }
        assert!(there == 0 || there == instances.len(), "{there} of {}", instances.len());
        if let Ok(Ok(_)) = done {
            assert_eq!(there, instances.len());
        }
        if there > 0 {
            known.extend(instances);
        }
    }
}

/// How many of the instances can be loaded, read one after the other.
async fn present(store: &Sqlite, instances: &[ProcessInstanceKey]) -> usize {
    let mut there = 0;
    for instance in instances {
        there += usize::from(store.load(*instance).await.unwrap().is_some());
    }
    there
}

#[tokio::test]
async fn a_given_up_commit_leaves_the_store_usable() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let world = World::new(store.clone()).await;
    for micros in [0, 200, 500, 1_000, 2_000, 4_000] {
        let sets = (0..100).map(|_| ProcessInstanceKey(world.key()));
        let sets = sets.map(|key| world.set(key, 0, world.created(key))).collect::<Vec<_>>();
        let commit = store.commit(world.batch(sets));
        let _ = tokio::time::timeout(std::time::Duration::from_micros(micros), commit).await;
        let instance = world.start().await;
        assert_eq!(store.load(instance).await.unwrap().unwrap().version, 1);
    }
}

#[tokio::test]
async fn a_second_store_on_the_file_sees_and_is_refused_what_is_stale() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (open(&folder).await, open(&folder).await);
    let world = World::new(one).await;
    let instance = world.start().await;
    assert_eq!(two.load(instance).await.unwrap().unwrap().version, 1);
    let here = world.set(instance, 1, Vec::new());
    let there = world.set(instance, 1, World::ended(instance));
    let committed = two.commit(world.batch(vec![there])).await.unwrap();
    assert!(committed.stale.is_empty());
    let committed = world.store.commit(world.batch(vec![here])).await.unwrap();
    assert_eq!(committed.stale, [instance]);
    assert_eq!(world.store.process_instances(Search::default()).await.unwrap().total_items, 1);
}
