//! The words by which clients of Camunda 8's API tell refusals apart: titles, and what details begin with.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Make, Server};

/// Checks status, title and beginning of a refusal.
fn says(answer: &Answer, status: u16, title: &str, beginning: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    let problem = answer.json();
    assert_eq!(problem["title"], title, "{problem}");
    assert!(problem["detail"].as_str().unwrap().starts_with(beginning), "{beginning}: {problem}");
}

#[tokio::test]
async fn what_is_no_key() {
    let server = Server::start().await;
    for (path, name) in [
        ("/v2/process-instances/abc", "processInstanceKey"),
        ("/v2/user-tasks/abc", "userTaskKey"),
        ("/v2/incidents/abc", "incidentKey"),
    ] {
        let beginning = format!("Failed to convert '{name}' with value: 'abc'");
        says(&server.get(path).await, 400, "Bad Request", &beginning);
    }
    let body = json!({"filter": {"processInstanceKey": {"$in": ["abc"]}}});
    let beginning = "The provided processInstanceKey 'abc' is not a valid key. Expected a numeric value. Did you pass an \
                     entity id instead of an entity key?.";
    says(&server.post("/v2/jobs/search", body).await, 400, "INVALID_ARGUMENT", beginning);
}

#[tokio::test]
async fn what_bodies_lack_and_what_they_should_not_have() {
    let server = Server::start().await;
    for (path, body, title, beginning) in [
        (
            "/v2/jobs/search",
            json!({"filter": {"meow": 1}}),
            "Bad Request",
            "Request property [filter.meow] cannot be parsed",
        ),
        (
            "/v2/process-instances",
            json!({"processDefinitionId": 1}),
            "Bad Request",
            "Request property [processDefinitionId] cannot be parsed",
        ),
        ("/v2/jobs/search", json!({"page": []}), "Bad Request", "Request property [page] cannot be parsed"),
        ("/v2/jobs/search", json!({"sort": [{}]}), "INVALID_ARGUMENT", "Sort field must not be null."),
        (
            "/v2/incidents/search",
            json!({"sort": [{"field": "meow"}]}),
            "Bad Request",
            "Unexpected value 'meow' for enum field 'field'. Use any of the following values: [creationTime, ",
        ),
        (
            "/v2/incidents/search",
            json!({"sort": [{"field": "state", "order": "UP"}]}),
            "Bad Request",
            "Unexpected value 'UP' for enum field 'order'. Use any of the following values: [ASC, DESC].",
        ),
        (
            "/v2/process-instances/search",
            json!({"filter": {"state": {"$eq": "meow"}}}),
            "Bad Request",
            "Unexpected value 'meow' for enum field 'state'. Use any of the following values: [ACTIVE, ",
        ),
        (
            "/v2/jobs/search",
            json!({"page": {"limit": -1}}),
            "INVALID_ARGUMENT",
            "The value for page.limit is '-1' but must be a non-negative number.",
        ),
        (
            "/v2/jobs/search",
            json!({"page": {"from": 1, "after": "x"}}),
            "Bad Request",
            "Only one of [from, after, before] is allowed.",
        ),
        (
            "/v2/process-instances/search",
            json!({"filter": {"startDate": {"$gt": "meow"}}}),
            "INVALID_ARGUMENT",
            "The provided startDate 'meow' cannot be parsed as a date according to RFC 3339, section 5.6.",
        ),
        (
            "/v2/jobs/statistics/by-types",
            json!({"filter": {"to": "2026-01-31T08:00:00Z"}}),
            "Bad Request",
            "from must not be null.",
        ),
        ("/v2/jobs/activation", json!({}), "INVALID_ARGUMENT", "No type provided."),
        ("/v2/messages/publication", json!({"name": " "}), "INVALID_ARGUMENT", "No name provided."),
        ("/v2/messages/correlation", json!({}), "INVALID_ARGUMENT", "No messageName provided."),
    ] {
        says(&server.post(path, body).await, 400, title, beginning);
    }
}

#[tokio::test]
async fn what_queries_lack() {
    let server = Server::start().await;
    let path = "/v2/jobs/statistics/global";
    says(&server.get(path).await, 400, "Bad Request", "Required parameter 'from' is not present.");
    let answer = server.get(&format!("{path}?from=meow&to=meow")).await;
    says(&answer, 400, "Bad Request", "Failed to convert 'from' with value: 'meow'.");
    let answer = server.post("/v2/variables/search?truncateValues=meow", json!({})).await;
    says(&answer, 400, "Bad Request", "Failed to convert 'truncateValues' with value: 'meow'.");
    let answer = server.get("/v2/system/usage-metrics?startTime=a&endTime=b").await;
    let beginning = "The provided startTime 'a' cannot be parsed as a date according to RFC 3339, section 5.6. The provided \
                     endTime 'b' cannot be parsed as a date according to RFC 3339, section 5.6.";
    says(&answer, 400, "INVALID_ARGUMENT", beginning);
}

#[tokio::test]
async fn what_is_not_there() {
    let server = Server::start().await;
    for (path, beginning) in [
        ("/v2/process-instances/1", "Process Instance with key '1' not found"),
        ("/v2/user-tasks/1", "User Task with key '1' not found"),
        ("/v2/groups/x", "Group with id 'x' not found"),
    ] {
        says(&server.get(path).await, 404, "NOT_FOUND", beginning);
    }
    let rejected = |verb: &str, expected: &str| {
        format!("Command '{verb}' rejected with code 'NOT_FOUND': Expected to {expected}")
    };
    for (path, body, verb, expected) in [
        (
            "/v2/jobs/1/completion",
            json!({}),
            "COMPLETE",
            "complete job with key '1', but no such job was found",
        ),
        (
            "/v2/user-tasks/1/completion",
            json!({}),
            "COMPLETE",
            "complete user task with key '1', but no such user task was found",
        ),
        (
            "/v2/process-instances/1/cancellation",
            Value::Null,
            "CANCEL",
            "cancel a process instance with key '1', but no such process was found",
        ),
        (
            "/v2/process-instances",
            json!({"processDefinitionId": "x"}),
            "CREATE",
            "find process definition with process ID 'x', but none found",
        ),
        (
            "/v2/messages/correlation",
            json!({"name": "m", "correlationKey": "k"}),
            "CORRELATE",
            "find subscription for message with name 'm' and correlation key 'k', but none was found.",
        ),
        (
            "/v2/decision-definitions/evaluation",
            json!({"decisionDefinitionId": "x"}),
            "EVALUATE",
            "evaluate decision 'x', but no decision found for id 'x'",
        ),
    ] {
        says(&server.post(path, body).await, 404, "NOT_FOUND", &rejected(verb, expected));
    }
}

#[tokio::test]
async fn what_is_not_allowed() {
    let make = Make { users: &[("olga", &["operators"]), ("stan", &["sales"])], ..Make::default() };
    let server = Server::make(make).await;
    let stan = server.as_user("stan");
    let command = |operation: &str, verb: &str, resource: &str| {
        format!(
            "Command '{verb}' rejected with code 'FORBIDDEN': Insufficient permissions to perform operation '{operation}' on \
             resource '{resource}'"
        )
    };
    for (method, path, body, beginning) in [
        (
            Method::POST,
            "/v2/groups",
            json!({"groupId": "g", "name": "G"}),
            command("CREATE", "CREATE", "GROUP"),
        ),
        (Method::DELETE, "/v2/authorizations/1", Value::Null, command("DELETE", "DELETE", "AUTHORIZATION")),
        (
            Method::POST,
            "/v2/process-instances/1/deletion",
            Value::Null,
            command("DELETE_PROCESS_INSTANCE", "DELETE", "PROCESS_DEFINITION"),
        ),
        (
            Method::GET,
            "/v2/groups/g",
            Value::Null,
            "Unauthorized to perform operation 'READ' on resource 'GROUP'".to_owned(),
        ),
    ] {
        says(&stan.with_body(method, path, body).await, 403, "FORBIDDEN", &beginning);
    }
}

#[tokio::test]
async fn other_tenants_and_none() {
    let server = Server::start().await;
    let path = "/v2/messages/publication";
    let beginning = "Expected to handle request Publish Message with tenant identifier 'x', but multi-tenancy is disabled";
    let answer = server.post(path, json!({"name": "m", "tenantId": "x"})).await;
    says(&answer, 400, "INVALID_ARGUMENT", beginning);
    server.post(path, json!({"name": "m", "tenantId": ""})).await.good();
}
