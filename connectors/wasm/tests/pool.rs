//! Where instances get their memory: from slots that are wiped between calls, and on demand where they do not fit.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{ECHO, call, component, connection};
use hosk_connector::{Connector as _, Outcome};
use hosk_wasm::{Compiler, Host, Limits, Settings, WasmConnector};
use serde_json::json;

/// Answers with what earlier calls left behind: in the data, on the heap, in grown memory, in a table, in a global.
const LEAVES: &str = "(local $left i32)
    (if (i32.eq (i32.const -1) (memory.grow (i32.const 16))) (then unreachable))
    (local.set $left (i32.add
        (i32.add (i32.sub (i32.load8_u (i32.const 512)) (i32.const 48)) (i32.load8_u (i32.const 3000000)))
        (i32.add (i32.load8_u (i32.const 5000000)) (global.get $calls))))
    (if (i32.eqz (ref.is_null (table.get $t (i32.const 3)))) (then (local.set $left (i32.const 9))))
    (i32.store8 (i32.const 512) (i32.const 49))
    (i32.store8 (i32.const 3000000) (i32.const 1))
    (i32.store8 (i32.const 5000000) (i32.const 1))
    (global.set $calls (i32.const 1))
    (table.set $t (i32.const 3) (ref.func $spin))
    (i32.store8 (i32.const 600) (i32.add (i32.const 48) (local.get $left)))
    (call $answer (i32.const 600) (i32.const 1))";
const LEAVES_DATA: &str = r#"(data (i32.const 512) "0") (global $calls (mut i32) (i32.const 0))
    (table $t 8 funcref) (elem declare func $spin)"#;

fn host(concurrency: usize) -> Host {
    let limits = Limits { concurrency, ..Limits::default() };
    Host::start(Settings { limits, compiler: Compiler::Here, cache: None, threads: 2 }).expect("a host")
}

async fn load(host: &Host, wasm: &[u8]) -> (bool, Arc<WasmConnector>) {
    let plugin = host.load(wasm).await.expect("a sound plugin");
    (plugin.has_slots(), Arc::new(WasmConnector::new(host.clone(), plugin)))
}

/// So many calls at once; each is answered with this.
async fn answered(connector: &Arc<WasmConnector>, calls: usize, answer: &serde_json::Value) {
    let calls: Vec<_> = (0..calls)
        .map(|_| {
            let connector = Arc::clone(connector);
            tokio::spawn(async move { connector.call(&call(connection(), Duration::from_mins(1))).await })
        })
        .collect();
    for one in calls {
        assert_eq!(one.await.expect("no panic"), Outcome::Complete(answer.clone()));
    }
}

#[tokio::test]
async fn what_does_not_fit_a_slot_runs_all_the_same() {
    let host = host(2);
    let (fits, usual) = load(&host, &component("", "", ECHO)).await;
    // More memories than a slot has, and fewer than a call may have.
    let memories = "(memory 1) (memory 1) (memory 1)";
    let (large_fits, large) = load(&host, &component("", memories, ECHO)).await;
    // A machine that cannot reserve the pool has none.
    assert!(!large_fits && fits == cfg!(target_os = "linux"), "{fits} {large_fits}");
    answered(&large, 20, &json!({"amount": 4})).await;
    answered(&usual, 20, &json!({"amount": 4})).await;
}

#[tokio::test]
async fn a_slot_is_wiped_before_the_next_call_whosever_it_is() {
    let host = host(1);
    let (_, leaves) = load(&host, &component("", LEAVES_DATA, LEAVES)).await;
    let (_, other) = load(&host, &component("", r#"(data (i32.const 512) "7")"#, ECHO)).await;
    for _ in 0..5 {
        answered(&leaves, 3, &json!(0)).await;
        answered(&other, 1, &json!({"amount": 4})).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_is_never_full() {
    let host = host(3);
    let (_, leaves) = load(&host, &component("", LEAVES_DATA, LEAVES)).await;
    let (_, echo) = load(&host, &component("", "", ECHO)).await;
    let (nothing, same) = (json!(0), json!({"amount": 4}));
    tokio::join!(answered(&leaves, 300, &nothing), answered(&echo, 300, &same));
    // Plugins describe themselves beside all of them.
    let under_way: Vec<_> = (0..3)
        .map(|_| {
            let leaves = Arc::clone(&leaves);
            tokio::spawn(async move { leaves.call(&call(connection(), Duration::from_mins(1))).await })
        })
        .collect();
    load(&host, &component("", "(data (i32.const 700) \"x\")", ECHO)).await;
    for one in under_way {
        assert_eq!(one.await.expect("no panic"), Outcome::Complete(json!(0)));
    }
}

/// Resident memory of this process, in bytes.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("the system tells");
    text.split_whitespace().nth(1).expect("a number").parse::<usize>().expect("a number") * 4096
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_goes_back_to_the_system() {
    // 160 MiB, all of them written.
    let fills = "(if (i32.eq (i32.const -1) (memory.grow (i32.const 2560))) (then unreachable))
        (memory.fill (i32.const 4194304) (i32.const 1) (i32.const 0xa000000))
        (i32.store8 (i32.const 512) (i32.const 48)) (call $answer (i32.const 512) (i32.const 1))";
    let host = host(4);
    let (_, connector) = load(&host, &component("", "", fills)).await;
    let before = resident();
    answered(&connector, 12, &json!(0)).await;
    let more = resident().saturating_sub(before);
    assert!(more < 128 << 20, "{} MiB are still resident", more >> 20);
    assert_eq!(host.memory(), 0);
}
