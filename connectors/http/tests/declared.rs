//! Connectors that are written down.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::Path;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use axum::{Json, Router};
use common::serve;
use hosk_connector::{Call, Connection, Context, FailureKind, Grants, Outcome, Registry};
use hosk_http::{DeclaredConnector, InvalidDeclaration};
use serde_json::{Value, json};

fn declaration() -> Value {
    json!({"id": "espo", "version": 1, "title": "EspoCRM", "operations": [
        {"name": "get-account", "title": "Get account", "delivery": "idempotent",
         "inputSchema": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "fields": {"type": ["string", "null"]}}},
         "outputSchema": {"type": "object", "required": ["uri"]},
         "errors": [{"code": "ACCOUNT_NOT_FOUND", "meaning": "No such account"}],
         "http": {"path": "/Account/{id}", "query": {"select": "{fields}", "fixed": "1"},
                  "headers": {"X-Trace": "espo-{id}"}, "output": "/data", "errors": [{"status": 404, "code": "ACCOUNT_NOT_FOUND"}]}},
        {"name": "create-account", "title": "Create account", "delivery": "keyed",
         "inputSchema": {"type": "object", "required": ["name"]},
         "outputSchema": {},
         "http": {"method": "POST", "path": "/Account", "output": "/data/body",
                  "body": {"name": "{name}", "phone": "{phone}", "tags": "{tags}", "label": "Client {name}", "kind": 1}}},
    ]})
}

async fn account(
    Path(path): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    if path.ends_with("missing") {
        return (StatusCode::NOT_FOUND, Json(json!({"why": "gone"}))).into_response();
    }
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    Json(json!({"data": {"method": method.as_str(), "uri": uri.to_string(), "trace": header("x-trace"),
        "authorization": header("authorization"), "body": body}}))
    .into_response()
}

struct Espo(Registry);

impl Espo {
    async fn start() -> Self {
        let base = serve(Router::new().route("/api/{*path}", any(account))).await;
        let mut registry = Registry::new();
        registry
            .register(Arc::new(DeclaredConnector::from_json(&declaration().to_string()).unwrap()))
            .unwrap();
        let mut connection = Connection::new("espo", "espo");
        connection.grants = Grants { hosts: vec!["*".into()], networks: vec!["127.0.0.1".parse().unwrap()] };
        connection.settings = json!({"baseUrl": format!("{base}/api"), "authentication": {"type": "bearer", "token": "{{secrets.T}}"}});
        connection.secrets.insert("T".into(), "s3cret".into());
        registry.connect(connection);
        Self(registry)
    }

    async fn call(&self, operation: &str, input: Value) -> Outcome {
        let context = Context {
            tenant: "<default>".into(),
            connection: Arc::clone(self.0.connection("espo", None).unwrap()),
            process_instance: 1,
            element_id: "call".into(),
            job_key: 1,
            attempt: 1,
            idempotency_key: "1".into(),
            deadline: SystemTime::now() + Duration::from_secs(20),
            trace_parent: None,
        };
        let binding = self.0.lookup(&format!("espo:{operation}")).unwrap();
        binding.call(&Call { operation: operation.into(), input, headers: BTreeMap::new(), context }).await
    }
}

#[tokio::test]
async fn a_declared_operation_is_a_request() {
    let espo = Espo::start().await;
    let Outcome::Complete(output) = espo.call("get-account", json!({"id": "a/b ?", "fields": null})).await
    else {
        panic!("must complete")
    };
    assert_eq!(output["uri"], "/api/Account/a%2Fb%20%3F?fixed=1");
    assert_eq!((&output["trace"], &output["authorization"]), (&json!("espo-a/b ?"), &json!("Bearer s3cret")));
    let input = json!({"name": "Ani", "tags": ["x", 2], "phone": null});
    let created = espo.call("create-account", input).await;
    let body = json!({"name": "Ani", "tags": ["x", 2], "label": "Client Ani", "kind": 1});
    assert_eq!(created, Outcome::Complete(body));
}

#[tokio::test]
async fn a_declared_status_is_a_business_error_and_data_cannot_leave_its_place() {
    let espo = Espo::start().await;
    let outcome = espo.call("get-account", json!({"id": "missing"})).await;
    let Outcome::BpmnError { code, variables, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!((code.as_str(), &variables["response"]["why"]), ("ACCOUNT_NOT_FOUND", &json!("gone")));
    for id in ["..", ".", "", "{{secrets.T}}"] {
        let outcome = espo.call("get-account", json!({"id": id})).await;
        assert!(
            matches!(&outcome, Outcome::Failure(failure) if failure.kind == FailureKind::InvalidInput),
            "{id}: {outcome:?}"
        );
    }
}

#[test]
fn declarations_that_contradict_themselves_are_refused() {
    let refused = |change: fn(&mut Value)| {
        let mut value = declaration();
        change(&mut value["operations"][0]);
        DeclaredConnector::from_json(&value.to_string()).unwrap_err()
    };
    let problems = [
        (refused(|one| one["http"]["path"] = json!("Account")), "begin with"),
        (refused(|one| one["http"]["path"] = json!("/Account/{fields}")), "require"),
        (refused(|one| one["errors"] = json!([])), "declare"),
    ];
    for (error, expected) in problems {
        assert!(
            matches!(&error, InvalidDeclaration::Operation { problem, .. } if problem.contains(expected)),
            "{error}"
        );
    }
    assert!(matches!(refused(|one| one["http"]["pth"] = json!("x")), InvalidDeclaration::Shape(_)));
    assert!(matches!(refused(|one| one["http"] = Value::Null), InvalidDeclaration::Shape(_)));
}

/// The page for authors shows a declaration that works.
#[test]
fn the_example_of_the_page_is_a_connector() {
    let page = include_str!("../../../docs/adding-a-connector.md");
    let (_, after) = page.split_once("```json\n").expect("the page has an example");
    let (example, _) = after.split_once("```").expect("the example ends");
    let connector = DeclaredConnector::from_json(example).unwrap();
    let mut registry = Registry::new();
    registry.register(Arc::new(connector)).unwrap();
    assert_eq!(
        registry.task_types().collect::<Vec<_>>(),
        ["espo:create-account", "espo:get-account", "espo@1:create-account", "espo@1:get-account"]
    );
}
