//! Compiling in a process of its own, and the cache. This executable is the compiling process as well.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use common::{ECHO, call, component, connection};
use hosk_connector::{Connector as _, Outcome};
use hosk_wasm::{Compiler, Host, Limits, Settings, WasmConnector};
use libtest_mimic::{Arguments, Failed, Trial};
use rustix::process::{Resource, Rlimit, setrlimit};
use serde_json::json;

/// The argument that makes this executable the compiling process.
const COMPILE: &str = "compile-a-plugin";

/// The argument that makes this executable a host with little address space.
const CRAMPED: &str = "with-little-address-space";
/// So little, in bytes: the memory of a few calls.
const LITTLE: u64 = 64 << 30;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(COMPILE) {
        return ExitCode::from(hosk_wasm::compile_child());
    }
    if std::env::args().nth(1).as_deref() == Some(CRAMPED) {
        return cramped_child();
    }
    let tests = vec![
        Trial::test("a_plugin_is_compiled_once", || run(compiled_once())),
        Trial::test("a_damaged_file_is_compiled_again", || run(damaged())),
        Trial::test("what_cannot_be_compiled_is_told", || run(told())),
        #[cfg(target_os = "linux")]
        Trial::test("without_room_for_a_pool_calls_run_all_the_same", cramped),
    ];
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}

fn run(test: impl Future<Output = ()>) -> Result<(), Failed> {
    tokio::runtime::Runtime::new()?.block_on(test);
    Ok(())
}

fn host(folder: &Path, argument: &str) -> Host {
    let program = std::env::current_exe().expect("this executable");
    let compiler = Compiler::Process { program, arguments: vec![argument.to_owned()] };
    let settings =
        Settings { limits: Limits::default(), compiler, cache: Some(folder.to_owned()), threads: 1 };
    Host::start(settings).expect("a host")
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder).expect("the cache").map(|entry| entry.expect("an entry").path()).collect()
}

async fn compiled_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let wasm = component("", "", ECHO);
    host(folder.path(), COMPILE).load(&wasm).await.expect("compiled");
    assert_eq!(files(folder.path()).len(), 1);
    // A process that would fail is not asked any more.
    host(folder.path(), "--nonsense").load(&wasm).await.expect("found");
}

async fn damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let wasm = component("", "", ECHO);
    host(folder.path(), COMPILE).load(&wasm).await.expect("compiled");
    let file = files(folder.path()).remove(0);
    let mut content = std::fs::read(&file).expect("the file");
    let last = content.len() - 1;
    content[last] ^= 1;
    std::fs::write(&file, &content).expect("written");
    let error = host(folder.path(), "--nonsense").load(&wasm).await.expect_err("compiled again");
    assert_eq!(error.code(), "plugin-compile-limit");
    host(folder.path(), COMPILE).load(&wasm).await.expect("compiled");
}

async fn told() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = host(folder.path(), COMPILE).load(b"nonsense").await.expect_err("no component");
    assert_eq!(error.code(), "plugin-not-a-component");
    assert!(files(folder.path()).is_empty());
}

#[cfg(target_os = "linux")]
fn cramped() -> Result<(), Failed> {
    let program = std::env::current_exe()?;
    let output = std::process::Command::new(program).arg(CRAMPED).output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{}: {told}", output.status).into()) }
}

/// As where an administrator bounds the address space of the server.
fn cramped_child() -> ExitCode {
    let limit = Rlimit { current: Some(LITTLE), maximum: Some(LITTLE) };
    setrlimit(Resource::As, limit).expect("a limit");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let settings =
            Settings { limits: Limits::default(), compiler: Compiler::Here, cache: None, threads: 1 };
        let host = Host::start(settings).expect("a host");
        let plugin = host.load(&component("", "", ECHO)).await.expect("a sound plugin");
        assert!(!plugin.has_slots(), "the pool needs more");
        let call = call(connection(), Duration::from_secs(20));
        let outcome = WasmConnector::new(host, plugin).call(&call).await;
        assert_eq!(outcome, Outcome::Complete(json!({"amount": 4})));
    });
    ExitCode::SUCCESS
}
