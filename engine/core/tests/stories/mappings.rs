//! Input and output mappings, and where variables go without them.

use hosk_core::*;

use crate::support::*;

fn mapped(mapping: &str) -> World {
    let elements = format!(
        r#"<startEvent id="s"/>{}<endEvent id="e"/>"#,
        service_with("work", &format!("<zeebe:ioMapping>{mapping}</zeebe:ioMapping>"))
    );
    World::start(&process("p", &elements, "s -> work -> e"), r#"{"order": {"id": 7, "total": 1.10}}"#)
}

fn local(world: &World, name: &str) -> String {
    let variables = world.state().local_variables(world.instance_of("work"));
    variables.get(name).map_or("none".to_owned(), |v| v.text().to_owned())
}

#[test]
fn inputs_are_local_and_in_order() {
    let world = mapped(
        r#"<zeebe:input source="=order.total" target="sum"/><zeebe:input source="=sum" target="call.amount"/>
           <zeebe:input source="text" target="call.note"/>"#,
    );
    assert_eq!(local(&world, "sum"), "1.10", "digits are kept");
    assert_eq!(local(&world, "call"), r#"{"amount":1.10,"note":"text"}"#);
    assert_eq!(world.variable("sum"), "none");
}

#[test]
fn with_outputs_the_result_stays_local_and_they_decide() {
    let mut world = mapped(r#"<zeebe:output source="=delivery.number" target="order.delivery"/>"#);
    world.complete("work", r#"{"delivery": {"number": "D1"}, "noise": 1}"#);
    world.assert_completed();
    assert_eq!(world.variable("order"), r#"{"id":7,"total":1.10,"delivery":"D1"}"#);
    assert_eq!(world.variable("noise"), "none");
}

#[test]
fn without_outputs_a_variable_goes_to_the_scope_that_has_it_else_to_the_process() {
    let mut world = mapped(r#"<zeebe:input source="=1" target="mine"/>"#);
    world.complete("work", r#"{"mine": 2, "theirs": 3}"#);
    world.assert_completed();
    assert_eq!(world.variable("mine"), "none");
    assert_eq!(world.variable("theirs"), "3");
}

#[test]
fn a_failing_mapping_waits_for_help_in_its_state() {
    let mut world = mapped(r#"<zeebe:output source="=assert(answer, answer != null)" target="result"/>"#);
    world.complete("work", "{}");
    assert_eq!(world.incident().kind, IncidentKind::IoMappingError);
    let work = world.instance_of("work");
    assert_eq!(world.state().element_instance(work).unwrap().state(), ElementState::Completing);
    world.set(r#"{"answer": 42}"#);
    world.resolve();
    world.assert_completed();
    assert_eq!(world.variable("result"), "42");
}

#[test]
fn a_value_that_is_too_large_is_an_incident() {
    let text = "x".repeat(limits::VARIABLE_BYTES / 2);
    let elements = format!(
        r#"<startEvent id="s"/>{}<endEvent id="e"/>"#,
        service_with(
            "work",
            r#"<zeebe:ioMapping><zeebe:input source="=t + t + t" target="large"/></zeebe:ioMapping>"#
        )
    );
    let world = World::start(&process("p", &elements, "s -> work -> e"), &format!(r#"{{"t": "{text}"}}"#));
    assert!(matches!(world.incident().kind, IncidentKind::MessageSizeExceeded | IncidentKind::LimitExceeded));
}

#[test]
fn a_script_stores_its_result() {
    let elements = r#"<startEvent id="s"/><scriptTask id="calc"><extensionElements>
        <zeebe:script expression="=a * b" resultVariable="c"/></extensionElements></scriptTask><endEvent id="e"/>"#;
    let world = World::start(&process("p", elements, "s -> calc -> e"), r#"{"a": 6, "b": 7}"#);
    world.assert_completed();
    assert_eq!(world.variable("c"), "42");
}

#[test]
fn a_job_type_that_is_no_text_is_an_incident() {
    let elements = r#"<startEvent id="s"/><serviceTask id="work"><extensionElements>
        <zeebe:taskDefinition type="=kind" retries="=tries"/></extensionElements></serviceTask><endEvent id="e"/>"#;
    let mut world = World::start(&process("p", elements, "s -> work -> e"), r#"{"tries": 2}"#);
    assert_eq!(world.incident().kind, IncidentKind::ExtractValueError);
    world.set(r#"{"kind": "mail"}"#);
    world.resolve();
    let job = world.job("mail");
    assert_eq!(world.state().job(job).unwrap().details.retries, 2);
}
