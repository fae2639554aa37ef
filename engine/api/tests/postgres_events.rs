//! Streams of events with several servers on one PostgreSQL.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops")]

#[path = "api/listener.rs"]
mod listener;
#[path = "api/server.rs"]
#[expect(dead_code, reason = "this is one story of many")]
mod server;

use std::sync::Arc;

use hosk_store::Postgres;
use hosk_store::postgres::Options;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_goes_on_on_another_server() {
    let schema = test_postgres::schema();
    let options = Options { connections: 8, ..Options::default() };
    let store = Postgres::open(schema.url(), options).await.unwrap();
    listener::a_stream_goes_on(Arc::new(store)).await;
}
