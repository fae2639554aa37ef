//! Lists that come in pages.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use common::{Caller, serve};
use hosk_connector::FailureKind;
use serde_json::json;

type Parameters = Query<BTreeMap<String, String>>;

fn number(parameters: &Parameters, name: &str) -> u64 {
    parameters.get(name).map_or(0, |text| text.parse().unwrap())
}

async fn server() -> String {
    let numbered = async |parameters: Parameters| match number(&parameters, "page") {
        page @ (0..=3) => Json(json!({"data": {"rows": [page * 10, page * 10 + 1]}})),
        _ => Json(json!({"data": {"rows": []}})),
    };
    let cursor = async |parameters: Parameters| match parameters.get("after").map(String::as_str) {
        None => Json(json!({"items": [1], "next": "b c"})),
        Some("b c") => Json(json!({"items": [2], "next": "loop"})),
        Some(_) if parameters.contains_key("stuck") => Json(json!({"items": [3], "next": "loop"})),
        Some(_) => Json(json!({"items": [3], "next": null})),
    };
    let linked = async |headers: HeaderMap, parameters: Parameters| -> Response {
        if headers.get("authorization").is_none() || !parameters.contains_key("key") {
            return StatusCode::FORBIDDEN.into_response();
        }
        match number(&parameters, "p") {
            0 => ([("link", "</linked?p=1>; rel=\"next\"")], Json(json!([1]))).into_response(),
            1 => ([("link", "</linked?p=2>; rel=\"next\", </linked>; rel=\"first\"")], Json(json!([2])))
                .into_response(),
            2 => Json(json!([3])).into_response(),
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    };
    let away = async || ([("link", "<http://example.com/>; rel=\"next\"")], Json(json!([1])));
    let endless = async || ([("link", "</endless>; rel=\"next\"")], Json(json!([1])));
    let router = Router::new()
        .route("/numbered", get(numbered))
        .route("/cursor", get(cursor))
        .route("/linked", get(linked))
        .route("/away", get(away))
        .route("/endless", get(endless));
    serve(router).await
}

#[tokio::test]
async fn pages_become_one_list() {
    let base = server().await;
    let caller = Caller::new();
    let numbered = json!({"url": format!("{base}/numbered?page=1"),
        "pagination": {"type": "number", "items": "data.rows", "maxPages": "10"}});
    assert_eq!(caller.output(numbered).await["body"], json!([10, 11, 20, 21, 30, 31]));
    let short = json!({"url": format!("{base}/numbered?page=2"),
        "pagination": {"type": "number", "start": 2, "items": "data.rows", "pageSize": 3}});
    assert_eq!(caller.output(short).await["body"], json!([20, 21]));
    let cursor = json!({"url": format!("{base}/cursor"),
        "pagination": {"type": "cursor", "parameter": "after", "cursor": "next", "items": "items"}});
    assert_eq!(caller.output(cursor).await["body"], json!([1, 2, 3]));
    let linked = json!({"url": format!("{base}/linked"), "queryParameters": {"key": "k"}, "pagination": {"type": "link"},
        "authentication": {"type": "bearer", "token": "t"}});
    let refused = caller.failure(linked).await;
    assert_eq!(refused.kind, FailureKind::Unauthorized, "the next link names its own parameters only");
}

#[tokio::test]
async fn a_key_in_the_query_goes_with_every_page() {
    let base = server().await;
    let linked = json!({"url": format!("{base}/linked"), "headers": {"Authorization": "x"}, "pagination": {"type": "link"},
        "authentication": {"type": "apiKey", "apiKeyLocation": "query", "name": "key", "value": "k"}});
    assert_eq!(Caller::new().output(linked).await["body"], json!([1, 2, 3]));
}

#[tokio::test]
async fn a_list_is_never_cut_off_silently() {
    let base = server().await;
    let mut caller = Caller::new();
    caller.connection.limits.response_bytes = 100;
    for (path, pagination, problem) in [
        ("/endless", json!({"type": "link", "maxPages": 3}), "maxPages"),
        ("/endless", json!({"type": "link", "maxPages": 1000}), "100 bytes"),
        ("/away", json!({"type": "link"}), "another host"),
        ("/cursor?stuck=1", json!({"type": "cursor", "parameter": "after", "items": "items"}), "itself"),
        ("/cursor", json!({"type": "cursor", "items": "nowhere"}), "nowhere"),
    ] {
        let failure = caller.failure(json!({"url": format!("{base}{path}"), "pagination": pagination})).await;
        assert_eq!(failure.kind, FailureKind::Permanent, "{path}: {}", failure.message);
        assert!(failure.message.contains(problem), "{path}: {}", failure.message);
    }
    let post = json!({"method": "POST", "url": format!("{base}/endless"), "pagination": {"type": "link"}});
    assert_eq!(caller.failure(post).await.kind, FailureKind::InvalidInput);
}
