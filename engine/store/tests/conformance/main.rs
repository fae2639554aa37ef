//! One suite over the stores that need nothing from the machine: what one answers the other answers.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[macro_use]
mod suite;

mod audit;
mod batches;
mod cluster_variables;
mod commits;
mod connections;
mod decisions;
mod deployments;
mod documents;
mod global_listeners;
mod identity;
mod job_figures;
mod jobs;
mod messages;
mod nodes;
mod plugins;
mod removal;
mod rows;
mod searches;
mod signals;
mod start_timers;
mod value_maps;
mod waits;
mod world;

use std::sync::Arc;

use hosk_store::sqlite::Options;
use hosk_store::{Memory, Sqlite};
use world::World;

/// Each test runs against each store.
macro_rules! conformance {
    ($($module:ident { $($name:ident)* })*) => {
        mod memory {$($(
            #[tokio::test]
            async fn $name() {
                super::$module::$name(super::World::new(super::Arc::new(super::Memory::new())).await).await;
            }
        )*)*}
        mod sqlite {$($(
            #[tokio::test]
            async fn $name() {
                let folder = tempfile::tempdir().unwrap();
                let store = super::Sqlite::open(folder.path().join("store.db"), super::Options { durable: false });
                let world = super::World::new(super::Arc::new(store.await.unwrap())).await;
                super::$module::$name(world).await;
            }
        )*)*}
    };
}

suite!(conformance);

#[tokio::test]
async fn connections_are_kept() {
    connections::connections_are_kept(&Memory::new()).await;
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("store.db"), Options { durable: false }).await.unwrap();
    connections::connections_are_kept(&store).await;
}

#[tokio::test]
async fn identities_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let open = async |name: &str| {
        Arc::new(Sqlite::open(folder.path().join(name), Options { durable: false }).await.unwrap())
    };
    identity::identities_are_kept(&Memory::new()).await;
    identity::identities_are_kept(&*open("kept.db").await).await;
    identity::what_belongs_to_somebody_goes_with_him(&Memory::new()).await;
    identity::what_belongs_to_somebody_goes_with_him(&*open("gone.db").await).await;
    identity::one_of_many_gets_an_id(Arc::new(Memory::new())).await;
    identity::one_of_many_gets_an_id(open("one.db").await).await;
}

#[tokio::test]
async fn plugins_are_kept() {
    plugins::plugins_are_kept(&Memory::new()).await;
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("store.db"), Options { durable: false }).await.unwrap();
    plugins::plugins_are_kept(&store).await;
}

#[tokio::test]
async fn documents_are_kept() {
    let memory = Memory::new();
    documents::documents_are_kept(&memory, &memory).await;
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("store.db"), Options { durable: false }).await.unwrap();
    documents::documents_are_kept(&store, &store).await;
}
