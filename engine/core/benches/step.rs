//! How fast the core is, without any input or output: element transitions (activating, activated, completing,
//! completed) per second and core, through `step` with its `apply`.

#![expect(clippy::format_push_string, reason = "a benchmark")]

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use hosk_core::{
    Command, CreateInstance, Definitions, DeployedDecision, DeployedProcess, DeploymentKey, Event, FormKey,
    InstanceState, Keys, ProcessDefinitionKey, ProcessInstanceKey, Timestamp, Variables, apply, step,
};
use hosk_feel::Json;
use hosk_model::Binding;

fn main() {
    divan::main();
}

const NOW: Timestamp = Timestamp(1_800_000_000_000);

struct Counter(u64);

impl Keys for Counter {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

struct One(Arc<DeployedProcess>);

impl Definitions for One {
    fn process(&self, _: ProcessDefinitionKey) -> Option<Arc<DeployedProcess>> {
        Some(self.0.clone())
    }

    fn bound_process(&self, _: &str, _: &str, _: &Binding, _: DeploymentKey) -> Option<Arc<DeployedProcess>> {
        Some(self.0.clone())
    }

    fn bound_form(&self, _: &str, _: &str, _: &Binding, _: DeploymentKey) -> Option<FormKey> {
        None
    }

    fn bound_decision(
        &self,
        _: &str,
        _: &str,
        _: &Binding,
        _: DeploymentKey,
    ) -> Option<Arc<DeployedDecision>> {
        None
    }
}

fn deployed(inside: &str, paths: &[(&str, &str, &str)]) -> One {
    let mut flows = String::new();
    for (from, to, condition) in paths {
        let body = if condition.is_empty() {
            String::new()
        } else {
            format!("<conditionExpression>{condition}</conditionExpression>")
        };
        flows.push_str(&format!(
            r#"<sequenceFlow id="{from}-{to}" sourceRef="{from}" targetRef="{to}">{body}</sequenceFlow>"#
        ));
    }
    let xml = format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"
             xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"><process id="p" isExecutable="true">
             {inside}{flows}</process></definitions>"#
    );
    let compiled = hosk_model::compile(xml.as_bytes(), "bench.bpmn");
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    One(Arc::new(DeployedProcess {
        key: ProcessDefinitionKey(1),
        version: 1,
        deployment: DeploymentKey(1),
        tenant: "<default>".into(),
        resource_name: "bench.bpmn".into(),
        definition: compiled.processes[0].clone(),
    }))
}

fn service(id: &str) -> String {
    format!(
        r#"<serviceTask id="{id}"><extensionElements><zeebe:taskDefinition type="{id}"/></extensionElements></serviceTask>"#
    )
}

fn one_task() -> One {
    let inside = format!(r#"<startEvent id="s"/>{}<endEvent id="e"/>"#, service("work"));
    deployed(&inside, &[("s", "work", ""), ("work", "e", "")])
}

/// Three variables, about 1 KB together.
fn variables() -> Variables {
    let order = format!(r#"{{"id": 4711, "lines": "{}"}}"#, "x".repeat(900));
    [("customer", r#""C-17""#), ("amount", "1299.90"), ("order", order.as_str())]
        .into_iter()
        .filter_map(|(name, text)| Some((Arc::from(name), Json::parse(text).ok()?)))
        .collect()
}

fn create(variables: &Variables) -> Command {
    Command::Create(Box::new(CreateInstance {
        key: ProcessInstanceKey(1),
        definition: ProcessDefinitionKey(1),
        variables: variables.clone(),
        start_event: None,
        start_instructions: Vec::new(),
        terminate_after: Vec::new(),
        parent: None,
        message: None,
        business_id: None,
        tags: Vec::new(),
        tenant: "<default>".into(),
        by: None,
        conversation: None,
    }))
}

/// Creates an instance, completes every job until it is over, and gives all events.
fn run(one: &One, create: &Command) -> Vec<Event> {
    let mut state = InstanceState::new();
    let mut keys = Counter(10);
    let mut all = Vec::new();
    let mut command = create.clone();
    loop {
        match step(one, &mut state, &command, NOW, &mut keys) {
            Ok(events) => all.extend(events),
            Err(rejection) => panic!("{rejection}"),
        }
        let Some(job) = state.jobs().next().map(hosk_core::Job::key) else { break };
        command = Command::complete_job(job, Variables::new());
    }
    assert!(state.is_ended());
    all
}

fn transitions(events: &[Event]) -> usize {
    let is_transition = |event: &&Event| {
        matches!(
            event,
            Event::ElementActivating { .. }
                | Event::ElementActivated { .. }
                | Event::ElementCompleting { .. }
                | Event::ElementCompleted { .. }
        )
    };
    events.iter().filter(is_transition).count()
}

fn measure(bencher: Bencher<'_, '_>, one: &One, variables: &Variables) {
    let create = create(variables);
    let count = transitions(&run(one, &create));
    bencher.counter(ItemsCount::new(count)).bench_local(|| run(one, &create));
}

/// start → service task → end, three variables.
#[divan::bench]
fn one_task_transitions(bencher: Bencher<'_, '_>) {
    measure(bencher, &one_task(), &variables());
}

/// The events of one-task on a new state: what loading from the history costs.
#[divan::bench]
fn one_task_replay(bencher: Bencher<'_, '_>) {
    let events = run(&one_task(), &create(&variables()));
    bencher.counter(ItemsCount::new(transitions(&events))).bench_local(|| {
        let mut state = InstanceState::new();
        for event in &events {
            apply(&mut state, event);
        }
        state
    });
}

/// A split by three FEEL conditions and a parallel fork and join.
#[divan::bench]
fn gateways_transitions(bencher: Bencher<'_, '_>) {
    let inside = format!(
        r#"<startEvent id="s"/><exclusiveGateway id="x" default="x-n"/><task id="n"/><task id="a"/><task id="b"/>
           <exclusiveGateway id="m"/><parallelGateway id="f"/>{}{}<parallelGateway id="j"/><endEvent id="e"/>"#,
        service("one"),
        service("two")
    );
    let paths = [
        ("s", "x", ""),
        ("x", "a", "=amount &gt; 5000"),
        ("x", "b", "=amount &gt; 1000"),
        ("x", "n", ""),
        ("a", "m", ""),
        ("b", "m", ""),
        ("n", "m", ""),
        ("m", "f", ""),
        ("f", "one", ""),
        ("f", "two", ""),
        ("one", "j", ""),
        ("two", "j", ""),
        ("j", "e", ""),
    ];
    measure(bencher, &deployed(&inside, &paths), &variables());
}

/// A multi-instance service task: time per item must not grow with the number of items.
#[divan::bench(args = [100, 1_000, 10_000], sample_count = 5)]
fn multi_instance_items(bencher: Bencher<'_, '_>, items: usize) {
    let inside = r#"<startEvent id="s"/><serviceTask id="work"><extensionElements><zeebe:taskDefinition type="work"/></extensionElements>
           <multiInstanceLoopCharacteristics><extensionElements>
           <zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="all" outputElement="=item"/>
           </extensionElements></multiInstanceLoopCharacteristics></serviceTask><endEvent id="e"/>"#;
    let one = deployed(inside, &[("s", "work", ""), ("work", "e", "")]);
    let list = format!("{:?}", (0..items).collect::<Vec<_>>());
    let variables: Variables = Json::parse(list).into_iter().map(|json| (Arc::from("items"), json)).collect();
    let create = create(&variables);
    bencher.counter(ItemsCount::new(items)).bench_local(|| run(&one, &create));
}
