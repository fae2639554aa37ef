//! Messages and what waits for them.

use serde_json::json;

use crate::server::{Server, text};

#[tokio::test]
async fn a_message_reaches_what_waits() {
    let server = Server::start().await;
    server.deploy(&["letter.bpmn"]).await.good();
    let instance = server.create("letter", json!({"number": "7"})).await;
    let waiting = server.first("/v2/message-subscriptions/search", json!({"messageName": "answer"})).await;
    assert_eq!(
        (&waiting["messageSubscriptionState"], &waiting["correlationKey"]),
        (&json!("CREATED"), &json!("7"))
    );
    let body = json!({"name": "answer", "correlationKey": "8"});
    server.post("/v2/messages/correlation", body).await.refused(404, "nothing-correlated");
    let body = json!({"name": "answer", "correlationKey": "7", "variables": {"text": "yes"}});
    let reached = server.post("/v2/messages/correlation", body).await.good();
    assert_eq!(
        (&reached["processInstanceKey"], &reached["tenantId"]),
        (&json!(instance), &json!("<default>"))
    );
    let row = server.get(&format!("/v2/process-instances/{instance}")).await.good();
    assert_eq!(row["state"], "COMPLETED");
    let filter = json!({"processInstanceKey": instance});
    let correlated = server.first("/v2/correlated-message-subscriptions/search", filter).await;
    assert_eq!((&correlated["messageKey"], &correlated["partitionId"]), (&reached["messageKey"], &json!(1)));
    // There is one partition.
    for (condition, expected) in [
        (json!(1), 1),
        (json!(2), 0),
        (json!({"$gte": 1, "$lt": 2}), 1),
        (json!({"$neq": 1}), 0),
        (json!({"$in": [2, 3]}), 0),
        (json!({"$exists": true}), 1),
    ] {
        let sort = json!([{"field": "partitionId", "order": "DESC"}, {"field": "messageName"}]);
        let search = json!({"filter": {"partitionId": condition}, "sort": sort});
        let found = server.post("/v2/correlated-message-subscriptions/search", search).await.good();
        assert_eq!(found["page"]["totalItems"], expected, "{condition}");
    }
    let wrong = json!({"filter": {"partitionId": "1"}});
    server.post("/v2/correlated-message-subscriptions/search", wrong).await.refused(400, "wrong-type");
}

#[tokio::test]
async fn a_published_message_waits_for_its_reader_and_is_not_taken_twice() {
    let server = Server::start().await;
    server.deploy(&["letter.bpmn"]).await.good();
    let body = json!({"name": "answer", "correlationKey": "9", "timeToLive": 60_000, "messageId": "m1"});
    let published = server.post("/v2/messages/publication", body.clone()).await.good();
    assert!(text(&published, "messageKey").parse::<u64>().is_ok());
    server.post("/v2/messages/publication", body).await.refused(409, "message-exists");
    let instance = server.create("letter", json!({"number": "9"})).await;
    for _ in 0..100 {
        let row = server.get(&format!("/v2/process-instances/{instance}")).await.good();
        if row["state"] == "COMPLETED" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the message did not arrive");
}

#[tokio::test]
async fn bad_messages_are_refused() {
    let server = Server::start().await;
    for path in ["/v2/messages/publication", "/v2/messages/correlation"] {
        server.post(path, json!({})).await.refused(400, "missing-field");
        server.post(path, json!({"name": ""})).await.refused(400, "invalid-argument");
        let detail = server.post(path, json!({"name": " "})).await.refused(400, "invalid-argument");
        let known = ["No name provided.", "No messageName provided."];
        assert!(known.iter().any(|phrase| detail.starts_with(phrase)), "{detail}");
        server.post(path, json!({"name": "x", "correlationKey": 7})).await.refused(400, "wrong-type");
        server.post(path, json!({"name": "x", "key": "7"})).await.refused(400, "unknown-field");
    }
    let body = json!({"name": "x", "timeToLive": -1});
    server.post("/v2/messages/publication", body).await.refused(400, "invalid-argument");
}
