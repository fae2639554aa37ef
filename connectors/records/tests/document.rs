//! The OpenAPI document of the records: every operation is seen to succeed as it says, and to refuse where it can.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use common::Fixture;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const BASE: &str = "/hosk/v1/records";

/// One of a list of requests that are made one after the other: method, path in the document, path asked for, body.
type Asked = (&'static str, &'static str, &'static str, Option<Value>);

/// One success of each operation.
fn good() -> Vec<Asked> {
    let line = json!([{"product": "N", "quantity": 2}]);
    vec![
        ("get", "/clients", "/clients?segment=retail&limit=2", None),
        ("post", "/clients", "/clients", Some(json!({"code": "NEW", "name": "New", "creditLimit": 10.5}))),
        ("get", "/clients/{code}", "/clients/NEW", None),
        (
            "put",
            "/clients/{code}",
            "/clients/NEW",
            Some(json!({"version": 1, "client": {"name": "Newer", "segment": "retail"}})),
        ),
        ("get", "/products", "/products?query=water", None),
        ("post", "/products", "/products", Some(json!({"code": "N", "name": "New", "price": 0.1}))),
        ("get", "/products/{code}", "/products/N", None),
        ("get", "/warehouses", "/warehouses", None),
        ("post", "/warehouses", "/warehouses", Some(json!({"code": "W", "name": "W"}))),
        ("post", "/stock/receipts", "/stock/receipts", Some(json!({"warehouse": "W", "lines": line}))),
        ("get", "/stock", "/stock?product=N", None),
        ("get", "/stock/moves", "/stock/moves?product=N&from=0", None),
        (
            "post",
            "/deliveries",
            "/deliveries",
            Some(json!({"clientCode": "NEW", "warehouse": "W", "lines": [{"product": "N", "quantity": 1}]})),
        ),
        ("get", "/deliveries", "/deliveries?status=posted", None),
        ("get", "/deliveries/{number}", "/deliveries/D-000001", None),
        ("post", "/deliveries/{number}/payments", "/deliveries/LAST/payments", Some(json!({"amount": 0.1}))),
        ("post", "/deliveries/{number}/cancellation", "/deliveries/D-000001/cancellation", Some(json!({}))),
        ("get", "/ledger/check", "/ledger/check", None),
        ("put", "/outage", "/outage", Some(json!({"seconds": 1}))),
        ("get", "/outage", "/outage", None),
        ("delete", "/outage", "/outage", None),
    ]
}

/// One refusal of each operation that has something to refuse.
fn bad() -> Vec<Asked> {
    vec![
        ("get", "/clients", "/clients?limit=many", None),
        ("post", "/clients", "/clients", Some(json!({"name": "New", "segment": null}))),
        ("get", "/clients/{code}", "/clients/NOBODY", None),
        ("put", "/clients/{code}", "/clients/NEW", Some(json!({"version": 1, "client": {"name": "New"}}))),
        ("get", "/products", "/products?active=perhaps", None),
        ("post", "/products", "/products", Some(json!({"code": "N", "name": "Other", "price": 1}))),
        ("get", "/products/{code}", "/products/NONE", None),
        ("post", "/warehouses", "/warehouses", Some(json!({"code": "W", "name": "Again"}))),
        ("post", "/stock/receipts", "/stock/receipts", Some(json!({"lines": []}))),
        ("get", "/stock", "/stock?from=-1", None),
        ("get", "/stock", "/stock?product=NONE", None),
        ("get", "/stock/moves", "/stock/moves?limit=1001", None),
        ("post", "/deliveries", "/deliveries", Some(json!({"clientCode": "NOBODY", "lines": [{}]}))),
        ("get", "/deliveries", "/deliveries?status=lost", None),
        ("get", "/deliveries/{number}", "/deliveries/D-9", None),
        ("post", "/deliveries/{number}/payments", "/deliveries/D-9/payments", Some(json!({"amount": 1}))),
        ("post", "/deliveries/{number}/cancellation", "/deliveries/D-9/cancellation", Some(json!({}))),
        ("put", "/outage", "/outage", Some(json!({"seconds": -1}))),
    ]
}

async fn ask(fixture: &Fixture, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
    let request = Request::builder().method(method.to_uppercase().as_str()).uri(format!("{BASE}{path}"));
    let request = if body.is_some() { request.header("content-type", "application/json") } else { request };
    let request = request.body(Body::from(body.map(Value::to_string).unwrap_or_default())).unwrap();
    let response = hosk_records::router(fixture.records.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 10_000_000).await.unwrap();
    (status, if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() })
}

/// What a schema demands that a value does not have: properties, one or more levels down.
fn lacking(document: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return lacking(document, document.pointer(&reference[1..]).unwrap(), value, at);
    }
    let mut lacks = Vec::new();
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        lacks.extend(lacking(document, &schema["items"], item, &format!("{at}[{index}]")));
    }
    let Some(members) = value.as_object() else { return lacks };
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    lacks.extend(required.filter(|name| !members.contains_key(*name)).map(|name| format!("{at}.{name}")));
    let Some(properties) = schema["properties"].as_object() else { return lacks };
    for (name, member) in members {
        match properties.get(name) {
            Some(of) => lacks.extend(lacking(document, of, member, &format!("{at}.{name}"))),
            None => lacks.push(format!("{at}.{name} is not described")),
        }
    }
    lacks
}

fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let of = |(path, methods): (&String, &Value)| {
        let path = path.strip_prefix(BASE).unwrap().to_owned();
        let methods: Vec<String> = methods.as_object().unwrap().keys().cloned().collect();
        methods.into_iter().map(move |method| (method, path.clone())).collect::<Vec<_>>()
    };
    paths.flat_map(of).collect()
}

#[tokio::test]
async fn every_operation_succeeds_and_refuses_as_the_document_says() {
    let document = hosk_records::openapi();
    let fixture = Fixture::with_samples().await;
    let (mut left, mut last) = (operations(&document), String::new());
    assert!(left.len() > 20, "{}", left.len());
    for (method, path, asked, body) in good() {
        let (status, answer) = ask(&fixture, method, &asked.replace("LAST", &last), body.as_ref()).await;
        let described = &document["paths"][format!("{BASE}{path}")][method]["responses"];
        let success = described.get(status.to_string()).filter(|_| status < 300);
        let success = success.unwrap_or_else(|| panic!("{method} {asked}: {status} {answer}"));
        let schema = &success["content"]["application/json"]["schema"];
        assert_eq!(schema.is_null(), answer.is_null(), "{method} {asked}");
        assert_eq!(lacking(&document, schema, &answer, "body"), Vec::<String>::new(), "{method} {asked}");
        if let Some(number) = answer["number"].as_str().filter(|_| method == "post") {
            number.clone_into(&mut last);
        }
        left.remove(&(method.to_owned(), path.to_owned()));
    }
    assert!(left.is_empty(), "no success of {left:?}");
    let mut left = operations(&document);
    for (method, path, asked, body) in bad() {
        let (status, answer) = ask(&fixture, method, asked, body.as_ref()).await;
        let described = &document["paths"][format!("{BASE}{path}")][method]["responses"];
        assert!((400..500).contains(&status), "{method} {asked}: {status}");
        assert!(described.get(status.to_string()).is_some(), "{method} {asked}: {status} is not described");
        assert_eq!(answer["status"], status, "{method} {asked}");
        left.remove(&(method.to_owned(), path.to_owned()));
    }
    // These take nothing that could be wrong.
    let nothing =
        [("delete", "/outage"), ("get", "/ledger/check"), ("get", "/outage"), ("get", "/warehouses")];
    let nothing = nothing.map(|(method, path)| (method.to_owned(), path.to_owned()));
    assert_eq!(left, BTreeSet::from(nothing), "no refusal of these");
}
