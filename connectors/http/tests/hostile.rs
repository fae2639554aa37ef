//! Servers that are slow, huge, lying, or send us where we must not go.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::{any, get};
use common::{Caller, serve, serve_raw};
use futures::StreamExt as _;
use hosk_connector::{FailureKind, Grants};
use serde_json::{Value, json};

#[tokio::test]
async fn addresses_that_are_not_granted_are_not_reached() {
    let base = serve(Router::new().fallback(async || "secret of the house")).await;
    let port = base.rsplit_once(':').unwrap().1;
    let mut caller = Caller::new();
    caller.connection.grants = Grants::public();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "127.1",
        "2130706433",
        "0x7f000001",
        "LOCALHOST",
    ] {
        let failure = caller.failure(json!({"url": format!("http://{host}:{port}/")})).await;
        assert_eq!(failure.kind, FailureKind::Permanent, "{host}: {}", failure.message);
        assert!(failure.message.contains("grant"), "{host}: {}", failure.message);
    }
    let metadata = caller.failure(json!({"url": "http://169.254.169.254/latest/meta-data/"})).await;
    assert!(metadata.message.contains("169.254.169.254"), "{}", metadata.message);
    caller.connection.grants = Grants::default();
    let unnamed = caller.failure(json!({"url": "https://example.com/"})).await;
    assert!(
        unnamed.message.contains("example.com") && unnamed.message.contains("grant"),
        "{}",
        unnamed.message
    );
}

#[tokio::test]
async fn a_granted_name_still_needs_a_granted_address() {
    let base = serve(Router::new().fallback(async || "hello")).await;
    let port = base.rsplit_once(':').unwrap().1.to_owned();
    let mut caller = Caller::new();
    let url = json!({"url": format!("http://localhost:{port}/")});
    caller.connection.grants.networks.clear();
    assert_eq!(caller.failure(url.clone()).await.kind, FailureKind::Permanent);
    caller.connection.grants.networks = vec!["127.0.0.0/8".parse().unwrap()];
    assert_eq!(caller.output(url).await["body"], "hello");
}

#[tokio::test]
async fn a_redirect_leads_only_where_a_request_may_go() {
    let to = async |Path(target): Path<String>| match target.as_str() {
        "loopback" => Redirect::temporary("http://127.0.0.2:9/"),
        "name" => Redirect::temporary("http://localhost.localdomain.invalid/"),
        "file" => Redirect::temporary("file:///etc/passwd"),
        "again" => Redirect::temporary("/to/again"),
        _ => Redirect::temporary("/end"),
    };
    let router = Router::new()
        .route("/to/{target}", any(to))
        .route("/end", any(async |body: String| format!("end {body}")));
    let base = serve(router).await;
    let caller = Caller::new();
    for (target, kind) in [
        ("loopback", FailureKind::Permanent),
        ("file", FailureKind::InvalidInput),
        ("again", FailureKind::Permanent),
    ] {
        let failure = caller.failure(json!({"url": format!("{base}/to/{target}")})).await;
        assert_eq!(failure.kind, kind, "{target}: {}", failure.message);
    }
    let output =
        caller.output(json!({"method": "POST", "url": format!("{base}/to/end"), "body": "kept"})).await;
    assert_eq!(output["body"], "end kept");
}

#[tokio::test]
async fn another_host_gets_neither_credentials_nor_bodies() {
    let seen = async |headers: HeaderMap| {
        ["authorization", "x-key", "idempotency-key"]
            .iter()
            .filter(|name| headers.contains_key(**name))
            .count()
            .to_string()
    };
    let other = serve(Router::new().fallback(any(seen))).await;
    let router = Router::new()
        .route(
            "/there",
            any({
                let other = other.clone();
                async move || Redirect::to(&other)
            }),
        )
        .route(
            "/there307",
            any({
                let other = other.clone();
                async move || Redirect::temporary(&other)
            }),
        );
    let base = serve(router).await;
    let caller = Caller::new();
    let request = |method: &str, path: &str| {
        json!({"method": method, "url": format!("{base}{path}"), "headers": {"X-Key": "k"},
            "authentication": {"type": "bearer", "token": "t"}, "body": "b"})
    };
    assert_eq!(caller.output(request("GET", "/there")).await["body"], json!(0));
    assert_eq!(caller.output(request("POST", "/there")).await["body"], json!(0), "303 becomes GET");
    assert_eq!(caller.failure(request("POST", "/there307")).await.kind, FailureKind::Permanent);
}

#[tokio::test]
async fn silence_and_dripping_end_in_time() {
    let drip = async || {
        let drops = futures::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b".")), ()))
        });
        Body::from_stream(drops)
    };
    let silent = async || {
        tokio::time::sleep(Duration::from_mins(1)).await;
        "late"
    };
    let base = serve(Router::new().route("/drip", get(drip)).route("/silent", get(silent))).await;
    let mut caller = Caller::new();
    let started = Instant::now();
    let failure = caller.failure(json!({"url": format!("{base}/silent"), "readTimeoutInSeconds": 0.2})).await;
    assert_eq!(failure.kind, FailureKind::Transient);
    assert!(failure.message.contains("silent for 0.2 s"), "{}", failure.message);
    caller.patience = Duration::from_millis(400);
    let failure = caller.failure(json!({"url": format!("{base}/drip")})).await;
    assert_eq!(failure.kind, FailureKind::Transient);
    assert!(failure.message.contains("deadline"), "{}", failure.message);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[tokio::test]
async fn answers_are_bounded_whether_they_tell_their_length_or_not() {
    let endless = async || {
        Body::from_stream(futures::stream::repeat(Ok::<_, std::convert::Infallible>(Bytes::from(vec![
            b'x';
            10_000
        ]))))
    };
    let told = async || "x".repeat(100_001);
    let exact = async || "x".repeat(100_000);
    let many = async || {
        Body::from_stream(
            futures::stream::repeat(Ok::<_, std::convert::Infallible>(Bytes::from_static(b"y")))
                .take(100_000),
        )
    };
    let router = Router::new()
        .route("/endless", get(endless))
        .route("/told", get(told))
        .route("/exact", get(exact))
        .route("/many", get(many));
    let base = serve(router).await;
    let mut caller = Caller::new();
    caller.connection.limits.response_bytes = 100_000;
    for path in ["/endless", "/told"] {
        let failure = caller.failure(json!({"url": format!("{base}{path}")})).await;
        assert_eq!(failure.kind, FailureKind::Permanent, "{path}");
        assert!(failure.message.contains("100000 bytes"), "{}", failure.message);
    }
    for path in ["/exact", "/many"] {
        let output = caller.output(json!({"url": format!("{base}{path}")})).await;
        assert_eq!(output["body"].as_str().unwrap().len(), 100_000, "{path}");
    }
}

#[tokio::test]
async fn lies_about_the_length_are_noticed() {
    let caller = Caller::new();
    let short = serve_raw(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nshort").await;
    let failure = caller.failure(json!({"url": format!("http://{short}/")})).await;
    assert_eq!(failure.kind, FailureKind::Transient, "{}", failure.message);
    let long =
        serve_raw(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nshortand much more")
            .await;
    assert_eq!(caller.output(json!({"url": format!("http://{long}/")})).await["body"], "short");
    let packed =
        serve_raw(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc").await;
    assert_eq!(
        caller.failure(json!({"url": format!("http://{packed}/")})).await.kind,
        FailureKind::Permanent
    );
    for noise in [&b"not http at all\r\n\r\n"[..], b"", b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"] {
        let address = serve_raw(noise).await;
        let failure = caller.failure(json!({"url": format!("http://{address}/")})).await;
        assert_eq!(failure.kind, FailureKind::Transient, "{}", failure.message);
    }
}

#[tokio::test]
async fn nobody_there_may_be_repeated() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let failure = Caller::new().failure(json!({"url": format!("http://{address}/x?key=abc")})).await;
    assert_eq!(failure.kind, FailureKind::Transient);
    assert!(failure.message.contains("refused") && !failure.message.contains("abc"), "{}", failure.message);
}

#[tokio::test]
async fn every_status_ends_in_an_outcome() {
    let answer = async |Path(status): Path<u16>| StatusCode::from_u16(status).unwrap();
    let base = serve(Router::new().route("/{status}", get(answer))).await;
    let caller = Caller::new();
    for status in [200, 204, 206] {
        let output = caller.output(json!({"url": format!("{base}/{status}")})).await;
        assert_eq!((&output["status"], &output["body"]), (&json!(status), &Value::Null));
    }
    for status in [300, 304, 400, 418, 451, 500, 501, 599, 999] {
        let failure = caller.failure(json!({"url": format!("{base}/{status}")})).await;
        assert_eq!(failure.code, Some(status.to_string()));
    }
}
