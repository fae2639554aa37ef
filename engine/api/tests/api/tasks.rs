//! User tasks: found, taken, changed, done.

use reqwest::Method;
use serde_json::json;

use crate::server::{Make, Server, text};

/// A server with one review to look at; the task's key.
async fn review(make: Make) -> (Server, String) {
    let server = Server::make(make).await;
    let boss = server.as_operator();
    boss.deploy(&["review.bpmn", "review.form"]).await.good();
    boss.create("review", json!({"what": "a letter"})).await;
    let task = boss.first("/v2/user-tasks/search", json!({"state": "CREATED"})).await;
    let key = text(&task, "userTaskKey");
    (server, key)
}

const STAFF: &[(&str, &[&str])] =
    &[("olga", &["operators"]), ("rita", &["reviewers"]), ("ruben", &["reviewers"]), ("stan", &["sales"])];

#[tokio::test]
async fn a_task_is_shown_with_all_that_belongs_to_it() {
    let (server, key) = review(Make::default()).await;
    let task = server.get(&format!("/v2/user-tasks/{key}")).await.good();
    assert_eq!((&task["name"], &task["state"]), (&json!("Look at it"), &json!("CREATED")));
    assert_eq!((&task["candidateGroups"], &task["assignee"]), (&json!(["reviewers"]), &json!(null)));
    assert_eq!((&task["dueDate"], &task["priority"]), (&json!("2030-01-31T10:00:00.000Z"), &json!(50)));
    assert_eq!(task["processName"], "Review");
    let form = server.get(&format!("/v2/user-tasks/{key}/form")).await.good();
    assert_eq!(form["formKey"], task["formKey"]);
    let variables = server.post(&format!("/v2/user-tasks/{key}/variables/search"), json!({})).await.good();
    assert_eq!(variables["items"][0]["value"], "\"a letter\"");
    let path = format!("/v2/user-tasks/{key}/effective-variables/search");
    let body = json!({"filter": {"name": {"$like": "wh*"}}, "sort": [{"field": "name"}], "page": {"from": 0, "limit": 5}});
    let variables = server.post(&path, body).await.good();
    assert_eq!(variables["page"]["totalItems"], 1);
    let view = server.get(&format!("/hosk/v1/user-tasks/{key}")).await.good();
    assert_eq!(
        (&view["instructions"], &view["variables"]),
        (&json!("Read it twice, then decide."), &json!({"what": "a letter"}))
    );
    assert_eq!(view["form"]["schema"]["id"], "review-form");
}

#[tokio::test]
async fn two_people_claim_at_once_and_one_gets_it() {
    let (server, key) = review(Make::default()).await;
    let path = format!("/v2/user-tasks/{key}/assignment");
    let claim = |who: &str| server.post(&path, json!({"assignee": who, "allowOverride": false}));
    let (one, other) = tokio::join!(claim("rita"), claim("ruben"));
    let (taken, refused) = if one.status == 204 { (one, other) } else { (other, one) };
    assert_eq!(taken.status, 204);
    refused.refused(409, "user-task-already-assigned");
    assert_eq!(
        server.post(&path, json!({"assignee": "rita"})).await.status,
        204,
        "overriding is the default"
    );
    let released =
        server.send(server.request(Method::DELETE, &format!("/v2/user-tasks/{key}/assignee"))).await;
    assert_eq!(released.status, 204);
    assert!(server.get(&format!("/v2/user-tasks/{key}")).await.good()["assignee"].is_null());
    server.post(&path, json!({})).await.refused(400, "missing-field");
    server.post(&path, json!({"assignee": ""})).await.refused(400, "invalid-argument");
}

#[tokio::test]
async fn attributes_are_changed_and_cleared() {
    let (server, key) = review(Make::default()).await;
    let path = format!("/v2/user-tasks/{key}");
    let changes = json!({"priority": 80, "dueDate": "", "followUpDate": "2031-01-01T00:00:00Z", "candidateUsers": ["rita"]});
    let changed = server.with_body(Method::PATCH, &path, json!({"changeset": changes})).await;
    assert_eq!(changed.status, 204, "{}", changed.text);
    let task = server.get(&path).await.good();
    assert_eq!((&task["priority"], &task["dueDate"]), (&json!(80), &json!(null)));
    assert_eq!(
        (&task["followUpDate"], &task["candidateUsers"]),
        (&json!("2031-01-01T00:00:00.000Z"), &json!(["rita"]))
    );
    let bad = server.with_body(Method::PATCH, &path, json!({"changeset": {"priority": 101}})).await;
    bad.refused(400, "invalid-argument");
    let bad = server.with_body(Method::PATCH, &path, json!({"changeset": {"dueDate": "soon"}})).await;
    bad.refused(400, "invalid-argument");
}

#[tokio::test]
async fn a_task_is_completed_once() {
    let (server, key) = review(Make::default()).await;
    let path = format!("/v2/user-tasks/{key}/completion");
    assert_eq!(server.post(&path, json!({"variables": {"good": true}})).await.status, 204);
    server.post(&path, json!({})).await.refused(404, "user-task-not-found");
    server.post("/v2/user-tasks/4711/completion", json!({})).await.refused(404, "not-found");
    server.post("/v2/user-tasks/abc/completion", json!({})).await.refused(400, "invalid-key");
    let done = server.get(&format!("/v2/user-tasks/{key}")).await.good();
    assert_eq!(done["state"], "COMPLETED");
    assert!(done["completionDate"].is_string());
}

#[tokio::test]
async fn completing_tells_what_happened_and_what_is_next() {
    let (server, key) = review(Make::default()).await;
    let body = json!({"variables": {"good": true}});
    let answer = server.post(&format!("/hosk/v1/user-tasks/{key}/completion"), body).await.good();
    assert_eq!(answer["state"], "AT_REST", "{answer}");
    assert_eq!(answer["nextTask"]["name"], "Sign it");
    assert_eq!(answer["summary"], "Done. Your next step is “Sign it”.");
    assert!(answer["elements"].as_array().unwrap().iter().any(|element| element["elementId"] == "look"));
    assert!(answer["incident"].is_null());
    let next = text(&answer["nextTask"], "userTaskKey");
    let answer = server.post(&format!("/hosk/v1/user-tasks/{next}/completion"), json!({})).await.good();
    assert_eq!((&answer["state"], &answer["nextTask"]), (&json!("COMPLETED"), &json!(null)));
    let again = server.post(&format!("/hosk/v1/user-tasks/{next}/completion"), json!({})).await;
    again.refused(404, "user-task-not-found");
}

#[tokio::test]
async fn employees_see_and_do_what_is_theirs() {
    let (server, key) = review(Make { users: STAFF, ..Make::default() }).await;
    let (rita, ruben, stan) = (server.as_user("rita"), server.as_user("ruben"), server.as_user("stan"));
    let count = async |who: &Server| {
        who.post("/v2/user-tasks/search", json!({})).await.good()["page"]["totalItems"].clone()
    };
    assert_eq!((count(&rita).await, count(&stan).await), (json!(1), json!(0)));
    let path = format!("/v2/user-tasks/{key}");
    stan.get(&path).await.refused(403, "forbidden");
    stan.post(&format!("{path}/completion"), json!({})).await.refused(403, "forbidden");
    rita.post(&format!("{path}/assignment"), json!({"assignee": "ruben"})).await.refused(403, "forbidden");
    assert_eq!(rita.post(&format!("{path}/assignment"), json!({"assignee": "rita"})).await.status, 204);
    ruben
        .post(&format!("{path}/assignment"), json!({"assignee": "ruben"}))
        .await
        .refused(409, "user-task-already-assigned");
    ruben.post(&format!("{path}/completion"), json!({})).await.refused(409, "task-of-another");
    ruben
        .post(&format!("/hosk/v1/user-tasks/{key}/completion"), json!({}))
        .await
        .refused(409, "task-of-another");
    let answer = rita.post(&format!("/hosk/v1/user-tasks/{key}/completion"), json!({})).await.good();
    assert_eq!(answer["nextTask"]["name"], "Sign it", "she may take it");
    let me = rita.get("/v2/authentication/me").await.good();
    assert_eq!(
        (&me["username"], &me["groups"], &me["roles"]),
        (&json!("rita"), &json!(["reviewers"]), &json!([]))
    );
}

/// Gives somebody permissions on user tasks.
async fn allow(server: &Server, who: &str, what: serde_json::Value, permissions: &[&str]) {
    let mut body = json!({
        "ownerType": "USER", "ownerId": who, "resourceType": "USER_TASK", "permissionTypes": permissions,
    });
    body.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    let olga = server.as_user("olga");
    let path = "/v2/authorizations";
    // One has one authorization for a thing.
    let things: Vec<&str> = what["resourceId"].as_str().into_iter().collect();
    let filter = json!({"ownerId": who, "resourceType": "USER_TASK", "resourceIds": things});
    let found = olga.post(&format!("{path}/search"), json!({"filter": filter})).await.good();
    let Some(before) = found["items"].get(0) else {
        olga.post(path, body).await.good();
        return;
    };
    for permission in before["permissionTypes"].as_array().unwrap() {
        body["permissionTypes"].as_array_mut().unwrap().push(permission.clone());
    }
    let path = format!("{path}/{}", text(before, "authorizationKey"));
    assert_eq!(olga.with_body(Method::PUT, &path, body).await.status, 204);
}

#[tokio::test]
async fn an_authorization_names_one_task() {
    let (server, key) = review(Make { users: STAFF, ..Make::default() }).await;
    let stan = server.as_user("stan");
    let path = format!("/v2/user-tasks/{key}");
    allow(&server, "stan", json!({"resourceId": "4711"}), &["READ", "COMPLETE"]).await;
    stan.get(&path).await.refused(403, "forbidden");
    allow(&server, "stan", json!({"resourceId": key}), &["READ"]).await;
    assert_eq!(stan.get(&path).await.good()["userTaskKey"], json!(key));
    let found = stan.post("/v2/user-tasks/search", json!({})).await.good();
    assert_eq!(found["page"]["totalItems"], 1, "this one, and 4711 if it were there");
    let take = json!({"assignee": "stan"});
    stan.post(&format!("{path}/assignment"), take.clone()).await.refused(403, "forbidden");
    stan.post(&format!("{path}/completion"), json!({})).await.refused(403, "forbidden");
    allow(&server, "stan", json!({"resourceId": key}), &["CLAIM"]).await;
    assert_eq!(stan.post(&format!("{path}/assignment"), take).await.status, 204);
    let urgent = json!({"changeset": {"priority": 90}});
    let detail = stan.with_body(Method::PATCH, &path, urgent.clone()).await.refused(403, "forbidden");
    assert!(detail.contains("UPDATE"), "{detail}");
    allow(&server, "stan", json!({"resourceId": key}), &["UPDATE"]).await;
    assert_eq!(stan.with_body(Method::PATCH, &path, urgent).await.status, 204);
    assert_eq!(stan.post(&format!("{path}/completion"), json!({})).await.status, 204);
}

#[tokio::test]
async fn an_authorization_names_what_a_task_says_of_somebody() {
    let (server, key) = review(Make { users: STAFF, ..Make::default() }).await;
    let (rita, ruben, stan) = (server.as_user("rita"), server.as_user("ruben"), server.as_user("stan"));
    let path = format!("/v2/user-tasks/{key}");
    let urgent = json!({"changeset": {"priority": 90}});
    allow(&server, "rita", json!({"resourcePropertyName": "assignee"}), &["UPDATE"]).await;
    allow(&server, "stan", json!({"resourcePropertyName": "candidateGroups"}), &["READ", "UPDATE"]).await;
    rita.with_body(Method::PATCH, &path, urgent.clone()).await.refused(403, "forbidden");
    assert_eq!(rita.post(&format!("{path}/assignment"), json!({"assignee": "rita"})).await.status, 204);
    assert_eq!(rita.with_body(Method::PATCH, &path, urgent.clone()).await.status, 204, "it is hers now");
    stan.with_body(Method::PATCH, &path, urgent.clone()).await.refused(403, "forbidden");
    ruben.post(&format!("{path}/completion"), json!({})).await.refused(409, "task-of-another");
    allow(&server, "ruben", json!({"resourcePropertyName": "candidateGroups"}), &["UPDATE"]).await;
    assert_eq!(ruben.with_body(Method::PATCH, &path, urgent).await.status, 204);
    assert_eq!(ruben.post(&format!("{path}/assignment"), json!({"assignee": "stan"})).await.status, 204);
    assert_eq!(rita.get(&path).await.good()["assignee"], "stan");
}
