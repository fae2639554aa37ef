//! The element template of an operation: what a modeler shows when the designer picks "ERP: create delivery".
//!
//! The format is the one that desktop and web modelers read (zeebe element templates). Parameters come from the
//! input schema, see [`fields`]; connection, retries and the handling of the result are the same for all.

mod fields;

use serde_json::{Value, json};

use crate::{Contract, Operation, canonical_task_type, header, pinned_task_type};

const SCHEMA_URL: &str =
    "https://unpkg.com/@camunda/zeebe-element-templates-json-schema/resources/schema.json";

/// The element template of one operation, as JSON.
pub fn element_template(contract: &Contract, operation: &Operation) -> Value {
    template(contract, operation, &canonical_task_type(&contract.id, &operation.name))
}

/// The same, for steps that keep the version of the contract.
pub fn pinned_element_template(contract: &Contract, operation: &Operation) -> Value {
    template(contract, operation, &pinned_task_type(contract, operation))
}

fn template(contract: &Contract, operation: &Operation, task_type: &str) -> Value {
    let mut properties = vec![json!({
        "type": "Hidden",
        "value": task_type,
        "binding": {"type": "zeebe:taskDefinition", "property": "type"},
    })];
    properties.push(connection_field(contract));
    let inputs = fields::of_schema(&operation.input_schema);
    let groups = groups(&inputs);
    properties.extend(inputs);
    properties.extend(outcome_fields(operation));
    json!({
        "$schema": SCHEMA_URL,
        "name": format!("{}: {}", contract.title, operation.title),
        "id": format!("hosk.{}.{}", contract.id, operation.name),
        "description": operation.description,
        "version": contract.version,
        "category": {"id": format!("hosk.{}", contract.id), "name": contract.title},
        "appliesTo": ["bpmn:Task"],
        "elementType": {"value": "bpmn:ServiceTask"},
        "groups": groups,
        "properties": properties,
    })
}

/// The groups in use, parameters between connection and outcome.
fn groups(inputs: &[Value]) -> Vec<Value> {
    let mut groups = vec![json!({"id": "connection", "label": "Connection"})];
    for input in inputs {
        let Some(id) = input["group"].as_str() else { continue };
        if groups.iter().all(|group| group["id"] != id) {
            groups.push(json!({"id": id, "label": fields::humanise(id)}));
        }
    }
    groups.push(json!({"id": "output", "label": "Output"}));
    groups.push(json!({"id": "errors", "label": "Errors"}));
    groups.push(json!({"id": "retries", "label": "Retries"}));
    groups
}

fn connection_field(contract: &Contract) -> Value {
    json!({
        "id": "hosk.connection",
        "label": "Connection",
        "description": format!("Which configured connection to use; empty: `{}`", contract.id),
        "group": "connection",
        "type": "String",
        "optional": true,
        "binding": {"type": "zeebe:taskHeader", "key": header::CONNECTION},
    })
}

fn outcome_fields(operation: &Operation) -> [Value; 5] {
    let header_field =
        |key: &str, label: &str, group: &str, field_type: &str, feel: bool, description: &str| {
            let mut field = json!({
                "id": format!("hosk.{key}"),
                "label": label,
                "description": description,
                "group": group,
                "type": field_type,
                "optional": true,
                "binding": {"type": "zeebe:taskHeader", "key": key},
            });
            if feel {
                field["feel"] = json!("required");
            }
            field
        };
    let codes: Vec<String> =
        operation.errors.iter().map(|error| format!("{}: {}", error.code, error.meaning)).collect();
    let errors = if codes.is_empty() {
        "Expression that turns an output or a failure into a BPMN error or a failed job".to_owned()
    } else {
        format!("Expression over the outcome. Raised without it: {}", codes.join(" · "))
    };
    [
        header_field(
            header::RESULT_VARIABLE,
            "Result variable",
            "output",
            "String",
            false,
            "Name of the variable that receives the whole output",
        ),
        header_field(
            header::RESULT_EXPRESSION,
            "Result expression",
            "output",
            "Text",
            true,
            "Expression that maps the output to variables",
        ),
        header_field(header::ERROR_EXPRESSION, "Error expression", "errors", "Text", true, &errors),
        json!({
            "id": "hosk.retries",
            "label": "Attempts",
            "description": "Attempts before an incident",
            "group": "retries",
            "type": "String",
            "feel": "optional",
            "value": operation.defaults.retries.to_string(),
            "binding": {"type": "zeebe:taskDefinition", "property": "retries"},
        }),
        header_field(
            header::RETRY_BACKOFF,
            "Wait before the first retry",
            "retries",
            "String",
            false,
            "ISO 8601 duration, e.g. PT10S; doubles from attempt to attempt",
        ),
    ]
}
