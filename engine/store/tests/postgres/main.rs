//! PostgreSQL is held to the suite that the other stores are held to, and to what is its own.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[macro_use]
#[path = "../conformance/suite.rs"]
mod suite;

#[path = "../conformance/commits.rs"]
mod commits;
#[path = "../conformance/connections.rs"]
mod connections;
#[path = "../conformance/decisions.rs"]
mod decisions;
#[path = "../conformance/deployments.rs"]
mod deployments;
#[path = "../conformance/jobs.rs"]
mod jobs;
#[path = "../conformance/messages.rs"]
mod messages;
#[path = "../conformance/nodes.rs"]
mod nodes;
#[path = "../conformance/rows.rs"]
mod rows;
#[path = "../conformance/searches.rs"]
mod searches;
#[path = "../conformance/signals.rs"]
mod signals;
#[path = "../conformance/start_timers.rs"]
mod start_timers;
#[path = "../conformance/world.rs"]
mod world;

mod differential;
mod sessions;

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
