//! Levels: what an answer holds at 8.10, and that nothing of it is there at 8.9.

use std::collections::BTreeSet;

use hosk_api::Level;
use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Make, Server, text};

/// A server of a level, whose answers are compared with the OpenAPI document.
struct Compared {
    server: Server,
    /// The document with its marks.
    marked: Value,
    /// The document that the server serves.
    served: Value,
    /// What is newer than 8.9 and was there: `Schema.property`, or `Schema.property: WORD`.
    newer: BTreeSet<String>,
}

impl Compared {
    async fn at(level: Level) -> Self {
        let settings: fn(&mut hosk_api::Settings) = match level {
            Level::V8_9 => older,
            Level::V8_10 => |settings| assert_eq!(settings.level, Level::V8_10, "it is the usual one"),
        };
        let server = Server::make(Make { settings: Some(settings), ..Make::default() }).await;
        let served = server.get("/openapi.json").await.good();
        let marked = serde_json::from_str(hosk_api::openapi_json()).unwrap();
        Self { server, marked, served, newer: BTreeSet::new() }
    }

    async fn get(&mut self, path: &str) -> Value {
        self.asked(Method::GET, path, None).await
    }

    async fn post(&mut self, path: &str, body: Value) -> Value {
        self.asked(Method::POST, path, Some(body)).await
    }

    async fn asked(&mut self, method: Method, path: &str, body: Option<Value>) -> Value {
        let verb = method.as_str().to_lowercase();
        let answer = match body {
            Some(body) => self.server.with_body(method, path, body).await,
            None => self.server.get(path).await,
        };
        let length = answer.headers.get("content-length").unwrap().to_str().unwrap();
        assert_eq!(length, answer.text.len().to_string(), "{path}");
        let status = answer.status.as_str().to_owned();
        let body = answer.good();
        let paths = self.marked["paths"].as_object().unwrap();
        let found = paths.get(path).or_else(|| {
            paths
                .iter()
                .find(|(known, one)| fits(known, path) && one.get(&verb).is_some())
                .map(|(_, one)| one)
        });
        let schema =
            found.unwrap()[&verb]["responses"][status]["content"]["application/json"]["schema"].clone();
        assert!(schema.is_object(), "{path}");
        self.compare(&schema, &body, "");
        body
    }

    /// Every property that the served document has is there, and no other; what is marked is noted.
    fn compare(&mut self, schema: &Value, value: &Value, name: &str) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            let schema = self.marked["components"]["schemas"][name].clone();
            return self.compare(&schema, value, name);
        }
        if value.is_null() {
            return;
        }
        for option in schema["oneOf"].as_array().into_iter().flatten() {
            self.compare(option, value, "");
        }
        for item in value.as_array().into_iter().flatten() {
            self.compare(&schema["items"], item, "");
        }
        let (Some(properties), Some(members)) = (schema["properties"].as_object(), value.as_object()) else {
            return;
        };
        let served = &self.served["components"]["schemas"][name]["properties"];
        if let Some(served) = served.as_object() {
            let known: BTreeSet<_> = served.keys().collect();
            assert_eq!(members.keys().collect::<BTreeSet<_>>(), known, "{name}");
        }
        for (property, described) in properties {
            let Some(member) = members.get(property) else { continue };
            if described.get("x-since").is_some() {
                self.newer.insert(format!("{name}.{property}"));
            }
            let words = described["x-since-words"]["words"].as_array();
            for word in words.into_iter().flatten() {
                if member == word || member.as_array().is_some_and(|items| items.contains(word)) {
                    self.newer.insert(format!("{name}.{property}: {}", word.as_str().unwrap()));
                }
            }
            self.compare(described, member, "");
        }
    }
}

fn older(settings: &mut hosk_api::Settings) {
    settings.level = Level::V8_9;
}

/// Whether the path of an operation is that of a request.
fn fits(known: &str, path: &str) -> bool {
    let (known, path) = (known.split('/'), path.split('/'));
    known.clone().count() == path.clone().count()
        && known.zip(path).all(|(known, part)| known == part || known.starts_with('{'))
}

/// All that the document marks, as [`Compared::newer`] says it.
fn marks(document: &Value) -> BTreeSet<String> {
    let mut marks = BTreeSet::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (property, described) in schema["properties"].as_object().into_iter().flatten() {
            if described.get("x-since").is_some() {
                marks.insert(format!("{name}.{property}"));
            }
            for word in described["x-since-words"]["words"].as_array().into_iter().flatten() {
                marks.insert(format!("{name}.{property}: {}", word.as_str().unwrap()));
            }
        }
    }
    marks
}

async fn instances_jobs_and_tasks(compared: &mut Compared) {
    compared.server.deploy(&["work.bpmn", "review.bpmn", "review.form"]).await.good();
    let instance = compared.server.create("work", json!({"priority": 1.0})).await;
    let body = json!({"type": "work", "timeout": 60_000, "maxJobsToActivate": 10, "requestTimeout": -1});
    let taken = compared.post("/v2/jobs/activation", body).await;
    assert_eq!(taken["jobs"][0]["variables"].to_string(), r#"{"priority":1.0}"#);
    compared.post("/v2/jobs/search", json!({})).await;
    let path = format!("/v2/process-instances/{instance}");
    compared.get(&path).await;
    compared.server.create("review", json!({"what": "it"})).await;
    let found = compared.post("/v2/user-tasks/search", json!({})).await;
    let task = text(&found["items"][0], "userTaskKey");
    compared.get(&format!("/v2/user-tasks/{task}")).await;
    let filter = json!({"filter": {"processInstanceKey": instance}});
    for batch in [
        ("/v2/process-instances/suspension", filter.clone()),
        ("/v2/process-instances/resumption", filter.clone()),
        (
            "/v2/jobs/batch-update",
            json!({"filter": {"processInstanceKey": instance}, "changeset": {"retries": 5}}),
        ),
        ("/v2/process-instances/suspension", filter.clone()),
    ] {
        carried_out(compared, batch).await;
    }
    let row = compared.get(&path).await;
    let is_older =
        compared.served["components"]["schemas"]["InstanceAnswer"]["properties"]["suspendedDate"].is_null();
    assert_eq!(row["state"], if is_older { "ACTIVE" } else { "SUSPENDED" });
    compared.post("/v2/process-instances/search", filter).await;
    compared.post("/v2/audit-logs/search", json!({"page": {"limit": 1000}})).await;
    for batches in ["/v2/batch-operations/search", "/v2/batch-operation-items/search"] {
        let found = compared.post(batches, json!({})).await;
        assert_eq!(found["page"]["totalItems"], found["items"].as_array().unwrap().len());
    }
}

/// Begins a batch operation and waits for its end. Who knows its key is told its word.
async fn carried_out(compared: &Compared, (path, body): (&str, Value)) {
    let begun = compared.server.post(path, body).await.good();
    let path = format!("/v2/batch-operations/{}", text(&begun, "batchOperationKey"));
    for _ in 0..400 {
        let row = compared.server.get(&path).await.good();
        assert_eq!(row["batchOperationType"], begun["batchOperationType"]);
        if row["endDate"].is_string() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("{path} is not over");
}

async fn messages_and_decisions(compared: &mut Compared) {
    compared.server.deploy(&["letter.bpmn", "credit.dmn"]).await.good();
    compared.server.create("letter", json!({"number": "7"})).await;
    compared.post("/v2/message-subscriptions/search", json!({})).await;
    compared.post("/v2/messages/correlation", json!({"name": "answer", "correlationKey": "7"})).await;
    compared.post("/v2/correlated-message-subscriptions/search", json!({})).await;
    let body = json!({"decisionDefinitionId": "limit", "variables": {"amount": 150}});
    compared.post("/v2/decision-definitions/evaluation", body).await;
    let found = compared.post("/v2/decision-instances/search", json!({})).await;
    let decision = text(&found["items"][0], "decisionEvaluationInstanceKey");
    compared.get(&format!("/v2/decision-instances/{decision}")).await;
    let result = compared.post("/v2/expression/evaluation", json!({"expression": "={brokerId: 1.50}"})).await;
    assert_eq!(result["result"].to_string(), r#"{"brokerId":1.50}"#, "it is data");
}

async fn what_is_there_from_the_beginning(compared: &mut Compared) {
    compared.get("/v2/topology").await;
    compared.get("/v2/system/configuration").await;
    compared.post("/v2/cluster-variables/global", json!({"name": "API", "value": 1})).await;
    compared.get("/v2/cluster-variables/global/API").await;
    compared.post("/v2/cluster-variables/search", json!({})).await;
    let found = compared.post("/v2/authorizations/search", json!({"page": {"limit": 1000}})).await;
    assert_eq!(found["page"]["totalItems"], found["items"].as_array().unwrap().len());
}

/// Asks for everything in which something is newer; what was there.
async fn newer_at(level: Level) -> BTreeSet<String> {
    let mut compared = Compared::at(level).await;
    what_is_there_from_the_beginning(&mut compared).await;
    instances_jobs_and_tasks(&mut compared).await;
    messages_and_decisions(&mut compared).await;
    compared.newer
}

#[tokio::test]
async fn answers_of_the_usual_level_have_all_that_is_newer() {
    let marked: Value = serde_json::from_str(hosk_api::openapi_json()).unwrap();
    assert_eq!(newer_at(Level::V8_10).await, marks(&marked));
}

#[tokio::test]
async fn answers_of_the_older_level_have_nothing_that_is_newer() {
    assert_eq!(newer_at(Level::V8_9).await, BTreeSet::new());
}

#[tokio::test]
async fn what_is_no_answer_in_json_is_of_every_level() {
    let server = Server::make(Make { settings: Some(older), ..Make::default() }).await;
    let wrong = json!({"filter": {"partitionId": "1"}});
    server.post("/v2/correlated-message-subscriptions/search", wrong).await.refused(400, "wrong-type");
    let deployed = server.deploy(&["work.bpmn"]).await.good();
    let key = text(&deployed["deployments"][0]["processDefinition"], "processDefinitionKey");
    let xml = server.get(&format!("/v2/process-definitions/{key}/xml")).await;
    assert_eq!(xml.text, crate::server::file("work.bpmn"));
    let head = server.send(server.request(Method::HEAD, "/v2/topology")).await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
}
