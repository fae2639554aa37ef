//! The database crashes and starts again while orders are shipped: nothing is lost, nothing happens twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::book::Book;
use crate::cuts::employees;
use crate::server::{Seed, Server};
use crate::shop::Shop;

const CRASHES: usize = 4;
/// Longest time from when orders are shipped again to the next crash, in milliseconds.
const LONGEST: u64 = 1_500;
/// Orders begun meanwhile that show that others are shipped: more than there are employees.
const MORE: u64 = 10;
/// How long orders may stand still after a crash.
const PATIENCE: Duration = Duration::from_mins(1);

/// Whether some more orders are begun before long: each of the employees begins one when the one before is shipped.
async fn goes_on(book: &Book) -> bool {
    let (begun, began) = (book.orders(), Instant::now());
    while book.orders() < begun + MORE {
        if began.elapsed() > PATIENCE {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    true
}

/// Ships orders while the database crashes at random moments, under a server that goes on.
pub(crate) async fn survived() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut seed = Seed::from_environment();
    let mut database = test_postgres::Crashing::start();
    let data = tempfile::tempdir().unwrap();
    let book = Arc::new(Book::default());
    let mut server = Server::start(data.path(), Some(&database.url())).await;
    Shop::new(&server.base).open().await.unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let employees = employees(&server, &book, &over);
    for crash in 0..CRASHES {
        assert!(goes_on(&book).await, "nothing is shipped after {crash} crashes ({seed})");
        tokio::time::sleep(Duration::from_millis(seed.below(LONGEST))).await;
        database = tokio::task::spawn_blocking(move || {
            database.crash();
            database
        })
        .await
        .unwrap();
    }
    assert!(goes_on(&book).await, "nothing is shipped after the last crash ({seed})");
    over.store(true, Ordering::Relaxed);
    for employee in employees {
        employee.await.unwrap();
    }
    let shop = Shop::new(&server.base);
    book.everything_acknowledged_is_there(&shop).await.unwrap_or_else(|what| panic!("{what} ({seed})"));
    shop.finish_everything().await.unwrap();
    book.each_order_was_delivered_once(&shop).await.unwrap_or_else(|what| panic!("{what} ({seed})"));
    eprintln!("{} orders, {CRASHES} crashes, {seed}", book.orders());
    server.kill().await;
}
