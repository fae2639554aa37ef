//! A store with a deployed process, a source of keys, and short ways to write change sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hosk_core::{
    ChildOutcome, DeployedProcess, DeploymentKey, ElementInstanceKey, Event, InstanceCreated, InstanceEnded,
    JobCreated, JobKey, JobKind, MessageKey, ProcessDefinitionKey, ProcessInstanceKey, SubscriptionKey,
    Timestamp, VariableKey, Variables,
};
use hosk_model::{ElementIndex, ProcessDefinition};
use hosk_store::{
    AuditStore, Batch, BatchStore, ChangeSet, ClusterVariableStore, CommitLog, Committed, Deployed, KeyRange,
    NewDefinition, NewDeployment, NewResource, Publication, Queries, RemovalStore, Step, Store,
    TaskListenerStore, ValueMapStore,
};

/// Everything a store does.
pub(crate) trait Both:
    Store
    + Queries
    + BatchStore
    + AuditStore
    + ClusterVariableStore
    + TaskListenerStore
    + ValueMapStore
    + RemovalStore
    + CommitLog
{
}
impl<S> Both for S where
    S: Store
        + Queries
        + BatchStore
        + AuditStore
        + ClusterVariableStore
        + TaskListenerStore
        + ValueMapStore
        + RemovalStore
        + CommitLog
{
}

pub(crate) const ORDER: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t">
  <message id="m" name="paid"><extensionElements><zeebe:subscription correlationKey="=id"/></extensionElements></message>
  <process id="order" name="Order" isExecutable="true">
    <startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="ship"/>
    <serviceTask id="ship" name="Ship goods"><extensionElements><zeebe:taskDefinition type="ship"/></extensionElements></serviceTask>
    <sequenceFlow id="f2" sourceRef="ship" targetRef="wait"/>
    <receiveTask id="wait" messageRef="m"/><sequenceFlow id="f3" sourceRef="wait" targetRef="approve"/>
    <userTask id="approve" name="Approve"><extensionElements><zeebe:userTask/></extensionElements></userTask>
    <sequenceFlow id="f4" sourceRef="approve" targetRef="each"/>
    <serviceTask id="each"><extensionElements><zeebe:taskDefinition type="each"/></extensionElements>
      <multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1,2]"/></extensionElements></multiInstanceLoopCharacteristics>
    </serviceTask><sequenceFlow id="f5" sourceRef="each" targetRef="e"/><endEvent id="e"/>
  </process></definitions>"#;

pub(crate) const STARTED_BY_MESSAGE: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  id="d" targetNamespace="t"><message id="m" name="ordered"/>
  <process id="intake" isExecutable="true">
    <startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>
    <sequenceFlow id="f" sourceRef="s" targetRef="e"/><endEvent id="e"/>
  </process></definitions>"#;

pub(crate) const NOW: Timestamp = Timestamp(1_000_000);

pub(crate) fn later(ms: i64) -> Timestamp {
    Timestamp(NOW.0 + ms)
}

pub(crate) fn compile(xml: &str) -> Arc<ProcessDefinition> {
    let compiled = hosk_model::compile(xml.as_bytes(), "test.bpmn");
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    compiled.processes[0].clone()
}

pub(crate) struct World {
    pub(crate) store: Arc<dyn Both>,
    pub(crate) next: AtomicU64,
    pub(crate) process: Arc<DeployedProcess>,
}

impl World {
    pub(crate) async fn new(store: Arc<dyn Both>) -> Self {
        let process = Arc::new(DeployedProcess {
            key: ProcessDefinitionKey(0),
            version: 0,
            deployment: DeploymentKey(0),
            tenant: "<default>".into(),
            resource_name: "order.bpmn".into(),
            definition: compile(ORDER),
        });
        let mut world = Self { store, next: AtomicU64::new(1_000), process };
        world.process = world.deployed("order.bpmn", ORDER).await;
        world
    }

    pub(crate) fn key(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn keys(&self, count: u32) -> KeyRange {
        KeyRange { first: self.next.fetch_add(u64::from(count), Ordering::Relaxed), count }
    }

    pub(crate) async fn deploy(&self, name: &str, xml: &str) -> Deployed {
        let definition = NewDefinition::Process {
            key: ProcessDefinitionKey(self.key()),
            definition: compile(xml),
            start_timers: Vec::new(),
        };
        self.deploy_content(name, xml.as_bytes(), vec![definition]).await
    }

    pub(crate) async fn deploy_content(
        &self,
        name: &str,
        bytes: &[u8],
        contents: Vec<NewDefinition>,
    ) -> Deployed {
        let file = NewResource { key: self.key(), name: name.into(), content: bytes.into(), contents };
        let key = DeploymentKey(self.key());
        let deployment = NewDeployment { key, now: NOW, tenant: "<default>".into(), resources: vec![file] };
        self.store.deploy(deployment).await.unwrap()
    }

    pub(crate) async fn deployed(&self, name: &str, xml: &str) -> Arc<DeployedProcess> {
        let one = self.deploy(name, xml).await.definitions.remove(0);
        Arc::new(DeployedProcess {
            key: ProcessDefinitionKey(one.key),
            version: one.version,
            deployment: one.deployment,
            tenant: "<default>".into(),
            resource_name: one.resource_name,
            definition: compile(xml),
        })
    }

    pub(crate) fn element(&self, id: &str) -> ElementIndex {
        self.process.definition.index_of(id).unwrap()
    }

    pub(crate) fn set(
        &self,
        instance: ProcessInstanceKey,
        expected_version: u64,
        events: Vec<Event>,
    ) -> ChangeSet {
        ChangeSet {
            instance,
            expected_version,
            process: self.process.clone(),
            steps: vec![Step { at: NOW, events }],
            snapshot: None,
            handled: Vec::new(),
            born_leased: Vec::new(),
            outbox_keys: (0..4).map(|_| self.key()).collect(),
        }
    }

    pub(crate) fn batch(&self, changes: Vec<ChangeSet>) -> Batch {
        Batch { now: NOW, changes, keys: self.keys(64), ..Batch::default() }
    }

    pub(crate) async fn commit(&self, changes: Vec<ChangeSet>) -> Committed {
        let committed = self.store.commit(self.batch(changes)).await.unwrap();
        assert_eq!(committed.stale, Vec::new());
        committed
    }

    /// The instance, its root and its start event.
    pub(crate) fn created(&self, instance: ProcessInstanceKey) -> Vec<Event> {
        let start = ElementInstanceKey(self.key());
        let mut events = vec![Event::InstanceCreated(Box::new(InstanceCreated {
            key: instance,
            definition: self.process.key,
            start: Vec::new(),
            parent: None,
            message: None,
            business_id: None,
            tags: Vec::new(),
            tenant: "<default>".into(),
            by: None,
            terminate_after: Vec::new(),
            conversation: None,
        }))];
        events.extend(self.activating(instance.root(), "", instance.root()));
        events.extend(self.activating(start, "s", instance.root()));
        events.push(Event::ElementCompleting { key: start });
        events.push(Event::ElementCompleted { key: start });
        events.push(Event::FlowTaken { flow: self.element("f1"), scope: instance.root() });
        events
    }

    /// An element instance that became active; an empty id means the process.
    pub(crate) fn activating(
        &self,
        key: ElementInstanceKey,
        id: &str,
        scope: ElementInstanceKey,
    ) -> Vec<Event> {
        let element = if id.is_empty() { ElementIndex::PROCESS } else { self.element(id) };
        let activating = Event::ElementActivating {
            key,
            element,
            scope,
            consumed: Vec::new(),
            loop_counter: None,
            inner: false,
        };
        vec![activating, Event::ElementActivated { key }]
    }

    pub(crate) async fn start(&self) -> ProcessInstanceKey {
        let instance = ProcessInstanceKey(self.key());
        self.commit(vec![self.set(instance, 0, self.created(instance))]).await;
        instance
    }

    /// An instance with a job of a type at "ship"; instance, element instance and job.
    pub(crate) async fn start_with_job(
        &self,
        job_type: &str,
    ) -> (ProcessInstanceKey, ElementInstanceKey, JobKey) {
        let instance = ProcessInstanceKey(self.key());
        let (element, job) = (ElementInstanceKey(self.key()), JobKey(self.key()));
        let mut events = self.created(instance);
        events.extend(self.activating(element, "ship", instance.root()));
        events.push(self.job(job, element, job_type, 0));
        self.commit(vec![self.set(instance, 0, events)]).await;
        (instance, element, job)
    }

    pub(crate) fn job(
        &self,
        key: JobKey,
        element_instance: ElementInstanceKey,
        job_type: &str,
        priority: i32,
    ) -> Event {
        Event::JobCreated(Box::new(JobCreated {
            key,
            element_instance,
            element: self.element("ship"),
            kind: JobKind::BpmnElement,
            listener_event: None,
            job_type: job_type.into(),
            retries: 3,
            priority,
            headers: Arc::new(vec![("colour".into(), "red".into())]),
        }))
    }

    pub(crate) fn variable(&self, scope: ElementInstanceKey, name: &str, json: &str) -> Event {
        let value = hosk_feel::Json::parse(json).unwrap();
        Event::VariableSet { key: VariableKey(self.key()), scope, name: name.into(), value, created: true }
    }

    pub(crate) fn ended(instance: ProcessInstanceKey) -> Vec<Event> {
        let outcome = ChildOutcome::Completed { variables: Variables::new() };
        vec![
            Event::ElementCompleting { key: instance.root() },
            Event::ElementCompleted { key: instance.root() },
            Event::InstanceEnded(Box::new(InstanceEnded { outcome, parent: None })),
        ]
    }

    /// An instance that waits for "paid" with a key; its instance and subscription.
    pub(crate) async fn waiting(
        &self,
        key: &str,
        interrupting: bool,
    ) -> (ProcessInstanceKey, SubscriptionKey, Committed) {
        let instance = ProcessInstanceKey(self.key());
        let (element, subscription) = (ElementInstanceKey(self.key()), SubscriptionKey(self.key()));
        let mut events = self.created(instance);
        events.extend(self.activating(element, "wait", instance.root()));
        events.push(Event::SubscriptionOpened {
            key: subscription,
            element_instance: element,
            target: self.element("wait"),
            message_name: "paid".into(),
            correlation_key: key.into(),
            interrupting,
        });
        let committed = self.commit(vec![self.set(instance, 0, events)]).await;
        (instance, subscription, committed)
    }

    pub(crate) fn message(&self, name: &str, key: &str, ttl: i64) -> Publication {
        let value = hosk_feel::Json::parse("42").unwrap();
        Publication {
            key: MessageKey(self.key()),
            tenant: "<default>".into(),
            name: name.into(),
            correlation_key: key.into(),
            message_id: None,
            expires_at: later(ttl),
            variables: Variables::from([("amount".into(), value)]),
            keys: self.keys(32),
            entry: None,
        }
    }

    pub(crate) async fn publish(&self, message: Publication) -> Committed {
        let batch = Batch { publications: vec![message], ..self.batch(Vec::new()) };
        self.store.commit(batch).await.unwrap()
    }
}
