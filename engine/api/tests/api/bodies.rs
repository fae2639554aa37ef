//! Bodies that are not what they should be, on the wire.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::server::{Make, Server, file};

const PATH: &str = "/v2/process-instances";

#[tokio::test]
async fn media_type_and_syntax() {
    let server = Server::start().await;
    let send =
        |media_type: &'static str, body: &'static [u8]| server.raw(Method::POST, PATH, media_type, body);
    send("text/plain", b"{}").await.refused(415, "unsupported-media-type");
    send("application/xml", b"<x/>").await.refused(415, "unsupported-media-type");
    send("application/json", b"{").await.refused(400, "malformed-request");
    send("application/json", b"{\"a\": 1} x").await.refused(400, "malformed-request");
    send("application/json", b"\"\xff\"").await.refused(400, "malformed-request");
    send("application/json", b"[]").await.refused(400, "wrong-type");
    send("application/json; charset=utf-8", b"{}").await.refused(400, "missing-field");
    for nothing in [&b""[..], b"null"] {
        let detail = send("application/json", nothing).await.refused(400, "malformed-request");
        assert!(detail.starts_with("Required request body is missing"), "{detail}");
    }
    let nothing = server.send(server.request(Method::POST, PATH)).await;
    nothing.refused(400, "malformed-request");
    let untold = server.send(server.request(Method::POST, PATH).body("{}")).await;
    untold.refused(415, "unsupported-media-type");
}

#[tokio::test]
async fn an_oversized_body_is_refused() {
    let make = Make {
        settings: Some(|settings| {
            settings.body_bytes = 10_000;
            settings.deployment_bytes = 10_000;
        }),
        ..Make::default()
    };
    let server = Server::make(make).await;
    let body = json!({"processDefinitionId": "x", "variables": {"long": "y".repeat(10_000)}});
    server.post(PATH, body).await.refused(413, "request-too-large");
    let padded = format!("{}<!--{}-->", file("work.bpmn"), "x".repeat(10_000));
    server.deploy_parts(&[("resources", "work.bpmn", padded)]).await.refused(413, "request-too-large");
}

#[tokio::test]
async fn a_deployment_may_be_large() {
    let server = Server::start().await;
    let padded = format!("{}<!--{}-->", file("work.bpmn"), "x".repeat(3 * 1024 * 1024));
    server.deploy_parts(&[("resources", "work.bpmn", padded)]).await.good();
}

#[tokio::test]
async fn deep_json_is_refused_not_run_into() {
    let server = Server::start().await;
    server.deploy(&["work.bpmn"]).await.good();
    for depth in [150, 100_000] {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        let body = format!(r#"{{"processDefinitionId": "work", "variables": {{"x": {open}{close}}}}}"#);
        server.raw(Method::POST, PATH, "application/json", body).await.refused(400, "invalid-argument");
    }
}

#[tokio::test]
async fn too_many_at_a_time_are_turned_away() {
    let make = Make { settings: Some(|settings| settings.requests = 1), ..Make::default() };
    let server = Server::make(make).await;
    let body = json!({"type": "x", "timeout": 1_000, "maxJobsToActivate": 1, "requestTimeout": 1_000});
    let waiting = server.post("/v2/jobs/activation", body);
    let other = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        server.get("/v2/topology").await
    };
    let (_, other) = tokio::join!(waiting, other);
    assert!(other.headers.contains_key("retry-after"));
    other.refused(503, "busy");
}

#[tokio::test]
async fn answers_carry_the_requests_id_and_may_be_compressed() {
    let server = Server::start().await;
    let request = server.request(Method::GET, "/openapi.json");
    let answer = server.send(request.header("x-request-id", "abc-1").header("accept-encoding", "gzip")).await;
    assert_eq!(answer.headers["x-request-id"], "abc-1");
    assert_eq!(answer.headers["content-encoding"], "gzip");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    let request = server.request(Method::GET, "/v2/topology").header("x-request-id", "not fit \u{7f}");
    drop(request);
    let answer = server.get("/v2/topology").await;
    assert_eq!(answer.headers["x-request-id"].len(), 32);
}

/// Head and body in two packets, as many clients send them; the first lines of the answers to this request and the next one
/// on the same connection, the second empty when there was none.
async fn refused_and_next(server: &Server, head: &str, length: usize) -> (String, String) {
    let mut connection = TcpStream::connect(server.address()).await.unwrap();
    let host = format!("host: {}", server.address());
    let head = format!("{head}\r\n{host}\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\r\n");
    connection.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    // A server that ended the connection may refuse them.
    let _ = connection.write_all(&vec![b'x'; length]).await;
    let first = answer(&mut connection).await;
    let _ = connection.write_all(format!("GET /v2/topology HTTP/1.1\r\n{host}\r\n\r\n").as_bytes()).await;
    (first, answer(&mut connection).await)
}

/// What came until nothing more does.
async fn answer(connection: &mut TcpStream) -> String {
    let (mut text, mut buffer) = (String::new(), [0; 4_096]);
    while let Ok(Ok(count @ 1..)) =
        tokio::time::timeout(Duration::from_millis(500), connection.read(&mut buffer)).await
    {
        text.push_str(&String::from_utf8_lossy(&buffer[..count]).to_lowercase());
    }
    text
}

#[tokio::test]
async fn a_refusal_before_the_body_does_not_end_the_connection_silently() {
    let server = Server::start().await;
    for (head, status) in [
        ("POST /v2/process-instances HTTP/1.1", "415"),
        ("POST /v2/process-instances/x/cancellation HTTP/1.1", "4"),
        ("POST /v2/nowhere HTTP/1.1", "404"),
        ("PATCH /v2/topology HTTP/1.1", "405"),
    ] {
        let (first, next) = refused_and_next(&server, head, 2_000).await;
        assert!(first.starts_with(&format!("http/1.1 {status}")), "{head}: {first}");
        assert!(!first.contains("connection: close") && next.starts_with("http/1.1 200"), "{head}: {next}");
    }
    let (first, _) = refused_and_next(&server, "POST /v2/nowhere HTTP/1.1", 1_000_000).await;
    assert!(first.is_empty() || first.contains("connection: close"), "{first}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_refused() {
    let make = Make {
        settings: Some(|settings| settings.body_time = Duration::from_millis(100)),
        ..Make::default()
    };
    let server = Server::make(make).await;
    let mut connection = TcpStream::connect(server.address()).await.unwrap();
    let head = "POST /v2/process-instances HTTP/1.1\r\nhost: hosk\r\ncontent-length: 10\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let told = answer(&mut connection).await;
    assert!(told.starts_with("http/1.1 400") && told.contains("connection: close"), "{told}");
    assert!(told.contains("the body did not arrive in time"), "{told}");
}
