//! Other writers of the same file: the engine, or a second server by mistake.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::time::{Duration, Instant};

use common::{Fixture, order};
use hosk_records::{Error, Records};
use sqlx::Connection as _;

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_waits_for_a_neighbour_and_then_goes_on() {
    let fixture = Fixture::with_stock(&[("A", "10")]).await;
    let url = format!("sqlite://{}", fixture.folder.path().join("hosk.db").display());
    let mut neighbour = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("CREATE TABLE neighbour (id INTEGER)").execute(&mut neighbour).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut neighbour).await.unwrap();
    sqlx::query("INSERT INTO neighbour VALUES (1)").execute(&mut neighbour).await.unwrap();
    let started = Instant::now();
    let records = fixture.records.clone();
    let waiting = tokio::spawn(async move { records.create_delivery(order(&[("A", "1")]), None).await });
    // Readers do not wait.
    assert_eq!(fixture.available("A").await, "10");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    sqlx::query("COMMIT").execute(&mut neighbour).await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().number, "D-000001");
    assert!(started.elapsed() >= Duration::from_millis(300));
    fixture.assert_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_file_sell_nothing_twice() {
    let fixture = Fixture::with_stock(&[("A", "7")]).await;
    let second = Records::open(fixture.folder.path().join("hosk.db")).await.unwrap();
    let tasks: Vec<_> = (0..40)
        .map(|index| {
            let records = if index % 2 == 0 { fixture.records.clone() } else { second.clone() };
            // Every key is used by both.
            let key = format!("job-{}", index / 2);
            tokio::spawn(async move { records.create_delivery(order(&[("A", "1")]), Some(&key)).await })
        })
        .collect();
    let mut delivered = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => delivered += 1,
            Err(error) => assert!(matches!(error, Error::NotEnoughStock { .. }), "{error}"),
        }
    }
    assert!((7..=14).contains(&delivered), "{delivered}: each of seven keys answers once or twice");
    assert_eq!(fixture.available("A").await, "0");
    fixture.assert_ledger().await;
}
