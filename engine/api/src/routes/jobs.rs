//! Jobs: what workers take, do and give back.

mod activation;

use std::sync::Arc;
use std::time::Duration;

use hosk_core::{AdHocChoice, Corrections};
use hosk_runtime::{JobCompletion, JobError, JobFailure, JobUpdate};
use hosk_store::read::{Job, JobField as F, JobType, Queries as _};

use crate::answer::{Headers, Key, Time, answer, no_content, ok};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Operation, Outcome, patch, post, tagged};
use crate::problem::Problem;
use crate::search::{Found, Searchable, both, filter};
use crate::shape::{
    Body, Field, Object, boolean, date_time, integer, name, object, objects, one_of, text, texts,
    unchecked_reference, variables,
};
use hosk_store::read::{AuditEntityType, AuditOperation};

pub(super) static JOBS: Searchable<Job> = Searchable {
    name: "JobSearch",
    properties: &[
        both("jobKey", F::Key),
        both("type", F::Type),
        both("kind", F::Kind),
        both("listenerEventType", F::ListenerEventType),
        both("state", F::State),
        both("retries", F::Retries),
        both("priority", F::Priority),
        both("worker", F::Worker),
        both("deadline", F::Deadline),
        both("errorCode", F::ErrorCode),
        both("errorMessage", F::ErrorMessage),
        both("isDenied", F::IsDenied),
        both("deniedReason", F::DeniedReason),
        both("hasFailedWithRetriesLeft", F::HasFailedWithRetriesLeft),
        both("creationTime", F::CreationTime),
        both("lastUpdateTime", F::LastUpdateTime),
        both("endTime", F::EndTime),
        both("processInstanceKey", F::ProcessInstanceKey),
        filter("rootProcessInstanceKey", F::RootProcessInstanceKey),
        both("processDefinitionId", F::ProcessDefinitionId),
        both("processDefinitionKey", F::ProcessDefinitionKey),
        both("elementId", F::ElementId),
        both("elementInstanceKey", F::ElementInstanceKey),
        both("businessId", F::BusinessId),
        both("tenantId", F::TenantId),
    ],
    special: &[],
    alternatives: false,
};

static CORRECTIONS: Object = Object {
    name: "JobResultCorrections",
    fields: &[
        text("assignee", "Whose it is; the empty text: nobody's."),
        date_time("dueDate", "When it is due; the empty text: never."),
        date_time("followUpDate", "When it is to be looked at; the empty text: never."),
        texts("candidateUsers", "Users who may take it."),
        texts("candidateGroups", "Groups whose members may take it."),
        integer("priority", 0, 100, "Priority."),
    ],
};

static RESULT: Object = Object {
    name: "JobResult",
    fields: &[
        one_of(
            "type",
            &[USER_TASK, AD_HOC],
            "Of a task listener's job, or of one that leads an ad-hoc sub-process.",
        )
        .required(),
        boolean("denied", "Whether the transition is denied."),
        text("deniedReason", "Why."),
        object("corrections", &CORRECTIONS, "Changes to the user task that take place with the transition."),
        objects(
            "activateElements",
            &ACTIVATED_ELEMENT,
            "What begins in the ad-hoc sub-process, each as often as it is named.",
        ),
        boolean(
            "isCompletionConditionFulfilled",
            "Nothing more begins in it, and it completes when nothing runs in it; false by default. Then no element is named.",
        ),
        boolean("isCancelRemainingInstances", "Stop what runs in it before; false by default."),
    ],
};

const USER_TASK: &str = "userTask";
const AD_HOC: &str = "adHocSubProcess";

static ACTIVATED_ELEMENT: Object = Object {
    name: "JobResultActivateElement",
    fields: &[
        name("elementId", 4_096, "An element without incoming flow.").required(),
        variables("Variables that this activation has."),
    ],
};

static COMPLETE: Object = Object {
    name: "JobCompletionRequest",
    fields: &[
        variables("Variables for the process."),
        object(
            "result",
            &RESULT,
            "For task listener jobs: what becomes of the transition. For jobs that lead an ad-hoc sub-process: what \
             happens in it. Nothing to other jobs.",
        ),
    ],
};

static FAIL: Object = Object {
    name: "JobFailRequest",
    fields: &[
        integer("retries", 0, i32::MAX as i64, "Retries left; 0 (the default) raises an incident."),
        text("errorMessage", "What went wrong, in full."),
        integer("retryBackOff", 0, i64::MAX, "Milliseconds before it is offered again."),
        variables("Variables set at the job's element."),
    ],
};

static ERROR: Object = Object {
    name: "JobErrorRequest",
    fields: &[
        name("errorCode", 4_096, "The code of the BPMN error.").required(),
        text("errorMessage", "Says more."),
        variables("Variables set where the error is caught."),
    ],
};

const TIMEOUT: Field =
    integer("timeout", 0, i64::MAX, "Milliseconds from now until the worker's time is over.");
const PRIORITY: Field =
    integer("priority", i32::MIN as i64, i32::MAX as i64, "Greater ones are offered first.");

/// What changes of several jobs.
pub(super) static CHANGES: Object = Object {
    name: "JobsChangeset",
    fields: &[integer("retries", 1, i32::MAX as i64, "Retries left."), TIMEOUT, PRIORITY],
};

/// What changes of one job: whether it is there is looked at before whether the numbers can be right.
static CHANGESET: Object = Object {
    name: "JobChangeset",
    fields: &[integer("retries", 0, i32::MAX as i64, "Retries left; at least one."), TIMEOUT, PRIORITY],
};

static UPDATE: Object = Object {
    name: "JobUpdateRequest",
    fields: &[object("changeset", &CHANGESET, "What changes.").required(), unchecked_reference()],
};

pub(super) fn operations() -> Vec<Operation> {
    let operations = vec![
        activation::operation(),
        post("/v2/jobs/search", "searchJobs", "Search jobs.", search)
            .takes_schema(false, JOBS.schema())
            .answers::<Found<JobAnswer>>(),
        post("/v2/jobs/{jobKey}/completion", "completeJob", "The work is done.", complete)
            .may_take(&COMPLETE)
            .refuses(&[404, 409]),
        post("/v2/jobs/{jobKey}/failure", "failJob", "The work could not be done.", fail)
            .may_take(&FAIL)
            .refuses(&[404, 409]),
        post("/v2/jobs/{jobKey}/error", "throwJobError", "Raise a BPMN error.", throw)
            .takes(&ERROR)
            .refuses(&[404, 409]),
        patch("/v2/jobs/{jobKey}", "updateJob", "Change retries, priority or the worker's time.", update)
            .noted_within(AuditOperation::Update, AuditEntityType::Job)
            .takes(&UPDATE)
            .like(r#"{"changeset": {"retries": 3}}"#)
            .refuses(&[404, 409]),
    ];
    tagged("Job", operations.into_iter().map(|operation| operation.access(Access::Worker)).collect())
}

answer! {
    /// A job.
    JobAnswer {
        job_key: Key,
        kind_of_work as "type": Arc<str>,
        kind: &'static str,
        listener_event_type: &'static str,
        state: &'static str,
        retries: u32,
        priority: i32,
        worker: Arc<str>,
        deadline: Option<Time>,
        custom_headers: Headers,
        is_denied: Option<bool>,
        denied_reason: Option<Arc<str>>,
        error_code: Option<Arc<str>>,
        error_message: Option<Arc<str>>,
        has_failed_with_retries_left: bool,
        creation_time: Option<Time>,
        last_update_time: Option<Time>,
        end_time: Option<Time>,
        process_instance_key: Key,
        root_process_instance_key: Option<Key>,
        process_definition_id: Arc<str>,
        process_definition_key: Key,
        element_id: Arc<str>,
        element_instance_key: Key,
        business_id: Option<Arc<str>>,
        tenant_id: Arc<str>,
    }
}

impl From<Job> for JobAnswer {
    fn from(row: Job) -> Self {
        Self {
            job_key: Key(row.key.0),
            kind_of_work: row.r#type,
            kind: row.kind.as_str(),
            listener_event_type: row.listener_event_type.as_str(),
            state: row.state.as_str(),
            retries: row.retries,
            priority: row.priority,
            worker: row.worker.unwrap_or_else(|| "".into()),
            deadline: row.deadline.map(Time),
            custom_headers: Headers(row.custom_headers),
            is_denied: (row.kind == JobType::TaskListener).then_some(row.is_denied),
            denied_reason: row.denied_reason,
            error_code: row.error_code,
            error_message: row.error_message,
            has_failed_with_retries_left: row.has_failed_with_retries_left,
            creation_time: Some(Time(row.creation_time)),
            last_update_time: Some(Time(row.last_update_time)),
            end_time: row.end_time.map(Time),
            process_instance_key: Key(row.process_instance_key.0),
            root_process_instance_key: Some(Key(row.root_process_instance_key.0)),
            process_definition_id: row.process_definition_id,
            process_definition_key: Key(row.process_definition_key.0),
            element_id: row.element_id,
            element_instance_key: Key(row.element_instance_key.0),
            business_id: row.business_id,
            tenant_id: row.tenant_id,
        }
    }
}

async fn search(mut call: Call) -> Outcome {
    let search = JOBS.read(&mut call).await?;
    let search = call.narrow(search, F::ProcessDefinitionId);
    ok(&Found::of(call.seen.jobs(search).await?, JobAnswer::from))
}

fn corrections_of(mut body: Body) -> Corrections {
    let assignee = body.text("assignee");
    let assignee = assignee.map(|assignee| (!assignee.is_empty()).then(|| Arc::from(assignee)));
    Corrections { assignee, changes: super::user_tasks::changes_in(&mut body) }
}

async fn complete(mut call: Call) -> Outcome {
    let key = call.key("jobKey")?;
    let mut body = call.optional_json(&COMPLETE).await?;
    let mut completion = JobCompletion { variables: body.variables(), ..JobCompletion::default() };
    if let Some(mut result) = body.object("result") {
        if result.word("type") == Some(USER_TASK) {
            completion.corrections = result.object("corrections").map(corrections_of).map(Box::new);
            let reason = result.text("deniedReason").unwrap_or_default();
            completion.denied = result.boolean("denied").unwrap_or(false).then_some(reason);
        } else {
            completion.choice = Some(Box::new(choice_of(result)));
        }
    }
    let job = call.seen_job(key).await?;
    call.app.engine.complete_job(job, completion).await?;
    no_content()
}

fn choice_of(mut result: Body) -> AdHocChoice {
    let named = result.objects("activateElements").unwrap_or_default();
    let entry = |mut one: Body| (Arc::from(one.required_text("elementId")), one.variables());
    AdHocChoice {
        elements: named.into_iter().map(entry).collect(),
        fulfilled: result.boolean("isCompletionConditionFulfilled").unwrap_or_default(),
        cancel_remaining: result.boolean("isCancelRemainingInstances").unwrap_or_default(),
    }
}

async fn fail(mut call: Call) -> Outcome {
    let key = call.key("jobKey")?;
    let mut body = call.optional_json(&FAIL).await?;
    let failure = JobFailure {
        retries: body.integer("retries").and_then(|retries| u32::try_from(retries).ok()).unwrap_or(0),
        backoff: millis(body.integer("retryBackOff")).unwrap_or_default(),
        message: body.text("errorMessage").unwrap_or_default(),
        variables: body.variables(),
    };
    let job = call.seen_job(key).await?;
    call.app.engine.fail_job(job, failure).await?;
    no_content()
}

async fn throw(mut call: Call) -> Outcome {
    let key = call.key("jobKey")?;
    let mut body = call.json(&ERROR).await?;
    let error = JobError {
        code: body.required_text("errorCode"),
        message: body.text("errorMessage").unwrap_or_default(),
        variables: body.variables(),
    };
    let job = call.seen_job(key).await?;
    call.app.engine.throw_job_error(job, error).await?;
    no_content()
}

async fn update(mut call: Call) -> Outcome {
    let key = call.key("jobKey")?;
    let update = changes_of(call.json(&UPDATE).await?.object("changeset"))?;
    let job = call.seen_job(key).await?;
    call.app.engine.update_job(job, update).await?;
    no_content()
}

/// What a change set asks for: something.
pub(super) fn changes_of(mut changes: Option<Body>) -> Result<JobUpdate, Problem> {
    let mut number = |field| changes.as_mut().and_then(|changes| changes.integer(field));
    let update = JobUpdate {
        retries: number("retries").and_then(|retries| u32::try_from(retries).ok()),
        priority: number("priority").and_then(|priority| i32::try_from(priority).ok()),
        timeout: millis(number("timeout")),
    };
    if update == JobUpdate::default() {
        let detail = "`changeset` must have at least one of retries, timeout and priority.";
        return Err(Problem::invalid_argument(detail));
    }
    Ok(update)
}

fn millis(value: Option<i64>) -> Option<Duration> {
    value.and_then(|value| u64::try_from(value).ok()).map(Duration::from_millis)
}
