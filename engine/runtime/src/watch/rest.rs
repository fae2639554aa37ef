//! Where a hierarchy of instances rests, read from their states.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use hosk_core::{InstanceState, ProcessInstanceKey, Timestamp};
use hosk_model::ProcessDefinition;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Observer;
use crate::inner::Inner;
use crate::lane::Seen;
use crate::limits::{DUE_SOON, LOOK_AROUND, RESTING_INSTANCES};
use crate::{
    Error, IncidentAtRest, InstanceEnd, JobAtRest, MessageAtRest, Passed, PassedJobOutcome, Rest,
    RestingPoint, TaskAtRest, TimerAtRest,
};

/// Watches an instance, all it is called by and all it calls, from the moment it is made.
///
/// Make it, give the command, then ask for the [`rest`](Watch::rest).
pub struct Watch {
    inner: Arc<Inner>,
    instance: ProcessInstanceKey,
    root: ProcessInstanceKey,
    observer: Arc<Observer>,
    ended: oneshot::Receiver<InstanceEnd>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch")
            .field("instance", &self.instance)
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.inner.watches.look_away(self.root, &self.observer);
    }
}

impl Watch {
    pub(crate) fn new(inner: Arc<Inner>, instance: ProcessInstanceKey, root: ProcessInstanceKey) -> Self {
        let observer = inner.watches.observe(root);
        let ended = inner.ends.wait(root);
        Self { inner, instance, root, observer, ended }
    }

    /// Waits, at most `limit`, until nothing of it is being worked on, and says where it rests.
    pub async fn rest(mut self, limit: Duration) -> Result<Rest, Error> {
        let until = Instant::now() + limit;
        loop {
            let late = Instant::now() >= until;
            if late || !self.inner.watches.is_active(self.root) {
                let points = self.points().await?;
                // What began while we looked is still work.
                let quiet = !self.inner.watches.is_active(self.root) && !self.due_soon(&points);
                if quiet || late {
                    return Ok(self.found(points, quiet));
                }
            }
            // Another node may work on it, and nobody here notices.
            let look = if self.inner.shared { until.min(Instant::now() + LOOK_AROUND) } else { until };
            tokio::select! {
                biased;
                () = self.observer.changed.notified() => {}
                () = tokio::time::sleep_until(look) => {}
                () = self.inner.stop.cancelled() => return Err(Error::ShuttingDown),
            }
        }
    }

    fn found(&mut self, mut points: Vec<RestingPoint>, at_rest: bool) -> Rest {
        let seen = std::mem::take(&mut *self.observer.seen.lock());
        for point in &mut points {
            if let RestingPoint::Job(job) = point {
                job.last_failure = last_failure(&seen.facts, job);
            }
        }
        Rest {
            instance: self.root,
            at_rest,
            ended: self.ended.try_recv().ok(),
            points,
            passed: seen.facts,
            passed_truncated: seen.truncated,
        }
    }

    /// Whether a connector job is about to be tried again: that is work, not rest.
    fn due_soon(&self, points: &[RestingPoint]) -> bool {
        let soon = Timestamp(self.inner.clock.now().0 + DUE_SOON.as_millis() as i64);
        points.iter().any(|point| {
            matches!(point, RestingPoint::Job(job) if job.in_process && job.retry_at.is_none_or(|at| at <= soon))
        })
    }

    /// What the hierarchy waits for, from its top down.
    async fn points(&self) -> Result<Vec<RestingPoint>, Error> {
        let mut points = Vec::new();
        let mut instances = VecDeque::from([self.root]);
        for _ in 0..RESTING_INSTANCES {
            let Some(instance) = instances.pop_front() else { break };
            let inner = self.inner.clone();
            let look = move |seen: Option<Seen<'_>>| seen.map(|seen| look_at(&inner, instance, &seen));
            if let Some((found, called)) = self.inner.inspect(instance, look).await? {
                points.extend(found);
                instances.extend(called);
            }
        }
        Ok(points)
    }
}

fn last_failure(facts: &[Passed], job: &JobAtRest) -> Option<String> {
    facts.iter().rev().find_map(|fact| match fact {
        Passed::Job(passed) if passed.key == job.key => match &passed.outcome {
            PassedJobOutcome::Failed { message, .. } => Some(message.clone()),
            PassedJobOutcome::Completed { .. } | PassedJobOutcome::Error { .. } => None,
        },
        _ => None,
    })
}

fn look_at(
    inner: &Inner,
    instance: ProcessInstanceKey,
    seen: &Seen<'_>,
) -> (Vec<RestingPoint>, Vec<ProcessInstanceKey>) {
    let (state, definition) = (seen.state, &*seen.process.definition);
    let mut points = Vec::new();
    points.extend(tasks(state, definition, instance));
    points.extend(incidents(state, definition, instance));
    for job in state.jobs().filter(|job| job.state == hosk_core::JobState::Active) {
        let element = definition.element(job.details.element);
        points.push(RestingPoint::Job(JobAtRest {
            key: job.key(),
            instance,
            job_type: job.details.job_type.clone(),
            element_id: element.id.clone(),
            name: element.name.clone(),
            in_process: inner.connectors.knows(&job.details.job_type),
            retries: job.details.retries,
            retry_at: job.retry_at,
            last_failure: None,
        }));
    }
    points.extend(state.subscriptions().map(|subscription| {
        RestingPoint::Message(MessageAtRest {
            instance,
            element_id: definition.element(subscription.target).id.clone(),
            message_name: subscription.message_name.clone(),
            correlation_key: subscription.correlation_key.clone(),
        })
    }));
    points.extend(state.timers().map(|timer| {
        let element_id = definition.element(timer.target).id.clone();
        RestingPoint::Timer(TimerAtRest { instance, element_id, due: timer.due })
    }));
    let called = state.element_instances().filter_map(hosk_core::ElementInstance::called).collect();
    (points, called)
}

fn tasks<'a>(
    state: &'a InstanceState,
    definition: &'a ProcessDefinition,
    instance: ProcessInstanceKey,
) -> impl Iterator<Item = RestingPoint> + 'a {
    state.user_tasks().map(move |task| {
        let details = &task.details;
        let element = definition.element(details.element);
        RestingPoint::UserTask(TaskAtRest {
            key: details.key,
            instance,
            element_id: element.id.clone(),
            name: element.name.clone(),
            assignee: details.assignee.clone(),
            candidate_groups: details.candidate_groups.clone(),
            candidate_users: details.candidate_users.clone(),
            form_key: details.form_key,
        })
    })
}

fn incidents<'a>(
    state: &'a InstanceState,
    definition: &'a ProcessDefinition,
    instance: ProcessInstanceKey,
) -> impl Iterator<Item = RestingPoint> + 'a {
    state.incidents().filter_map(move |incident| {
        let holder = state.element_instance(incident.element_instance)?;
        let element = definition.element(holder.element());
        Some(RestingPoint::Incident(IncidentAtRest {
            key: incident.key,
            instance,
            element_id: element.id.clone(),
            name: element.name.clone(),
            kind: incident.kind,
            message: incident.message.clone(),
        }))
    })
}
