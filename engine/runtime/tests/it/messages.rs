//! Messages reach who waits, once, now or when someone comes to wait.

use std::time::Duration;

use hosk_runtime::{End, Error, Message};

use crate::support::*;

fn message(name: &str, key: &str, seconds: u64) -> Message {
    Message {
        tenant: hosk_runtime::DEFAULT_TENANT.into(),
        name: name.into(),
        correlation_key: key.into(),
        time_to_live: Duration::from_secs(seconds),
        message_id: None,
        variables: variables(&[("brought", "\"yes\"")]),
    }
}

fn waiting(id: &str) -> String {
    let catch = r#"<bpmn:messageEventDefinition messageRef="m"/>"#;
    process(
        id,
        &line(&[
            ("startEvent", "s", ""),
            ("intermediateCatchEvent", "catch", catch),
            ("endEvent", "end", ""),
        ]),
    )
}

#[tokio::test]
async fn a_message_reaches_the_one_who_waits() {
    let engine = engine().await;
    deploy(&engine, "w", waiting("w")).await;
    let mine = create(&engine, "w", &[("key", "\"a\"")]).await;
    let other = create(&engine, "w", &[("key", "\"b\"")]).await;
    let ended = tokio::spawn({
        let engine = engine.clone();
        async move { engine.await_end(mine, PATIENCE).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let correlated = engine.correlate(message("go", "a", 0)).await.unwrap();
    assert_eq!(correlated.instance, mine);
    let End::Completed { variables } = ended.await.unwrap().unwrap().end else { panic!() };
    assert_eq!(variables["brought"].text(), "\"yes\"");
    let again = engine.correlate(message("go", "a", 0)).await;
    assert!(matches!(again, Err(Error::NothingCorrelated { .. })), "{again:?}");
    assert_eq!(engine.correlate(message("go", "b", 0)).await.unwrap().instance, other);
}

#[tokio::test]
async fn a_message_that_came_early_waits_for_its_subscriber() {
    let engine = engine().await;
    deploy(&engine, "w", waiting("w")).await;
    engine.publish(message("go", "later", 60)).await.unwrap();
    let request = hosk_runtime::CreateRequest::new("w", variables(&[("key", "\"later\"")]));
    let (_, end) = engine.create_and_await(request, PATIENCE).await.unwrap();
    assert!(matches!(end.end, End::Completed { .. }));
}

#[tokio::test]
async fn a_message_with_the_same_id_is_taken_once() {
    let engine = engine().await;
    let with_id = || Message { message_id: Some("id-1".into()), ..message("go", "x", 60) };
    engine.publish(with_id()).await.unwrap();
    assert!(matches!(engine.publish(with_id()).await, Err(Error::MessageExists { .. })));
}

#[tokio::test]
async fn a_message_starts_an_instance() {
    let engine = engine().await;
    let start = r#"<bpmn:messageEventDefinition messageRef="m_start"/>"#;
    let xml = line(&[
        ("startEvent", "s", start),
        ("serviceTask", "task", &job("begun", "")),
        ("endEvent", "end", ""),
    ]);
    deploy(&engine, "started", process("started", &xml)).await;
    let correlated = engine.correlate(message("begin", "", 0)).await.unwrap();
    let job = jobs(&engine, "begun", 1).await.remove(0);
    assert_eq!(job.instance, correlated.instance);
    assert_eq!(job.variables["brought"].text(), "\"yes\"");
}

#[tokio::test]
async fn of_many_racing_messages_one_is_taken() {
    let engine = engine().await;
    deploy(&engine, "w", waiting("w")).await;
    create(&engine, "w", &[("key", "\"a\"")]).await;
    let racing = (0..20).map(|_| engine.correlate(message("go", "a", 0)));
    let results = futures::future::join_all(racing).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
}

/// start → publishes "go" for the variable `to` → end.
fn throwing(id: &str, more: &str) -> String {
    let publish = format!(
        r#"<bpmn:extensionElements><zeebe:publishMessage correlationKey="=to" {more}/><zeebe:ioMapping><zeebe:input source="=said" target="brought"/></zeebe:ioMapping></bpmn:extensionElements><bpmn:messageEventDefinition messageRef="m"/>"#
    );
    process(
        id,
        &line(&[
            ("startEvent", "s", ""),
            ("intermediateThrowEvent", "throw", &publish),
            ("endEvent", "end", ""),
        ]),
    )
}

#[tokio::test]
async fn one_instance_tells_another() {
    let engine = engine().await;
    deploy(&engine, "w", waiting("w")).await;
    deploy(&engine, "t", throwing("t", "")).await;
    let first = create(&engine, "w", &[("key", "\"a\"")]).await;
    let second = create(&engine, "w", &[("key", "\"a\"")]).await;
    for (instance, said) in [(first, "\"one\""), (second, "\"two\"")] {
        // Waited for before it is told, so that the end brings its variables along.
        let entries = [("to", "\"a\""), ("said", said)];
        let (end, _) = tokio::join!(engine.await_end(instance, PATIENCE), create(&engine, "t", &entries));
        let End::Completed { variables } = end.unwrap().end else { panic!("{instance} gets its message") };
        assert_eq!(variables["brought"].text(), said);
    }
}

#[tokio::test]
async fn a_thrown_message_waits_for_its_time_to_live_and_is_told_apart_by_its_id() {
    let engine = engine().await;
    deploy(&engine, "w", waiting("w")).await;
    deploy(&engine, "t", throwing("t", r#"timeToLive="PT1H" messageId="=id""#)).await;
    for said in ["1", "2"] {
        let entries = [("to", "\"a\""), ("said", said), ("id", "\"same\"")];
        let request = hosk_runtime::CreateRequest::new("t", variables(&entries));
        engine.create_and_await(request, PATIENCE).await.unwrap();
    }
    let request = hosk_runtime::CreateRequest::new("w", variables(&[("key", "\"a\"")]));
    let (_, end) = engine.create_and_await(request, PATIENCE).await.unwrap();
    let End::Completed { variables } = end.end else { panic!("it was kept") };
    assert_eq!(variables["brought"].text(), "1");
    // The second one had the id of the first, which lived: there is no other.
    create(&engine, "w", &[("key", "\"a\"")]).await;
    let again = engine.correlate(message("go", "a", 0)).await;
    assert!(again.is_ok(), "it still waits: {again:?}");
}

#[tokio::test]
async fn many_thrown_messages_all_arrive() {
    let engine = engine().await;
    deploy(&engine, "w", waiting("w")).await;
    deploy(&engine, "t", throwing("t", r#"timeToLive="PT1H""#)).await;
    for number in 0..200 {
        let number = number.to_string();
        create(&engine, "t", &[("to", &number), ("said", &number)]).await;
    }
    for number in 0..200 {
        let number = number.to_string();
        let request = hosk_runtime::CreateRequest::new("w", variables(&[("key", &number)]));
        let (_, end) = engine.create_and_await(request, PATIENCE).await.unwrap();
        let End::Completed { variables } = end.end else { panic!("{number}") };
        assert_eq!(variables["brought"].text(), number);
    }
}

/// Two pools without a word about correlation: an order begins the seller, whose answer comes after a job.
fn shop() -> String {
    let pool = |id: &str, elements: &str| {
        format!(r#"<bpmn:process id="{id}" isExecutable="true">{elements}</bpmn:process>"#)
    };
    let takes = |source: &str, target: &str| {
        format!(
            r#"<bpmn:extensionElements><zeebe:ioMapping><zeebe:input source="={source}" target="{target}"/></zeebe:ioMapping></bpmn:extensionElements>"#
        )
    };
    let event = "<bpmn:messageEventDefinition/>";
    let (order, answer) = (takes("item", "ordered"), takes("ordered", "delivered") + event);
    let customer =
        [("startEvent", "need", ""), ("sendTask", "order", &order), ("receiveTask", "delivery", "")];
    let pack = job("pack", "");
    let seller =
        [("startEvent", "begun", event), ("serviceTask", "pack", &pack), ("endEvent", "sent", &answer)];
    format!(
        r#"<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://hosk.dev/test" id="shop">
  <bpmn:collaboration id="trade"><bpmn:participant id="pc" processRef="customer"/>
  <bpmn:participant id="ps" processRef="seller"/><bpmn:messageFlow id="m1" sourceRef="order" targetRef="begun"/>
  <bpmn:messageFlow id="m2" sourceRef="sent" targetRef="delivery"/></bpmn:collaboration>
  {}{}</bpmn:definitions>"#,
        pool("customer", &line(&customer)),
        pool("seller", &line(&seller).replace(r#"id="f"#, r#"id="g"#))
    )
}

#[tokio::test]
async fn message_flows_bring_the_answer_to_who_asked() {
    let engine = engine().await;
    deploy(&engine, "shop", shop()).await;
    let customers = ["\"book\"", "\"pen\""].map(|item| {
        let engine = engine.clone();
        tokio::spawn(async move {
            let request = hosk_runtime::CreateRequest::new("customer", variables(&[("item", item)]));
            let (_, end) = engine.create_and_await(request, PATIENCE).await.unwrap();
            let End::Completed { variables } = end.end else { panic!("it did not complete") };
            assert_eq!(variables["delivered"].text(), item);
        })
    });
    let mut packing = jobs(&engine, "pack", 2).await;
    while packing.len() < 2 {
        packing.extend(jobs(&engine, "pack", 2).await);
    }
    for job in packing.iter().rev() {
        complete(&engine, job, &[]).await;
    }
    for customer in customers {
        customer.await.unwrap();
    }
}
