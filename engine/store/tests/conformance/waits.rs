//! What element instances wait for.

use hosk_core::{
    ElementInstanceKey, Event, InstanceResumed, JobKey, ProcessInstanceKey, SignalEvent, SubscriptionKey,
    TimerKey, UserTaskKey,
};
use hosk_store::{
    ElementInstanceField, ElementType, Filter, JobType, Related, Search, TallyOf, WaitState, WaitStateField,
    WaitStateType,
};

use crate::searches::task;
use crate::world::{NOW, World, later};

const WAITS: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">
  <message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=id"/></extensionElements></message>
  <signal id="g" name="alarm"/>
  <process id="waits" isExecutable="true">
    <startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="ship"/>
    <serviceTask id="ship"><extensionElements><zeebe:taskDefinition type="ship"/></extensionElements></serviceTask>
    <boundaryEvent id="late" attachedToRef="ship"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
    <sequenceFlow id="f8" sourceRef="late" targetRef="e"/>
    <boundaryEvent id="told" attachedToRef="ship"><messageEventDefinition messageRef="m"/></boundaryEvent>
    <sequenceFlow id="f9" sourceRef="told" targetRef="e"/>
    <sequenceFlow id="f2" sourceRef="ship" targetRef="approve"/>
    <userTask id="approve" name="Approve"><extensionElements><zeebe:userTask/></extensionElements></userTask>
    <sequenceFlow id="f3" sourceRef="approve" targetRef="pause"/>
    <intermediateCatchEvent id="pause"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>
    <sequenceFlow id="f4" sourceRef="pause" targetRef="which"/>
    <eventBasedGateway id="which"/>
    <sequenceFlow id="g1" sourceRef="which" targetRef="letter"/><sequenceFlow id="g2" sourceRef="which" targetRef="bell"/>
    <sequenceFlow id="g3" sourceRef="which" targetRef="enough"/>
    <intermediateCatchEvent id="letter"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
    <intermediateCatchEvent id="bell"><signalEventDefinition signalRef="g"/></intermediateCatchEvent>
    <intermediateCatchEvent id="enough"><conditionalEventDefinition><condition>=sum &gt; 3</condition></conditionalEventDefinition></intermediateCatchEvent>
    <sequenceFlow id="h1" sourceRef="letter" targetRef="e"/><sequenceFlow id="h2" sourceRef="bell" targetRef="e"/>
    <sequenceFlow id="h3" sourceRef="enough" targetRef="e"/><endEvent id="e"/>
  </process></definitions>"#;

async fn waits_of(world: &World, instance: ProcessInstanceKey) -> Vec<WaitState> {
    let of = Search::by(Filter::eq(WaitStateField::ProcessInstanceKey, instance));
    let mut found = world.store.wait_states(of).await.unwrap().items;
    found.sort_by_key(|row| row.r#type);
    found
}

fn told(waits: &[WaitState]) -> Vec<(WaitStateType, &str, Option<&str>)> {
    waits.iter().map(|row| (row.r#type, &*row.element_id, row.name.as_deref())).collect()
}

struct Waiting {
    instance: ProcessInstanceKey,
    gateway: ElementInstanceKey,
    job: JobKey,
    task: UserTaskKey,
    timer: TimerKey,
    message: SubscriptionKey,
    signal: SubscriptionKey,
}

/// One instance that waits for one of each, with a timer and a message beside its job.
async fn waiting(world: &mut World) -> Waiting {
    world.process = world.deployed("waits.bpmn", WAITS).await;
    let element = || ElementInstanceKey(world.key());
    let (ship, approve, pause, gateway) = (element(), element(), element(), element());
    let subscription = || SubscriptionKey(world.key());
    let waiting = Waiting {
        instance: ProcessInstanceKey(world.key()),
        gateway,
        job: JobKey(world.key()),
        task: UserTaskKey(world.key()),
        timer: TimerKey(world.key()),
        message: subscription(),
        signal: subscription(),
    };
    let (beside, instance) = (TimerKey(world.key()), waiting.instance);
    let timer = |key: TimerKey, element_instance, id: &str| Event::TimerScheduled {
        key,
        element_instance,
        target: world.element(id),
        due: later(10),
        repetitions: Some(0),
        cycle: None,
    };
    let opened = |key, element_instance, id: &str| Event::SubscriptionOpened {
        key,
        element_instance,
        target: world.element(id),
        message_name: "paid".into(),
        correlation_key: "a".into(),
        interrupting: true,
    };
    let mut events = world.created(instance);
    for (key, id) in [(ship, "ship"), (approve, "approve"), (pause, "pause"), (gateway, "which")] {
        events.extend(world.activating(key, id, instance.root()));
    }
    events.extend([
        world.job(waiting.job, ship, "ship", 0),
        timer(beside, ship, "late"),
        opened(subscription(), ship, "told"),
        task(world, waiting.task, approve),
        timer(waiting.timer, pause, "pause"),
        opened(waiting.message, gateway, "letter"),
        Event::Signal(SignalEvent::Opened {
            key: waiting.signal,
            element_instance: gateway,
            target: world.element("bell"),
            signal_name: "alarm".into(),
            interrupting: true,
        }),
        Event::ConditionOpened { element_instance: gateway, target: world.element("enough") },
        Event::ConditionOpened { element_instance: ship, target: world.element("enough") },
        Event::ConditionClosed { element_instance: ship, target: world.element("enough") },
    ]);
    world.commit(vec![world.set(instance, 0, events)]).await;
    waiting
}

pub(crate) async fn what_an_instance_waits_for(mut world: World) {
    let waiting = waiting(&mut world).await;
    let found = waits_of(&world, waiting.instance).await;
    assert_eq!(
        told(&found),
        [
            (WaitStateType::Job, "ship", Some("ship")),
            (WaitStateType::Message, "which", Some("paid")),
            (WaitStateType::UserTask, "approve", None),
            (WaitStateType::Timer, "pause", None),
            (WaitStateType::Signal, "which", Some("alarm")),
            (WaitStateType::Condition, "which", Some("sum > 3")),
        ]
    );
    let keys: Vec<u64> = found.iter().take(5).map(|row| row.key).collect();
    let Waiting { job, message, task, timer, signal, .. } = waiting;
    assert_eq!(keys, [job.0, message.0, task.0, timer.0, signal.0]);
    assert_eq!((found[0].job_kind, found[0].retries), (Some(JobType::BpmnElement), Some(3)));
    assert_eq!((found[1].correlation_key.as_deref(), found[3].due_date), (Some("a"), Some(later(10))));
    assert_eq!((found[5].on_create, found[5].on_update), (Some(true), Some(true)));
    assert_eq!((found[1].element_type, &*found[1].tenant_id), (ElementType::EventBasedGateway, "<default>"));

    let one = Filter::eq(WaitStateField::Type, "CONDITION");
    assert_eq!(world.store.wait_states(Search::by(one)).await.unwrap().total_items, 1);
    let waits = Filter::Has(Related::Waiting(Box::new(Filter::eq(
        WaitStateField::ElementInstanceKey,
        waiting.gateway,
    ))));
    let of = TallyOf::ElementInstances(waits, vec![ElementInstanceField::ElementId]);
    let tallies = world.store.tally(of).await.unwrap();
    assert_eq!(tallies.iter().map(|one| one.rows).collect::<Vec<_>>(), [1], "once, whatever it waits for");
}

pub(crate) async fn what_came_is_not_waited_for(mut world: World) {
    let waiting = waiting(&mut world).await;
    let suspended = Event::InstanceSuspended { timers: vec![waiting.timer] };
    world.commit(vec![world.set(waiting.instance, 1, vec![suspended])]).await;
    assert!(waits_of(&world, waiting.instance).await.iter().all(|row| row.r#type != WaitStateType::Timer));
    let pause = ElementInstanceKey(waiting.gateway.0 - 1);
    let resumed = InstanceResumed {
        timers: vec![(waiting.timer, NOW)],
        subscriptions: Vec::new(),
        owners: vec![(pause, world.element("pause"))],
    };
    let resumed = Event::InstanceResumed(Box::new(resumed));
    world.commit(vec![world.set(waiting.instance, 2, vec![resumed])]).await;
    let timers = waits_of(&world, waiting.instance).await;
    let timer = timers.iter().find(|row| row.r#type == WaitStateType::Timer).unwrap();
    assert_eq!((timer.element_instance_key, timer.due_date), (pause, Some(NOW)));

    let gone = vec![
        Event::JobCompleted { key: waiting.job },
        Event::UserTaskCompleted { key: waiting.task, by: None },
        Event::TimerTriggered { key: waiting.timer },
        Event::SubscriptionClosed { key: waiting.message },
        Event::Signal(SignalEvent::Closed { key: waiting.signal }),
        Event::ConditionClosed { element_instance: waiting.gateway, target: world.element("enough") },
    ];
    world.commit(vec![world.set(waiting.instance, 3, gone)]).await;
    assert_eq!(told(&waits_of(&world, waiting.instance).await), []);
}

pub(crate) async fn conditions_follow_their_event_to_another_version(mut world: World) {
    let waiting = waiting(&mut world).await;
    let xml = WAITS.replace("=sum &gt; 3", "=sum &gt; 4");
    let xml = xml.replace("<startEvent id=\"s\"/>", "<startEvent id=\"s\"/><task id=\"more\"/>");
    let target = world.deployed("waits.bpmn", &xml).await;
    let both = |id: &str| (world.element(id), target.definition.index_of(id).unwrap());
    let elements = ["ship", "approve", "pause", "which", "letter", "bell", "enough"].map(both).to_vec();
    let mut set =
        world.set(waiting.instance, 1, vec![Event::InstanceMigrated { definition: target.key, elements }]);
    set.process = target.clone();
    world.commit(vec![set]).await;
    let found = waits_of(&world, waiting.instance).await;
    assert_eq!(found.len(), 6);
    assert_eq!(told(&found[5..]), [(WaitStateType::Condition, "which", Some("sum > 4"))]);
    let target_of = |id: &str| target.definition.index_of(id).unwrap();
    let closed = Event::ConditionClosed { element_instance: waiting.gateway, target: target_of("enough") };
    let mut set = world.set(waiting.instance, 2, vec![closed]);
    set.process = target.clone();
    world.commit(vec![set]).await;
    assert_eq!(waits_of(&world, waiting.instance).await.len(), 5);
}
