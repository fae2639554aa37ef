//! What element instances wait for: workers, people, messages, signals, times and conditions.

use std::sync::Arc;

use hosk_core::ProcessInstanceKey;
use hosk_store::read::{
    ElementInstanceField, ElementInstanceState, Filter, JobListenerEvent, JobType, Queries as _, Related,
    Tally, TallyOf, WaitState, WaitStateField as F, WaitStateType,
};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{OneOfBuilder, Schema};

use super::element_instances::wire_type;
use super::statistics::text;
use crate::answer::{Answer, Key, Time, answer, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, get, post, tagged};
use crate::refusal::missing;
use crate::search::{Found, Searchable, both, filter};
use crate::shape::Schemas;

static WAIT_STATES: Searchable<WaitState> = Searchable {
    name: "ElementInstanceWaitStateSearch",
    properties: &[
        both("elementInstanceKey", F::ElementInstanceKey),
        both("processInstanceKey", F::ProcessInstanceKey),
        both("rootProcessInstanceKey", F::RootProcessInstanceKey),
        both("elementId", F::ElementId),
        filter("elementType", F::ElementType),
        filter("waitStateType", F::Type),
    ],
    special: &[],
    alternatives: false,
};

pub(super) fn operations() -> Vec<Operation> {
    let search = post(
        "/v2/element-instances/wait-states/search",
        "searchElementInstanceWaitStates",
        "Search what element instances wait for.",
        search,
    )
    .takes_schema(false, WAIT_STATES.schema())
    .answers::<Found<WaitStateAnswer>>();
    let statistics = get(
        "/v2/process-instances/{processInstanceKey}/statistics/wait-states",
        "getProcessInstanceWaitStateStatistics",
        "Per element, how many of its element instances wait.",
        statistics,
    )
    .answers::<WaitStateFigures>()
    .refuses(&[404]);
    let mut operations = tagged("Element instance", vec![search]);
    operations.extend(tagged("Process instance", vec![statistics]));
    operations
}

answer! {
    /// Something that an element instance waits for.
    WaitStateAnswer {
        root_process_instance_key: Option<Key>,
        process_instance_key: Key,
        element_instance_key: Key,
        element_id: Arc<str>,
        element_type: &'static str,
        tenant_id: Arc<str>,
        bpmn_process_id: Arc<str>,
        details: Details,
    }
}

answer! {
    /// A worker, or a connector.
    JobWait {
        wait_state_type: &'static str,
        job_key: Key,
        job_type: Arc<str>,
        job_kind: &'static str,
        listener_event_type: Option<&'static str>,
        retries: u32,
    }
}

answer! {
    /// A message.
    MessageWait {
        wait_state_type: &'static str,
        message_name: Arc<str>,
        correlation_key: Option<Arc<str>>,
    }
}

answer! {
    /// A person.
    UserTaskWait {
        wait_state_type: &'static str,
        task_key: Key,
        due_date: Option<Time>,
    }
}

answer! {
    /// A point in time.
    TimerWait {
        wait_state_type: &'static str,
        /// Milliseconds since 1970.
        due_date: Option<i64>,
        /// How often it goes off.
        repetitions: u32,
    }
}

answer! {
    /// A signal.
    SignalWait {
        wait_state_type: &'static str,
        signal_name: Arc<str>,
    }
}

answer! {
    /// A condition that becomes true.
    ConditionWait {
        wait_state_type: &'static str,
        expression: Arc<str>,
        /// The changes of variables after which it is looked at: `create`, `update`.
        events: Vec<&'static str>,
    }
}

/// What is waited for, told apart by `waitStateType`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Details {
    Job(JobWait),
    Message(MessageWait),
    UserTask(UserTaskWait),
    Timer(TimerWait),
    Signal(SignalWait),
    Condition(ConditionWait),
}

impl Answer for Details {
    fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(JobWait::schema(schemas))
            .item(MessageWait::schema(schemas))
            .item(UserTaskWait::schema(schemas))
            .item(TimerWait::schema(schemas))
            .item(SignalWait::schema(schemas))
            .item(ConditionWait::schema(schemas))
            .into()
    }
}

answer! {
    /// How many element instances wait, per element.
    WaitStateFigures {
        items: Vec<WaitStateFigure>,
    }
}

answer! {
    /// The element instances of an element that wait.
    WaitStateFigure {
        element_id: Arc<str>,
        waiting_count: u64,
    }
}

impl From<WaitState> for WaitStateAnswer {
    fn from(row: WaitState) -> Self {
        Self {
            root_process_instance_key: Some(Key(row.root_process_instance_key.0)),
            process_instance_key: Key(row.process_instance_key.0),
            element_instance_key: Key(row.element_instance_key.0),
            element_id: Arc::clone(&row.element_id),
            element_type: wire_type(row.element_type),
            tenant_id: Arc::clone(&row.tenant_id),
            bpmn_process_id: Arc::clone(&row.process_definition_id),
            details: details(row),
        }
    }
}

fn details(row: WaitState) -> Details {
    let wait_state_type = row.r#type.as_str();
    let name = row.name.unwrap_or_default();
    match row.r#type {
        WaitStateType::Job => Details::Job(JobWait {
            wait_state_type,
            job_key: Key(row.key),
            job_type: name,
            job_kind: row.job_kind.unwrap_or(JobType::BpmnElement).as_str(),
            listener_event_type: row
                .listener_event_type
                .filter(|event| *event != JobListenerEvent::Unspecified)
                .map(JobListenerEvent::as_str),
            retries: row.retries.unwrap_or_default(),
        }),
        WaitStateType::Message => Details::Message(MessageWait {
            wait_state_type,
            message_name: name,
            correlation_key: row.correlation_key,
        }),
        WaitStateType::UserTask => Details::UserTask(UserTaskWait {
            wait_state_type,
            task_key: Key(row.key),
            due_date: row.due_date.map(Time),
        }),
        // What waits for a timer itself goes on when it goes off; only what stands beside it has repetitions.
        WaitStateType::Timer => Details::Timer(TimerWait {
            wait_state_type,
            due_date: row.due_date.map(|due| due.0),
            repetitions: 1,
        }),
        WaitStateType::Signal => Details::Signal(SignalWait { wait_state_type, signal_name: name }),
        WaitStateType::Condition => {
            let (create, update) = (row.on_create == Some(true), row.on_update == Some(true));
            let events = [(create, "create"), (update, "update")];
            let events = events.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect();
            Details::Condition(ConditionWait { wait_state_type, expression: name, events })
        }
    }
}

async fn search(mut call: Call) -> Outcome {
    let search = WAIT_STATES.read(&mut call).await?;
    let search = call.narrow(search, F::ProcessDefinitionId);
    let found = call.seen.wait_states(search).await?;
    ok(&Found::of(found, WaitStateAnswer::from))
}

async fn statistics(call: Call) -> Outcome {
    let key = call.key("processInstanceKey")?;
    let row = call.seen.process_instance(ProcessInstanceKey(key)).await?;
    let row = row.ok_or_else(|| missing("process instance", key))?;
    call.within(&row.process_definition_id)?;
    let waiting = Filter::eq(F::ProcessInstanceKey, row.key);
    let of = Filter::All(vec![
        Filter::eq(ElementInstanceField::ProcessInstanceKey, row.key),
        Filter::eq(ElementInstanceField::State, ElementInstanceState::Active.as_str()),
        Filter::Has(Related::Waiting(Box::new(waiting))),
    ]);
    let tallies =
        call.seen.tally(TallyOf::ElementInstances(of, vec![ElementInstanceField::ElementId])).await?;
    let figure = |tally: &Tally| WaitStateFigure { element_id: text(tally, 0), waiting_count: tally.rows };
    ok(&WaitStateFigures { items: tallies.iter().map(figure).collect() })
}
