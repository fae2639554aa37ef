//! Event sub-processes: message and timer, interrupting or not.

use crate::support::*;

fn with(interrupting: bool, definition: &str) -> String {
    let elements = format!(
        r#"<startEvent id="s"/>{}<endEvent id="e"/>
           <subProcess id="esp" triggeredByEvent="true"><startEvent id="es" isInterrupting="{interrupting}">{definition}</startEvent>
             {}<endEvent id="ee"/>{}</subProcess>"#,
        service("work"),
        service("handle"),
        flows("es -> handle -> ee")
    );
    let message = r#"<message id="m" name="news"><extensionElements><zeebe:subscription correlationKey="=id"/>
        </extensionElements></message>"#;
    message.to_owned() + &process("p", &elements, "s -> work -> e")
}

const MESSAGE: &str = r#"<messageEventDefinition messageRef="m"/>"#;
const TIMER: &str = r"<timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition>";

#[test]
fn an_interrupting_one_stops_everything_beside_it() {
    let mut world = World::start(&with(true, MESSAGE), r#"{"id": "1"}"#);
    world.publish("news", "1", r#"{"text": "hello"}"#);
    assert_eq!(world.active(), "esp handle");
    assert_eq!(world.variable("text"), r#""hello""#);
    assert_eq!(world.state().subscriptions().count(), 0);
    world.complete("handle", "{}");
    world.assert_completed();
}

#[test]
fn a_non_interrupting_one_runs_beside_it_as_often_as_it_is_triggered() {
    let mut world = World::start(&with(false, MESSAGE), r#"{"id": "1"}"#);
    world.publish("news", "1", "{}");
    world.publish("news", "1", "{}");
    assert_eq!(world.active(), "esp esp handle handle work");
    world.complete("work", "{}");
    assert!(!world.state().is_ended(), "the process waits for them");
    world.complete("handle", "{}");
    world.complete("handle", "{}");
    world.assert_completed();
}

#[test]
fn a_timer_starts_one_too_and_closes_with_its_container() {
    let mut world = World::start(&with(true, TIMER), "{}");
    world.advance(60_000);
    assert_eq!(world.active(), "esp handle");
    let mut world = World::start(&with(true, TIMER), "{}");
    world.complete("work", "{}");
    world.assert_completed();
}
