//! Connections over HTTP: they are kept, used, and their secrets never come back.

use std::sync::Arc;

use hosk_connector::{
    Call, Connection, Connector, Contract, Failure, FailureKind, Operation, Outcome, async_trait,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::audit_operations::lines;
use crate::server::{Answer, Make, Server};

const SECRET: &str = "open-sesame";

/// A system behind a token: it answers with what it was called with, secrets included, as careless systems do.
struct Echo(Contract);

#[async_trait]
impl Connector for Echo {
    fn contract(&self) -> &Contract {
        &self.0
    }

    fn check_connection(&self, connection: &Connection) -> Result<(), Failure> {
        let token = connection.settings["token"].as_str().unwrap_or_default();
        let problem = |unknown: hosk_connector::UnknownSecret| {
            Failure::new(FailureKind::InvalidInput, format!("`token`: {unknown}"))
        };
        connection.fill_secrets(token).map(drop).map_err(problem)
    }

    fn probe(&self, connection: &Connection) -> Option<(String, Value)> {
        connection.settings.get("token").map(|_| ("say".to_owned(), json!({"text": "hello"})))
    }

    async fn call(&self, call: &Call) -> Outcome {
        let connection = &call.context.connection;
        if call.operation == "fail" {
            let token = connection.secrets["TOKEN"].expose();
            return Outcome::failure(
                FailureKind::Unauthorized,
                connection.redact(&format!("wrong token {token}")),
            );
        }
        Outcome::Complete(
            json!({"said": call.input["text"], "length": connection.secrets["TOKEN"].expose().len()}),
        )
    }
}

fn echo() -> Arc<dyn Connector> {
    echo_of("echo")
}

/// The same by another name.
pub(crate) fn echo_of(id: &str) -> Arc<dyn Connector> {
    let operations = vec![Operation::new("say", "Say"), Operation::new("fail", "Fail")];
    Arc::new(Echo(Contract { id: id.into(), version: 1, title: "Echo".into(), operations }))
}

async fn server() -> Server {
    Server::make(Make { connectors: vec![echo()], ..Make::default() }).await
}

fn erp() -> Value {
    json!({
        "connectionId": "erp", "connectorId": "echo", "settings": {"token": "Bearer {{secrets.TOKEN}}"},
        "grants": {"hosts": ["erp.example"], "networks": ["10.1.0.0/16"]},
        "limits": {"concurrency": 3, "timeout": 1500}, "secrets": {"TOKEN": SECRET},
    })
}

async fn put(server: &Server, path: &str, body: Value) -> Answer {
    server.send(server.request(Method::PUT, path).json(&body)).await
}

async fn delete(server: &Server, path: &str) -> Answer {
    server.send(server.request(Method::DELETE, path)).await
}

#[tokio::test]
async fn a_connection_is_created_changed_and_removed() {
    let server = server().await;
    let created = server.post("/hosk/v1/connections", erp()).await;
    assert_eq!(created.status, 201);
    assert!(!created.text.contains(SECRET), "{}", created.text);
    let created = created.json();
    assert_eq!(created["limits"]["timeout"], 1_500);
    assert_eq!(created["limits"]["breakerFailures"], 20, "what is not said is as usual");
    assert_eq!(created["grants"], json!({"hosts": ["erp.example"], "networks": ["10.1.0.0/16"]}));
    assert_eq!(
        (&created["secrets"][0]["name"], &created["secrets"][0]["readable"]),
        (&json!("TOKEN"), &json!(true))
    );
    let detail = server.post("/hosk/v1/connections", erp()).await.refused(409, "already-exists");
    assert!(detail.contains("`erp`"), "{detail}");

    let change = json!({"connectorId": "echo", "settings": {"token": "{{secrets.TOKEN}}"}});
    let changed = put(&server, "/hosk/v1/connections/erp", change).await.good();
    assert_eq!(changed["grants"]["hosts"], json!([]), "settings, grants and limits are replaced");
    assert_eq!(changed["secrets"][0]["name"], "TOKEN", "secrets stay");
    let all = server.get("/hosk/v1/connections").await;
    assert!(!all.text.contains(SECRET));
    assert_eq!(all.good()["items"].as_array().unwrap().len(), 2, "this one and the built-in one");

    assert_eq!(delete(&server, "/hosk/v1/connections/erp").await.status, 204);
    delete(&server, "/hosk/v1/connections/erp").await.refused(404, "not-found");
    server.get("/hosk/v1/connections/erp").await.refused(404, "not-found");
}

#[tokio::test]
async fn secrets_are_rotated_and_needed_ones_stay() {
    let server = server().await;
    server.post("/hosk/v1/connections", erp()).await.good();
    let secret = "/hosk/v1/connections/erp/secrets/TOKEN";
    assert_eq!(put(&server, secret, json!({"value": "a much longer one"})).await.status, 204);
    let tried = server.post("/hosk/v1/connections/erp/test", json!({})).await.good();
    assert_eq!(tried["output"], json!({"said": "hello", "length": 17}), "the new one is used");
    let detail = delete(&server, secret).await.refused(400, "invalid-argument");
    assert!(detail.contains("no secret `TOKEN`"), "{detail}");
    put(&server, "/hosk/v1/connections/erp/secrets/OTHER", json!({"value": "x"})).await.good();
    assert_eq!(delete(&server, "/hosk/v1/connections/erp/secrets/OTHER").await.status, 204);
    delete(&server, "/hosk/v1/connections/erp/secrets/OTHER").await.refused(404, "not-found");
    put(&server, "/hosk/v1/connections/crm/secrets/OTHER", json!({"value": "x"}))
        .await
        .refused(404, "not-found");
    let empty = put(&server, "/hosk/v1/connections/erp/secrets/A", json!({"value": ""})).await;
    empty.refused(400, "invalid-argument");
    let strange = put(&server, "/hosk/v1/connections/erp/secrets/A.B", json!({"value": "x"})).await;
    strange.refused(400, "invalid-argument");
}

#[tokio::test]
async fn a_connection_is_tried_and_secrets_are_blotted_out() {
    let server = server().await;
    server.post("/hosk/v1/connections", erp()).await.good();
    let path = "/hosk/v1/connections/erp/test";
    let said = json!({"operation": "say", "input": {"text": "hi"}});
    let tried = server.post(path, said).await.good();
    assert_eq!((&tried["outcome"], &tried["output"]["said"]), (&json!("COMPLETED"), &json!("hi")));
    let failed = server.post(path, json!({"operation": "fail"})).await.good();
    assert_eq!((&failed["outcome"], &failed["code"]), (&json!("FAILED"), &json!("unauthorized")));
    assert_eq!(failed["message"], "wrong token ***");
    let detail = server.post(path, json!({"operation": "dance"})).await.refused(400, "invalid-argument");
    assert!(detail.contains("say, fail"), "{detail}");
    server.post("/hosk/v1/connections/crm/test", json!({})).await.refused(404, "not-found");
}

#[tokio::test]
async fn a_built_in_connection_gives_way_and_comes_back() {
    let server = server().await;
    let came_along = server.get("/hosk/v1/connections/echo").await.good();
    assert_eq!(came_along["builtIn"], true);
    delete(&server, "/hosk/v1/connections/echo").await.refused(409, "invalid-state");
    let mut own = erp();
    own["connectionId"] = json!("echo");
    server.post("/hosk/v1/connections", own).await.good();
    assert_eq!(server.get("/hosk/v1/connections/echo").await.good()["builtIn"], false);
    assert_eq!(delete(&server, "/hosk/v1/connections/echo").await.status, 204);
    assert_eq!(server.get("/hosk/v1/connections/echo").await.good()["builtIn"], true);
}

#[tokio::test]
async fn what_cannot_be_is_refused_field_by_field() {
    let server = server().await;
    let with = |change: Value| {
        let mut body = erp();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    for (change, code, words) in [
        (json!({"connectionId": "a b"}), "invalid-argument", "connectionId"),
        (json!({"connectorId": "magic"}), "invalid-argument", "known here: echo"),
        (json!({"settings": []}), "wrong-type", "settings"),
        (json!({"settings": {"token": "{{secrets.NONE}}"}}), "invalid-argument", "no secret `NONE`"),
        (json!({"grants": {"hosts": ["https://x.example"]}}), "invalid-argument", "grants.hosts"),
        (json!({"grants": {"networks": ["10.0.0.0/99"]}}), "invalid-argument", "grants.networks"),
        (json!({"grants": {"ports": []}}), "unknown-field", "ports"),
        (json!({"limits": {"concurrency": 0}}), "invalid-argument", "concurrency"),
        (json!({"limits": {"timeout": 99_999_999}}), "invalid-argument", "limits.timeout"),
        (json!({"secrets": {"TOKEN": 7}}), "wrong-type", "secrets.TOKEN"),
        (json!({"secrets": {"a b": "x"}}), "invalid-argument", "name of a secret"),
        (json!({"name": "x"}), "unknown-field", "name"),
    ] {
        let detail = server.post("/hosk/v1/connections", with(change.clone())).await.refused(400, code);
        assert!(detail.contains(words), "{change}: {detail}");
        assert!(!detail.contains(SECRET));
    }
    server.post("/hosk/v1/connections", json!({"connectionId": "x"})).await.refused(400, "missing-field");
    put(&server, "/hosk/v1/connections/none", json!({"connectorId": "echo"})).await.refused(404, "not-found");
    assert_eq!(
        server.get("/hosk/v1/connections").await.good()["items"].as_array().unwrap().len(),
        1,
        "the built-in one"
    );
}

#[tokio::test]
async fn what_is_done_with_connections_is_noted_without_secrets() {
    let server = server().await;
    server.post("/hosk/v1/connections", erp()).await.good();
    server.post("/hosk/v1/connections", erp()).await.refused(409, "already-exists");
    let one = "/hosk/v1/connections/erp";
    let change = json!({"connectorId": "echo", "settings": {"token": "{{secrets.TOKEN}}"}});
    put(&server, one, change).await.good();
    let secret = format!("{one}/secrets/OTHER");
    assert_eq!(put(&server, &secret, json!({"value": SECRET})).await.status, 204);
    assert_eq!(delete(&server, &secret).await.status, 204);
    server.post(&format!("{one}/test"), json!({})).await.good();
    assert_eq!(delete(&server, one).await.status, 204);
    let noted = lines(&server, json!({"entityKey": "erp"})).await;
    let secrets = |connection: &Value| {
        let secrets = connection["secrets"].as_array().cloned().unwrap_or_default();
        secrets.iter().map(|secret| secret["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let told: Vec<_> = noted
        .iter()
        .map(|(what, short, before, after)| {
            format!("{what}, {short}: {} > {}", secrets(before), secrets(after))
        })
        .collect();
    assert_eq!(
        told,
        [
            "CREATE SUCCESS, connection:  > TOKEN",
            "CREATE FAIL, already-exists:  > ",
            "UPDATE SUCCESS, connection: TOKEN > TOKEN",
            "UPDATE SUCCESS, connection secret: OTHER: TOKEN > OTHER TOKEN",
            "UPDATE SUCCESS, connection secret: OTHER: OTHER TOKEN > TOKEN",
            "EVALUATE SUCCESS, connection test:  > ",
            "DELETE SUCCESS, connection: TOKEN > ",
        ]
    );
    assert_eq!(noted[2].2["grants"]["hosts"], json!(["erp.example"]));
    assert_eq!(noted[2].3["grants"]["hosts"], json!([]));
    assert!(noted.iter().all(|line| !format!("{line:?}").contains(SECRET)), "{noted:?}");
}
