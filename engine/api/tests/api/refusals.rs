//! Routes that are not there, keys of nothing, expressions, and what every server tells of itself.

use reqwest::Method;
use serde_json::json;

use crate::server::{Make, Server};

#[tokio::test]
async fn unknown_routes_and_methods() {
    let server = Server::start().await;
    for path in ["/v2", "/v2/process-instance", "/v1/topology", "/hosk/v1/nothing"] {
        server.get(path).await.refused(404, "unknown-route");
    }
    let answer = server.send(server.request(Method::DELETE, "/v2/topology")).await;
    assert_eq!(answer.headers["allow"], "GET,HEAD");
    answer.refused(405, "method-not-allowed");
}

#[tokio::test]
async fn query_parameters_nobody_knows() {
    let server = Server::start().await;
    let path = "/v2/variables/search";
    for query in ["truncatevalues=true", "%C2%BB=1", "truncateValues=true&x", "=1"] {
        let answer = server.post(&format!("{path}?{query}"), json!({})).await;
        let detail = answer.refused(400, "unknown-field");
        assert!(detail.contains("known here: truncateValues"), "{detail}");
    }
    server.get("/v2/topology?verbose=true").await.refused(400, "unknown-field");
    server.post(&format!("{path}?truncateValues=yes"), json!({})).await.refused(400, "invalid-argument");
    for query in ["", "truncateValues=false", "truncate%56alues=false"] {
        server.post(&format!("{path}?{query}"), json!({})).await.good();
    }
}

#[tokio::test]
async fn operations_without_input_know_no_parameter_either() {
    let server = Server::make(Make { clock: true, ..Make::default() }).await;
    for path in [
        "/",
        "/api",
        "/health/live",
        "/health/ready",
        "/hosk/v1/connections",
        "/hosk/v1/connectors",
        "/hosk/v1/tokens",
        "/openapi.json",
        "/page/app.js",
        "/page/form.js",
        "/page/style.css",
        "/v2/authentication/me",
        "/v2/license",
        "/v2/status",
        "/v2/system/configuration",
    ] {
        server.get(&format!("{path}?colour=red")).await.refused(400, "unknown-field");
    }
    server.post("/v2/clock/reset?colour=red", json!({})).await.refused(400, "unknown-field");
    let out = server.request(Method::DELETE, "/hosk/v1/session?colour=red");
    server.send(out).await.refused(400, "unknown-field");
}

#[tokio::test]
async fn keys_of_nothing_and_what_is_no_key() {
    let server = Server::start().await;
    for path in [
        "/v2/process-definitions/{}",
        "/v2/process-definitions/{}/xml",
        "/v2/process-definitions/{}/form",
        "/v2/process-instances/{}",
        "/v2/process-instances/{}/call-hierarchy",
        "/v2/element-instances/{}",
        "/v2/incidents/{}",
        "/v2/user-tasks/{}",
        "/v2/user-tasks/{}/form",
        "/hosk/v1/user-tasks/{}",
        "/v2/variables/{}",
        "/v2/resources/{}",
        "/v2/resources/{}/content",
    ] {
        for key in ["4711", "-1", "9223372036854775807"] {
            server.get(&path.replace("{}", key)).await.refused(404, "not-found");
        }
        for key in ["abc", "1e3", "99999999999999999999", "+1", "1%202"] {
            server.get(&path.replace("{}", key)).await.refused(400, "invalid-key");
        }
    }
    // Of what is not there, nothing was taken and nothing counted.
    for path in ["sequence-flows", "statistics/element-instances"] {
        let found = server.get(&format!("/v2/process-instances/4711/{path}")).await.good();
        assert_eq!(found, json!({"items": []}));
        server.get(&format!("/v2/process-instances/abc/{path}")).await.refused(400, "invalid-key");
    }
    let path = "/v2/process-definitions/4711/statistics/element-instances";
    assert_eq!(server.post(path, json!({})).await.good(), json!({"items": []}));
    server.get("/hosk/v1/connectors/none/element-templates").await.refused(404, "not-found");
}

#[tokio::test]
async fn expressions_are_evaluated_with_warnings() {
    let server = Server::start().await;
    let path = "/v2/expression/evaluation";
    let body = json!({"expression": "=a + 0.2", "variables": {"a": 0.1}});
    let answer = server.post(path, body).await;
    assert!(answer.text.contains(r#""result":0.3"#), "{}", answer.text);
    let answer = server.post(path, json!({"expression": "missing + 1"})).await.good();
    assert!(answer["result"].is_null() && answer["warnings"][0]["message"].is_string(), "{answer}");
    let detail = server.post(path, json!({"expression": "=1 +"})).await.refused(400, "feel-syntax-error");
    assert!(detail.starts_with("Failed to parse expression"), "{detail}");
    server.post(path, json!({})).await.refused(400, "missing-field");
}

#[tokio::test]
async fn what_the_server_tells_of_itself() {
    let server = Server::start().await;
    let topology = server.get("/v2/topology").await.good();
    assert_eq!(topology["brokers"][0]["partitions"][0]["state"], "active");
    assert_eq!(topology["gatewayVersion"], "8.9.0");
    assert_eq!(server.get("/v2/status").await.status, 204);
    assert_eq!(server.get("/v2/license").await.good()["isCommercial"], false);
    assert_eq!(server.get("/health/live").await.good(), json!({"status": "up"}));
    assert_eq!(server.get("/health/ready").await.good(), json!({"status": "ready"}));
    assert_eq!(server.get("/v2/authentication/me").await.good()["username"], "anonymous");
    assert_eq!(server.get("/hosk/v1/connectors").await.good(), json!({"items": []}));
    let page = server.get("/problems/job-not-found").await;
    assert!(page.text.starts_with("# job-not-found"), "{}", page.text);
    server.get("/problems/none").await.refused(404, "not-found");
}

#[tokio::test]
async fn pages_come_with_a_policy() {
    let server = Server::start().await;
    for path in ["/", "/api"] {
        let page = server.get(path).await;
        assert_eq!(page.media_type, "text/html; charset=utf-8");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let inline =
            page.text.contains("<style") || page.text.contains("onclick") || page.text.contains("style=");
        assert!(!inline, "{path}: nothing inline, the policy would forbid it");
    }
    for path in ["/page/app.js", "/page/form.js", "/page/style.css"] {
        assert!(server.get(path).await.text.len() > 500, "{path}");
    }
}
