//! Signals over HTTP.

use serde_json::json;

use crate::server::{Server, text};

#[tokio::test]
async fn a_signal_reaches_everybody_who_waits() {
    let server = Server::start().await;
    server.deploy(&["alarm.bpmn"]).await.good();
    let waiting = [server.create("alarm", json!({})).await, server.create("alarm", json!({})).await];
    let body = json!({"signalName": "fire", "variables": {"where": "kitchen"}, "tenantId": "<default>"});
    let broadcast = server.post("/v2/signals/broadcast", body).await.good();
    assert!(text(&broadcast, "signalKey").parse::<u64>().is_ok(), "a key is a string of digits");
    assert_eq!(broadcast["tenantId"], "<default>");
    for instance in waiting {
        for attempt in 0.. {
            let row = server.get(&format!("/v2/process-instances/{instance}")).await.good();
            if row["state"] == "COMPLETED" {
                break;
            }
            assert!(attempt < 200, "the signal did not reach {instance}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let filter = json!({"processInstanceKey": instance, "name": "where"});
        let variable = server.first("/v2/variables/search", filter).await;
        assert_eq!(variable["value"], "\"kitchen\"");
    }
    // Nobody waits any more: that is no mistake, and it is not kept.
    server.post("/v2/signals/broadcast", json!({"signalName": "fire"})).await.good();
}

#[tokio::test]
async fn bad_signals_are_refused_field_by_field() {
    let server = Server::start().await;
    for (body, code) in [
        (json!({}), "missing-field"),
        (json!({"signalName": ""}), "invalid-argument"),
        (json!({"signalName": 7}), "wrong-type"),
        (json!({"signalName": "x", "variables": []}), "wrong-type"),
        (json!({"signalName": "x", "name": "y"}), "unknown-field"),
    ] {
        server.post("/v2/signals/broadcast", body).await.refused(400, code);
    }
}
