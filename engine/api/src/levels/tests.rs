//! The tables fit the document, and what is cut out of an answer.

use hosk_identity::{Permission, ResourceType};
use hosk_store::read::{BatchOperationType, ProcessInstanceState};

use super::*;
use crate::router::openapi_json;

fn document() -> Value {
    serde_json::from_str(openapi_json()).unwrap()
}

#[test]
fn every_entry_of_the_tables_is_marked_in_the_document() {
    let whole = document();
    let schemas = &whole["components"]["schemas"];
    for (schema, properties) in PROPERTIES {
        for property in *properties {
            let described = &schemas[*schema]["properties"][*property];
            assert_eq!(described[SINCE], "8.10", "{schema}.{property}");
        }
    }
    for Words { schema, property, .. } in ENUMERATIONS {
        assert_eq!(schemas[*schema]["properties"][*property][WORDS]["since"], "8.10", "{schema}.{property}");
    }
    let paths = whole["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let newer = operations.filter(|operation| operation[SINCE] == "8.10").count();
    assert_eq!(newer, OPERATIONS.len());
}

#[test]
fn the_words_are_words_of_hosk() {
    assert!(RESOURCES.iter().all(|word| ResourceType::parse(word).is_some()));
    assert!(PERMISSIONS.iter().all(|word| Permission::parse(word).is_some()));
    assert!(BATCHES.iter().all(|word| BatchOperationType::NAMES.contains(word)));
    assert!(ProcessInstanceState::NAMES.contains(&"SUSPENDED"));
}

#[test]
fn the_document_of_the_older_level_has_nothing_that_is_newer() {
    let marked = openapi_json().to_owned();
    assert_eq!(Level::V8_10.document(marked.clone()), marked);
    let older: Value = serde_json::from_str(&Level::V8_9.document(marked)).unwrap();
    let schemas = &older["components"]["schemas"];
    assert!(!schemas.to_string().contains(SINCE), "neither properties nor words");
    let job = &schemas["JobAnswer"];
    assert!(job["properties"]["priority"].is_null() && job["properties"]["retries"].is_object());
    let required = job["required"].as_array().unwrap();
    assert!(!required.contains(&json!("priority")) && required.contains(&json!("retries")));
}

/// What is cut out of an answer of the operation.
fn cut(text: &str, method: &axum::http::Method, path: &str) -> String {
    let mut out = String::new();
    Cut::of(&document(), method, path).unwrap().write(text, &mut out).unwrap();
    out
}

#[test]
fn what_stays_keeps_its_text() {
    use axum::http::Method;
    let jobs = r#"{"jobs":[{"jobKey":"1","variables":{"priority":1.000,"\u00e9\"":1E400},"priority":5,"businessId":null,"kind":"BPMN_ELEMENT"},{"priority":1}]}"#;
    let expected = r#"{"jobs":[{"jobKey":"1","variables":{"priority":1.000,"\u00e9\"":1E400},"kind":"BPMN_ELEMENT"},{}]}"#;
    assert_eq!(cut(jobs, &Method::POST, "/v2/jobs/activation"), expected);
    let topology =
        r#"{"brokers":[{"nodeId":0,"brokerId":"0","partitions":[{"state":"active","role":"leader"}]}]}"#;
    let expected = r#"{"brokers":[{"nodeId":0,"partitions":[{"role":"leader"}]}]}"#;
    assert_eq!(cut(topology, &Method::GET, "/v2/topology"), expected);
    let state = r#"{"items":[{"state":"SUSPENDED","suspendedDate":null},{"state":"COMPLETED"}],"page":{}}"#;
    let expected = r#"{"items":[{"state":"ACTIVE"},{"state":"COMPLETED"}],"page":{}}"#;
    assert_eq!(cut(state, &Method::POST, "/v2/process-instances/search"), expected);
    let may = r#"{"items":[{"permissionTypes":["READ","REVEAL","UPDATE"]},{"permissionTypes":["PAUSE"]}]}"#;
    let expected = r#"{"items":[{"permissionTypes":["READ","UPDATE"]},{"permissionTypes":[]}]}"#;
    assert_eq!(cut(may, &Method::POST, "/v2/authorizations/search"), expected);
    let log = r#"{"items":[{"batchOperationType":"UPDATE_JOB"},{"batchOperationType":"RESOLVE_INCIDENT"}]}"#;
    let expected = r#"{"items":[{"batchOperationType":null},{"batchOperationType":"RESOLVE_INCIDENT"}]}"#;
    assert_eq!(cut(log, &Method::POST, "/v2/audit-logs/search"), expected);
    assert_eq!(Cut::of(&document(), &Method::POST, "/v2/variables/search"), None);
}

#[test]
fn levels_are_read_as_they_are_written() {
    for level in Level::ALL {
        let written = serde_json::to_string(&level).unwrap();
        assert_eq!(written, format!("\"{level}\""));
        assert_eq!(serde_json::from_str::<Level>(&written).unwrap(), level);
        assert_eq!(level.as_str().parse::<Level>().unwrap(), level);
    }
    for wrong in ["\"8.8\"", "\"8.1\"", "\"\"", "true"] {
        let refused = serde_json::from_str::<Level>(wrong).unwrap_err().to_string();
        assert!(refused.contains("8.9 or 8.10"), "{refused}");
    }
}
