//! What has ended is removed when its time to live is over, and its history is in the archive.

use std::sync::Arc;
use std::time::Duration;

use hosk_core::ProcessInstanceKey;
use hosk_runtime::{ControllableClock, Engine, Retention, RetentionSettings};
use hosk_store::{Memory, Queries, Sqlite, Store};

use crate::support::*;

const DAY: Duration = Duration::from_hours(24);

/// A process of one task that a call activity of another calls; the outer one says how long it is kept.
fn files() -> [(&'static str, String); 2] {
    let call = r#"<bpmn:extensionElements><zeebe:calledElement processId="inner"/></bpmn:extensionElements>"#;
    let outer = process(
        "outer",
        &line(&[("startEvent", "s", ""), ("callActivity", "c", call), ("endEvent", "end", "")]),
    );
    let lives = r#"<bpmn:extensionElements><zeebe:properties><zeebe:property name="historyTimeToLive" value="P2D"/></zeebe:properties></bpmn:extensionElements><bpmn:startEvent"#;
    [("inner", one_task("inner", "work")), ("outer", outer.replacen("<bpmn:startEvent", lives, 1))]
}

async fn run_through(engine: &Engine, id: &str) -> ProcessInstanceKey {
    let instance = create(engine, id, &[("order", "\"O-1\"")]).await;
    let job = jobs(engine, "work", 1).await.remove(0);
    complete(engine, &job, &[]).await;
    instance
}

async fn there<S: Queries + ?Sized>(store: &S, instances: &[ProcessInstanceKey]) -> Vec<bool> {
    let mut there = Vec::new();
    for instance in instances {
        there.push(store.process_instance(*instance).await.unwrap().is_some());
    }
    there
}

async fn what_ended_goes_when_its_time_is_over<S>(store: Arc<S>)
where
    S: Store + Queries + hosk_store::RemovalStore,
{
    let clock = Arc::new(ControllableClock::default());
    let engine = start_with(store.clone(), hosk_connector::Registry::new(), clock.clone()).await;
    for (name, xml) in files() {
        deploy(&engine, name, xml).await;
    }
    let (outer, inner) = (run_through(&engine, "outer").await, run_through(&engine, "inner").await);
    let running = create(&engine, "outer", &[]).await;
    let all = [outer, inner, running];
    let folder = tempfile::tempdir().unwrap();
    let settings = RetentionSettings {
        time_to_live: Some("P10D".parse().unwrap()),
        archive: Some(folder.path().join("archive")),
    };
    let retention = Retention::new(&engine, store.clone(), store.clone(), settings);
    assert_eq!(retention.sweep().await.unwrap(), 0);
    clock.advance(3 * DAY);
    assert_eq!(retention.sweep().await.unwrap(), 1, "the process says two days");
    assert_eq!(there(&*store, &all).await, [false, true, true]);
    clock.advance(8 * DAY);
    assert_eq!(retention.sweep().await.unwrap(), 1, "the installation says ten days");
    assert_eq!(retention.sweep().await.unwrap(), 0);
    assert_eq!(there(&*store, &all).await, [false, false, true]);
    let mut lines = Vec::new();
    for file in std::fs::read_dir(folder.path().join("archive")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        lines.extend(text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()));
    }
    lines.sort_by_key(|line| line["processInstanceKey"].as_str().unwrap().to_owned());
    assert_eq!(lines.len(), 3, "the outer one, what it called, the inner one");
    let outer_line = &lines[0];
    assert_eq!(outer_line["processInstanceKey"], outer.0.to_string());
    assert_eq!(
        (&outer_line["processDefinitionId"], &outer_line["state"]),
        (&"outer".into(), &"COMPLETED".into())
    );
    assert_eq!(lines[1]["rootProcessInstanceKey"], outer.0.to_string());
    assert!(outer_line["history"].to_string().contains("O-1"), "{outer_line}");
}

#[tokio::test]
async fn in_memory() {
    what_ended_goes_when_its_time_is_over(Arc::new(Memory::new())).await;
}

#[tokio::test]
async fn in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let store =
        Sqlite::open(&folder.path().join("hosk.db"), hosk_store::sqlite::Options::default()).await.unwrap();
    what_ended_goes_when_its_time_is_over(Arc::new(store)).await;
}
