//! An engine on a database whose tables are distributed by bucket: what its transactions write is in one bucket each, but for
//! what instances tell each other.

#![expect(clippy::unwrap_used, reason = "tests say what went wrong by panicking")]

#[path = "it/support.rs"]
#[expect(dead_code, reason = "this is one story of many")]
mod support;

use std::sync::Arc;
use std::time::Duration;

use hosk_connector::Registry;
use hosk_core::ProcessInstanceKey;
use hosk_runtime::{Config, Engine, Message, SystemClock};
use hosk_store::Postgres;
use hosk_store::postgres::Options;
use support::*;

/// Tables whose rows may be written in one transaction with those of other buckets: what something is told by, what instances
/// meet at, and the subscription that a message is for.
const TOLD: &str = "'outbox', 'message', 'message_counted', 'message_start_lock', 'message_subscription', \
                    'correlated_message_subscription'";
/// Instances of each process.
const SOME: usize = 12;

fn middle(kind: &str, content: &str) -> String {
    line(&[("startEvent", "s", ""), (kind, "middle", content), ("endEvent", "end", "")])
}

async fn run_through(engine: &Engine) {
    let called =
        r#"<bpmn:extensionElements><zeebe:calledElement processId="work"/></bpmn:extensionElements>"#;
    let nap = r#"<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT0.1S</bpmn:timeDuration></bpmn:timerEventDefinition>"#;
    let catch = r#"<bpmn:messageEventDefinition messageRef="m"/>"#;
    deploy(engine, "work", process("work", &middle("serviceTask", &job("work", "")))).await;
    deploy(engine, "call", process("call", &middle("callActivity", called))).await;
    deploy(engine, "nap", process("nap", &middle("intermediateCatchEvent", nap))).await;
    deploy(engine, "wait", process("wait", &middle("intermediateCatchEvent", catch))).await;
    let mut instances: Vec<ProcessInstanceKey> = Vec::new();
    for number in 0..SOME {
        for id in ["work", "call", "nap", "wait"] {
            let key = format!("\"k{number}\"");
            instances.push(create(engine, id, &[("key", &key)]).await);
        }
        let message = Message { time_to_live: PATIENCE, ..go(&format!("k{number}")) };
        engine.publish(message).await.unwrap();
    }
    let mut done = 0;
    while done < 2 * SOME {
        for job in engine.activate_jobs(ask("work", 5, Some(Duration::from_secs(20)))).await.unwrap() {
            complete(engine, &job, &[("done", "true")]).await;
            done += 1;
        }
    }
    for instance in instances {
        engine.await_end(instance, PATIENCE).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_about_one_bucket() {
    let schema = test_postgres::cluster();
    Postgres::spread(schema.url()).await.unwrap();
    schema.run("SELECT watch_writes()");
    let options = Options { writers: 4, connections: 4, ..Options::default() };
    let store = Arc::new(Postgres::open(schema.url(), options).await.unwrap());
    let config = Config { committers: 4, ..Config::default() };
    let engine =
        Engine::start(config, store.clone(), Arc::new(Registry::new()), Arc::new(SystemClock)).await.unwrap();
    run_through(&engine).await;
    engine.shutdown().await;
    store.close().await;

    let number = |text: &str| schema.run(text).parse::<usize>().unwrap();
    let buckets = "SELECT count(DISTINCT bucket) FROM written WHERE name = 'history'";
    assert!(number(buckets) > SOME, "the instances are in many buckets");
    // Claims are one statement each, whatever they claim.
    let mixed = format!(
        "SELECT string_agg(DISTINCT w.name, ', ') FROM written w WHERE w.name NOT IN ({TOLD}) AND NOT w.claims \
         AND EXISTS (SELECT 1 FROM written o WHERE o.xid = w.xid AND o.bucket <> w.bucket AND o.name NOT IN ({TOLD}))"
    );
    assert_eq!(schema.run(&mixed), "", "rows of instances of several buckets in one transaction");
    let alone =
        "SELECT count(*) FROM (SELECT xid FROM written GROUP BY xid HAVING count(DISTINCT bucket) = 1) x";
    let several =
        "SELECT count(*) FROM (SELECT xid FROM written GROUP BY xid HAVING count(DISTINCT bucket) > 1) x";
    assert!(number(alone) > number(several), "most transactions are about one bucket");
}
