//! JSON Schemas of the operations' inputs and outputs.
//!
//! Optional parameters may be `null`, which means absent: an input mapping over a missing variable gives `null`.

use serde_json::{Value, json};

use crate::{MAX_LINES, MAX_PAGE};

fn text(title: &str) -> Value {
    json!({"type": "string", "title": title, "minLength": 1, "maxLength": 500})
}

fn optional_text(title: &str) -> Value {
    json!({"type": ["string", "null"], "title": title, "maxLength": 500})
}

fn code(title: &str, example: &str) -> Value {
    json!({"type": "string", "title": title, "minLength": 1, "maxLength": 32, "examples": [example]})
}

fn optional_code(title: &str, description: &str) -> Value {
    json!({"type": ["string", "null"], "title": title, "description": description, "maxLength": 32})
}

/// An object of exactly these properties; all of them are present in outputs.
fn object(properties: &Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn whole(properties: &Value) -> Value {
    let required: Vec<String> =
        properties.as_object().into_iter().flat_map(|all| all.keys().cloned()).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn address() -> Value {
    let mut schema = object(
        &json!({
            "kind": {"enum": ["delivery", "billing", "office"], "title": "Kind"},
            "street": text("Street"),
            "house": text("House"),
            "apartment": optional_text("Apartment"),
            "city": text("City"),
            "region": optional_text("Region"),
            "postalCode": optional_text("Postal code"),
            "country": {"type": "string", "title": "Country", "pattern": "^[A-Z]{2}$", "examples": ["AM"]},
        }),
        &["street", "house", "city", "country"],
    );
    schema["title"] = json!("Address");
    schema
}

fn contact() -> Value {
    object(
        &json!({
            "name": text("Name"),
            "role": optional_text("Role"),
            "email": optional_text("E-mail"),
            "phone": optional_text("Phone"),
        }),
        &["name"],
    )
}

fn instant() -> Value {
    json!({"type": "string", "format": "date-time"})
}

pub(crate) fn get_client() -> Value {
    object(&json!({"code": code("Client", "C-1001")}), &["code"])
}

pub(crate) fn find_clients() -> Value {
    object(
        &json!({
            "query": {"type": ["string", "null"], "title": "Search", "description": "Part of code, name, tax number, city or contact", "maxLength": 500},
            "segment": optional_text("Segment"),
            "blocked": {"type": ["boolean", "null"], "title": "Blocked"},
            "limit": {"type": ["integer", "null"], "title": "At most", "minimum": 1, "maximum": MAX_PAGE},
        }),
        &[],
    )
}

pub(crate) fn new_client() -> Value {
    object(
        &json!({
            "code": optional_code("Code", "Empty: the next free one"),
            "name": text("Name"),
            "segment": optional_text("Segment"),
            "taxId": optional_text("Tax number"),
            "language": optional_text("Language"),
            "creditLimit": {"type": ["number", "null"], "title": "Credit limit", "minimum": 0},
            "blocked": {"type": ["boolean", "null"], "title": "Blocked"},
            "blockedReason": optional_text("Reason of the block"),
            "addresses": {"type": ["array", "null"], "title": "Addresses", "items": address()},
            "contacts": {"type": ["array", "null"], "title": "Contacts", "items": contact()},
        }),
        &["name"],
    )
}

pub(crate) fn client() -> Value {
    whole(&json!({
        "code": {"type": "string"},
        "version": {"type": "integer"},
        "name": {"type": "string"},
        "segment": {"type": "string"},
        "taxId": {"type": ["string", "null"]},
        "language": {"type": ["string", "null"]},
        "creditLimit": {"type": ["number", "null"]},
        "blocked": {"type": "boolean"},
        "blockedReason": {"type": ["string", "null"]},
        "addresses": {"type": "array", "items": address()},
        "contacts": {"type": "array", "items": contact()},
        "openAmount": {"type": "number"},
        "availableCredit": {"type": ["number", "null"]},
        "creditExceeded": {"type": "boolean"},
        "currency": {"type": "string"},
        "createdAt": instant(),
        "updatedAt": instant(),
    }))
}

pub(crate) fn clients() -> Value {
    whole(&json!({"clients": {"type": "array", "items": client()}, "total": {"type": "integer"}}))
}

pub(crate) fn new_delivery() -> Value {
    let line = object(
        &json!({
            "product": code("Product", "P-100"),
            "quantity": {"type": "number", "exclusiveMinimum": 0},
            "unitPrice": {"type": ["number", "null"], "minimum": 0},
        }),
        &["product", "quantity"],
    );
    object(
        &json!({
            "clientCode": code("Client", "C-1001"),
            "warehouse": optional_code("Warehouse", "Empty: the default warehouse"),
            "lines": {"type": "array", "title": "Lines", "description": "List of {product, quantity, unitPrice?}",
                "items": line, "minItems": 1, "maxItems": MAX_LINES},
            "reference": optional_text("Reference"),
            "address": {"title": "Address", "description": "Empty: the client's delivery address",
                "anyOf": [{"type": "null"}, address()]},
            "partial": {"type": ["boolean", "null"], "title": "Deliver what is there",
                "description": "When something is missing, deliver the rest"},
        }),
        &["clientCode", "lines"],
    )
}

fn missing_line() -> Value {
    whole(&json!({
        "product": {"type": "string"},
        "name": {"type": "string"},
        "unit": {"type": "string"},
        "requested": {"type": "number"},
        "available": {"type": "number"},
        "missing": {"type": "number"},
    }))
}

pub(crate) fn delivery() -> Value {
    let line = whole(&json!({
        "product": {"type": "string"},
        "name": {"type": "string"},
        "unit": {"type": "string"},
        "quantity": {"type": "number"},
        "unitPrice": {"type": "number"},
        "amount": {"type": "number"},
    }));
    whole(&json!({
        "number": {"type": "string"},
        "status": {"enum": ["posted", "cancelled"]},
        "clientCode": {"type": "string"},
        "clientName": {"type": "string"},
        "warehouse": {"type": "string"},
        "lines": {"type": "array", "items": line},
        "total": {"type": "number"},
        "openAmount": {"type": "number"},
        "currency": {"type": "string"},
        "reference": {"type": ["string", "null"]},
        "address": {"anyOf": [{"type": "null"}, address()]},
        "createdAt": instant(),
        "cancelledAt": {"type": ["string", "null"], "format": "date-time"},
        "cancelReason": {"type": ["string", "null"]},
        "remainingStock": {"type": "array", "items": stock_item()},
        "missingLines": {"type": "array", "items": missing_line()},
    }))
}

pub(crate) fn get_delivery() -> Value {
    object(&json!({"number": code("Delivery number", "D-000001")}), &["number"])
}

pub(crate) fn cancel_delivery() -> Value {
    object(
        &json!({"number": code("Delivery number", "D-000001"), "reason": optional_text("Reason")}),
        &["number"],
    )
}

pub(crate) fn stock_item() -> Value {
    whole(&json!({
        "product": {"type": "string"},
        "name": {"type": "string"},
        "unit": {"type": "string"},
        "warehouse": {"type": "string"},
        "available": {"type": "number"},
        "price": {"type": "number"},
    }))
}

pub(crate) fn get_stock() -> Value {
    object(
        &json!({
            "products": {"type": "array", "title": "Products", "description": "List of product codes",
                "items": code("Product", "P-100"), "minItems": 1, "maxItems": MAX_LINES},
            "warehouse": optional_code("Warehouse", "Empty: all warehouses"),
        }),
        &["products"],
    )
}

pub(crate) fn stock() -> Value {
    whole(&json!({"items": {"type": "array", "items": stock_item()}}))
}

fn stock_line() -> Value {
    object(
        &json!({"product": code("Product", "P-100"), "quantity": {"type": "number", "exclusiveMinimum": 0}}),
        &["product", "quantity"],
    )
}

pub(crate) fn receive_goods() -> Value {
    object(
        &json!({
            "warehouse": optional_code("Warehouse", "Empty: the default warehouse"),
            "lines": {"type": "array", "title": "Lines", "description": "List of {product, quantity}",
                "items": stock_line(), "minItems": 1, "maxItems": MAX_LINES},
            "reference": optional_text("Supplier's document"),
        }),
        &["lines"],
    )
}

pub(crate) fn receipt() -> Value {
    whole(&json!({
        "number": {"type": "string"},
        "warehouse": {"type": "string"},
        "lines": {"type": "array", "items": stock_line()},
        "reference": {"type": ["string", "null"]},
        "createdAt": instant(),
        "stock": {"type": "array", "items": stock_item()},
    }))
}

pub(crate) fn new_product() -> Value {
    object(
        &json!({
            "code": code("Code", "P-100"),
            "name": text("Name"),
            "unit": optional_text("Unit"),
            "decimals": {"type": ["integer", "null"], "title": "Digits after the point", "minimum": 0, "maximum": 6},
            "price": {"type": "number", "title": "Price", "minimum": 0},
        }),
        &["code", "name", "price"],
    )
}

pub(crate) fn product() -> Value {
    whole(&json!({
        "code": {"type": "string"},
        "name": {"type": "string"},
        "unit": {"type": "string"},
        "decimals": {"type": "integer"},
        "price": {"type": "number"},
        "active": {"type": "boolean"},
        "createdAt": instant(),
    }))
}
