//! Where an instance comes to rest, as the person who completed a task is told.

use hosk_runtime::{Passed, RestingPoint};

use crate::support::*;

const USER: &str = "<bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements>";

#[tokio::test]
async fn completing_a_task_tells_what_passed_and_what_comes_next() {
    let engine = engine().await;
    let xml = line(&[
        ("startEvent", "s", ""),
        ("userTask", "first", USER),
        ("manualTask", "between", ""),
        ("userTask", "second", USER),
        ("endEvent", "end", ""),
    ]);
    deploy(&engine, "two", process("two", &xml)).await;
    let instance = create(&engine, "two", &[]).await;
    let rest = engine.watch(instance).await.unwrap().rest(PATIENCE).await.unwrap();
    let [RestingPoint::UserTask(task)] = &rest.points[..] else { panic!("{rest:?}") };
    let by = Some("anna".into());
    let (receipt, watch) = engine
        .complete_user_task_watched(task.key, variables(&[("ok", "true")]), String::new(), by)
        .await
        .unwrap();
    let rest = watch.rest(PATIENCE).await.unwrap();
    assert_eq!(receipt.instance, instance);
    let passed: Vec<&str> = rest
        .passed
        .iter()
        .map(|fact| match fact {
            Passed::Element(element) => &*element.element_id,
            Passed::Job(job) => &*job.element_id,
        })
        .collect();
    assert_eq!(passed, ["first", "between"]);
    let [RestingPoint::UserTask(task)] = &rest.points[..] else { panic!("{rest:?}") };
    assert_eq!(&*task.element_id, "second");
    let (_, watch) =
        engine.complete_user_task_watched(task.key, variables(&[]), String::new(), None).await.unwrap();
    let rest = watch.rest(PATIENCE).await.unwrap();
    assert!(rest.at_rest && rest.ended.is_some() && rest.points.is_empty(), "{rest:?}");
}

#[tokio::test]
async fn a_task_of_a_called_process_leads_to_the_next_task_of_the_caller() {
    let engine = engine().await;
    let called =
        r#"<bpmn:extensionElements><zeebe:calledElement processId="inner"/></bpmn:extensionElements>"#;
    let inner = line(&[("startEvent", "s", ""), ("userTask", "inside", USER), ("endEvent", "end", "")]);
    let outer = line(&[
        ("startEvent", "s", ""),
        ("callActivity", "call", called),
        ("userTask", "outside", USER),
        ("endEvent", "end", ""),
    ]);
    deploy(&engine, "inner", process("inner", &inner)).await;
    deploy(&engine, "outer", process("outer", &outer)).await;
    let instance = create(&engine, "outer", &[]).await;
    let rest = engine.watch(instance).await.unwrap().rest(PATIENCE).await.unwrap();
    let [RestingPoint::UserTask(task)] = &rest.points[..] else { panic!("{rest:?}") };
    assert_eq!(&*task.element_id, "inside");
    let (_, watch) =
        engine.complete_user_task_watched(task.key, variables(&[]), String::new(), None).await.unwrap();
    let rest = watch.rest(PATIENCE).await.unwrap();
    let [RestingPoint::UserTask(task)] = &rest.points[..] else { panic!("{rest:?}") };
    assert_eq!((&*task.element_id, task.instance), ("outside", instance));
}
