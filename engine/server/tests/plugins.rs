//! A plugin from the command line to the call, with the real program: installed while the server runs, there after a
//! restart, upgraded under load, removed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot start the program has failed"
)]

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::routing::get;
use serde_json::{Value, json};

#[path = "../../../connectors/wasm/tests/common/guest.rs"]
mod guest;

/// Instances that run while the plugin is upgraded.
const INSTANCES: usize = 1_000;
/// Calls that are under way when it is.
const UNDER_WAY: usize = 5;

/// What the system was asked at its first address.
#[derive(Default)]
struct First {
    asked: AtomicUsize,
    /// Whether its answers are held back.
    held: AtomicBool,
}

impl First {
    async fn answer(&self) -> axum::Json<Value> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        while self.held.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        axum::Json(json!("one"))
    }
}

/// A system that tells which address it was asked at.
fn system() -> (String, Arc<First>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let first = Arc::new(First::default());
    let shared = Arc::clone(&first);
    let one = move || {
        let first = Arc::clone(&shared);
        async move { first.answer().await }
    };
    let two = async || axum::Json(json!("two"));
    let app = axum::Router::new().route("/one", get(one)).route("/two", get(two));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), app).await
        })
    });
    (base, first)
}

struct Server(Child, String);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(data: &Path) -> Server {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hosk"))
        .args(["serve", "--auth", "none", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    Server(child, ready.split_whitespace().last().unwrap().to_owned())
}

impl Server {
    fn hosk(&self, arguments: &[&str]) -> Output {
        let program = env!("CARGO_BIN_EXE_hosk");
        Command::new(program).args(arguments).env("HOSK_SERVER", &self.1).output().unwrap()
    }

    fn good(&self, arguments: &[&str]) -> String {
        let output = self.hosk(arguments);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    /// Runs the process to its end; what the system answered.
    fn said(&self) -> Value {
        serde_json::from_str::<Value>(&self.good(&["start", "ask", "--wait"])).unwrap()["said"].clone()
    }

    async fn post(&self, http: &reqwest::Client, path: &str, body: Value) -> Value {
        let answer = http.post(format!("{}{path}", self.1)).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }
}

const PROCESS: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
<process id="ask" isExecutable="true"><startEvent id="s"/>
<serviceTask id="call"><extensionElements><zeebe:taskDefinition type="guest@1:run"/>
<zeebe:taskHeaders><zeebe:header key="resultVariable" value="said"/></zeebe:taskHeaders>
</extensionElements></serviceTask><endEvent id="e"/>
<sequenceFlow id="a" sourceRef="s" targetRef="call"/><sequenceFlow id="b" sourceRef="call" targetRef="e"/></process></definitions>"#;

/// Files of two versions of a plugin, which ask the system at two addresses, and of a process with one step.
fn files(folder: &Path, base: &str) -> [PathBuf; 3] {
    let [one, two] = ["one", "two"].map(|name| {
        let file = folder.join(format!("{name}.wasm"));
        std::fs::write(&file, guest::sender(&format!("{base}/{name}"), None)).unwrap();
        file
    });
    let model = folder.join("ask.bpmn");
    std::fs::write(&model, PROCESS).unwrap();
    [one, two, model]
}

#[test]
fn a_plugin_is_installed_upgraded_under_load_and_removed_while_the_server_runs() {
    let (base, first) = system();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let files = files(folder.path(), &base);
    let [one, two, model] = files.each_ref().map(|file| file.to_str().unwrap());

    let server = serve(&data);
    server.good(&["deploy", model]);
    assert!(server.good(&["plugin", "install", one]).contains("version 1 is installed, and current"));
    let refused = server.hosk(&["connection", "test", "guest", "--operation", "run"]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("may not reach the host `127.0.0.1`"), "nothing is granted yet: {told}");
    server.good(&["connection", "set", "guest", "--connector", "guest", "--network", "127.0.0.1"]);
    assert_eq!(server.said(), "one");
    drop(server);
    let server = serve(&data);
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

fn hosk(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hosk")).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
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
    let go = path.join("go");
    let says = |script: &str| {
        std::fs::write(&go, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&go, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        build(&folder.path().join("crm-go"), &path)
    };
    let said = says("echo go1.21.3");
    assert!(said.contains("plugin-build-tool: `go` is go1.21.3, and 1.24 or newer is needed"), "{said}");
    let said = says("[ \"$1\" = env ] && echo go1.26.8 && exit; echo main.go:7: no >&2; exit 1");
    assert!(
        said.contains("main.go:7: no") && said.contains("plugin-build-failed: `go build` failed"),
        "{said}"
    );
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
}
