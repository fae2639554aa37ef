//! Errors: thrown by jobs, end events and called processes; caught, or an incident.

use hosk_core::*;

use crate::support::*;

const ERRORS: &str = r#"<error id="stock" errorCode="NO_STOCK"/><error id="other" errorCode="OTHER"/>"#;

fn catching(code: &str) -> String {
    let elements = format!(
        r#"<startEvent id="s"/>{}
           <boundaryEvent id="any" attachedToRef="work"><errorEventDefinition/></boundaryEvent>
           <boundaryEvent id="exact" attachedToRef="work"><errorEventDefinition errorRef="{code}"/></boundaryEvent>
           {}{}<endEvent id="e"/>"#,
        service("work"),
        service("anyway"),
        service("resolve")
    );
    ERRORS.to_owned() + &process("p", &elements, "s -> work -> e\nany -> anyway\nexact -> resolve")
}

#[test]
fn the_handler_of_the_code_comes_before_the_one_for_any() {
    let mut world = World::start(&catching("stock"), "{}");
    world.throw("work", "NO_STOCK", r#"{"missing": 3}"#);
    assert_eq!(world.active(), "resolve");
    assert_eq!(world.variable("missing"), "3");
    let mut world = World::start(&catching("other"), "{}");
    world.throw("work", "NO_STOCK", "{}");
    assert_eq!(world.active(), "anyway");
}

#[test]
fn an_error_that_nothing_catches_is_an_incident_and_resolving_offers_the_job_again() {
    let elements = format!(r#"<startEvent id="s"/>{}<endEvent id="e"/>"#, service("work"));
    let mut world = World::start(&process("p", &elements, "s -> work -> e"), "{}");
    world.throw("work", "NO_STOCK", "{}");
    let incident = world.incident();
    assert_eq!(incident.kind, IncidentKind::UnhandledErrorEvent);
    assert!(incident.message.contains("NO_STOCK"));
    let job = world.job("work");
    let complete = Command::complete_job(job, Variables::new());
    assert_eq!(world.command(complete).unwrap_err().code, RejectionCode::JobNotActive);
    world.resolve();
    world.complete("work", "{}");
    world.assert_completed();
}

#[test]
fn an_error_end_event_goes_to_the_boundary_of_its_sub_process() {
    let elements = format!(
        r#"<startEvent id="s"/><subProcess id="sub"><startEvent id="is"/><parallelGateway id="f"/>{}
             <task id="t"/><endEvent id="bad"><errorEventDefinition errorRef="stock"/></endEvent>{}</subProcess>
           <boundaryEvent id="caught" attachedToRef="sub"><errorEventDefinition errorRef="stock"/></boundaryEvent>
           {}<endEvent id="e"/>"#,
        service("inner"),
        flows("is -> f -> inner\nf -> t -> bad"),
        service("resolve")
    );
    let mut world = World::start(
        &(ERRORS.to_owned() + &process("p", &elements, "s -> sub -> e\ncaught -> resolve")),
        "{}",
    );
    assert_eq!(world.active(), "resolve");
    world.complete("resolve", "{}");
    world.assert_completed();
    assert!(world.story().contains(&"inner terminated".to_owned()));
}

#[test]
fn an_uncaught_error_end_event_waits_for_help() {
    let elements =
        r#"<startEvent id="s"/><endEvent id="bad"><errorEventDefinition errorRef="stock"/></endEvent>"#;
    let mut world = World::start(&(ERRORS.to_owned() + &process("p", elements, "s -> bad")), "{}");
    assert_eq!(world.incident().kind, IncidentKind::UnhandledErrorEvent);
    assert_eq!(world.active(), "bad");
    world.resolve();
    assert_eq!(world.state().incidents().count(), 1);
    world.command(Command::Cancel { by: None }).unwrap();
    assert!(world.state().is_ended());
    assert_eq!(world.state().incidents().count(), 0);
}

#[test]
fn an_event_sub_process_catches_what_its_container_throws_but_not_what_it_throws_itself() {
    let elements = format!(
        r#"<startEvent id="s"/>{}<endEvent id="e"/>
           <subProcess id="esp" triggeredByEvent="true"><startEvent id="es"><errorEventDefinition errorRef="stock"/></startEvent>
             {}{}</subProcess>"#,
        service("work"),
        service("repair"),
        flows("es -> repair")
    );
    let mut world = World::start(&(ERRORS.to_owned() + &process("p", &elements, "s -> work -> e")), "{}");
    world.throw("work", "NO_STOCK", "{}");
    assert_eq!(world.active(), "esp repair");
    world.throw("repair", "NO_STOCK", "{}");
    assert_eq!(world.incident().kind, IncidentKind::UnhandledErrorEvent);
    world.resolve();
    world.complete("repair", "{}");
    world.assert_completed();
}
