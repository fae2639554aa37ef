//! Exclusive and parallel gateways, conditions and defaults.

use hosk_core::*;

use crate::support::*;

fn choice() -> String {
    let elements = format!(
        r#"<startEvent id="s"/><exclusiveGateway id="x" default="x-c"/>{}{}{}"#,
        service("a"),
        service("b"),
        service("c")
    );
    process("p", &elements, "s -> x -[=n > 10]-> a\nx -[=n > 5]-> b\nx -> c")
}

#[test]
fn the_first_true_condition_wins_else_the_default() {
    assert_eq!(World::start(&choice(), r#"{"n": 11}"#).active(), "a");
    assert_eq!(World::start(&choice(), r#"{"n": 6}"#).active(), "b");
    assert_eq!(World::start(&choice(), r#"{"n": 1}"#).active(), "c");
}

#[test]
fn a_condition_that_is_no_boolean_is_an_incident_that_can_be_resolved() {
    let mut world = World::start(&choice(), r#"{"m": 1}"#);
    let incident = world.incident();
    assert_eq!(incident.kind, IncidentKind::ExtractValueError);
    assert!(incident.message.contains("n > 10"), "{}", incident.message);
    assert!(incident.message.contains("n = not there"), "{}", incident.message);
    let x = world.instance_of("x");
    assert_eq!(world.state().element_instance(x).unwrap().state(), ElementState::Completing);
    world.resolve();
    assert_eq!(world.state().incidents().count(), 1, "nothing was corrected");
    world.set(r#"{"n": 7}"#);
    world.resolve();
    assert_eq!(world.active(), "b");
}

#[test]
fn without_a_true_condition_and_a_default_there_is_an_incident() {
    let elements =
        format!(r#"<startEvent id="s"/><exclusiveGateway id="x"/>{}{}"#, service("a"), service("b"));
    let mut world =
        World::start(&process("p", &elements, "s -> x -[=n > 10]-> a\nx -[=n > 5]-> b"), r#"{"n": 1}"#);
    assert_eq!(world.incident().kind, IncidentKind::ConditionError);
    assert!(world.incident().message.contains("n = 1"));
    world.set(r#"{"n": 100}"#);
    world.resolve();
    assert_eq!(world.active(), "a");
}

#[test]
fn conditions_and_default_work_on_activities_too() {
    let elements = format!(
        r#"<startEvent id="s"/><task id="t" default="t-c"/>{}{}{}"#,
        service("a"),
        service("b"),
        service("c")
    );
    let model = process("p", &elements, "s -> t -[=n > 10]-> a\nt -[=n > 5]-> b\nt -> c");
    assert_eq!(World::start(&model, r#"{"n": 11}"#).active(), "a b");
    assert_eq!(World::start(&model, r#"{"n": 6}"#).active(), "b");
    assert_eq!(World::start(&model, r#"{"n": 1}"#).active(), "c");
}

fn fork_join() -> String {
    let elements = format!(
        r#"<startEvent id="s"/><parallelGateway id="f"/>{}{}<parallelGateway id="j"/>{}<endEvent id="e"/>"#,
        service("a"),
        service("b"),
        service("after")
    );
    process("p", &elements, "s -> f -> a -> j -> after -> e\nf -> b -> j")
}

#[test]
fn a_parallel_join_waits_for_every_flow() {
    let mut world = World::start(&fork_join(), "{}");
    assert_eq!(world.active(), "a b");
    world.complete("b", "{}");
    assert_eq!(world.active(), "a");
    world.complete("a", "{}");
    assert_eq!(world.active(), "after");
    assert_eq!(world.times("j"), 1);
    world.complete("after", "{}");
    world.assert_completed();
}

#[test]
fn a_join_takes_one_token_from_each_flow_and_leaves_the_rest() {
    // Two tokens arrive by a, one by b: the join fires once, one token stays and ends with the process.
    let elements = format!(
        r#"<startEvent id="s"/><parallelGateway id="f"/><task id="t"/><task id="u"/><exclusiveGateway id="m"/>{}{}
           <parallelGateway id="j"/>{}"#,
        service("a"),
        service("b"),
        service("after")
    );
    let paths = "s -> f -> t -> m -> a -> j -> after\nf -> u -> m\nf -> b -> j";
    let mut world = World::start(&process("p", &elements, paths), "{}");
    world.complete("a", "{}");
    world.complete("a", "{}");
    assert_eq!(world.active(), "b");
    world.complete("b", "{}");
    assert_eq!(world.active(), "after");
    world.complete("after", "{}");
    world.assert_completed();
    let discarded = world.events[&world.key()].iter().find_map(|e| match e {
        Event::TokensDiscarded { flows, .. } => Some(flows.clone()),
        _ => None,
    });
    assert_eq!(
        discarded,
        Some(vec![world.definition().index_of("a-j").unwrap()]),
        "the stuck token is reported"
    );
}

#[test]
fn a_join_that_can_never_fire_does_not_keep_the_process() {
    let elements = format!(
        r#"<startEvent id="s"/><exclusiveGateway id="x" default="x-b"/>{}{}<parallelGateway id="j"/><endEvent id="e"/>"#,
        service("a"),
        service("b")
    );
    let mut world =
        World::start(&process("p", &elements, "s -> x -[=true]-> a -> j -> e\nx -> b -> j"), "{}");
    world.complete("a", "{}");
    world.assert_completed();
    assert_eq!(world.times("j"), 0);
}
