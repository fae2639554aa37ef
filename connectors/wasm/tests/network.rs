//! Requests of guests: only where the administrator allows, with secrets that the guest never sees.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use common::{connection, fails, output, sender};
use hosk_connector::Connection;
use serde_json::json;

/// A server that answers with the header `x-token`, as JSON.
async fn server() -> u16 {
    let answer = async |headers: HeaderMap| {
        let token = headers.get("x-token").map(|value| value.to_str().unwrap_or_default().to_owned());
        axum::Json(json!({"token": token}))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/token", get(answer))).await });
    port
}

fn granted() -> Connection {
    let mut connection = connection();
    connection.grants.networks = vec!["127.0.0.1".parse().expect("a network")];
    connection.grants.hosts = vec!["localhost".into()];
    connection.secrets.insert("TOKEN".into(), "sesame".into());
    connection
}

#[tokio::test]
async fn the_host_puts_secrets_in_by_reference() {
    let url = format!("http://127.0.0.1:{}/token", server().await);
    let guest = sender(&url, Some(("x-token", "T-{{secrets.TOKEN}}")));
    assert_eq!(output(&guest, granted()).await, json!({"token": "T-sesame"}));
    // In the address it is data, which nobody fills.
    let url = format!("{url}?t={{{{secrets.TOKEN}}}}");
    assert_eq!(output(&sender(&url, None), granted()).await, json!({"token": null}));
}

#[tokio::test]
async fn a_host_that_is_not_granted_is_not_asked() {
    let url = format!("http://127.0.0.1:{}/token", server().await);
    let (_, message) = fails(&sender(&url, None), connection()).await;
    assert!(message.contains("may not reach the host `127.0.0.1`"), "{message}");
    let (_, message) = fails(&sender("ftp://127.0.0.1/", None), granted()).await;
    assert!(message.contains("`ftp` addresses are not requested"), "{message}");
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_refused() {
    let url = format!("http://localhost:{}/token", server().await);
    let mut connection = connection();
    connection.grants.hosts = vec!["*".into()];
    let (_, message) = fails(&sender(&url, None), connection).await;
    assert!(message.contains("`localhost` has the address"), "{message}");
}

#[tokio::test]
async fn the_secret_of_another_connection_is_not_there() {
    let url = format!("http://127.0.0.1:{}/token", server().await);
    let (_, message) = fails(&sender(&url, Some(("x-token", "{{secrets.OTHER}}"))), granted()).await;
    assert!(message.contains("connection `guest` has no secret `OTHER`"), "{message}");
}
