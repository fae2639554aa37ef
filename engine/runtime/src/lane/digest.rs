//! What follows from the events of a step: who has work, which keys are needed, how much history it makes.
//!
//! Taken while the state is at hand; done only after the commit.

use hosk_core::{Effect, Event, JobKey, ProcessInstanceKey, SignalEvent, Timestamp, effects_of};
use hosk_store::JobLease;

use super::{Facts, Live};
use crate::aftermath::After;
use crate::inner::Inner;
use crate::jobs::ReadyJob;
use crate::{End, InstanceEnd};

/// About what an event takes beside its texts.
const EVENT_BYTES: u64 = 40;

/// What follows from a step.
#[derive(Default)]
pub(super) struct Digest {
    pub(super) after: Vec<After>,
    pub(super) born_leased: Vec<JobLease>,
    /// Outbox entries it makes.
    pub(super) outbox: usize,
    /// Spare keys the store may need for it; the rule is `hosk_store::ChangeSet::keys_wanted`'s.
    pub(super) keys_wanted: u32,
    /// Bytes of history, about.
    pub(super) bytes: u64,
}

impl Digest {
    pub(super) fn of(
        inner: &Inner,
        live: &Live,
        instance: ProcessInstanceKey,
        events: &[Event],
        facts: Option<&Facts>,
        now: Timestamp,
    ) -> Self {
        let mut digest = Self { bytes: EVENT_BYTES * events.len() as u64, ..Self::default() };
        let work = Workplace { inner, live, instance, now };
        for event in events {
            match event {
                Event::VariableSet { name, value, .. } => {
                    digest.bytes += (name.len() + value.text().len()) as u64;
                }
                Event::DecisionEvaluated(evaluated) => digest.bytes += evaluated.evaluation.bytes() as u64,
                Event::SubscriptionOpened { .. } | Event::SubscriptionCorrelated { .. } => {
                    digest.keys_wanted += 1;
                }
                Event::InstanceEnded(_) => digest.keys_wanted += 2,
                Event::JobCreated(job) => digest.job_offered(&work, job.key, true),
                Event::JobRetried { key, .. } => digest.job_offered(&work, *key, false),
                Event::JobFailed { key, .. } => {
                    digest.after.push(After::JobReleased(*key));
                    digest.job_offered(&work, *key, false);
                }
                Event::JobCompleted { key }
                | Event::JobErrorThrown { key, .. }
                | Event::JobCanceled { key } => {
                    digest.after.push(After::JobGone(*key));
                }
                Event::IncidentRaised { element_instance, kind, message, .. } => {
                    let element = live
                        .state
                        .element_instance(*element_instance)
                        .map(hosk_core::ElementInstance::element);
                    let element = element.map(|index| live.process.definition.element(index).id.clone());
                    let (element, message) = (element.unwrap_or_default(), message.clone());
                    digest.after.push(After::Incident { element, kind: *kind, message });
                }
                Event::TimerScheduled { due, .. } => digest.after.push(After::TimerAt(*due)),
                Event::InstanceResumed(resumed) => {
                    digest.keys_wanted += resumed.subscriptions.len() as u32;
                    digest.after.extend(resumed.timers.iter().map(|(_, due)| *due).min().map(After::TimerAt));
                    let jobs: Vec<_> = live.state.jobs().map(hosk_core::Job::key).collect();
                    for job in jobs {
                        digest.job_offered(&work, job, false);
                    }
                }
                _ => {}
            }
            digest.outbox += usize::from(is_outbox(event));
        }
        if live.state.is_ended() {
            digest.after.push(After::Over);
        }
        if live.state.is_ended()
            && let Some(end) = facts.and_then(|facts| facts.end(instance, events))
        {
            digest.after.push(After::Ended(InstanceEnd { instance, end, at: now }));
        }
        digest
    }

    /// A job can be worked on, now or from a moment on: by a connector of this node, or by a worker from outside.
    fn job_offered(&mut self, work: &Workplace<'_>, key: JobKey, new: bool) {
        let Some(job) = work.live.state.job(key) else { return };
        if job.state != hosk_core::JobState::Active || work.live.state.is_suspended() {
            return;
        }
        let at = job.retry_at.filter(|at| *at > work.now);
        let connectors = &work.inner.connectors;
        if connectors.knows(&job.details.job_type) {
            if new
                && at.is_none()
                && let Some((lease, run)) =
                    connectors.prepare(work.live, work.instance, job, work.now, true, None)
            {
                self.born_leased.push(lease);
                self.after.push(After::Run(Box::new(run)));
            } else {
                if new {
                    connectors.created(key);
                }
                self.after.push(After::RunLater { job: key, at: at.unwrap_or(work.now) });
            }
        } else if let Some(tenant) = work.live.state.tenant() {
            let ready = ReadyJob {
                instance: work.instance,
                job: key,
                priority: job.details.priority,
                tenant: tenant.clone(),
                job_type: job.details.job_type.clone(),
                version: None,
            };
            self.after.push(After::Ready { job: ready, at });
        }
    }
}

/// Where jobs are.
struct Workplace<'a> {
    inner: &'a Inner,
    live: &'a Live,
    instance: ProcessInstanceKey,
    now: Timestamp,
}

/// Whether an event has an effect that is an outbox entry.
fn is_outbox(event: &Event) -> bool {
    let may = matches!(
        event,
        Event::ChildRequested(_)
            | Event::ChildCancelRequested { .. }
            | Event::ChildSuspensionRequested { .. }
            | Event::InstanceEnded(_)
            | Event::EscalationThrown { .. }
            | Event::TroubleTold { .. }
            | Event::Paused { .. }
            | Event::MessageThrown(_)
            | Event::Signal(SignalEvent::Thrown(_))
    );
    may && matches!(
        effects_of(event),
        Some(
            Effect::StartChild { .. }
                | Effect::NotifyParent { .. }
                | Effect::EscalateToParent { .. }
                | Effect::CancelChild { .. }
                | Effect::TellTrouble { .. }
                | Effect::SuspendChild { .. }
                | Effect::PublishMessage(_)
                | Effect::BroadcastSignal(_)
                | Effect::Continue
        )
    )
}

impl End {
    pub(crate) fn of(outcome: &hosk_core::ChildOutcome, variables: hosk_core::Variables) -> Self {
        match outcome {
            hosk_core::ChildOutcome::Completed { .. } => Self::Completed { variables },
            hosk_core::ChildOutcome::Terminated | hosk_core::ChildOutcome::Error { .. } => Self::Terminated,
        }
    }
}
