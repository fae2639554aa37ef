//! Jobs of connectors in this process: outcomes, retries, the circuit breaker, crashes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hosk_connector::{
    Backoff, Call, Connection, Connector, Contract, FailureKind, Operation, Outcome, Registry, RetryDefaults,
    async_trait,
};
use hosk_core::IncidentKind;
use hosk_runtime::{CreateRequest, End, Engine, Passed, PassedJobOutcome, RestingPoint};
use hosk_store::{Memory, Store};
use serde_json::json;

use crate::support::*;

/// Answers as told, one outcome after another, the last one for ever.
struct Told {
    contract: Contract,
    outcomes: Mutex<VecDeque<Outcome>>,
    calls: Mutex<Vec<Call>>,
    running: AtomicU32,
    most: AtomicU32,
    takes: Duration,
}

#[async_trait]
impl Connector for Told {
    fn contract(&self) -> &Contract {
        &self.contract
    }

    async fn call(&self, call: &Call) -> Outcome {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        tokio::time::sleep(self.takes).await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        self.calls.lock().unwrap().push(call.clone());
        assert!(call.input.get("panic").is_none(), "told to panic");
        let mut outcomes = self.outcomes.lock().unwrap();
        if outcomes.len() > 1 { outcomes.pop_front() } else { outcomes.front().cloned() }.unwrap()
    }
}

fn told(outcomes: Vec<Outcome>, takes: Duration) -> Arc<Told> {
    let defaults = RetryDefaults {
        retries: 3,
        backoff: Backoff { initial: Duration::from_millis(20), maximum: Duration::from_secs(1) },
        timeout: Duration::from_millis(500),
    };
    let operation = Operation::new("do", "Do")
        .input(
            json!({"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]}),
        )
        .error("SOLD_OUT", "Nothing is left.")
        .defaults(defaults);
    let contract =
        Contract { id: "told".into(), version: 1, title: "Told".into(), operations: vec![operation] };
    Arc::new(Told {
        contract,
        outcomes: Mutex::new(outcomes.into()),
        calls: Mutex::default(),
        running: AtomicU32::new(0),
        most: AtomicU32::new(0),
        takes,
    })
}

async fn engine_with(connector: Arc<Told>, change: impl FnOnce(&mut Connection)) -> Engine {
    let mut registry = Registry::new();
    registry.register(connector).unwrap();
    let mut connection = Connection::new("told", "told");
    change(&mut connection);
    registry.connect(connection);
    let engine = start_with(Arc::new(Memory::new()), registry, Arc::new(hosk_runtime::SystemClock)).await;
    let more = r#"<zeebe:ioMapping><zeebe:input source="=quantity" target="amount"/></zeebe:ioMapping>
                  <zeebe:taskHeaders><zeebe:header key="resultVariable" value="answer"/></zeebe:taskHeaders>"#;
    let xml = line(&[
        ("startEvent", "s", ""),
        ("serviceTask", "task", &job("told:do", more)),
        ("endEvent", "end", ""),
    ]);
    deploy(&engine, "p", process("p", &xml)).await;
    engine
}

fn good() -> Outcome {
    Outcome::Complete(json!({"number": 17}))
}

fn down() -> Outcome {
    Outcome::failure(FailureKind::Transient, "the ERP is down")
}

async fn run(engine: &Engine) -> hosk_core::Variables {
    let request = CreateRequest::new("p", variables(&[("quantity", "3")]));
    let (_, end) = engine.create_and_await(request, PATIENCE).await.unwrap();
    let End::Completed { variables } = end.end else { panic!("{end:?}") };
    variables
}

#[tokio::test]
async fn it_runs_right_after_the_commit_with_its_parameters() {
    let connector = told(vec![good()], Duration::ZERO);
    let engine = engine_with(connector.clone(), |_| {}).await;
    assert_eq!(run(&engine).await["answer"].text(), r#"{"number":17}"#);
    let calls = connector.calls.lock().unwrap();
    assert_eq!(calls[0].input, json!({"amount": 3}));
    assert_eq!(calls[0].context.idempotency_key, calls[0].context.job_key.to_string());
    assert_eq!(&calls[0].context.element_id, "task");
}

#[tokio::test]
async fn transient_failures_are_repeated_with_the_same_key() {
    let connector = told(vec![down(), down(), good()], Duration::ZERO);
    let engine = engine_with(connector.clone(), |_| {}).await;
    run(&engine).await;
    let calls = connector.calls.lock().unwrap();
    let attempts: Vec<u32> = calls.iter().map(|call| call.context.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert!(calls.windows(2).all(|pair| pair[0].context.idempotency_key == pair[1].context.idempotency_key));
    let trace = |call: &Call| call.context.trace_parent.clone().unwrap();
    assert!(calls.windows(2).all(|pair| trace(&pair[0])[..35] == trace(&pair[1])[..35]), "one trace");
    assert!(calls.windows(2).all(|pair| trace(&pair[0]) != trace(&pair[1])), "a span for each attempt");
}

#[tokio::test]
async fn exhausted_retries_are_an_incident_with_the_cause_and_resolving_goes_on() {
    let connector = told(vec![down(), down(), down(), good()], Duration::ZERO);
    let engine = engine_with(connector.clone(), |_| {}).await;
    let instance = create(&engine, "p", &[("quantity", "3")]).await;
    let watch = engine.watch(instance).await.unwrap();
    let rest = watch.rest(PATIENCE).await.unwrap();
    let [RestingPoint::Incident(incident)] = &rest.points[..] else { panic!("{rest:?}") };
    assert_eq!(incident.kind, IncidentKind::JobNoRetries);
    assert!(incident.message.contains("the ERP is down"), "{}", incident.message);
    let failures = rest.passed.iter().filter(
        |fact| matches!(fact, Passed::Job(job) if matches!(job.outcome, PassedJobOutcome::Failed { .. })),
    );
    assert!(failures.count() >= 1);
    let job = hosk_core::JobKey(connector.calls.lock().unwrap()[0].context.job_key as u64);
    let update = hosk_runtime::JobUpdate { retries: Some(1), ..hosk_runtime::JobUpdate::default() };
    engine.update_job(job, update).await.unwrap();
    let ended = tokio::spawn({
        let engine = engine.clone();
        async move { engine.await_end(instance, PATIENCE).await }
    });
    engine.resolve_incident(incident.key).await.unwrap();
    ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn bad_input_never_reaches_the_system_and_is_not_repeated() {
    let connector = told(vec![good()], Duration::ZERO);
    let engine = engine_with(connector.clone(), |_| {}).await;
    let instance = create(&engine, "p", &[("quantity", "\"three\"")]).await;
    let rest = engine.watch(instance).await.unwrap().rest(PATIENCE).await.unwrap();
    let [RestingPoint::Incident(incident)] = &rest.points[..] else { panic!("{rest:?}") };
    assert!(incident.message.contains("amount"), "{}", incident.message);
    assert!(connector.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_connector_cannot_lead_an_ad_hoc_sub_process() {
    let connector = told(vec![good()], Duration::ZERO);
    let engine = engine_with(connector.clone(), |_| {}).await;
    let led = job("told:do", "") + r#"<bpmn:task id="a"/>"#;
    let xml = line(&[("startEvent", "s", ""), ("adHocSubProcess", "x", &led), ("endEvent", "end", "")]);
    deploy(&engine, "q", process("q", &xml)).await;
    let instance = create(&engine, "q", &[("quantity", "3")]).await;
    let rest = engine.watch(instance).await.unwrap().rest(PATIENCE).await.unwrap();
    let [RestingPoint::Incident(incident)] = &rest.points[..] else { panic!("{rest:?}") };
    assert_eq!(incident.kind, IncidentKind::AdHocSubProcessNoRetries);
    assert!(incident.message.contains("ad-hoc sub-process 'x'"), "{}", incident.message);
    assert!(connector.calls.lock().unwrap().is_empty());
}

#[tokio::test]
async fn no_answer_in_time_is_a_failure_that_is_repeated() {
    let connector = told(vec![good()], Duration::from_secs(30));
    let engine = engine_with(connector.clone(), |connection| {
        connection.limits.timeout = Duration::from_millis(50);
    })
    .await;
    let instance = create(&engine, "p", &[("quantity", "3")]).await;
    let rest = engine.watch(instance).await.unwrap().rest(PATIENCE).await.unwrap();
    let [RestingPoint::Incident(incident)] = &rest.points[..] else { panic!("{rest:?}") };
    assert!(
        incident.message.contains("50 ms") && incident.message.contains("attempt 3"),
        "{}",
        incident.message
    );
}

#[tokio::test]
async fn a_connection_does_so_many_calls_at_once() {
    let connector = told(vec![good()], Duration::from_millis(5));
    let engine = engine_with(connector.clone(), |connection| connection.limits.concurrency = 4).await;
    let running = (0..40).map(|_| run(&engine));
    futures::future::join_all(running).await;
    assert_eq!(connector.most.load(Ordering::SeqCst), 4);
    assert_eq!(connector.calls.lock().unwrap().len(), 40);
    assert_eq!((engine.statistics().connector_calls, engine.statistics().connector_jobs_waiting), (0, 0));
}

#[tokio::test]
async fn an_open_breaker_keeps_calls_away_without_using_up_retries() {
    let connector = told(vec![down(), down(), good()], Duration::ZERO);
    let engine = engine_with(connector.clone(), |connection| {
        connection.limits.breaker_failures = 2;
        connection.limits.breaker_pause = Duration::from_millis(200);
        connection.limits.concurrency = 1;
    })
    .await;
    let running = (0..6).map(|_| run(&engine));
    futures::future::join_all(running).await;
    // Two failures opened it; nothing was called until the pause was over; then all succeeded.
    assert_eq!(connector.calls.lock().unwrap().len(), 8);
}

#[tokio::test]
async fn a_panicking_connector_is_an_incident_and_the_engine_goes_on() {
    let connector = told(vec![good()], Duration::ZERO);
    let engine = engine_with(connector.clone(), |_| {}).await;
    let more = r#"<zeebe:ioMapping><zeebe:input source="=1" target="amount"/><zeebe:input source="=1" target="panic"/></zeebe:ioMapping>"#;
    let xml = line(&[
        ("startEvent", "s", ""),
        ("serviceTask", "task", &job("told:do", more)),
        ("endEvent", "e2", ""),
    ]);
    deploy(&engine, "bad", process("bad", &xml)).await;
    let instance = create(&engine, "bad", &[]).await;
    let rest = engine.watch(instance).await.unwrap().rest(PATIENCE).await.unwrap();
    assert!(
        matches!(&rest.points[..], [RestingPoint::Incident(incident)] if incident.message.contains("crashed"))
    );
    run(&engine).await;
}

#[tokio::test]
async fn a_connection_that_does_not_exist_is_named() {
    let connector = told(vec![good()], Duration::ZERO);
    let engine = engine_with(connector, |connection| connection.id = "other".into()).await;
    let instance = create(&engine, "p", &[("quantity", "3")]).await;
    let rest = engine.watch(instance).await.unwrap().rest(PATIENCE).await.unwrap();
    assert!(
        matches!(&rest.points[..], [RestingPoint::Incident(incident)] if incident.message.contains("`told`"))
    );
}

#[tokio::test]
async fn work_left_by_a_crash_is_taken_up_with_the_same_key() {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    let clock = Arc::new(hosk_runtime::ControllableClock::pinned_at(hosk_core::Timestamp(1_800_000_000_000)));
    let hanging = told(vec![good()], Duration::from_hours(1));
    let answering = told(vec![good()], Duration::ZERO);
    let registry = |connector: &Arc<Told>| {
        let mut registry = Registry::new();
        registry.register(connector.clone()).unwrap();
        registry.connect(Connection::new("told", "told"));
        registry
    };
    let engine = start_with(store.clone(), registry(&hanging), clock.clone()).await;
    let more = r#"<zeebe:ioMapping><zeebe:input source="=1" target="amount"/></zeebe:ioMapping>"#;
    let xml = line(&[
        ("startEvent", "s", ""),
        ("serviceTask", "task", &job("told:do", more)),
        ("endEvent", "e2", ""),
    ]);
    deploy(&engine, "p", process("p", &xml)).await;
    let instance = create(&engine, "p", &[]).await;
    drop(engine);
    clock.advance(Duration::from_mins(2));
    let engine = start_with(store.clone(), registry(&answering), clock).await;
    let end = engine.await_end(instance, PATIENCE).await.unwrap();
    assert!(matches!(end.end, End::Completed { .. } | End::Earlier));
    let calls = answering.calls.lock().unwrap();
    assert_eq!(calls.len(), 1);
    let context = &calls[0].context;
    assert_eq!(context.idempotency_key, context.job_key.to_string());
    assert_eq!(context.attempt, 2, "the first one may have arrived");
}

#[tokio::test]
async fn a_changed_connection_begins_with_its_limits_and_a_closed_breaker() {
    let connector = told(vec![down(), down(), good()], Duration::ZERO);
    let engine = engine_with(connector.clone(), |connection| {
        connection.limits.breaker_failures = 2;
        connection.limits.breaker_pause = Duration::from_hours(1);
    })
    .await;
    create(&engine, "p", &[("quantity", "3")]).await;
    let two_failed = async {
        while connector.calls.lock().unwrap().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, two_failed).await.unwrap();
    engine.change_connectors(|registry| {
        let mut connection = Connection::new("told", "told");
        connection.settings = json!({"moved": true});
        registry.connect(connection);
    });
    // With the breaker of the old connection this one would be kept away for an hour.
    run(&engine).await;
    assert_eq!(connector.calls.lock().unwrap().last().unwrap().context.connection.settings["moved"], true);
}

#[tokio::test]
async fn jobs_of_a_connector_that_comes_later_are_taken_up() {
    let connector = told(vec![good()], Duration::ZERO);
    let engine = engine_with(told(vec![good()], Duration::ZERO), |_| {}).await;
    engine.change_connectors(|registry| *registry = Registry::new());
    let request = CreateRequest::new("p", variables(&[("quantity", "3")]));
    let waiting = tokio::spawn({
        let engine = engine.clone();
        async move { engine.create_and_await(request, PATIENCE).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waiting.is_finished(), "nobody is there who would do the job");
    engine.change_connectors(|registry| {
        registry.register(connector.clone()).unwrap();
        registry.connect(Connection::new("told", "told"));
    });
    let (_, end) = waiting.await.unwrap().unwrap();
    assert!(matches!(end.end, End::Completed { .. }), "{end:?}");
    assert_eq!(connector.calls.lock().unwrap().len(), 1);
}
