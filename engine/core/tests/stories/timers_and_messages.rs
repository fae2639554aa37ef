//! Catch events and receive tasks: dates, durations, cycles, messages; message start.

use hosk_core::*;

use crate::support::*;

fn catch(definition: &str) -> String {
    let elements = format!(
        r#"<startEvent id="s"/><intermediateCatchEvent id="wait">{definition}</intermediateCatchEvent><endEvent id="e"/>"#
    );
    process("p", &elements, "s -> wait -> e")
}

fn timer(kind: &str, text: &str) -> String {
    catch(&format!("<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"))
}

fn due(world: &World) -> i64 {
    world.state().timers().next().expect("a timer").due.0 - 1_800_000_000_000
}

#[test]
fn a_duration_counts_from_now() {
    let mut world = World::start(&timer("timeDuration", "PT1H30M"), "{}");
    assert_eq!(due(&world), 5_400_000);
    world.advance(5_400_000);
    world.assert_completed();
}

#[test]
fn a_duration_may_be_computed() {
    let world = World::start(&timer("timeDuration", r#"=duration("PT" + string(n) + "M")"#), r#"{"n": 5}"#);
    assert_eq!(due(&world), 300_000);
}

#[test]
fn a_date_may_be_computed() {
    let world = World::start(&timer("timeDate", "=date and time(at)"), r#"{"at": "2027-01-15T08:00:01Z"}"#);
    assert_eq!(due(&world), 1000);
}

#[test]
fn a_wrong_timer_is_an_incident() {
    let mut world = World::start(&timer("timeDate", "=at"), r#"{"at": "tomorrow"}"#);
    assert_eq!(world.incident().kind, IncidentKind::ExtractValueError);
    assert!(world.incident().message.contains("tomorrow"));
    world.set(r#"{"at": "2027-01-15T08:00:00Z"}"#);
    world.resolve();
    world.advance(0);
    world.assert_completed();
}

fn repeating(cycle: &str) -> World {
    let elements = format!(
        r#"<startEvent id="s"/>{}<boundaryEvent id="tick" attachedToRef="work" cancelActivity="false">
             <timerEventDefinition><timeCycle>{cycle}</timeCycle></timerEventDefinition></boundaryEvent>
           <endEvent id="e"/>"#,
        service("work"),
    );
    World::start(&process("p", &elements, "s -> work -> e\ntick -> e"), "{}")
}

#[test]
fn a_cycle_keeps_its_anchor_and_missed_runs_fire_once() {
    let mut world = repeating("R/PT1H");
    world.advance(3_600_000 + 1234);
    assert_eq!(due(&world), 7_200_000, "no drift");
    world.advance(10 * 3_600_000);
    assert_eq!(world.times("tick"), 2, "ten missed runs fire once");
    assert_eq!(due(&world), 12 * 3_600_000);
}

#[test]
fn cron_text_repeats() {
    // 1,800,000,000 is 2027-01-15T08:00:00Z, a Friday.
    let mut world = repeating("0 0 9 * * Mon-Fri");
    assert_eq!(due(&world), 3_600_000);
    world.advance(3_600_000);
    assert_eq!(world.times("tick"), 1);
    assert_eq!(due(&world), 3_600_000 + 3 * 24 * 3_600_000, "Monday");
}

#[test]
fn a_cycle_without_now_as_its_anchor() {
    let mut world = repeating("R2/2027-01-15T08:00:10Z/PT1M");
    assert_eq!(due(&world), 10_000);
    world.advance(10_000);
    assert_eq!(due(&world), 70_000);
    world.advance(60_000);
    assert_eq!(world.state().timers().count(), 0);
    assert_eq!(world.times("tick"), 2);
}

const MESSAGE: &str = r#"<message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=order.id"/>
    </extensionElements></message>"#;

#[test]
fn a_message_brings_its_variables_and_comes_once() {
    let mut world = World::start(
        &(MESSAGE.to_owned() + &catch(r#"<messageEventDefinition messageRef="m"/>"#)),
        r#"{"order": {"id": 7}}"#,
    );
    let subscription = world.state().subscriptions().next().unwrap().key;
    world.publish("paid", "7", r#"{"sum": 12.50}"#);
    world.assert_completed();
    assert_eq!(world.variable("sum"), "12.50");
    let again =
        Command::CorrelateMessage { subscription, message: MessageKey(1), variables: Variables::new() };
    assert_eq!(world.command(again).unwrap_err().code, RejectionCode::SubscriptionNotFound);
}

#[test]
fn a_receive_task_waits_for_a_message() {
    let elements = r#"<startEvent id="s"/><receiveTask id="wait" messageRef="m"/><endEvent id="e"/>"#;
    let mut world = World::start(
        &(MESSAGE.to_owned() + &process("p", elements, "s -> wait -> e")),
        r#"{"order": {"id": "A"}}"#,
    );
    world.publish("paid", "A", "{}");
    world.assert_completed();
}

#[test]
fn a_process_may_start_at_a_message() {
    let elements = format!(
        r#"<startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>{}<endEvent id="e"/>"#,
        service("work")
    );
    let model = MESSAGE.to_owned() + &process("p", &elements, "s -> work -> e");
    let mut world = World::new(&model);
    let refused = world.create(ProcessDefinitionKey(1), "{}").unwrap_err();
    assert_eq!(refused.code, RejectionCode::NoPlainStart);
    let mut create = world.creation(ProcessDefinitionKey(1), r#"{"sum": 1}"#);
    create.start_event = compile(&model)[0].index_of("s");
    create.message = Some(MessageKey(5));
    world.create_with(create).unwrap();
    assert_eq!(world.active(), "work");
}
