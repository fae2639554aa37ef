//! Handing jobs to a worker: what it needs to know is read from the state, the lease goes into the batch.

use std::sync::Arc;

use hosk_core::{
    ElementInstanceKey, Intended, JobCreated, JobKind, JobState, ProcessInstanceKey, UserTask, Variables,
};
use hosk_store::JobLease;

use super::{Lane, Live};
use crate::jobs::{Activation, Handed, LeaseTicket};
use crate::{ActivatedJob, UserTaskOfJob};

impl Lane {
    /// Takes the jobs of an activation that can still be worked on, and leases them.
    pub(super) async fn activate(&mut self, activation: Activation) {
        let mut handed = Handed::new(&self.inner);
        let mut versions = Vec::with_capacity(activation.jobs.len());
        for ready in &activation.jobs {
            let instance = ready.instance;
            self.drop_before(instance, ready.version);
            let found = match self.ensure(instance).await {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!(instance = instance.0, %error, "a job's instance cannot be read");
                    self.inner.jobs.ready_later(ready.clone(), self.inner.soon());
                    false
                }
            };
            if let (true, Some(live)) = (found, self.cache.get(instance))
                && let Some(job) = activated(live, instance, ready.job, &activation)
            {
                versions.push(live.version);
                handed.jobs.push(job);
            }
        }
        if activation.leased || handed.jobs.is_empty() {
            self.inner.jobs.lease(&handed.jobs);
            activation.answer(handed);
            return;
        }
        let shared = self.inner.shared;
        let lease = |(job, version): (&ActivatedJob, u64)| JobLease {
            instance: job.instance,
            job: job.key,
            worker: job.worker.clone(),
            deadline: Some(job.deadline),
            taken: true,
            // Another node may have changed what the worker is shown.
            version: shared.then_some(version),
        };
        let leases = handed.jobs.iter().zip(versions).map(lease).collect();
        self.drafts().lease(leases, LeaseTicket::Hand { handed, activation });
    }

    /// Drops what memory has of an instance when the store had a newer version at a claim.
    fn drop_before(&mut self, instance: ProcessInstanceKey, stored: Option<u64>) {
        let settled = self.drafts().settled();
        let outdated =
            |live: &Live| live.draft <= settled && stored.is_some_and(|stored| live.version < stored);
        if self.cache.get(instance).is_some_and(|live| outdated(live)) {
            self.cache.remove(instance);
        }
    }
}

fn activated(
    live: &Live,
    instance: ProcessInstanceKey,
    key: hosk_core::JobKey,
    activation: &Activation,
) -> Option<ActivatedJob> {
    let job = live.state.job(key)?;
    if job.state != JobState::Active || live.state.is_suspended() {
        return None;
    }
    let created = live.state.created()?;
    let details = &job.details;
    Some(ActivatedJob {
        key,
        job_type: details.job_type.clone(),
        instance,
        root_instance: live.state.root().unwrap_or(instance),
        process: live.process.clone(),
        element_id: live.process.definition.element(details.element).id.clone(),
        element_instance: details.element_instance,
        kind: details.kind,
        listener_event: details.listener_event,
        headers: details.headers.clone(),
        worker: activation.worker.clone(),
        retries: details.retries,
        priority: details.priority,
        deadline: activation.deadline,
        variables: fetched(live, details, activation.fetch_variables.as_deref()),
        tenant: created.tenant.clone(),
        tags: created.tags.clone(),
        business_id: created.business_id.clone(),
        user_task: (details.kind == JobKind::TaskListener)
            .then(|| user_task_of(live, details.element_instance))
            .flatten(),
    })
}

/// What the element sees; a listener that hears of a completion sees what the form gives as well.
fn fetched(live: &Live, job: &JobCreated, wanted: Option<&[Arc<str>]>) -> Variables {
    let mut visible = live.state.visible_variables(job.element_instance);
    if job.kind == JobKind::TaskListener
        && let Some(given) = task_of(live, job.element_instance).and_then(UserTask::intended)
    {
        visible
            .extend(given.variables.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    }
    if let Some(wanted) = wanted {
        visible.retain(|name, _| wanted.contains(name));
    }
    visible
}

fn task_of(live: &Live, element_instance: ElementInstanceKey) -> Option<&UserTask> {
    live.state.user_task(live.state.element_instance(element_instance)?.user_task()?)
}

/// The user task as it will be after what its listeners hear of.
fn user_task_of(live: &Live, element_instance: ElementInstanceKey) -> Option<UserTaskOfJob> {
    let Intended { details: task, changed, action, variables: _ } =
        task_of(live, element_instance)?.intended()?;
    Some(UserTaskOfJob {
        key: task.key,
        action: action.into(),
        changed: changed.into_iter().map(Arc::from).collect(),
        assignee: task.assignee,
        candidate_groups: task.candidate_groups,
        candidate_users: task.candidate_users,
        due_date: task.due_date,
        follow_up_date: task.follow_up_date,
        priority: task.priority,
        form_key: task.form_key,
    })
}
