//! `kill -9` at random moments, again and again, while orders are shipped.
//!
//! Afterwards every acknowledged command is there, every order has exactly one delivery, and no stock is lost or
//! invented. The seed is printed; `HOSK_SEED` repeats a run's moments (not the scheduler's).

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::book::Book;
use crate::server::{Seed, Server};
use crate::shop::Shop;

/// Employees working at the same time.
const EMPLOYEES: usize = 4;
/// Longest time between a start and the kill, in milliseconds.
const LONGEST: u64 = 300;

/// How often: `cargo xtask soak` asks for more than a quick test does.
pub(crate) fn wanted(usual: usize) -> usize {
    std::env::var("HOSK_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Ships orders on a database, a file by default, while the server is killed so many times.
pub(crate) async fn survived(database: Option<&str>, kills: usize) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut seed = Seed::from_environment();
    let data = tempfile::tempdir().unwrap();
    let book = Arc::new(Book::default());

    let mut server = Server::start(data.path(), database).await;
    Shop::new(&server.base).open().await.unwrap();
    for round in 0..kills {
        let employees: Vec<_> = (0..EMPLOYEES)
            .map(|_| {
                let (shop, book) = (Shop::new(&server.base), Arc::clone(&book));
                tokio::spawn(async move { shop.ship_until_it_breaks(&book, &AtomicBool::new(false)).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(seed.below(LONGEST))).await;
        server.kill().await;
        for employee in employees {
            employee.await.unwrap();
        }
        server = Server::start(data.path(), database).await;
        let shop = Shop::new(&server.base);
        book.everything_acknowledged_is_there(&shop)
            .await
            .unwrap_or_else(|what| panic!("round {round}: {what}"));
    }

    let shop = Shop::new(&server.base);
    shop.finish_everything().await.unwrap();
    book.each_order_was_delivered_once(&shop).await.unwrap();
    eprintln!("{} orders, {kills} kills, {seed}", book.orders());
    server.kill().await;
}
