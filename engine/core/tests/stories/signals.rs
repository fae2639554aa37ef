//! Signals: for everybody who waits, taken once each, and thrown with what the thrower itself has.

use hosk_core::*;

use crate::support::*;

const SIGNAL: &str = r#"<signal id="S" name="halt"/>"#;
const DEFINITION: &str = r#"<signalEventDefinition signalRef="S"/>"#;

fn waiting(more: &str) -> String {
    let elements = format!(
        r#"<startEvent id="s"/>{}<boundaryEvent id="b" attachedToRef="work" {more}>{DEFINITION}</boundaryEvent>{}
           <endEvent id="e"/><endEvent id="f"/>"#,
        service("work"),
        service("after"),
    );
    format!("{SIGNAL}{}", process("p", &elements, "s -> work -> e\nb -> after -> f"))
}

fn open(world: &World) -> Vec<SubscriptionKey> {
    world.state().signal_subscriptions().map(|subscription| subscription.key).collect()
}

#[test]
fn an_interrupting_one_takes_a_signal_and_closes() {
    let mut world = World::start(&waiting(""), "{}");
    let [subscription] = open(&world)[..] else { panic!("one") };
    assert_eq!(world.signal("halt", r#"{"why": "fire"}"#), 1);
    assert_eq!((world.active().as_str(), world.variable("why").as_str()), ("after", "\"fire\""));
    assert!(open(&world).is_empty());
    let again = Command::ReceiveSignal { subscription, signal: SignalKey(1), variables: Variables::new() };
    let refused = world.command(again).expect_err("refused");
    assert_eq!(refused.code, RejectionCode::SubscriptionNotFound);
    assert_eq!(world.signal("halt", "{}"), 0);
}

#[test]
fn a_non_interrupting_one_takes_each_signal_once() {
    let mut world = World::start(&waiting(r#"cancelActivity="false""#), "{}");
    let [subscription] = open(&world)[..] else { panic!("one") };
    let signal =
        |key| Command::ReceiveSignal { subscription, signal: SignalKey(key), variables: Variables::new() };
    world.command(signal(1)).unwrap();
    world.command(signal(2)).unwrap();
    for key in [1, 2] {
        let refused = world.command(signal(key)).expect_err("refused");
        assert_eq!(refused.code, RejectionCode::SignalAlreadyReceived, "{key}");
    }
    assert_eq!(world.active(), "after after work");
    world.complete("work", "{}");
    assert!(open(&world).is_empty(), "it closes with its activity");
}

#[test]
fn variables_that_are_too_large_are_refused_before_anything_happens() {
    let mut world = World::start(&waiting(""), "{}");
    let [subscription] = open(&world)[..] else { panic!("one") };
    let large = format!(r#"{{"large": "{}"}}"#, "x".repeat(limits::VARIABLE_BYTES));
    let command = Command::ReceiveSignal { subscription, signal: SignalKey(1), variables: variables(&large) };
    assert_eq!(world.command(command).expect_err("refused").code, RejectionCode::VariableTooLarge);
    assert_eq!(open(&world), [subscription]);
}

#[test]
fn what_is_thrown_takes_along_what_the_thrower_itself_has() {
    let input = r#"<extensionElements><zeebe:ioMapping><zeebe:input source="=amount" target="sum"/></zeebe:ioMapping></extensionElements>"#;
    for (kind, rest, path) in
        [("intermediateThrowEvent", r#"<endEvent id="e"/>"#, "s -> x -> e"), ("endEvent", "", "s -> x")]
    {
        let element = format!(r#"<startEvent id="s"/><{kind} id="x">{input}{DEFINITION}</{kind}>{rest}"#);
        let world = World::start(
            &format!("{SIGNAL}{}", process("p", &element, path)),
            r#"{"amount": 5, "secret": true}"#,
        );
        world.assert_completed();
        let thrown: Vec<_> = world.events[&world.key()]
            .iter()
            .filter_map(|event| match effects_of(event) {
                Some(Effect::BroadcastSignal(signal)) => Some(signal),
                _ => None,
            })
            .collect();
        let [signal] = &thrown[..] else { panic!("{kind} throws once") };
        assert_eq!((&*signal.name, &*signal.tenant), ("halt", "<default>"), "{kind}");
        assert_eq!(signal.variables, variables(r#"{"sum": 5}"#), "{kind}");
    }
}

#[test]
fn an_interrupting_signal_is_taken_in_while_suspended_and_goes_on_later() {
    let mut world = World::start(&waiting(""), "{}");
    world.command(Command::Suspend).unwrap();
    assert_eq!(world.signal("halt", "{}"), 1);
    assert!(!world.has_job("after"), "nothing begins while it is suspended");
    world.command(Command::Resume).unwrap();
    assert!(world.has_job("after"));
}

#[test]
fn a_canceled_instance_waits_no_more() {
    let mut world = World::start(&waiting(""), "{}");
    world.command(Command::Cancel { by: None }).unwrap();
    assert_eq!(world.signal("halt", "{}"), 0);
}
