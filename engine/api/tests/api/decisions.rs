//! Decisions: deployed, evaluated on request and by processes, found again.

use serde_json::json;

use crate::server::{Server, file, text};

#[tokio::test]
async fn a_dmn_file_brings_a_graph_and_its_decisions() {
    let server = Server::start().await;
    let deployed = server.deploy(&["credit.dmn"]).await.good();
    let deployments = deployed["deployments"].as_array().unwrap();
    assert_eq!(deployments.len(), 3, "{deployed}");
    let graph = &deployments[0]["decisionRequirements"];
    assert_eq!((&graph["decisionRequirementsId"], &graph["version"]), (&json!("credit"), &json!(1)));
    let limit = &deployments[1]["decisionDefinition"];
    let graph_key = text(graph, "decisionRequirementsKey");
    let expected = json!({
        "decisionDefinitionId": "limit", "version": 1, "name": "Credit limit", "tenantId": "<default>",
        "decisionRequirementsId": "credit", "decisionRequirementsKey": graph_key,
        "decisionDefinitionKey": limit["decisionDefinitionKey"],
    });
    assert_eq!(limit, &expected);
    let again = server.deploy(&["credit.dmn"]).await.good();
    assert_eq!(again["deployments"][1]["decisionDefinition"], expected);

    let key = text(limit, "decisionDefinitionKey");
    let row = server.get(&format!("/v2/decision-definitions/{key}")).await.good();
    let expected = json!({
        "decisionDefinitionId": "limit", "decisionDefinitionKey": key, "decisionRequirementsId": "credit",
        "decisionRequirementsKey": graph_key, "decisionRequirementsName": "Credit",
        "decisionRequirementsVersion": 1, "name": "Credit limit", "tenantId": "<default>", "version": 1,
    });
    assert_eq!(row, expected);
    let xml = server.get(&format!("/v2/decision-definitions/{key}/xml")).await;
    assert_eq!((xml.media_type.as_str(), xml.text), ("text/xml; charset=utf-8", file("credit.dmn")));
    let latest = json!({"decisionDefinitionId": "limit", "isLatestVersion": true});
    assert_eq!(server.first("/v2/decision-definitions/search", latest).await, row);
    let graphs = json!({"resourceName": "credit.dmn"});
    let graph = server.first("/v2/decision-requirements/search", graphs).await;
    assert_eq!(server.get(&format!("/v2/decision-requirements/{graph_key}")).await.good(), graph);
    let xml = server.get(&format!("/v2/decision-requirements/{graph_key}/xml")).await;
    assert_eq!((xml.media_type.as_str(), xml.text), ("text/xml; charset=utf-8", file("credit.dmn")));
    for key in [key, graph_key] {
        server.get(&format!("/v2/resources/{key}/content")).await.refused(404, "not-found");
    }
}

#[tokio::test]
async fn a_decision_is_evaluated_and_found_again() {
    let server = Server::start().await;
    server.deploy(&["credit.dmn"]).await.good();
    let request = json!({"decisionDefinitionId": "limit", "variables": {"amount": 150}});
    let answer = server.post("/v2/decision-definitions/evaluation", request).await.good();
    assert_eq!((&answer["output"], &answer["failureMessage"]), (&json!("5000"), &json!(null)));
    let evaluated = answer["evaluatedDecisions"].as_array().unwrap();
    let ids: Vec<_> = evaluated.iter().map(|one| &one["decisionDefinitionId"]).collect();
    assert_eq!(ids, [&json!("rating"), &json!("limit")]);
    assert_eq!(evaluated[0]["evaluatedInputs"][0]["inputValue"], "150");
    assert_eq!(evaluated[0]["matchedRules"][0]["ruleIndex"], 2);
    assert_eq!(evaluated[0]["matchedRules"][0]["evaluatedOutputs"][0]["outputValue"], "\"A\"");

    let of =
        json!({"decisionEvaluationKey": answer["decisionEvaluationKey"], "decisionDefinitionId": "rating"});
    let found = server.first("/v2/decision-instances/search", of).await;
    assert_eq!((&found["state"], &found["result"]), (&json!("EVALUATED"), &json!("\"A\"")));
    assert_eq!((&found["processInstanceKey"], &found["evaluationFailure"]), (&json!(null), &json!(null)));
    let id = text(&found, "decisionEvaluationInstanceKey");
    let whole = server.get(&format!("/v2/decision-instances/{id}")).await.good();
    assert_eq!(whole["matchedRules"], evaluated[0]["matchedRules"]);
    assert_eq!(whole["evaluatedInputs"], evaluated[0]["evaluatedInputs"]);
}

#[tokio::test]
async fn a_result_that_is_null_is_no_failure() {
    let server = Server::start().await;
    server.deploy(&["credit.dmn"]).await.good();
    let request = json!({"decisionDefinitionId": "limit", "variables": {"amount": "much"}});
    let answer = server.post("/v2/decision-definitions/evaluation", request).await.good();
    let rating = &answer["evaluatedDecisions"][0];
    assert_eq!((&rating["output"], &rating["matchedRules"]), (&json!("null"), &json!([])));
    let id = text(rating, "decisionEvaluationInstanceKey");
    let whole = server.get(&format!("/v2/decision-instances/{id}")).await.good();
    // Suites refuse what the level does not declare.
    assert!(rating.get("warnings").is_none() && whole.get("warnings").is_none(), "{whole}");
}

#[tokio::test]
async fn a_failed_decision_says_why_and_is_kept() {
    let server = Server::start().await;
    server.deploy(&["credit.dmn"]).await.good();
    let request = json!({"decisionDefinitionId": "limit", "variables": {"amount": 200}});
    let answer = server.post("/v2/decision-definitions/evaluation", request).await.good();
    assert_eq!(
        (&answer["output"], &answer["failedDecisionDefinitionId"]),
        (&json!("null"), &json!("rating"))
    );
    let failed = server.first("/v2/decision-instances/search", json!({"state": "FAILED"})).await;
    assert_eq!(failed["evaluationFailure"], answer["failureMessage"]);
}

#[tokio::test]
async fn what_is_not_there_or_not_clear_is_refused() {
    let server = Server::start().await;
    let evaluate = async |request| server.post("/v2/decision-definitions/evaluation", request).await;
    evaluate(json!({"decisionDefinitionId": "nothing"})).await.refused(404, "decision-not-found");
    evaluate(json!({"decisionDefinitionKey": "5"})).await.refused(404, "decision-not-found");
    evaluate(json!({})).await.refused(400, "missing-field");
    evaluate(json!({"decisionDefinitionId": "a", "decisionDefinitionKey": "5"}))
        .await
        .refused(400, "invalid-argument");
    server.get("/v2/decision-instances/5-1").await.refused(404, "not-found");
    for id in ["5", "+++", "5-x", "x-5"] {
        let detail =
            server.get(&format!("/v2/decision-instances/{id}")).await.refused(400, "invalid-argument");
        assert!(detail.contains("is not a valid decision evaluation instance key."), "{detail}");
    }
    evaluate(json!({"decisionDefinitionId": "1 a"})).await.refused(400, "invalid-argument");
    for (what, filter) in [
        ("decision-instances", json!({"decisionDefinitionId": "1 a"})),
        ("decision-instances", json!({"decisionDefinitionId": ""})),
        ("decision-instances", json!({"decisionEvaluationInstanceKey": "a"})),
        ("decision-definitions", json!({"decisionDefinitionId": "1 a"})),
    ] {
        let search = json!({"filter": filter});
        server.post(&format!("/v2/{what}/search"), search).await.refused(400, "invalid-argument");
    }
    for filter in
        [json!({"decisionDefinitionId": {"$like": "1 a*"}}), json!({"decisionEvaluationInstanceKey": "5-1"})]
    {
        server.post("/v2/decision-instances/search", json!({"filter": filter})).await.good();
    }
    server.get("/v2/decision-definitions/5").await.refused(404, "not-found");
    server.get("/v2/decision-requirements/5").await.refused(404, "not-found");
}
