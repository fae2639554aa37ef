//! `camunda:formData` as a form-js form.

use serde_json::{Map, Value, json};

use super::ConvertedForm;
use super::tree::Node;
use super::work::Work;

/// The form of an element; what its fields hold beyond form-js is noted.
pub(super) fn form<'t>(work: &mut Work<'t>, data: &'t Node, element: &str) -> ConvertedForm {
    let tree = work.tree;
    let id = format!("{element}-form");
    let mut components = Vec::new();
    for field in tree.children(data).filter(|child| child.is_camunda("formField")) {
        components.push(component(work, field));
    }
    let form = json!({
        "type": "default",
        "id": id,
        "schemaVersion": 16,
        "components": components,
    });
    let json = serde_json::to_string_pretty(&form).unwrap_or_default() + "\n";
    ConvertedForm { file: format!("{id}.form"), json }
}

fn component<'t>(work: &mut Work<'t>, field: &'t Node) -> Value {
    let tree = work.tree;
    let key = field.value("id").unwrap_or("field");
    let mut component = Map::new();
    let mut set = |name: &str, value: Value| component.insert(name.to_owned(), value);
    set("id", json!(format!("Field_{key}")));
    set("key", json!(key));
    set("label", json!(field.value("label").unwrap_or(key)));
    let kind = field.value("type").unwrap_or("string");
    match kind {
        "long" | "double" | "integer" => set("type", json!("number")),
        "boolean" => set("type", json!("checkbox")),
        "date" => {
            set("subtype", json!("date"));
            set("dateLabel", json!(field.value("label").unwrap_or(key)));
            set("type", json!("datetime"))
        }
        "enum" => {
            let options = tree.children(field).filter(|child| child.is_camunda("value")).map(|value| {
                let id = value.value("id").unwrap_or_default();
                json!({"label": value.value("name").unwrap_or(id), "value": id})
            });
            set("values", Value::Array(options.collect()));
            set("type", json!("select"))
        }
        _ => set("type", json!("textfield")),
    };
    if !matches!(kind, "string" | "long" | "double" | "integer" | "boolean" | "date" | "enum") {
        work.review(field, format!("The form field `{key}` of type `{kind}` becomes a text field."));
    }
    if let Some(default) = field.value("defaultValue") {
        match default_value(kind, default) {
            Some(value) => {
                component.insert("defaultValue".to_owned(), value);
            }
            None => work.review(
                field,
                format!("The default value of the form field `{key}` is computed and left out."),
            ),
        }
    }
    let validation = validation(work, field, key, &mut component);
    if !validation.is_empty() {
        component.insert("validate".to_owned(), Value::Object(validation));
    }
    Value::Object(component)
}

fn default_value(kind: &str, text: &str) -> Option<Value> {
    match kind {
        _ if text.starts_with("${") || text.starts_with("#{") => None,
        "boolean" => text.parse().ok().map(Value::Bool),
        "long" | "double" | "integer" => serde_json::from_str(text).ok().filter(Value::is_number),
        _ => Some(json!(text)),
    }
}

fn validation<'t>(
    work: &mut Work<'t>,
    field: &'t Node,
    key: &str,
    component: &mut Map<String, Value>,
) -> Map<String, Value> {
    let tree = work.tree;
    let mut validate = Map::new();
    let Some(validation) = tree.camunda_child(field, "validation") else { return validate };
    for constraint in tree.children(validation).filter(|child| child.is_camunda("constraint")) {
        let number = || {
            constraint
                .value("config")
                .and_then(|config| serde_json::from_str::<Value>(config).ok())
                .filter(Value::is_number)
        };
        let name = constraint.value("name").unwrap_or_default();
        let (target, value) = match name {
            "required" => ("required", Some(json!(constraint.value("config") != Some("false")))),
            "min" => ("min", number()),
            "max" => ("max", number()),
            "minlength" => ("minLength", number()),
            "maxlength" => ("maxLength", number()),
            "readonly" => {
                component.insert("readonly".to_owned(), json!(true));
                continue;
            }
            _ => ("", None),
        };
        match value {
            Some(value) => {
                validate.insert(target.to_owned(), value);
            }
            None => {
                work.review(field, format!("The constraint `{name}` of the form field `{key}` is left out."));
            }
        }
    }
    validate
}
