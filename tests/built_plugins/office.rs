//! A running hosk with both plugins, and the people who work with it over REST.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::systems::{CLIENT, SECRET};

/// Everybody's password.
const PASSWORD: &str = "ship-goods";
/// Longest time for a start, for an instance to end, for a task to be there.
const PATIENCE: Duration = Duration::from_mins(2);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// What an environment variable names.
fn named(variable: &str) -> PathBuf {
    let Some(value) = std::env::var_os(variable) else {
        panic!("{variable} is not set; `cargo xtask test plugins` builds hosk and the plugins and sets it")
    };
    PathBuf::from(value)
}

/// A server with its data.
pub(crate) struct Office {
    data: tempfile::TempDir,
    child: Child,
    base: String,
    http: Client,
}

/// Somebody who is signed in.
pub(crate) struct Person {
    name: &'static str,
    base: String,
    http: Client,
}

impl Office {
    /// People are there, and nothing else.
    pub(crate) async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir().unwrap();
        for (name, group) in [("anna", "warehouse"), ("karen", "managers"), ("admin", "operators")] {
            let mut child = Command::new(named("HOSK_BIN"))
                .args(["user", "set", name, "--group", group, "--data"])
                .arg(data.path())
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).await.unwrap();
            assert!(child.wait().await.unwrap().success(), "{name} is not set");
        }
        let (child, base) = serve(data.path()).await;
        let http = Client::builder().timeout(PATIENCE).build().unwrap();
        Self { data, child, base, http }
    }

    /// `kill -9`, and a new start on the same data.
    pub(crate) async fn dies_and_rises(&mut self) {
        self.child.kill().await.unwrap();
        (self.child, self.base) = serve(self.data.path()).await;
    }

    pub(crate) async fn close(mut self) {
        self.child.kill().await.unwrap();
    }

    pub(crate) fn person(&self, name: &'static str) -> Person {
        Person { name, base: self.base.clone(), http: self.http.clone() }
    }

    /// What an administrator does once: plugins, connections, the process, who may start it.
    pub(crate) async fn set_up(&self, crm: &str, erp: &str) {
        let admin = self.person("admin");
        for plugin in ["crm-amocrm", "erp-onebox"] {
            let file = named("HOSK_PLUGINS").join(format!("examples-{plugin}-js.wasm"));
            let wasm = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let request = admin.request(Method::POST, "/hosk/v1/plugins");
            answer(request.header("content-type", "application/wasm").body(wasm)).await.unwrap();
        }
        connect(&admin, "crm-amocrm", crm, json!({}), "TOKEN").await;
        connect(&admin, "erp-onebox", erp, json!({"login": "api"}), "PASSWORD").await;
        deploy(&admin).await;
        let may = json!({"ownerType": "GROUP", "ownerId": "warehouse", "resourceType": "PROCESS_DEFINITION",
            "resourceId": "ship-goods-plugins", "permissionTypes": ["CREATE_PROCESS_INSTANCE", "READ_PROCESS_INSTANCE"]});
        admin.post("/v2/authorizations", &may).await.unwrap();
    }
}

async fn connect(admin: &Person, id: &str, base: &str, mut settings: Value, secret: &str) {
    settings["baseUrl"] = json!(base);
    let connection = json!({"connectionId": id, "connectorId": id, "settings": settings,
        "grants": {"networks": ["127.0.0.1"]}, "secrets": {secret: SECRET}});
    admin.post("/hosk/v1/connections", &connection).await.unwrap();
}

/// The process with its forms, as its README says.
async fn deploy(admin: &Person) {
    let processes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../processes");
    let mut form = reqwest::multipart::Form::new();
    for file in [
        "ship-goods-plugins/ship-goods-plugins.bpmn",
        "ship-goods-plugins/name-client-form.form",
        "ship-goods-plugins/look-at-order-form.form",
        "ship-goods/order-form.form",
        "ship-goods/ship-goods-form.form",
        "ship-goods/decide-delivery-form.form",
    ] {
        let content = std::fs::read(processes.join(file)).unwrap();
        let name = file.rsplit('/').next().unwrap().to_owned();
        form = form.part("resources", reqwest::multipart::Part::bytes(content).file_name(name));
    }
    answer(admin.request(Method::POST, "/v2/deployments").multipart(form)).await.unwrap();
}

async fn serve(data: &Path) -> (Child, String) {
    let mut child = Command::new(named("HOSK_BIN"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("HOSK_LOG", "warn")
        .env_remove("HOSK_DATABASE")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some(at) = line.find("http://127.0.0.1:") {
                return line[at..].split_whitespace().next().unwrap().to_owned();
            }
        }
        panic!("the server ended before it was ready");
    };
    let base = tokio::time::timeout(PATIENCE, ready).await.expect("the server is ready in time");
    // Reading on, so that the pipe never fills up.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, base)
}

impl Person {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).basic_auth(self.name, Some(PASSWORD))
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        answer(self.request(Method::POST, path).json(body)).await
    }

    async fn get(&self, path: &str) -> Value {
        answer(self.request(Method::GET, path)).await.unwrap()
    }

    /// Starts the process for an order; the key of the instance.
    pub(crate) async fn order(&self, number: &str, client: &str) -> String {
        let lines = json!([{"product": "P-100", "quantity": 2, "unitPrice": 3600}]);
        let order = json!({"number": number, "client": client, "lines": lines});
        let start = json!({"processDefinitionId": "ship-goods-plugins", "variables": {"order": order}});
        let started = self.post("/v2/process-instances", &start).await.unwrap();
        started["processInstanceKey"].as_str().unwrap().to_owned()
    }

    /// Takes the task of an instance: its key.
    pub(crate) async fn takes(&self, element: &str, instance: &str) -> String {
        let filter = json!({"processInstanceKey": instance, "elementId": element, "state": "CREATED"});
        let search = json!({"filter": filter});
        let found = async {
            loop {
                let found = self.post("/v2/user-tasks/search", &search).await.unwrap();
                if let Some(key) = found["items"][0]["userTaskKey"].as_str() {
                    return key.to_owned();
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        let key = tokio::time::timeout(PATIENCE, found).await.expect("the task is offered");
        let assign = json!({"assignee": self.name});
        self.post(&format!("/v2/user-tasks/{key}/assignment"), &assign).await.unwrap();
        key
    }

    /// Completes a task and waits for what comes of it.
    pub(crate) async fn completes(&self, task: &str, variables: Value) -> Result<Value, String> {
        self.post(&format!("/hosk/v1/user-tasks/{task}/completion"), &json!({"variables": variables})).await
    }

    /// Ships the goods of an order of the usual client; the instance, and what the employee is told.
    pub(crate) async fn ships(&self, number: &str) -> (String, Value) {
        let instance = self.order(number, CLIENT).await;
        let task = self.takes("ship", &instance).await;
        let told = self.completes(&task, shipment()).await.unwrap();
        (instance, told)
    }

    /// Waits until the instance is completed; its variable.
    pub(crate) async fn finds(&self, instance: &str, variable: &str) -> Value {
        let ended = async {
            loop {
                let found = self.get(&format!("/v2/process-instances/{instance}")).await;
                assert_eq!(found["hasIncident"], false, "{found}");
                if found["state"] != "ACTIVE" {
                    return found["state"].clone();
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        let state = tokio::time::timeout(PATIENCE, ended).await.expect("the instance ends");
        assert_eq!(state, "COMPLETED");
        let filter = json!({"processInstanceKey": instance, "scopeKey": instance, "name": variable});
        let found = self.post("/v2/variables/search", &json!({"filter": filter})).await.unwrap();
        let text = found["items"][0]["value"].as_str().unwrap_or_else(|| panic!("no {variable}: {found}"));
        serde_json::from_str(text).unwrap()
    }
}

/// What the employee enters.
pub(crate) fn shipment() -> Value {
    json!({"carrier": "dhl", "packages": 1, "note": null})
}

async fn answer(request: RequestBuilder) -> Result<Value, String> {
    let answer = request.send().await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let text = answer.text().await.map_err(|error| error.to_string())?;
    if status.is_success() {
        Ok(serde_json::from_str(&text).unwrap_or_default())
    } else {
        Err(format!("{status} {text}"))
    }
}
