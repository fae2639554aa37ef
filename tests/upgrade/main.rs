//! A database file that an earlier release left behind; see [`story`].

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "../crash/server.rs"]
#[expect(dead_code, reason = "shared with the crash tests")]
mod server;
mod story;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_earlier_release_left_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let file = SqliteConnectOptions::new().filename(data.path().join("hosk.db")).create_if_missing(true);
    let mut connection = file.connect().await.unwrap();
    sqlx::raw_sql(include_str!("schema-50.sqlite.sql")).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    story::goes_on(data.path(), None).await;
}
