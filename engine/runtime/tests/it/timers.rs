//! Timers go off when they are due, all of them, and not before.

use std::time::Duration;

use hosk_runtime::{End, RestingPoint};

use crate::support::*;

fn sleeper(id: &str, duration: &str) -> String {
    let timer = format!(
        r#"<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">{duration}</bpmn:timeDuration></bpmn:timerEventDefinition>"#
    );
    process(
        id,
        &line(&[
            ("startEvent", "s", ""),
            ("intermediateCatchEvent", "pause", &timer),
            ("endEvent", "end", ""),
        ]),
    )
}

#[tokio::test]
async fn a_pinned_clock_decides_when() {
    let (engine, clock) = engine_standing_still().await;
    deploy(&engine, "nap", sleeper("nap", "PT10M")).await;
    let instance = create(&engine, "nap", &[]).await;
    let watch = engine.watch(instance).await.unwrap();
    let rest = watch.rest(PATIENCE).await.unwrap();
    assert!(
        matches!(&rest.points[..], [RestingPoint::Timer(timer)] if &*timer.element_id == "pause"),
        "{rest:?}"
    );
    let ended = tokio::spawn({
        let engine = engine.clone();
        async move { engine.await_end(instance, PATIENCE).await }
    });
    clock.advance(Duration::from_secs(599));
    engine.clock_moved();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!ended.is_finished());
    clock.advance(Duration::from_secs(2));
    engine.clock_moved();
    assert!(matches!(ended.await.unwrap().unwrap().end, End::Completed { .. }));
}

#[tokio::test]
async fn real_time_fires_too() {
    let engine = engine().await;
    deploy(&engine, "nap", sleeper("nap", "PT0.05S")).await;
    let request = hosk_runtime::CreateRequest::new("nap", variables(&[]));
    let (_, end) = engine.create_and_await(request, PATIENCE).await.unwrap();
    assert!(matches!(end.end, End::Completed { .. }));
}

#[tokio::test]
async fn a_thousand_due_at_once_all_go_off() {
    let (engine, clock) = engine_standing_still().await;
    deploy(&engine, "nap", sleeper("nap", "PT1H")).await;
    let creating = (0..1_000).map(|_| create(&engine, "nap", &[]));
    let created = futures::future::join_all(creating).await;
    let ends = created.into_iter().map(|instance| engine.await_end(instance, 3 * PATIENCE));
    let (ends, ()) = tokio::join!(futures::future::join_all(ends), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        clock.advance(Duration::from_secs(3_601));
        engine.clock_moved();
    });
    assert!(ends.iter().all(Result::is_ok));
}
