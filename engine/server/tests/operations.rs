//! What an operator sees and does: figures, traces, log lines, readiness, an orderly end.

#![expect(clippy::unwrap_used, reason = "a test that cannot start the program has failed")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::{any, post};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use serde_json::{Value, json};

/// Longest wait for what has to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves until the test ends; the address.
fn served(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), app).await
        })
    });
    base
}

/// An ERP that takes a while, and the `traceparent` of each call to it.
fn erp(takes: Duration) -> (String, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = seen.clone();
    let answer = move |headers: HeaderMap| async move {
        let given = headers.get("traceparent").and_then(|value| value.to_str().ok()).unwrap_or_default();
        noted.lock().unwrap().push(given.to_owned());
        tokio::time::sleep(takes).await;
        axum::Json(json!({"delivery": "D-1"}))
    };
    (served(Router::new().fallback(any(answer))), seen)
}

/// A collector of traces, and the spans it has got.
fn collector() -> (String, Arc<Mutex<Vec<Span>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = seen.clone();
    let take = move |body: Bytes| async move {
        let sent = ExportTraceServiceRequest::decode(body).unwrap();
        let scopes = sent.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        noted.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
    };
    (served(Router::new().route("/v1/traces", post(take))), seen)
}

/// A running server; gone with the test.
struct Server {
    child: Child,
    base: String,
    admin: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(data: &Path, more: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hosk"))
            .args(["serve", "--auth", "none", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data"])
            .arg(data)
            .envs(more.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = || {
            let mut line = String::new();
            out.read_line(&mut line).unwrap();
            line.split_whitespace().last().unwrap_or_default().to_owned()
        };
        let base = line();
        let admin = line().trim_end_matches("/metrics").to_owned();
        Self { child, base, admin }
    }

    /// Status and body of an answer; 0 when nobody listens.
    fn ask(method: &str, url: &str, body: Option<&Value>) -> (u16, String) {
        let address: SocketAddr =
            url.trim_start_matches("http://").split('/').next().unwrap().parse().unwrap();
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        let Ok(mut stream) = TcpStream::connect(address) else { return (0, String::new()) };
        let body = body.map(Value::to_string).unwrap_or_default();
        write!(
            stream,
            "{method} /{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        let status = answer.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
        (status, body)
    }

    fn metrics(&self) -> String {
        let (status, text) = Self::ask("GET", &format!("{}/metrics", self.admin), None);
        assert_eq!(status, 200);
        text
    }

    fn ready(&self) -> (u16, String) {
        Self::ask("GET", &format!("{}/health/ready", self.admin), None)
    }

    fn hosk(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_hosk"))
            .args(arguments)
            .env("HOSK_SERVER", &self.base)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    /// Connects the ERP and deploys the process that calls it.
    fn prepare(&self, erp: &str, folder: &Path) {
        let model = folder.join("ship.bpmn");
        std::fs::write(&model, PROCESS).unwrap();
        let settings = json!({"baseUrl": erp}).to_string();
        self.hosk(&[
            "connection",
            "set",
            "erp",
            "--connector",
            "http",
            "--host",
            "127.0.0.1",
            "--network",
            "127.0.0.1",
            "--settings",
            &settings,
        ]);
        self.hosk(&["deploy", model.to_str().unwrap()]);
    }

    /// Tells it to stop as a service manager does.
    fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end; whether it ended well, and what it logged.
    fn ended(mut self) -> (bool, String) {
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().success(), log)
    }
}

fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

const PROCESS: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
<process id="ship" isExecutable="true"><startEvent id="s"/>
<serviceTask id="post"><extensionElements><zeebe:taskDefinition type="http:request" retries="1"/>
<zeebe:ioMapping><zeebe:input source="POST" target="method"/><zeebe:input source="/deliveries" target="url"/></zeebe:ioMapping>
<zeebe:taskHeaders><zeebe:header key="connection" value="erp"/></zeebe:taskHeaders>
</extensionElements></serviceTask><endEvent id="e"/>
<sequenceFlow id="a" sourceRef="s" targetRef="post"/><sequenceFlow id="b" sourceRef="post" targetRef="e"/></process></definitions>"#;

#[test]
fn figures_are_told_to_prometheus() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let (erp, _) = erp(Duration::ZERO);
    server.prepare(&erp, folder.path());
    for _ in 0..3 {
        server.hosk(&["start", "ship", "--wait"]);
    }
    let (status, _) = Server::ask("GET", &format!("{}/v2/process-instances/17", server.base), None);
    assert_eq!(status, 404);
    let told = until("all counts", || {
        let told = server.metrics();
        told.contains("hosk_process_instances_total{change=\"completed\"} 3").then_some(told)
    });
    for line in [
        "# TYPE hosk_commits_total counter",
        "# TYPE hosk_commit_seconds histogram",
        "hosk_process_instances_total{change=\"started\"} 3",
        "hosk_jobs_total{change=\"completed\"} 3",
        "hosk_incidents_total{change=\"raised\"} 0",
        "hosk_connector_calls_total{connector=\"http\",connection=\"erp\",result=\"completed\"} 3",
        "hosk_connector_call_seconds_count{connector=\"http\",connection=\"erp\"} 3",
        "route=\"/v2/process-instances/{processInstanceKey}\",status=\"404\"} 1",
        "hosk_commands_waiting 0",
        "hosk_incidents_active 0",
        "hosk_database_up 1",
        "hosk_build_info{version=",
    ] {
        assert!(told.contains(line), "{line} is missing in\n{told}");
    }
    let value = |name: &str| -> f64 {
        let line = told.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!(value("hosk_commands_total{result=\"committed\"}") >= 6.0);
    assert!(value("hosk_command_seconds_count") >= 3.0);
    assert!(value("hosk_database_file_bytes") > 0.0);
    assert!(value("process_resident_memory_bytes") > 0.0);
    assert_eq!(server.ready().0, 200);
}

/// The spans of a request, its command, the step, the call and what followed hang together, and the ERP is told of the
/// call.
#[test]
fn a_trace_goes_from_the_request_to_the_system_that_was_called() {
    let folder = tempfile::tempdir().unwrap();
    let (collector, spans) = collector();
    let server = Server::start(&folder.path().join("data"), &[("HOSK_TRACES", &collector)]);
    let (erp, seen) = erp(Duration::ZERO);
    server.prepare(&erp, folder.path());
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let begun = server.base.clone();
    let address = begun.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let body = r#"{"processDefinitionId":"ship","awaitCompletion":true}"#;
    write!(
        stream,
        "POST /v2/process-instances HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         traceparent: 00-{trace}-00f067aa0ba902b7-01\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.terminate();
    let (well, log) = server.ended();
    assert!(well, "{log}");

    let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let all = spans.lock().unwrap().clone();
    let ours: Vec<&Span> = all.iter().filter(|span| hex(&span.trace_id) == trace).collect();
    let names: Vec<&str> = ours.iter().map(|span| span.name.as_str()).collect();
    let one = |name: &str| {
        *ours.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name} in {names:?}"))
    };
    let request = one("POST /v2/process-instances");
    assert_eq!(hex(&request.parent_span_id), "00f067aa0ba902b7");
    let command = one("command");
    assert_eq!(command.parent_span_id, request.span_id);
    let call = one("call");
    let step = *ours.iter().find(|span| span.span_id == call.parent_span_id).unwrap();
    assert_eq!((step.name.as_str(), &step.parent_span_id), ("step", &command.span_id));
    let after = ours.iter().find(|span| span.parent_span_id == call.span_id).unwrap();
    assert_eq!(after.name, "step", "what the call came to is a step under it");
    let told = seen.lock().unwrap().clone();
    assert_eq!(told, vec![format!("00-{trace}-{}-01", hex(&call.span_id))]);
}

#[test]
fn log_lines_are_json_with_the_instance_they_are_about() {
    let folder = tempfile::tempdir().unwrap();
    let more = [("HOSK_LOG_JSON", "true"), ("HOSK_LOG", "debug,hyper=off,sqlx=off,reqwest=off")];
    let server = Server::start(&folder.path().join("data"), &more);
    // Nobody listens there: the only attempt fails, and that is an incident.
    server.prepare("http://127.0.0.1:1", folder.path());
    let started = server.hosk(&["start", "ship", "--json"]);
    let started: Value = serde_json::from_str(&started).unwrap();
    let instance: u64 = started["processInstanceKey"].as_str().unwrap().parse().unwrap();
    until("the incident", || {
        server.metrics().contains("hosk_incidents_total{change=\"raised\"} 1").then_some(())
    });
    server.terminate();
    let (_, log) = server.ended();
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let incident = lines.iter().find(|line| line["message"] == "an incident was raised").unwrap();
    assert_eq!(
        (&incident["instance"], &incident["element"]),
        (&instance.into(), &"post".into()),
        "{incident}"
    );
    assert!(incident["reason"].as_str().unwrap().contains("127.0.0.1"), "{incident}");
    let failed = lines.iter().find(|line| line["message"] == "a call failed").unwrap();
    assert_eq!((&failed["instance"], &failed["connection"]), (&instance.into(), &"erp".into()), "{failed}");
    let answered = lines.iter().find(|line| {
        line["message"] == "answered" && line["path"] == "/v2/process-instances" && line["method"] == "POST"
    });
    assert_eq!(answered.unwrap()["span"]["instance"], json!(instance), "{answered:?}");
}

#[test]
fn a_server_that_is_told_to_stop_says_so_and_finishes_what_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, &[("HOSK_DRAIN_NOTICE", "1")]);
    let (erp, seen) = erp(Duration::from_secs(2));
    server.prepare(&erp, folder.path());
    assert_eq!(server.ready().0, 200);
    let started: Value = serde_json::from_str(&server.hosk(&["start", "ship", "--json"])).unwrap();
    let instance = started["processInstanceKey"].as_str().unwrap().to_owned();
    until("the call", || (!seen.lock().unwrap().is_empty()).then_some(()));
    // A worker that would wait for a minute.
    let base = server.base.clone();
    let asked = std::thread::spawn(move || {
        let address = base.trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(&address).unwrap();
        let body = r#"{"type":"x","timeout":60000,"maxJobsToActivate":1,"requestTimeout":60000}"#;
        write!(
            stream,
            "POST /v2/jobs/activation HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    });
    std::thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    server.terminate();
    let reason = until("the notice", || {
        let (status, text) = server.ready();
        (status == 503).then_some(text)
    });
    assert!(reason.contains("about to go"), "{reason}");
    // While it says so it still answers.
    assert_eq!(Server::ask("GET", &format!("{}/v2/license", server.base), None).0, 200);
    assert_eq!(Server::ask("GET", &format!("{}/v2/status", server.base), None).0, 503);
    let (well, log) = server.ended();
    assert!(well && began.elapsed() < Duration::from_secs(15), "{:?} {log}", began.elapsed());
    assert!(asked.join().unwrap().starts_with("HTTP/1.1 200"), "the worker goes with no jobs");

    let server = Server::start(&data, &[]);
    let (_, found) = Server::ask("GET", &format!("{}/v2/process-instances/{instance}", server.base), None);
    assert!(found.contains("\"COMPLETED\""), "the call was waited for: {found}");
    assert_eq!(seen.lock().unwrap().len(), 1, "and not repeated");
}

#[test]
fn shells_and_man_are_served() {
    let hosk = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_hosk")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for shell in ["bash", "zsh", "fish"] {
        assert!(hosk(&["completions", shell]).contains("connection"), "{shell}");
    }
    assert!(hosk(&["man"]).contains(".TH hosk 1"));
    let folder = tempfile::tempdir().unwrap();
    hosk(&["man", "--out", folder.path().to_str().unwrap()]);
    for page in ["hosk.1", "hosk-serve.1"] {
        assert!(folder.path().join(page).is_file(), "{page}");
    }
}

#[test]
fn a_log_in_a_file_is_text_without_colours() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"), &[]);
    let (status, _) = Server::ask("GET", &format!("{}/v2/process-instances/none", server.base), None);
    assert_eq!(status, 400);
    server.terminate();
    let (well, log) = server.ended();
    let line = log.lines().find(|line| line.contains("/v2/process-instances/none")).unwrap_or_default();
    assert!(well && line.contains("refused") && line.contains("status=400"), "{log}");
    assert!(!log.contains('\u{1b}'), "{log}");
}
