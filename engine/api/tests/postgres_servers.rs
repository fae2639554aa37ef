//! Several servers on one PostgreSQL: what is kept for all processes at one of them holds at the others, and streams of
//! events go on there.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops")]

#[path = "api/listener.rs"]
mod listener;
#[path = "api/server.rs"]
#[expect(dead_code, reason = "this is one story of many")]
mod server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use hosk_store::Postgres;
use hosk_store::postgres::Options;
use reqwest::Method;
use serde_json::{Value, json};
use server::{Make, Server};
use test_postgres::Schema;

/// How long what was changed at one server may take to hold at another.
const PATIENCE: Duration = Duration::from_secs(30);

async fn server(schema: &Schema) -> Server {
    let options = Options { connections: 8, ..Options::default() };
    let store = Arc::new(Postgres::open(schema.url(), options).await.unwrap());
    // Nobody signs in, so who there is may be kept elsewhere.
    Server::on(store, Arc::new(hosk_store::Memory::new()), Make::default()).await
}

/// What an expression gives at a server, once it gives this.
async fn gives(server: &Server, expression: &str, expected: &Value) {
    let began = Instant::now();
    loop {
        let body = json!({"expression": expression});
        let answer = server.post("/v2/expression/evaluation", body).await.good();
        if answer["result"] == *expected {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{expression} is still {answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_goes_on_on_another_server() {
    let schema = test_postgres::schema();
    let options = Options { connections: 8, ..Options::default() };
    let store = Postgres::open(schema.url(), options).await.unwrap();
    listener::a_stream_goes_on(Arc::new(store)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_expressions_read_is_the_same_everywhere() {
    let schema = test_postgres::schema();
    let (one, two) = (server(&schema).await, server(&schema).await);
    one.post("/v2/cluster-variables/global", json!({"name": "rate", "value": 7})).await.good();
    gives(&two, "=camunda.vars.env.rate", &json!(7)).await;
    let path = "/v2/cluster-variables/global/rate";
    two.with_body(Method::PUT, path, json!({"value": 8})).await.good();
    gives(&one, "=camunda.vars.env.rate", &json!(8)).await;

    one.post("/hosk/v1/value-maps", json!({"mapId": "positions", "name": "Positions"})).await.good();
    let file = "source;target\r\nBoss;Director\r\n";
    two.raw(Method::PUT, "/hosk/v1/value-maps/positions/csv", "text/csv", file).await.good();
    gives(&one, "=hosk.maps.positions.Boss", &json!("Director")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn task_listeners_of_the_installation_run_at_every_server() {
    let schema = test_postgres::schema();
    let (one, two) = (server(&schema).await, server(&schema).await);
    two.deploy(&["asked.bpmn"]).await.good();
    let body = json!({"id": "audit", "type": "note", "eventTypes": ["creating"]});
    assert_eq!(one.post("/v2/global-task-listeners", body).await.status, 201);
    let began = Instant::now();
    loop {
        two.post("/v2/process-instances", json!({"processDefinitionId": "asked"})).await.good();
        let ask = json!({"type": "note", "timeout": 60_000, "maxJobsToActivate": 1, "requestTimeout": -1});
        let jobs = one.post("/v2/jobs/activation", ask).await.good();
        if jobs["jobs"].as_array().is_some_and(|jobs| !jobs.is_empty()) {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "the other server does not know the listener");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // It is gone everywhere, too.
    assert_eq!(one.send(one.request(Method::DELETE, "/v2/global-task-listeners/audit")).await.status, 204);
    let began = Instant::now();
    loop {
        let started = two.post("/v2/process-instances", json!({"processDefinitionId": "asked"})).await.good();
        let filter =
            json!({"filter": {"processInstanceKey": started["processInstanceKey"], "state": "CREATED"}});
        let tasks = two.post("/v2/user-tasks/search", filter).await.good();
        if tasks["page"]["totalItems"] == 1 {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "the other server still runs the listener");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
