//! The database crashes and starts again while orders are shipped: nothing is lost, nothing happens twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::book::Book;
use crate::cuts::employees;
use crate::server::{Seed, Server};
use crate::shop::Shop;

const CRASHES: usize = 4;
/// Longest time between two crashes, in milliseconds.
const LONGEST: u64 = 1_500;

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
    let mut shipped = Vec::new();
    for _ in 0..CRASHES {
        tokio::time::sleep(Duration::from_millis(500 + seed.below(LONGEST))).await;
        shipped.push(book.orders());
        database = tokio::task::spawn_blocking(move || {
            database.crash();
            database
        })
        .await
        .unwrap();
    }
    tokio::time::sleep(Duration::from_millis(LONGEST)).await;
    shipped.push(book.orders());
    over.store(true, Ordering::Relaxed);
    for employee in employees {
        employee.await.unwrap();
    }
    assert!(
        shipped.windows(2).all(|pair| pair[0] < pair[1]),
        "it went on after each crash: {shipped:?} ({seed})"
    );
    let shop = Shop::new(&server.base);
    book.everything_acknowledged_is_there(&shop).await.unwrap_or_else(|what| panic!("{what} ({seed})"));
    shop.finish_everything().await.unwrap();
    book.each_order_was_delivered_once(&shop).await.unwrap_or_else(|what| panic!("{what} ({seed})"));
    eprintln!("{} orders, {CRASHES} crashes, {seed}", book.orders());
    server.kill().await;
}
