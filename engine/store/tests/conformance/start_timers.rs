//! Timer start events: of the newest version, each run once.

use hosk_core::{Command, Due, ProcessDefinitionKey, ProcessInstanceKey, Timestamp};
use hosk_model::ElementIndex;
use hosk_store::{Claim, DueStart, FiredStart, NewDefinition};

use crate::world::{NOW, ORDER, World, compile, later};

const START: ElementIndex = ElementIndex(1);

fn hourly(at: i64) -> Due {
    Due { at: later(at), repetitions: Some(2), cycle: Some("R3/PT1H".into()) }
}

/// Deploys a version whose start event has this timer.
async fn deploy(world: &World, content: &[u8], run: Due) -> ProcessDefinitionKey {
    let definition = NewDefinition::Process {
        key: ProcessDefinitionKey(world.key()),
        definition: compile(ORDER),
        start_timers: vec![(START, run)],
    };
    let deployed = world.deploy_content("timed.bpmn", content, vec![definition]).await;
    ProcessDefinitionKey(deployed.definitions[0].key)
}

async fn due(world: &World, now: Timestamp) -> Vec<DueStart> {
    world.store.due_starts(now, 10).await.unwrap().starts
}

fn fired(world: &World, start: &DueStart, next: Option<Due>) -> FiredStart {
    let (instance, entry) = (ProcessInstanceKey(world.key()), world.key());
    FiredStart { start: start.clone(), next, instance, entry, claim: Claim::default() }
}

pub(crate) async fn a_start_timer_goes_off_once_and_runs_on(world: World) {
    let definition = deploy(&world, b"1", hourly(10)).await;
    let waiting = world.store.due_starts(NOW, 10).await.unwrap();
    assert_eq!((waiting.starts.len(), waiting.next), (0, Some(later(10))));
    let first = due(&world, later(10)).await;
    assert_eq!(first.len(), 1);
    assert_eq!((first[0].definition, first[0].element, &first[0].run), (definition, START, &hourly(10)));
    let next = Due { repetitions: Some(1), ..hourly(20) };
    let entry = world.store.fire_start(fired(&world, &first[0], Some(next.clone()))).await.unwrap().unwrap();
    let Some(Command::Create(create)) = entry.command() else { panic!("{entry:?}") };
    assert_eq!((create.definition, create.start_event, create.key), (definition, Some(START), entry.target));
    let outbox = world.store.outbox(0, 10).await.unwrap();
    assert_eq!(outbox.iter().map(|entry| entry.key).collect::<Vec<_>>(), [entry.key]);
    let again = fired(&world, &first[0], Some(hourly(30)));
    assert!(world.store.fire_start(again).await.unwrap().is_none(), "this run is over");
    let second = due(&world, later(20)).await;
    assert_eq!(second[0].run, next);
    assert!(world.store.fire_start(fired(&world, &second[0], None)).await.unwrap().is_some());
    let over = world.store.due_starts(later(1_000), 10).await.unwrap();
    assert_eq!((over.starts.len(), over.next), (0, None));
}

pub(crate) async fn start_timers_follow_the_newest_version(world: World) {
    let old = deploy(&world, b"1", hourly(10)).await;
    let of_old = due(&world, later(10)).await;
    let new = deploy(&world, b"2", hourly(15)).await;
    assert_eq!(due(&world, later(14)).await, []);
    assert!(world.store.fire_start(fired(&world, &of_old[0], None)).await.unwrap().is_none());
    let definitions = |starts: Vec<DueStart>| starts.iter().map(|s| s.definition).collect::<Vec<_>>();
    assert_eq!(definitions(due(&world, later(15)).await), [new]);
    assert_eq!(deploy(&world, b"2", hourly(40)).await, new, "the same file keeps its version and its timer");
    assert_eq!(definitions(due(&world, later(15)).await), [new]);
    assert!(world.store.delete_resource(new.0).await.unwrap());
    assert_eq!(definitions(due(&world, later(15)).await), [old]);
    assert!(world.store.delete_resource(old.0).await.unwrap());
    assert_eq!(due(&world, later(15)).await, []);
}
