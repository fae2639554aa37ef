//! Processes, an engine on a store, and short ways to ask it.

use std::sync::Arc;
use std::time::Duration;

use hosk_connector::Registry;
use hosk_core::{ProcessInstanceKey, Timestamp, Variables};
use hosk_feel::Json;
use hosk_runtime::{
    ActivateJobs, ActivatedJob, Clock, Config, ControllableClock, CreateRequest, DEFAULT_TENANT, Engine,
    JobCompletion, Message, SystemClock,
};
use hosk_store::{Memory, Store};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
/// Longer than anything here takes on a busy machine; only a failure waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A process with this id around flow elements.
pub(crate) fn process(id: &str, elements: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://hosk.dev/test" id="d_{id}">
  <bpmn:message id="m" name="go"><bpmn:extensionElements><zeebe:subscription correlationKey="=key"/></bpmn:extensionElements></bpmn:message>
  <bpmn:message id="m_start" name="begin"/>
  <bpmn:signal id="sig" name="halt"/>
  <bpmn:error id="e" errorCode="BROKEN"/>
  <bpmn:process id="{id}" isExecutable="true">{elements}</bpmn:process>
</bpmn:definitions>"#
    )
}

/// A sequence of nodes given as (element, id, content), joined by flows.
pub(crate) fn line(nodes: &[(&str, &str, &str)]) -> String {
    let element = |(number, (kind, id, content)): (usize, &(&str, &str, &str))| {
        let flow = number.checked_sub(1).map(|before| {
            let before = nodes[before].1;
            format!(r#"<bpmn:sequenceFlow id="f{number}" sourceRef="{before}" targetRef="{id}"/>"#)
        });
        flow.unwrap_or_default() + &format!(r#"<bpmn:{kind} id="{id}">{content}</bpmn:{kind}>"#)
    };
    nodes.iter().enumerate().map(element).collect()
}

/// A service task's extension elements.
pub(crate) fn job(job_type: &str, more: &str) -> String {
    format!(
        r#"<bpmn:extensionElements><zeebe:taskDefinition type="{job_type}" retries="3"/>{more}</bpmn:extensionElements>"#
    )
}

/// start → one service task → end.
pub(crate) fn one_task(id: &str, job_type: &str) -> String {
    process(
        id,
        &line(&[
            ("startEvent", "start", ""),
            ("serviceTask", "task", &job(job_type, "")),
            ("endEvent", "end", ""),
        ]),
    )
}

pub(crate) fn variables(entries: &[(&str, &str)]) -> Variables {
    entries.iter().map(|(name, json)| (Arc::from(*name), Json::parse(*json).unwrap())).collect()
}

pub(crate) async fn start_on(store: Arc<dyn Store>) -> Engine {
    start_with(store, Registry::new(), Arc::new(SystemClock)).await
}

pub(crate) async fn start_with(store: Arc<dyn Store>, registry: Registry, clock: Arc<dyn Clock>) -> Engine {
    let config = Config { seed: Some(1), ..Config::default() };
    Engine::start(config, store, Arc::new(registry), clock).await.unwrap()
}

/// An engine on memory.
pub(crate) async fn engine() -> Engine {
    start_on(Arc::new(Memory::new())).await
}

/// An engine on memory whose clock stands still.
pub(crate) async fn engine_standing_still() -> (Engine, Arc<ControllableClock>) {
    let clock = Arc::new(ControllableClock::pinned_at(Timestamp(1_800_000_000_000)));
    let engine = start_with(Arc::new(Memory::new()), Registry::new(), clock.clone()).await;
    (engine, clock)
}

pub(crate) async fn deploy(engine: &Engine, name: &str, xml: String) {
    let files = vec![(format!("{name}.bpmn"), xml.into_bytes())];
    engine.deploy(DEFAULT_TENANT.into(), files).await.unwrap_or_else(|error| panic!("{error:?}"));
}

pub(crate) async fn create(engine: &Engine, id: &str, entries: &[(&str, &str)]) -> ProcessInstanceKey {
    engine.create_instance(CreateRequest::new(id, variables(entries))).await.unwrap().key
}

pub(crate) fn ask(job_type: &str, max: usize, wait: Option<Duration>) -> ActivateJobs {
    ActivateJobs {
        job_type: job_type.into(),
        worker: "tester".into(),
        timeout: Duration::from_mins(1),
        max,
        fetch_variables: None,
        tenants: vec![DEFAULT_TENANT.into()],
        wait,
    }
}

/// The message that processes here wait for, for whoever waits now.
pub(crate) fn go(correlation_key: &str) -> Message {
    Message {
        tenant: DEFAULT_TENANT.into(),
        name: "go".into(),
        correlation_key: correlation_key.into(),
        time_to_live: Duration::ZERO,
        message_id: None,
        variables: variables(&[]),
    }
}

pub(crate) async fn jobs(engine: &Engine, job_type: &str, max: usize) -> Vec<ActivatedJob> {
    engine.activate_jobs(ask(job_type, max, Some(PATIENCE))).await.unwrap()
}

pub(crate) async fn no_job(engine: &Engine, job_type: &str) -> bool {
    engine.activate_jobs(ask(job_type, 1, None)).await.unwrap().is_empty()
}

pub(crate) async fn complete(engine: &Engine, job: &ActivatedJob, entries: &[(&str, &str)]) {
    let completion = JobCompletion { variables: variables(entries), ..JobCompletion::default() };
    engine.complete_job(job.key, completion).await.unwrap();
}

/// Chance that repeats with its seed (splitmix64).
pub(crate) struct Chance(std::sync::atomic::AtomicU64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self(std::sync::atomic::AtomicU64::new(seed.wrapping_mul(0x2545_F491_4F6C_DD1D))))
    }

    /// Evenly in 0..bound.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, std::sync::atomic::Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}
