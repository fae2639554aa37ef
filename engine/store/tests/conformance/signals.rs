//! Broadcasts: for everything that waits when they are written, once each, in slices that survive.

use hosk_core::{
    Command, ElementInstanceKey, Event, ProcessInstanceKey, SignalEvent, SignalKey, SignalThrown,
    SubscriptionKey,
};
use hosk_store::{Batch, Broadcast, Carried, Claim, OutboxEntry, SignalSlice, StartedBySignal};

use crate::world::World;

const STARTED_BY_SIGNAL: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  id="d" targetNamespace="t"><signal id="m" name="halt"/>
  <process id="intake" isExecutable="true">
    <startEvent id="s"><signalEventDefinition signalRef="m"/></startEvent>
    <sequenceFlow id="f" sourceRef="s" targetRef="e"/><endEvent id="e"/>
  </process></definitions>"#;

type Waiting = (ProcessInstanceKey, SubscriptionKey);

fn opened(world: &World, instance: ProcessInstanceKey, name: &str) -> (SubscriptionKey, Event) {
    let key = SubscriptionKey(world.key());
    let opened = Event::Signal(SignalEvent::Opened {
        key,
        element_instance: instance.root(),
        target: world.element("wait"),
        signal_name: name.into(),
        interrupting: true,
    });
    (key, opened)
}

/// New instances that wait for a signal, in one commit.
async fn waiting(world: &World, name: &str, count: usize) -> Vec<Waiting> {
    let (mut sets, mut all) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let instance = ProcessInstanceKey(world.key());
        let mut events = world.created(instance);
        let (key, opened) = opened(world, instance, name);
        events.push(opened);
        sets.push(world.set(instance, 0, events));
        all.push((instance, key));
    }
    world.commit(sets).await;
    all
}

fn signal(world: &World, name: &str) -> Broadcast {
    Broadcast {
        key: SignalKey(world.key()),
        tenant: "<default>".into(),
        name: name.into(),
        variables: world.message("x", "x", 0).variables,
        entry: None,
    }
}

async fn broadcast(world: &World, signal: &Broadcast) {
    let batch = Batch { broadcasts: vec![signal.clone()], ..world.batch(Vec::new()) };
    world.store.commit(batch).await.unwrap();
}

async fn slice(world: &World, after: SignalKey, limit: usize) -> Option<SignalSlice> {
    world.store.signal_slice(after, limit).await.unwrap()
}

/// Takes a broadcast to its end; everything it reached.
async fn spread(world: &World, limit: usize) -> Vec<Waiting> {
    let mut reached = Vec::new();
    for _ in 0..100 {
        let Some(next) = slice(world, SignalKey(0), limit).await else { return reached };
        assert!(next.subscriptions.len() <= limit);
        reached.extend(next.subscriptions);
        world.store.signal_delivered(next.signal, next.cursor, next.last).await.unwrap();
    }
    panic!("a broadcast without end");
}

async fn closed(world: &World, (instance, key): Waiting) {
    world.commit(vec![world.set(instance, 1, vec![Event::Signal(SignalEvent::Closed { key })])]).await;
}

pub(crate) async fn a_signal_reaches_all_that_wait_in_slices(world: World) {
    let all = waiting(&world, "halt", 7).await;
    waiting(&world, "other", 1).await;
    let halt = signal(&world, "halt");
    broadcast(&world, &halt).await;
    let late = waiting(&world, "halt", 1).await;
    let first = slice(&world, SignalKey(0), 3).await.unwrap();
    assert_eq!((first.signal, first.variables.clone()), (halt.key, halt.variables.clone()));
    assert_eq!((&first.subscriptions[..], first.last), (&all[..3], false));
    assert_eq!(slice(&world, SignalKey(0), 3).await, Some(first.clone()), "until it is through");
    world.store.signal_delivered(halt.key, first.cursor, first.last).await.unwrap();
    closed(&world, all[3]).await;
    assert_eq!(spread(&world, 3).await, all[4..], "who closed is left out, who came late as well");
    broadcast(&world, &signal(&world, "halt")).await;
    assert_eq!(spread(&world, 100).await, [&all[..3], &all[4..], &late[..]].concat());
}

pub(crate) async fn a_signal_nobody_waits_for_is_not_kept(world: World) {
    broadcast(&world, &signal(&world, "halt")).await;
    assert_eq!(slice(&world, SignalKey(0), 10).await, None);
    waiting(&world, "halt", 1).await;
    assert_eq!(slice(&world, SignalKey(0), 10).await, None);
    // One that closed before its slice came leaves nothing to deliver.
    broadcast(&world, &signal(&world, "halt")).await;
    let only = slice(&world, SignalKey(0), 10).await.unwrap().subscriptions[0];
    closed(&world, only).await;
    assert_eq!(spread(&world, 10).await, []);
    assert_eq!(slice(&world, SignalKey(0), 10).await, None);
}

pub(crate) async fn what_opens_in_the_same_batch_gets_the_signal(world: World) {
    let instance = ProcessInstanceKey(world.key());
    let mut events = world.created(instance);
    let (key, opened) = opened(&world, instance, "halt");
    events.push(opened);
    let changes = vec![world.set(instance, 0, events)];
    let batch = Batch { broadcasts: vec![signal(&world, "halt")], ..world.batch(changes) };
    world.store.commit(batch).await.unwrap();
    assert_eq!(spread(&world, 10).await, [(instance, key)]);
}

pub(crate) async fn broadcasts_take_turns(world: World) {
    waiting(&world, "halt", 4).await;
    waiting(&world, "go", 4).await;
    let (halt, go) = (signal(&world, "halt"), signal(&world, "go"));
    broadcast(&world, &halt).await;
    broadcast(&world, &go).await;
    let mut last = SignalKey(0);
    let mut turns = Vec::new();
    while let Some(next) = slice(&world, last, 2).await {
        last = next.signal;
        turns.push(next.signal);
        world.store.signal_delivered(next.signal, next.cursor, next.last).await.unwrap();
    }
    // Two slices with subscriptions each, and one that finds no more.
    assert_eq!(turns, [halt.key, go.key, halt.key, go.key, halt.key, go.key]);
}

pub(crate) async fn a_received_signal_closes_or_leaves_open(world: World) {
    let all = waiting(&world, "halt", 2).await;
    for (at, closes) in [(0, true), (1, false)] {
        let (instance, key) = all[at];
        let received = Event::Signal(SignalEvent::Received { key, signal: SignalKey(1), closes });
        world.commit(vec![world.set(instance, 1, vec![received])]).await;
    }
    broadcast(&world, &signal(&world, "halt")).await;
    assert_eq!(spread(&world, 10).await, all[1..]);
}

pub(crate) async fn a_signal_starts_the_newest_version_once(world: World) {
    world.deployed("intake.bpmn", STARTED_BY_SIGNAL).await;
    let newest = world.deployed("renamed.bpmn", STARTED_BY_SIGNAL).await;
    let halt = signal(&world, "halt");
    broadcast(&world, &halt).await;
    let next = slice(&world, SignalKey(0), 10).await.unwrap();
    let [start] = &next.starts[..] else { panic!("{next:?}") };
    assert_eq!((start.definition, &*start.tenant), (newest.key, "<default>"));
    let started = || StartedBySignal {
        signal: halt.key,
        start: start.clone(),
        variables: next.variables.clone(),
        instance: ProcessInstanceKey(world.key()),
        entry: world.key(),
        claim: Claim::default(),
    };
    let entry = world.store.start_by_signal(started()).await.unwrap().unwrap();
    let Some(Command::Create(create)) = entry.command() else { panic!("{entry:?}") };
    assert_eq!((create.definition, create.start_event), (newest.key, Some(start.element)));
    assert_eq!((create.key, &create.variables), (entry.target, &halt.variables));
    assert!(world.store.start_by_signal(started()).await.unwrap().is_none(), "once");
    assert_eq!(slice(&world, SignalKey(0), 10).await.unwrap().starts, []);
    assert_eq!(spread(&world, 10).await, []);
    let outbox = world.store.outbox(0, 10).await.unwrap();
    assert_eq!(outbox.iter().map(|entry| entry.key).collect::<Vec<_>>(), [entry.key]);
    // Deleting the newest version gives the one before its start events back.
    assert!(world.store.delete_resource(newest.key.0).await.unwrap());
    broadcast(&world, &signal(&world, "halt")).await;
    let next = slice(&world, SignalKey(0), 10).await.unwrap();
    assert!(next.starts.len() == 1 && next.starts[0].definition != newest.key, "{next:?}");
}

pub(crate) async fn a_thrown_signal_is_broadcast_once(world: World) {
    let all = waiting(&world, "halt", 1).await;
    let thrower = ProcessInstanceKey(world.key());
    let mut events = world.created(thrower);
    let halt = signal(&world, "halt");
    let thrown = SignalThrown {
        key: halt.key,
        element_instance: ElementInstanceKey(thrower.0),
        name: "halt".into(),
        variables: halt.variables.clone(),
        tenant: "<default>".into(),
    };
    events.push(Event::Signal(SignalEvent::Thrown(Box::new(thrown.clone()))));
    let mut set = world.set(thrower, 0, events);
    let entry = world.key();
    set.outbox_keys = vec![entry];
    let committed = world.commit(vec![set]).await;
    let stored = world.store.outbox(0, 10).await.unwrap();
    for entries in [&committed.outbox, &stored] {
        let [OutboxEntry { key, source, carries: Carried::Signal(signal), .. }] = &entries[..] else {
            panic!("{entries:?}")
        };
        assert_eq!((*key, *source, &**signal), (entry, Some(thrower), &thrown));
    }
    let carried = Broadcast { entry: Some(entry), ..halt };
    broadcast(&world, &carried).await;
    assert_eq!(world.store.outbox(0, 10).await.unwrap().len(), 0);
    assert_eq!(spread(&world, 10).await, all);
    // Delivered again: nothing happens.
    broadcast(&world, &carried).await;
    assert_eq!(slice(&world, SignalKey(0), 10).await, None);
}
