//! Conditional events: they look when a variable they read changes, and go off when their condition becomes true.

use crate::support::*;

fn boundary(attributes: &str, filter: &str) -> String {
    let elements = format!(
        r#"<startEvent id="s"/>{}<boundaryEvent id="b" attachedToRef="work" {attributes}>
             <conditionalEventDefinition>{filter}<condition>=stock &lt; 10</condition></conditionalEventDefinition>
           </boundaryEvent><endEvent id="e"/>{}<endEvent id="f"/>"#,
        service("work"),
        service("handle"),
    );
    process("p", &elements, "s -> work -> e\nb -> handle -> f")
}

#[test]
fn a_condition_that_becomes_true_interrupts() {
    let mut world = World::start(&boundary("", ""), r#"{"stock": 12}"#);
    assert_eq!(world.state().conditions().count(), 1);
    world.set(r#"{"other": 1}"#);
    world.set(r#"{"stock": 11}"#);
    assert_eq!(world.active(), "work");
    world.set(r#"{"stock": 9}"#);
    assert_eq!(world.active(), "handle");
    assert_eq!(world.state().conditions().count(), 0);
    world.complete("handle", "{}");
    world.assert_completed();
}

#[test]
fn one_that_does_not_interrupt_needs_to_be_false_in_between() {
    let mut world = World::start(&boundary(r#"cancelActivity="false""#, ""), r#"{"stock": 9}"#);
    assert_eq!(world.active(), "handle work");
    world.set(r#"{"stock": 8}"#);
    assert_eq!(world.active(), "handle work");
    world.set(r#"{"stock": 10}"#);
    world.set(r#"{"stock": 9}"#);
    assert_eq!(world.active(), "handle handle work");
    world.complete("work", "{}");
    assert_eq!(world.state().conditions().count(), 0);
}

#[test]
fn what_a_job_gives_back_is_looked_at_before_its_element_leaves() {
    let mut world = World::start(&boundary("", ""), r#"{"stock": 12}"#);
    world.complete("work", r#"{"stock": 3}"#);
    assert_eq!(world.active(), "handle", "the condition comes before the completion that is queued");
}
