//! What the model says about jobs: the pause before a retry. And the business id of called instances.

use hosk_core::*;

use crate::support::*;

fn with_header(value: &str) -> World {
    let task = service_with(
        "work",
        &format!("<zeebe:taskHeaders><zeebe:header key='retryBackoff' value='{value}'/></zeebe:taskHeaders>"),
    );
    let elements = format!("<startEvent id='s'/>{task}<endEvent id='e'/>");
    World::start(&process("p", &elements, "s -> work -> e"), "{}")
}

fn failed(world: &mut World, retries: u32, retry_at: Option<Timestamp>) -> Option<Timestamp> {
    let job = world.job("work");
    let message = "no luck".to_owned();
    world
        .command(Command::FailJob { job, retries, retry_at, message, variables: Variables::new() })
        .expect("accepted");
    world.last.iter().find_map(|event| match event {
        Event::JobFailed { retry_at, .. } => Some(*retry_at),
        _ => None,
    })?
}

#[test]
fn the_header_is_the_pause_where_the_worker_names_none() {
    let mut world = with_header("PT30S");
    let now = world.now;
    assert_eq!(failed(&mut world, 2, None), Some(Timestamp(now.0 + 30_000)));
}

#[test]
fn the_worker_knows_better() {
    let mut world = with_header("PT30S");
    let later = Timestamp(world.now.0 + 1_000);
    assert_eq!(failed(&mut world, 2, Some(later)), Some(later));
}

#[test]
fn a_called_instance_has_the_business_id_of_its_caller() {
    let call = |more: &str| {
        format!(
            "<callActivity id='c'><extensionElements><zeebe:calledElement processId='child' {more}/></extensionElements></callActivity>"
        )
    };
    for (more, expected) in [("", "case-7"), ("businessId='other'", "other")] {
        let parent =
            process("p", &format!("<startEvent id='s'/>{}<endEvent id='e'/>", call(more)), "s -> c -> e");
        let child = process("child", &format!("<startEvent id='cs'/>{}", service("work")), "cs -> work");
        let mut world = World::new(&(parent + &child));
        let mut creation = world.creation(ProcessDefinitionKey(1), "{}");
        creation.business_id = Some("case-7".into());
        world.create_with(creation).expect("created");
        let called =
            world.instances.values().find(|state| state.parent().is_some()).expect("a called instance");
        let business_id = called.created().and_then(|created| created.business_id.as_deref());
        assert_eq!(business_id, Some(expected));
    }
}

#[test]
fn without_retries_there_is_nothing_to_wait_for() {
    let mut world = with_header("PT30S");
    assert_eq!(failed(&mut world, 0, None), None);
    assert_eq!(world.incident().kind, IncidentKind::JobNoRetries);
}
