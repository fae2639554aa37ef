//! A store whose tables are distributed by bucket is held to the suite that the others are held to. Citus itself is not here:
//! functions in the database stand in for it.

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
#[path = "../conformance/decisions.rs"]
mod decisions;
#[path = "../conformance/deployments.rs"]
mod deployments;
#[path = "../conformance/global_listeners.rs"]
mod global_listeners;
#[path = "../conformance/job_figures.rs"]
mod job_figures;
#[path = "../conformance/jobs.rs"]
mod jobs;
#[path = "../conformance/messages.rs"]
mod messages;
#[path = "../conformance/nodes.rs"]
mod nodes;
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

mod heard;
mod rules;
mod spread;

use std::sync::Arc;

use hosk_store::postgres::Options;
use hosk_store::{Postgres, Store as _};
use test_postgres::Schema;
use world::World;

/// A store on a cluster.
async fn open(schema: &Schema) -> Postgres {
    heard::listen();
    Postgres::spread(schema.url()).await.unwrap();
    let options = Options { connections: 4, ..Options::default() };
    let store = Postgres::open(schema.url(), options).await.unwrap();
    assert!(store.one_bucket_per_batch());
    store
}

macro_rules! conformance {
    ($($module:ident { $($name:ident)* })*) => {
        mod conformance {$($(
            #[tokio::test]
            async fn $name() {
                let schema = test_postgres::cluster();
                let store = super::Arc::new(super::open(&schema).await);
                super::$module::$name(super::World::new(store.clone()).await).await;
                store.close().await;
                super::heard::check();
            }
        )*)*}
    };
}

suite!(conformance);
