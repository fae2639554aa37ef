//! Compiling in a process of its own, and the cache. This executable is the compiling process as well.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;
use std::process::ExitCode;

use common::{ECHO, component};
use hosk_wasm::{Compiler, Host, Limits, Settings};
use libtest_mimic::{Arguments, Failed, Trial};

/// The argument that makes this executable the compiling process.
const COMPILE: &str = "compile-a-plugin";

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(COMPILE) {
        return ExitCode::from(hosk_wasm::compile_child());
    }
    let tests = vec![
        Trial::test("a_plugin_is_compiled_once", || run(compiled_once())),
        Trial::test("a_damaged_file_is_compiled_again", || run(damaged())),
        Trial::test("what_cannot_be_compiled_is_told", || run(told())),
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
