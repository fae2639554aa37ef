//! Connections that break, servers that are in each other's way, databases that do not fit.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hosk_core::ProcessInstanceKey;
use hosk_store::postgres::Options;
use hosk_store::{
    Error, IdentityChange, IdentityChanged, IdentityEntry, IdentityStore, Postgres, PostgresIdentity, Search,
    Store,
};

use crate::open;
use crate::world::World;

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let schema = test_postgres::schema();
    let store = Arc::new(open(&schema).await);
    let world = World::new(store.clone()).await;
    let instance = world.start().await;
    let (waiting, ..) = world.waiting("a", true).await;
    world.publish(world.message("paid", "b", 1_000)).await;
    let keys = world.keys(1_000);
    drop(world);
    store.close().await;

    let store = Arc::new(open(&schema).await);
    assert_eq!(store.load(instance).await.unwrap().unwrap().version, 1);
    let resources = store.resources().await.unwrap();
    assert_eq!((resources.len(), resources[0].definitions[0].1.version), (1, 1));
    let world = World::new(store.clone()).await;
    world.next.store(keys.first, Ordering::Relaxed);
    let (_, _, committed) = world.waiting("b", true).await;
    assert_eq!(committed.outbox.len(), 1);
    assert_eq!(world.publish(world.message("paid", "a", 0)).await.outbox[0].target, waiting);
    store.close().await;
}

#[tokio::test]
async fn two_servers_write_and_the_slower_one_is_left_out() {
    let schema = test_postgres::schema();
    let (first, second) = (Arc::new(open(&schema).await), Arc::new(open(&schema).await));
    let world = World::new(first.clone()).await;
    let instance = world.start().await;
    let batch = || world.batch(vec![world.set(instance, 1, Vec::new())]);
    let (one, two) = tokio::join!(first.commit(batch()), second.commit(batch()));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.stale.len() + two.stale.len(), 1, "{one:?} {two:?}");
    for store in [&first, &second] {
        assert_eq!(store.load(instance).await.unwrap().unwrap().version, 2);
    }
    first.close().await;
    second.close().await;
}

#[tokio::test]
async fn a_server_that_was_killed_leaves_the_database_to_the_next() {
    let schema = test_postgres::schema();
    // Dropped without a word, with connections open.
    drop(open(&schema).await);
    open(&schema).await.close().await;
}

#[tokio::test]
async fn a_store_goes_on_after_its_session_was_ended() {
    let schema = test_postgres::schema();
    let store = Arc::new(open(&schema).await);
    let world = World::new(store.clone()).await;
    let instance = world.start().await;
    for version in 1..4 {
        end_writer(&schema);
        let lost = store.commit(world.batch(vec![world.set(instance, version, Vec::new())])).await;
        // The batch that found the session gone was not written, and the error says so.
        assert!(matches!(lost, Err(Error::Database { .. })), "{lost:?}");
        assert_eq!(store.load(instance).await.unwrap().unwrap().version, version);
        world.commit(vec![world.set(instance, version, Vec::new())]).await;
    }
    assert_eq!(store.load(instance).await.unwrap().unwrap().version, 4);
    store.close().await;
}

/// Ends the session that writes, which bears the name of its schema.
fn end_writer(schema: &test_postgres::Schema) {
    let name = schema.url().rsplit_once('=').unwrap().1;
    let ended = schema.run(&format!(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = 'hosk writes {name}'"
    ));
    assert_eq!(ended, "1");
}

#[tokio::test]
async fn a_given_up_commit_is_whole_or_not_there_and_leaves_the_store_usable() {
    let schema = test_postgres::schema();
    let store = Arc::new(open(&schema).await);
    let world = World::new(store.clone()).await;
    for micros in [0, 300, 1_000, 2_000, 4_000, 8_000, 16_000] {
        let instances: Vec<_> = (0..100).map(|_| ProcessInstanceKey(world.key())).collect();
        let sets = instances.iter().map(|key| world.set(*key, 0, world.created(*key))).collect();
        let commit = store.commit(world.batch(sets));
        let done = tokio::time::timeout(std::time::Duration::from_micros(micros), commit).await;
        // The next one waits for what is left of the given-up one to be over.
        let instance = world.start().await;
        assert_eq!(store.load(instance).await.unwrap().unwrap().version, 1);
        let mut there = 0;
        for instance in &instances {
            there += usize::from(store.load(*instance).await.unwrap().is_some());
        }
        assert!(there == 0 || there == instances.len(), "{there} of {}", instances.len());
        assert!(done.is_err() || there == instances.len());
    }
    store.close().await;
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_refused() {
    let schema = test_postgres::schema();
    open(&schema).await.close().await;
    schema.run(
        "INSERT INTO store_migrations (version, description, success, checksum, execution_time) \
         VALUES (999, 'later', TRUE, '', 0)",
    );
    let refused = Postgres::open(schema.url(), Options::default()).await.unwrap_err();
    assert!(
        matches!(refused, Error::Invalid { .. }) && chain(&refused).contains("newer hosk"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_reached_is_told() {
    let nobody = Postgres::open("postgres://eva:sesame@127.0.0.1:1/x", Options::default()).await.unwrap_err();
    let told = chain(&nobody);
    assert!(told.contains("connecting") && !told.contains("sesame"), "{told}");
    let wrong = Postgres::open("postgresql-is-here", Options::default()).await.unwrap_err();
    assert!(matches!(wrong, Error::Invalid { .. }), "{wrong:?}");
    let schema = test_postgres::schema();
    let elsewhere = schema.url().replace("search_path]=test", "search_path]=nowhere");
    let nowhere = Postgres::open(&elsewhere, Options::default()).await.unwrap_err();
    assert!(chain(&nowhere).contains("search path"), "{nowhere:?}");
}

#[tokio::test]
async fn identities_are_kept_beside_a_running_server() {
    let schema = test_postgres::schema();
    let store = open(&schema).await;
    let anna = IdentityEntry { kind: "user".into(), id: "anna".into(), document: "{}".into() };
    let beside = PostgresIdentity::open(schema.url()).await.unwrap();
    let add = IdentityChange::Add(anna.clone());
    let changed = beside.change_identity(std::slice::from_ref(&add), None).await.unwrap();
    assert_eq!(changed, IdentityChanged::Done(1));
    let here = store.identities();
    assert_eq!(here.identity().await.unwrap().entries, [anna]);
    assert_eq!(here.change_identity(&[add], None).await.unwrap(), IdentityChanged::Refused(0));
    assert_eq!(beside.identity_version().await.unwrap(), 1);
    store.close().await;
}

#[tokio::test]
async fn texts_that_the_database_cannot_hold_are_held_all_the_same() {
    let schema = test_postgres::schema();
    let store = Arc::new(open(&schema).await);
    let world = World::new(store.clone()).await;
    let (instance, ..) = world.waiting("a\0b", true).await;
    world
        .commit(vec![world.set(instance, 1, vec![world.variable(instance.root(), "n\0", "\"\\u0000\"")])])
        .await;
    assert_eq!(world.publish(world.message("paid", "a\0b", 0)).await.outbox[0].target, instance);
    let found = world.store.variables(Search::default(), true).await.unwrap();
    assert_eq!((&*found.items[0].name, &*found.items[0].value), ("n\u{2400}", "\"\\u0000\""));
    store.close().await;
}
