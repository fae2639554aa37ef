//! PostgreSQL is held to the suite that the other stores are held to, and to what is its own.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[macro_use]
#[path = "../conformance/suite.rs"]
mod suite;

#[path = "../conformance/audit.rs"]
mod audit;
#[path = "../conformance/batches.rs"]
mod batches;
#[path = "../conformance/cluster_variables.rs"]
mod cluster_variables;
#[path = "../conformance/commits.rs"]
mod commits;
#[path = "../conformance/connections.rs"]
mod connections;
#[path = "../conformance/decisions.rs"]
mod decisions;
#[path = "../conformance/deployments.rs"]
mod deployments;
#[path = "../conformance/documents.rs"]
mod documents;
#[path = "../conformance/global_listeners.rs"]
mod global_listeners;
#[path = "../conformance/identity.rs"]
mod identity;
#[path = "../conformance/job_figures.rs"]
mod job_figures;
#[path = "../conformance/jobs.rs"]
mod jobs;
#[path = "../conformance/messages.rs"]
mod messages;
#[path = "../conformance/nodes.rs"]
mod nodes;
#[path = "../conformance/plugins.rs"]
mod plugins;
#[path = "../conformance/removal.rs"]
mod removal;
#[path = "../conformance/rows.rs"]
mod rows;
#[path = "../conformance/searches.rs"]
mod searches;
#[path = "../conformance/signals.rs"]
mod signals;
#[path = "../conformance/start_timers.rs"]
mod start_timers;
#[path = "../conformance/value_maps.rs"]
mod value_maps;
#[path = "../conformance/waits.rs"]
mod waits;
#[path = "../conformance/world.rs"]
mod world;

mod differential;
mod sessions;
mod tls;

use std::sync::Arc;

use hosk_store::Postgres;
use hosk_store::postgres::Options;
use test_postgres::Schema;
use world::World;

/// A store in a schema of its own.
async fn open(schema: &Schema) -> Postgres {
    let options = Options { connections: 4, ..Options::default() };
    Postgres::open(schema.url(), options).await.unwrap()
}

macro_rules! conformance {
    ($($module:ident { $($name:ident)* })*) => {
        mod conformance {$($(
            #[tokio::test]
            async fn $name() {
                let schema = test_postgres::schema();
                let store = super::Arc::new(super::open(&schema).await);
                super::$module::$name(super::World::new(store.clone()).await).await;
                store.close().await;
            }
        )*)*}
    };
}

suite!(conformance);

#[tokio::test]
async fn connections_are_kept() {
    let schema = test_postgres::schema();
    let store = open(&schema).await;
    connections::connections_are_kept(&store).await;
    store.close().await;
}

#[tokio::test]
async fn identities_are_kept() {
    for test in 0..3 {
        let schema = test_postgres::schema();
        let store = open(&schema).await;
        let identities = Arc::new(store.identities());
        match test {
            0 => identity::identities_are_kept(&*identities).await,
            1 => identity::what_belongs_to_somebody_goes_with_him(&*identities).await,
            _ => identity::one_of_many_gets_an_id(identities).await,
        }
        store.close().await;
    }
}

#[tokio::test]
async fn plugins_are_kept() {
    let schema = test_postgres::schema();
    let store = open(&schema).await;
    plugins::plugins_are_kept(&store).await;
    store.close().await;
}

#[tokio::test]
async fn documents_are_kept() {
    let schema = test_postgres::schema();
    let store = open(&schema).await;
    let other = open(&schema).await;
    documents::documents_are_kept(&store, &other).await;
    other.close().await;
    store.close().await;
}

/// Every table and column of a file has a place in PostgreSQL, and the other way: a schema that grows on one side only
/// cannot be moved.
#[tokio::test]
async fn everything_has_a_place_on_the_other_side() {
    let (folder, schema) = (tempfile::tempdir().unwrap(), test_postgres::schema());
    let (one, other) = (folder.path().join("one.db"), folder.path().join("other.db"));
    hosk_store::Sqlite::open(&one, hosk_store::sqlite::Options::default())
        .await
        .unwrap()
        .close()
        .await
        .unwrap();
    let url = schema.url();
    let mut told = |_: hosk_store::Progress<'_>| {};
    let (file, server) = (hosk_store::Place::File(&one), hosk_store::Place::Postgres(url));
    let rows = hosk_store::transfer(file, server, &mut told).await.unwrap();
    assert!(rows <= 1, "an empty store has the version of its identities at most: {rows}");
    let back = hosk_store::Place::File(&other);
    assert_eq!(hosk_store::transfer(server, back, &mut told).await.unwrap(), rows);
}
