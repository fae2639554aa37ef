//! The ledger against a reference model, and the audit against a tampered database.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use common::{Fixture, order, receipt};
use hosk_records::{CancelDelivery, Error, NewDelivery, Quantity};
use proptest::prelude::*;
use sqlx::Connection as _;

const PRODUCTS: [&str; 3] = ["A", "B", "C"];

#[derive(Debug, Clone)]
enum Action {
    Receive(Vec<(usize, i64)>),
    Deliver { lines: Vec<(usize, i64)>, partial: bool },
    Cancel(usize),
    Repeat(usize),
}

fn lines() -> impl Strategy<Value = Vec<(usize, i64)>> {
    // Thousandths, so that fractions are met as often as whole units.
    prop::collection::vec((0..PRODUCTS.len(), 1_i64..8_000), 1..4)
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        2 => lines().prop_map(Action::Receive),
        4 => (lines(), any::<bool>()).prop_map(|(lines, partial)| Action::Deliver { lines, partial }),
        1 => (0_usize..8).prop_map(Action::Cancel),
        1 => (0_usize..8).prop_map(Action::Repeat),
    ]
}

/// What should be: stock in thousandths, and the lines of each delivery that stands.
#[derive(Default)]
struct Model {
    stock: [i64; 3],
    deliveries: Vec<Option<Vec<(usize, i64)>>>,
    requests: Vec<(String, NewDelivery, String)>,
}

fn named(lines: &[(usize, i64)]) -> Vec<(&'static str, String)> {
    lines
        .iter()
        .map(|(product, thousandths)| {
            (PRODUCTS[*product], Quantity::from_steps(thousandths * 1_000).to_string())
        })
        .collect()
}

fn borrowed<'a>(lines: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    lines.iter().map(|(product, quantity)| (*product, quantity.as_str())).collect()
}

impl Model {
    /// What a delivery would give: all lines, or what is there from the first line on.
    fn take(&self, wanted: &[(usize, i64)], partial: bool) -> Option<Vec<(usize, i64)>> {
        let mut left = self.stock;
        let mut given = Vec::new();
        for (product, quantity) in wanted {
            let part = (*quantity).min(left[*product]);
            if part < *quantity && !partial {
                return None;
            }
            left[*product] -= part;
            if part > 0 {
                given.push((*product, part));
            }
        }
        (!given.is_empty()).then_some(given)
    }

    async fn play(&mut self, fixture: &Fixture, step: usize, action: &Action) {
        match action {
            Action::Receive(lines) => {
                let request = receipt(&borrowed(&named(lines)));
                fixture.records.receive_goods(request, Some(&format!("r{step}"))).await.unwrap();
                for (product, quantity) in lines {
                    self.stock[*product] += quantity;
                }
            }
            Action::Deliver { lines, partial } => {
                let request = NewDelivery { partial: *partial, ..order(&borrowed(&named(lines))) };
                let key = format!("d{step}");
                let answer = fixture.records.create_delivery(request.clone(), Some(&key)).await;
                match self.take(lines, *partial) {
                    None => assert!(matches!(answer, Err(Error::NotEnoughStock { .. })), "{answer:?}"),
                    Some(given) => {
                        let delivery = answer.unwrap();
                        let got: Vec<i64> =
                            delivery.lines.iter().map(|line| line.quantity.steps() / 1_000).collect();
                        assert_eq!(got, given.iter().map(|(_, quantity)| *quantity).collect::<Vec<_>>());
                        for (product, quantity) in &given {
                            self.stock[*product] -= quantity;
                        }
                        self.deliveries.push(Some(given));
                        self.requests.push((key, request, delivery.number));
                    }
                }
            }
            Action::Cancel(index) => {
                let request = CancelDelivery { number: format!("D-{:06}", index + 1), reason: None };
                let answer = fixture.records.cancel_delivery(request, Some(&format!("c{step}"))).await;
                match self.deliveries.get_mut(*index) {
                    None => assert!(matches!(answer, Err(Error::NotFound { .. }))),
                    Some(standing) => match standing.take() {
                        None => assert!(matches!(answer, Err(Error::Conflict { .. }))),
                        Some(lines) => {
                            answer.unwrap();
                            for (product, quantity) in &lines {
                                self.stock[*product] += quantity;
                            }
                        }
                    },
                }
            }
            Action::Repeat(index) => {
                if let Some((key, request, number)) = self.requests.get(*index) {
                    let again = fixture.records.create_delivery(request.clone(), Some(key)).await.unwrap();
                    assert_eq!(again.number, *number);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ledger_agrees_with_the_model(actions in prop::collection::vec(action(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let fixture = Fixture::with_stock(&[("A", "0"), ("B", "0"), ("C", "0")]).await;
            let mut model = Model::default();
            for (step, action) in actions.iter().enumerate() {
                model.play(&fixture, step, action).await;
            }
            for (product, thousandths) in PRODUCTS.iter().zip(model.stock) {
                assert_eq!(fixture.available(product).await, Quantity::from_steps(thousandths * 1_000).to_string());
            }
            fixture.assert_ledger().await;
            fixture.records.close().await;
        });
    }
}

/// Every rule of the audit finds what it is there for.
#[tokio::test]
async fn the_audit_finds_every_kind_of_damage() {
    let damage = [
        ("balance-equals-moves", "UPDATE records_balance SET quantity = quantity + 1 WHERE location = 'W'"),
        ("places-sum-to-zero", "UPDATE records_balance SET quantity = quantity + 1 WHERE location = 'W'"),
        ("no-negative-stock", "UPDATE records_balance SET quantity = -1 WHERE location = 'W'"),
        ("delivery-has-its-moves", "DELETE FROM records_move WHERE document = 'D-000001' AND line = 1"),
        (
            "delivery-has-its-moves",
            "UPDATE records_move SET quantity = quantity + 1 WHERE document = 'D-000001'",
        ),
        ("delivery-has-its-moves", "UPDATE records_delivery SET status = 'cancelled', open_amount = 0"),
        (
            "move-has-its-document",
            "UPDATE records_move SET document = 'D-000099' WHERE document = 'D-000001'",
        ),
        (
            "total-equals-lines",
            "UPDATE records_delivery SET total = total + 1, open_amount = open_amount + 1",
        ),
        (
            "open-amount-equals-total-less-payments",
            "UPDATE records_delivery SET open_amount = open_amount - 1",
        ),
        ("numbers-without-gaps", "UPDATE records_counter SET value = 7 WHERE name = 'delivery'"),
        ("numbers-without-gaps", "UPDATE records_receipt SET sequence = 9"),
        ("key-has-its-delivery", "UPDATE records_idempotency SET result = '{\"number\": \"D-7\"}'"),
    ];
    for (rule, statement) in damage {
        let fixture = Fixture::with_stock(&[("A", "10")]).await;
        fixture.deliver(&[("A", "4")], Some("job")).await.unwrap();
        fixture.assert_ledger().await;
        let url = format!("sqlite://{}", fixture.folder.path().join("hosk.db").display());
        let mut tamper = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::query("PRAGMA foreign_keys = OFF").execute(&mut tamper).await.unwrap();
        sqlx::query(statement).execute(&mut tamper).await.unwrap();
        let report = fixture.records.ledger_check().await.unwrap();
        assert!(!report.ok);
        assert!(report.findings.iter().any(|finding| finding.rule == rule), "{rule}: {:#?}", report.findings);
    }
}
