//! What workers and people ask of the engine: jobs and user tasks, addressed by their own keys.

use std::sync::Arc;
use std::time::Duration;

use hosk_core::{Command, JobKey, Rejection, RejectionCode, UserTaskChanges, UserTaskKey, Variables};
use tokio::sync::oneshot;

use crate::asking::asked;
use crate::inner::Inner;
use crate::jobs::LeaseTicket;
use crate::lane::Seen;
use crate::limits::LONGEST_LEASE;
use crate::{Engine, Error, JobCompletion, JobError, JobFailure, JobUpdate, Receipt, Watch};

impl Inner {
    /// A leased job is its worker's for so long from now; whether a worker has it.
    pub(crate) async fn extend_lease(&self, job: JobKey, timeout: Duration) -> Result<bool, Error> {
        let deadline = self.in_time(timeout.min(LONGEST_LEASE));
        let Some(lease) = self.jobs.changed_lease(job, deadline) else { return Ok(false) };
        let (reply, answer) = oneshot::channel();
        let drafts = self.drafts.of(lease.instance);
        drafts.lease(vec![lease], LeaseTicket::Changed { job, deadline, reply });
        answer.await.map_err(|_| Error::ShuttingDown)?
    }
}

/// Nobody has the job, so that there is no time to change.
fn not_leased(job: JobKey) -> Error {
    let message = format!(
        "No worker of this node has the job {job}, so there is no time of a worker to change. Activate it first, or leave out the \
         timeout."
    );
    Error::Rejected(Rejection::new(RejectionCode::JobNotActive, message))
}

impl Engine {
    /// A worker finished its job.
    pub async fn complete_job(&self, job: JobKey, completion: JobCompletion) -> Result<Receipt, Error> {
        let instance = self.instance_of_job(job).await?;
        let JobCompletion { variables, denied, corrections, choice } = completion;
        self.submit(instance, Command::CompleteJob { job, variables, denied, corrections, choice }).await
    }

    /// A worker could not do its job.
    pub async fn fail_job(&self, job: JobKey, failure: JobFailure) -> Result<Receipt, Error> {
        let instance = self.instance_of_job(job).await?;
        let JobFailure { retries, backoff, message, variables } = failure;
        let retry_at = (retries > 0 && !backoff.is_zero()).then(|| self.inner.in_time(backoff));
        self.submit(instance, Command::FailJob { job, retries, retry_at, message, variables }).await
    }

    /// A worker raises a BPMN error.
    pub async fn throw_job_error(&self, job: JobKey, error: JobError) -> Result<Receipt, Error> {
        let instance = self.instance_of_job(job).await?;
        let JobError { code, message, variables } = error;
        self.submit(instance, Command::ThrowJobError { job, code, message, variables }).await
    }

    /// Changes a job's retries, priority or lease.
    pub async fn update_job(&self, job: JobKey, update: JobUpdate) -> Result<(), Error> {
        let JobUpdate { retries, priority, timeout } = update;
        let instance = self.instance_of_job(job).await?;
        if timeout.is_some() && !self.inner.jobs.is_leased(job) {
            let is_there =
                move |seen: Option<Seen<'_>>| seen.is_some_and(|seen| seen.state.job(job).is_some());
            let is_there = self.inner.inspect(instance, is_there).await?;
            let gone = || Error::NotFound { what: "job", key: job.to_string() };
            return Err(if is_there { not_leased(job) } else { gone() });
        }
        if retries.is_some() || priority.is_some() {
            self.submit(instance, asked(Command::UpdateJob { job, retries, priority }, None)).await?;
        }
        match timeout {
            Some(timeout) if !self.inner.extend_lease(job, timeout).await? => Err(not_leased(job)),
            _ => Ok(()),
        }
    }

    /// A person finished a user task.
    pub async fn complete_user_task(
        &self,
        task: UserTaskKey,
        variables: Variables,
        action: String,
        by: Option<Arc<str>>,
    ) -> Result<Receipt, Error> {
        let instance = self.instance_of_task(task).await?;
        let command = Command::CompleteUserTask { user_task: task, variables, action, by: by.clone() };
        self.submit(instance, asked(command, by)).await
    }

    /// The same, and watches the instance from before it on.
    pub async fn complete_user_task_watched(
        &self,
        task: UserTaskKey,
        variables: Variables,
        action: String,
        by: Option<Arc<str>>,
    ) -> Result<(Receipt, Watch), Error> {
        let instance = self.instance_of_task(task).await?;
        let watch = self.watch(instance).await?;
        let command = Command::CompleteUserTask { user_task: task, variables, action, by: by.clone() };
        let receipt = self.submit(instance, asked(command, by)).await?;
        Ok((receipt, watch))
    }

    /// Gives a user task to a person.
    pub async fn assign_user_task(
        &self,
        task: UserTaskKey,
        assignee: Arc<str>,
        allow_override: bool,
        action: String,
        by: Option<Arc<str>>,
    ) -> Result<Receipt, Error> {
        let instance = self.instance_of_task(task).await?;
        let command = Command::AssignUserTask {
            user_task: task,
            assignee: Some(assignee),
            allow_override,
            action,
            by: by.clone(),
        };
        self.submit(instance, asked(command, by)).await
    }

    /// Takes a user task away from its assignee.
    pub async fn unassign_user_task(
        &self,
        task: UserTaskKey,
        by: Option<Arc<str>>,
    ) -> Result<Receipt, Error> {
        let instance = self.instance_of_task(task).await?;
        let action = "unassign".to_owned();
        let command = Command::AssignUserTask {
            user_task: task,
            assignee: None,
            allow_override: true,
            action,
            by: by.clone(),
        };
        self.submit(instance, asked(command, by)).await
    }

    /// Changes a user task's attributes.
    pub async fn update_user_task(
        &self,
        task: UserTaskKey,
        changes: UserTaskChanges,
        action: String,
        by: Option<Arc<str>>,
    ) -> Result<Receipt, Error> {
        let instance = self.instance_of_task(task).await?;
        let command = Command::UpdateUserTask { user_task: task, changes, action, by: by.clone() };
        self.submit(instance, asked(command, by)).await
    }
}
