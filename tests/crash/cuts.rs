//! The session that writes is cut again and again while orders are shipped: nothing is lost, nothing happens twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::book::Book;
use crate::server::{Seed, Server};
use crate::shop::Shop;

const EMPLOYEES: usize = 4;
const CUTS: usize = 25;
/// Longest time between two cuts, in milliseconds.
const LONGEST: u64 = 250;

/// Ship orders until it is over; one that got no answer goes on with the next order.
pub(crate) fn employees(server: &Server, book: &Arc<Book>, over: &Arc<AtomicBool>) -> Vec<JoinHandle<()>> {
    let employ = |_| {
        let (shop, book, over) = (Shop::new(&server.base), Arc::clone(book), Arc::clone(over));
        tokio::spawn(async move {
            while !over.load(Ordering::Relaxed) {
                shop.ship_until_it_breaks(&book, &over).await;
            }
        })
    };
    (0..EMPLOYEES).map(employ).collect()
}

/// Ships orders while the database ends the session of the server, at random moments.
pub(crate) async fn survived(schema: &test_postgres::Schema) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut seed = Seed::from_environment();
    let data = tempfile::tempdir().unwrap();
    let book = Arc::new(Book::default());
    let mut server = Server::start(data.path(), Some(schema.url())).await;
    Shop::new(&server.base).open().await.unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let employees = employees(&server, &book, &over);
    let mut cut = 0;
    for _ in 0..CUTS {
        tokio::time::sleep(Duration::from_millis(50 + seed.below(LONGEST))).await;
        let ended = schema.run(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE application_name = 'hosk writes ' || current_schema()",
        );
        cut += ended.lines().last().and_then(|text| text.trim().parse::<usize>().ok()).unwrap_or(0);
    }
    over.store(true, Ordering::Relaxed);
    for employee in employees {
        employee.await.unwrap();
    }
    assert!(cut > CUTS / 2, "only {cut} sessions were there to be cut");
    let shop = Shop::new(&server.base);
    book.everything_acknowledged_is_there(&shop).await.unwrap_or_else(|what| panic!("{what} ({seed})"));
    shop.finish_everything().await.unwrap();
    book.each_order_was_delivered_once(&shop).await.unwrap_or_else(|what| panic!("{what} ({seed})"));
    eprintln!("{} orders, {cut} cuts, {seed}", book.orders());
    server.kill().await;
}
