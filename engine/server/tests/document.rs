//! The document of a server with all it has: no operation under `/hosk/v1` lacks there, and each asks who is there.

#![expect(clippy::unwrap_used, reason = "a test that cannot start the program has failed")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use reqwest::{Client, Method};
use serde_json::Value;

#[path = "common/server.rs"]
mod server;

use server::Server;

const PASSWORD: &str = "correct horse";

fn hosk(arguments: &[&str], input: &str) {
    let program = env!("CARGO_BIN_EXE_hosk");
    let mut child =
        Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{arguments:?}");
}

/// A server with a user who may do nothing.
fn serve(data: &Path) -> Server {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = data.to_str().unwrap();
    hosk(&["user", "set", "stan", "--data", folder], &format!("{PASSWORD}\n"));
    Server::start(|command| command.args(["--data", folder]))
}

#[tokio::test]
async fn what_the_records_bring_along_stands_in_the_document_and_asks_who_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path());
    let http = Client::new();
    let served = http.get(format!("{}/openapi.json", server.1)).send().await.unwrap();
    let document: Value = served.json().await.unwrap();
    let brought = hosk_records::openapi();
    let mut seen = 0;
    for (path, operations) in brought["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            let described = &document["paths"][path][method];
            let needs = described["description"].as_str().unwrap_or_default();
            assert!(needs.contains("Needs"), "{method} {path}: {described}");
            for schema in described["responses"].as_object().unwrap().values() {
                let reference = schema.pointer("/content/application~1problem+json/schema/$ref");
                let found = reference.and_then(Value::as_str).map(|to| document.pointer(&to[1..]).is_some());
                assert_ne!(found, Some(false), "{method} {path}");
            }
            let address = format!("{}{}", server.1, path.replace(['{', '}'], ""));
            let asked = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let by_nobody = http.request(asked.clone(), &address).send().await.unwrap();
            assert_eq!(by_nobody.status(), 401, "{method} {path}");
            let by_stan = http.request(asked, &address).basic_auth("stan", Some(PASSWORD));
            let status = by_stan.send().await.unwrap().status().as_u16();
            assert_eq!(status == 403, method != "get", "{method} {path}: {status}");
            assert!(status != 405, "{method} {path} is not routed");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}
