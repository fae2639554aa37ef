//! The element template of a contract that has every kind of field.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use hosk_connector::{Contract, Operation, element_template};
use serde_json::{Value, json};

fn contract() -> Contract {
    let input = json!({
        "type": "object",
        "required": ["clientCode", "lines", "authentication", "priority", "address"],
        "properties": {
            "clientCode": {"type": "string", "title": "Client", "description": "Code in the CRM", "maxLength": 32, "examples": ["C-1"]},
            "priority": {"enum": ["low", "high"], "default": "low"},
            "lines": {"type": "array", "items": {"type": "object"}},
            "quantity": {"type": ["number", "null"]},
            "timeout": {"type": "integer", "default": 20, "x-group": "timing"},
            "partial": {"type": "boolean", "default": false},
            "note": {"type": "string", "x-multiline": true},
            "address": {"$ref": "#/$defs/address"},
            "authentication": {"title": "Sign-in", "x-group": "authentication", "default": {"type": "none"}, "oneOf": [
                {"title": "None", "properties": {"type": {"const": "none"}}, "required": ["type"]},
                {"title": "Basic", "properties": {"type": {"const": "basic"}, "username": {"type": "string"}}, "required": ["type", "username"]},
                {"title": "Bearer", "properties": {"type": {"const": "bearer"}, "token": {"type": "string"}}, "required": ["type", "token"]},
            ]},
        },
        "$defs": {"address": {"type": "object", "properties": {"city": {"type": "string"}, "street": {"type": "string"}}, "required": ["city"]}},
    });
    Contract {
        id: "erp".into(),
        version: 7,
        title: "ERP".into(),
        operations: vec![
            Operation::new("post", "Post order").input(input).error("CLOSED", "The period is closed"),
        ],
    }
}

fn template() -> Value {
    let contract = contract();
    element_template(&contract, &contract.operations[0])
}

fn field<'a>(template: &'a Value, id: &str) -> &'a Value {
    let properties = template["properties"].as_array().unwrap();
    properties
        .iter()
        .find(|one| one["id"] == id)
        .unwrap_or_else(|| panic!("no field `{id}` in {properties:#?}"))
}

#[test]
fn the_envelope_names_the_operation_and_binds_its_task_type() {
    let template = template();
    assert_eq!(template["name"], "ERP: Post order");
    assert_eq!(template["id"], "hosk.erp.post");
    assert_eq!(template["version"], 7);
    assert_eq!(template["elementType"]["value"], "bpmn:ServiceTask");
    let first = &template["properties"][0];
    assert_eq!(first["value"], "erp:post");
    assert_eq!(first["binding"], json!({"type": "zeebe:taskDefinition", "property": "type"}));
}

#[test]
fn text_is_labelled_required_and_takes_an_expression() {
    let template = template();
    let client = field(&template, "clientCode");
    assert_eq!(client["label"], "Client");
    assert_eq!(client["feel"], "optional");
    assert_eq!(client["placeholder"], "C-1");
    assert_eq!(client["constraints"], json!({"notEmpty": true, "maxLength": 32}));
    assert_eq!(client["binding"], json!({"type": "zeebe:input", "name": "clientCode"}));
    assert!(client.get("optional").is_none());
    let note = field(&template, "note");
    assert_eq!((&note["type"], &note["optional"]), (&json!("Text"), &json!(true)));
}

#[test]
fn data_takes_expressions_and_settings_are_plain_fields() {
    let template = template();
    assert_eq!(field(&template, "lines")["feel"], "required");
    assert_eq!(field(&template, "quantity")["feel"], "required");
    let timeout = field(&template, "timeout");
    assert_eq!(
        (&timeout["type"], &timeout["value"], &timeout["group"]),
        (&json!("Number"), &json!(20), &json!("timing"))
    );
    let partial = field(&template, "partial");
    assert_eq!(
        (&partial["type"], &partial["value"], &partial["feel"]),
        (&json!("Boolean"), &json!(false), &json!("static"))
    );
}

#[test]
fn an_enumeration_is_a_dropdown() {
    let template = template();
    let priority = field(&template, "priority");
    assert_eq!(priority["type"], "Dropdown");
    assert_eq!(priority["value"], "low");
    assert_eq!(priority["choices"][1], json!({"name": "high", "value": "high"}));
}

#[test]
fn objects_become_dotted_fields_also_through_a_reference() {
    let template = template();
    assert_eq!(field(&template, "address.city")["constraints"]["notEmpty"], true);
    assert_eq!(field(&template, "address.city")["binding"]["name"], "address.city");
    assert_eq!(field(&template, "address.street")["optional"], true);
}

#[test]
fn variants_are_a_dropdown_with_conditional_fields() {
    let template = template();
    let choice = field(&template, "authentication.type");
    assert_eq!((&choice["label"], &choice["value"]), (&json!("Sign-in"), &json!("none")));
    assert_eq!(choice["choices"][1], json!({"name": "Basic", "value": "basic"}));
    let user = field(&template, "basic.authentication.username");
    assert_eq!(user["condition"], json!({"property": "authentication.type", "equals": "basic"}));
    assert_eq!(user["binding"]["name"], "authentication.username");
    assert_eq!(user["group"], "authentication");
}

#[test]
fn every_group_is_declared_and_every_id_is_unique() {
    let template = template();
    let groups: Vec<&Value> =
        template["groups"].as_array().unwrap().iter().map(|group| &group["id"]).collect();
    let mut ids = std::collections::BTreeSet::new();
    for property in template["properties"].as_array().unwrap().iter().skip(1) {
        assert!(groups.contains(&&property["group"]), "{property}");
        assert!(ids.insert(property["id"].as_str().unwrap()), "{property}");
    }
    assert_eq!(groups.first(), Some(&&json!("connection")));
    assert!(field(&template, "hosk.errorExpression")["description"].as_str().unwrap().contains("CLOSED"));
}
