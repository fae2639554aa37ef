//! Embedded sub-processes and the terminate end event.

use crate::support::*;

fn nested() -> String {
    let inner = format!(
        r#"<startEvent id="is"/>{}<endEvent id="ie"/>{}"#,
        service("inner"),
        flows("is -> inner -> ie")
    );
    let elements = format!(
        r#"<startEvent id="s"/><subProcess id="sub">
             <extensionElements><zeebe:ioMapping><zeebe:input source="=n" target="m"/><zeebe:output source="=m + 1" target="result"/></zeebe:ioMapping></extensionElements>
             {inner}</subProcess>{}<endEvent id="e"/>"#,
        service("after")
    );
    process("p", &elements, "s -> sub -> after -> e")
}

#[test]
fn a_sub_process_ends_when_nothing_in_it_is_active() {
    let mut world = World::start(&nested(), r#"{"n": 1}"#);
    assert_eq!(world.active(), "inner sub");
    world.complete("inner", r#"{"m": 41}"#);
    assert_eq!(world.active(), "after");
    assert_eq!(world.variable("result"), "42");
    assert_eq!(world.variable("m"), "none", "a local variable stays inside");
    world.complete("after", "{}");
    world.assert_completed();
}

#[test]
fn terminate_ends_its_own_scope_normally() {
    let elements = format!(
        r#"<startEvent id="s"/><subProcess id="sub"><startEvent id="is"/><parallelGateway id="f"/>{}{}
             <endEvent id="stop"><terminateEventDefinition/></endEvent>{}</subProcess>{}"#,
        service("a"),
        service("b"),
        flows("is -> f -> a\nf -> b -> stop"),
        service("after")
    );
    let mut world = World::start(&process("p", &elements, "s -> sub -> after"), "{}");
    world.complete("b", "{}");
    assert_eq!(world.active(), "after");
    assert!(world.story().contains(&"a terminated".to_owned()));
    assert!(world.story().contains(&"sub completed".to_owned()));
    world.complete("after", "{}");
    world.assert_completed();
}

#[test]
fn terminate_at_the_top_completes_the_process() {
    let elements = format!(
        r#"<startEvent id="s"/><parallelGateway id="f"/>{}<parallelGateway id="j"/>{}
           <endEvent id="stop"><terminateEventDefinition/></endEvent>"#,
        service("a"),
        service("b")
    );
    let mut world = World::start(&process("p", &elements, "s -> f -> a -> j\nf -> b -> stop\nf -> j"), "{}");
    world.complete("b", "{}");
    world.assert_completed();
}
