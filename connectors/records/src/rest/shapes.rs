//! The shapes that go over HTTP. What goes out is what processes get; what comes in is the same as well, but that `null` is
//! nothing where a value has a default.

use serde_json::{Value, json};

use super::route::{Filter, Shape};
use crate::connector::schemas;

macro_rules! shapes {
    ($($name:ident = $wire:literal, $schema:expr;)*) => {
        $(pub(super) const $name: Shape = Shape { name: $wire, schema: $schema };)*
    };
}

shapes! {
    CLIENT = "RecordsClient", schemas::client;
    NEW_CLIENT = "RecordsClientContent", new_client;
    CLIENT_UPDATE = "RecordsClientUpdate", || object(
        &json!({"version": {"type": "integer"}, "client": new_client()}),
        &["version", "client"],
    );
    PRODUCT = "RecordsProduct", schemas::product;
    NEW_PRODUCT = "RecordsProductContent", || without_null(schemas::new_product(), &["unit", "decimals"]);
    WAREHOUSE = "RecordsWarehouse", || {
        json!({
            "type": "object",
            "required": ["code", "name", "city", "isDefault"],
            "properties": {
                "code": {"type": "string"}, "name": {"type": "string"}, "city": {"type": ["string", "null"]},
                "isDefault": {"type": "boolean"},
            },
        })
    };
    NEW_WAREHOUSE = "RecordsWarehouseContent", || object(
        &json!({
            "code": {"type": "string", "minLength": 1, "maxLength": 32},
            "name": {"type": "string", "minLength": 1, "maxLength": 500},
            "city": {"type": ["string", "null"]},
            "isDefault": {"type": "boolean", "description": "The first one is, the others are not."},
        }),
        &["code", "name"],
    );
    STOCK_ITEM = "RecordsStockItem", schemas::stock_item;
    MOVE = "RecordsMove", || {
        json!({
            "type": "object",
            "required": ["document", "line", "product", "source", "target", "quantity", "at"],
            "properties": {
                "document": {"type": "string"}, "line": {"type": "integer"}, "product": {"type": "string"},
                "source": {"type": "string"}, "target": {"type": "string"}, "quantity": {"type": "number"},
                "at": {"type": "string", "format": "date-time"},
            },
        })
    };
    RECEIPT = "RecordsReceipt", schemas::receipt;
    NEW_RECEIPT = "RecordsReceiptContent", schemas::receive_goods;
    DELIVERY = "RecordsDelivery", schemas::delivery;
    NEW_DELIVERY = "RecordsDeliveryContent", || without_null(schemas::new_delivery(), &["partial"]);
    CANCELLATION = "RecordsCancellation", || {
        object(&json!({"reason": {"type": ["string", "null"], "maxLength": 500}}), &[])
    };
    PAYMENT = "RecordsPayment", || object(
        &json!({
            "amount": {"type": "number", "exclusiveMinimum": 0},
            "reference": {"type": ["string", "null"], "maxLength": 500},
        }),
        &["amount"],
    );
    LEDGER = "RecordsLedgerReport", ledger;
    OUTAGE = "RecordsOutage", || {
        json!({
            "type": "object",
            "required": ["active", "remainingSeconds"],
            "properties": {"active": {"type": "boolean"}, "remainingSeconds": {"type": "integer"}},
        })
    };
    NEW_OUTAGE = "RecordsOutageRequest", || object(
        &json!({"seconds": {"type": "integer", "minimum": 0, "maximum": u32::MAX}}),
        &["seconds"],
    );
}

pub(super) static CLIENT_FILTERS: &[Filter] = &[
    ("query", text, "Part of code, name, tax number, city or contact."),
    ("segment", text, "The segment."),
    ("blocked", boolean, "Whether nothing may be delivered to it."),
];
pub(super) static PRODUCT_FILTERS: &[Filter] =
    &[("query", text, "Part of code or name."), ("active", boolean, "Whether it is still sold.")];
pub(super) static STOCK_FILTERS: &[Filter] =
    &[("product", text, "The product's code."), ("warehouse", text, "The warehouse's code.")];
pub(super) static MOVE_FILTERS: &[Filter] =
    &[("product", text, "The product's code."), ("document", text, "The document's number.")];
pub(super) static DELIVERY_FILTERS: &[Filter] = &[
    ("client", text, "The client's code."),
    ("status", || json!({"type": "string", "enum": ["posted", "cancelled"]}), "What became of it."),
    ("reference", text, "The caller's own reference."),
];

fn text() -> Value {
    json!({"type": "string"})
}

fn boolean() -> Value {
    json!({"type": "boolean"})
}

/// An object of exactly these properties.
fn object(properties: &Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// The same schema, where these properties cannot be `null`.
fn without_null(mut schema: Value, names: &[&str]) -> Value {
    for name in names {
        if let Some(types) = schema["properties"][*name]["type"].as_array_mut() {
            types.retain(|one| one != "null");
        }
    }
    schema
}

fn new_client() -> Value {
    without_null(schemas::new_client(), &["segment", "blocked", "addresses", "contacts"])
}

fn ledger() -> Value {
    let finding = json!({
        "type": "object",
        "required": ["rule", "subject", "detail"],
        "properties": {"rule": text(), "subject": text(), "detail": text()},
    });
    json!({
        "type": "object",
        "required": ["ok", "moves", "products", "deliveries", "findings"],
        "properties": {
            "ok": boolean(),
            "moves": {"type": "integer"}, "products": {"type": "integer"}, "deliveries": {"type": "integer"},
            "findings": {"type": "array", "items": finding},
        },
    })
}
