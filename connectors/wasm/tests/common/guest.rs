//! Plugins written as WebAssembly text: whatever a hostile author could make, without any tool chain. Other crates' tests
//! include this file.
#![allow(dead_code, reason = "each test uses some of it")]

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// What most guests of the tests describe.
pub(crate) const CONTRACT: &str = r#"{"id":"guest","version":1,"title":"Guest","operations":[
    {"name":"run","title":"Run","inputSchema":{"type":"object"},"outputSchema":{},"delivery":"idempotent"}]}"#;

/// Sends a request; its address stands at 8192.
pub(crate) const SEND: &str = r#"(import "hosk:connector/http@1.0.0" "send" (func $send
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))"#;
/// Writes a log line.
pub(crate) const LOG: &str = r#"(import "hosk:connector/log@1.0.0" "write" (func $log (param i32 i32 i32)))"#;

/// The component of a guest whose `invoke` has this body; parameter 0 points to the call.
pub(crate) fn component(imports: &str, data: &str, invoke: &str) -> Vec<u8> {
    describing(CONTRACT, imports, data, invoke)
}

/// The same with another contract.
pub(crate) fn describing(contract: &str, imports: &str, data: &str, invoke: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            {imports}
            (memory (export "memory") 64)
            (global $next (mut i32) (i32.const 65536))
            (data (i32.const 16) "{place}")
            (data (i32.const 1024) "{contract}")
            {data}
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at (global.get $next))
                (global.set $next (i32.and (i32.const -8)
                    (i32.add (i32.const 7) (i32.add (local.get $at) (local.get 3)))))
                (local.get $at))
            ;; result<string, error>: the case at 0, the text at 8.
            (func $answer (param i32 i32) (result i32)
                (i32.store8 (i32.const 32) (i32.const 0))
                (i32.store (i32.const 40) (local.get 0))
                (i32.store (i32.const 44) (local.get 1))
                (i32.const 32))
            (func $spin (loop $again (br $again)))
            (func $dive (param i32) (result i32)
                (i32.add (i32.const 1) (call $dive (i32.add (local.get 0) (i32.const 1)))))
            (func (export "hosk:connector/plugin@1.0.0#describe") (result i32) (i32.const 16))
            (func (export "hosk:connector/plugin@1.0.0#invoke") (param i32) (result i32) {invoke}))"#,
        place = bytes(&[1024u32.to_le_bytes(), (contract.len() as u32).to_le_bytes()].concat()),
        contract = bytes(contract.as_bytes()),
    );
    let mut module = wat::parse_str(text).expect("sound text");
    let mut resolve = Resolve::default();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins/wit");
    let (package, _) = resolve.push_dir(folder).expect("sound WIT");
    let world = resolve.select_world(&[package], Some("connector")).expect("the world of plugins");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata");
    ComponentEncoder::default().module(&module).expect("a module").encode().expect("a component")
}

/// Bytes in the notation of WebAssembly text.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("\\{byte:02x}"))
}

/// A body that answers with what it was given.
pub(crate) const ECHO: &str =
    "(call $answer (i32.load offset=8 (local.get 0)) (i32.load offset=12 (local.get 0)))";

/// A guest that gets an address, and answers with the body or hands the failure on. `credentials` are entries of
/// 20 bytes at 12288.
pub(crate) fn sender(url: &str, credential: Option<(&str, &str)>) -> Vec<u8> {
    let (name, template) = credential.unwrap_or(("", ""));
    let words: [u32; 5] = [0, 12320, name.len() as u32, 12400, template.len() as u32];
    let entry: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    let data = format!(
        r#"(data (i32.const 8000) "GET") (data (i32.const 8192) "{}") (data (i32.const 12288) "{}")
        (data (i32.const 12320) "{}") (data (i32.const 12400) "{}")"#,
        bytes(url.as_bytes()),
        bytes(&entry),
        bytes(name.as_bytes()),
        bytes(template.as_bytes())
    );
    let count = u32::from(credential.is_some());
    let invoke = format!(
        "(call $send (i32.const 8000) (i32.const 3) (i32.const 8192) (i32.const {}) (i32.const 0) (i32.const 0)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 12288) (i32.const {count})
            (i32.const 0) (i32.const 0) (i32.const 16384))
        (if (result i32) (i32.load8_u (i32.const 16384))
            (then
                (i32.store8 (i32.const 32) (i32.const 1))
                (i32.store8 (i32.const 40) (i32.const 1))
                (memory.copy (i32.const 48) (i32.const 16392) (i32.const 56))
                (i32.const 32))
            (else (call $answer (i32.load (i32.const 16404)) (i32.load (i32.const 16408)))))",
        url.len()
    );
    component(SEND, &data, &invoke)
}
