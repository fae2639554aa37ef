//! Delivery orders: exact, all or nothing, once per key, also under load and over restarts.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use common::{Fixture, order};
use hosk_records::{CancelDelivery, DeliveryFilter, DeliveryStatus, Error, NewDelivery, Page, Payment};

#[tokio::test]
async fn a_delivery_takes_the_goods_and_answers_what_remains() {
    let fixture = Fixture::with_stock(&[("A", "10"), ("B", "2.5")]).await;
    let delivery = fixture.deliver(&[("A", "3"), ("B", "0.25")], None).await.unwrap();
    assert_eq!(delivery.number, "D-000001");
    assert_eq!(delivery.status, DeliveryStatus::Posted);
    assert_eq!(delivery.total.to_string(), "32.5");
    let left: Vec<String> = delivery.remaining_stock.iter().map(|item| item.available.to_string()).collect();
    assert_eq!(left, ["7", "2.25"]);
    assert_eq!(fixture.records.delivery("D-000001").await.unwrap(), delivery);
    let client = fixture.records.client("C").await.unwrap();
    assert_eq!(client.open_amount.to_string(), "32.5");
    assert_eq!(client.available_credit.unwrap().to_string(), "967.5");
    fixture.assert_ledger().await;
}

#[tokio::test]
async fn what_is_not_there_is_refused_with_the_missing_lines_and_nothing_happens() {
    let fixture = Fixture::with_stock(&[("A", "10"), ("B", "1")]).await;
    // Two lines of one product count together.
    let error = fixture.deliver(&[("B", "1"), ("A", "6"), ("A", "5")], None).await.unwrap_err();
    let Error::NotEnoughStock { warehouse, missing } = error else { panic!("{error}") };
    assert_eq!(warehouse, "W");
    assert_eq!(missing.len(), 1);
    let lack = &missing[0];
    assert_eq!((lack.product.as_str(), lack.missing.to_string()), ("A", "1".to_owned()));
    assert_eq!((lack.requested.to_string(), lack.available.to_string()), ("11".to_owned(), "10".to_owned()));
    assert_eq!(fixture.available("B").await, "1");
    let next = fixture.deliver(&[("A", "1")], None).await.unwrap();
    assert_eq!(next.number, "D-000001", "a refused order takes no number");
    fixture.assert_ledger().await;
}

#[tokio::test]
async fn a_partial_delivery_gives_what_is_there_but_never_nothing() {
    let fixture = Fixture::with_stock(&[("A", "4"), ("B", "0")]).await;
    let partial = |lines: &[(&str, &str)]| NewDelivery { partial: true, ..order(lines) };
    let request = partial(&[("A", "3"), ("A", "3"), ("B", "1")]);
    let delivery = fixture.records.create_delivery(request, None).await.unwrap();
    let given: Vec<(String, String)> =
        delivery.lines.iter().map(|line| (line.product.clone(), line.quantity.to_string())).collect();
    assert_eq!(given, [("A".into(), "3".into()), ("A".into(), "1".into())]);
    assert_eq!(delivery.missing_lines.len(), 2);
    assert_eq!(delivery.total.to_string(), "40");
    let nothing = fixture.records.create_delivery(partial(&[("A", "1"), ("B", "1")]), None).await;
    assert!(matches!(nothing, Err(Error::NotEnoughStock { .. })));
    fixture.assert_ledger().await;
}

#[tokio::test]
async fn a_repeated_key_answers_the_first_result_and_another_body_is_refused() {
    let fixture = Fixture::with_stock(&[("A", "10")]).await;
    let first = fixture.deliver(&[("A", "4")], Some("job-1")).await.unwrap();
    fixture.deliver(&[("A", "1")], Some("job-2")).await.unwrap();
    let again = fixture.deliver(&[("A", "4")], Some("job-1")).await.unwrap();
    assert_eq!(again, first, "the remaining stock is that of the first answer");
    let other = fixture.deliver(&[("A", "5")], Some("job-1")).await;
    assert!(matches!(other, Err(Error::KeyReused { .. })));
    assert_eq!(fixture.available("A").await, "5");
    let fixture = fixture.restarted().await;
    assert_eq!(fixture.deliver(&[("A", "4")], Some("job-1")).await.unwrap(), first);
    fixture.assert_ledger().await;
}

#[tokio::test]
async fn a_refused_order_may_be_repeated_under_its_key() {
    let fixture = Fixture::with_stock(&[("A", "1")]).await;
    assert!(fixture.deliver(&[("A", "2")], Some("job-1")).await.is_err());
    fixture.records.receive_goods(common::receipt(&[("A", "1")]), Some("r")).await.unwrap();
    fixture.records.receive_goods(common::receipt(&[("A", "1")]), Some("r")).await.unwrap();
    assert_eq!(fixture.available("A").await, "2", "a repeated receipt counts once");
    assert!(fixture.deliver(&[("A", "2")], Some("job-1")).await.is_ok());
    fixture.assert_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_orders_for_the_last_stock_get_exactly_what_is_there() {
    let fixture = Fixture::with_stock(&[("A", "12"), ("B", "100")]).await;
    let tasks: Vec<_> = (0..100)
        .map(|index| {
            let records = fixture.records.clone();
            let key = format!("job-{index}");
            tokio::spawn(async move {
                records.create_delivery(order(&[("A", "0.5"), ("B", "1")]), Some(&key)).await
            })
        })
        .collect();
    let mut numbers = BTreeSet::new();
    for task in tasks {
        match task.await.unwrap() {
            Ok(delivery) => assert!(numbers.insert(delivery.number), "a number was given twice"),
            Err(error) => assert!(matches!(error, Error::NotEnoughStock { .. }), "{error}"),
        }
    }
    assert_eq!(numbers.len(), 24);
    assert_eq!(numbers.last().unwrap(), "D-000024", "numbers have no gaps");
    assert_eq!((fixture.available("A").await, fixture.available("B").await), ("0".into(), "76".into()));
    fixture.assert_ledger().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_at_the_same_time_makes_one_delivery() {
    let fixture = Fixture::with_stock(&[("A", "100")]).await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let records = fixture.records.clone();
            tokio::spawn(async move {
                records.create_delivery(order(&[("A", "1")]), Some("one")).await.unwrap().number
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "D-000001");
    }
    assert_eq!(fixture.available("A").await, "99");
}

/// Callers that vanish at any moment and repeat after a restart: one delivery per key, no stock lost.
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_calls_repeated_after_a_restart_deliver_once() {
    let mut fixture = Fixture::with_stock(&[("A", "1000")]).await;
    for round in 0_u64..8 {
        let tasks: Vec<_> = (0..10)
            .map(|index| {
                let records = fixture.records.clone();
                let key = format!("job-{index}");
                tokio::spawn(async move { records.create_delivery(order(&[("A", "1.5")]), Some(&key)).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_micros(300 * round)).await;
        tasks.iter().for_each(tokio::task::JoinHandle::abort);
        for task in tasks {
            if let Ok(answered) = task.await {
                answered.unwrap();
            }
        }
        fixture = fixture.restarted().await;
        fixture.assert_ledger().await;
    }
    for index in 0..10 {
        fixture.deliver(&[("A", "1.5")], Some(&format!("job-{index}"))).await.unwrap();
    }
    let listed = fixture.records.deliveries(&DeliveryFilter::default(), Page::default()).await.unwrap();
    assert_eq!(listed.page.total_items, 10);
    assert_eq!(fixture.available("A").await, "985");
    fixture.assert_ledger().await;
}

#[tokio::test]
async fn a_cancelled_delivery_gives_the_goods_back_once() {
    let fixture = Fixture::with_stock(&[("A", "10")]).await;
    fixture.deliver(&[("A", "4")], None).await.unwrap();
    let request = || CancelDelivery { number: "D-000001".into(), reason: Some("wrong client".into()) };
    let cancelled = fixture.records.cancel_delivery(request(), Some("job-9")).await.unwrap();
    assert_eq!(cancelled.status, DeliveryStatus::Cancelled);
    assert_eq!(cancelled.remaining_stock[0].available.to_string(), "10");
    assert_eq!(fixture.records.cancel_delivery(request(), Some("job-9")).await.unwrap(), cancelled);
    let twice = fixture.records.cancel_delivery(request(), Some("job-10")).await;
    assert!(matches!(twice, Err(Error::Conflict { .. })));
    assert_eq!(fixture.available("A").await, "10");
    assert_eq!(fixture.records.client("C").await.unwrap().open_amount.to_string(), "0");
    fixture.assert_ledger().await;
}

#[tokio::test]
async fn payments_lower_what_is_open_and_paid_deliveries_stay() {
    let fixture = Fixture::with_stock(&[("A", "200")]).await;
    fixture.deliver(&[("A", "150")], None).await.unwrap();
    assert!(fixture.records.client("C").await.unwrap().credit_exceeded, "1500 of 1000");
    let pay = |amount: &str| Payment { amount: amount.parse().unwrap(), reference: None };
    let paid = fixture.records.pay_delivery("D-000001", pay("600.5"), Some("p")).await.unwrap();
    assert_eq!(paid.open_amount.to_string(), "899.5");
    assert_eq!(fixture.records.pay_delivery("D-000001", pay("600.5"), Some("p")).await.unwrap(), paid);
    assert!(!fixture.records.client("C").await.unwrap().credit_exceeded);
    for wrong in ["0", "-1", "899.51"] {
        let refused = fixture.records.pay_delivery("D-000001", pay(wrong), None).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{wrong}");
    }
    let cancel = CancelDelivery { number: "D-000001".into(), reason: None };
    assert!(matches!(fixture.records.cancel_delivery(cancel, None).await, Err(Error::Conflict { .. })));
    fixture.assert_ledger().await;
}

#[tokio::test]
async fn quantities_finer_than_the_product_allows_are_refused() {
    let fixture = Fixture::with_stock(&[("A", "10")]).await;
    for wrong in ["0.0001", "0", "-1"] {
        let refused = fixture.deliver(&[("A", wrong)], None).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{wrong}");
    }
    assert!(matches!(fixture.deliver(&[], None).await, Err(Error::Invalid { .. })));
    assert!(matches!(
        fixture.deliver(&[("X", "1")], None).await,
        Err(Error::NotFound { kind: "product", .. })
    ));
    let unknown = NewDelivery { client_code: "X".into(), ..order(&[("A", "1")]) };
    assert!(matches!(
        fixture.records.create_delivery(unknown, None).await,
        Err(Error::NotFound { kind: "client", .. })
    ));
    fixture.assert_ledger().await;
}
