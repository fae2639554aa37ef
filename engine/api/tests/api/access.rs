//! Every route as anonymous, as a stranger, and as somebody who may.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Make, Server, text};

const STAFF: &[(&str, &[&str])] = &[("olga", &["operators"]), ("walter", &["workers"]), ("stan", &["sales"])];

/// Routes for which nobody signs in.
const OPEN: &[&str] = &[
    "/v2/setup/user",
    "/hosk/v1/session",
    "/v2/status",
    "/v2/license",
    "/health/",
    "/openapi.json",
    "/api",
    "/page/",
    "/problems/",
    // Whoever has a link.
    "/hosk/v1/documents",
];
/// Routes for any signed-in user; what he sees of tasks is narrowed to what is his.
const SIGNED_IN: &[&str] = &[
    "/hosk/v1/events",
    "/v2/user-tasks",
    "/hosk/v1/connectors",
    "/hosk/v1/user-tasks",
    "/v2/topology",
    "/v2/authentication/me",
    "/v2/system/configuration",
    "/v2/system/usage-metrics",
    "/hosk/v1/csrf-token",
    "/hosk/v1/tokens",
];
/// Routes for which the role `worker` has the permission.
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
    "/v2/element-instances",
    "/v2/variables",
    "/v2/incidents",
    "/v2/documents",
    "/process-instances",
];
/// Of those, what it has not.
const NOT_WORKER: &[&str] = &[
    "/cancellation",
    "/modification",
    "/suspension",
    "/resumption",
    "/v2/batch-operations",
    "/batch-update",
    "/deletion",
    "/v2/process-instances/incident-resolution",
    "/v2/process-instances/migration",
];

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
async fn ask(server: &Server, method: &Method, path: &str) -> Answer {
    let part = |part: &str| if part.starts_with('{') { "4711".to_owned() } else { part.to_owned() };
    let path = path.split('/').map(part).collect::<Vec<_>>().join("/");
    let request = server.request(method.clone(), &path);
    let request = if *method == Method::GET { request } else { request.json(&body(&path)) };
    server.send(request).await
}

fn body(path: &str) -> Value {
    if path != "/v2/jobs/activation" {
        return json!({});
    }
    json!({"type": "x", "timeout": 1, "maxJobsToActivate": 1, "requestTimeout": -1})
}

/// Searches that find, for whoever may see nothing, nothing. Files have no name that an authorization could give.
fn finds_what_may_be_seen(path: &str) -> bool {
    path.ends_with("/search") && !path.contains('{') && path != "/v2/resources/search"
}

/// Figures over everything are of nothing for whoever may see nothing; see the tests of statistics.
fn counts_what_may_be_seen(path: &str) -> bool {
    path.contains("/statistics/") && !path.contains('{')
}

#[tokio::test]
async fn every_operation_asks_who_is_there_and_what_he_may() {
    let server = Server::make(Make { users: STAFF, clock: true, ..Make::default() }).await;
    let (olga, walter, stan) = (server.as_user("olga"), server.as_user("walter"), server.as_user("stan"));
    olga.deploy(&["review.bpmn", "review.form", "credit.dmn"]).await.good();
    olga.create("review", json!({"what": "a letter"})).await;
    let mut seen = 0;
    for (method, path) in operations() {
        let open = among(&path, OPEN);
        let signed_in = open || among(&path, SIGNED_IN) || counts_what_may_be_seen(&path);
        let worker = signed_in || among(&path, WORKER) && !NOT_WORKER.iter().any(|end| path.ends_with(end));
        let search = finds_what_may_be_seen(&path);
        for (asked, may, refusal) in
            [(&server, open, 401), (&stan, signed_in, 403), (&walter, worker, 403), (&olga, true, 403)]
        {
            let answer = ask(asked, &method, &path).await;
            let status = answer.status.as_u16();
            assert!(status < 500, "{method} {path} gave {status}");
            if may || refusal == 401 || !search {
                assert_eq!(status != refusal, may, "{method} {path} gave {status}");
            } else if path == "/v2/users/search" {
                assert_eq!(answer.good()["page"]["totalItems"], 1, "everybody sees himself");
            } else {
                assert_eq!(answer.good()["items"], json!([]), "{method} {path}");
            }
        }
        if search {
            let found = ask(&olga, &method, &path).await.good();
            seen += usize::from(found["items"].as_array().is_some_and(|items| !items.is_empty()));
        }
    }
    assert!(seen >= 10, "there is something to see: {seen}");
}

/// Karen may see and run the process `work`, and nothing else.
async fn karen() -> (Server, Server, String, String) {
    const USERS: &[(&str, &[&str])] = &[("olga", &["operators"]), ("karen", &["shipping"])];
    let server = Server::make(Make { users: USERS, ..Make::default() }).await;
    let (olga, karen) = (server.as_user("olga"), server.as_user("karen"));
    olga.deploy(&["work.bpmn", "review.bpmn", "review.form"]).await.good();
    let authorization = json!({
        "ownerType": "GROUP", "ownerId": "shipping", "resourceType": "PROCESS_DEFINITION", "resourceId": "work",
        "permissionTypes": [
            "READ_PROCESS_DEFINITION", "READ_PROCESS_INSTANCE", "CREATE_PROCESS_INSTANCE", "CANCEL_PROCESS_INSTANCE",
            "UPDATE_PROCESS_INSTANCE", "MODIFY_PROCESS_INSTANCE", "SUSPEND_PROCESS_INSTANCE",
        ],
    });
    olga.post("/v2/authorizations", authorization).await.good();
    let work = olga.create("work", json!({"n": 1})).await;
    let review = olga.create("review", json!({"what": "a letter"})).await;
    (olga, karen, work, review)
}

#[tokio::test]
async fn an_authorization_for_one_process_shows_that_process_only() {
    let (olga, karen, work, review) = karen().await;
    for (path, member) in [
        ("/v2/process-definitions/search", "processDefinitionId"),
        ("/v2/process-instances/search", "processDefinitionId"),
        ("/v2/element-instances/search", "processDefinitionId"),
        ("/v2/element-instances/wait-states/search", "bpmnProcessId"),
        ("/v2/jobs/search", "processDefinitionId"),
        ("/v2/variables/search", "processInstanceKey"),
    ] {
        let found = karen.post(path, json!({})).await.good();
        let items = found["items"].as_array().unwrap().clone();
        let hers = |item: &Value| item[member] == "work" || item[member] == work.as_str();
        assert!(!items.is_empty() && items.iter().all(hers), "{path}: {items:?}");
        let all = olga.post(path, json!({})).await.good();
        let total = all["page"]["totalItems"].as_u64().unwrap();
        assert!(total >= items.len() as u64, "{path}");
    }
    let or = json!({"filter": {"$or": [{"processDefinitionId": "review"}, {"processDefinitionId": "work"}]}});
    assert_eq!(karen.post("/v2/process-instances/search", or).await.good()["page"]["totalItems"], 1);
    for path in ["", "/sequence-flows", "/statistics/element-instances", "/statistics/wait-states"] {
        karen.get(&format!("/v2/process-instances/{work}{path}")).await.good();
        karen.get(&format!("/v2/process-instances/{review}{path}")).await.refused(403, "forbidden");
    }
    let definition = |of: &str| json!({"processDefinitionId": of});
    let key = text(
        &olga.first("/v2/process-definitions/search", definition("review")).await,
        "processDefinitionKey",
    );
    karen.get(&format!("/v2/process-definitions/{key}/xml")).await.refused(403, "forbidden");
    let variable = olga.first("/v2/variables/search", json!({"processInstanceKey": review})).await;
    let path = format!("/v2/variables/{}", text(&variable, "variableKey"));
    karen.get(&path).await.refused(403, "forbidden");
    let element = olga.first("/v2/element-instances/search", json!({"processInstanceKey": review})).await;
    let path = format!("/v2/element-instances/{}", text(&element, "elementInstanceKey"));
    karen.get(&path).await.refused(403, "forbidden");
    let set = json!({"variables": {"n": 2}});
    let put = karen.with_body(Method::PUT, &format!("{path}/variables"), set.clone()).await;
    put.refused(403, "forbidden");
    let own = format!("/v2/element-instances/{work}/variables");
    assert_eq!(karen.with_body(Method::PUT, &own, set).await.status, 204);
    // Its tasks are not hers either, although she sees tasks that are.
    assert_eq!(karen.post("/v2/user-tasks/search", json!({})).await.good()["items"], json!([]));
}

#[tokio::test]
async fn an_authorization_for_one_process_runs_that_process_only() {
    let (olga, karen, work, review) = karen().await;
    karen.create("work", json!({})).await;
    let review_key = text(
        &olga.first("/v2/process-definitions/search", json!({"processDefinitionId": "review"})).await,
        "processDefinitionKey",
    );
    for body in [json!({"processDefinitionId": "review"}), json!({"processDefinitionKey": review_key})] {
        karen.post("/v2/process-instances", body).await.refused(403, "forbidden");
    }
    for act in ["suspension", "resumption", "cancellation"] {
        let path = |instance: &str| format!("/v2/process-instances/{instance}/{act}");
        karen.post(&path(&review), json!({})).await.refused(403, "forbidden");
        assert_eq!(karen.post(&path(&work), json!({})).await.status, 204, "{act}");
        karen.post(&path("4711"), json!({})).await.refused(404, "instance-not-found");
    }
    let stop = json!({"terminateInstructions": [{"elementId": "look"}]});
    let path = format!("/v2/process-instances/{review}/modification");
    karen.post(&path, stop).await.refused(403, "forbidden");
    karen.post("/v2/jobs/activation", body("/v2/jobs/activation")).await.refused(403, "forbidden");
    let job = olga.first("/v2/jobs/search", json!({"processDefinitionId": "work", "state": "CREATED"})).await;
    let path = format!("/v2/jobs/{}/completion", text(&job, "jobKey"));
    assert_eq!(karen.post(&path, json!({})).await.status, 204);
    karen.deploy(&["work.bpmn"]).await.refused(403, "forbidden");
    karen.post("/v2/users", json!({})).await.refused(403, "forbidden");
}

#[tokio::test]
async fn authorizations_count_at_once_and_can_be_left_out() {
    let (olga, karen, ..) = karen().await;
    let own = karen.post("/v2/authentication/me/authorizations/search", json!({})).await.good();
    let owners = own["items"].as_array().unwrap().iter().map(|one| text(one, "ownerId"));
    assert_eq!(owners.collect::<Vec<_>>(), ["karen", "shipping"], "she may see herself");
    let me = karen.get("/v2/authentication/me").await.good();
    assert_eq!((&me["groups"], &me["authorizedComponents"]), (&json!(["shipping"]), &json!([])));
    let admin = "/v2/roles/admin/users/karen";
    assert_eq!(olga.send(olga.request(Method::PUT, admin)).await.status, 204);
    karen.deploy(&["work.bpmn"]).await.good();
    let me = karen.get("/v2/authentication/me").await.good();
    assert_eq!((&me["roles"], &me["authorizedComponents"]), (&json!(["admin"]), &json!(["*"])));
    assert_eq!(olga.send(olga.request(Method::DELETE, admin)).await.status, 204);
    karen.deploy(&["work.bpmn"]).await.refused(403, "forbidden");

    let free = Server::make(Make { users: STAFF, free: true, ..Make::default() }).await;
    free.as_user("stan").deploy(&["work.bpmn"]).await.good();
    free.deploy(&["work.bpmn"]).await.refused(401, "unauthorized");
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

#[tokio::test]
async fn a_batch_operation_does_what_its_caller_may_do_one_by_one() {
    let (olga, karen, work, review) = karen().await;
    let cancel = json!({"filter": {"state": "ACTIVE"}});
    karen.post("/v2/process-instances/cancellation", cancel.clone()).await.refused(403, "forbidden");
    let authorization = json!({
        "ownerType": "GROUP", "ownerId": "shipping", "resourceType": "BATCH", "resourceId": "*",
        "permissionTypes": [
            "CREATE_BATCH_OPERATION_CANCEL_PROCESS_INSTANCE", "CREATE_BATCH_OPERATION_RESOLVE_INCIDENT", "READ",
        ],
    });
    olga.post("/v2/authorizations", authorization).await.good();
    let path = format!("/v2/process-instances/{review}/incident-resolution");
    karen.post(&path, json!({})).await.refused(403, "forbidden");
    let begun = karen.post("/v2/process-instances/cancellation", cancel).await.good();
    let key = text(&begun, "batchOperationKey");
    let mut batch = json!(null);
    for _ in 0..200 {
        batch = olga.get(&format!("/v2/batch-operations/{key}")).await.good();
        if batch["state"] == "COMPLETED" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let counts = (&batch["state"], &batch["operationsTotalCount"], &batch["operationsCompletedCount"]);
    assert_eq!(counts, (&json!("COMPLETED"), &json!(1), &json!(1)), "{batch}");
    let state = async |instance: &str| {
        olga.get(&format!("/v2/process-instances/{instance}")).await.good()["state"].clone()
    };
    assert_eq!((state(&work).await, state(&review).await), (json!("TERMINATED"), json!("ACTIVE")));
}
