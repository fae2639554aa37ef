//! The records over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use common::Fixture;
use serde_json::{Value, json};
use tower::ServiceExt as _;

struct Answer {
    status: StatusCode,
    content_type: String,
    body: Value,
}

async fn ask(fixture: &Fixture, method: Method, path: &str, key: Option<&str>, body: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("/hosk/v1/records{path}"));
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let request = request.body(Body::from(body.unwrap_or("").to_owned())).unwrap();
    let response = hosk_records::router(fixture.records.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    let content_type = response.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
    let bytes = to_bytes(response.into_body(), 10_000_000).await.unwrap();
    let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
    Answer { status, content_type: content_type.unwrap_or_default(), body }
}

async fn get(fixture: &Fixture, path: &str) -> Answer {
    ask(fixture, Method::GET, path, None, None).await
}

async fn post(fixture: &Fixture, path: &str, key: Option<&str>, body: &Value) -> Answer {
    ask(fixture, Method::POST, path, key, Some(&body.to_string())).await
}

#[tokio::test]
async fn the_whole_round_over_rest() {
    let fixture = Fixture::with_samples().await;
    let clients = get(&fixture, "/clients?segment=retail&limit=2").await;
    assert_eq!(clients.body["page"], json!({"from": 0, "limit": 2, "totalItems": 3}));
    let product =
        post(&fixture, "/products", Some("p"), &json!({"code": "N", "name": "New", "price": 0.1})).await;
    assert_eq!(product.status, StatusCode::CREATED);
    let receipt = json!({"warehouse": "GYUMRI", "lines": [{"product": "N", "quantity": 3}]});
    assert_eq!(post(&fixture, "/stock/receipts", Some("r"), &receipt).await.body["number"], "R-000003");
    assert_eq!(post(&fixture, "/stock/receipts", Some("r"), &receipt).await.body["number"], "R-000003");
    let order =
        json!({"clientCode": "C-1004", "warehouse": "GYUMRI", "lines": [{"product": "N", "quantity": 3}]});
    let delivery = post(&fixture, "/deliveries", Some("d"), &order).await;
    assert_eq!(delivery.status, StatusCode::CREATED);
    assert_eq!(delivery.body["total"].to_string(), "0.3", "exact, not 0.30000000000000004");
    let number = delivery.body["number"].as_str().unwrap();
    let paid = post(&fixture, &format!("/deliveries/{number}/payments"), None, &json!({"amount": 0.3})).await;
    assert_eq!(paid.body["openAmount"], 0);
    let stock = get(&fixture, "/stock?product=N&warehouse=GYUMRI").await;
    assert_eq!(stock.body["items"][0]["available"], 0);
    let moves = get(&fixture, "/stock/moves?product=N").await;
    assert_eq!(moves.body["page"]["totalItems"], 2);
    let listed = get(&fixture, "/deliveries?client=C-1004&status=posted").await;
    assert_eq!(listed.body["page"]["totalItems"], 1);
    assert_eq!(get(&fixture, "/ledger/check").await.body["ok"], true);
    assert_eq!(get(&fixture, "/warehouses").await.body.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_card_is_changed_by_whoever_read_it_last() {
    let fixture = Fixture::with_samples().await;
    let change = json!({"version": 1, "client": {"name": "New name"}}).to_string();
    let changed = ask(&fixture, Method::PUT, "/clients/C-1002", None, Some(&change)).await;
    assert_eq!((changed.status, &changed.body["version"]), (StatusCode::OK, &json!(2)));
    let stale = ask(&fixture, Method::PUT, "/clients/C-1002", None, Some(&change)).await;
    assert_eq!((stale.status, &stale.body["code"]), (StatusCode::CONFLICT, &json!("records-conflict")));
}

#[tokio::test]
async fn every_refusal_is_a_problem_with_a_code() {
    let fixture = Fixture::with_samples().await;
    let order = |product: &str, quantity: i64| {
        json!({"clientCode": "C-1004", "lines": [{"product": product, "quantity": quantity}]}).to_string()
    };
    post(&fixture, "/deliveries", Some("used"), &serde_json::from_str(&order("P-100", 1)).unwrap()).await;
    let cases = [
        (Method::GET, "/clients/nobody", None, None, 404, "records-not-found"),
        (Method::GET, "/clients?limit=5000", None, None, 400, "records-invalid"),
        (Method::GET, "/clients?limit=x", None, None, 400, "records-invalid"),
        (Method::DELETE, "/clients", None, None, 405, "records-invalid"),
        (Method::POST, "/clients", None, Some("{".to_owned()), 400, "records-invalid"),
        (Method::POST, "/clients", None, Some("{\"name\": 5}".to_owned()), 400, "records-invalid"),
        (
            Method::POST,
            "/clients",
            None,
            Some("{\"name\": \"x\", \"colour\": 1}".to_owned()),
            400,
            "records-invalid",
        ),
        (
            Method::POST,
            "/clients",
            None,
            Some("{\"code\": \"C-1001\", \"name\": \"x\"}".to_owned()),
            409,
            "records-exists",
        ),
        (Method::POST, "/deliveries", None, Some(order("P-119", 9)), 409, "records-not-enough-stock"),
        (Method::POST, "/deliveries", Some("used"), Some(order("P-100", 2)), 409, "records-key-reused"),
        (Method::POST, "/deliveries", Some(""), Some(order("P-100", 2)), 400, "records-invalid"),
        (
            Method::POST,
            "/deliveries",
            None,
            Some(format!("\"{}\"", "x".repeat(2_000_000))),
            413,
            "records-invalid",
        ),
    ];
    for (method, path, key, body, status, code) in cases {
        let answer = ask(&fixture, method.clone(), path, key, body.as_deref()).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.body);
        assert_eq!(answer.content_type, "application/problem+json", "{method} {path}");
        assert_eq!(answer.body["code"], code, "{method} {path}: {}", answer.body);
        for member in ["type", "title", "status", "detail", "instance"] {
            assert!(!answer.body[member].is_null(), "{member} is missing: {}", answer.body);
        }
    }
    let missing =
        post(&fixture, "/deliveries", None, &serde_json::from_str(&order("P-119", 9)).unwrap()).await;
    assert_eq!(missing.body["missingLines"][0]["missing"], 7);
}

#[tokio::test]
async fn the_fire_drill_is_switched_over_rest() {
    let fixture = Fixture::empty().await;
    let started = ask(&fixture, Method::PUT, "/outage", None, Some("{\"seconds\": 30}")).await;
    assert_eq!(started.body["active"], true);
    assert!(fixture.records.outage().remaining().is_some());
    assert_eq!(ask(&fixture, Method::DELETE, "/outage", None, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(get(&fixture, "/outage").await.body, json!({"active": false, "remainingSeconds": 0}));
}
