//! What events make of the rows, as a query sees them right after the commit.

use std::sync::Arc;

use hosk_core::{
    Event, IncidentKey, IncidentKind, InstanceResumed, JobKey, ProcessInstanceKey, SubscriptionKey, TimerKey,
    UserTaskChanges, UserTaskKey, UserTaskTransition, VariableKey,
};
use hosk_store::{
    ElementInstanceField, ElementInstanceState, ElementStatistics, ElementType, Filter, IncidentState,
    JobClaim, JobType, ProcessInstanceField, ProcessInstanceState, Related, Search, StatisticsOf,
    UserTaskState, VALUE_PREVIEW, VariableField,
};

use crate::searches::task;
use crate::world::{NOW, ORDER, World, later};

pub(crate) async fn an_instance_and_its_elements(world: World) {
    let (instance, element, job) = world.start_with_job("ship").await;
    let row = world.store.process_instance(instance).await.unwrap().unwrap();
    assert_eq!((row.state, row.end_date, row.has_incident), (ProcessInstanceState::Active, None, false));
    assert_eq!((&*row.process_definition_id, row.process_definition_version), ("order", 1));
    assert_eq!((row.root_process_instance_key, row.start_date), (instance, NOW));
    let of = Search::by(Filter::eq(ElementInstanceField::ProcessInstanceKey, instance));
    let elements = world.store.element_instances(of).await.unwrap().items;
    let shown = elements.iter().map(|e| (&*e.element_id, e.r#type, e.state)).collect::<Vec<_>>();
    assert_eq!(
        shown,
        [
            ("order", ElementType::Process, ElementInstanceState::Active),
            ("ship", ElementType::ServiceTask, ElementInstanceState::Active),
            ("s", ElementType::StartEvent, ElementInstanceState::Completed),
        ]
    );
    let job_row = world.store.job(job).await.unwrap().unwrap();
    assert_eq!((&*job_row.element_id, job_row.kind, job_row.retries), ("ship", JobType::BpmnElement, 3));
    assert_eq!(*job_row.custom_headers, [("colour".to_owned(), "red".to_owned())]);
    assert_eq!(world.store.scopes(element).await.unwrap(), [element, instance.root()]);

    world
        .commit(vec![world.set(
            instance,
            1,
            vec![
                Event::JobCompleted { key: job },
                Event::ElementCompleting { key: element },
                Event::ElementCompleted { key: element },
                Event::FlowTaken { flow: world.element("f2"), scope: instance.root() },
                Event::FlowTaken { flow: world.element("f1"), scope: instance.root() },
            ],
        )])
        .await;
    let flows = world.store.sequence_flows(instance).await.unwrap().unwrap();
    assert_eq!(flows, ["f1".into(), "f2".into()] as [Arc<str>; 2]);
    assert!(world.store.sequence_flows(ProcessInstanceKey(1)).await.unwrap().is_none());
    world.commit(vec![world.set(instance, 2, World::ended(instance))]).await;
    let row = world.store.process_instance(instance).await.unwrap().unwrap();
    assert_eq!((row.state, row.end_date), (ProcessInstanceState::Completed, Some(NOW)));
    let row = world.store.element_instance(element).await.unwrap().unwrap();
    assert_eq!((row.state, row.end_date), (ElementInstanceState::Completed, Some(NOW)));
    assert_eq!(world.store.history(instance, 0, 10).await.unwrap().len(), 3);
    assert_eq!(world.store.history(instance, 1, 1).await.unwrap()[0].version, 2);
}

pub(crate) async fn a_multi_instance_body_and_its_children_are_told_apart(world: World) {
    let instance = world.start().await;
    let (body, child) =
        (hosk_core::ElementInstanceKey(world.key()), hosk_core::ElementInstanceKey(world.key()));
    let element = world.element("each");
    let activating = |key, scope, loop_counter| Event::ElementActivating {
        key,
        element,
        scope,
        consumed: Vec::new(),
        loop_counter,
        inner: false,
    };
    let events = vec![activating(body, instance.root(), None), activating(child, body, Some(1))];
    world.commit(vec![world.set(instance, 1, events)]).await;
    let types = [body, child].map(|key| world.store.element_instance(key));
    let types = futures::future::join_all(types).await.into_iter().map(|row| row.unwrap().unwrap().r#type);
    assert_eq!(types.collect::<Vec<_>>(), [ElementType::MultiInstanceBody, ElementType::ServiceTask]);
    assert_eq!(world.store.scopes(child).await.unwrap(), [child, body, instance.root()]);
}

/// Around, child and activation, also of another version in which the element has another number.
pub(crate) async fn a_repeated_ad_hoc_sub_process_has_three_levels(mut world: World) {
    const XML: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">
      <process id="visit" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="x"/>
        <adHocSubProcess id="x"><task id="a"/><multiInstanceLoopCharacteristics><loopCardinality>=2</loopCardinality>
        </multiInstanceLoopCharacteristics></adHocSubProcess></process></definitions>"#;
    world.process = world.deployed("visit.bpmn", XML).await;
    let instance = world.start().await;
    let keys: [_; 3] = std::array::from_fn(|_| hosk_core::ElementInstanceKey(world.key()));
    let [body, child, inner] = keys;
    let element = world.element("x");
    let activating = |key, scope, loop_counter, inner| {
        let consumed = Vec::new();
        Event::ElementActivating { key, element, scope, consumed, loop_counter, inner }
    };
    let events = vec![
        activating(body, instance.root(), None, false),
        activating(child, body, Some(1), false),
        activating(inner, child, Some(1), true),
    ];
    world.commit(vec![world.set(instance, 1, events)]).await;
    let expected = [
        (ElementType::MultiInstanceBody, "x"),
        (ElementType::AdHocSubProcess, "x"),
        (ElementType::AdHocSubProcessInnerInstance, "x#innerInstance"),
    ];
    shows(&world, keys, expected).await;

    let renamed = XML.replace(r#"<startEvent id="s"/>"#, r#"<startEvent id="s"/><task id="new"/>"#);
    let renamed = renamed.replace("\"x\"", "\"y\"").replace(r#"id="visit""#, r#"id="visits""#);
    let target = world.deployed("visits.bpmn", &renamed).await;
    let becomes = target.definition.index_of("y").unwrap();
    assert_ne!(becomes, element);
    let migrated = Event::InstanceMigrated { definition: target.key, elements: vec![(element, becomes)] };
    let mut set = world.set(instance, 2, vec![migrated]);
    set.process = target;
    world.commit(vec![set]).await;
    shows(
        &world,
        keys,
        expected.map(|(r#type, id)| (r#type, if id == "x" { "y" } else { "y#innerInstance" })),
    )
    .await;
    let statistics = world.store.element_statistics(StatisticsOf::Instance(instance)).await.unwrap();
    let active = statistics.iter().map(|one| (&*one.element_id, one.active)).collect::<Vec<_>>();
    assert_eq!(active, [("s", 0), ("y", 2), ("y#innerInstance", 1)]);
}

async fn shows<const N: usize>(
    world: &World,
    keys: [hosk_core::ElementInstanceKey; N],
    expected: [(ElementType, &str); N],
) {
    for (key, (r#type, id)) in keys.into_iter().zip(expected) {
        let row = world.store.element_instance(key).await.unwrap().unwrap();
        assert_eq!((row.r#type, &*row.element_id), (r#type, id));
    }
}

pub(crate) async fn variables_are_set_and_changed(world: World) {
    let instance = world.start().await;
    let long = format!("\"{}\"", "ä".repeat(VALUE_PREVIEW));
    let (first, second) =
        (world.variable(instance.root(), "a", "1"), world.variable(instance.root(), "long", &long));
    let Event::VariableSet { key, .. } = &first else { panic!() };
    let key = *key;
    let again = |json: &str| Event::VariableSet {
        key,
        scope: instance.root(),
        name: "a".into(),
        value: hosk_feel::Json::parse(json).unwrap(),
        created: false,
    };
    world.commit(vec![world.set(instance, 1, vec![first, second, again("1.50")])]).await;
    assert_eq!(&*world.store.variable(key).await.unwrap().unwrap().value, "1.50");
    world.commit(vec![world.set(instance, 2, vec![again("{\"b\": 2}")])]).await;
    let row = world.store.variable(key).await.unwrap().unwrap();
    assert_eq!((&*row.value, &*row.name, row.scope_key), ("{\"b\": 2}", "a", instance.root()));
    assert!(world.store.variable(VariableKey(1)).await.unwrap().is_none());

    let truncated = || Search::by(Filter::eq(VariableField::IsTruncated, true));
    let cut = world.store.variables(truncated(), false).await.unwrap().items;
    assert_eq!((cut.len(), cut[0].value.chars().count(), cut[0].is_truncated), (1, VALUE_PREVIEW, true));
    let whole = world.store.variables(truncated(), true).await.unwrap().items;
    assert_eq!(&*whole[0].value, long);
}

pub(crate) async fn incidents_show_on_instance_and_element(world: World) {
    let (instance, element, job) = world.start_with_job("ship").await;
    let raised = |key| Event::IncidentRaised {
        key,
        element_instance: element,
        job: Some(job),
        kind: IncidentKind::JobNoRetries,
        message: "ERP is down".into(),
    };
    let (first, second) = (IncidentKey(world.key()), IncidentKey(world.key()));
    world.commit(vec![world.set(instance, 1, vec![raised(first)])]).await;
    assert!(world.store.process_instance(instance).await.unwrap().unwrap().has_incident);
    let row = world.store.element_instance(element).await.unwrap().unwrap();
    assert_eq!((row.has_incident, row.incident_key), (true, Some(first)));
    let row = world.store.incident(first).await.unwrap().unwrap();
    assert_eq!((row.state, &*row.element_id, row.job_key), (IncidentState::Active, "ship", Some(job)));
    let statistics = world.store.element_statistics(StatisticsOf::Instance(instance)).await.unwrap();
    let one = |id: &str, active, incidents, completed| ElementStatistics {
        element_id: id.into(),
        active,
        canceled: 0,
        incidents,
        completed,
    };
    assert_eq!(statistics, [one("s", 0, 0, 1), one("ship", 1, 1, 0)]);
    let of = StatisticsOf::Definition(world.process.key, Filter::everything());
    assert_eq!(world.store.element_statistics(of).await.unwrap(), statistics);
    // What is said about element instances counts for those that are counted, too.
    let about = |element| Filter::Has(Related::Element(Box::new(element)));
    let ship = about(Filter::eq(ElementInstanceField::ElementId, "ship"));
    let ended = Filter::eq(ElementInstanceField::State, "COMPLETED");
    let active = Filter::eq(ProcessInstanceField::State, "ACTIVE");
    for (filter, expected) in [
        (Filter::All(vec![active.clone(), ship.clone()]), &statistics[1..]),
        (about(ended.clone()), &statistics[..1]),
        (Filter::Any(vec![ship, about(ended)]), &statistics[..]),
        (active, &statistics[..]),
    ] {
        let of = StatisticsOf::Definition(world.process.key, filter);
        assert_eq!(world.store.element_statistics(of).await.unwrap(), expected);
    }

    let events =
        vec![Event::IncidentResolved { key: first }, raised(second), Event::IncidentResolved { key: second }];
    world.commit(vec![world.set(instance, 2, events)]).await;
    assert!(!world.store.process_instance(instance).await.unwrap().unwrap().has_incident);
    assert_eq!(world.store.element_instance(element).await.unwrap().unwrap().incident_key, None);
    for key in [first, second] {
        let row = world.store.incident(key).await.unwrap().unwrap();
        assert_eq!((row.state, row.resolved_time), (IncidentState::Resolved, Some(NOW)));
    }
}

pub(crate) async fn a_user_task_through_its_life(world: World) {
    let instance = world.start().await;
    let (element, key) = (hosk_core::ElementInstanceKey(world.key()), UserTaskKey(world.key()));
    let mut events = world.activating(element, "approve", instance.root());
    events.push(task(&world, key, element));
    world.commit(vec![world.set(instance, 1, events)]).await;
    let row = world.store.user_task(key).await.unwrap().unwrap();
    assert_eq!((&*row.name, row.state, row.assignee), ("Approve", UserTaskState::Created, None::<Arc<str>>));
    assert_eq!(row.due_date.unwrap().0, 1_767_319_445_000);
    assert_eq!(row.candidate_groups, ["warehouse".into(), "sales".into()] as [Arc<str>; 2]);

    let assigned = Event::UserTaskAssigned { key, assignee: Some("eva".into()), by: None };
    let changes = UserTaskChanges {
        candidate_groups: Some(Vec::new()),
        due_date: Some(None),
        follow_up_date: Some(Some("2026-01-01T00:00:00".into())),
        priority: Some(80),
        ..UserTaskChanges::default()
    };
    let updated = Event::UserTaskUpdated { key, changes, by: None };
    world.commit(vec![world.set(instance, 2, vec![assigned, updated])]).await;
    let row = world.store.user_task(key).await.unwrap().unwrap();
    assert_eq!((row.assignee.as_deref(), row.priority, row.due_date), (Some("eva"), 80, None));
    assert_eq!((row.candidate_groups.len(), row.follow_up_date.unwrap().0), (0, 1_767_225_600_000));

    let gone = Event::UserTaskAssigned { key, assignee: None, by: None };
    let done = Event::UserTaskCompleted { key, by: Some("eva".into()) };
    world.commit(vec![world.set(instance, 3, vec![gone, done])]).await;
    let row = world.store.user_task(key).await.unwrap().unwrap();
    assert_eq!((row.state, row.completion_date, row.assignee), (UserTaskState::Completed, Some(NOW), None));
}

pub(crate) async fn a_transition_shows_until_its_listeners_are_done(world: World) {
    let instance = world.start().await;
    let (element, key) = (hosk_core::ElementInstanceKey(world.key()), UserTaskKey(world.key()));
    let mut events = world.activating(element, "approve", instance.root());
    events.push(task(&world, key, element));
    world.commit(vec![world.set(instance, 1, events)]).await;
    let state = async || world.store.user_task(key).await.unwrap().unwrap().state;
    let to = UserTaskTransition::Assigning { assignee: Some("eva".into()), by: None, action: None };
    let begins = Event::UserTaskTransitioning { key, to: Box::new(to), global: Vec::new() };
    world.commit(vec![world.set(instance, 2, vec![begins.clone()])]).await;
    assert_eq!(state().await, UserTaskState::Assigning);
    let settled = Event::UserTaskSettled { key, denied: Some("no".into()) };
    world.commit(vec![world.set(instance, 3, vec![settled])]).await;
    assert_eq!(state().await, UserTaskState::Created);
    let assigned = Event::UserTaskAssigned { key, assignee: Some("eva".into()), by: None };
    world.commit(vec![world.set(instance, 4, vec![begins, assigned])]).await;
    assert_eq!(state().await, UserTaskState::Created);
    world.commit(vec![world.set(instance, 5, vec![Event::UserTaskCanceled { key }])]).await;
    assert_eq!(state().await, UserTaskState::Canceled);
}

pub(crate) async fn many_rows_of_one_key_in_one_change_set_are_one(world: World) {
    let instance = world.start().await;
    let mut events = Vec::new();
    let mut jobs = Vec::new();
    for number in 0..40 {
        let element = hosk_core::ElementInstanceKey(world.key());
        let job = JobKey(world.key());
        events.extend(world.activating(element, "ship", instance.root()));
        events.push(world.job(job, element, "ship", number));
        events.push(Event::JobUpdated { key: job, retries: Some(9), priority: None });
        events.push(Event::JobCompleted { key: job });
        events.push(Event::ElementCompleted { key: element });
        jobs.push(job);
    }
    world.commit(vec![world.set(instance, 1, events)]).await;
    for (number, job) in jobs.iter().enumerate() {
        let row = world.store.job(*job).await.unwrap().unwrap();
        assert_eq!((row.retries, row.priority, row.end_time), (9, number as i32, Some(NOW)));
        let element = world.store.element_instance(row.element_instance_key).await.unwrap().unwrap();
        assert_eq!(element.state, ElementInstanceState::Completed);
    }
}

pub(crate) async fn a_suspended_instance_shows_and_its_timers_and_jobs_rest(world: World) {
    let (instance, element, job) = world.start_with_job("ship").await;
    let timer = TimerKey(world.key());
    let scheduled = Event::TimerScheduled {
        key: timer,
        element_instance: element,
        target: world.element("ship"),
        due: NOW,
        repetitions: Some(0),
        cycle: None,
    };
    world.commit(vec![world.set(instance, 1, vec![scheduled])]).await;
    world.commit(vec![world.set(instance, 2, vec![Event::InstanceSuspended { timers: vec![timer] }])]).await;
    let row = async || world.store.process_instance(instance).await.unwrap().unwrap();
    assert_eq!((row().await.state, row().await.suspended_date), (ProcessInstanceState::Suspended, Some(NOW)));
    assert!(world.store.due_timers(later(1), 10).await.unwrap().timers.is_empty());
    let claim = || JobClaim {
        job_type: "ship".into(),
        tenants: vec!["<default>".into()],
        worker: "w".into(),
        now: NOW,
        deadline: later(10),
        limit: 10,
        except: Vec::new(),
    };
    assert!(world.store.claim_jobs(claim()).await.unwrap().is_empty());
    let resumed = Event::InstanceResumed(Box::new(InstanceResumed {
        timers: vec![(timer, NOW)],
        ..InstanceResumed::default()
    }));
    // Suspended and resumed again in one commit after it was resumed: the timer is there once.
    let again = Event::InstanceSuspended { timers: vec![timer] };
    world.commit(vec![world.set(instance, 3, vec![resumed.clone(), again, resumed])]).await;
    assert_eq!((row().await.state, row().await.suspended_date), (ProcessInstanceState::Active, None));
    assert_eq!(world.store.due_timers(later(1), 10).await.unwrap().timers, [(instance, timer)]);
    assert_eq!(world.store.claim_jobs(claim()).await.unwrap()[0].job, job);
    let off_and_on = vec![
        Event::InstanceSuspended { timers: vec![timer] },
        Event::InstanceResumed(Box::new(InstanceResumed {
            timers: vec![(timer, NOW)],
            ..InstanceResumed::default()
        })),
    ];
    world.commit(vec![world.set(instance, 4, off_and_on)]).await;
    assert_eq!(world.store.due_timers(later(1), 10).await.unwrap().timers, [(instance, timer)]);
}

pub(crate) async fn a_migrated_instance_shows_what_it_runs_now(world: World) {
    let (instance, element, _) = world.start_with_job("ship").await;
    let subscription = SubscriptionKey(world.key());
    let opened = Event::SubscriptionOpened {
        key: subscription,
        element_instance: element,
        target: world.element("wait"),
        message_name: "paid".into(),
        correlation_key: "a".into(),
        interrupting: true,
    };
    world.commit(vec![world.set(instance, 1, vec![opened])]).await;
    let xml = ORDER.replace("id=\"order\"", "id=\"parcel\"").replace("id=\"ship\"", "id=\"send\"");
    let xml = xml
        .replace("targetRef=\"ship\"", "targetRef=\"send\"")
        .replace("sourceRef=\"ship\"", "sourceRef=\"send\"");
    let target = world.deployed("parcel.bpmn", &xml).await;
    let becomes = |from: &str, to: &str| (world.element(from), target.definition.index_of(to).unwrap());
    let mut set = world.set(
        instance,
        2,
        vec![Event::InstanceMigrated {
            definition: target.key,
            elements: vec![becomes("ship", "send"), becomes("wait", "wait")],
        }],
    );
    set.process = target.clone();
    world.commit(vec![set]).await;
    let row = world.store.process_instance(instance).await.unwrap().unwrap();
    assert_eq!((row.process_definition_key, &*row.process_definition_id), (target.key, "parcel"));
    let of = Search::by(Filter::eq(ElementInstanceField::ProcessInstanceKey, instance));
    let elements = world.store.element_instances(of).await.unwrap().items;
    let mut ids = elements.iter().map(|e| &*e.element_id).collect::<Vec<_>>();
    ids.sort_unstable();
    assert_eq!(ids, ["parcel", "s", "send"]);
    let statistics = world.store.element_statistics(StatisticsOf::Instance(instance)).await.unwrap();
    assert_eq!(statistics.iter().map(|one| &*one.element_id).collect::<Vec<_>>(), ["s", "send"]);
    let flows = world.store.sequence_flows(instance).await.unwrap().unwrap();
    assert_eq!(flows.iter().map(|flow| &**flow).collect::<Vec<_>>(), ["f1"]);
    let found = world.store.message_subscriptions(Search::default()).await.unwrap().items;
    assert_eq!((&*found[0].process_definition_id, &*found[0].element_id), ("parcel", "wait"));
    let committed = world.publish(world.message("paid", "a", 0)).await;
    assert_eq!(committed.outbox[0].correlated_process.as_deref(), Some("parcel"));
}

pub(crate) async fn incidents_show_on_callers(world: World) {
    let (instance, element, _) = world.start_with_job("ship").await;
    let child = ProcessInstanceKey(world.key());
    let (first, second) = (IncidentKey(world.key()), IncidentKey(world.key()));
    let troubled = |incident| Event::ChildTroubled { child, caller: element, incident };
    world.commit(vec![world.set(instance, 1, vec![troubled(Some(first))])]).await;
    assert!(world.store.process_instance(instance).await.unwrap().unwrap().has_incident);
    let row = world.store.element_instance(element).await.unwrap().unwrap();
    assert_eq!((row.has_incident, row.incident_key), (true, Some(first)), "it leads to the cause");
    let with = Search::by(Filter::eq(ProcessInstanceField::HasIncident, true));
    assert_eq!(world.store.process_instances(with).await.unwrap().items.len(), 1);

    world.commit(vec![world.set(instance, 2, vec![troubled(None), troubled(Some(second))])]).await;
    assert!(world.store.process_instance(instance).await.unwrap().unwrap().has_incident);
    world.commit(vec![world.set(instance, 3, vec![troubled(None)])]).await;
    assert!(!world.store.process_instance(instance).await.unwrap().unwrap().has_incident);
    let row = world.store.element_instance(element).await.unwrap().unwrap();
    assert_eq!((row.has_incident, row.incident_key), (false, None));
}
