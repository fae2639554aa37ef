//! Deployments and what they bring.

use serde_json::json;

use crate::server::{Server, file, text};

#[tokio::test]
async fn a_deployment_lists_what_it_brought_and_an_unchanged_file_keeps_its_version() {
    let server = Server::start().await;
    let first = server.deploy(&["review.bpmn", "review.form"]).await.good();
    assert_eq!(first["tenantId"], "<default>");
    let deployments = first["deployments"].as_array().unwrap();
    assert_eq!(deployments.len(), 2);
    for deployed in deployments {
        let set = deployed.as_object().unwrap().values().filter(|value| !value.is_null()).count();
        assert_eq!((deployed.as_object().unwrap().len(), set), (5, 1), "{deployed}");
    }
    let process = &deployments[0]["processDefinition"];
    assert_eq!(process["processDefinitionId"], "review");
    assert_eq!(process["processDefinitionVersion"], 1);
    let again = server.deploy(&["review.bpmn", "review.form"]).await.good();
    assert_eq!(
        again["deployments"][0]["processDefinition"]["processDefinitionKey"],
        process["processDefinitionKey"]
    );

    let changed = file("review.bpmn").replace("Look at it", "Look at it well");
    let form = file("review.form");
    let parts = [("resources", "review.bpmn", changed), ("resources", "review.form", form)];
    let changed = server.deploy_parts(&parts).await.good();
    assert_eq!(changed["deployments"][0]["processDefinition"]["processDefinitionVersion"], 2);

    let latest = json!({"processDefinitionId": "review", "isLatestVersion": true});
    let found = server.first("/v2/process-definitions/search", latest).await;
    assert_eq!((&found["version"], &found["hasStartForm"]), (&json!(2), &json!(true)));
}

#[tokio::test]
async fn the_newest_versions_are_listed_by_process_and_forward_only() {
    let server = Server::start().await;
    server.deploy(&["review.bpmn", "review.form", "work.bpmn", "sum.bpmn"]).await.good();
    let path = "/v2/process-definitions/search";
    let newest = |more: serde_json::Value| {
        let mut body = json!({"filter": {"isLatestVersion": true}});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let sort = json!([{"field": "processDefinitionId", "order": "DESC"}, {"field": "tenantId"}]);
    let first = server.post(path, newest(json!({"sort": sort, "page": {"limit": 2}}))).await.good();
    let after = json!({"limit": 2, "after": first["page"]["endCursor"]});
    let rest = server.post(path, newest(json!({"sort": sort, "page": after}))).await.good();
    let ids = first["items"].as_array().unwrap().iter().chain(rest["items"].as_array().unwrap());
    let ids: Vec<_> = ids.map(|row| text(row, "processDefinitionId")).collect();
    assert_eq!(ids, ["work", "sum", "review"]);
    for more in [
        json!({"sort": [{"field": "name"}]}),
        json!({"sort": [{"field": "processDefinitionId"}, {"field": "version"}]}),
        json!({"page": {"from": 0}}),
        json!({"page": {"from": 1, "limit": 2}}),
        json!({"sort": sort, "page": {"before": first["page"]["endCursor"]}}),
    ] {
        let detail = server.post(path, newest(more.clone())).await.refused(400, "invalid-argument");
        assert!(detail.contains("isLatestVersion"), "{detail}");
        let mut of_all = more;
        of_all["filter"] = json!({"isLatestVersion": null, "version": 1});
        server.post(path, of_all).await.good();
    }
}

#[tokio::test]
async fn a_definition_with_its_file_and_form() {
    let server = Server::start().await;
    let deployed = server.deploy(&["review.bpmn", "review.form"]).await.good();
    let key = text(&deployed["deployments"][0]["processDefinition"], "processDefinitionKey");
    let row = server.get(&format!("/v2/process-definitions/{key}")).await.good();
    let expected = json!({
        "processDefinitionKey": key, "processDefinitionId": "review", "name": "Review", "version": 1,
        "versionTag": null, "resourceName": "review.bpmn", "hasStartForm": true, "state": "ACTIVE",
        "tenantId": "<default>",
    });
    assert_eq!(row, expected);
    let xml = server.get(&format!("/v2/process-definitions/{key}/xml")).await;
    assert_eq!((xml.media_type.as_str(), xml.text), ("text/xml; charset=utf-8", file("review.bpmn")));
    let form = server.get(&format!("/v2/process-definitions/{key}/form")).await.good();
    assert_eq!(
        (&form["formId"], form["schema"].as_str().unwrap()),
        (&json!("review-form"), &*file("review.form"))
    );

    for path in ["", "/content", "/content/binary"] {
        server.get(&format!("/v2/resources/{key}{path}")).await.refused(404, "not-found");
    }

    let plain = server.deploy(&["work.bpmn"]).await.good();
    let key = text(&plain["deployments"][0]["processDefinition"], "processDefinitionKey");
    assert_eq!(server.get(&format!("/v2/process-definitions/{key}/form")).await.status, 204);
}

#[tokio::test]
async fn a_version_can_be_deleted_unless_instances_run() {
    let server = Server::start().await;
    let deployed = server.deploy(&["work.bpmn"]).await.good();
    let key = text(&deployed["deployments"][0]["processDefinition"], "processDefinitionKey");
    let instance = server.create("work", json!({})).await;
    let path = format!("/v2/resources/{key}/deletion");
    let detail = server.post(&path, json!({})).await.refused(409, "resource-in-use");
    let said = format!("Expected to delete resource with key `{key}` but there are still running instances");
    assert!(detail.contains(&said), "{detail}");
    server.post(&path, json!({"deleteHistory": true})).await.refused(409, "resource-in-use");
    server.post(&format!("/v2/process-instances/{instance}/cancellation"), json!({})).await.good();
    let deleted = server.post(&path, json!({})).await.good();
    assert_eq!(deleted, json!({"resourceKey": key, "batchOperation": null}));
    server
        .post("/v2/process-instances", json!({"processDefinitionId": "work"}))
        .await
        .refused(404, "definition-not-found");
}

#[tokio::test]
async fn a_version_is_deleted_with_its_history() {
    let server = Server::start().await;
    let parts = [("resources", "robot.rpa", "{}".to_owned()), ("resources", "work.bpmn", file("work.bpmn"))];
    let deployed = server.deploy_parts(&parts).await.good();
    let deployed = deployed["deployments"].as_array().unwrap();
    let robot = deployed.iter().find_map(|one| one["resource"]["resourceKey"].as_str()).unwrap();
    let key =
        deployed.iter().find_map(|one| one["processDefinition"]["processDefinitionKey"].as_str()).unwrap();
    let instance = server.create("work", json!({})).await;
    server.post(&format!("/v2/process-instances/{instance}/cancellation"), json!({})).await.good();
    let with_history = json!({"deleteHistory": true});
    let deleted = server.post(&format!("/v2/resources/{robot}/deletion"), with_history.clone()).await.good();
    assert_eq!(deleted["batchOperation"], json!(null), "a file has no instances");
    let deleted = server.post(&format!("/v2/resources/{key}/deletion"), with_history).await.good();
    let batch = &deleted["batchOperation"];
    assert_eq!(batch["batchOperationType"], "DELETE_PROCESS_INSTANCE");
    let path = format!("/v2/batch-operations/{}", text(batch, "batchOperationKey"));
    for _ in 0..400 {
        let row = server.get(&path).await.good();
        if row["endDate"].is_string() {
            assert_eq!((&row["state"], &row["operationsCompletedCount"]), (&json!("COMPLETED"), &json!(1)));
            server.get(&format!("/v2/process-instances/{instance}")).await.refused(404, "not-found");
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("it is not over");
}

#[tokio::test]
async fn bad_deployments_are_refused_whole_with_every_mistake() {
    let server = Server::start().await;
    let broken = file("work.bpmn").replace("targetRef=\"end\"", "targetRef=\"nowhere\"");
    let parts = [("resources", "work.bpmn", file("work.bpmn")), ("resources", "broken.bpmn", broken)];
    let detail = server.deploy_parts(&parts).await.refused(400, "deployment-refused");
    assert!(detail.contains("broken.bpmn:") && detail.contains("nowhere"), "{detail}");
    let found = server.post("/v2/process-definitions/search", json!({})).await.good();
    assert_eq!(found["page"]["totalItems"], 0, "all or nothing");

    let none: [(&str, &str, String); 0] = [];
    server.deploy_parts(&none).await.refused(400, "missing-field");
    server.deploy_parts(&[("resources", "", "x".to_owned())]).await.refused(400, "missing-field");
    server.deploy_parts(&[("files", "a.bpmn", "x".to_owned())]).await.refused(400, "unknown-field");
    server.deploy_parts(&[("tenantId", "", "other".to_owned())]).await.refused(400, "invalid-argument");
    server
        .deploy_parts(&[("resources", "a.bpmn", "<not-closed".to_owned())])
        .await
        .refused(400, "deployment-refused");
    let json = server.post("/v2/deployments", json!({})).await;
    json.refused(415, "unsupported-media-type");
}
