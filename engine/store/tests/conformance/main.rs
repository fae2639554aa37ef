//! One suite over both stores: what one answers the other answers.

mod commits;
mod searches;
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

conformance! {
    commits {
        what_was_committed_is_loaded
        a_stale_change_set_is_left_out_whole
        an_instance_is_created_once
        a_batch_that_breaks_the_contract_is_refused
        a_snapshot_shortens_the_tail
        outbox_entries_keep_their_order_and_go_once
        a_command_from_the_outbox_has_its_effect_once
        timers_come_due_in_order
        what_belongs_to_an_instance_is_located
        nodes_have_their_own_numbers
        a_batch_of_many_instances_is_written_in_chunks
    }
}
