//! Strangers on PostgreSQL.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops")]

#[path = "api/server.rs"]
#[expect(dead_code, reason = "this is one story of many")]
mod server;
#[path = "api/tenants"]
mod tenants {
    #[expect(dead_code, reason = "this is one story of many")]
    pub(crate) mod strangers;
    #[expect(dead_code, reason = "this is one story of many")]
    mod table;
    mod world;
}

use std::sync::Arc;

use hosk_store::postgres::Options;
use hosk_store::{Postgres, PostgresIdentity};
use server::{Make, Server};
use tenants::strangers::{strangers_see_and_do_nothing, told_apart};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_tells_or_does_anything_of_a_foreign_tenant() {
    let schema = test_postgres::schema();
    let options = Options { connections: 4, ..Options::default() };
    let store = Postgres::open(schema.url(), options).await.unwrap();
    let identities = PostgresIdentity::open(schema.url()).await.unwrap();
    let server = Server::on(Arc::new(store), Arc::new(identities), told_apart(Make::default())).await;
    strangers_see_and_do_nothing(server).await;
}
