//! An installation of an earlier release (see `README.md`) is opened by this one: everything is there, and what was under
//! way comes to its end.

use std::path::Path;
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::server::Server;

/// Rounds of looking until something is there, and the pause between them.
const ROUNDS: usize = 200;
const PAUSE: Duration = Duration::from_millis(100);

/// What the earlier release left is found, and finished.
pub(crate) async fn goes_on(data: &Path, database: Option<&str>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut server = Server::start(data, database).await;
    Installation::at(&server).is_all_there().await;
    Installation::at(&server).resumes().await;
    // What is written now is read by the next start, beside what the earlier release wrote.
    server.kill().await;
    let mut server = Server::start(data, database).await;
    let installation = Installation::at(&server);
    installation.finishes("B-waits", 3).await;
    installation.finishes("C-incident", 2).await;
    installation.finishes("D-suspended", 3).await;
    installation.takes_the_message_that_waited().await;
    server.kill().await;
}

struct Installation {
    http: Client,
    base: String,
}

impl Installation {
    fn at(server: &Server) -> Self {
        let http = Client::builder().timeout(Duration::from_mins(1)).build().expect("a client");
        Self { http, base: server.base.clone() }
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Value {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = request.send().await.expect("the server answers");
        let status = answer.status();
        let text = answer.text().await.expect("the whole answer");
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.call(Method::POST, path, &body).await
    }

    async fn found(&self, what: &str, filter: Value) -> Vec<Value> {
        let answer = self.post(&format!("/v2/{what}/search"), json!({"filter": filter})).await;
        answer["items"].as_array().expect("items").clone()
    }

    async fn order(&self, business_id: &str) -> Value {
        let filter = json!({"processDefinitionId": "order", "businessId": business_id});
        let mut found = self.found("process-instances", filter).await;
        assert_eq!(found.len(), 1, "{business_id}");
        found.remove(0)
    }

    async fn is_all_there(&self) {
        let expected = [
            ("A-done", "COMPLETED", false),
            ("B-waits", "ACTIVE", false),
            ("C-incident", "ACTIVE", true),
            ("D-suspended", "SUSPENDED", false),
            ("X-canceled", "TERMINATED", false),
        ];
        for (business_id, state, incident) in expected {
            let order = self.order(business_id).await;
            assert_eq!(
                (&order["state"], &order["hasIncident"]),
                (&json!(state), &json!(incident)),
                "{order}"
            );
            assert_eq!(order["tags"], json!(["old"]));
        }
        assert_eq!(
            self.found("process-instances", json!({"processDefinitionId": "delivery"})).await.len(),
            5
        );
        let done = self.order("A-done").await;
        let done = &done["processInstanceKey"];
        let note = self.found("variables", json!({"processInstanceKey": done, "name": "note"})).await;
        let note: Value = serde_json::from_str(note[0]["value"].as_str().expect("JSON")).expect("JSON");
        assert_eq!(note, "Grüße");
        let boxes = self.found("variables", json!({"processInstanceKey": done, "name": "boxes"})).await;
        assert_eq!(boxes[0]["value"], r#"["b","b","b"]"#);
        let ended =
            self.found("element-instances", json!({"processInstanceKey": done, "elementId": "done"})).await;
        assert_eq!(ended[0]["state"], "COMPLETED");
        let house = self.call(Method::GET, "/v2/cluster-variables/global/HOUSE", &Value::Null).await;
        assert!(house["value"].to_string().contains("street"), "{house}");
        assert_eq!(self.call(Method::GET, "/v2/groups/sales", &Value::Null).await["name"], "Sales");
        assert!(self.found("audit-logs", json!({})).await.len() >= 4);
    }

    /// The suspended one goes on, and the trouble of the other is over.
    async fn resumes(&self) {
        let suspended = self.order("D-suspended").await;
        let key = suspended["processInstanceKey"].as_str().expect("a key");
        self.call(Method::POST, &format!("/v2/process-instances/{key}/resumption"), &json!({})).await;
        let troubled = self.order("C-incident").await;
        let key = &troubled["processInstanceKey"];
        let incident = self.found("incidents", json!({"processInstanceKey": key})).await.remove(0);
        assert_eq!(incident["errorMessage"], "ERP is down");
        let job = incident["jobKey"].as_str().expect("a job");
        let retries = json!({"changeset": {"retries": 1}});
        self.call(Method::PATCH, &format!("/v2/jobs/{job}"), &retries).await;
        let incident = incident["incidentKey"].as_str().expect("a key");
        self.post(&format!("/v2/incidents/{incident}/resolution"), json!({})).await;
        assert_eq!(self.order("C-incident").await["hasIncident"], false);
    }

    /// Does all that an order waits for; its time has come long ago.
    async fn finishes(&self, business_id: &str, jobs: usize) {
        let order = self.order(business_id).await;
        let key = &order["processInstanceKey"];
        let task =
            self.found("user-tasks", json!({"processInstanceKey": key, "state": "CREATED"})).await.remove(0);
        assert_eq!((&task["elementId"], &task["candidateGroups"]), (&json!("approve"), &json!(["sales"])));
        let task = task["userTaskKey"].as_str().expect("a key");
        self.post(&format!("/v2/user-tasks/{task}/completion"), json!({"variables": {"approved": true}}))
            .await;
        self.work("pack", key, jobs).await;
        let filter = json!({"parentProcessInstanceKey": key});
        let called = self.found("process-instances", filter).await.remove(0);
        self.work("drive", &called["processInstanceKey"], 1).await;
        let paid = json!({"name": "paid", "correlationKey": business_id, "variables": {"sum": "9.90"}});
        self.post("/v2/messages/publication", paid).await;
        self.post("/v2/signals/broadcast", json!({"signalName": "released"})).await;
        self.is_completed(business_id).await;
        let boxes = self.found("variables", json!({"processInstanceKey": key, "name": "boxes"})).await;
        let boxes: Vec<String> =
            serde_json::from_str(boxes[0]["value"].as_str().expect("text")).expect("a list");
        assert_eq!(boxes.iter().filter(|each| *each == "new").count(), jobs, "{boxes:?}");
        assert_eq!(boxes.len(), 3);
    }

    /// Completes the jobs of one instance; its siblings' are left for them.
    async fn work(&self, r#type: &str, instance: &Value, expected: usize) {
        let open = json!({"type": r#type, "processInstanceKey": instance, "state": {"$in": ["CREATED", "RETRIES_UPDATED"]}});
        let jobs = self.found("jobs", open).await;
        assert_eq!(jobs.len(), expected, "{jobs:?}");
        for job in jobs {
            let key = job["jobKey"].as_str().expect("a key");
            self.post(&format!("/v2/jobs/{key}/completion"), json!({"variables": {"box": "new"}})).await;
        }
    }

    async fn is_completed(&self, business_id: &str) {
        for _ in 0..ROUNDS {
            if self.order(business_id).await["state"] == "COMPLETED" {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let order = self.order(business_id).await;
        let filter = json!({"processInstanceKey": order["processInstanceKey"], "state": "ACTIVE"});
        panic!("{business_id} is not over: {:?}", self.found("element-instances", filter).await);
    }

    /// A new instance gets the message that the earlier release kept.
    async fn takes_the_message_that_waited(&self) {
        let create = json!({"processDefinitionId": "order", "businessId": "E-later",
            "variables": {"order": "E-later", "items": []}});
        let key = self.post("/v2/process-instances", create).await["processInstanceKey"].clone();
        for _ in 0..ROUNDS {
            let at = json!({"processInstanceKey": key, "elementId": "payment"});
            if self.found("element-instances", at).await[0]["state"] == "COMPLETED" {
                let sum = self.found("variables", json!({"processInstanceKey": key, "name": "sum"})).await;
                assert_eq!(sum[0]["value"], "\"1.00\"");
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("the message was lost");
    }
}
