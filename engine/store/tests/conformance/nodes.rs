//! What several nodes on one store rely on. A store of one node has no claims: there the same questions have the plain
//! answers.

use hosk_core::{ChildOutcome, Event, ProcessInstanceKey, SignalKey, TimerKey, Variables};
use hosk_store::{Batch, Broadcast, Claim, JobClaim, JobLease, News, NodeLease, Standing};

use crate::world::{World, later};

fn claim(owner: u64, at: i64) -> Claim {
    Claim { owner, now: later(at), until: later(at + 10) }
}

pub(crate) async fn nodes_have_their_own_numbers(world: World) {
    let lease = async |held, owner, now, until| {
        world.store.lease_node(NodeLease { held, owner, now: later(now), until: later(until) }).await.unwrap()
    };
    let first = lease(None, 1, 0, 10).await;
    let second = lease(None, 2, 0, 10).await;
    assert_ne!(first, second);
    assert_eq!(lease(Some(second), 2, 5, 20).await, second);
    let third = lease(None, 3, 11, 20).await;
    assert!(third != first && third != second, "a number rests while there are others");
    assert_eq!(lease(Some(second), 2, 30, 40).await, second, "nobody has taken it meanwhile");
    if world.store.is_shared() {
        assert_ne!(lease(Some(second), 4, 31, 40).await, second, "it is another's");
    }
}

pub(crate) async fn where_instances_stand(world: World) {
    let one = world.start().await;
    let two = world.start().await;
    world.commit(vec![world.set(two, 1, World::ended(two))]).await;
    let standing = world.store.standing(&[two, ProcessInstanceKey(3), one]).await.unwrap();
    let stands = |version, ended| Standing { version, ended };
    assert_eq!(standing, [stands(2, true), stands(0, false), stands(1, false)]);
}

pub(crate) async fn a_lease_may_depend_on_what_the_worker_is_shown(world: World) {
    let (instance, _, job) = world.start_with_job("ship").await;
    let lease = |version| JobLease {
        instance,
        job,
        worker: "w".into(),
        deadline: Some(later(10)),
        taken: true,
        version: Some(version),
    };
    let lost = async |batch: Batch| world.store.commit(batch).await.unwrap().lost_leases;
    let set = |version| world.set(instance, version, vec![world.variable(instance.root(), "v", "1")]);
    world.commit(vec![set(1)]).await;
    assert_eq!(lost(Batch { leases: vec![lease(1)], ..world.batch(Vec::new()) }).await, [job], "outdated");
    let both = Batch { leases: vec![lease(2)], ..world.batch(vec![set(2)]) };
    assert_eq!(lost(both).await, [], "what is written beside it comes after it");
    let wanted = JobClaim {
        job_type: "ship".into(),
        tenants: vec!["<default>".into()],
        worker: "w".into(),
        now: later(10),
        deadline: later(20),
        limit: 1,
        except: Vec::new(),
    };
    assert_eq!(world.store.claim_jobs(wanted).await.unwrap()[0].version, 3);
}

/// An instance whose parent is told about its end.
async fn sends(world: &World, claim: Claim) -> (ProcessInstanceKey, u64) {
    let (instance, parent) = (world.start().await, world.start().await);
    let outcome = ChildOutcome::Completed { variables: Variables::new() };
    let parent =
        hosk_core::ParentLink { instance: parent, element_instance: parent.root(), root: parent, depth: 1 };
    let mut events = World::ended(instance);
    events.pop();
    events.push(Event::InstanceEnded(Box::new(hosk_core::InstanceEnded { outcome, parent: Some(parent) })));
    let batch = Batch { claim, ..world.batch(vec![world.set(instance, 1, events)]) };
    let committed = world.store.commit(batch).await.unwrap();
    (instance, committed.outbox[0].key)
}

pub(crate) async fn entries_and_timers_have_one_node_at_a_time(world: World) {
    let (_, entry) = sends(&world, claim(1, 0)).await;
    let entries = async |claim, own| {
        let found = world.store.claim_outbox(claim, own, 10).await.unwrap();
        found.iter().map(|entry| entry.key).collect::<Vec<_>>()
    };
    assert_eq!(entries(claim(1, 1), true).await, [entry]);
    let instance = world.start().await;
    let timer = TimerKey(world.key());
    let event = Event::TimerScheduled {
        key: timer,
        element_instance: instance.root(),
        target: world.element("ship"),
        due: later(5),
        repetitions: None,
        cycle: None,
    };
    world.commit(vec![world.set(instance, 1, vec![event])]).await;
    let timers = async |claim: Claim| world.store.claim_timers(claim.now, claim, 10).await.unwrap();
    assert_eq!(timers(claim(1, 4)).await.next, Some(later(5)));
    assert_eq!(timers(claim(1, 5)).await.timers, [(instance, timer)]);
    if !world.store.is_shared() {
        return;
    }
    assert_eq!(entries(claim(1, 2), false).await, [0_u64; 0], "it is carried");
    assert_eq!(entries(claim(2, 10), true).await, [0_u64; 0], "until 12");
    assert_eq!(entries(claim(2, 12), true).await, [entry]);
    assert_eq!(entries(claim(1, 13), true).await, [0_u64; 0], "it is another's now");
    assert_eq!(timers(claim(2, 14)).await.timers, []);
    assert_eq!(timers(claim(2, 15)).await.timers, [(instance, timer)]);
}

pub(crate) async fn a_broadcast_is_spread_by_one_node_at_a_time(world: World) {
    let instance = world.start().await;
    let key = hosk_core::SubscriptionKey(world.key());
    let opened = Event::Signal(hosk_core::SignalEvent::Opened {
        key,
        element_instance: instance.root(),
        target: world.element("wait"),
        signal_name: "halt".into(),
        interrupting: true,
    });
    world.commit(vec![world.set(instance, 1, vec![opened])]).await;
    let signal = SignalKey(world.key());
    let (tenant, name) = ("<default>".into(), "halt".into());
    let halt = Broadcast { key: signal, tenant, name, variables: Variables::new(), entry: None };
    world.store.commit(Batch { broadcasts: vec![halt], ..world.batch(Vec::new()) }).await.unwrap();
    let slice = async |claim| {
        let slice = world.store.claim_signal_slice(SignalKey(0), claim, 10).await.unwrap();
        slice.map(|slice| slice.subscriptions)
    };
    assert_eq!(slice(claim(1, 0)).await, Some(vec![(instance, key)]));
    assert_eq!(slice(claim(1, 1)).await, Some(vec![(instance, key)]));
    if world.store.is_shared() {
        assert_eq!(slice(claim(2, 2)).await, None);
        assert_eq!(slice(claim(2, 11)).await, Some(vec![(instance, key)]));
    }
}

pub(crate) async fn an_instance_tells_who_carries_what_it_sent(world: World) {
    let (instance, entry) = sends(&world, claim(7, 0)).await;
    let carriers = async || world.store.load(instance).await.unwrap().unwrap().carriers;
    let expected: &[u64] = if world.store.is_shared() { &[7] } else { &[] };
    assert_eq!(carriers().await, expected);
    world.store.commit(Batch { handled: vec![entry], ..world.batch(Vec::new()) }).await.unwrap();
    assert_eq!(carriers().await, [0_u64; 0]);
}

pub(crate) async fn definitions_of_other_nodes_are_found(world: World) {
    if !world.store.is_shared() {
        return;
    }
    let start = world.store.definition_changes(u64::MAX).await.unwrap();
    assert!(start.last > 0 && start.resources.is_empty());
    let xml = crate::world::STARTED_BY_MESSAGE;
    let deployed = world.deploy("intake.bpmn", xml).await.definitions.remove(0);
    world.deploy("intake.bpmn", xml).await;
    let found = world.store.definition_changes(start.last).await.unwrap();
    assert_eq!(found.last, start.last + 1, "an unchanged file is no change");
    let [resource] = &found.resources[..] else { panic!("{found:?}") };
    assert_eq!((&*resource.content, &resource.definitions[0].1), (xml.as_bytes(), &deployed));
    assert!(world.store.delete_resource(deployed.key).await.unwrap());
    let found = world.store.definition_changes(found.last).await.unwrap();
    assert_eq!((found.deleted, found.resources.len()), (vec![deployed.key], 0));
}

pub(crate) async fn what_one_node_tells_the_others_hear(world: World) {
    let Some(mut heard) = world.store.news() else { return };
    let news = [News::Jobs("ship".into()), News::Ended(ProcessInstanceKey(5)), News::Deployed];
    let hearing = async {
        // Whoever begins to listen is told until he hears: a session takes a moment to listen.
        loop {
            world.store.announce(news.to_vec()).await.unwrap();
            let first = tokio::time::timeout(std::time::Duration::from_millis(100), heard.recv()).await;
            if matches!(first, Ok(Ok(News::Jobs(_)))) {
                return [heard.recv().await.unwrap(), heard.recv().await.unwrap()];
            }
        }
    };
    let heard = tokio::time::timeout(std::time::Duration::from_secs(20), hearing).await.unwrap();
    assert_eq!(heard, news[1..]);
}
