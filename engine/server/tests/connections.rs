//! A connection from the command line to the call: the secret reaches the system behind it and no other place, and
//! everything is there after a restart.

#![expect(clippy::unwrap_used, reason = "a test that cannot start the program has failed")]

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use axum::routing::any;
use serde_json::{Value, json};

#[path = "common/server.rs"]
mod server;

use server::Server;

const SECRET: &str = "the-word-that-nobody-may-read";

/// The `Authorization` of each call to the ERP.
type Seen = Arc<Mutex<Vec<String>>>;

/// An ERP that notes who calls; gone with the test.
fn erp() -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let seen = Seen::default();
    let noted = seen.clone();
    let answer = move |headers: HeaderMap| async move {
        let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        noted.lock().unwrap().push(given.to_owned());
        axum::Json(json!({"delivery": "D-1"}))
    };
    let app = axum::Router::new().fallback(any(answer));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), app).await
        })
    });
    (base, seen)
}

fn serve(data: &Path) -> Server {
    Server::start(|command| command.args(["--auth", "none", "--data", data.to_str().unwrap()]))
}

impl Server {
    /// Runs a command against this server; what stands in `input` is typed.
    fn hosk(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hosk"))
            .args(arguments)
            .env("HOSK_SERVER", &self.1)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    fn good(&self, arguments: &[&str], input: &str) -> String {
        let output = self.hosk(arguments, input);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(!said.contains(SECRET), "{arguments:?} shows the secret: {said}");
        said
    }

    /// Runs the process to its end; what the ERP answered.
    fn ship(&self) -> Value {
        serde_json::from_str(&self.good(&["start", "ship", "--wait"], "")).unwrap()
    }
}

const PROCESS: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
<process id="ship" isExecutable="true"><startEvent id="s"/>
<serviceTask id="post"><extensionElements><zeebe:taskDefinition type="http:request"/>
<zeebe:ioMapping><zeebe:input source="POST" target="method"/><zeebe:input source="/deliveries" target="url"/></zeebe:ioMapping>
<zeebe:taskHeaders><zeebe:header key="connection" value="erp"/><zeebe:header key="resultExpression" value="={delivery: response.body.delivery}"/></zeebe:taskHeaders>
</extensionElements></serviceTask><endEvent id="e"/>
<sequenceFlow id="a" sourceRef="s" targetRef="post"/><sequenceFlow id="b" sourceRef="post" targetRef="e"/></process></definitions>"#;

#[test]
fn a_secret_reaches_the_system_behind_the_connection_and_no_other_place() {
    let (base, seen) = erp();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let model = folder.path().join("ship.bpmn");
    std::fs::write(&model, PROCESS).unwrap();
    let settings =
        json!({"baseUrl": base, "authentication": {"type": "bearer", "token": "{{secrets.TOKEN}}"}});
    let settings = settings.to_string();

    let server = serve(&data);
    let refused =
        server.hosk(&["connection", "set", "erp", "--connector", "http", "--settings", &settings], "");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("127.0.0.1"), "nothing is granted yet: {said}");
    let plain = json!({"baseUrl": base}).to_string();
    let set = ["connection", "set", "erp", "--connector", "http", "--network", "127.0.0.1", "--settings"];
    server.good(&[&set[..], &[&plain]].concat(), "");
    server.good(&["connection", "secret", "erp", "TOKEN"], &format!("{SECRET}\n"));
    server.good(&[&set[..], &[&settings]].concat(), "");
    assert!(server.good(&["connection", "test", "erp"], "").contains("worked"));
    let shown = server.good(&["connection", "show", "erp"], "");
    assert!(shown.contains("TOKEN, set") && shown.contains("127.0.0.1/32"), "{shown}");
    assert!(server.good(&["connection", "list"], "").contains(&base));

    server.good(&["deploy", model.to_str().unwrap()], "");
    assert_eq!(server.ship(), json!({"delivery": "D-1"}));
    drop(server);
    let server = serve(&data);
    assert_eq!(server.ship(), json!({"delivery": "D-1"}), "it is there after a restart");
    assert_eq!(
        *seen.lock().unwrap(),
        [format!("Bearer {SECRET}"), format!("Bearer {SECRET}"), format!("Bearer {SECRET}")]
    );

    for entry in std::fs::read_dir(&data).unwrap() {
        let file = entry.unwrap().path();
        if file.is_dir() {
            // Compiled plugins.
            continue;
        }
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found, "{} holds the secret", file.display());
    }
    server.good(&["connection", "remove", "erp"], "");
    assert!(!server.good(&["connection", "list"], "").contains("erp"));
}
