//! Modules as Go's compiler makes them become components. Real ones are built by `cargo xtask test plugins`.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use common::{CONTRACT, bytes, connection, output};
use hosk_wasm::{GoError, component_of_go};
use serde_json::json;

/// What the room for the adapter's two pages begins with.
const ROOM: &str = "hosk: room for the WASI adapter\\n";

/// A module that asks for the time when it begins and whenever the host hands something over, and answers with this body.
fn module(room: &str, invoke: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
            (memory (export "memory") 64)
            (global $next (mut i32) (i32.const 0x60000))
            (data (i32.const 0x10000) "{room}")
            (data (i32.const 0x39000) "{place}")
            (data (i32.const 0x3a000) "{contract}")
            (data (i32.const 0x40100) "true")
            (data (i32.const 0x40110) "false")
            (func $now (param i32) (drop (call $clock (i32.const 1) (i64.const 1000) (local.get 0))))
            (func (export "_initialize") (call $now (i32.const 0x40000)))
            (func (export "hosk_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (call $now (i32.const 0x40008))
                (local.set $at (global.get $next))
                (global.set $next (i32.and (i32.const -8)
                    (i32.add (i32.const 7) (i32.add (local.get $at) (local.get 3)))))
                (local.get $at))
            (func $answer (param i32 i32) (result i32)
                (i32.store (i32.const 0x40208) (local.get 0))
                (i32.store (i32.const 0x4020c) (local.get 1))
                (i32.const 0x40200))
            (func $told (param i32) (result i32)
                (if (result i32) (local.get 0)
                    (then (call $answer (i32.const 0x40100) (i32.const 4)))
                    (else (call $answer (i32.const 0x40110) (i32.const 5)))))
            (func (export "hosk:connector/plugin@1.0.0#describe") (result i32) (i32.const 0x39000))
            (func (export "hosk:connector/plugin@1.0.0#invoke") (param i32) (result i32) {invoke}))"#,
        place = bytes(&[0x3a000_u32.to_le_bytes(), (CONTRACT.len() as u32).to_le_bytes()].concat()),
        contract = bytes(CONTRACT.as_bytes()),
    );
    wat::parse_str(text).expect("sound text")
}

#[tokio::test]
async fn the_clock_stands_still_while_the_host_hands_data_over() {
    let still = "(call $told (i32.and
        (i64.ne (i64.const 0) (i64.load (i32.const 0x40000)))
        (i64.eq (i64.load (i32.const 0x40000)) (i64.load (i32.const 0x40008)))))";
    let component = component_of_go(&module(ROOM, still)).expect("a component");
    assert_eq!(output(&component, connection()).await, json!(true));
}

#[tokio::test]
async fn the_clock_goes_on_afterwards() {
    let goes = "(call $now (i32.const 0x40010))
        (call $told (i64.gt_u (i64.load (i32.const 0x40010)) (i64.load (i32.const 0x40000))))";
    let component = component_of_go(&module(ROOM, goes)).expect("a component");
    assert_eq!(output(&component, connection()).await, json!(true));
}

#[tokio::test]
async fn no_page_is_taken_behind_those_of_the_module() {
    let size = "(call $told (i32.eq (i32.const 64) (memory.size)))";
    let component = component_of_go(&module(ROOM, size)).expect("a component");
    assert_eq!(output(&component, connection()).await, json!(true));
}

#[test]
fn what_cannot_become_a_component_is_told_why() {
    assert!(matches!(component_of_go(b"\0asm nonsense"), Err(GoError::Unreadable(_))));
    assert!(matches!(component_of_go(&module("no room", "(i32.const 0)")), Err(GoError::NoLibrary)));
    let strange = wat::parse_str(r#"(module (memory (export "memory") 1))"#).expect("sound text");
    assert!(matches!(component_of_go(&strange), Err(GoError::NoLibrary)));
    let bare = r#"(module (memory (export "memory") 1)
        (data (i32.const 16) "hosk: room for the WASI adapter\n")
        (func (export "hosk_realloc") (param i32 i32 i32 i32) (result i32) (unreachable)))"#;
    let error = component_of_go(&wat::parse_str(bare).expect("sound text")).expect_err("no exports");
    assert!(
        matches!(&error, GoError::Interface(why) if why.contains("hosk:connector/plugin@1.0.0")),
        "{error}"
    );
}
