//! Boundary events: timer, message; interrupting or not; on tasks, sub-processes and multi-instance bodies.

use hosk_core::*;

use crate::support::*;

fn with_timer(interrupting: bool, timer: &str) -> String {
    let elements = format!(
        r#"<startEvent id="s"/>{}<boundaryEvent id="late" attachedToRef="work" cancelActivity="{interrupting}">
             <timerEventDefinition>{timer}</timerEventDefinition></boundaryEvent>{}<endEvent id="e"/>"#,
        service("work"),
        service("remind")
    );
    process("p", &elements, "s -> work -> e\nlate -> remind")
}

#[test]
fn an_interrupting_timer_stops_its_activity_first() {
    let mut world = World::start(&with_timer(true, "<timeDuration>PT1H</timeDuration>"), "{}");
    let job = world.job("work");
    world.advance(3_599_999);
    assert_eq!(world.active(), "work");
    world.advance(1);
    assert_eq!(world.active(), "remind");
    let story = world.story();
    let at = |line: &str| story.iter().position(|l| l == line).unwrap_or_else(|| panic!("{line}: {story:?}"));
    assert!(at("work terminated") < at("late activated"));
    let late = Command::complete_job(job, Variables::new());
    assert_eq!(world.command(late).unwrap_err().code, RejectionCode::JobNotFound);
    world.complete("remind", "{}");
    world.assert_completed();
}

#[test]
fn a_non_interrupting_cycle_repeats_as_often_as_it_says() {
    let mut world = World::start(&with_timer(false, "<timeCycle>R3/PT1H</timeCycle>"), "{}");
    for _ in 0..5 {
        world.advance(3_600_000);
    }
    assert_eq!(world.times("late"), 3);
    world.complete("work", "{}");
    for _ in 0..3 {
        world.complete("remind", "{}");
    }
    world.assert_completed();
}

#[test]
fn a_timer_closes_with_its_activity() {
    let mut world = World::start(&with_timer(true, "<timeDuration>PT1H</timeDuration>"), "{}");
    let timer = world.state().timers().next().unwrap().key;
    world.complete("work", "{}");
    world.assert_completed();
    let refused = world.command(Command::TriggerTimer { timer }).unwrap_err();
    assert_eq!(refused.code, RejectionCode::TimerNotFound);
}

#[test]
fn a_timer_is_not_triggered_before_its_time() {
    let mut world = World::start(&with_timer(true, "<timeDuration>PT1H</timeDuration>"), "{}");
    let timer = world.state().timers().next().unwrap().key;
    let refused = world.command(Command::TriggerTimer { timer }).unwrap_err();
    assert_eq!(refused.code, RejectionCode::TimerNotDue);
}

fn with_message(interrupting: bool) -> String {
    let elements = format!(
        r#"<startEvent id="s"/><subProcess id="sub"><startEvent id="is"/>{}<endEvent id="ie"/>{}</subProcess>
           <boundaryEvent id="stop" attachedToRef="sub" cancelActivity="{interrupting}">
             <messageEventDefinition messageRef="m"/></boundaryEvent>{}<endEvent id="e"/>"#,
        service("inner"),
        flows("is -> inner -> ie"),
        service("after"),
    );
    let message = r#"<message id="m" name="stop"><extensionElements><zeebe:subscription correlationKey="=id"/>
        </extensionElements></message>"#;
    message.to_owned() + &process("p", &elements, "s -> sub -> e\nstop -> after")
}

#[test]
fn an_interrupting_message_stops_the_sub_process_innermost_first() {
    let mut world = World::start(&with_message(true), r#"{"id": "o1"}"#);
    world.publish("stop", "o1", r#"{"reason": "no"}"#);
    assert_eq!(world.active(), "after");
    assert_eq!(world.variable("reason"), r#""no""#);
    let story = world.story();
    let at = |line: &str| story.iter().position(|l| l == line).unwrap_or_else(|| panic!("{line}: {story:?}"));
    assert!(at("inner terminated") < at("sub terminated"));
    assert!(at("sub terminated") < at("stop activated"));
    world.complete("after", "{}");
    world.assert_completed();
}

#[test]
fn a_non_interrupting_message_comes_more_than_once_but_each_message_once() {
    let mut world = World::start(&with_message(false), r#"{"id": "o1"}"#);
    world.publish("stop", "o1", "{}");
    world.publish("stop", "o1", "{}");
    assert_eq!(world.times("stop"), 2);
    let subscription = world.state().subscriptions().next().unwrap();
    let (subscription, message) = (subscription.key, subscription.received[0]);
    let again = Command::CorrelateMessage { subscription, message, variables: Variables::new() };
    assert_eq!(world.command(again).unwrap_err().code, RejectionCode::MessageAlreadyCorrelated);
    world.complete("inner", "{}");
    world.complete("after", "{}");
    world.complete("after", "{}");
    world.assert_completed();
}

#[test]
fn a_failing_expression_is_an_incident_before_anything_waits() {
    let mut world = World::start(&with_message(true), "{}");
    assert_eq!(world.incident().kind, IncidentKind::ExtractValueError);
    assert!(world.incident().message.contains("id = not there"), "{}", world.incident().message);
    assert_eq!(world.state().subscriptions().count(), 0);
    assert_eq!(world.active(), "sub");
    world.set(r#"{"id": 17}"#);
    world.resolve();
    assert_eq!(world.active(), "inner sub");
    world.publish("stop", "17", "{}");
    assert_eq!(world.active(), "after");
}

#[test]
fn boundary_events_of_a_multi_instance_activity_sit_on_its_body() {
    let elements = format!(
        r#"<startEvent id="s"/>{}<boundaryEvent id="late" attachedToRef="work">
             <timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition></boundaryEvent>
           <endEvent id="e"/>{}"#,
        service_with(
            "work",
            r#"<multiInstanceLoopCharacteristics><extensionElements>
               <zeebe:loopCharacteristics inputCollection="=[1,2,3]"/></extensionElements>
               </multiInstanceLoopCharacteristics>"#
        ),
        service("after")
    );
    let mut world = World::start(&process("p", &elements, "s -> work -> e\nlate -> after"), "{}");
    assert_eq!(world.state().timers().count(), 1);
    assert_eq!(world.state().jobs().count(), 3);
    world.advance(60_000);
    assert_eq!(world.active(), "after");
    assert_eq!(world.state().jobs().count(), 1);
}
