//! What cannot be a plugin is refused with a code before anything of it is called.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use common::{ECHO, component, describing, host};

async fn refused(wasm: &[u8]) -> (&'static str, String) {
    let error = host().load(wasm).await.expect_err("refused");
    (error.code(), error.to_string())
}

#[tokio::test]
async fn what_is_no_component_is_named() {
    assert_eq!(refused(b"not a plugin").await.0, "plugin-not-a-component");
    let module = wat::parse_str("(module)").expect("sound text");
    assert_eq!(refused(&module).await.0, "plugin-not-a-component");
    assert_eq!(refused(&vec![0; 65 * 1024 * 1024]).await.0, "plugin-too-large");
}

#[tokio::test]
async fn an_import_that_nobody_offers_is_named() {
    for import in ["wasi:http/outgoing-handler@0.2.0", "evil:host/door@1.0.0"] {
        let text = format!(r#"(component (import "{import}" (instance (export "open" (func)))))"#);
        let (code, message) = refused(&wat::parse_str(text).expect("sound text")).await;
        assert_eq!(code, "plugin-import-refused");
        assert!(message.contains(import), "{message}");
    }
}

#[tokio::test]
async fn a_component_that_is_no_plugin_is_named() {
    let (code, message) = refused(&wat::parse_str("(component)").expect("sound text")).await;
    assert_eq!(code, "plugin-export-missing");
    assert!(message.contains("it exports nothing"), "{message}");
}

#[tokio::test]
async fn a_contract_must_be_readable_and_sound() {
    for contract in [
        "{",
        r#"{"id":"a"}"#,
        r#"{"id":"Not An Id","version":1,"title":"","operations":[]}"#,
        r#"{"id":"a","version":1,"title":"","operations":[{"name":"run","title":"","delivery":"keyed",
            "inputSchema":{"type":"nonsense"},"outputSchema":{}}]}"#,
    ] {
        let (code, message) = refused(&describing(contract, "", "", ECHO)).await;
        assert_eq!(code, "plugin-contract-invalid", "{contract}: {message}");
    }
}

#[tokio::test]
async fn the_hash_is_that_of_the_file() {
    let wasm = component("", "", ECHO);
    let (one, other) = (host().load(&wasm).await, host().load(&wasm).await);
    let (one, other) = (one.expect("a plugin"), other.expect("a plugin"));
    assert_eq!(one.hash().len(), 64);
    assert_eq!(one.hash(), other.hash());
    assert_eq!(one.contract().id, "guest");
}
