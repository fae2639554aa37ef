//! Every route as anonymous, as a stranger, and as somebody who may.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Make, Server};

const STAFF: &[(&str, &[&str])] = &[("olga", &["operators"]), ("walter", &["workers"]), ("stan", &["sales"])];

/// Routes for which nobody signs in.
const OPEN: &[&str] =
    &["/v2/status", "/v2/license", "/health/", "/openapi.json", "/api", "/page/", "/problems/"];
/// Routes for any signed-in user.
const EMPLOYEE: &[&str] = &[
    "/v2/user-tasks",
    "/hosk/v1/connectors",
    "/hosk/v1/user-tasks",
    "/v2/topology",
    "/v2/authentication/me",
    "/v2/system/configuration",
];
/// Routes for workers.
const WORKER: &[&str] = &[
    "/v2/jobs",
    "/v2/messages",
    "/v2/signals",
    "/v2/conditionals",
    "message-subscriptions/search",
    "/v2/process-definitions",
    "/v2/expression",
    "/v2/decision-definitions",
    "/v2/decision-requirements",
    "/v2/forms",
];

/// Of the routes about instances, those for workers.
const INSTANCES_OF_WORKERS: &[&str] =
    &["/v2/process-instances", "/v2/process-instances/search", "/v2/process-instances/{processInstance}"];

fn operations() -> Vec<(Method, String)> {
    let document: Value = serde_json::from_str(hosk_api::openapi_json()).unwrap();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            found.push((
                method,
                path.replace("Key}", "}").replace("{connectorId}", "x").replace("{code}", "busy"),
            ));
        }
    }
    assert!(found.len() > 50, "all of them");
    found
}

fn among(path: &str, routes: &[&str]) -> bool {
    path == "/" && routes == OPEN || routes.iter().any(|route| path.contains(route))
}

/// What is answered to somebody who asks for this operation, of things that are not there.
async fn ask(server: &Server, method: &Method, path: &str) -> u16 {
    let part = |part: &str| if part.starts_with('{') { "4711".to_owned() } else { part.to_owned() };
    let path = path.split('/').map(part).collect::<Vec<_>>().join("/");
    let request = server.request(method.clone(), &path);
    let request = if *method == Method::GET { request } else { request.json(&body(&path)) };
    server.send(request).await.status.as_u16()
}

fn body(path: &str) -> Value {
    if path != "/v2/jobs/activation" {
        return json!({});
    }
    json!({"type": "x", "timeout": 1, "maxJobsToActivate": 1, "requestTimeout": -1})
}

#[tokio::test]
async fn every_operation_asks_who_is_there() {
    let server = Server::make(Make { users: STAFF, clock: true, ..Make::default() }).await;
    let (olga, walter, stan) = (server.as_user("olga"), server.as_user("walter"), server.as_user("stan"));
    for (method, path) in operations() {
        let open = among(&path, OPEN);
        let employee = open || among(&path, EMPLOYEE);
        let worker = employee || among(&path, WORKER) || INSTANCES_OF_WORKERS.contains(&&*path);
        // Attributes of tasks are changed by operators only, who are told apart inside.
        let attributes = method == Method::PATCH && path.starts_with("/v2/user-tasks/");
        for (asked, may, refusal) in [
            (&server, open, 401),
            (&stan, employee && !attributes, 403),
            (&walter, worker && !attributes, 403),
            (&olga, true, 403),
        ] {
            let status = ask(asked, &method, &path).await;
            assert_eq!(status != refusal, may, "{method} {path} gave {status}");
            assert!(status < 500, "{method} {path} gave {status}");
        }
    }
}

#[tokio::test]
async fn wrong_credentials_are_challenged_but_scripts_ask_by_themselves() {
    let server = Server::make(Make { users: STAFF, ..Make::default() }).await;
    let answer = server.get("/v2/topology").await;
    assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Basic"));
    answer.refused(401, "unauthorized");
    let request = server.request(Method::GET, "/v2/topology").header("x-requested-with", "fetch");
    let answer = server.send(request).await;
    assert!(!answer.headers.contains_key("www-authenticate"));
    answer.refused(401, "unauthorized");
    for _ in 0..5 {
        let request = server.request(Method::GET, "/v2/topology").basic_auth("stan", Some("wrong"));
        server.send(request).await.refused(401, "unauthorized");
    }
    let request = server.request(Method::GET, "/v2/topology").basic_auth("stan", Some("wrong"));
    let answer = server.send(request).await;
    assert!(answer.headers.contains_key("retry-after"));
    answer.refused(429, "too-many-attempts");
}

#[tokio::test]
async fn foreign_pages_and_names_are_kept_out() {
    let server = Server::start().await;
    let request = server.request(Method::POST, "/v2/process-instances").json(&json!({}));
    server.send(request.header("origin", "https://evil.example")).await.refused(403, "cross-origin");
    let request = server.request(Method::GET, "/v2/topology").header("host", "rebound.example");
    server.send(request).await.refused(403, "foreign-host");
}
