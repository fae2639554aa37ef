//! What element instances wait for.

use serde_json::{Value, json};

use crate::server::{Server, text};

const PATH: &str = "/v2/element-instances/wait-states/search";

async fn found(server: &Server, filter: Value) -> Vec<Value> {
    let sort = json!([{"field": "elementId"}]);
    let found = server.post(PATH, json!({"filter": filter, "sort": sort})).await.good();
    found["items"].as_array().unwrap().clone()
}

fn kinds(rows: &[Value]) -> Vec<(&str, &str)> {
    rows.iter()
        .map(|row| (row["elementId"].as_str().unwrap(), row["details"]["waitStateType"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn an_instance_tells_what_it_waits_for() {
    let server = Server::start().await;
    server.deploy(&["waits.bpmn"]).await.good();
    let instance = server.create("waits", json!({"number": 7})).await;
    let rows = found(&server, json!({"processInstanceKey": instance})).await;
    let mut all = kinds(&rows);
    all.sort_unstable();
    assert_eq!(
        all,
        [
            ("do", "JOB"),
            ("look", "USER_TASK"),
            ("rest", "TIMER"),
            ("which", "CONDITION"),
            ("which", "MESSAGE"),
            ("which", "SIGNAL")
        ]
    );
    let details = |kind: &str| {
        let row = rows.iter().find(|row| row["details"]["waitStateType"] == kind).unwrap();
        let mut details = row["details"].clone();
        for key in ["jobKey", "taskKey"] {
            if details[key].is_string() {
                details[key] = json!("…");
            }
        }
        details
    };
    assert_eq!(
        details("JOB"),
        json!({"waitStateType": "JOB", "jobKey": "…", "jobType": "do", "jobKind": "BPMN_ELEMENT",
            "listenerEventType": null, "retries": 3})
    );
    assert_eq!(
        details("MESSAGE"),
        json!({"waitStateType": "MESSAGE", "messageName": "answer", "correlationKey": "7"})
    );
    assert_eq!(details("USER_TASK"), json!({"waitStateType": "USER_TASK", "taskKey": "…", "dueDate": null}));
    assert_eq!(
        details("TIMER"),
        json!({"waitStateType": "TIMER", "dueDate": 2_208_988_800_000_i64, "repetitions": 1})
    );
    assert_eq!(details("SIGNAL"), json!({"waitStateType": "SIGNAL", "signalName": "fire"}));
    assert_eq!(
        details("CONDITION"),
        json!({"waitStateType": "CONDITION", "expression": "number > 9", "events": ["update"]})
    );
    let row = &rows[0];
    assert_eq!((&row["bpmnProcessId"], &row["tenantId"]), (&json!("waits"), &json!("<default>")));
    assert_eq!(
        (&row["elementType"], &row["rootProcessInstanceKey"]),
        (&json!("SERVICE_TASK"), &json!(instance))
    );

    let path = format!("/v2/process-instances/{instance}/statistics/wait-states");
    let figures = server.get(&path).await.good();
    let figure = |id: &str| json!({"elementId": id, "waitingCount": 1});
    assert_eq!(figures["items"], json!(["do", "look", "rest", "which"].map(figure)));
    server.get("/v2/process-instances/4711/statistics/wait-states").await.refused(404, "not-found");
}

#[tokio::test]
async fn wait_states_are_found_by_everything() {
    let server = Server::start().await;
    server.deploy(&["waits.bpmn"]).await.good();
    let first = server.create("waits", json!({"number": 1})).await;
    server.create("waits", json!({"number": 2})).await;
    let gateway = found(&server, json!({"processInstanceKey": first, "waitStateType": "signal"})).await;
    let key = text(&gateway[0], "elementInstanceKey");
    for (filter, count) in [
        (json!({}), 12),
        (json!({"processInstanceKey": first}), 6),
        (json!({"rootProcessInstanceKey": {"$in": [first]}}), 6),
        (json!({"elementInstanceKey": key}), 3),
        (json!({"elementId": {"$like": "whi*"}}), 6),
        (json!({"elementType": "USER_TASK"}), 2),
        (json!({"elementType": {"$in": ["SERVICE_TASK", "EVENT_BASED_GATEWAY"]}}), 8),
        (json!({"waitStateType": {"$neq": "JOB"}}), 10),
        (json!({"waitStateType": "TIMER", "processInstanceKey": first}), 1),
    ] {
        assert_eq!(found(&server, filter.clone()).await.len(), count, "{filter}");
    }
    for field in ["elementInstanceKey", "processInstanceKey", "rootProcessInstanceKey", "elementId"] {
        let page = |more: Value| json!({"sort": [{"field": field, "order": "DESC"}], "page": more});
        let all = server.post(PATH, page(json!({"limit": 100}))).await.good();
        let half = server.post(PATH, page(json!({"limit": 6}))).await.good();
        let after = json!({"limit": 6, "after": half["page"]["endCursor"]});
        let rest = server.post(PATH, page(after)).await.good();
        let mut both = half["items"].as_array().unwrap().clone();
        both.extend(rest["items"].as_array().unwrap().clone());
        assert_eq!(all["items"], json!(both), "{field}");
    }
    server.post(PATH, json!({"filter": {"colour": "red"}})).await.refused(400, "unknown-field");
    server.post(PATH, json!({"filter": {"waitStateType": "WIND"}})).await.refused(400, "invalid-argument");
    server.post(PATH, json!({"sort": [{"field": "tenantId"}]})).await.refused(400, "invalid-argument");
}

#[tokio::test]
async fn what_came_is_not_waited_for() {
    let server = Server::start().await;
    server.deploy(&["waits.bpmn"]).await.good();
    let instance = server.create("waits", json!({"number": 7})).await;
    let job = text(&server.take("do").await[0], "jobKey");
    assert_eq!(server.post(&format!("/v2/jobs/{job}/completion"), json!({})).await.status, 204);
    server.post("/v2/signals/broadcast", json!({"signalName": "fire"})).await.good();
    let mut left = Vec::new();
    for _ in 0..100 {
        left = found(&server, json!({"processInstanceKey": instance})).await;
        if left.len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(kinds(&left), [("look", "USER_TASK"), ("rest", "TIMER")]);
    let path = format!("/v2/process-instances/{instance}");
    assert_eq!(server.post(&format!("{path}/suspension"), json!({})).await.status, 204);
    assert_eq!(server.post(&format!("{path}/resumption"), json!({})).await.status, 204);
    let again = found(&server, json!({"processInstanceKey": instance})).await;
    assert_eq!(again, left, "a timer is told of again");
    assert_eq!(server.post(&format!("{path}/cancellation"), json!({})).await.status, 204);
    assert!(found(&server, json!({"processInstanceKey": instance})).await.is_empty());
}
