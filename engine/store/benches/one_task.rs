//! How fast the one-task workload is written: start → service task → end with three variables of about 1 KB, two
//! commits an instance, on a durable SQLite file. Each batch begins as many instances as it ends.
//!
//! `cargo bench -p hosk-store --bench one_task -- [instances] [instances a batch]` prints instances and rows a second,
//! and beside them the rows a second of a bare multi-row insert in the same run.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement reports on the terminal and may panic"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use hosk_core::{
    ChildOutcome, DeployedProcess, DeploymentKey, ElementInstanceKey, Event, InstanceCreated, InstanceEnded,
    JobCreated, JobKey, JobKind, ProcessDefinitionKey, ProcessInstanceKey, Timestamp, VariableKey, Variables,
};
use hosk_model::ElementIndex;
use hosk_store::sqlite::Options;
use hosk_store::{
    Batch, ChangeSet, JobLease, NewDefinition, NewDeployment, NewResource, Sqlite, Step, Store,
};

const XML: &str = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="t"><process id="one-task" isExecutable="true">
    <startEvent id="start"/><sequenceFlow id="f1" sourceRef="start" targetRef="task"/>
    <serviceTask id="task"><extensionElements><zeebe:taskDefinition type="work"/></extensionElements></serviceTask>
    <sequenceFlow id="f2" sourceRef="task" targetRef="end"/><endEvent id="end"/></process></definitions>"#;

/// Rows a batch writes per instance over its life: instance 2, history 2, elements 4 + 2, variables 3, job 2.
const ROWS: u64 = 15;

struct Workload {
    process: Arc<DeployedProcess>,
    variables: Vec<(Arc<str>, hosk_feel::Json)>,
    leased: bool,
}

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let instances = numbers.next().unwrap_or(50_000);
    let sizes = numbers.next().map_or_else(|| vec![32, 256, 1_024], |size| vec![size]);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for size in sizes {
        runtime.block_on(run(instances, size));
    }
    runtime.block_on(bare(1_000_000));
}

async fn run(instances: u64, size: u64) {
    let folder = tempfile::tempdir_in(std::env::var("BENCH_DIR").unwrap_or_else(|_| ".".into())).unwrap();
    let store = Sqlite::open(folder.path().join("store.db"), Options::default()).await.unwrap();
    let work = deploy(&store).await;
    let began = Instant::now();
    let mut slowest = Duration::ZERO;
    for batch in 0..=instances / size {
        let at = Instant::now();
        let mut changes = Vec::with_capacity(2 * size as usize);
        for number in batch * size..(batch + 1) * size {
            changes.push(work.begin(instance(number)));
            if let Some(before) = number.checked_sub(size) {
                changes.push(work.end(instance(before)));
            }
        }
        let committed = store.commit(Batch {
            now: Timestamp(1),
            changes,
            keys: hosk_store::KeyRange { first: 1 << 60, count: u32::MAX },
            ..Batch::default()
        });
        assert!(committed.await.unwrap().stale.is_empty());
        slowest = slowest.max(at.elapsed());
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{size:5} a batch: {:7.0} instances/s {:8.0} rows/s, slowest batch {slowest:?}, cpu {:.1} s of {seconds:.1} s",
        instances as f64 / seconds,
        (instances * ROWS) as f64 / seconds,
        cpu_seconds(),
    );
}

/// CPU time of this process so far, in seconds.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.split_whitespace().collect::<Vec<_>>();
    let ticks = |index: usize| fields.get(index).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(13) + ticks(14)) / 100.0
}

/// The same disk and library, rows of eight columns in one table without anything around it.
async fn bare(rows: i64) {
    use sqlx::Connection;
    let folder = tempfile::tempdir_in(std::env::var("BENCH_DIR").unwrap_or_else(|_| ".".into())).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.path().join("bare.db"))
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let create = "CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER, c INTEGER, d INTEGER, e INTEGER, f INTEGER, g TEXT, \
                  h INTEGER) STRICT";
    sqlx::query(create).execute(&mut connection).await.unwrap();
    let text: Arc<str> = format!("INSERT INTO t VALUES {}", vec!["(?,?,?,?,?,?,?,?)"; 256].join(",")).into();
    let name: Arc<str> = "one-task".into();
    let began = Instant::now();
    for batch in 0..rows / 4_096 {
        let mut transaction = connection.begin().await.unwrap();
        for chunk in 0..16 {
            let mut query = sqlx::query(sqlx::AssertSqlSafe(text.clone()));
            for row in 0..256 {
                let key = batch * 4_096 + chunk * 256 + row;
                query = query.bind(key).bind(key).bind(3_i64).bind(key).bind(1_i64).bind(1_000_i64);
                query = query.bind(name.clone()).bind(None::<i64>);
            }
            query.execute(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }
    println!("bare insert: {:8.0} rows/s", rows as f64 / began.elapsed().as_secs_f64());
}

fn instance(number: u64) -> ProcessInstanceKey {
    ProcessInstanceKey((1 << 40) + number * 16)
}

async fn deploy(store: &Sqlite) -> Workload {
    let definition = hosk_model::compile(XML.as_bytes(), "one-task.bpmn").processes[0].clone();
    let contents = vec![NewDefinition::Process {
        key: ProcessDefinitionKey(1),
        definition: definition.clone(),
        start_timers: Vec::new(),
    }];
    let file = NewResource { key: 2, name: "one-task.bpmn".into(), content: XML.as_bytes().into(), contents };
    let tenant: Arc<str> = "<default>".into();
    let deployment = DeploymentKey(3);
    let new =
        NewDeployment { key: deployment, now: Timestamp(1), tenant: tenant.clone(), resources: vec![file] };
    store.deploy(new).await.unwrap();
    let key = ProcessDefinitionKey(1);
    let resource_name = "one-task.bpmn".into();
    let process = DeployedProcess { key, version: 1, deployment, tenant, resource_name, definition };
    let long = "x".repeat(900);
    let json = |text: String| hosk_feel::Json::parse(text).unwrap();
    Workload {
        process: Arc::new(process),
        variables: vec![
            ("orderId".into(), json("\"order-4711\"".into())),
            ("amount".into(), json("129.90".into())),
            ("order".into(), json(format!(r#"{{"customer":"ACME","note":"{long}"}}"#))),
        ],
        leased: std::env::var("LEASED").is_ok(),
    }
}

impl Workload {
    fn begin(&self, instance: ProcessInstanceKey) -> ChangeSet {
        let key = |offset| ElementInstanceKey(instance.0 + offset);
        let mut events = vec![Event::InstanceCreated(Box::new(InstanceCreated {
            key: instance,
            definition: self.process.key,
            start: Vec::new(),
            parent: None,
            message: None,
            business_id: None,
            tags: Vec::new(),
            tenant: self.process.tenant.clone(),
            by: None,
            terminate_after: Vec::new(),
            conversation: None,
        }))];
        activate(&mut events, key(0), ElementIndex::PROCESS, key(0));
        for (offset, (name, value)) in self.variables.iter().enumerate() {
            let key = VariableKey(instance.0 + 1 + offset as u64);
            let (name, value) = (name.clone(), value.clone());
            events.push(Event::VariableSet { key, scope: instance.root(), name, value, created: true });
        }
        activate(&mut events, key(4), self.element("start"), key(0));
        complete(&mut events, key(4));
        events.push(Event::FlowTaken { flow: self.element("f1"), scope: key(0) });
        activate(&mut events, key(5), self.element("task"), key(0));
        events.push(Event::JobCreated(Box::new(JobCreated {
            key: JobKey(instance.0 + 6),
            element_instance: key(5),
            element: self.element("task"),
            kind: JobKind::BpmnElement,
            listener_event: None,
            job_type: "work".into(),
            retries: 3,
            priority: 0,
            headers: Arc::default(),
        })));
        let job = JobKey(instance.0 + 6);
        let lease = || JobLease {
            instance,
            job,
            worker: "node-1".into(),
            deadline: Some(Timestamp(1 << 40)),
            taken: true,
            version: None,
        };
        self.set(instance, 0, events, self.leased.then(lease).into_iter().collect())
    }

    fn end(&self, instance: ProcessInstanceKey) -> ChangeSet {
        let key = |offset| ElementInstanceKey(instance.0 + offset);
        let mut events = vec![Event::JobCompleted { key: JobKey(instance.0 + 6) }];
        complete(&mut events, key(5));
        events.push(Event::FlowTaken { flow: self.element("f2"), scope: key(0) });
        activate(&mut events, key(7), self.element("end"), key(0));
        complete(&mut events, key(7));
        complete(&mut events, key(0));
        let outcome = ChildOutcome::Completed { variables: Variables::new() };
        events.push(Event::InstanceEnded(Box::new(InstanceEnded { outcome, parent: None })));
        self.set(instance, 1, events, Vec::new())
    }

    fn element(&self, id: &str) -> ElementIndex {
        self.process.definition.index_of(id).unwrap()
    }

    fn set(
        &self,
        instance: ProcessInstanceKey,
        expected_version: u64,
        events: Vec<Event>,
        born_leased: Vec<JobLease>,
    ) -> ChangeSet {
        ChangeSet {
            instance,
            expected_version,
            process: self.process.clone(),
            steps: vec![Step { at: Timestamp(1), events }],
            snapshot: None,
            handled: Vec::new(),
            born_leased,
            outbox_keys: Vec::new(),
        }
    }
}

fn activate(
    events: &mut Vec<Event>,
    key: ElementInstanceKey,
    element: ElementIndex,
    scope: ElementInstanceKey,
) {
    events.push(Event::ElementActivating {
        key,
        element,
        scope,
        consumed: Vec::new(),
        loop_counter: None,
        inner: false,
    });
    events.push(Event::ElementActivated { key });
}

fn complete(events: &mut Vec<Event>, key: ElementInstanceKey) {
    events.push(Event::ElementCompleting { key });
    events.push(Event::ElementCompleted { key });
}
