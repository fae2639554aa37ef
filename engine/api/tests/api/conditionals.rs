//! Conditional start events over HTTP.

use serde_json::{Value, json};

use crate::server::{Server, text};

async fn evaluate(server: &Server, body: Value) -> Vec<Value> {
    let answer = server.post("/v2/conditionals/evaluation", body).await.good();
    assert!(text(&answer, "conditionalEvaluationKey").parse::<u64>().is_ok());
    assert_eq!(answer["tenantId"], "<default>");
    answer["processInstances"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn an_instance_begins_where_the_condition_holds() {
    let server = Server::start().await;
    server.deploy(&["stock.bpmn"]).await.good();
    assert!(evaluate(&server, json!({"variables": {"stock": 10}})).await.is_empty());
    let began = evaluate(&server, json!({"variables": {"stock": 9}, "tenantId": "<default>"})).await;
    let [instance] = &began[..] else { panic!("{began:?}") };
    let row =
        server.get(&format!("/v2/process-instances/{}", text(instance, "processInstanceKey"))).await.good();
    assert_eq!(
        (&row["processDefinitionId"], &row["processDefinitionKey"]),
        (&json!("restock"), &instance["processDefinitionKey"])
    );
    let filter = json!({"processInstanceKey": instance["processInstanceKey"], "name": "stock"});
    assert_eq!(server.first("/v2/variables/search", filter).await["value"], "9");
    let key = text(instance, "processDefinitionKey");
    assert_eq!(
        evaluate(&server, json!({"processDefinitionKey": key, "variables": {"stock": 1}})).await.len(),
        1
    );
}

#[tokio::test]
async fn bad_evaluations_are_refused() {
    let server = Server::start().await;
    server.deploy(&["stock.bpmn"]).await.good();
    for (body, status, code) in [
        (json!({}), 400, "missing-field"),
        (json!({"variables": 7}), 400, "wrong-type"),
        (json!({"variables": {}, "processDefinitionKey": "x"}), 400, "invalid-key"),
        (json!({"variables": {}, "processDefinitionKey": "1"}), 404, "definition-not-found"),
        (json!({"variables": {}, "processDefinitionId": "restock"}), 400, "unknown-field"),
        (json!({"variables": {"stock": 9, "urgent": "yes"}}), 400, "condition-failed"),
    ] {
        server.post("/v2/conditionals/evaluation", body).await.refused(status, code);
    }
}
