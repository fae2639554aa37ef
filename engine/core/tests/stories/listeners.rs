//! Execution listeners.

use hosk_core::*;

use crate::support::*;

fn listened() -> String {
    let elements = format!(
        r#"<startEvent id="s"/>{}<endEvent id="e"/>"#,
        service_with(
            "work",
            r#"<zeebe:executionListeners><zeebe:executionListener eventType="start" type="before1"/>
               <zeebe:executionListener eventType="start" type="before2"/>
               <zeebe:executionListener eventType="end" type="after"/></zeebe:executionListeners>"#
        )
    );
    process("p", &elements, "s -> work -> e")
}

#[test]
fn they_run_in_order_before_and_after() {
    let mut world = World::start(&listened(), "{}");
    assert!(!world.has_job("work") && !world.has_job("before2"));
    world.complete("before1", r#"{"mine": 1}"#);
    world.complete("before2", "{}");
    let work = world.instance_of("work");
    assert_eq!(world.state().local_variables(work)["mine"].text(), "1");
    world.complete("work", "{}");
    assert_eq!(world.state().element_instance(work).unwrap().state(), ElementState::Completing);
    world.complete("after", r#"{"theirs": 2}"#);
    world.assert_completed();
    assert_eq!(world.variable("mine"), "none");
    assert_eq!(world.variable("theirs"), "2");
}

#[test]
fn a_listener_without_retries_is_an_incident_and_is_tried_again() {
    let mut world = World::start(&listened(), "{}");
    world.complete("before1", "{}");
    world.fail("before2", 0);
    assert_eq!(world.incident().kind, IncidentKind::ExecutionListenerNoRetries);
    world.resolve();
    world.complete("before2", "{}");
    assert!(world.has_job("work"));
}

#[test]
fn a_listener_cannot_throw_or_deny() {
    let mut world = World::start(&listened(), "{}");
    let job = world.job("before1");
    let throw =
        Command::ThrowJobError { job, code: "X".into(), message: String::new(), variables: Variables::new() };
    assert_eq!(world.command(throw).unwrap_err().code, RejectionCode::JobKindMismatch);
    let deny = Command::CompleteJob {
        job,
        variables: Variables::new(),
        denied: Some("no".into()),
        corrections: None,
        choice: None,
    };
    assert_eq!(world.command(deny).unwrap_err().code, RejectionCode::JobResultInvalid);
}

#[test]
fn canceling_meanwhile_cancels_the_listener() {
    let mut world = World::start(&listened(), "{}");
    world.command(Command::Cancel { by: None }).unwrap();
    assert!(world.state().is_ended());
    assert_eq!(world.state().jobs().count(), 0);
}
