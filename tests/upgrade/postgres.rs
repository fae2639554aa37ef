//! Tables on PostgreSQL that an earlier release left behind; see [`story`].

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "../crash/server.rs"]
#[expect(dead_code, reason = "shared with the crash tests")]
mod server;
mod story;

use sqlx::Connection as _;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_earlier_release_left_goes_on() {
    let schema = test_postgres::schema();
    let mut connection = sqlx::PgConnection::connect(schema.url()).await.unwrap();
    sqlx::raw_sql(include_str!("schema-50.postgres.sql")).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let data = tempfile::tempdir().unwrap();
    story::goes_on(data.path(), Some(schema.url())).await;
}
