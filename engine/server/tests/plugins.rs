//! A plugin from the command line to the call, with the real program: installed while the server runs, there after a
//! restart, upgraded under load, removed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot start the program has failed"
)]

use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

mod common;

use common::{First, Server, files, guest, hosk, serve, system};

/// Instances that run while the plugin is upgraded.
const INSTANCES: usize = 1_000;
/// Calls that are under way when it is.
const UNDER_WAY: usize = 5;

#[test]
fn a_plugin_is_installed_upgraded_under_load_and_removed_while_the_server_runs() {
    let (base, first) = system();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let files = files(folder.path(), &base);
    let [one, two, model] = files.each_ref().map(|file| file.to_str().unwrap());

    let server = serve(&data, None);
    server.good(&["deploy", model]);
    assert!(server.good(&["plugin", "install", one]).contains("version 1 is installed, and current"));
    let refused = server.hosk(&["connection", "test", "guest", "--operation", "run"]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("may not reach the host `127.0.0.1`"), "nothing is granted yet: {told}");
    server.good(&["connection", "set", "guest", "--connector", "guest", "--network", "127.0.0.1"]);
    assert_eq!(server.said(), "one");
    drop(server);
    let server = serve(&data, None);
    assert_eq!(server.said(), "one", "it is there after a restart");
    assert!(std::fs::read_dir(data.join("plugins")).unwrap().count() > 0, "compiled once");

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let answers = runtime.block_on(upgraded_under_load(&server, two, &first));
    let count = |text: &str| answers.iter().filter(|said| **said == text).count();
    assert_eq!(count("one") + count("two"), INSTANCES, "no call failed");
    assert!(
        count("one") >= UNDER_WAY && count("two") > 0,
        "{} of the old version, {} of the new",
        count("one"),
        count("two")
    );
    assert_eq!(server.said(), "two");

    assert!(server.good(&["plugin", "show", "guest"]).contains("guest@1:run  Run (idempotent)"));
    assert!(server.good(&["plugin", "rollback", "guest"]).contains("version 1 is current"));
    assert_eq!(server.said(), "one");
    server.good(&["plugin", "activate", "guest", "2"]);
    server.good(&["plugin", "remove", "guest", "--version", "1"]);
    assert!(server.good(&["plugin", "list"]).contains("guest"));
    server.good(&["plugin", "remove", "guest"]);
    assert!(!server.good(&["plugin", "list"]).contains("guest"));
    // The step waits for somebody who answers to its type; he may come later.
    server.good(&["start", "ask"]);
    server.good(&["plugin", "install", two]);
    assert_eq!(server.said(), "two");
}

/// Starts instances and waits for their ends, and upgrades the plugin while the first calls are under way.
async fn upgraded_under_load(server: &Server, two: &str, first: &First) -> Vec<Value> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let before = first.asked.load(Ordering::Relaxed);
    first.held.store(true, Ordering::Relaxed);
    let body = json!({"processDefinitionId": "ask", "awaitCompletion": true, "requestTimeout": 300_000});
    let half = || {
        let all = (0..INSTANCES / 2).map(|_| server.post(&http, "/v2/process-instances", body.clone()));
        join(all.collect())
    };
    let upgrade = async {
        while first.asked.load(Ordering::Relaxed) < before + UNDER_WAY {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let file = std::fs::read(two).unwrap();
        let request =
            http.post(format!("{}/hosk/v1/plugins", server.1)).header("content-type", "application/wasm");
        let answer = request.body(file).send().await.unwrap();
        let status = answer.status().as_u16();
        assert_eq!(status, 201, "{}", answer.text().await.unwrap());
        first.held.store(false, Ordering::Relaxed);
        // The calls of the first half may still wait for their turns: they began with the old version.
        half().await
    };
    let (mut answers, later) = tokio::join!(half(), upgrade);
    answers.extend(later);
    answers.into_iter().map(|answer| answer["variables"]["said"].clone()).collect()
}

/// All of them at once.
async fn join<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut results: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        for (future, result) in futures.iter_mut().zip(&mut results) {
            if result.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *result = Some(value);
            }
        }
        if results.iter().all(Option::is_some) {
            return std::task::Poll::Ready(results.drain(..).flatten().collect());
        }
        std::task::Poll::Pending
    })
    .await
}

#[test]
fn a_plugin_is_checked_against_its_golden_calls_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guest.wasm");
    // An absolute path is appended to the setting `baseUrl`.
    std::fs::write(&file, guest::sender("/orders/7", Some(("x-token", "T-{{secrets.TOKEN}}")))).unwrap();
    let calls = folder.path().join("calls");
    std::fs::create_dir(&calls).unwrap();
    let golden = |headers: Value, output: Value| {
        json!({
            "operation": "run",
            "secrets": {"TOKEN": "sesame"},
            "exchanges": [{
                "request": {"method": "GET", "path": "/orders/7", "headers": headers},
                "response": {"body": {"number": 7}},
            }],
            "outcome": {"output": output},
        })
        .to_string()
    };
    let call = calls.join("order.json");
    let file = file.to_str().unwrap();
    std::fs::write(&call, golden(json!({"x-token": "T-sesame"}), json!({"number": 7}))).unwrap();
    let (good, said) = hosk(&["plugin", "check", file]);
    assert!(good && said.contains("ok    order.json"), "{said}");
    std::fs::write(&call, golden(json!({"x-token": "other"}), json!({"number": 8}))).unwrap();
    let (good, said) = hosk(&["plugin", "check", file]);
    assert!(!good && said.contains("FAIL  order.json") && said.contains("header `x-token`"), "{said}");
    assert!(
        said.contains(r#"the outcome is {"output":{"number":7}}, and should be {"output":{"number":8}}"#),
        "{said}"
    );
    std::fs::write(&call, "{}").unwrap();
    assert!(hosk(&["plugin", "check", file]).1.contains("is no golden call"));
}

#[test]
fn golden_calls_are_made_at_once_and_grant_hosts() {
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls");
    std::fs::create_dir(&calls).unwrap();
    let check = |guest: Vec<u8>, golden: Value| {
        let file = folder.path().join("guest.wasm");
        std::fs::write(&file, guest).unwrap();
        std::fs::write(calls.join("call.json"), golden.to_string()).unwrap();
        hosk(&["plugin", "check", file.to_str().unwrap()])
    };
    let echo = || guest::component("", "", guest::ECHO);
    let many = |output: Value| json!({"operation": "run", "input": {"amount": 4}, "atOnce": 500, "outcome": {"output": output}});
    let (good, said) = check(echo(), many(json!({"amount": 4})));
    assert!(good, "{said}");
    let (good, said) = check(echo(), many(json!(5)));
    assert!(!good && said.matches("the outcome is").count() == 1, "the same is told once: {said}");
    let mut ordered = many(json!(5));
    ordered["exchanges"] = json!([{"request": {"method": "GET", "path": "/"}}]);
    assert!(check(echo(), ordered).1.contains("`atOnce` is a number from 1"));
    let granted = json!({
        "operation": "run",
        "hosts": ["localhost"],
        "outcome": {"failure": {"kind": "permanent", "message": "`localhost` has the address"}},
    });
    let (good, said) = check(guest::sender("http://localhost:9/", None), granted);
    assert!(good, "{said}");
}

#[test]
fn a_new_plugin_begins_with_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("crm-own");
    for (language, source) in
        [("go", "main.go"), ("js", "plugin.js"), ("python", "app.py"), ("rust", "src/lib.rs")]
    {
        let place = place.with_extension(language).to_str().unwrap().replace('.', "-");
        let (good, said) = hosk(&["plugin", "new", language, &place]);
        assert!(good, "{said}");
        let text = std::fs::read_to_string(Path::new(&place).join(source)).unwrap();
        assert!(text.contains(&format!("crm-own-{language}")), "{text}");
        assert!(!hosk(&["plugin", "new", language, &place]).0, "nothing is overwritten");
    }
    let (good, said) = hosk(&["plugin", "new", "js", "Not An Id"]);
    assert!(!good && said.contains("lower-case"), "{said}");
}

/// The command with nothing on the path but what the folder holds.
fn build(folder: &Path, path: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hosk"));
    command.args(["plugin", "build"]).arg(folder).env("PATH", path);
    let output = command.output().unwrap();
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_cannot_be_built_is_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("path");
    std::fs::create_dir(&path).unwrap();
    let said = build(folder.path(), &path);
    assert!(said.contains("plugin-build-unknown: ") && said.contains("hosk plugin new"), "{said}");
    for (language, tool) in [("go", "go"), ("js", "node"), ("python", "python3"), ("rust", "cargo")] {
        let place = folder.path().join(format!("crm-{language}"));
        assert!(hosk(&["plugin", "new", language, place.to_str().unwrap()]).0);
        let said = build(&place, &path);
        assert!(said.contains(&format!("plugin-build-tool: `{tool}` is missing. Install")), "{said}");
    }
    // What a tool says is handed on; a real one is run by `cargo xtask test plugins`.
    program(&path, "go", "echo go1.21.3");
    let said = build(&folder.path().join("crm-go"), &path);
    assert!(said.contains("plugin-build-tool: `go` is go1.21.3, and 1.24 or newer is needed"), "{said}");
    program(&path, "go", "[ \"$1\" = env ] && echo go1.26.8 && exit; echo main.go:7: no >&2; exit 1");
    let said = build(&folder.path().join("crm-go"), &path);
    assert!(
        said.contains("main.go:7: no") && said.contains("plugin-build-failed: `go build` failed"),
        "{said}"
    );
}

/// Puts a program of the shell into a folder. Another one writes it: a file that this process has open for writing, and
/// with it whoever it starts at this moment, cannot be run.
fn program(folder: &Path, name: &str, script: &str) {
    let write = r#"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod 755 "$1""#;
    let mut shell = Command::new("sh");
    let status = shell.args(["-c", write, "sh"]).arg(folder.join(name)).arg(script).status().unwrap();
    assert!(status.success(), "{name}");
}

#[test]
fn a_missing_target_of_rust_is_told_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let [path, place, there] = ["path", "crm-rust", "there"].map(|name| folder.path().join(name));
    std::fs::create_dir(&path).unwrap();
    assert!(hosk(&["plugin", "new", "rust", place.to_str().unwrap()]).0);
    let cargo = "[ \"$1\" = --version ] && echo cargo 1.97.1 && exit; echo E0463: no core >&2; exit 101";
    program(&path, "cargo", cargo);
    program(&path, "rustc", &format!("echo {}", there.display()));
    let said = build(&place, &path);
    assert!(said.contains("E0463: no core"), "what cargo said is told: {said}");
    let expected = "plugin-build-tool: the target `wasm32-wasip2` of Rust is missing. Get it: rustup target add wasm32-wasip2";
    assert!(said.contains(expected), "{said}");
    std::fs::create_dir(&there).unwrap();
    let said = build(&place, &path);
    assert!(said.contains("plugin-build-failed: `cargo build` failed"), "the target is there: {said}");
}

#[test]
fn a_plugin_is_called_signed_and_refused_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (file, key, package) = (place("guest.wasm"), place("key"), place("guest.tar"));
    std::fs::write(&file, guest::component("", "", guest::ECHO)).unwrap();
    let (good, said) = hosk(&["plugin", "run", &file, "run", r#"{"amount": 4}"#]);
    assert!(good && said.contains(r#""amount": 4"#), "{said}");
    let (good, said) = hosk(&["plugin", "run", &file, "dance"]);
    assert!(!good && said.contains("there are run"), "{said}");
    let (good, said) = hosk(&["plugin", "key", &key]);
    assert!(good && said.contains("plugin_keys = ["), "{said}");
    assert!(!hosk(&["plugin", "key", &key]).0, "a key is not overwritten");
    let (good, said) = hosk(&["plugin", "sign", &file, "--release", "1.0.0", "--key", &key]);
    assert!(good && said.contains("guest 1.0.0, signed"), "{said}");
    let (good, said) = hosk(&["plugin", "check", &package]);
    assert!(good && said.contains("signed with"), "{said}");
    std::fs::write(&file, "nonsense").unwrap();
    let (good, said) = hosk(&["plugin", "check", &file]);
    assert!(!good && said.contains("plugin-package-invalid"), "{said}");
    // One that no server takes is not sent to any.
    std::fs::File::create(&file).unwrap().set_len(65 * 1024 * 1024).unwrap();
    let (good, said) = hosk(&["plugin", "--server", "http://127.0.0.1:1", "install", &file]);
    assert!(!good && said.contains("plugin-too-large: ") && said.contains("at most 67371008"), "{said}");
}
