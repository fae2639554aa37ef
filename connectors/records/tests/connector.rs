//! The records behind the connector contract.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use common::Fixture;
use hosk_connector::{Call, Connection, Context, Delivery, FailureKind, Outcome, Registry, element_template};
use hosk_records::RecordsConnector;
use serde_json::{Value, json};

fn registry(fixture: &Fixture) -> Registry {
    let mut registry = Registry::new();
    registry.register(Arc::new(RecordsConnector::new(fixture.records.clone()))).unwrap();
    registry
}

async fn call_with(
    registry: &Registry,
    settings: Value,
    operation: &str,
    key: &str,
    input: Value,
) -> Outcome {
    let mut connection = Connection::new("records", "records");
    connection.settings = settings;
    let context = Context {
        tenant: "<default>".into(),
        connection: Arc::new(connection),
        process_instance: 1,
        element_id: "task".into(),
        job_key: 1,
        attempt: 1,
        idempotency_key: key.into(),
        deadline: SystemTime::now() + Duration::from_secs(30),
        trace_parent: None,
    };
    let binding = registry.lookup(&format!("records:{operation}")).expect("known operation");
    binding.call(&Call { operation: operation.into(), input, headers: BTreeMap::new(), context }).await
}

async fn call(registry: &Registry, operation: &str, key: &str, input: Value) -> Outcome {
    call_with(registry, json!({}), operation, key, input).await
}

fn output(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Complete(output) => output,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_operation_keeps_its_contract() {
    let fixture = Fixture::with_samples().await;
    let registry = registry(&fixture);
    let client = output(call(&registry, "get-client", "1", json!({"code": "C-1008"})).await);
    assert_eq!((&client["blocked"], &client["openAmount"]), (&json!(true), &json!(219_650)));
    let found =
        output(call(&registry, "find-clients", "2", json!({"query": "gyumri", "segment": null})).await);
    assert_eq!(found["clients"][0]["code"], "C-1004");
    let created = output(call(&registry, "create-client", "3", json!({"name": "New", "taxId": null})).await);
    assert_eq!(created["code"], "C-000001");
    output(call(&registry, "create-product", "4", json!({"code": "N", "name": "New", "price": 12.5})).await);
    let receipt = output(
        call(&registry, "receive-goods", "5", json!({"lines": [{"product": "N", "quantity": 3}]})).await,
    );
    assert_eq!(receipt["stock"][0]["available"], 3);
    let order = json!({"clientCode": "C-1004", "lines": [{"product": "N", "quantity": 2}], "address": null, "partial": null});
    let delivery = output(call(&registry, "create-delivery", "6", order.clone()).await);
    assert_eq!((&delivery["total"], &delivery["address"]["city"]), (&json!(25), &json!("Gyumri")));
    assert_eq!(output(call(&registry, "create-delivery", "6", order).await), delivery);
    let number = &delivery["number"];
    assert_eq!(output(call(&registry, "get-delivery", "7", json!({"number": number})).await), delivery);
    let stock = output(
        call(&registry, "get-stock", "8", json!({"products": ["N", "P-100"], "warehouse": "YEREVAN"})).await,
    );
    assert_eq!((&stock["items"][0]["available"], stock["items"].as_array().unwrap().len()), (&json!(1), 2));
    let cancelled =
        output(call(&registry, "cancel-delivery", "9", json!({"number": number, "reason": "test"})).await);
    assert_eq!(cancelled["status"], "cancelled");
    fixture.assert_ledger().await;
}

#[tokio::test]
async fn missing_stock_is_a_bpmn_error_with_the_lines() {
    let fixture = Fixture::with_samples().await;
    let order = json!({"clientCode": "C-1004", "lines": [{"product": "P-119", "quantity": 5}]});
    let outcome = call(&registry(&fixture), "create-delivery", "1", order).await;
    let Outcome::BpmnError { code, variables, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(code, "NOT_ENOUGH_STOCK");
    assert_eq!(variables["warehouse"], "YEREVAN");
    let expected = json!({"product": "P-119", "name": "Forklift battery 48 V", "unit": "pcs", "requested": 5, "available": 2, "missing": 3});
    assert_eq!(variables["missingLines"], json!([expected]));
}

#[tokio::test]
async fn failures_have_the_right_kind() {
    let fixture = Fixture::with_samples().await;
    let registry = registry(&fixture);
    let order = |quantity: Value| json!({"clientCode": "C-1004", "lines": [{"product": "P-100", "quantity": quantity}]});
    output(call(&registry, "create-delivery", "same", order(json!(1))).await);
    for (operation, key, input, expected) in [
        ("get-client", "1", json!({"code": "nobody"}), FailureKind::NotFound),
        ("get-client", "1", json!({}), FailureKind::InvalidInput),
        ("get-client", "1", json!({"code": 7}), FailureKind::InvalidInput),
        ("create-delivery", "2", order(json!("3")), FailureKind::InvalidInput),
        ("create-delivery", "2", order(json!(0.5)), FailureKind::InvalidInput),
        ("create-delivery", "2", order(json!(1e20)), FailureKind::InvalidInput),
        ("create-delivery", "same", order(json!(2)), FailureKind::Conflict),
        ("create-product", "3", json!({"code": "P-100", "name": "x", "price": 1}), FailureKind::Conflict),
        ("get-stock", "4", json!({"products": ["P-100"], "warehouse": "MOON"}), FailureKind::NotFound),
    ] {
        let outcome = call(&registry, operation, key, input.clone()).await;
        assert!(
            matches!(&outcome, Outcome::Failure(failure) if failure.kind == expected),
            "{operation} {input}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn the_fire_drill_takes_the_erp_away_and_leaves_the_crm() {
    let fixture = Fixture::with_samples().await;
    let registry = registry(&fixture);
    fixture.records.outage().set_for(Duration::from_mins(1));
    let outcome = call(&registry, "get-stock", "1", json!({"products": ["P-100"]})).await;
    let Outcome::Failure(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.kind, FailureKind::Transient);
    let wait = failure.retry_after.unwrap();
    assert!(wait > Duration::from_secs(50) && wait <= Duration::from_mins(1), "{wait:?}");
    output(call(&registry, "get-client", "2", json!({"code": "C-1001"})).await);
    fixture.records.outage().set_for(Duration::ZERO);
    output(call(&registry, "get-stock", "3", json!({"products": ["P-100"]})).await);
    let setting = json!({"unavailable": true});
    let by_setting = call_with(&registry, setting, "get-stock", "4", json!({"products": ["P-100"]})).await;
    assert!(matches!(by_setting, Outcome::Failure(failure) if failure.kind == FailureKind::Transient));
}

#[tokio::test]
async fn templates_offer_the_fields_and_changes_are_keyed() {
    let fixture = Fixture::empty().await;
    let registry = registry(&fixture);
    let contract = registry.contracts().next().unwrap();
    let names: Vec<&str> = contract.operations.iter().map(|operation| operation.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "get-client",
            "find-clients",
            "create-client",
            "create-delivery",
            "get-delivery",
            "cancel-delivery",
            "get-stock",
            "receive-goods",
            "create-product"
        ]
    );
    for operation in &contract.operations {
        let reads = operation.name.starts_with("get-") || operation.name.starts_with("find-");
        assert_eq!(
            operation.delivery,
            if reads { Delivery::Idempotent } else { Delivery::Keyed },
            "{}",
            operation.name
        );
        let template = element_template(contract, operation);
        let bound: Vec<&str> = template["properties"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|property| property["binding"]["type"] == "zeebe:input")
            .filter_map(|property| property["binding"]["name"].as_str())
            .collect();
        let declared: Vec<&String> =
            operation.input_schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(bound, declared, "{}", operation.name);
    }
    let template = element_template(contract, contract.operation("create-delivery").unwrap());
    assert_eq!(template["name"], "Records: ERP: create delivery order");
}
