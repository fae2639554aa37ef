//! Variables of the installation over HTTP, and in expressions.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::Server;

const GLOBAL: &str = "/v2/cluster-variables/global";
const TENANT: &str = "/v2/cluster-variables/tenants/%3Cdefault%3E";

async fn evaluated(server: &Server, expression: &str) -> Value {
    let body = json!({"expression": expression});
    server.post("/v2/expression/evaluation", body).await.good()["result"].take()
}

#[tokio::test]
async fn they_are_kept_and_seen_by_expressions() {
    let server = Server::start().await;
    assert_eq!(evaluated(&server, "=camunda.vars.env.API.url").await, Value::Null);
    let body = json!({"name": "API", "value": {"url": "https://a.example", "n": 1.50}});
    let added = server.post(GLOBAL, body.clone()).await.good();
    let expected = json!({
        "name": "API", "value": added["value"], "scope": "GLOBAL", "tenantId": null,
        "metadata": {}, "kind": "JSON",
    });
    assert_eq!(added, expected);
    let value: Value = serde_json::from_str(added["value"].as_str().unwrap()).unwrap();
    assert_eq!(value, body["value"]);
    server.post(GLOBAL, body).await.refused(409, "already-exists");
    assert_eq!(evaluated(&server, "=camunda.vars.env.API.url").await, "https://a.example");
    let own = json!({"name": "API", "value": "own", "metadata": {"owner": "olga"}, "kind": "json"});
    let added = server.post(TENANT, own).await.good();
    assert_eq!((&added["scope"], &added["tenantId"]), (&json!("TENANT"), &json!("<default>")));
    let all = "=[camunda.vars.env.API, camunda.vars.tenant.API, camunda.vars.cluster.API.url]";
    assert_eq!(evaluated(&server, all).await, json!(["own", "own", "https://a.example"]));
    let changed =
        server.with_body(Method::PUT, &format!("{TENANT}/API"), json!({"value": [1, 2]})).await.good();
    assert_eq!((&changed["value"], &changed["metadata"]), (&json!("[1,2]"), &json!({"owner": "olga"})));
    assert_eq!(server.get(&format!("{TENANT}/API")).await.good(), changed);
    assert_eq!(evaluated(&server, "=sum(camunda.vars.env.API)").await, 3);
    let search = json!({"filter": {"scope": "GLOBAL", "name": {"$like": "A*"}}, "sort": [{"field": "name"}]});
    let found = server.post("/v2/cluster-variables/search", search).await.good();
    assert_eq!((&found["page"]["totalItems"], &found["items"][0]["isTruncated"]), (&json!(1), &json!(false)));
    let gone = server.send(server.request(Method::DELETE, &format!("{TENANT}/API"))).await;
    assert_eq!(gone.status, 204);
    let (global, less) =
        (format!("{GLOBAL}/API"), json!({"value": {"n": 1.5}, "metadata": {"owner": "anna"}}));
    let changed = server.with_body(Method::PUT, &global, less).await.good();
    assert_eq!((&changed["value"], &changed["scope"]), (&json!("{\"n\":1.5}"), &json!("GLOBAL")));
    assert_eq!(server.get(&global).await.good(), changed);
    let gone = server.send(server.request(Method::DELETE, &format!("{TENANT}/API"))).await;
    gone.refused(404, "not-found");
    assert_eq!(evaluated(&server, "=camunda.vars.env.API.n").await, 1.5);
    assert_eq!(server.send(server.request(Method::DELETE, &global)).await.status, 204);
    server.get(&global).await.refused(404, "not-found");
    assert_eq!(evaluated(&server, "=camunda.vars.env.API").await, Value::Null);
    // A variable of that name hides them.
    let body = json!({"expression": "=camunda", "variables": {"camunda": 7}});
    assert_eq!(server.post("/v2/expression/evaluation", body).await.good()["result"], 7);
}

#[tokio::test]
async fn names_that_are_none_in_expressions_are_read_as_keys() {
    let server = Server::start().await;
    for name in ["cluster-var-1a", "7", "a@b.example+c~d", "größe"] {
        let added = server.post(GLOBAL, json!({"name": name, "value": name})).await.good();
        assert_eq!(added["name"], name);
        assert_eq!(server.get(&format!("{GLOBAL}/{name}")).await.good(), added);
        assert_eq!(evaluated(&server, &format!("=get value(camunda.vars.env, \"{name}\")")).await, name);
    }
}

#[tokio::test]
async fn any_tenant_that_there_is_may_have_some() {
    let server = Server::start().await;
    server.post("/v2/tenants", json!({"tenantId": "north", "name": "North"})).await.good();
    let of_north = "/v2/cluster-variables/tenants/north";
    let added = server.post(of_north, json!({"name": "API", "value": 1})).await.good();
    assert_eq!((&added["scope"], &added["tenantId"]), (&json!("TENANT"), &json!("north")));
    let one = format!("{of_north}/API");
    let changed = server.with_body(Method::PUT, &one, json!({"value": 2})).await.good();
    assert_eq!(server.get(&one).await.good(), changed);
    let found = server.first("/v2/cluster-variables/search", json!({"tenantId": "north"})).await;
    assert_eq!(found["name"], "API");
    assert_eq!(evaluated(&server, "=camunda.vars.env.API").await, Value::Null, "it is another's");
    assert_eq!(server.send(server.request(Method::DELETE, &one)).await.status, 204);
    let detail = server.get(&one).await.refused(404, "not-found");
    assert!(detail.contains("API"), "{detail}");
}

#[tokio::test]
async fn a_process_reads_them() {
    let server = Server::start().await;
    server.post(GLOBAL, json!({"name": "LIMIT", "value": 100})).await.good();
    let text = crate::server::file("work.bpmn");
    let mapping = r#"<zeebe:ioMapping><zeebe:input source="=camunda.vars.env.LIMIT + 1" target="limit"/></zeebe:ioMapping>"#;
    let place = "</bpmn:extensionElements>";
    assert!(text.contains(place));
    let text = text.replacen(place, &format!("{mapping}{place}"), 1);
    server.deploy_parts(&[("resources", "work.bpmn", text)]).await.good();
    server.create("work", json!({})).await;
    assert_eq!(server.take("work").await[0]["variables"]["limit"], 101);
}

#[tokio::test]
async fn bad_ones_are_refused() {
    let server = Server::start().await;
    for (body, code) in [
        (json!({}), "missing-field"),
        (json!({"name": "A"}), "missing-field"),
        (json!({"name": "", "value": 1}), "invalid-argument"),
        (json!({"name": "a b", "value": 1}), "invalid-argument"),
        (json!({"name": "a/b", "value": 1}), "invalid-argument"),
        (json!({"name": "x".repeat(257), "value": 1}), "invalid-argument"),
        (json!({"name": 1, "value": 1}), "wrong-type"),
        (json!({"name": "A", "value": 1, "metadata": 7}), "wrong-type"),
        (json!({"name": "A", "value": 1, "kind": "XML"}), "invalid-argument"),
        (json!({"name": "A", "value": "x".repeat(200_000)}), "invalid-argument"),
        (json!({"name": "A", "value": 1, "colour": 1}), "unknown-field"),
    ] {
        server.post(GLOBAL, body.clone()).await.refused(400, code);
        server.post(TENANT, body).await.refused(400, code);
    }
    let other = "/v2/cluster-variables/tenants/other";
    let detail = server.post(other, json!({"name": "A", "value": 1})).await.refused(404, "not-found");
    assert!(detail.contains("other"), "{detail}");
    server.get(&format!("{other}/A")).await.refused(404, "not-found");
    let none = "/v2/cluster-variables/tenants/no%20tenant";
    server.get(&format!("{none}/A")).await.refused(400, "invalid-argument");
    server.get(&format!("{GLOBAL}/A")).await.refused(404, "not-found");
    let put = server.with_body(Method::PUT, &format!("{GLOBAL}/A"), json!({"value": 1})).await;
    put.refused(404, "not-found");
    let put = server.with_body(Method::PUT, &format!("{GLOBAL}/A"), json!({})).await;
    put.refused(400, "missing-field");
    let search = json!({"filter": {"colour": 1}});
    server.post("/v2/cluster-variables/search", search).await.refused(400, "unknown-field");
}
