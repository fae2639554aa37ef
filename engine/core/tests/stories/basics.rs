//! Start, end, tasks, flows: the life of an instance.

use hosk_core::*;

use crate::support::*;

fn one_task() -> String {
    process(
        "order",
        &format!(r#"<startEvent id="s"/>{}<endEvent id="e"/>"#, service("ship")),
        "s -> ship -> e",
    )
}

#[test]
fn a_service_task_waits_for_its_job() {
    let mut world = World::start(&one_task(), r#"{"amount": 4}"#);
    assert_eq!(world.active(), "ship");
    world.complete("ship", r#"{"delivery": "D1"}"#);
    world.assert_completed();
    assert_eq!(world.variable("delivery"), r#""D1""#);
    assert_eq!(
        world.story(),
        [
            "order activated",
            "s activated",
            "s completed",
            "flow s-ship",
            "ship activated",
            "ship completed",
            "flow ship-e",
            "e activated",
            "e completed",
            "order completed",
        ]
    );
}

#[test]
fn a_second_completion_is_refused() {
    let mut world = World::start(&one_task(), "{}");
    let job = world.job("ship");
    let complete = Command::complete_job(job, Variables::new());
    world.command(complete.clone()).unwrap();
    assert_eq!(world.command(complete).unwrap_err().code, RejectionCode::JobNotFound);
}

#[test]
fn an_instance_is_created_once() {
    let mut world = World::new(&one_task());
    let create = world.creation(ProcessDefinitionKey(1), "{}");
    world.create_with(create.clone()).unwrap();
    let again = world.command(Command::Create(Box::new(create))).unwrap_err();
    assert_eq!(again.code, RejectionCode::AlreadyExists);
    assert_eq!(again.class(), RejectionClass::AlreadyExists);
}

#[test]
fn cancel_stops_everything_and_only_once() {
    let mut world = World::start(&one_task(), "{}");
    let cancel = Command::Cancel { by: None };
    world.command(cancel.clone()).unwrap();
    assert!(world.state().is_ended());
    assert_eq!(world.state().jobs().count(), 0);
    assert!(world.last.iter().any(|e| matches!(e, Event::JobCanceled { .. })));
    assert_eq!(world.command(cancel).unwrap_err().code, RejectionCode::InstanceEnded);
}

#[test]
fn commands_to_an_instance_that_was_never_created_are_refused() {
    let world = World::new(&one_task());
    let mut state = InstanceState::new();
    let refused = step(&world.deployed, &mut state, &Command::Continue, world.now, &mut Counter::default())
        .unwrap_err();
    assert_eq!(refused.code, RejectionCode::InstanceNotFound);
}

#[test]
fn a_failed_job_keeps_its_retries_then_raises_an_incident() {
    let mut world = World::start(&one_task(), "{}");
    world.fail("ship", 2);
    assert_eq!(world.state().incidents().count(), 0);
    world.fail("ship", 0);
    assert_eq!(world.incident().kind, IncidentKind::JobNoRetries);
    assert!(world.incident().message.contains("no connection"));
    let job = world.job("ship");
    let complete = Command::complete_job(job, Variables::new());
    assert_eq!(world.command(complete).unwrap_err().code, RejectionCode::JobNotActive);
    world.command(Command::UpdateJob { job, retries: Some(5), priority: None }).unwrap();
    world.resolve();
    assert_eq!(world.state().job(job).unwrap().details.retries, 5);
    world.complete("ship", "{}");
    world.assert_completed();
}

#[test]
fn who_gives_no_retry_must_have_given_some_before() {
    let mut world = World::start(&one_task(), "{}");
    world.fail("ship", 0);
    let (incident, job) = (world.incident().key, world.job("ship"));
    let resolve = Command::ResolveIncident { incident, give_retry: false };
    let refused = world.command(resolve.clone()).unwrap_err();
    assert_eq!(refused.code, RejectionCode::NoRetriesLeft);
    assert!(refused.message.contains(&job.to_string()), "{refused}");
    assert_eq!(world.incident().key, incident, "nothing has changed");
    world.command(Command::UpdateJob { job, retries: Some(2), priority: None }).unwrap();
    world.command(resolve).unwrap();
    assert_eq!(world.state().job(job).unwrap().details.retries, 2);
    world.complete("ship", "{}");
    world.assert_completed();
}

#[test]
fn resolving_a_job_without_retries_gives_it_one() {
    let mut world = World::start(&one_task(), "{}");
    world.fail("ship", 0);
    world.resolve();
    let job = world.job("ship");
    assert_eq!(world.state().job(job).unwrap().details.retries, 1);
    assert!(world.last.iter().any(|e| effects_of(e) == Some(Effect::JobAvailable { job })));
}

#[test]
fn several_outgoing_flows_split_and_each_path_ends_by_itself() {
    let elements =
        format!(r#"<startEvent id="s"/><task id="t"/>{}{}<endEvent id="e"/>"#, service("a"), service("b"));
    let mut world = World::start(&process("p", &elements, "s -> t -> a -> e\nt -> b"), "{}");
    assert_eq!(world.active(), "a b");
    world.complete("a", "{}");
    assert!(!world.state().is_ended());
    world.complete("b", "{}");
    world.assert_completed();
}

#[test]
fn an_instance_may_begin_elsewhere() {
    let elements = format!(r#"<startEvent id="s"/>{}{}<endEvent id="e"/>"#, service("a"), service("b"));
    let mut world = World::new(&process("p", &elements, "s -> a -> b -> e"));
    let mut create = world.creation(ProcessDefinitionKey(1), "{}");
    let model = compile(&process("p", &elements, "s -> a -> b -> e")).remove(0);
    create.start_instructions = vec![model.index_of("b").unwrap()];
    world.create_with(create).unwrap();
    assert_eq!(world.active(), "b");

    let mut wrong = world.creation(ProcessDefinitionKey(1), "{}");
    wrong.start_instructions = vec![model.index_of("s-a").unwrap()];
    assert_eq!(world.create_with(wrong).unwrap_err().code, RejectionCode::StartNotFound);
}

#[test]
fn variables_that_are_too_large_are_refused() {
    let mut world = World::start(&one_task(), "{}");
    let job = world.job("ship");
    let large = format!(r#"{{"text": "{}"}}"#, "x".repeat(limits::VARIABLE_BYTES));
    let refused = world.command(Command::complete_job(job, variables(&large))).unwrap_err();
    assert_eq!(refused.code, RejectionCode::VariableTooLarge);
    let nameless = Command::complete_job(job, variables(r#"{"": 1}"#));
    assert_eq!(world.command(nameless).unwrap_err().code, RejectionCode::VariableNameInvalid);
}

#[test]
fn a_snapshot_is_the_state() {
    let mut world = World::start(&one_task(), r#"{"amount": 1.10, "text": "a"}"#);
    let json = serde_json::to_string(world.state()).unwrap();
    let read: InstanceState = serde_json::from_str(&json).unwrap();
    assert_eq!(&read, world.state());
    let bytes = rmp_serde::to_vec(world.state()).unwrap();
    let read: InstanceState = rmp_serde::from_slice(&bytes).unwrap();
    assert_eq!(&read, world.state());
    world.complete("ship", "{}");
    world.assert_completed();
}

#[test]
fn a_cycle_without_a_wait_state_goes_on_in_slices() {
    let elements = r#"<startEvent id="s"/><task id="a"/><task id="b"/><exclusiveGateway id="x"/>"#;
    let mut world = World::new(&process("p", elements, "s -> x -> a -> b -> x"));
    let create = world.creation(ProcessDefinitionKey(1), "{}");
    let key = create.key;
    world.instances.insert(key, InstanceState::new());
    world.step(key, &Command::Create(Box::new(create))).unwrap();
    for _ in 0..3 {
        assert!(world.last.len() < 10 * limits::WORK_PER_STEP);
        assert!(matches!(world.last.last(), Some(Event::Paused { .. })));
        world.step(key, &Command::Continue).unwrap();
    }
    world.step(key, &Command::Cancel { by: None }).unwrap();
    assert!(world.instances[&key].is_ended());
    let refused = world.step(key, &Command::Continue).unwrap_err();
    assert_eq!(refused.code, RejectionCode::NothingToContinue);
}

#[test]
fn an_incident_from_outside_closes_when_its_element_goes_on() {
    let mut world = World::start(&one_task(), "{}");
    let element_instance = world.instance_of("ship");
    let raise = Command::RaiseIncident {
        element_instance,
        kind: IncidentKind::Quarantined,
        message: "look".to_owned(),
    };
    world.command(raise.clone()).unwrap();
    assert_eq!(world.command(raise).unwrap_err().code, RejectionCode::IncidentExists);
    world.complete("ship", "{}");
    world.assert_completed();
}

#[test]
fn every_evaluation_has_its_own_chance() {
    let elements = r#"<startEvent id="s"/><scriptTask id="a"><extensionElements>
        <zeebe:ioMapping><zeebe:input source="=uuid()" target="x"/><zeebe:output source="=r" target="r"/><zeebe:output source="=x" target="x"/></zeebe:ioMapping>
        <zeebe:script expression="=uuid()" resultVariable="r"/></extensionElements></scriptTask><endEvent id="e"/>"#;
    let model = process("p", elements, "s -> a -> e");
    let (first, second) = (World::start(&model, "{}"), World::start(&model, r#"{"other": 1}"#));
    first.assert_completed();
    assert_ne!(first.variable("r"), first.variable("x"));
    assert_eq!(first.variable("r"), second.variable("r"), "the same instance, moment and place");
}
