//! Task listeners of the installation, and listeners that hear that a user task is canceled.

use hosk_core::*;
use hosk_model::ListenerEvent;

use crate::support::*;

fn listener(id: &str, event: ListenerEvent, priority: i32, after_non_global: bool) -> GlobalTaskListener {
    let (id, job_type, events) = (id.into(), id.into(), vec![event]);
    GlobalTaskListener { id, job_type, retries: 2, events, after_non_global, priority }
}

fn task(listeners: &str) -> String {
    let listeners = match listeners {
        "" => String::new(),
        some => format!("<zeebe:taskListeners>{some}</zeebe:taskListeners>"),
    };
    let elements = format!(
        r#"<startEvent id="s"/><userTask id="ask"><extensionElements><zeebe:userTask/>{listeners}</extensionElements></userTask>
           <boundaryEvent id="late" attachedToRef="ask"><timerEventDefinition><timeDuration>PT1H</timeDuration>
           </timerEventDefinition></boundaryEvent><endEvent id="e"/><endEvent id="f"/>"#
    );
    process("p", &elements, "s -> ask -> e\nlate -> f")
}

fn complete(world: &mut World) {
    let user_task = world.user_task();
    let (variables, action) = (Variables::new(), String::new());
    world.command(Command::CompleteUserTask { user_task, variables, action, by: None }).unwrap();
}

fn open_job(world: &World) -> String {
    world.state().jobs().map(|job| job.details.job_type.to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn they_run_around_those_of_the_model_by_priority_and_id() {
    let model = task(r#"<zeebe:taskListener eventType="completing" type="model"/>"#);
    let mut world = World::new(&model);
    let event = ListenerEvent::Completing;
    world.listen(vec![
        listener("last", event, 90, true),
        listener("b", event, 50, false),
        listener("first", event, 60, false),
        listener("a", event, 50, false),
        listener("other", ListenerEvent::Updating, 99, false),
    ]);
    world.create(ProcessDefinitionKey(1), "{}").unwrap();
    complete(&mut world);
    // What holds later does not matter any more for this transition.
    world.listen(vec![listener("new", event, 100, false)]);
    for expected in ["first", "a", "b", "model", "last"] {
        assert_eq!(open_job(&world), expected);
        world.complete(expected, "{}");
    }
    world.assert_completed();
}

#[test]
fn one_of_them_denies_and_the_task_is_open_again() {
    let mut world = World::new(&task(""));
    world.listen(vec![listener("guard", ListenerEvent::Completing, 1, false)]);
    world.create(ProcessDefinitionKey(1), "{}").unwrap();
    complete(&mut world);
    let (job, variables) = (world.job("guard"), Variables::new());
    let denied = Some("no".to_owned());
    world.command(Command::CompleteJob { job, variables, denied, corrections: None, choice: None }).unwrap();
    assert_eq!(world.active(), "ask");
    world.listen(Vec::new());
    complete(&mut world);
    world.assert_completed();
}

#[test]
fn a_canceled_task_waits_for_those_who_hear_of_it() {
    let mut world = World::new(&task(r#"<zeebe:taskListener eventType="canceling" type="model"/>"#));
    world.listen(vec![listener("all", ListenerEvent::Canceling, 1, false)]);
    world.create(ProcessDefinitionKey(1), "{}").unwrap();
    world.advance(3_600_000);
    assert_eq!(open_job(&world), "all");
    assert_eq!(world.active(), "ask", "what comes after it waits");
    let (job, variables) = (world.job("all"), Variables::new());
    let deny = Command::CompleteJob {
        job,
        variables,
        denied: Some("no".to_owned()),
        corrections: None,
        choice: None,
    };
    assert_eq!(world.command(deny).unwrap_err().code, RejectionCode::JobResultInvalid);
    world.fail("all", 0);
    assert_eq!(world.incident().kind, IncidentKind::TaskListenerNoRetries);
    world.resolve();
    world.complete("all", "{}");
    assert_eq!(open_job(&world), "model");
    world.complete("model", "{}");
    world.assert_completed();
}

#[test]
fn canceling_gives_up_what_was_under_way() {
    let mut world = World::new(&task(r#"<zeebe:taskListener eventType="completing" type="model"/>"#));
    world.listen(vec![listener("heard", ListenerEvent::Canceling, 1, false)]);
    world.create(ProcessDefinitionKey(1), "{}").unwrap();
    complete(&mut world);
    world.fail("model", 0);
    world.command(Command::Cancel { by: None }).unwrap();
    assert_eq!((open_job(&world), world.state().incidents().count()), ("heard".to_owned(), 0));
    assert!(!world.state().is_ended());
    let again = world.command(Command::Cancel { by: None }).unwrap_err();
    assert_eq!(again.code, RejectionCode::InstanceEnded, "it is being ended");
    world.complete("heard", "{}");
    assert!(world.state().is_ended());
    assert_eq!(world.state().jobs().count(), 0);
}
