//! Messages and subscriptions meet, whoever comes first.

use hosk_core::{
    Command, ElementInstanceKey, Event, InstanceResumed, MessageKey, MessageThrown, ProcessInstanceKey,
};
use hosk_store::{
    Batch, Carried, Committed, CorrelatedMessageSubscriptionField as Correlated, Filter,
    MessageSubscriptionState, OutboxEntry, Publication, Published, ReturnedCorrelation, Search,
};

use crate::world::{NOW, STARTED_BY_MESSAGE, World, later};

fn correlations(committed: &Committed) -> Vec<(ProcessInstanceKey, MessageKey)> {
    let of = |entry: &OutboxEntry| match entry.command() {
        Some(Command::CorrelateMessage { message, variables, .. }) => {
            assert_eq!(variables["amount"].text(), "42");
            Some((entry.target, *message))
        }
        _ => None,
    };
    committed.outbox.iter().filter_map(of).collect()
}

async fn take(world: &World, instance: ProcessInstanceKey, version: u64, entry: &OutboxEntry) -> Committed {
    let Some(Command::CorrelateMessage { subscription, message, .. }) = entry.command() else {
        panic!("not a correlation: {entry:?}")
    };
    let correlated = Event::SubscriptionCorrelated { key: *subscription, message: *message };
    let mut set = world.set(instance, version, vec![correlated]);
    set.handled = vec![entry.key];
    world.commit(vec![set]).await
}

pub(crate) async fn a_message_finds_the_oldest_subscription_of_each_process(world: World) {
    let (first, subscription, _) = world.waiting("a", true).await;
    let (_second, ..) = world.waiting("a", true).await;
    let (_other, ..) = world.waiting("b", true).await;
    let message = world.message("paid", "a", 1_000);
    let key = message.key;
    let committed = world.publish(message).await;
    assert_eq!(correlations(&committed), [(first, key)]);
    let entry = &committed.outbox[0];
    assert_eq!(entry.correlated_process.as_deref(), Some("order"));
    assert_eq!(committed.published, [Published::Accepted { entries: vec![entry.key] }]);
    take(&world, first, 1, entry).await;
    let subscriptions = world.store.message_subscriptions(Search::default()).await.unwrap().items;
    let row = subscriptions.iter().find(|row| row.key == subscription).unwrap();
    assert_eq!(row.state, MessageSubscriptionState::Correlated);
    let by = Search::by(Filter::eq(Correlated::MessageKey, key));
    let correlated = world.store.correlated_message_subscriptions(by).await.unwrap().items;
    assert_eq!((correlated.len(), correlated[0].process_instance_key), (1, first));
    assert_eq!(&*correlated[0].element_id, "wait");
}

pub(crate) async fn a_message_that_came_first_waits(world: World) {
    let message = world.message("paid", "a", 1_000);
    let key = message.key;
    assert_eq!(world.publish(message).await.published, [Published::Accepted { entries: Vec::new() }]);
    let (instance, _, committed) = world.waiting("a", true).await;
    assert_eq!(correlations(&committed), [(instance, key)]);
    // It counted for this process: the next one waits for another message.
    let (_, _, committed) = world.waiting("a", true).await;
    assert_eq!(correlations(&committed), []);
}

pub(crate) async fn a_message_without_time_to_live_is_now_or_never(world: World) {
    world.publish(world.message("paid", "a", 0)).await;
    let (_, _, committed) = world.waiting("a", true).await;
    assert_eq!(correlations(&committed), []);
}

pub(crate) async fn an_expired_message_is_not_found_and_goes(world: World) {
    world.publish(world.message("paid", "a", 10)).await;
    world.publish(world.message("paid", "b", 500)).await;
    assert_eq!(world.store.expire_messages(later(10), 100).await.unwrap(), 1);
    assert_eq!(world.store.expire_messages(later(10), 100).await.unwrap(), 0);
    let (_, _, committed) = world.waiting("a", true).await;
    assert_eq!(correlations(&committed), []);
    let (_, _, committed) = world.waiting("b", true).await;
    assert_eq!(correlations(&committed).len(), 1);
}

pub(crate) async fn the_same_message_id_counts_once_while_it_lives(world: World) {
    let named = |ttl| {
        let mut message = world.message("paid", "a", ttl);
        message.message_id = Some("once".into());
        message
    };
    assert!(matches!(world.publish(named(100)).await.published[..], [Published::Accepted { .. }]));
    assert_eq!(world.publish(named(100)).await.published, [Published::Duplicate]);
    let both =
        Batch { publications: vec![named(100), world.message("paid", "a", 5)], ..world.batch(Vec::new()) };
    let committed = world.store.commit(both).await.unwrap();
    assert!(matches!(committed.published[..], [Published::Duplicate, Published::Accepted { .. }]));
    let late = Batch { now: later(100), publications: vec![named(200)], ..world.batch(Vec::new()) };
    assert!(matches!(world.store.commit(late).await.unwrap().published[..], [Published::Accepted { .. }]));
}

pub(crate) async fn publishing_and_opening_in_one_batch_meet_once(world: World) {
    let instance = ProcessInstanceKey(world.key());
    let (element, key) = (ElementInstanceKey(world.key()), hosk_core::SubscriptionKey(world.key()));
    let mut events = world.created(instance);
    events.extend(world.activating(element, "wait", instance.root()));
    events.push(Event::SubscriptionOpened {
        key,
        element_instance: element,
        target: world.element("wait"),
        message_name: "paid".into(),
        correlation_key: "a".into(),
        interrupting: true,
    });
    let changes = vec![world.set(instance, 0, events)];
    let batch = Batch { publications: vec![world.message("paid", "a", 1_000)], ..world.batch(changes) };
    let committed = world.store.commit(batch).await.unwrap();
    assert_eq!(correlations(&committed).len(), 1);
    assert_eq!(world.store.outbox(0, 10).await.unwrap().len(), 1);
}

pub(crate) async fn a_subscription_that_stays_open_takes_one_message_after_the_other(world: World) {
    let messages = [world.message("paid", "a", 1_000), world.message("paid", "a", 1_000)];
    let keys = messages.clone().map(|message| message.key);
    for message in messages {
        world.publish(message).await;
    }
    let (instance, _, committed) = world.waiting("a", false).await;
    assert_eq!(correlations(&committed), [(instance, keys[0])]);
    let committed = take(&world, instance, 1, &committed.outbox[0]).await;
    assert_eq!(correlations(&committed), [(instance, keys[1])]);
    let committed = take(&world, instance, 2, &committed.outbox[0]).await;
    assert_eq!(correlations(&committed), []);
    let committed = world.publish(world.message("paid", "a", 0)).await;
    assert_eq!(correlations(&committed).len(), 1);
}

pub(crate) async fn a_refused_correlation_goes_to_the_next_that_waits(world: World) {
    let (first, subscription, _) = world.waiting("a", true).await;
    let (second, ..) = world.waiting("a", true).await;
    let message = world.message("paid", "a", 0);
    let key = message.key;
    let sent = world.publish(message).await.outbox;
    world.commit(vec![world.set(first, 1, vec![Event::SubscriptionClosed { key: subscription }])]).await;
    let returned = |entry| ReturnedCorrelation {
        entry,
        message: key,
        subscription,
        process_id: "order".into(),
        keys: world.keys(4),
    };
    let batch = Batch { returned: vec![returned(sent[0].key)], ..world.batch(Vec::new()) };
    let committed = world.store.commit(batch).await.unwrap();
    assert_eq!(correlations(&committed), [(second, key)]);
    // Given back twice: the second time there is nothing to give.
    let batch = Batch { returned: vec![returned(sent[0].key)], ..world.batch(Vec::new()) };
    let again = world.store.commit(batch).await.unwrap();
    assert_eq!((correlations(&again), again.handled_before), (Vec::new(), vec![sent[0].key]));
    assert_eq!(world.store.outbox(0, 10).await.unwrap().len(), 1);
}

pub(crate) async fn a_refused_correlation_waits_when_nobody_does(world: World) {
    let (first, subscription, _) = world.waiting("a", true).await;
    let message = world.message("paid", "a", 1_000);
    let key = message.key;
    let sent = world.publish(message).await.outbox;
    world.commit(vec![world.set(first, 1, vec![Event::SubscriptionClosed { key: subscription }])]).await;
    let returned = ReturnedCorrelation {
        entry: sent[0].key,
        message: key,
        subscription,
        process_id: "order".into(),
        keys: world.keys(4),
    };
    let batch = Batch { returned: vec![returned], ..world.batch(Vec::new()) };
    assert_eq!(correlations(&world.store.commit(batch).await.unwrap()), []);
    let (second, _, committed) = world.waiting("a", true).await;
    assert_eq!(correlations(&committed), [(second, key)]);
}

pub(crate) async fn a_message_starts_the_newest_version(world: World) {
    let old = world.deployed("intake.bpmn", STARTED_BY_MESSAGE).await;
    let new = world
        .deployed(
            "intake.bpmn",
            &STARTED_BY_MESSAGE
                .replace(r#"id="e""#, r#"id="end""#)
                .replace(r#"targetRef="e""#, r#"targetRef="end""#),
        )
        .await;
    assert_eq!((old.version, new.version), (1, 2));
    let message = world.message("ordered", "", 0);
    let key = message.key;
    let committed = world.publish(message).await;
    let [entry] = &committed.outbox[..] else { panic!("{committed:?}") };
    let Some(Command::Create(create)) = entry.command() else { panic!("{entry:?}") };
    assert_eq!((create.definition, create.key, create.message), (new.key, entry.target, Some(key)));
    assert_eq!(create.start_event, new.definition.index_of("s"));
    assert!(world.store.delete_resource(new.key.0).await.unwrap());
    let committed = world.publish(world.message("ordered", "", 0)).await;
    let Some(Command::Create(create)) = committed.outbox[0].command() else { panic!("{committed:?}") };
    assert_eq!(create.definition, old.key);
}

pub(crate) async fn a_correlation_key_has_one_running_instance(mut world: World) {
    world.process = world.deployed("intake.bpmn", STARTED_BY_MESSAGE).await;
    let first = world.publish(world.message("ordered", "a", 1_000)).await.outbox;
    assert_eq!(first.len(), 1);
    assert_eq!(world.publish(world.message("ordered", "b", 1_000)).await.outbox.len(), 1);
    let second = world.message("ordered", "a", 1_000);
    let waits = second.key;
    assert_eq!(world.publish(second).await.outbox.len(), 0);

    let instance = first[0].target;
    let created = Event::InstanceCreated(Box::new(hosk_core::InstanceCreated {
        key: instance,
        definition: world.process.key,
        start: Vec::new(),
        parent: None,
        message: Some(MessageKey(1)),
        business_id: None,
        tags: Vec::new(),
        tenant: "<default>".into(),
        by: None,
        terminate_after: Vec::new(),
        conversation: None,
    }));
    let mut set = world.set(instance, 0, vec![created]);
    set.handled = vec![first[0].key];
    world.commit(vec![set]).await;
    let committed = world.commit(vec![world.set(instance, 1, World::ended(instance))]).await;
    let [entry] = &committed.outbox[..] else { panic!("{committed:?}") };
    let Some(Command::Create(create)) = entry.command() else { panic!("{entry:?}") };
    assert_eq!(create.message, Some(waits));
}

pub(crate) async fn a_publication_without_keys_changes_nothing(world: World) {
    let (_, _, _) = world.waiting("a", true).await;
    let mut message = world.message("paid", "a", 1_000);
    message.keys.count = 0;
    let batch = Batch {
        now: NOW,
        publications: vec![world.message("other", "", 1_000), message],
        ..Batch::default()
    };
    assert!(world.store.commit(batch).await.is_err());
    assert_eq!(world.store.expire_messages(later(10_000), 10).await.unwrap(), 0);
    assert_eq!(world.store.outbox(0, 10).await.unwrap().len(), 0);
}

pub(crate) async fn a_message_waits_for_a_suspended_instance(world: World) {
    let (instance, subscription, _) = world.waiting("a", true).await;
    world.commit(vec![world.set(instance, 1, vec![Event::InstanceSuspended { timers: Vec::new() }])]).await;
    let message = world.message("paid", "a", 1_000);
    let key = message.key;
    assert_eq!(world.publish(message).await.published, [Published::Accepted { entries: Vec::new() }]);
    let resumed = Event::InstanceResumed(Box::new(InstanceResumed {
        subscriptions: vec![subscription],
        ..InstanceResumed::default()
    }));
    let committed = world.commit(vec![world.set(instance, 2, vec![resumed])]).await;
    assert_eq!(correlations(&committed), [(instance, key)]);
}

pub(crate) async fn a_thrown_message_is_published_once(world: World) {
    let (first, ..) = world.waiting("a", true).await;
    let (second, ..) = world.waiting("a", true).await;
    let thrower = ProcessInstanceKey(world.key());
    let mut events = world.created(thrower);
    let thrown = MessageThrown {
        key: MessageKey(world.key()),
        element_instance: thrower.root(),
        name: "paid".into(),
        correlation_key: "a".into(),
        message_id: None,
        expires_at: later(0),
        variables: world.message("paid", "a", 0).variables,
        tenant: "<default>".into(),
    };
    events.push(Event::MessageThrown(Box::new(thrown.clone())));
    let mut set = world.set(thrower, 0, events);
    let entry = world.key();
    set.outbox_keys = vec![entry];
    let committed = world.commit(vec![set]).await;
    let stored = world.store.outbox(0, 10).await.unwrap();
    for entries in [&committed.outbox, &stored] {
        let [OutboxEntry { key, source, carries: Carried::Message(message), .. }] = &entries[..] else {
            panic!("{entries:?}")
        };
        assert_eq!((*key, *source, &**message), (entry, Some(thrower), &thrown));
    }
    let publication = || Publication {
        key: thrown.key,
        variables: thrown.variables.clone(),
        entry: Some(entry),
        ..world.message("paid", "a", 0)
    };
    let committed = world.publish(publication()).await;
    assert_eq!(correlations(&committed), [(first, thrown.key)]);
    assert!(world.store.outbox(0, 10).await.unwrap().iter().all(|left| left.key != entry));
    // Delivered again: the second instance gets nothing.
    let again = world.publish(publication()).await;
    assert_eq!(again.published, [Published::Accepted { entries: Vec::new() }]);
    assert_eq!(correlations(&again), [], "{second} waits on");
}
