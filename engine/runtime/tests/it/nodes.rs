//! Two engines on one store: a stale commit is refused, and the command stepped again; what one has lost, has begun or
//! does not hear of is the other's to go on with.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hosk_connector::Registry;
use hosk_core::{Command, ElementInstanceKey, IncidentKey, ProcessInstanceKey};
use hosk_runtime::{ActivateJobs, CreateRequest, Engine, Error, JobFailure, JobUpdate};
use hosk_store::{Memory, Store};
use tokio::time::{Instant, sleep, timeout};

use crate::node::{Mood, Node, Numbers, lease_all_but};
use crate::support::*;

#[tokio::test]
async fn both_change_the_same_instance() {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    let one = start_on(store.clone()).await;
    deploy(&one, "one", one_task("one", "work")).await;
    let two = start_on(store.clone()).await;
    let instance = create(&one, "one", &[]).await;
    let scope = instance.root();
    for round in 0..50 {
        let set = |name: &str| Command::SetVariables {
            scope,
            variables: variables(&[(name, &round.to_string())]),
            local: true,
        };
        let (first, second) =
            tokio::join!(one.submit(instance, set("first")), two.submit(instance, set("second")));
        first.unwrap();
        second.unwrap();
    }
    let loaded = store.load(instance).await.unwrap().unwrap();
    let all = loaded.state.local_variables(scope);
    assert_eq!((all["first"].text(), all["second"].text()), ("49", "49"));
    assert!(one.statistics().stale + two.statistics().stale > 0, "they never met");
}

#[tokio::test]
async fn a_job_is_given_to_one_worker_only() {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    let one = start_on(store.clone()).await;
    deploy(&one, "one", one_task("one", "work")).await;
    let two = start_on(store.clone()).await;
    for _ in 0..30 {
        create(&one, "one", &[]).await;
    }
    let mut keys = Vec::new();
    while keys.len() < 30 {
        let here = one.activate_jobs(ActivateJobs { worker: "here".into(), ..ask("work", 3, None) });
        let there = two.activate_jobs(ActivateJobs { worker: "there".into(), ..ask("work", 3, None) });
        let (here, there) = tokio::join!(here, there);
        keys.extend(here.unwrap().into_iter().chain(there.unwrap()).map(|job| job.key));
    }
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count, "a job was given out twice");
}

/// What nodes have in common.
struct Installation {
    memory: Arc<Memory>,
    numbers: Arc<Numbers>,
    began: Instant,
}

impl Installation {
    fn new() -> Self {
        Self { memory: Arc::default(), numbers: Arc::default(), began: Instant::now() }
    }

    async fn node(&self) -> (Engine, Arc<Node>) {
        let mood = Mood::new(self.began, 0);
        let node = Arc::new(Node::new(self.memory.clone(), mood.clone(), self.numbers.clone()));
        (start_with(node.clone(), Registry::new(), mood).await, node)
    }

    /// The incident that a caller knows of in what it called.
    async fn trouble(&self, caller: ProcessInstanceKey) -> Option<(ElementInstanceKey, IncidentKey)> {
        let state = self.memory.load(caller).await.unwrap().unwrap().state;
        let mut elements = state.element_instances().map(hosk_core::ElementInstance::key);
        elements.find_map(|key| Some((key, state.called_incident(key)?)))
    }

    async fn has_ended(&self, instance: ProcessInstanceKey) -> bool {
        self.memory.load(instance).await.unwrap().unwrap().state.is_ended()
    }
}

/// start → what is called → end.
fn caller() -> String {
    let called = r#"<bpmn:extensionElements><zeebe:calledElement processId="one"/></bpmn:extensionElements>"#;
    process(
        "caller",
        &line(&[("startEvent", "s", ""), ("callActivity", "call", called), ("endEvent", "end", "")]),
    )
}

/// start → a message → end.
fn waiting() -> String {
    let catch = r#"<bpmn:messageEventDefinition messageRef="m"/>"#;
    process(
        "wait",
        &line(&[("startEvent", "s", ""), ("intermediateCatchEvent", "w", catch), ("endEvent", "end", "")]),
    )
}

#[tokio::test(start_paused = true)]
async fn who_hears_no_news_looks_for_ends_and_deployments() {
    let installation = Installation::new();
    let (one, _) = installation.node().await;
    let (two, deaf) = installation.node().await;
    deaf.mood.deaf.store(true, Ordering::SeqCst);
    deploy(&one, "one", one_task("one", "work")).await;
    let waits = tokio::spawn({
        let two = two.clone();
        async move { two.create_and_await(CreateRequest::new("one", variables(&[])), PATIENCE).await }
    });
    let job = jobs(&one, "work", 1).await.remove(0);
    complete(&one, &job, &[]).await;
    let told = timeout(2 * SECOND, waits).await.expect("the end is looked for").unwrap();
    assert_eq!(told.unwrap().1.instance, job.instance);
    deploy(&one, "one", one_task("one", "other work")).await;
    sleep(SECOND).await;
    let created = two.create_instance(CreateRequest::new("one", variables(&[]))).await.unwrap();
    assert_eq!(created.process.version, 2, "the newest version is looked for");
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_node_had_on_its_way_is_carried_by_another() {
    let installation = Installation::new();
    let (one, doomed) = installation.node().await;
    deploy(&one, "one", one_task("one", "work")).await;
    deploy(&one, "caller", caller()).await;
    let (two, _) = installation.node().await;
    sleep(SECOND).await;
    doomed.doomed.store(true, Ordering::SeqCst);
    let answer = timeout(SECOND, one.create_instance(CreateRequest::new("caller", variables(&[])))).await;
    assert!(answer.is_err() && doomed.mood.dead.is_cancelled());
    drop(one);
    let began = Instant::now();
    let job = jobs(&two, "work", 1).await.pop().expect("the called instance is created by the other node");
    assert!(began.elapsed() < 10 * SECOND, "{:?}", began.elapsed());
    complete(&two, &job, &[]).await;
    sleep(SECOND).await;
    assert!(installation.has_ended(job.root_instance).await);
}

#[tokio::test(start_paused = true)]
async fn a_number_that_lapsed_and_is_anothers_makes_no_more_keys() {
    let installation = Installation::new();
    lease_all_but(1, &*installation.memory).await;
    let (one, slow) = installation.node().await;
    deploy(&one, "one", one_task("one", "work")).await;
    create(&one, "one", &[]).await;
    slow.mood.sleep();
    sleep(Duration::from_secs(35)).await;
    let (two, other) = installation.node().await;
    assert_eq!(installation.numbers.given_again(), 1);
    create(&two, "one", &[]).await;
    slow.mood.wake(0);
    for _ in 0..10 {
        let refused = one.create_instance(CreateRequest::new("one", variables(&[]))).await;
        assert!(matches!(refused, Err(Error::Busy { .. })), "{refused:?}");
        assert!(!one.is_accepting() && two.is_accepting());
        create(&two, "one", &[]).await;
        sleep(SECOND).await;
    }
    other.mood.die();
    drop(two);
    sleep(Duration::from_secs(35)).await;
    assert!(one.is_accepting(), "the number is free again");
    create(&one, "one", &[]).await;
    assert_eq!(installation.numbers.wrong(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_another_node_made_meanwhile_is_not_made_again() {
    let installation = Installation::new();
    let (one, slow) = installation.node().await;
    deploy(&one, "one", one_task("one", "work")).await;
    deploy(&one, "caller", caller()).await;
    let (two, _) = installation.node().await;
    let caller = create(&one, "caller", &[]).await;
    let job = jobs(&one, "work", 1).await.remove(0);
    // It falls asleep when it is about to tell the caller of the incident.
    slow.drowsy.store(true, Ordering::SeqCst);
    one.fail_job(job.key, JobFailure { message: "no".into(), ..JobFailure::default() }).await.unwrap();
    sleep(10 * SECOND).await;
    assert!(slow.mood.is_asleep());
    let (_, incident) = installation.trouble(caller).await.expect("the other node tells the caller");
    let update = JobUpdate { retries: Some(1), ..JobUpdate::default() };
    two.update_job(job.key, update).await.unwrap();
    two.resolve_incident(incident).await.unwrap();
    sleep(SECOND).await;
    assert_eq!(installation.trouble(caller).await, None);
    let before = one.statistics().stale;
    slow.mood.wake(0);
    sleep(5 * SECOND).await;
    assert_eq!(installation.trouble(caller).await, None, "told again of what is over");
    assert_eq!(one.statistics().stale, before + 1, "tried again and again");
    complete(&two, &jobs(&two, "work", 1).await[0], &[]).await;
    sleep(SECOND).await;
    assert!(installation.has_ended(caller).await);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_another_node_delivered_is_not_said_to_have_met_nobody() {
    let installation = Installation::new();
    let (one, slow) = installation.node().await;
    deploy(&one, "wait", waiting()).await;
    let (_two, _) = installation.node().await;
    let instance = create(&one, "wait", &[("key", "\"k\"")]).await;
    slow.drowsy.store(true, Ordering::SeqCst);
    let says = tokio::spawn(async move { one.correlate(go("k")).await });
    sleep(10 * SECOND).await;
    assert!(slow.mood.is_asleep() && installation.has_ended(instance).await);
    slow.mood.wake(0);
    let told = timeout(5 * SECOND, says).await.expect("an answer").unwrap();
    assert!(matches!(told, Err(Error::FateUnknown)), "{told:?}");
}
