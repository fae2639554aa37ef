//! A host for the tests, and guests for it.
#![allow(dead_code, reason = "each test uses some of it")]

mod guest;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use hosk_connector::{Call, Connection, Connector as _, Context, Outcome};
use hosk_wasm::{Compiler, Host, Limits, Settings, WasmConnector};
use serde_json::{Value, json};

pub(crate) use guest::*;

/// The host of the tests.
pub(crate) fn host() -> Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    let start = || {
        let (limits, compiler) = (Limits::default(), Compiler::Here);
        Host::start(Settings { limits, compiler, cache: None, threads: 2 }).expect("a host")
    };
    HOST.get_or_init(start).clone()
}

/// A loaded plugin as a connector.
pub(crate) async fn load(wasm: &[u8]) -> WasmConnector {
    let host = host();
    let plugin = host.load(wasm).await.expect("a sound plugin");
    WasmConnector::new(host, plugin)
}

/// A call that must be over after this time.
pub(crate) fn call(connection: Connection, time: Duration) -> Call {
    Call {
        operation: "run".into(),
        input: json!({"amount": 4}),
        headers: BTreeMap::new(),
        context: Context {
            tenant: "<default>".into(),
            connection: Arc::new(connection),
            process_instance: 1,
            element_id: "ship".into(),
            job_key: 2,
            attempt: 1,
            idempotency_key: "key-1".into(),
            deadline: SystemTime::now() + time,
            trace_parent: None,
        },
    }
}

/// The connection of the tests, which may go nowhere.
pub(crate) fn connection() -> Connection {
    Connection::new("guest", "guest")
}

/// The code and the message of a failed call of a guest.
pub(crate) async fn fails(wasm: &[u8], connection: Connection) -> (String, String) {
    let outcome = load(wasm).await.call(&call(connection, Duration::from_millis(1500))).await;
    let Outcome::Failure(failure) = outcome else { panic!("no failure: {outcome:?}") };
    (failure.code.unwrap_or_default(), failure.message)
}

/// The output of a call of a guest.
pub(crate) async fn output(wasm: &[u8], connection: Connection) -> Value {
    match load(wasm).await.call(&call(connection, Duration::from_secs(20))).await {
        Outcome::Complete(output) => output,
        other => panic!("not completed: {other:?}"),
    }
}
