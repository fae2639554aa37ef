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

/// With evaluations of each condition for each change this would be a million of them, and as many when they open.
#[test]
fn a_thousand_conditions_over_a_thousand_variables() {
    const MANY: usize = 1_000;
    let event = |n: usize| {
        format!(
            r#"<boundaryEvent id="b{n}" attachedToRef="work" cancelActivity="false"><conditionalEventDefinition>
                 <condition>=v{n} &gt; 0</condition></conditionalEventDefinition></boundaryEvent>
               <endEvent id="e{n}"/>"#
        )
    };
    let events: String = (0..MANY).map(event).collect();
    let paths: Vec<_> = (0..MANY).map(|n| format!("b{n} -> e{n}")).collect();
    let elements = format!(r#"<startEvent id="s"/>{}{events}"#, service("work"));
    let values = |value: usize| {
        let all: Vec<_> = (0..MANY).map(|n| format!(r#""v{n}": {value}"#)).collect();
        format!("{{{}}}", all.join(", "))
    };
    let model = process("p", &elements, &format!("s -> work\n{}", paths.join("\n")));
    let mut world = World::start(&model, &values(0));
    assert_eq!(world.state().conditions().count(), MANY);
    let began = world.events[&world.key()].len();
    world.set(&values(1));
    assert_eq!(world.state().conditions().filter(|(.., holds)| *holds).count(), MANY);
    // For each: the variable, the condition, and the life of boundary event and end event.
    let happened = world.events[&world.key()].len() - began;
    assert!(happened < 20 * MANY, "{happened} events");
    world.complete("work", "{}");
    world.assert_completed();
}

/// A variable of one child is nobody else's.
#[test]
fn a_variable_of_one_child_leads_to_its_own_condition_only() {
    let inside = format!(
        r#"<subProcess id="each"><multiInstanceLoopCharacteristics><extensionElements>
             <zeebe:loopCharacteristics inputCollection="=numbers" inputElement="n"/></extensionElements>
           </multiInstanceLoopCharacteristics><startEvent id="ms"/><intermediateCatchEvent id="wait">
             <conditionalEventDefinition><condition>=n = 0</condition></conditionalEventDefinition>
           </intermediateCatchEvent><endEvent id="me"/>{}</subProcess>"#,
        flows("ms -> wait -> me"),
    );
    let elements = format!(r#"<startEvent id="s"/>{inside}<endEvent id="e"/>"#);
    let mut world = World::start(&process("p", &elements, "s -> each -> e"), r#"{"numbers": [1, 2, 3]}"#);
    let owners: Vec<_> = world.state().conditions().map(|(owner, ..)| owner).collect();
    let of = |world: &World, at: usize| {
        world.state().element_instance(owners[at]).map(hosk_core::ElementInstance::scope)
    };
    for (left, at) in [(2, 1), (1, 0), (0, 2)] {
        let scope = of(&world, at).expect("it waits");
        let set =
            hosk_core::Command::SetVariables { scope, variables: variables(r#"{"n": 0}"#), local: true };
        world.command(set).expect("set");
        assert_eq!(world.state().conditions().count(), left);
    }
    world.assert_completed();
}

#[test]
fn what_a_job_gives_back_is_looked_at_before_its_element_leaves() {
    let mut world = World::start(&boundary("", ""), r#"{"stock": 12}"#);
    world.complete("work", r#"{"stock": 3}"#);
    assert_eq!(world.active(), "handle", "the condition comes before the completion that is queued");
}
