//! The workload: start → service task → end, with three variables of about 1 KB together.

use std::sync::Arc;

use hosk_core::Variables;
use hosk_feel::Json;

/// The job type done by a worker.
pub(crate) const BY_WORKER: &str = "work";
/// The job type done by a connector.
pub(crate) const BY_CONNECTOR: &str = "bench:work";

/// The process for a job type.
pub(crate) fn one_task(job_type: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="bench"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">
  <process id="one-task" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="to-task" sourceRef="start" targetRef="task"/>
    <serviceTask id="task"><extensionElements><zeebe:taskDefinition type="{job_type}"/></extensionElements></serviceTask>
    <sequenceFlow id="to-end" sourceRef="task" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#
    )
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
