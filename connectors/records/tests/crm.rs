//! Client cards, products, samples.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use common::Fixture;
use hosk_records::{ClientFilter, Error, NewClient, NewProduct, Page, ProductFilter};
use serde_json::json;

fn client(value: serde_json::Value) -> NewClient {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn samples_are_believable_and_loading_twice_changes_nothing() {
    let fixture = Fixture::with_samples().await;
    let summary = fixture.records.load_samples().await.unwrap();
    assert_eq!((summary.clients, summary.products, summary.warehouses), (12, 20, 2));
    let clients = fixture.records.clients(&ClientFilter::default(), Page::default()).await.unwrap();
    assert_eq!(clients.page.total_items, 12);
    let blocked: Vec<&str> =
        clients.items.iter().filter(|one| one.blocked).map(|one| one.code.as_str()).collect();
    let exceeded: Vec<&str> =
        clients.items.iter().filter(|one| one.credit_exceeded).map(|one| one.code.as_str()).collect();
    assert_eq!((blocked, exceeded), (vec!["C-1008"], vec!["C-1009"]));
    let deliveries =
        fixture.records.deliveries(&hosk_records::DeliveryFilter::default(), Page::default()).await.unwrap();
    assert_eq!(deliveries.page.total_items, summary.deliveries as u64);
    let products = fixture.records.products(&ProductFilter::default(), Page::default()).await.unwrap();
    assert_eq!(products.page.total_items, 20);
    fixture.assert_ledger().await;
    fixture.restarted().await.records.load_samples().await.unwrap();
}

#[tokio::test]
async fn search_ignores_case_in_every_script() {
    let fixture = Fixture::with_samples().await;
    for (query, code) in [
        ("արարատ", "C-1001"),
        ("ԻՋԵՎԱՆ", "C-1005"),
        ("étoile", "C-1009"),
        ("ШКОЛА", "C-1011"),
        ("nino@", "C-1010"),
    ] {
        let filter = ClientFilter { query: Some(query.into()), ..ClientFilter::default() };
        let found = fixture.records.clients(&filter, Page::default()).await.unwrap();
        let codes: Vec<&str> = found.items.iter().map(|one| one.code.as_str()).collect();
        assert_eq!(codes, [code], "{query}");
    }
    let retail =
        ClientFilter { segment: Some("retail".into()), blocked: Some(false), ..ClientFilter::default() };
    let page = Page { from: 1, limit: 1 };
    let found = fixture.records.clients(&retail, page).await.unwrap();
    assert_eq!((found.items.len(), found.page.total_items, found.items[0].code.as_str()), (1, 2, "C-1002"));
    let beyond = fixture.records.clients(&retail, Page { from: 50, limit: 10 }).await.unwrap();
    assert_eq!((beyond.items.len(), beyond.page.total_items), (0, 2));
    let greedy = fixture.records.clients(&retail, Page { from: 0, limit: 1_001 }).await;
    assert!(matches!(greedy, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn codes_are_given_or_taken_and_never_twice() {
    let fixture = Fixture::empty().await;
    let records = &fixture.records;
    records.create_client(client(json!({"code": "C-000001", "name": "By hand"})), None).await.unwrap();
    let given = records.create_client(client(json!({"name": "Given"})), Some("k")).await.unwrap();
    assert_eq!(given.code, "C-000002", "a code taken by hand is passed over");
    assert_eq!(records.create_client(client(json!({"name": "Given"})), Some("k")).await.unwrap(), given);
    let again = records.create_client(client(json!({"code": "C-000002", "name": "Twice"})), None).await;
    assert!(matches!(again, Err(Error::Exists { kind: "client", .. })));
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_read() {
    let fixture = Fixture::with_samples().await;
    let records = &fixture.records;
    let content = || {
        client(
            json!({"name": "Étoile SARL", "creditLimit": 900_000.25, "blocked": true, "blockedReason": "audit",
        "addresses": [{"street": "Saryan", "house": "5", "city": "Yerevan", "country": "AM"}]}),
        )
    };
    let changed = records.update_client("C-1009", 1, content()).await.unwrap();
    assert_eq!((changed.version, changed.blocked, changed.credit_exceeded), (2, true, false));
    assert_eq!(changed.addresses.len(), 1);
    assert_eq!(records.client("C-1009").await.unwrap(), changed);
    let stale = records.update_client("C-1009", 1, content()).await;
    assert!(matches!(stale, Err(Error::Conflict { .. })));
    assert!(matches!(records.update_client("C-9", 1, content()).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn bad_cards_and_products_are_refused_with_the_field() {
    let fixture = Fixture::empty().await;
    let address = |country: &str| json!({"street": "S", "house": "1", "city": "Y", "country": country});
    let cases = [
        (json!({"name": " "}), "name"),
        (json!({"name": "x", "code": "a b"}), "code"),
        (json!({"name": "x", "code": "@customers"}), "code"),
        (json!({"name": "x".repeat(501)}), "name"),
        (json!({"name": "x\u{0}"}), "name"),
        (json!({"name": "x", "creditLimit": -1}), "creditLimit"),
        (json!({"name": "x", "blocked": true}), "blockedReason"),
        (json!({"name": "x", "addresses": [address("AM"), address("Armenia")]}), "addresses[1].country"),
        (json!({"name": "x", "contacts": [{"name": ""}]}), "contacts[0].name"),
    ];
    for (value, expected) in cases {
        let refused = fixture.records.create_client(client(value), None).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Invalid { field, .. } if field == expected),
            "{expected}: {refused}"
        );
    }
    for (value, expected) in [
        (json!({"code": "p", "name": "x", "price": -0.01}), "price"),
        (json!({"code": "p", "name": "x", "price": 1, "decimals": 7}), "decimals"),
        (json!({"code": "", "name": "x", "price": 1}), "code"),
    ] {
        let product: NewProduct = serde_json::from_value(value).unwrap();
        let refused = fixture.records.create_product(product, None).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Invalid { field, .. } if field == expected),
            "{expected}: {refused}"
        );
    }
    assert!(
        serde_json::from_value::<NewProduct>(json!({"code": "p", "name": "x", "price": 0.00001})).is_err()
    );
}
