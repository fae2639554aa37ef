//! Jobs of several tenants on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "tests say what went wrong by panicking")]

#[path = "it/support.rs"]
#[expect(dead_code, reason = "this is one story of many")]
mod support;
#[path = "it/tenants.rs"]
mod tenants;

use std::sync::Arc;

use hosk_store::Postgres;
use hosk_store::postgres::Options;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_worker_is_given_its_own() {
    let schema = test_postgres::schema();
    let options = Options { connections: 4, ..Options::default() };
    let store = Postgres::open(schema.url(), options).await.unwrap();
    tenants::each_worker_is_given_its_own(Arc::new(store)).await;
}
