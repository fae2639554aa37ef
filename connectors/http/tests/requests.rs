//! What is sent and what comes back.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use common::{Caller, serve};
use hosk_connector::{FailureKind, Outcome};
use serde_json::{Map, Value, json};

/// Answers what it was asked.
async fn echo(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Json<Value> {
    let headers: Map<String, Value> =
        headers.iter().map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap()))).collect();
    Json(json!({
        "method": method.as_str(),
        "uri": uri.to_string(),
        "headers": headers,
        "body": String::from_utf8_lossy(&body),
    }))
}

async fn echo_server() -> String {
    serve(Router::new().fallback(any(echo))).await
}

#[tokio::test]
async fn method_query_headers_and_body_arrive() {
    let base = echo_server().await;
    let output = Caller::new()
        .output(json!({
            "method": "post",
            "url": format!("{base}/orders?a=1"),
            "queryParameters": {"q": "x y&z", "list": ["1", 2], "none": null},
            "headers": {"X-Number": 7, "Accept": "application/json"},
            "body": {"quantity": serde_json::from_str::<Value>("0.10").unwrap(), "note": null},
            "ignoreNullValues": "true",
            "connectionTimeoutInSeconds": "5",
        }))
        .await;
    assert_eq!(
        (&output["status"], &output["headers"]["content-type"]),
        (&json!(200), &json!("application/json"))
    );
    let seen = &output["body"];
    assert_eq!(
        (&seen["method"], &seen["uri"]),
        (&json!("POST"), &json!("/orders?a=1&q=x+y%26z&list=1&list=2"))
    );
    assert_eq!(seen["body"], "{\"quantity\":0.10}");
    assert_eq!(
        (&seen["headers"]["x-number"], &seen["headers"]["content-type"]),
        (&json!("7"), &json!("application/json"))
    );
}

#[tokio::test]
async fn changes_carry_the_idempotency_key_and_all_carry_the_trace() {
    let base = echo_server().await;
    let caller = Caller::new();
    for (method, expected) in [("GET", Value::Null), ("POST", json!("job-42")), ("DELETE", json!("job-42"))] {
        let output = caller.output(json!({"method": method, "url": base})).await;
        assert_eq!(output["body"]["headers"]["idempotency-key"], expected, "{method}");
        assert!(output["body"]["headers"]["traceparent"].is_string(), "{method}");
    }
    let own = json!({"method": "POST", "url": base, "headers": {"Idempotency-Key": "mine"}});
    assert_eq!(caller.output(own).await["body"]["headers"]["idempotency-key"], "mine");
}

#[tokio::test]
async fn credentials_of_every_kind() {
    let base = echo_server().await;
    let mut caller = Caller::new();
    caller.connection.secrets.insert("TOKEN".into(), "s3cret".into());
    let sent = async |authentication: Value| {
        caller.output(json!({"url": base, "authentication": authentication})).await["body"].clone()
    };
    let basic = sent(json!({"type": "basic", "username": "ani", "password": "{{secrets.TOKEN}}"})).await;
    assert_eq!(basic["headers"]["authorization"], "Basic YW5pOnMzY3JldA==");
    let bearer = sent(json!({"type": "bearer", "token": "{{secrets.TOKEN}}"})).await;
    assert_eq!(bearer["headers"]["authorization"], "Bearer s3cret");
    let header = sent(json!({"type": "apiKey", "name": "X-Key", "value": "k"})).await;
    assert_eq!(header["headers"]["x-key"], "k");
    let query =
        sent(json!({"type": "apiKey", "apiKeyLocation": "query", "name": "key", "value": "k&"})).await;
    assert_eq!(query["uri"], "/?key=k%26");
    assert_eq!(sent(json!({"type": "noAuth"})).await["headers"].get("authorization"), None);
}

#[tokio::test]
async fn secrets_are_filled_where_designers_write_and_not_in_data() {
    let base = echo_server().await;
    let mut caller = Caller::new();
    caller.connection.secrets.insert("BASE".into(), base.as_str().into());
    caller.connection.secrets.insert("TOKEN".into(), "s3cret".into());
    let named = "{{secrets.TOKEN}}";
    let seen = caller
        .output(json!({
            "method": "POST",
            "url": format!("{{{{secrets.BASE}}}}/path/{named}"),
            "headers": {"X-Designer": named},
            "queryParameters": {"q": named},
            "body": {"note": named},
        }))
        .await["body"]
        .clone();
    assert_eq!(seen["headers"]["x-designer"], "s3cret");
    assert!(
        !seen["uri"].as_str().unwrap().contains("s3cret")
            && !seen["body"].as_str().unwrap().contains("s3cret"),
        "{seen}"
    );
    let unknown = caller.failure(json!({"url": base, "headers": {"X": "{{secrets.NOPE}}"}})).await;
    assert_eq!(unknown.kind, FailureKind::InvalidInput);
    assert!(unknown.message.contains("NOPE") && unknown.message.contains("headers.X"), "{}", unknown.message);
}

#[tokio::test]
async fn a_connection_has_a_base_address_and_credentials_for_it_only() {
    let base = echo_server().await;
    let other = echo_server().await;
    let mut caller = Caller::new();
    caller.connection.secrets.insert("PIN".into(), "4711".into());
    caller.connection.settings = json!({
        "baseUrl": format!("{base}/v1/"),
        "authentication": {"type": "bearer", "token": "{{secrets.PIN}}"},
    });
    let seen = caller.output(json!({"url": "/orders"})).await["body"].clone();
    assert_eq!(
        (&seen["uri"], &seen["headers"]["authorization"]),
        (&json!("/v1/orders"), &json!("Bearer 4711"))
    );
    let refused = caller.failure(json!({"url": other})).await;
    assert_eq!(refused.kind, FailureKind::InvalidInput);
    let own = json!({"url": other, "authentication": {"type": "bearer", "token": "mine"}});
    assert_eq!(caller.output(own).await["body"]["headers"]["authorization"], "Bearer mine");
}

#[tokio::test]
async fn statuses_become_failures_with_code_answer_and_waiting_time() {
    let busy = async || (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")], "slow down");
    let down = async || (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "120")]);
    let gone = async || (StatusCode::NOT_FOUND, Json(json!({"error": "no such order"})));
    let router = Router::new().route("/busy", get(busy)).route("/down", get(down)).route("/gone", get(gone));
    let base = serve(router).await;
    let caller = Caller::new();
    let failure = caller.failure(json!({"url": format!("{base}/busy?token=abc")})).await;
    assert_eq!((failure.kind, failure.retry_after.unwrap().as_secs()), (FailureKind::RateLimited, 7));
    assert!(failure.message.contains("slow down") && !failure.message.contains("abc"), "{}", failure.message);
    let failure = caller.failure(json!({"url": format!("{base}/down")})).await;
    assert_eq!((failure.kind, failure.retry_after.unwrap().as_secs()), (FailureKind::Transient, 120));
    let failure = caller.failure(json!({"url": format!("{base}/gone")})).await;
    assert_eq!((failure.kind, failure.code.as_deref()), (FailureKind::NotFound, Some("404")));
    assert_eq!(failure.details.unwrap()["response"]["body"]["error"], "no such order");
}

#[tokio::test]
async fn credentials_never_come_back_in_messages() {
    let leak =
        async |headers: HeaderMap| (StatusCode::FORBIDDEN, format!("{:?}", headers.get("authorization")));
    let base = serve(Router::new().fallback(any(leak))).await;
    let mut caller = Caller::new();
    caller.connection.secrets.insert("PIN".into(), "hush-hush".into());
    for authentication in [
        json!({"type": "bearer", "token": "literal-token"}),
        json!({"type": "bearer", "token": "{{secrets.PIN}}"}),
        json!({"type": "basic", "username": "u", "password": "literal-password"}),
    ] {
        let failure = caller.failure(json!({"url": base, "authentication": authentication})).await;
        let shown = format!("{} {:?}", failure.message, failure.details);
        assert_eq!(failure.kind, FailureKind::Unauthorized);
        assert!(shown.contains("***"), "{shown}");
        for secret in ["literal", "hush-hush", "dTpsaXRlcmFs"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

struct TokenServer {
    issued: AtomicU32,
}

#[tokio::test]
async fn a_token_is_fetched_once_and_renewed_when_it_is_refused() {
    async fn issue(State(server): State<Arc<TokenServer>>, headers: HeaderMap, body: String) -> Json<Value> {
        assert_eq!(headers["authorization"], "Basic aWQ6c2VjcmV0");
        assert_eq!(body, "grant_type=client_credentials&audience=erp&scope=a+b");
        let number = server.issued.fetch_add(1, Ordering::SeqCst) + 1;
        Json(json!({"access_token": format!("token-{number}"), "expires_in": 3600}))
    }
    async fn guarded(State(server): State<Arc<TokenServer>>, headers: HeaderMap) -> StatusCode {
        // The first token is taken back after it was used once.
        match (headers["authorization"].to_str().unwrap(), server.issued.load(Ordering::SeqCst)) {
            ("Bearer token-1", 1) if headers.contains_key("x-late") => StatusCode::UNAUTHORIZED,
            ("Bearer token-1", 1) | ("Bearer token-2", 2) => StatusCode::OK,
            _ => StatusCode::UNAUTHORIZED,
        }
    }
    let server = Arc::new(TokenServer { issued: AtomicU32::new(0) });
    let router = Router::new()
        .route("/token", post(issue))
        .route("/orders", get(guarded))
        .with_state(Arc::clone(&server));
    let base = serve(router).await;
    let caller = Caller::new();
    let connection = Arc::new(caller.connection.clone());
    let request = |headers: Value| {
        json!({"url": format!("{base}/orders"), "headers": headers, "authentication": {
            "type": "oauth-client-credentials-flow", "oauthTokenEndpoint": format!("{base}/token"), "clientId": "id",
            "clientSecret": "secret", "audience": "erp", "scopes": "a b", "clientAuthentication": "basicAuthHeader"}})
    };
    for headers in [json!({}), json!({}), json!({"X-Late": "1"}), json!({"X-Late": "1"})] {
        let outcome = caller.call_on(&connection, request(headers)).await;
        assert!(matches!(outcome, Outcome::Complete(_)), "{outcome:?}");
    }
    assert_eq!(server.issued.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let caller = Caller::new();
    let url = "http://127.0.0.1:1/";
    for (input, field) in [
        (json!({}), "url"),
        (json!({"url": "no address"}), "url"),
        (json!({"url": "/path"}), "baseUrl"),
        (json!({"url": "ftp://example.com/"}), "ftp"),
        (json!({"url": "http://user:pw@127.0.0.1/"}), "credentials"),
        (json!({"url": url, "method": "no method"}), "method"),
        (json!({"url": url, "headers": {"a b": "c"}}), "headers.a b"),
        (json!({"url": url, "headers": {"X": "a\nb"}}), "headers.X"),
        (json!({"url": url, "headers": {"Host": "x"}}), "headers.Host"),
        (json!({"url": url, "queryParameters": {"q": {"deep": 1}}}), "queryParameters.q"),
        (json!({"url": url, "readTimeoutInSeconds": "soon"}), "readTimeoutInSeconds"),
        (json!({"url": url, "readTimeoutInSeconds": -1}), "readTimeoutInSeconds"),
        (json!({"url": url, "storeResponse": true}), "storeResponse"),
        (json!({"url": url, "authentication": {"type": "basic", "username": ""}}), "authentication.username"),
        (json!({"url": url, "authentication": {"type": "magic", "password": "pw"}}), "authentication"),
        (
            json!({"url": url, "method": "POST", "headers": {"Content-Type": "multipart/form-data"}, "body": {}}),
            "content-type",
        ),
    ] {
        let failure = caller.failure(input.clone()).await;
        assert_eq!(failure.kind, FailureKind::InvalidInput, "{input}: {}", failure.message);
        assert!(failure.message.contains(field), "{input}: {}", failure.message);
        assert!(!failure.message.contains("pw"), "{}", failure.message);
    }
}
