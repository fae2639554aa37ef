//! Hostile guests: each call ends with a named error within its deadline, memory returns, and others go on.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{ECHO, LOG, call, component, connection, fails, host, load, output};
use hosk_connector::{Connector as _, Outcome};
use serde_json::json;

#[tokio::test]
async fn a_call_gets_what_it_gives() {
    assert_eq!(output(&component("", "", ECHO), connection()).await, json!({"amount": 4}));
}

#[tokio::test]
async fn an_endless_loop_ends_at_the_deadline() {
    let began = Instant::now();
    let (code, message) = fails(&component("", "", "(call $spin) (i32.const 0)"), connection()).await;
    assert_eq!(code, "plugin-deadline", "{message}");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_loop_is_ended_when_its_caller_goes_away() {
    let guest = load(&component("", "", "(call $spin) (i32.const 0)")).await;
    let call = call(connection(), Duration::from_hours(1));
    assert!(tokio::time::timeout(Duration::from_millis(100), guest.call(&call)).await.is_err());
    memory_returns().await;
}

#[tokio::test]
async fn an_allocation_bomb_is_refused() {
    let bomb =
        "(loop $more (br_if $more (i32.ne (i32.const -1) (memory.grow (i32.const 256))))) (unreachable)";
    assert_eq!(fails(&component("", "", bomb), connection()).await.0, "plugin-memory");
    let table = "(loop $more (br_if $more (i32.ne (i32.const -1)
        (table.grow $t (ref.null func) (i32.const 65536))))) (unreachable)";
    let (code, message) = fails(&component("", "(table $t 1 funcref)", table), connection()).await;
    assert_eq!(code, "plugin-table", "{message}");
}

#[tokio::test]
async fn deep_recursion_and_traps_are_told_apart() {
    assert_eq!(fails(&component("", "", "(call $dive (i32.const 0))"), connection()).await.0, "plugin-stack");
    assert_eq!(fails(&component("", "", "(unreachable)"), connection()).await.0, "plugin-trap");
    let wild = "(i32.load (i32.const -8))";
    assert_eq!(fails(&component("", "", wild), connection()).await.0, "plugin-trap");
}

#[tokio::test]
async fn an_answer_must_be_json_and_small() {
    let garbage = component(
        "",
        r#"(data (i32.const 512) "{\22a\22:")"#,
        "(call $answer (i32.const 512) (i32.const 5))",
    );
    assert_eq!(fails(&garbage, connection()).await.0, "plugin-answer");
    // A gigabyte that is not there, and a hundred megabytes that are.
    let claimed = component("", "", "(call $answer (i32.const 0) (i32.const 0x40000000))");
    assert_eq!(fails(&claimed, connection()).await.0, "plugin-trap");
    let large = "(drop (memory.grow (i32.const 2000)))
        (memory.fill (i32.const 65536) (i32.const 32) (i32.const 0x6000000))
        (call $answer (i32.const 65536) (i32.const 0x6000000))";
    let (code, message) = fails(&component("", "", large), connection()).await;
    assert_eq!(code, "plugin-output", "{message}");
}

#[tokio::test]
async fn a_flood_of_log_lines_ends_the_call() {
    let flood =
        "(loop $more (call $log (i32.const 2) (i32.const 1024) (i32.const 8)) (br $more)) (unreachable)";
    assert_eq!(fails(&component(LOG, "", flood), connection()).await.0, "plugin-logs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_at_once_are_answered_while_others_loop() {
    let good = Arc::new(load(&component("", "", ECHO)).await);
    let bad = Arc::new(load(&component("", "", "(call $spin) (i32.const 0)")).await);
    let looping: Vec<_> = (0..8)
        .map(|_| {
            let bad = Arc::clone(&bad);
            tokio::spawn(async move { bad.call(&call(connection(), Duration::from_secs(2))).await })
        })
        .collect();
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let good = Arc::clone(&good);
            tokio::spawn(async move { good.call(&call(connection(), Duration::from_mins(1))).await })
        })
        .collect();
    for one in calls {
        assert_eq!(one.await.expect("no panic"), Outcome::Complete(json!({"amount": 4})));
    }
    for one in looping {
        let Outcome::Failure(failure) = one.await.expect("no panic") else { panic!("a loop ended well") };
        assert_eq!(failure.code.as_deref(), Some("plugin-deadline"));
    }
    memory_returns().await;
}

#[tokio::test]
async fn nothing_is_left_for_the_next_call() {
    let counts = "(i32.store8 (i32.const 512) (i32.add (i32.const 1) (i32.load8_u (i32.const 512))))
        (call $answer (i32.const 512) (i32.const 1))";
    let guest = load(&component("", r#"(data (i32.const 512) "0")"#, counts)).await;
    for _ in 0..3 {
        let outcome = guest.call(&call(connection(), Duration::from_secs(20))).await;
        assert_eq!(outcome, Outcome::Complete(json!(1)));
    }
}

/// What calls had is free again soon after they ended; the tests of this file run beside each other.
async fn memory_returns() {
    for _ in 0..400 {
        if host().memory() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} bytes are still taken", host().memory());
}
