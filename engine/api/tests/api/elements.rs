//! Element instances: what is listed, in which words and order, and whose incidents they have.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Server, text};

/// A call within a sub-process; what is called stops at a decision that is not there and at a condition without a value.
const CALLS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="calls-definitions" targetNamespace="http://hosk.dev/tests">
  <bpmn:process id="calls" isExecutable="true">
    <bpmn:startEvent id="begin" /><bpmn:sequenceFlow id="to-inside" sourceRef="begin" targetRef="inside" />
    <bpmn:subProcess id="inside">
      <bpmn:startEvent id="enter" /><bpmn:sequenceFlow id="to-call" sourceRef="enter" targetRef="call" />
      <bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="called" /></bpmn:extensionElements></bpmn:callActivity>
      <bpmn:sequenceFlow id="to-leave" sourceRef="call" targetRef="leave" /><bpmn:endEvent id="leave" />
    </bpmn:subProcess>
    <bpmn:sequenceFlow id="to-finish" sourceRef="inside" targetRef="finish" /><bpmn:endEvent id="finish" />
  </bpmn:process>
  <bpmn:process id="called" isExecutable="true">
    <bpmn:startEvent id="start" />
    <bpmn:sequenceFlow id="to-fork" sourceRef="start" targetRef="fork" /><bpmn:parallelGateway id="fork" />
    <bpmn:sequenceFlow id="to-decide" sourceRef="fork" targetRef="decide" />
    <bpmn:sequenceFlow id="to-either" sourceRef="fork" targetRef="either" />
    <bpmn:businessRuleTask id="decide"><bpmn:extensionElements><zeebe:calledDecision decisionId="nowhere" resultVariable="result" /></bpmn:extensionElements></bpmn:businessRuleTask>
    <bpmn:exclusiveGateway id="either" default="to-down" />
    <bpmn:sequenceFlow id="to-up" sourceRef="either" targetRef="up"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=goUp &lt;= 0</bpmn:conditionExpression></bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="to-down" sourceRef="either" targetRef="down" />
    <bpmn:endEvent id="up" /><bpmn:endEvent id="down" />
    <bpmn:sequenceFlow id="to-done" sourceRef="decide" targetRef="done" /><bpmn:endEvent id="done" />
  </bpmn:process>
</bpmn:definitions>
"#;

async fn calling() -> (Server, String) {
    let server = Server::start().await;
    server.deploy_parts(&[("resources", "calls.bpmn", CALLS.to_owned())]).await.good();
    let instance = server.create("calls", json!({})).await;
    let mut found = json!(null);
    while found != 2 {
        let search = server.post("/v2/incidents/search", json!({})).await.good();
        found = search["page"]["totalItems"].clone();
    }
    (server, instance)
}

fn words(found: &Value, property: &str) -> Vec<String> {
    found["items"].as_array().unwrap().iter().map(|row| text(row, property)).collect()
}

#[tokio::test]
async fn the_process_is_listed_when_its_type_is_asked_for() {
    let (server, instance) = calling().await;
    let all = |filter| server.post("/v2/element-instances/search", json!({"filter": filter}));
    let found = all(json!({"processInstanceKey": instance})).await.good();
    let mut ids = words(&found, "elementId");
    ids.sort();
    assert_eq!(ids, ["begin", "call", "enter", "inside"]);
    assert_eq!(found["page"]["totalItems"], 4);
    let process = all(json!({"processInstanceKey": instance, "type": "PROCESS"})).await.good();
    assert_eq!(words(&process, "elementInstanceKey"), [&*instance]);
    let either = json!({"type": {"$in": ["CALL_ACTIVITY", "PROCESS"]}, "processInstanceKey": instance});
    assert_eq!(all(either).await.good()["page"]["totalItems"], 2);
    assert_eq!(server.get(&format!("/v2/element-instances/{instance}")).await.good()["type"], "PROCESS");
}

#[tokio::test]
async fn incidents_of_an_element_are_those_of_all_that_is_below_it() {
    let (server, instance) = calling().await;
    let element = async |id: &str| {
        text(
            &server.first("/v2/element-instances/search", json!({"elementId": id})).await,
            "elementInstanceKey",
        )
    };
    let called = server.first("/v2/process-instances/search", json!({"processDefinitionId": "called"})).await;
    let called = text(&called, "processInstanceKey");
    for (key, number) in [
        (instance, 2),
        (element("inside").await, 2),
        (element("call").await, 2),
        (called, 2),
        (element("decide").await, 1),
        (element("begin").await, 0),
    ] {
        let path = format!("/v2/element-instances/{key}/incidents/search");
        server.send(server.request(Method::POST, &path)).await.refused(400, "malformed-request");
        let found = server.post(&path, json!({})).await.good();
        assert_eq!(found["page"]["totalItems"], number, "{found}");
    }
}

#[tokio::test]
async fn incidents_are_found_by_every_word_and_ordered_by_it() {
    let (server, _) = calling().await;
    let search = |body| server.post("/v2/incidents/search", body);
    let both = search(json!({"sort": [{"field": "errorType"}]})).await.good();
    assert_eq!(words(&both, "errorType"), ["CALLED_DECISION_ERROR", "EXTRACT_VALUE_ERROR"]);
    let down = search(json!({"sort": [{"field": "errorType", "order": "DESC"}], "page": {"limit": 1}}));
    let down = down.await.good();
    assert_eq!(words(&down, "errorType"), ["EXTRACT_VALUE_ERROR"]);
    let after = json!({"sort": [{"field": "errorType", "order": "DESC"}], "page": {"after": down["page"]["endCursor"]}});
    assert_eq!(words(&search(after).await.good(), "errorType"), ["CALLED_DECISION_ERROR"]);
    for word in ["UNKNOWN", "UNSPECIFIED", "RESOURCE_NOT_FOUND", "AD_HOC_SUB_PROCESS_NO_RETRIES"] {
        let none = search(json!({"filter": {"errorType": word}})).await.good();
        assert_eq!(none["items"], json!([]), "{word}");
        let others = search(json!({"filter": {"errorType": {"$neq": word}}})).await.good();
        assert_eq!(others["page"]["totalItems"], 2, "{word}");
    }
    for word in ["PENDING", "MIGRATED", "UNKNOWN"] {
        assert_eq!(search(json!({"filter": {"state": word}})).await.good()["items"], json!([]), "{word}");
    }
    let none = json!({"filter": {"type": "UNSPECIFIED"}});
    assert_eq!(server.post("/v2/element-instances/search", none).await.good()["items"], json!([]));
    let types =
        server.post("/v2/element-instances/search", json!({"sort": [{"field": "type"}]})).await.good();
    assert!(words(&types, "type").is_sorted(), "{types}");
    for property in ["state", "decisionDefinitionType"] {
        for word in ["UNSPECIFIED", "UNKNOWN"] {
            let none = json!({"filter": {property: word}});
            let found = server.post("/v2/decision-instances/search", none).await.good();
            assert!(words(&found, "state").iter().all(|_| property == "decisionDefinitionType"), "{found}");
        }
    }
}

#[tokio::test]
async fn figures_of_a_definition_count_the_elements_that_are_asked_for() {
    let (server, _) = calling().await;
    let definition =
        server.first("/v2/process-definitions/search", json!({"processDefinitionId": "calls"})).await;
    let key = text(&definition, "processDefinitionKey");
    let path = format!("/v2/process-definitions/{key}/statistics/element-instances");
    let figures = |filter| server.post(&path, json!({"filter": filter}));
    assert_eq!(figures(json!({})).await.good()["items"].as_array().unwrap().len(), 4);
    let one = figures(json!({"elementId": "inside", "state": "ACTIVE"})).await.good();
    assert_eq!(words(&one, "elementId"), ["inside"]);
    let ended = figures(json!({"elementInstanceState": "COMPLETED"})).await.good();
    assert_eq!(words(&ended, "elementId"), ["begin", "enter"]);
    let either =
        json!({"$or": [{"elementId": "begin"}, {"elementId": "call", "elementInstanceState": "ACTIVE"}]});
    assert_eq!(words(&figures(either).await.good(), "elementId"), ["begin", "call"]);
    assert_eq!(
        figures(json!({"elementId": "inside", "state": "COMPLETED"})).await.good()["items"],
        json!([])
    );
}
