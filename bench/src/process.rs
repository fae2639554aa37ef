//! The workloads: processes, and three variables of about 1 KB together.

use std::sync::Arc;

use hosk_core::Variables;
use hosk_feel::Json;

/// The job type done by a worker.
pub(crate) const BY_WORKER: &str = "work";
/// The job type done by a connector.
pub(crate) const BY_CONNECTOR: &str = "bench:work";

/// The process for a job type.
pub(crate) fn one_task(job_type: &str) -> String {
    one_of("one-task", job_type)
}

/// A process of one task with a job type.
pub(crate) fn one_of(id: &str, job_type: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="bench"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
  <process id="{id}" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="to-task" sourceRef="start" targetRef="task"/>
    <serviceTask id="task"><extensionElements><zeebe:taskDefinition type="{job_type}"/></extensionElements></serviceTask>
    <sequenceFlow id="to-end" sourceRef="task" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#
    )
}

/// A process of elements (each an XML text with its id) that follow one another.
fn chain(id: &str, elements: &[(&str, String)]) -> String {
    let mut inside = String::new();
    for (number, (_, xml)) in elements.iter().enumerate() {
        inside.push_str(xml);
        if let Some((before, _)) = number.checked_sub(1).map(|before| &elements[before]) {
            let to = elements[number].0;
            inside.push_str(&flow(before, to));
        }
    }
    definitions(id, "", &inside)
}

fn flow(from: &str, to: &str) -> String {
    format!(r#"<sequenceFlow id="{from}-{to}" sourceRef="{from}" targetRef="{to}"/>"#)
}

fn definitions(id: &str, before: &str, inside: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="bench"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">{before}
  <process id="{id}" isExecutable="true">{inside}</process></definitions>"#
    )
}

fn task(id: &str, more: &str) -> String {
    format!(
        r#"<serviceTask id="{id}"><extensionElements><zeebe:taskDefinition type="{BY_WORKER}"/></extensionElements>{more}</serviceTask>"#
    )
}

fn ends(middle: Vec<(&str, String)>) -> Vec<(&str, String)> {
    let mut all = vec![("start", r#"<startEvent id="start"/>"#.to_owned())];
    all.extend(middle);
    all.push(("end", r#"<endEvent id="end"/>"#.to_owned()));
    all
}

/// So many service tasks, one after the other.
pub(crate) fn in_a_row(tasks: usize) -> String {
    let ids: Vec<String> = (0..tasks).map(|number| format!("task{number}")).collect();
    chain("ten-tasks", &ends(ids.iter().map(|id| (id.as_str(), task(id, ""))).collect()))
}

/// So many service tasks at the same time.
pub(crate) fn in_parallel(tasks: usize) -> String {
    let mut inside = String::from(
        r#"<startEvent id="start"/><parallelGateway id="fork"/><parallelGateway id="join"/><endEvent id="end"/>"#,
    );
    inside += &(flow("start", "fork") + &flow("join", "end"));
    for number in 0..tasks {
        let id = format!("task{number}");
        inside += &(task(&id, "") + &flow("fork", &id) + &flow(&id, "join"));
    }
    definitions("parallel", "", &inside)
}

/// A task for each of 100 items, all at the same time.
pub(crate) fn multi_instance() -> String {
    let each = r#"<multiInstanceLoopCharacteristics><extensionElements>
      <zeebe:loopCharacteristics inputCollection="=for i in 1..100 return i"/></extensionElements></multiInstanceLoopCharacteristics>"#;
    chain("multi-instance", &ends(vec![("task", task("task", each))]))
}

/// Waits for the message `go` with the instance's key.
pub(crate) fn message() -> String {
    let before = r#"<message id="m" name="go"><extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements></message>"#;
    let wait = r#"<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>"#;
    let inside = format!(
        r#"<startEvent id="start"/>{wait}<endEvent id="end"/>{}{}"#,
        flow("start", "wait"),
        flow("wait", "end")
    );
    definitions("message", before, &inside)
}

/// Waits for a second.
pub(crate) fn timer() -> String {
    let wait = r#"<intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition></intermediateCatchEvent>"#;
    chain("timer", &ends(vec![("wait", wait.to_owned())]))
}

/// A connector's task for each of so many items, all at the same time.
pub(crate) fn many_items(count: usize) -> String {
    let each = format!(
        r#"<multiInstanceLoopCharacteristics><extensionElements>
      <zeebe:loopCharacteristics inputCollection="=for i in 1..{count} return i"/></extensionElements></multiInstanceLoopCharacteristics>"#
    );
    let task = task("task", &each).replace(BY_WORKER_TYPE, BY_CONNECTOR_TYPE);
    chain("many-items", &ends(vec![("task", task)]))
}

const BY_WORKER_TYPE: &str = r#"type="work""#;
const BY_CONNECTOR_TYPE: &str = r#"type="bench:work""#;

/// Waits for the signal `go`.
pub(crate) fn signal() -> String {
    let wait = r#"<intermediateCatchEvent id="wait"><signalEventDefinition signalRef="s"/></intermediateCatchEvent>"#;
    let inside = format!(
        r#"<startEvent id="start"/>{wait}<endEvent id="end"/>{}{}"#,
        flow("start", "wait"),
        flow("wait", "end")
    );
    definitions("signal", r#"<signal id="s" name="go"/>"#, &inside)
}

/// Runs in circles and waits for nothing.
pub(crate) fn circles() -> String {
    let turn = r#"<scriptTask id="turn"><extensionElements><zeebe:script expression="=1 + 1" resultVariable="n"/></extensionElements></scriptTask>"#;
    let inside = format!(
        r#"<startEvent id="start"/>{turn}<exclusiveGateway id="again" default="again-turn"/><endEvent id="end"/>{}{}{}
        <sequenceFlow id="out" sourceRef="again" targetRef="end"><conditionExpression>=n = 3</conditionExpression></sequenceFlow>"#,
        flow("start", "turn"),
        flow("turn", "again"),
        flow("again", "turn")
    );
    definitions("circles", "", &inside)
}

/// Waits for a person.
pub(crate) fn waiting() -> String {
    let look = r#"<userTask id="look"><extensionElements><zeebe:userTask/></extensionElements></userTask>"#;
    chain("waiting", &ends(vec![("look", look.to_owned())]))
}

/// The variables as one JSON object.
pub(crate) fn variables_json() -> serde_json::Value {
    let line =
        |n: u32| serde_json::json!({"product": format!("article-{n:04}"), "quantity": n, "price": 19.99});
    serde_json::json!({
        "order": {"number": "2026-000017", "client": {"name": "Ararat Trade LLC", "city": "Yerevan"}},
        "lines": (1..=14).map(line).collect::<Vec<_>>(),
        "urgent": true,
    })
}

/// The variables of an instance.
pub(crate) fn variables() -> Variables {
    let serde_json::Value::Object(entries) = variables_json() else { return Variables::new() };
    entries.into_iter().map(|(name, value)| (Arc::from(name), Json::from(value))).collect()
}
