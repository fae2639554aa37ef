//! `kill -9` at random moments on a database file; see [`kills`].

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod book;
mod kills;
mod server;
mod shop;

/// How often the server is killed.
const KILLS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_happens_twice() {
    kills::survived(None, KILLS).await;
}
