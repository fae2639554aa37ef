//! What the connector `http` offers.

use std::time::Duration;

use hosk_connector::{Backoff, Capabilities, Contract, Delivery, Operation, RetryDefaults};
use serde_json::{Value, json};

/// The task type under which existing models call HTTP.
const COMMON_TASK_TYPE: &str = "io.camunda:http-json:1";

pub(crate) fn contract() -> Contract {
    let request = Operation::new("request", "Request")
        .description("One HTTP request. The output is status, headers and body of the answer.")
        .task_type(COMMON_TASK_TYPE)
        .input(input())
        .output(json!({
            "type": "object",
            "required": ["status", "headers", "body"],
            "properties": {
                "status": {"type": "integer"},
                "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                "body": {},
            },
        }))
        .delivery(Delivery::Keyed)
        .capabilities(Capabilities { network: true, secrets: Vec::new() })
        .defaults(RetryDefaults {
            retries: 3,
            backoff: Backoff { initial: Duration::from_secs(2), maximum: Duration::from_mins(5) },
            timeout: Duration::from_mins(1),
        });
    Contract { id: "http".into(), version: 1, title: "HTTP".into(), operations: vec![request] }
}

fn input() -> Value {
    // Older models write methods in lower case, so the usual values are offered and not demanded.
    // Static texts of a model arrive as strings, so settings are numbers or their text.
    let seconds = |title: &str| json!({"title": title, "type": ["number", "string", "null"], "default": 20, "x-group": "timeouts"});
    let flag =
        |title: &str| json!({"title": title, "type": ["boolean", "string", "null"], "x-group": "payload"});
    json!({
        "type": "object",
        "required": ["url"],
        "properties": {
            "authentication": authentication(),
            "method": {"title": "Method", "type": ["string", "null"], "x-choices": ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"], "default": "GET", "x-group": "endpoint"},
            "url": {"title": "URL", "type": "string", "minLength": 1, "maxLength": 8192, "x-group": "endpoint",
                "description": "Absolute, or a path on the connection's base address", "examples": ["https://api.example.com/orders"]},
            "headers": {"title": "Headers", "type": ["object", "null"], "x-group": "endpoint",
                "description": "Context of texts; {{secrets.NAME}} is filled in"},
            "queryParameters": {"title": "Query parameters", "type": ["object", "null"], "x-group": "endpoint"},
            "body": {"title": "Body", "x-group": "payload"},
            "ignoreNullValues": flag("Leave out null values of the body"),
            "storeResponse": flag("Store the answer as a document"),
            "skipEncoding": flag("Take the URL as it is"),
            "pagination": pagination(),
            "connectionTimeoutInSeconds": seconds("Connection timeout in seconds"),
            "readTimeoutInSeconds": seconds("Read timeout in seconds"),
            "writeTimeoutInSeconds": {"title": "Write timeout in seconds", "type": ["number", "string", "null"], "x-group": "timeouts"},
        },
    })
}

fn text(title: &str) -> Value {
    json!({"title": title, "type": "string"})
}

/// One alternative of several, told apart by `type`.
fn variant(kind: &str, title: &str, fields: Value, required: &[&str]) -> Value {
    let mut properties = json!({"type": {"const": kind}});
    if let (Some(all), Value::Object(fields)) = (properties.as_object_mut(), fields) {
        all.extend(fields);
    }
    let required: Vec<&str> = std::iter::once("type").chain(required.iter().copied()).collect();
    json!({"title": title, "type": "object", "properties": properties, "required": required})
}

fn pagination() -> Value {
    let count = |title: &str, default: u64| json!({"title": title, "type": ["integer", "string"], "default": default});
    let items = json!({"title": "Path of the list", "description": "e.g. data.items; empty: the body is the list", "type": "string"});
    let parameter = |default: &str| json!({"title": "Query parameter", "type": "string", "default": default});
    json!({
        "title": "Pages",
        "x-group": "pages",
        "default": {"type": "none"},
        "oneOf": [
            variant("none", "One answer", json!({}), &[]),
            variant("link", "Link header", json!({"items": items, "maxPages": count("At most pages", 20)}), &[]),
            variant("number", "Page number or offset", json!({
                "parameter": parameter("page"), "start": count("First page", 1), "step": count("Step", 1),
                "pageSize": {"title": "Page size", "type": ["integer", "string"]},
                "items": items, "maxPages": count("At most pages", 20),
            }), &[]),
            variant("cursor", "Cursor in the body", json!({
                "parameter": parameter("cursor"), "cursor": {"title": "Path of the cursor", "type": "string", "default": "next"},
                "items": items, "maxPages": count("At most pages", 20),
            }), &[]),
        ],
    })
}

fn authentication() -> Value {
    json!({
        "title": "Authentication",
        "x-group": "authentication",
        "default": {"type": "noAuth"},
        "oneOf": [
            variant("noAuth", "None, or the connection's", json!({}), &[]),
            variant("basic", "Basic", json!({"username": text("User name"), "password": text("Password")}), &["username"]),
            variant("bearer", "Bearer token", json!({"token": text("Token")}), &["token"]),
            variant("apiKey", "API key", json!({
                "apiKeyLocation": {"title": "Place", "enum": ["headers", "query"], "default": "headers"},
                "name": text("Name"),
                "value": text("Value"),
            }), &["name", "value"]),
            variant("oauth-client-credentials-flow", "OAuth 2.0 client credentials", json!({
                "oauthTokenEndpoint": text("Token endpoint"),
                "clientId": text("Client id"),
                "clientSecret": text("Client secret"),
                "audience": text("Audience"),
                "scopes": text("Scopes"),
                "clientAuthentication": {"title": "Client authentication", "enum": ["basicAuthHeader", "credentialsBody"], "default": "basicAuthHeader"},
            }), &["oauthTokenEndpoint", "clientId", "clientSecret"]),
        ],
    })
}

#[cfg(test)]
mod tests {
    use hosk_connector::{Registry, element_template};

    use super::*;

    #[test]
    fn existing_models_and_modelers_find_what_they_expect() {
        let mut registry = Registry::new();
        registry.register(std::sync::Arc::new(crate::HttpConnector::new())).unwrap();
        assert!(registry.lookup("io.camunda:http-json:1").is_some());
        assert!(registry.lookup("http:request").is_some());
        let contract = contract();
        let template = element_template(&contract, &contract.operations[0]);
        let names: Vec<&str> = template["properties"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|property| property["binding"]["name"].as_str())
            .collect();
        for name in
            ["authentication.type", "authentication.token", "method", "url", "body", "readTimeoutInSeconds"]
        {
            assert!(names.contains(&name), "{name} is missing in {names:?}");
        }
    }
}
