//! Versions, history, snapshots, the outbox.

use hosk_core::{
    Command, ElementInstanceKey, Event, IncidentKey, IncidentKind, JobKey, ProcessInstanceKey, TimerKey,
    UserTaskKey,
};
use hosk_store::{Batch, CommitPlace, Error, Owned};

use crate::world::{NOW, World, later};

pub(crate) async fn what_was_committed_is_loaded(world: World) {
    let instance = world.start().await;
    let loaded = world.store.load(instance).await.unwrap().unwrap();
    assert_eq!(loaded.version, 1);
    assert!(loaded.bytes_since_snapshot > 0);
    assert_eq!(loaded.state.key(), Some(instance));
    assert!(world.store.load(ProcessInstanceKey(7)).await.unwrap().is_none());
}

pub(crate) async fn a_stale_change_set_is_left_out_whole(world: World) {
    let (stale, fresh) = (world.start().await, world.start().await);
    world.commit(vec![world.set(stale, 1, World::ended(stale))]).await;
    let timer = TimerKey(world.key());
    let late = Event::TimerScheduled {
        key: timer,
        element_instance: stale.root(),
        target: world.element("wait"),
        due: NOW,
        repetitions: Some(0),
        cycle: None,
    };
    let new = ProcessInstanceKey(world.key());
    let sets = vec![
        world.set(stale, 1, vec![late]),
        world.set(fresh, 1, World::ended(fresh)),
        world.set(new, 0, world.created(new)),
    ];
    let committed = world.store.commit(world.batch(sets)).await.unwrap();
    assert_eq!(committed.stale, [stale]);
    assert_eq!(world.store.load(stale).await.unwrap().unwrap().version, 2);
    assert_eq!(world.store.load(fresh).await.unwrap().unwrap().version, 2);
    assert_eq!(world.store.load(new).await.unwrap().unwrap().version, 1);
    assert_eq!(world.store.due_timers(later(1), 10).await.unwrap().timers, []);
}

pub(crate) async fn an_instance_is_created_once(world: World) {
    let instance = world.start().await;
    let again = world.set(instance, 0, world.created(instance));
    let committed = world.store.commit(world.batch(vec![again])).await.unwrap();
    assert_eq!(committed.stale, [instance]);
    assert_eq!(world.store.load(instance).await.unwrap().unwrap().version, 1);
}

pub(crate) async fn a_batch_that_breaks_the_contract_is_refused(world: World) {
    let instance = world.start().await;
    let twice = vec![world.set(instance, 1, Vec::new()), world.set(instance, 2, Vec::new())];
    assert!(matches!(world.store.commit(world.batch(twice)).await, Err(Error::Invalid { .. })));
    let without_keys =
        Batch { now: NOW, changes: vec![world.set(instance, 1, World::ended(instance))], ..Batch::default() };
    assert!(matches!(world.store.commit(without_keys).await, Err(Error::Invalid { .. })));
    let mut unsent = world.set(instance, 1, vec![Event::Paused { work: Vec::new() }]);
    unsent.outbox_keys.clear();
    assert!(matches!(world.store.commit(world.batch(vec![unsent])).await, Err(Error::Invalid { .. })));
    assert_eq!(world.store.load(instance).await.unwrap().unwrap().version, 1);
}

pub(crate) async fn a_snapshot_shortens_the_tail(world: World) {
    let instance = world.start().await;
    let state = world.store.load(instance).await.unwrap().unwrap().state;
    let mut set = world.set(instance, 1, Vec::new());
    set.snapshot = Some(hosk_store::encode_snapshot(&state).unwrap());
    world.commit(vec![set]).await;
    let loaded = world.store.load(instance).await.unwrap().unwrap();
    assert_eq!((loaded.version, loaded.bytes_since_snapshot), (2, 0));
    assert_eq!(loaded.state, state);
    world.commit(vec![world.set(instance, 2, World::ended(instance))]).await;
    let loaded = world.store.load(instance).await.unwrap().unwrap();
    assert_eq!(loaded.version, 3);
    assert!(loaded.bytes_since_snapshot > 0 && loaded.state.is_ended());
}

pub(crate) async fn outbox_entries_keep_their_order_and_go_once(world: World) {
    let instance = world.start().await;
    let child = ProcessInstanceKey(world.key());
    let events = vec![
        Event::ChildCancelRequested { child, caller: Some(instance.root()) },
        Event::Paused { work: Vec::new() },
        Event::ChildCancelRequested { child, caller: None },
    ];
    let set = world.set(instance, 1, events);
    let expected = set.outbox_keys[..3].to_vec();
    let committed = world.commit(vec![set]).await;
    assert_eq!(committed.outbox.iter().map(|entry| entry.key).collect::<Vec<_>>(), expected);
    let stored = world.store.outbox(0, 10).await.unwrap();
    assert_eq!(stored.iter().map(|entry| entry.key).collect::<Vec<_>>(), expected);
    assert!(matches!(stored[0].command(), Some(Command::CancelCalled { .. })));
    assert_eq!((stored[0].target, stored[1].target), (child, instance));
    assert_eq!(world.store.outbox(expected[0], 1).await.unwrap()[0].key, expected[1]);

    let mut set = world.set(instance, 2, Vec::new());
    set.handled = vec![expected[1]];
    let batch = Batch { handled: vec![expected[0]], ..world.batch(vec![set]) };
    assert!(world.store.commit(batch).await.unwrap().stale.is_empty());
    assert_eq!(world.store.outbox(0, 10).await.unwrap().len(), 1);
}

pub(crate) async fn a_command_from_the_outbox_has_its_effect_once(world: World) {
    let (instance, other) = (world.start().await, world.start().await);
    let set = world.set(instance, 1, vec![Event::Paused { work: Vec::new() }]);
    let entry = set.outbox_keys[0];
    world.commit(vec![set]).await;
    let mut first = world.set(instance, 2, Vec::new());
    first.handled = vec![entry];
    world.commit(vec![first]).await;

    let mut repeat = world.set(instance, 3, Vec::new());
    repeat.handled = vec![entry];
    let beside = world.set(other, 1, Vec::new());
    let committed = world.store.commit(world.batch(vec![repeat, beside])).await.unwrap();
    assert_eq!((committed.stale, committed.handled_before), (vec![instance], vec![entry]));
    assert_eq!(world.store.load(instance).await.unwrap().unwrap().version, 3);
    assert_eq!(world.store.load(other).await.unwrap().unwrap().version, 2);
}

pub(crate) async fn timers_come_due_in_order(world: World) {
    let instance = world.start().await;
    let keys = [world.key(), world.key(), world.key()].map(TimerKey);
    let timer = |key, due| Event::TimerScheduled {
        key,
        element_instance: instance.root(),
        target: world.element("wait"),
        due: later(due),
        repetitions: Some(0),
        cycle: None,
    };
    let gone = TimerKey(world.key());
    let events = vec![
        timer(keys[0], 30),
        timer(keys[1], 10),
        timer(keys[2], 20),
        timer(gone, 5),
        Event::TimerCanceled { key: gone },
    ];
    world.commit(vec![world.set(instance, 1, events)]).await;
    let due = world.store.due_timers(later(20), 10).await.unwrap();
    assert_eq!(due.timers, [(instance, keys[1]), (instance, keys[2])]);
    assert_eq!(due.next, Some(later(30)));
    let due = world.store.due_timers(later(50), 2).await.unwrap();
    assert_eq!((due.timers.len(), due.next), (2, Some(later(30))));
    world.commit(vec![world.set(instance, 2, vec![Event::TimerTriggered { key: keys[1] }])]).await;
    let due = world.store.due_timers(later(50), 10).await.unwrap();
    assert_eq!((due.timers, due.next), (vec![(instance, keys[2]), (instance, keys[0])], None));
}

pub(crate) async fn what_belongs_to_an_instance_is_located(world: World) {
    let (instance, element, job) = world.start_with_job("ship").await;
    let (incident, task) = (IncidentKey(world.key()), UserTaskKey(world.key()));
    let raised = Event::IncidentRaised {
        key: incident,
        element_instance: element,
        job: Some(job),
        kind: IncidentKind::JobNoRetries,
        message: "no".into(),
    };
    world
        .commit(vec![world.set(instance, 1, vec![raised, crate::searches::task(&world, task, element)])])
        .await;
    for what in
        [Owned::Job(job), Owned::ElementInstance(element), Owned::Incident(incident), Owned::UserTask(task)]
    {
        assert_eq!(world.store.locate(what).await.unwrap(), Some(instance), "{what:?}");
    }
    assert_eq!(world.store.locate(Owned::Job(JobKey(3))).await.unwrap(), None);
    assert_eq!(world.store.locate(Owned::ElementInstance(ElementInstanceKey(3))).await.unwrap(), None);
}

pub(crate) async fn a_batch_of_many_instances_is_written_in_chunks(world: World) {
    let sets =
        (0..700).map(|_| ProcessInstanceKey(world.key())).map(|key| world.set(key, 0, world.created(key)));
    let sets = sets.collect::<Vec<_>>();
    let keys = sets.iter().map(|set| set.instance).collect::<Vec<_>>();
    world.commit(sets).await;
    for key in keys {
        assert_eq!(world.store.load(key).await.unwrap().unwrap().version, 1);
        assert_eq!(world.store.sequence_flows(key).await.unwrap().unwrap(), ["f1".into()]);
    }
}

pub(crate) async fn commits_are_read_in_order_from_a_place(world: World) {
    let log = &world.store;
    let before = log.newest_commit().await.unwrap();
    let (one, other) = (world.start().await, world.start().await);
    world.commit(vec![world.set(one, 1, World::ended(one))]).await;
    // Of a shared database only that is read which is older than every open transaction, whosever it is.
    let mut all = Vec::new();
    while all.len() < 3 {
        all = log.commits_after(before, 10).await.unwrap();
    }
    let told: Vec<_> = all.iter().map(|commit| (commit.place.instance, commit.place.version)).collect();
    assert_eq!(told, [(one, 1), (other, 1), (one, 2)]);
    assert!(matches!(all[2].steps[0].events.last(), Some(Event::InstanceEnded(_))));
    assert!(all.windows(2).all(|pair| pair[0].place < pair[1].place));
    // From each place what stands behind it, in pieces as well.
    let rest = log.commits_after(all[0].place, 1).await.unwrap();
    assert_eq!(rest.iter().map(|commit| commit.place).collect::<Vec<_>>(), [all[1].place]);
    assert!(log.commits_after(all[2].place, 10).await.unwrap().is_empty());
    let newest = log.newest_commit().await.unwrap();
    assert!(log.commits_after(newest, 10).await.unwrap().is_empty());
    // A place is known as long as its commit is there.
    let found = log.commit_at(all[2].place).await.unwrap().unwrap();
    assert_eq!((found.place, found.steps.len()), (all[2].place, all[2].steps.len()));
    assert!(log.commit_at(before).await.unwrap().unwrap().steps.is_empty());
    let strange = [
        CommitPlace { version: 3, ..all[2].place },
        CommitPlace { instance: other, ..all[2].place },
        CommitPlace { order: all[2].place.order + 1_000_000_000, ..all[2].place },
        CommitPlace { order: before.order + 1_000_000_000, ..before },
    ];
    for place in strange {
        assert!(log.commit_at(place).await.unwrap().is_none(), "{place:?}");
    }
    world.store.remove_instances(vec![one]).await.unwrap();
    assert!(log.commit_at(all[2].place).await.unwrap().is_none());
    assert_eq!(log.commits_after(before, 10).await.unwrap().len(), 1);
}
