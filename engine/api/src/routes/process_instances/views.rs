//! What an instance went through: callers, flows, figures per element.

use std::sync::Arc;

use hosk_core::ProcessInstanceKey;
use hosk_store::read::{ElementStatistics, ProcessInstance, Queries as _, StatisticsOf};

use super::{instance, instance_if_known};
use crate::answer::{Key, answer, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, get};

/// Deepest call hierarchy that is shown.
const CALLERS_MAX: usize = 1_000;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        get(
            "/v2/process-instances/{processInstanceKey}/call-hierarchy",
            "getProcessInstanceCallHierarchy",
            "The instances that called it, from the top, and itself.",
            callers,
        )
        .answers::<Vec<CallerAnswer>>()
        .refuses(&[404]),
        get(
            "/v2/process-instances/{processInstanceKey}/sequence-flows",
            "getProcessInstanceSequenceFlows",
            "The sequence flows it took.",
            flows,
        )
        .answers::<Flows>(),
        get(
            "/v2/process-instances/{processInstanceKey}/statistics/element-instances",
            "getProcessInstanceStatistics",
            "Per element, how its element instances stand.",
            statistics,
        )
        .answers::<Statistics>(),
    ]
}

answer! {
    /// An instance of a call hierarchy.
    CallerAnswer {
        process_instance_key: Key,
        process_definition_key: Key,
        process_definition_name: Arc<str>,
    }
}

answer! {
    /// Sequence flows taken.
    Flows {
        items: Vec<Flow>,
    }
}

answer! {
    /// A sequence flow taken.
    Flow {
        sequence_flow_id: String,
        process_instance_key: Key,
        root_process_instance_key: Option<Key>,
        process_definition_key: Key,
        process_definition_id: Arc<str>,
        element_id: Arc<str>,
        tenant_id: Arc<str>,
    }
}

answer! {
    /// Figures per element.
    Statistics {
        items: Vec<ElementStatisticsAnswer>,
    }
}

answer! {
    /// How the element instances of an element stand.
    ElementStatisticsAnswer {
        element_id: Arc<str>,
        active: u64,
        canceled: u64,
        incidents: u64,
        completed: u64,
    }
}

impl From<ElementStatistics> for ElementStatisticsAnswer {
    fn from(row: ElementStatistics) -> Self {
        let ElementStatistics { element_id, active, canceled, incidents, completed } = row;
        Self { element_id, active, canceled, incidents, completed }
    }
}

impl From<ProcessInstance> for CallerAnswer {
    fn from(row: ProcessInstance) -> Self {
        Self {
            process_instance_key: Key(row.key.0),
            process_definition_key: Key(row.process_definition_key.0),
            process_definition_name: row.process_definition_name.unwrap_or(row.process_definition_id),
        }
    }
}

async fn callers(call: Call) -> Outcome {
    let mut row = instance(&call).await?;
    let mut path = Vec::new();
    while path.len() < CALLERS_MAX {
        let parent = row.parent_process_instance_key;
        path.push(CallerAnswer::from(row));
        let Some(ProcessInstanceKey(key)) = parent else { break };
        let Some(next) = call.seen.process_instance(ProcessInstanceKey(key)).await? else { break };
        row = next;
    }
    path.reverse();
    ok(&path)
}

async fn flows(call: Call) -> Outcome {
    let Some(row) = instance_if_known(&call).await? else { return ok(&Flows { items: Vec::new() }) };
    let taken = call.seen.sequence_flows(row.key).await?.unwrap_or_default();
    let flow = |element_id: Arc<str>| Flow {
        sequence_flow_id: format!("{}_{element_id}", row.key),
        process_instance_key: Key(row.key.0),
        root_process_instance_key: Some(Key(row.root_process_instance_key.0)),
        process_definition_key: Key(row.process_definition_key.0),
        process_definition_id: Arc::clone(&row.process_definition_id),
        element_id,
        tenant_id: Arc::clone(&row.tenant_id),
    };
    ok(&Flows { items: taken.into_iter().map(flow).collect() })
}

async fn statistics(call: Call) -> Outcome {
    let Some(row) = instance_if_known(&call).await? else { return ok(&Statistics { items: Vec::new() }) };
    let rows = call.seen.element_statistics(StatisticsOf::Instance(row.key)).await?;
    ok(&Statistics { items: rows.into_iter().map(ElementStatisticsAnswer::from).collect() })
}
