//! A tenant with something of everything, and requests about it.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Server, file, text};

/// Digits of keys.
const KEY_DIGITS: usize = 15;
/// How often it is looked whether batch operations are over.
const LOOKS: usize = 200;

/// Where things are, by the names of path parameters.
pub(super) struct World {
    names: Names,
}

/// Path parameters that are keys.
const KEYS: [&str; 15] = [
    "processDefinitionKey",
    "processInstanceKey",
    "userTaskKey",
    "formKey",
    "elementInstanceKey",
    "variableKey",
    "jobKey",
    "incidentKey",
    "adHocSubProcessInstanceKey",
    "decisionDefinitionKey",
    "decisionRequirementsKey",
    "decisionEvaluationKey",
    "resourceKey",
    "auditLogKey",
    "batchOperationKey",
];

/// Names of path parameters and what they stand for.
type Names = BTreeMap<&'static str, String>;

impl World {
    /// Something of everything for ben's tenant, `south`.
    pub(super) async fn of(ben: &Server) -> Self {
        deploy(ben).await;
        let mut names = run(ben).await;
        fail_jobs(ben).await;
        act(ben, &mut names).await;
        at_rest(ben).await;
        look_up(ben, &mut names).await;
        names.insert("tenantId", "south".to_owned());
        names.insert("name", "southernVariable".to_owned());
        names.insert("mapId", "southernMap".to_owned());
        Self { names }
    }

    /// Names for things that are not there.
    pub(super) fn nowhere() -> Self {
        let names = KEYS.iter().zip(77_000_000_000_000_000_u64..);
        let mut names: Names = names.map(|(name, key)| (*name, key.to_string())).collect();
        names.insert("decisionEvaluationInstanceKey", "78000000000000000-1".to_owned());
        names.insert("errorHashCode", "77".to_owned());
        names.insert("tenantId", "nowhere".to_owned());
        names.insert("name", "nothing".to_owned());
        names.insert("mapId", "noMap".to_owned());
        Self { names }
    }

    /// Asks for something of this world: path and body have its names in braces.
    pub(super) async fn ask(&self, server: &Server, method: &Method, path: &str, body: &str) -> Answer {
        let request = server.request(method.clone(), &self.filled(path));
        if body.is_empty() {
            return server.send(request).await;
        }
        if let Some(form) = body.strip_prefix("form:") {
            let parts = [("resources", "work.bpmn", file("work.bpmn")), ("tenantId", "", self.filled(form))];
            return server.deploy_parts(&parts).await;
        }
        if let Some(file) = body.strip_prefix("csv:") {
            return server.raw(method.clone(), &self.filled(path), "text/csv", file).await;
        }
        let body: Value =
            serde_json::from_str(&self.filled(body)).unwrap_or_else(|_| panic!("{path}: {body}"));
        server.send(request.json(&body)).await
    }

    fn filled(&self, text: &str) -> String {
        let fill =
            |text: String, (name, value): (&&str, &String)| text.replace(&format!("{{{name}}}"), value);
        self.names.iter().fold(text.to_owned(), fill)
    }

    /// A text without what stands in the requests.
    pub(super) fn without_asked(&self, text: &str) -> String {
        let blank = |text: String, value: &String| match value.len() {
            // A running number may be part of another one.
            0..4 => text.replace(&format!("/{value}\""), "/…\"").replace(&format!("key {value}."), "key …."),
            _ => text.replace(value.as_str(), "…"),
        };
        self.names.values().fold(text.to_owned(), blank)
    }
}

/// The newest first, where there may be more of a kind.
fn sort(path: &str) -> Value {
    let field = match path {
        "user-tasks" => "creationDate",
        "element-instances" => "startDate",
        "jobs" | "incidents" => "creationTime",
        "audit-logs" => "timestamp",
        _ => return json!([]),
    };
    json!([{"field": field, "order": "DESC"}])
}

async fn deploy(ben: &Server) {
    let names =
        ["waits.bpmn", "ad-hoc.bpmn", "letter.bpmn", "work.bpmn", "review.bpmn", "review.form", "credit.dmn"];
    let southern: Vec<String> = names.iter().map(|name| format!("southern-{name}")).collect();
    let mut parts: Vec<_> =
        southern.iter().zip(names).map(|(name, of)| ("resources", name.as_str(), file(of))).collect();
    parts.push(("resources", "southern-note.md", "southern note".to_owned()));
    parts.push(("tenantId", "", "south".to_owned()));
    ben.deploy_parts(&parts).await.good();
}

async fn start(ben: &Server, process: &str) -> String {
    let body = json!({
        "processDefinitionId": process, "tenantId": "south",
        "variables": {"what": "southern secret", "number": "7"}
    });
    text(&ben.post("/v2/process-instances", body).await.good(), "processInstanceKey")
}

/// Instances of all that is deployed.
async fn run(ben: &Server) -> Names {
    for process in ["waits", "choice", "work", "letter"] {
        start(ben, process).await;
    }
    let (work, review) = (start(ben, "work").await, start(ben, "review").await);
    Names::from([("work", work), ("processInstanceKey", review)])
}

/// Incidents.
async fn fail_jobs(ben: &Server) {
    let take = json!({
        "type": "work", "timeout": 60_000, "maxJobsToActivate": 9, "requestTimeout": -1, "tenantIds": ["south"]
    });
    for job in ben.post("/v2/jobs/activation", take).await.good()["jobs"].as_array().unwrap() {
        let path = format!("/v2/jobs/{}/failure", text(job, "jobKey"));
        let failure = json!({"retries": 0, "errorMessage": "southern trouble"});
        assert_eq!(ben.post(&path, failure).await.status, 204);
    }
}

/// A decision, a message, a variable of the tenant, a batch operation.
async fn act(ben: &Server, names: &mut Names) {
    let decision =
        json!({"decisionDefinitionId": "limit", "tenantId": "south", "variables": {"amount": 150}});
    let evaluated = ben.post("/v2/decision-definitions/evaluation", decision).await.good();
    names.insert("decisionEvaluationKey", text(&evaluated, "decisionEvaluationKey"));
    let message = json!({"name": "answer", "correlationKey": "7", "tenantId": "south"});
    ben.post("/v2/messages/publication", message).await.good();
    // One more, for which nothing has come yet.
    start(ben, "letter").await;
    let variable = json!({"name": "southernVariable", "value": 1});
    let added = ben.post("/v2/cluster-variables/tenants/south", variable).await;
    assert!(matches!(added.status.as_u16(), 200 | 409), "{}", added.text);
    let map = json!({"mapId": "southernMap", "name": "southern", "tenantId": "south"});
    let added = ben.post("/hosk/v1/value-maps", map).await;
    assert!(matches!(added.status.as_u16(), 201 | 409), "{}", added.text);
    let entries = "/hosk/v1/value-maps/southernMap/entries?tenantId=south";
    let entry = json!({"source": "southern boss", "target": "southern head"});
    ben.with_body(Method::PUT, entries, entry).await.good();
    let cancel = json!({"filter": {"processInstanceKey": names["work"]}});
    let batch = ben.post("/v2/process-instances/cancellation", cancel).await.good();
    names.insert("batchOperationKey", text(&batch, "batchOperationKey"));
}

/// Keys, as searches find them.
async fn look_up(ben: &Server, names: &mut Names) {
    let of_instance = json!({"processInstanceKey": names["processInstanceKey"]});
    let look = json!({"processInstanceKey": names["processInstanceKey"], "elementId": "look"});
    let newest = json!({"processDefinitionId": "review", "isLatestVersion": true});
    for (name, path, filter, member) in [
        ("processDefinitionKey", "process-definitions", newest, ""),
        ("userTaskKey", "user-tasks", of_instance.clone(), ""),
        ("formKey", "user-tasks", of_instance.clone(), ""),
        ("elementInstanceKey", "element-instances", look, ""),
        ("variableKey", "variables", of_instance, ""),
        ("jobKey", "jobs", json!({"type": "do"}), ""),
        ("incidentKey", "incidents", json!({"state": "ACTIVE"}), ""),
        (
            "adHocSubProcessInstanceKey",
            "element-instances",
            json!({"elementId": "tools"}),
            "elementInstanceKey",
        ),
        ("decisionDefinitionKey", "decision-definitions", json!({"decisionDefinitionId": "limit"}), ""),
        ("decisionRequirementsKey", "decision-requirements", json!({}), ""),
        ("decisionEvaluationInstanceKey", "decision-instances", json!({}), ""),
        ("resourceKey", "resources", json!({}), ""),
        ("auditLogKey", "audit-logs", json!({"entityType": "BATCH"}), ""),
    ] {
        let asked = json!({"filter": filter, "sort": sort(path)});
        let found = ben.post(&format!("/v2/{path}/search"), asked).await.good();
        let member = if member.is_empty() { name } else { member };
        names.insert(name, text(&found["items"][0], member));
    }
    let errors = ben.post("/v2/incidents/statistics/process-instances-by-error", json!({})).await.good();
    names.insert("errorHashCode", errors["items"][0]["errorHashCode"].to_string());
}

/// Waits until no batch operation is at work.
pub(super) async fn at_rest(server: &Server) {
    let open = json!({"filter": {"state": {"$in": ["CREATED", "ACTIVE"]}}});
    for _ in 0..LOOKS {
        let found = server.post("/v2/batch-operations/search", open.clone()).await.good();
        if found["items"] == json!([]) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("batch operations do not end");
}

/// Keys and texts that belong to ben.
pub(super) fn secrets(told: &[(&'static str, Value)]) -> BTreeSet<String> {
    let mut found = BTreeSet::from(["\"tenantId\":\"south\"".to_owned(), "southern".to_owned()]);
    let mut open: Vec<&Value> = told.iter().map(|(_, value)| value).collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => open.extend(members.values()),
            Value::Array(items) => open.extend(items),
            Value::String(text) => {
                let digits = text.bytes().take_while(u8::is_ascii_digit).count();
                if digits >= KEY_DIGITS {
                    found.insert(text[..digits].to_owned());
                }
            }
            _ => {}
        }
    }
    found
}
