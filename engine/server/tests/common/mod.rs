//! A system that plugins ask, the real program as a server, and plugins for it.
#![allow(dead_code, reason = "each test uses some of it")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::routing::get;
use serde_json::{Value, json};

#[path = "../../../../connectors/wasm/tests/common/guest.rs"]
pub(crate) mod guest;
mod server;

pub(crate) use server::Server;

/// What the system was asked at its first address.
#[derive(Default)]
pub(crate) struct First {
    pub(crate) asked: AtomicUsize,
    /// Whether its answers are held back.
    pub(crate) held: AtomicBool,
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
pub(crate) fn system() -> (String, Arc<First>) {
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

/// Starts the program, on a database when there is one.
pub(crate) fn serve(data: &Path, database: Option<&str>) -> Server {
    Server::start(|command| {
        command.env_remove("HOSK_DATABASE").envs(database.map(|database| ("HOSK_DATABASE", database)));
        command.args(["--auth", "none", "--data", data.to_str().unwrap()])
    })
}

impl Server {
    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    pub(crate) fn hosk(&self, arguments: &[&str]) -> Output {
        let program = env!("CARGO_BIN_EXE_hosk");
        Command::new(program).args(arguments).env("HOSK_SERVER", &self.1).output().unwrap()
    }

    pub(crate) fn good(&self, arguments: &[&str]) -> String {
        let output = self.hosk(arguments);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    /// Runs the process to its end; what the system answered.
    pub(crate) fn said(&self) -> Value {
        serde_json::from_str::<Value>(&self.good(&["start", "ask", "--wait"])).unwrap()["said"].clone()
    }

    pub(crate) async fn post(&self, http: &reqwest::Client, path: &str, body: Value) -> Value {
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
pub(crate) fn files(folder: &Path, base: &str) -> [PathBuf; 3] {
    let [one, two] = ["one", "two"].map(|name| {
        let file = folder.join(format!("{name}.wasm"));
        std::fs::write(&file, guest::sender(&format!("{base}/{name}"), None)).unwrap();
        file
    });
    let model = folder.join("ask.bpmn");
    std::fs::write(&model, PROCESS).unwrap();
    [one, two, model]
}

/// The program without a server: whether it succeeded, and what it said.
pub(crate) fn hosk(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hosk")).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}
