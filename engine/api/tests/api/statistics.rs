//! Figures over everything, and searches over what is computed when asked.

use serde_json::{Value, json};

use crate::server::{Make, Server, text};

/// Three instances of `work`, the first with an incident, and one of `letter` that waits for its message.
async fn filled() -> Server {
    let server = Server::start().await;
    server.deploy(&["work.bpmn", "letter.bpmn"]).await.good();
    for n in 0..3 {
        server.create("work", json!({"n": n, "colour": "red"})).await;
    }
    server.create("letter", json!({"number": "7"})).await;
    let job = server.take("work").await.remove(0);
    let path = format!("/v2/jobs/{}/failure", text(&job, "jobKey"));
    let failed = server.post(&path, json!({"retries": 0, "errorMessage": "no paper"})).await;
    assert_eq!(failed.status, 204);
    server
}

async fn definition(server: &Server, process: &str) -> String {
    let filter = json!({"processDefinitionId": process});
    text(&server.first("/v2/process-definitions/search", filter).await, "processDefinitionKey")
}

#[tokio::test]
async fn running_instances_per_process_and_version() {
    let server = filled().await;
    let path = "/v2/process-definitions/statistics/process-instances";
    let sort = json!([{"field": "activeInstancesWithIncidentCount", "order": "DESC"}]);
    let found = server.post(path, json!({"sort": sort})).await.good();
    assert_eq!(found["page"]["totalItems"], 2);
    let work = json!({
        "processDefinitionId": "work", "tenantId": "<default>", "latestProcessDefinitionName": "Work",
        "hasMultipleVersions": false, "activeInstancesWithoutIncidentCount": 2,
        "activeInstancesWithIncidentCount": 1,
    });
    assert_eq!(found["items"][0], work);
    assert_eq!(found["items"][1]["processDefinitionId"], "letter");
    let second = server.post(path, json!({"page": {"from": 1, "limit": 5}, "sort": sort})).await.good();
    assert_eq!((&second["items"][0], second["items"].as_array().unwrap().len()), (&found["items"][1], 1));
    server.post(path, json!({"filter": {}})).await.refused(400, "unknown-field");
    server.post(path, json!({"sort": [{"field": "name"}]})).await.refused(400, "invalid-argument");

    let path = "/v2/process-definitions/statistics/process-instances-by-version";
    let found = server.post(path, json!({"filter": {"processDefinitionId": "work"}})).await.good();
    let row = &found["items"][0];
    assert_eq!(
        (&row["processDefinitionVersion"], &row["activeInstancesWithoutIncidentCount"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(row["processDefinitionKey"], json!(definition(&server, "work").await));
    server.post(path, json!({})).await.refused(400, "missing-field");
    server.post(path, json!({"filter": {}})).await.refused(400, "missing-field");
    let other = json!({"filter": {"processDefinitionId": "work", "tenantId": "other"}});
    server.post(path, other).await.refused(400, "invalid-argument");
}

#[tokio::test]
async fn open_subscriptions_per_version() {
    let server = filled().await;
    server.create("letter", json!({"number": "8"})).await;
    let path = "/v2/process-definitions/statistics/message-subscriptions";
    let found = server.post(path, json!({})).await.good();
    let row = json!({
        "processDefinitionId": "letter", "tenantId": "<default>",
        "processDefinitionKey": definition(&server, "letter").await,
        "processInstancesWithActiveSubscriptions": 2, "activeSubscriptions": 2,
    });
    assert_eq!(found["items"], json!([row]));
    let narrowed = server.post(path, json!({"filter": {"correlationKey": "8"}})).await.good();
    assert_eq!(narrowed["items"][0]["activeSubscriptions"], 1);
    let after = json!({"page": {"after": found["page"]["endCursor"], "limit": 5}});
    assert_eq!(server.post(path, after).await.good()["items"], json!([]));
    server.post(path, json!({"sort": []})).await.refused(400, "unknown-field");
    server.post(path, json!({"filter": {"colour": 1}})).await.refused(400, "unknown-field");
}

#[tokio::test]
async fn instances_with_errors() {
    let server = filled().await;
    let path = "/v2/incidents/statistics/process-instances-by-error";
    let sort =
        json!([{"field": "activeInstancesWithErrorCount", "order": "desc"}, {"field": "errorMessage"}]);
    let found = server.post(path, json!({"sort": sort})).await.good();
    let row = &found["items"][0];
    assert!(text(row, "errorMessage").contains("no paper"), "{row}");
    assert_eq!(row["activeInstancesWithErrorCount"], 1);
    server.post(path, json!({"filter": {}})).await.refused(400, "unknown-field");

    let hash = &row["errorHashCode"];
    let path = "/v2/incidents/statistics/process-instances-by-definition";
    let found = server.post(path, json!({"filter": {"errorHashCode": hash}})).await.good();
    let row = json!({
        "processDefinitionId": "work", "processDefinitionKey": definition(&server, "work").await,
        "processDefinitionName": "Work", "processDefinitionVersion": 1, "tenantId": "<default>",
        "activeInstancesWithErrorCount": 1,
    });
    assert_eq!(found["items"], json!([row]));
    let none = server.post(path, json!({"filter": {"errorHashCode": 1}})).await.good();
    assert_eq!(none["items"], json!([]));
    server.post(path, json!({})).await.refused(400, "missing-field");
    server.post(path, json!({"filter": {}})).await.refused(400, "missing-field");
    server.post(path, json!({"filter": {"errorHashCode": "1"}})).await.refused(400, "wrong-type");
}

#[tokio::test]
async fn figures_are_of_what_the_caller_may_see() {
    const STAFF: &[(&str, &[&str])] =
        &[("olga", &["operators"]), ("stan", &["sales"]), ("karen", &["shipping"])];
    let server = Server::make(Make { users: STAFF, ..Make::default() }).await;
    let (olga, stan, karen) = (server.as_user("olga"), server.as_user("stan"), server.as_user("karen"));
    olga.deploy(&["work.bpmn", "letter.bpmn"]).await.good();
    olga.create("work", json!({})).await;
    olga.create("letter", json!({"number": "7"})).await;
    let job = olga.take("work").await.remove(0);
    let failed = json!({"retries": 0, "errorMessage": "no paper"});
    assert_eq!(olga.post(&format!("/v2/jobs/{}/failure", text(&job, "jobKey")), failed).await.status, 204);
    let authorization = json!({
        "ownerType": "GROUP", "ownerId": "shipping", "resourceType": "PROCESS_DEFINITION", "resourceId": "work",
        "permissionTypes": ["READ_PROCESS_INSTANCE"],
    });
    olga.post("/v2/authorizations", authorization).await.good();
    let errors = olga.post("/v2/incidents/statistics/process-instances-by-error", json!({})).await.good();
    let of_error = json!({"filter": {"errorHashCode": errors["items"][0]["errorHashCode"]}});
    let span = json!({"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z", "jobType": "work"});
    let span = json!({"filter": span});
    let of_work = json!({"filter": {"processDefinitionId": "work"}});
    for (path, body, all, hers) in [
        ("/v2/process-definitions/statistics/process-instances", json!({}), 2, 1),
        ("/v2/process-definitions/statistics/process-instances-by-version", of_work, 1, 1),
        ("/v2/process-definitions/statistics/message-subscriptions", json!({}), 1, 0),
        ("/v2/incidents/statistics/process-instances-by-error", json!({}), 1, 1),
        ("/v2/incidents/statistics/process-instances-by-definition", of_error, 1, 1),
        ("/v2/jobs/statistics/by-types", span.clone(), 1, 0),
        ("/v2/jobs/statistics/by-workers", span.clone(), 1, 0),
        ("/v2/jobs/statistics/time-series", span.clone(), 1, 0),
        ("/v2/jobs/statistics/errors", span, 1, 0),
    ] {
        for (asked, expected) in [(&olga, all), (&karen, hers), (&stan, 0)] {
            let found = asked.post(path, body.clone()).await.good();
            let count = found["items"].as_array().unwrap().len();
            assert_eq!(
                (count, &found["page"]["totalItems"], &found["page"]["hasMoreTotalItems"]),
                (expected, &json!(expected), &json!(false)),
                "{path}"
            );
        }
        server.post(path, body).await.refused(401, "unauthorized");
    }
    let global = "/v2/jobs/statistics/global?from=2020-01-01T00%3A00%3A00Z&to=2100-01-01T00%3A00%3A00Z";
    assert_eq!(olga.get(global).await.good()["created"]["count"], 1);
    let nothing = json!({"count": 0, "lastUpdatedAt": null});
    let expected =
        json!({"created": nothing, "completed": nothing, "failed": nothing, "isIncomplete": false});
    assert_eq!(stan.get(global).await.good(), expected);
}

#[tokio::test]
async fn instances_are_found_by_the_hash_of_their_error() {
    let server = filled().await;
    let errors = server.post("/v2/incidents/statistics/process-instances-by-error", json!({})).await.good();
    let hash = errors["items"][0]["errorHashCode"].as_i64().unwrap();
    let found = async |condition: Value| {
        let filter = json!({"filter": {"incidentErrorHashCode": condition}});
        server.post("/v2/process-instances/search", filter).await.good()["page"]["totalItems"].clone()
    };
    for (condition, expected) in [
        (json!(hash), 1),
        (json!(hash.wrapping_add(1)), 0),
        (json!({"$in": [hash, 1]}), 1),
        (json!({"$neq": hash}), 0),
        (json!({"$neq": 1}), 1),
        (json!({"$gte": hash, "$lt": hash + 1}), 1),
        (json!({"$exists": true}), 1),
    ] {
        assert_eq!(found(condition.clone()).await, expected, "{condition}");
    }
    let or = json!({"filter": {"$or": [{"incidentErrorHashCode": hash}, {"processDefinitionId": "letter"}]}});
    assert_eq!(server.post("/v2/process-instances/search", or).await.good()["page"]["totalItems"], 2);
    let work = definition(&server, "work").await;
    let path = format!("/v2/process-definitions/{work}/statistics/element-instances");
    let of_error = json!({"filter": {"incidentErrorHashCode": hash}});
    let figures = server.post(&path, of_error.clone()).await.good();
    let task = figures["items"].as_array().unwrap().iter().find(|row| row["elementId"] == "do").unwrap();
    assert_eq!(task["active"], 1, "{figures}");
    let begun = server.post("/v2/process-instances/suspension", of_error).await.good();
    let path = format!("/v2/batch-operations/{}", text(&begun, "batchOperationKey"));
    for _ in 0..400 {
        let row = server.get(&path).await.good();
        if row["endDate"].is_string() {
            assert_eq!(row["operationsCompletedCount"], 1);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("it is not over");
}

#[tokio::test]
async fn names_of_variables() {
    let server = filled().await;
    let work = definition(&server, "work").await;
    let path = format!("/v2/process-definitions/{work}/variable-names/search");
    let found = server.post(&path, json!({})).await.good();
    assert_eq!(found["items"], json!([{"name": "colour"}, {"name": "n"}]));
    let found = server.post(&path, json!({"filter": {"name": {"$like": "c*"}}})).await.good();
    assert_eq!(found["items"], json!([{"name": "colour"}]));
    let first = server.post(&path, json!({"page": {"limit": 1}})).await.good();
    let after = json!({"page": {"after": first["page"]["endCursor"]}});
    assert_eq!(server.post(&path, after).await.good()["items"], json!([{"name": "n"}]));
    server.post(&path, json!({"filter": {"value": "1"}})).await.refused(400, "unknown-field");
    server.post("/v2/process-definitions/7/variable-names/search", json!({})).await.refused(404, "not-found");
}

#[tokio::test]
async fn usage_within_a_span_of_time() {
    let server = filled().await;
    let usage = async |query: &str| server.get(&format!("/v2/system/usage-metrics?{query}")).await;
    let span = "startTime=2020-01-01T00%3A00%3A00Z&endTime=2100-01-01T00%3A00%3A00Z";
    let used = usage(span).await.good();
    let all = json!({
        "processInstances": 4, "decisionInstances": 0, "assignees": 0, "activeTenants": 1, "tenants": {}
    });
    assert_eq!(used, all);
    let used = usage(&format!("{span}&withTenants=true&tenantId=%3Cdefault%3E")).await.good();
    assert_eq!(used["tenants"]["<default>"]["processInstances"], 4);
    let before = "startTime=2020-01-01T00%3A00%3A00Z&endTime=2020-01-02T00%3A00%3A00Z";
    assert_eq!(usage(before).await.good()["activeTenants"], 0);
    usage("startTime=2020-01-01T00%3A00%3A00Z").await.refused(400, "missing-field");
    usage("startTime=monday&endTime=2020-01-02T00%3A00%3A00Z").await.refused(400, "invalid-argument");
    let turned = "endTime=2020-01-01T00%3A00%3A00Z&startTime=2100-01-01T00%3A00%3A00Z";
    usage(turned).await.refused(400, "invalid-argument");
    assert_eq!(usage(&format!("{span}&tenantId=other")).await.good()["processInstances"], 0);
    usage(&format!("{span}&tenantId=no%20tenant")).await.refused(400, "invalid-argument");
    let detail = usage("startTime=monday&endTime=tuesday").await.refused(400, "invalid-argument");
    assert!(detail.contains("monday") && detail.contains("tuesday"), "both at once: {detail}");
    usage(&format!("{span}&withTenants=maybe")).await.refused(400, "invalid-argument");
}

#[tokio::test]
async fn who_may_not_see_usage_sees_none() {
    let users: &[(&str, &[&str])] = &[("olga", &["operators"]), ("stan", &["sales"])];
    let server = Server::make(Make { users, ..Make::default() }).await;
    let olga = server.as_user("olga");
    olga.deploy(&["work.bpmn"]).await.good();
    olga.create("work", json!({})).await;
    let span = "startTime=2020-01-01T00%3A00%3A00Z&endTime=2100-01-01T00%3A00%3A00Z&withTenants=true";
    let path = format!("/v2/system/usage-metrics?{span}");
    assert_eq!(olga.get(&path).await.good()["processInstances"], 1);
    let none = json!({
        "processInstances": 0, "decisionInstances": 0, "assignees": 0, "activeTenants": 0, "tenants": {}
    });
    assert_eq!(server.as_user("stan").get(&path).await.good(), none);
}

#[tokio::test]
async fn the_configuration_tells_its_bounds() {
    let server =
        Server::make(Make { settings: Some(|all| all.deployment_bytes = 77), ..Make::default() }).await;
    let told = server.get("/v2/system/configuration").await.good();
    assert_eq!(told["deployment"], json!({"isMultiTenancyEnabled": false, "maxRequestSize": 77}));
    assert_eq!(told["authentication"]["canLogout"], false);
}

#[tokio::test]
async fn deployed_files_and_forms() {
    let server = Server::start().await;
    let parts = [
        (
            "resources",
            "robot.rpa",
            r#"{"id": "robot", "versionTag": "v7", "script": "*** Tasks ***"}"#.to_owned(),
        ),
        ("resources", "review.form", crate::server::file("review.form")),
    ];
    let deployed = server.deploy_parts(&parts).await.good();
    let found = server.post("/v2/resources/search", json!({})).await.good();
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    let row = &found["items"][0];
    let key = text(row, "resourceKey");
    assert_eq!((&row["resourceName"], &row["version"]), (&json!("robot.rpa"), &json!(1)));
    assert_eq!((&row["resourceId"], &row["versionTag"]), (&json!("robot"), &json!("v7")));
    assert_eq!(deployed["deployments"][0]["resource"]["resourceId"], "robot");
    assert_eq!(server.get(&format!("/v2/resources/{key}")).await.good(), *row);
    let content = server.get(&format!("/v2/resources/{key}/content")).await;
    assert_eq!((&*content.media_type, &*content.text), ("application/json", &*parts[0].2));
    let count = async |filter: Value| {
        let found = server.post("/v2/resources/search", json!({"filter": filter})).await.good();
        found["items"].as_array().unwrap().len()
    };
    for (filter, expected) in [
        (json!({"resourceKey": key}), 1),
        (json!({"resourceName": {"$like": "*.rpa"}}), 1),
        (json!({"version": {"$gt": 1}}), 0),
        (json!({"resourceId": "robot", "versionTag": "v7"}), 1),
        (json!({"versionTag": {"$exists": false}}), 0),
        (json!({"versionTag": "v1"}), 0),
        (json!({"deploymentKey": deployed["deploymentKey"]}), 1),
    ] {
        assert_eq!(count(filter.clone()).await, expected, "{filter}");
    }
    let sort = json!({"sort": [{"field": "versionTag"}, {"field": "resourceName", "order": "desc"}]});
    assert_eq!(server.post("/v2/resources/search", sort).await.good()["items"][0], *row);
    server.post("/v2/resources/search", json!({"filter": {"id": "x"}})).await.refused(400, "unknown-field");
    let bytes = server.get(&format!("/v2/resources/{key}/content/binary")).await;
    assert_eq!((&*bytes.media_type, &*bytes.text), ("application/octet-stream", &*parts[0].2));
    server.get("/v2/resources/7/content/binary").await.refused(404, "not-found");

    let form =
        deployed["deployments"].as_array().unwrap().iter().find_map(|one| one["form"]["formKey"].as_str());
    let form_key = form.unwrap();
    // Forms, like processes and decisions, have an operation of their own.
    for path in ["", "/content", "/content/binary"] {
        server.get(&format!("/v2/resources/{form_key}{path}")).await.refused(404, "not-found");
    }
    let form = server.get(&format!("/v2/forms/{form_key}")).await.good();
    assert_eq!(form["schema"], json!(crate::server::file("review.form")));
    server.get("/v2/forms/7").await.refused(404, "not-found");
    server.get("/v2/forms/x").await.refused(400, "invalid-key");
}

#[tokio::test]
async fn an_element_instance_shows_itself_and_its_incidents() {
    let server = filled().await;
    let filter = json!({"elementId": "do", "hasIncident": true});
    let element = server.first("/v2/element-instances/search", filter).await;
    let path = format!("/v2/element-instances/{}", text(&element, "elementInstanceKey"));
    assert_eq!(server.get(&path).await.good(), element);
    let found = server.post(&format!("{path}/incidents/search"), json!({})).await.good();
    assert_eq!(found["page"]["totalItems"], 1, "{found}");
    let incident = &found["items"][0];
    assert_eq!(
        (&incident["errorType"], &incident["errorMessage"]),
        (&json!("JOB_NO_RETRIES"), &json!("no paper"))
    );
    assert_eq!(incident["elementInstanceKey"], element["elementInstanceKey"]);
    let none = json!({"filter": {"state": "RESOLVED"}});
    assert_eq!(server.post(&format!("{path}/incidents/search"), none).await.good()["items"], json!([]));
}
