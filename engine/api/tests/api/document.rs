//! The OpenAPI document: complete, consistent, and changed only on purpose.

use serde_json::Value;

use crate::server::Server;

#[tokio::test]
async fn the_document_is_served_and_every_reference_leads_somewhere() {
    let server = Server::start().await;
    let served = server.get("/openapi.json").await.good();
    let schemas = served["components"]["schemas"].as_object().unwrap().clone();
    let mut open = vec![&served];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let name = reference.rsplit('/').next().unwrap();
                    assert!(schemas.contains_key(name), "{reference}");
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}

#[test]
fn the_document_is_as_reviewed() {
    insta::assert_snapshot!("openapi", hosk_api::openapi_json());
}
