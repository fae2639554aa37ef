//! Several servers on one database: each does a part of the same instances, one is killed, one stands still for a while.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};

use crate::server::Server;

const PROCESS: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
<message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=number"/></extensionElements></message>
<process id="order" isExecutable="true"><startEvent id="s"/>
<serviceTask id="pack"><extensionElements><zeebe:taskDefinition type="pack"/></extensionElements></serviceTask>
<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
<callActivity id="ask"><extensionElements><zeebe:calledElement processId="bill"/></extensionElements></callActivity>
<intermediateCatchEvent id="nap"><timerEventDefinition><timeDuration>PT0.2S</timeDuration></timerEventDefinition></intermediateCatchEvent>
<endEvent id="e"/><sequenceFlow id="a" sourceRef="s" targetRef="pack"/><sequenceFlow id="b" sourceRef="pack" targetRef="wait"/>
<sequenceFlow id="c" sourceRef="wait" targetRef="ask"/><sequenceFlow id="d" sourceRef="ask" targetRef="nap"/>
<sequenceFlow id="f" sourceRef="nap" targetRef="e"/></process>
<process id="bill" isExecutable="true"><startEvent id="bs"/>
<serviceTask id="write"><extensionElements><zeebe:taskDefinition type="write"/></extensionElements></serviceTask><endEvent id="be"/>
<sequenceFlow id="ba" sourceRef="bs" targetRef="write"/><sequenceFlow id="bb" sourceRef="write" targetRef="be"/></process></definitions>"#;

/// Orders of one run.
const ORDERS: usize = 60;
/// Longest time until all of them have ended.
const PATIENCE: Duration = Duration::from_secs(90);

/// Jobs that were completed, by whom the server said yes to: job, and how often.
type Done = Arc<Mutex<BTreeMap<String, u32>>>;

/// The API of one server; an answer that does not come is none.
#[derive(Clone)]
struct Node {
    http: Client,
    base: String,
}

impl Node {
    fn of(server: &Server) -> Self {
        let http = Client::builder().timeout(Duration::from_secs(15)).build().unwrap();
        Self { http, base: server.base.clone() }
    }

    async fn post(&self, path: &str, body: &Value) -> Option<Value> {
        let answer = self.http.post(format!("{}{path}", self.base)).json(body).send().await.ok()?;
        let good = answer.status().is_success();
        let text = answer.text().await.ok()?;
        good.then(|| serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn deploy(&self) {
        let part = reqwest::multipart::Part::text(PROCESS).file_name("order.bpmn");
        let form = reqwest::multipart::Form::new().part("resources", part);
        let answer =
            self.http.post(format!("{}/v2/deployments", self.base)).multipart(form).send().await.unwrap();
        let status = answer.status();
        assert!(status.is_success(), "{}", answer.text().await.unwrap());
    }

    /// Creates an order; its key. A definition that another node was given may take a moment to be known here.
    async fn create(&self, number: &str) -> Option<String> {
        let body = json!({"processDefinitionId": "order", "variables": {"number": number}});
        for _ in 0..20 {
            if let Some(created) = self.post("/v2/process-instances", &body).await {
                return created["processInstanceKey"].as_str().map(str::to_owned);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        None
    }

    /// Works jobs of a type until the time is over.
    async fn work(self, kind: &'static str, done: Done, until: Instant) {
        let body = json!({"type": kind, "timeout": 3_000, "maxJobsToActivate": 5, "requestTimeout": 500, "worker": self.base});
        while Instant::now() < until {
            let Some(got) = self.post("/v2/jobs/activation", &body).await else {
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            };
            for job in got["jobs"].as_array().into_iter().flatten() {
                let key = job["jobKey"].as_str().unwrap().to_owned();
                if self.post(&format!("/v2/jobs/{key}/completion"), &json!({})).await.is_some() {
                    *done.lock().unwrap().entry(key).or_default() += 1;
                }
            }
        }
    }

    /// Says that orders are paid, until the time is over: a message that found nobody is kept for a while.
    async fn pay(self, numbers: Vec<String>, until: Instant) {
        for number in numbers {
            let body =
                json!({"name": "paid", "correlationKey": number, "timeToLive": 120_000, "messageId": number});
            while Instant::now() < until && self.post("/v2/messages/publication", &body).await.is_none() {
                tokio::time::sleep(Duration::from_millis(200)).await;
                // A repeat of what was taken without an answer is refused, and that is as good.
                let again =
                    self.http.post(format!("{}/v2/messages/publication", self.base)).json(&body).send().await;
                if again.is_ok_and(|answer| answer.status() == 409) {
                    break;
                }
            }
        }
    }
}

/// How many orders have ended, by the database itself.
fn ended(schema: &test_postgres::Schema) -> usize {
    let count = schema.run(
        "SELECT count(*) FROM process_instance i JOIN process_definition d ON d.key = i.definition \
         WHERE i.state = 1 AND d.process_id = 'order'",
    );
    count.parse().unwrap()
}

/// Sends a signal to a server's process.
fn signal(server: &Server, name: &str) {
    let id = server.child.id().expect("it runs").to_string();
    let sent = std::process::Command::new("kill").args([name, &id]).status();
    assert!(sent.is_ok_and(|status| status.success()), "{name}");
}

/// Three servers share the work on the same instances. One is killed, one stands still for ten seconds and goes on.
pub(crate) async fn share_the_work() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let schema = test_postgres::schema();
    let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let mut servers = Vec::new();
    for folder in &folders {
        servers.push(Server::start(folder.path(), Some(schema.url())).await);
    }
    let nodes: Vec<Node> = servers.iter().map(Node::of).collect();
    nodes[0].deploy().await;
    let until = Instant::now() + PATIENCE;
    let done = Done::default();
    let mut actors = tokio::task::JoinSet::new();
    actors.spawn(nodes[1].clone().work("pack", done.clone(), until));
    actors.spawn(nodes[2].clone().work("pack", done.clone(), until));
    actors.spawn(nodes[1].clone().work("write", done.clone(), until));

    let mut orders = BTreeSet::new();
    let mut numbers = Vec::new();
    for index in 0..ORDERS {
        let number = format!("O-{index}");
        let key = nodes[index % 3].create(&number).await.unwrap_or_else(|| panic!("{number} was not taken"));
        assert!(orders.insert(key), "two orders have one key");
        numbers.push(number);
        if index == ORDERS / 2 {
            signal(&servers[2], "-STOP");
            break;
        }
    }
    actors.spawn(nodes[1].clone().pay(numbers.clone(), until));
    tokio::time::sleep(Duration::from_secs(2)).await;
    servers[0].kill().await;
    tokio::time::sleep(Duration::from_secs(8)).await;
    signal(&servers[2], "-CONT");
    while ended(&schema) < orders.len() {
        assert!(Instant::now() < until, "{} of {} orders have ended", ended(&schema), orders.len());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    actors.shutdown().await;
    assert_eq!(ended(&schema), orders.len(), "as many as were acknowledged");
    let twice: Vec<_> =
        done.lock().unwrap().iter().filter(|(_, times)| **times > 1).map(|(key, _)| key.clone()).collect();
    assert!(twice.is_empty(), "completed twice: {twice:?}");
    let bills = schema.run(
        "SELECT count(*) FROM process_instance i JOIN process_definition d ON d.key = i.definition WHERE d.process_id = 'bill'",
    );
    assert_eq!(bills, orders.len().to_string(), "one bill an order");
    assert_eq!(schema.run("SELECT count(*) FROM job WHERE ended IS NULL"), "0");
    assert_eq!(schema.run("SELECT count(*) FROM outbox"), "0");
    for server in servers.iter_mut().skip(1) {
        server.kill().await;
    }
}
