//! Resources that others bring along (the embedded CRM and ERP): their routes, and what the OpenAPI document says of them.
//! Any signed-in user may read them, operators may change them; where tenants are told apart only operators may either,
//! since they are the installation's.

use axum::Router;
use serde_json::{Map, Value, json};

use crate::auth::{Need, OPERATOR};
use crate::openapi::{meaning, needs};
use crate::router::openapi_json;

/// Routes with their part of the OpenAPI document.
#[derive(Default)]
pub struct Resources {
    pub(crate) router: Router,
    document: Value,
}

impl Resources {
    /// Routes with absolute paths; `document` has the `paths` of all of them and their `components.schemas`. Refusals are the
    /// schema `Refusal` of the API's own document.
    pub fn new(router: Router, document: Value) -> Self {
        Self { router, document }
    }

    /// The whole document as JSON text: the API's own with these.
    pub fn openapi(&self) -> String {
        let own = openapi_json();
        if self.document.is_null() {
            return own.to_owned();
        }
        let Ok(mut whole) = serde_json::from_str::<Value>(own) else { return own.to_owned() };
        let nothing = Map::new();
        for (path, operations) in self.document["paths"].as_object().unwrap_or(&nothing) {
            let mut operations = operations.clone();
            for (method, operation) in operations.as_object_mut().into_iter().flatten() {
                guarded(method, operation);
            }
            whole["paths"][path] = operations;
        }
        for (name, schema) in self.document["components"]["schemas"].as_object().unwrap_or(&nothing) {
            whole["components"]["schemas"][name] = schema.clone();
        }
        serde_json::to_string_pretty(&whole).unwrap_or_else(|_| own.to_owned())
    }
}

/// What the guard in front of them adds.
fn guarded(method: &str, operation: &mut Value) {
    for status in [401, 403, 429] {
        let refusal =
            json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Refusal"}}});
        operation["responses"][status.to_string()] =
            json!({"description": meaning(status), "content": refusal});
    }
    let operator = needs(OPERATOR);
    operation["description"] = if method == "get" {
        json!(format!("{} Where tenants are told apart: {operator}", needs(Need::SignedIn)))
    } else {
        json!(operator)
    };
    operation["security"] = json!([{"basic": []}, {"token": []}]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_brought_along_stands_in_the_document_with_what_it_needs() {
        let operation = json!({"operationId": "getThings", "responses": {"200": {"description": "Done."}}});
        let brought = json!({
            "paths": {"/things": {"get": operation, "post": operation}},
            "components": {"schemas": {"Thing": {"type": "object"}}},
        });
        let whole: Value = serde_json::from_str(&Resources::new(Router::new(), brought).openapi()).unwrap();
        let things = &whole["paths"]["/things"];
        assert!(things["get"]["responses"]["403"].is_object());
        assert_eq!(things["post"]["description"], "Needs `UPDATE` on `SYSTEM`.");
        assert_eq!(whole["components"]["schemas"]["Thing"]["type"], "object");
        assert!(whole["paths"]["/v2/topology"].is_object(), "the API's own are there as well");
        assert_eq!(Resources::default().openapi(), openapi_json());
    }
}
