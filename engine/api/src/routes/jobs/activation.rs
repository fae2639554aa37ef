//! Handing out jobs, waiting for them when there are none.

use std::sync::Arc;
use std::time::Duration;

use hosk_core::Variables;
use hosk_runtime::{ActivateJobs, ActivatedJob, UserTaskOfJob};
use hosk_store::read::{JobListenerEvent, JobType};

use super::millis;
use crate::answer::{Headers, Key, answer, ok};
use crate::call::Call;
use crate::operation::{Operation, Outcome, post};
use crate::settings::Settings;
use crate::shape::{Object, integer, name, one_of, tenants, text, texts};
use crate::tenants::Tenant;

/// A worker's name when it gives none.
const UNNAMED: &str = "";

static ACTIVATE: Object = Object {
    name: "JobActivationRequest",
    fields: &[
        name("type", 4_096, "The job type.").required(),
        text("worker", "The worker's name."),
        integer("timeout", 1, i64::MAX, "Milliseconds for which the jobs are the worker's.").required(),
        integer("maxJobsToActivate", 1, i32::MAX as i64, "How many at most.").required(),
        texts("fetchVariable", "Only these variables; all when absent or empty."),
        integer(
            "requestTimeout",
            i64::MIN,
            i64::MAX,
            "Milliseconds to wait for the first job; 0 or absent: the server's default; negative: not at all.",
        ),
        tenants(),
        one_of(
            "tenantFilter",
            &["PROVIDED", "ASSIGNED"],
            "Jobs of `tenantIds`, or of every tenant that the caller is a member of.",
        ),
    ],
};

pub(super) fn operation() -> Operation {
    post("/v2/jobs/activation", "activateJobs", "Take jobs to work on.", activate)
        .takes(&ACTIVATE)
        .answers::<Activated>()
}

/// Where the data of all tenants lies: one place here. Newer clients want it named.
const PHYSICAL_TENANT: &str = "default";

answer! {
    /// Jobs handed out.
    Activated {
        jobs: Vec<ActivatedAnswer>,
    }
}

answer! {
    /// A job handed out.
    ActivatedAnswer {
        job_key: Key,
        kind_of_work as "type": Arc<str>,
        process_instance_key: Key,
        root_process_instance_key: Option<Key>,
        process_definition_id: Arc<str>,
        process_definition_version: u32,
        process_definition_key: Key,
        element_id: Arc<str>,
        element_instance_key: Key,
        kind: &'static str,
        listener_event_type: &'static str,
        custom_headers: Headers,
        worker: Arc<str>,
        retries: u32,
        priority: i32,
        deadline: i64,
        variables: Variables,
        tenant_id: Arc<str>,
        physical_tenant_id: &'static str,
        tags: Vec<Arc<str>>,
        user_task: Option<TaskOfJob>,
        business_id: Option<Arc<str>>,
    }
}

answer! {
    /// The user task of a task listener's job.
    TaskOfJob {
        user_task_key: Key,
        action: Arc<str>,
        assignee: Option<Arc<str>>,
        candidate_groups: Vec<Arc<str>>,
        candidate_users: Vec<Arc<str>>,
        changed_attributes: Vec<Arc<str>>,
        due_date: Option<Arc<str>>,
        follow_up_date: Option<Arc<str>>,
        form_key: Option<Key>,
        priority: Option<u8>,
    }
}

impl From<ActivatedJob> for ActivatedAnswer {
    fn from(job: ActivatedJob) -> Self {
        Self {
            job_key: Key(job.key.0),
            kind_of_work: job.job_type,
            process_instance_key: Key(job.instance.0),
            root_process_instance_key: Some(Key(job.root_instance.0)),
            process_definition_id: Arc::clone(&job.process.definition.id),
            process_definition_version: job.process.version,
            process_definition_key: Key(job.process.key.0),
            element_id: job.element_id,
            element_instance_key: Key(job.element_instance.0),
            kind: JobType::from(job.kind).as_str(),
            listener_event_type: JobListenerEvent::from(job.listener_event).as_str(),
            custom_headers: Headers(job.headers),
            worker: job.worker,
            retries: job.retries,
            priority: job.priority,
            deadline: job.deadline.0,
            variables: job.variables,
            tenant_id: job.tenant,
            physical_tenant_id: PHYSICAL_TENANT,
            tags: job.tags,
            user_task: job.user_task.map(TaskOfJob::from),
            business_id: job.business_id,
        }
    }
}

impl From<UserTaskOfJob> for TaskOfJob {
    fn from(task: UserTaskOfJob) -> Self {
        Self {
            user_task_key: Key(task.key.0),
            action: task.action,
            assignee: task.assignee,
            candidate_groups: task.candidate_groups,
            candidate_users: task.candidate_users,
            changed_attributes: task.changed,
            due_date: task.due_date,
            follow_up_date: task.follow_up_date,
            form_key: task.form_key.map(|key| Key(key.0)),
            priority: Some(task.priority),
        }
    }
}

async fn activate(mut call: Call) -> Outcome {
    let mut body = call.json(&ACTIVATE).await?;
    let tenants = match (body.word("tenantFilter"), body.tenants("tenantIds")) {
        (Some("ASSIGNED"), _) => call.seen.tenants().every(),
        (_, Some(named)) => named,
        (_, None) => call.seen.tenants().settle_all(&[], "tenantIds")?,
    };
    let fetch = body.texts("fetchVariable").filter(|names| !names.is_empty());
    let request = ActivateJobs {
        job_type: body.required_text("type").into(),
        worker: body.text("worker").unwrap_or_else(|| UNNAMED.to_owned()).into(),
        timeout: millis(body.integer("timeout")).unwrap_or_default(),
        max: usize::try_from(body.required_integer("maxJobsToActivate")).unwrap_or(1),
        fetch_variables: fetch.map(|names| names.into_iter().map(Arc::from).collect()),
        tenants: tenants.iter().map(Tenant::id).collect(),
        wait: wait(body.integer("requestTimeout"), &call.app.settings),
    };
    let jobs = call.app.engine.activate_jobs(request).await?;
    ok(&Activated { jobs: jobs.into_iter().map(ActivatedAnswer::from).collect() })
}

/// How long to wait. Clients whose poll came back empty poll again at once, so waiting is the rule.
fn wait(asked: Option<i64>, settings: &Settings) -> Option<Duration> {
    match asked {
        None | Some(0) => Some(settings.long_poll),
        Some(given) => millis(Some(given)).map(|given| given.min(settings.longest_wait)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_zero_wait_the_default_negative_not_at_all() {
        let settings = Settings::new(([127, 0, 0, 1], 0).into());
        assert_eq!(wait(None, &settings), Some(settings.long_poll));
        assert_eq!(wait(Some(0), &settings), Some(settings.long_poll));
        assert_eq!(wait(Some(-1), &settings), None);
        assert_eq!(wait(Some(250), &settings), Some(Duration::from_millis(250)));
        assert_eq!(wait(Some(i64::MAX), &settings), Some(settings.longest_wait));
    }
}
