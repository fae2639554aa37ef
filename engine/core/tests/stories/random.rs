//! Chance: random processes, random commands. Whatever comes, a step does not panic, replays to the same state, and
//! refuses what comes twice; a scope begins nothing while it is being stopped, ends after everything in it, and no later;
//! canceling ends everything; what has ended leaves nothing behind and nothing happens after it.

mod blocks;

use std::collections::BTreeMap;

use blocks::{block, model};
use hosk_core::*;
use hosk_model::ElementKind;
use proptest::prelude::*;

use crate::support::*;

/// A scope begins nothing while it is being completed or stopped, ends after everything in it, and nothing happens
/// after the instance has ended.
fn check_scopes(events: &[Event]) {
    let mut alive: BTreeMap<ElementInstanceKey, (ElementInstanceKey, bool)> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::ElementActivating { key, scope, .. } => {
                assert!(scope == key || alive[scope].1, "{key} begins in {scope}, which is on its way out");
                alive.insert(*key, (*scope, true));
            }
            Event::ElementCompleting { key } | Event::ElementTerminating { key } => {
                alive.get_mut(key).expect("what ends is alive").1 = false;
            }
            Event::ElementCompleted { key } | Event::ElementTerminated { key } => {
                alive.remove(key).expect("what ends is alive");
                assert!(alive.values().all(|(scope, _)| scope != key), "{key} ends before what is in it");
            }
            Event::InstanceEnded(_) => assert_eq!(at, events.len() - 1, "something happens after the end"),
            _ => {}
        }
    }
}

/// At rest, what is alive waits for something, and a scope is there for what is in it.
fn check_rest(world: &World) {
    let mut waits = 0;
    for state in world.instances.values().filter(|state| !state.is_ended()) {
        waits += state.jobs().count() + state.timers().count() + state.incidents().count();
        waits += state.conditions().count();
        waits += state.signal_subscriptions().count() + state.subscriptions().count();
        let Some(process) = state.definition().and_then(|key| world.deployed.process(key)) else { continue };
        for instance in state.element_instances() {
            let kind = &process.definition.element(instance.element()).kind;
            let is_scope = matches!(
                kind,
                ElementKind::Process { .. }
                    | ElementKind::SubProcess
                    | ElementKind::Transaction
                    | ElementKind::EventSubProcess
                    | ElementKind::AdHocSubProcess(_)
            );
            if is_scope && instance.state() == ElementState::Active {
                let inside = state.children(instance.key()).count();
                // A worker may still choose what begins in it.
                let is_there_for = inside > 0 || instance.job().is_some();
                assert!(is_there_for, "{} is alive for nothing: {}", instance.key(), world.active());
            }
        }
    }
    assert!(world.state().is_ended() || waits > 0, "what is alive waits for something: {}", world.active());
}

/// What can be done in one instance.
#[derive(Clone, Copy)]
enum Open {
    Job(JobKey),
    Timer(TimerKey),
    Incident(IncidentKey),
    Message(SubscriptionKey),
    /// A signal by name, to everybody who waits for it.
    Signal,
}

/// Does one of the things that can be done, in whatever instance; `false` when there is nothing to do.
fn act(world: &mut World, dice: u16) -> bool {
    let open: Vec<(ProcessInstanceKey, Open)> = world
        .instances
        .iter()
        .flat_map(|(key, state)| {
            let jobs = state.jobs().map(|job| Open::Job(job.key()));
            let timers = state.timers().map(|timer| Open::Timer(timer.key));
            let incidents = state.incidents().map(|incident| Open::Incident(incident.key));
            let messages = state.subscriptions().map(|subscription| Open::Message(subscription.key));
            let signals = state.signal_subscriptions().map(|_| Open::Signal);
            jobs.chain(timers).chain(incidents).chain(messages).chain(signals).map(|open| (*key, open))
        })
        .collect();
    if open.is_empty() {
        return false;
    }
    let (key, open) = open[usize::from(dice) % open.len()];
    let command = match open {
        Open::Job(job) => of_job(world, key, job, dice),
        Open::Timer(timer) => {
            world.now.0 += 60_000;
            Command::TriggerTimer { timer }
        }
        Open::Incident(incident) => Command::ResolveIncident { incident, give_retry: true },
        Open::Message(subscription) => Command::CorrelateMessage {
            subscription,
            message: MessageKey(world.keys.next()),
            variables: choice(dice),
        },
        Open::Signal => {
            world.signal("go", &format!(r#"{{"choice": {}}}"#, dice / 128 % 4));
            check_rest(world);
            return true;
        }
    };
    let first = world.command_to(key, command.clone());
    let done = matches!(
        command,
        Command::CompleteJob { .. }
            | Command::TriggerTimer { .. }
            | Command::ResolveIncident { .. }
            | Command::CorrelateMessage { .. }
    );
    if done && first.is_ok() {
        assert!(world.command_to(key, command).is_err(), "a second time is refused");
    }
    check_rest(world);
    true
}

/// What the worker chooses whose job leads an ad-hoc sub-process: never nothing, which would leave it there for nothing.
fn led(world: &World, key: ProcessInstanceKey, job: JobKey, dice: u16) -> Option<Box<AdHocChoice>> {
    let state = &world.instances[&key];
    let details = &state.job(job)?.details;
    if details.kind != JobKind::AdHocSubProcess {
        return None;
    }
    let process = world.deployed.process(state.definition()?)?;
    let definition = &process.definition;
    let starts = &definition.element(details.element).contents.starts;
    let fulfilled = dice / 16 % 8 < 4;
    let count = if fulfilled { 0 } else { 1 + usize::from(dice) % 3 };
    let chosen = starts.iter().cycle().skip(usize::from(dice) % starts.len()).take(count);
    Some(Box::new(AdHocChoice {
        elements: chosen.map(|start| (definition.element(*start).id.clone(), Variables::new())).collect(),
        fulfilled,
        cancel_remaining: dice.is_multiple_of(2),
    }))
}

fn of_job(world: &World, key: ProcessInstanceKey, job: JobKey, dice: u16) -> Command {
    match dice / 16 % 8 {
        0 => Command::ThrowJobError {
            job,
            code: "E".into(),
            message: String::new(),
            variables: Variables::new(),
        },
        1 => Command::FailJob {
            job,
            retries: u32::from(dice % 2),
            retry_at: None,
            message: "no".into(),
            variables: Variables::new(),
        },
        _ => Command::CompleteJob {
            job,
            variables: choice(dice),
            denied: None,
            corrections: None,
            choice: led(world, key, job, dice),
        },
    }
}

fn choice(dice: u16) -> Variables {
    variables(&format!(r#"{{"choice": {}}}"#, dice / 128 % 4))
}

/// Every instance: its history gives its state, and so does its snapshot.
fn check_histories(world: &World) {
    for (key, state) in &world.instances {
        check_scopes(&world.events[key]);
        let mut replayed = InstanceState::new();
        for event in &world.events[key] {
            apply(&mut replayed, event);
        }
        assert_eq!(&replayed, state, "replay gives the live state");
        let json = serde_json::to_string(state).unwrap();
        let read: InstanceState = serde_json::from_str(&json).unwrap();
        assert_eq!(&read, state, "a snapshot gives the live state");
    }
}

/// Nothing is left of what has ended, and it takes no command.
fn check_ended(world: &mut World) {
    let keys: Vec<_> = world.instances.keys().copied().collect();
    for key in keys {
        let state = &world.instances[&key];
        assert!(state.is_ended(), "{key} outlives the instance that called it");
        let left = state.jobs().count() + state.timers().count() + state.conditions().count();
        let left = left + state.signal_subscriptions().count() + state.subscriptions().count();
        assert_eq!(state.element_instances().count() + state.incidents().count() + left, 0);
        for command in [Command::Cancel { by: None }, Command::Continue] {
            assert!(world.step(key, &command).is_err(), "nothing happens after the end");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_a_process_stays_sound(block in block(), dice in prop::collection::vec(any::<u16>(), 0..60)) {
        let mut world = World::start(&model(&block), r#"{"choice": 0}"#);
        check_rest(&world);
        for die in dice {
            if !act(&mut world, die) {
                break;
            }
        }
        check_histories(&world);
        if !world.state().is_ended() {
            world.command(Command::Cancel { by: None }).unwrap();
        }
        check_ended(&mut world);
        check_histories(&world);
    }
}
