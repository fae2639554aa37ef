//! `rows_of(event)`: the one place that says what an event means for the tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use hosk_core::{
    ChildOutcome, DeployedProcess, ElementInstanceKey, Event, InstanceCreated, JobCreated, Timestamp,
    UserTaskChanges, UserTaskCreated, UserTaskTransition, effects_of,
};
use hosk_model::{ElementIndex, ElementKind};

use super::waits::is_own;
use super::{
    Changes, Clearable, Coalesced, Correlated, ElementPatch, ElementRow, IncidentRow, InstanceChange,
    InstanceRow, JobCount, JobPatch, JobRow, SubscriptionPatch, SubscriptionRow, UserTaskPatch, UserTaskRow,
    VariableRow, decision_rows, state_when,
};
use crate::codec::Sent;
use crate::definitions;
use crate::read::{
    ElementInstanceState, IncidentState, JobState, MessageSubscriptionState, ProcessInstanceState,
    UserTaskState,
};
use crate::write::{ChangeSet, Step};

impl Changes {
    /// What a change set does to the tables.
    pub(crate) fn of(set: &ChangeSet) -> Self {
        let mut changes = Self {
            instance: InstanceChange::Known { ended: None, incidents: 0, suspended: None, migrated: None },
            elements: Coalesced::default(),
            variables: Coalesced::default(),
            jobs: Coalesced::default(),
            counted: Vec::new(),
            user_tasks: Coalesced::default(),
            incidents: Coalesced::default(),
            timers: Coalesced::default(),
            subscriptions: Coalesced::default(),
            signals: Coalesced::default(),
            conditions: BTreeMap::new(),
            correlated: Vec::new(),
            listening: Vec::new(),
            decisions: Vec::new(),
            audits: Vec::new(),
            sent: Vec::new(),
        };
        for step in &set.steps {
            for event in &step.events {
                changes.take(set, step.at, event);
            }
            changes.note_denial(step);
        }
        for lease in &set.born_leased {
            if let Some(job) = changes.jobs.inserted(lease.job.0) {
                job.worker = Some(lease.worker.clone());
                job.deadline = lease.deadline;
            }
        }
        changes
    }

    fn take(&mut self, set: &ChangeSet, at: Timestamp, event: &Event) {
        if let Some(sent) = effects_of(event).and_then(|effect| Sent::of(set.instance, effect)) {
            self.sent.push(sent);
        }
        self.audit(set, at, event);
        match event {
            Event::InstanceCreated(created) => self.instance = new_instance(at, created),
            Event::InstanceEnded(ended) => self.end_instance(at, &ended.outcome),
            Event::ElementActivating { key, element, scope, loop_counter, inner, .. } => {
                let row = ElementRow {
                    key: *key,
                    instance: set.instance,
                    scope: *scope,
                    element: numbered(&set.process, *element, *loop_counter, *inner),
                    state: ElementInstanceState::Active,
                    started: at,
                    ended: None,
                    incident: None,
                    definition: None,
                };
                self.elements.insert(key.0, row);
            }
            Event::InstanceMigrated { .. } => self.migrate(set, event),
            Event::InstanceSuspended { timers } => {
                self.suspend(Some(at));
                for timer in timers {
                    self.timers.delete(timer.0);
                }
            }
            Event::InstanceResumed(resumed) => {
                self.suspend(None);
                self.resume_timers(set, resumed);
                self.listening.extend(&resumed.subscriptions);
            }
            Event::ElementCompleted { key } => self.end_element(*key, ElementInstanceState::Completed, at),
            Event::ElementTerminated { key } => self.end_element(*key, ElementInstanceState::Terminated, at),
            Event::VariableSet { key, scope, name, value, created } => {
                let value: Arc<str> = value.text().into();
                if *created {
                    let (key, scope, name) = (*key, *scope, name.clone());
                    self.variables
                        .insert(key.0, VariableRow { key, instance: set.instance, scope, name, value });
                } else {
                    self.variables.update(key.0, Some(value));
                }
            }
            Event::DecisionEvaluated(evaluated) => {
                let owner = Some((set.instance, evaluated.element_instance));
                self.decisions.extend(decision_rows(at, owner, &evaluated.evaluation));
            }
            _ => self.take_user_task(set, at, event),
        }
    }

    /// A transition with listeners shows in the state until it takes place or is given up.
    fn take_user_task(&mut self, set: &ChangeSet, at: Timestamp, event: &Event) {
        let (key, patch) = match event {
            Event::UserTaskCreated(task) => {
                return self.user_tasks.insert(task.key.0, new_user_task(set, at, task));
            }
            Event::UserTaskTransitioning { key, to, .. } => (key, in_state(transition_state(to))),
            Event::UserTaskSettled { key, .. } => (key, in_state(UserTaskState::Created)),
            Event::UserTaskAssigned { key, assignee, .. } => {
                (key, UserTaskPatch { assignee: Some(assignee.clone()), ..in_state(UserTaskState::Created) })
            }
            Event::UserTaskUpdated { key, changes, .. } => (key, user_task_patch(changes)),
            Event::UserTaskCompleted { key, .. } => {
                (key, UserTaskPatch { completed: Some(at), ..in_state(UserTaskState::Completed) })
            }
            Event::UserTaskCanceled { key } => {
                (key, UserTaskPatch { completed: Some(at), ..in_state(UserTaskState::Canceled) })
            }
            _ => return self.take_work(set, at, event),
        };
        self.user_tasks.update(key.0, patch);
    }

    /// A listener denied a transition: its job shows why.
    fn note_denial(&mut self, step: &Step) {
        let denied = step.events.iter().find_map(|event| match event {
            Event::UserTaskSettled { denied, .. } => denied.as_deref(),
            _ => None,
        });
        let job = step.events.iter().find_map(|event| match event {
            Event::JobCompleted { key } => Some(key.0),
            _ => None,
        });
        if let (Some(reason), Some(job)) = (denied, job) {
            let denied_reason = Some(reason.into());
            self.jobs.update(job, JobPatch { at: step.at, denied_reason, ..JobPatch::default() });
        }
    }

    /// The rest: jobs, timers, subscriptions and incidents.
    fn take_work(&mut self, set: &ChangeSet, at: Timestamp, event: &Event) {
        match event {
            Event::SubscriptionOpened {
                key,
                element_instance,
                target,
                message_name,
                correlation_key,
                interrupting,
            } => {
                let row = SubscriptionRow {
                    key: *key,
                    instance: set.instance,
                    element_instance: *element_instance,
                    element: i64::from(target.0),
                    tenant: set.process.tenant.clone(),
                    process_id: set.process.definition.id.clone(),
                    name: message_name.clone(),
                    correlation_key: correlation_key.clone(),
                    interrupting: *interrupting,
                    waiting: is_own(&set.process.definition, *target),
                    state: MessageSubscriptionState::Created,
                    updated: at,
                    taken: None,
                    definition: None,
                };
                self.subscriptions.insert(key.0, row);
                self.listening.push(*key);
            }
            Event::SubscriptionCorrelated { key, message } => {
                self.correlated.push(Correlated { subscription: *key, message: *message, at });
                self.subscriptions.update(key.0, SubscriptionPatch { at, correlated: true, closed: false });
                self.listening.push(*key);
            }
            Event::SubscriptionClosed { key } => {
                self.subscriptions.update(key.0, SubscriptionPatch { at, correlated: false, closed: true });
            }
            Event::IncidentRaised { key, element_instance, job, kind, message } => {
                let row = IncidentRow {
                    key: *key,
                    instance: set.instance,
                    element_instance: *element_instance,
                    job: *job,
                    kind: (*kind).into(),
                    message: message.as_str().into(),
                    state: IncidentState::Active,
                    created: at,
                    resolved: None,
                };
                self.incidents.insert(key.0, row);
                self.count_incident(1);
                let patch = ElementPatch { ended: None, incident: Some(Some(*key)) };
                self.elements.update(element_instance.0, patch);
            }
            Event::IncidentResolved { key } => {
                let raised_here = self.incidents.inserted(key.0).map(|incident| incident.element_instance);
                if let Some(element) = raised_here {
                    self.elements.update(element.0, ElementPatch { ended: None, incident: Some(None) });
                }
                self.incidents.update(key.0, Some(at));
                self.count_incident(-1);
            }
            // The way down to an incident shows on every call activity above it, and on their instances.
            Event::ChildTroubled { caller, incident, .. } => {
                self.count_incident(if incident.is_some() { 1 } else { -1 });
                self.elements.update(caller.0, ElementPatch { ended: None, incident: Some(*incident) });
            }
            _ if self.take_wait(set, event) => {}
            _ => self.take_job(set, at, event),
        }
    }

    fn take_job(&mut self, set: &ChangeSet, at: Timestamp, event: &Event) {
        self.counted.extend(JobCount::of(set, at, event));
        let patch = JobPatch { at, ..JobPatch::default() };
        match event {
            Event::JobCreated(job) => self.jobs.insert(job.key.0, new_job(set, at, job)),
            Event::JobCompleted { key } => self.end_job(key.0, JobState::Completed, patch),
            Event::JobCanceled { key } => self.end_job(key.0, JobState::Canceled, patch),
            Event::JobErrorThrown { key, code, message } => {
                let error_code = Some(code.as_str().into());
                let error_message = Some(message.as_str().into());
                self.end_job(key.0, JobState::ErrorThrown, JobPatch { error_code, error_message, ..patch });
            }
            Event::JobFailed { key, retries, retry_at, message } => self.jobs.update(
                key.0,
                JobPatch {
                    state: Some(JobState::Failed),
                    retries: Some(*retries),
                    retry_at: Some(*retry_at),
                    error_message: Some(message.as_str().into()),
                    released: true,
                    ..patch
                },
            ),
            Event::JobUpdated { key, retries, priority } => self.jobs.update(
                key.0,
                JobPatch {
                    state: retries.map(|_| JobState::RetriesUpdated),
                    retries: *retries,
                    priority: *priority,
                    ..patch
                },
            ),
            Event::JobRetried { key, retries } => self.jobs.update(
                key.0,
                JobPatch {
                    state: Some(JobState::RetriesUpdated),
                    retries: Some(*retries),
                    retry_at: Some(None),
                    released: true,
                    ..patch
                },
            ),
            _ => {}
        }
    }

    fn end_job(&mut self, key: u64, state: JobState, patch: JobPatch) {
        self.jobs.update(key, JobPatch { state: Some(state), ended: true, ..patch });
    }

    fn end_element(&mut self, key: ElementInstanceKey, state: ElementInstanceState, at: Timestamp) {
        self.elements.update(key.0, ElementPatch { ended: Some((state, at)), incident: None });
    }

    fn end_instance(&mut self, at: Timestamp, outcome: &ChildOutcome) {
        let end = match outcome {
            ChildOutcome::Completed { .. } => ProcessInstanceState::Completed,
            ChildOutcome::Terminated | ChildOutcome::Error { .. } => ProcessInstanceState::Terminated,
        };
        match &mut self.instance {
            InstanceChange::New(row) => (row.state, row.ended) = (end, Some(at)),
            InstanceChange::Known { ended, .. } => *ended = Some((end, at)),
        }
    }

    fn suspend(&mut self, since: Option<Timestamp>) {
        let state = state_when(since);
        match &mut self.instance {
            InstanceChange::New(row) => (row.state, row.suspended) = (state, since),
            InstanceChange::Known { suspended, .. } => *suspended = Some(since),
        }
    }

    fn count_incident(&mut self, by: i64) {
        match &mut self.instance {
            InstanceChange::New(InstanceRow { incidents, .. }) | InstanceChange::Known { incidents, .. } => {
                *incidents += by;
            }
        }
    }
}

/// The number of an element as rows have it.
fn numbered(process: &DeployedProcess, element: ElementIndex, loop_counter: Option<u32>, inner: bool) -> i64 {
    let slot = i64::from(element.0);
    let Some(element) = process.definition.elements.get(element.0 as usize) else { return slot };
    let is_ad_hoc = matches!(element.kind, ElementKind::AdHocSubProcess(_));
    match (loop_counter, element.repetition.is_some()) {
        (None, true) => definitions::body(slot),
        (Some(_), true) if inner => definitions::inner(slot, true),
        (Some(_), false) if is_ad_hoc => definitions::inner(slot, false),
        _ => slot,
    }
}

fn new_instance(at: Timestamp, created: &InstanceCreated) -> InstanceChange {
    InstanceChange::New(InstanceRow {
        key: created.key,
        version: 1,
        definition: created.definition,
        state: ProcessInstanceState::Active,
        started: at,
        ended: None,
        suspended: None,
        incidents: 0,
        parent_instance: created.parent.map(|parent| parent.instance),
        parent_element: created.parent.map(|parent| parent.element_instance),
        root: created.parent.map_or(created.key, |parent| parent.root),
        business_id: created.business_id.clone(),
        tags: created.tags.clone(),
        message: created.message,
    })
}

fn new_job(set: &ChangeSet, at: Timestamp, job: &JobCreated) -> JobRow {
    JobRow {
        key: job.key,
        instance: set.instance,
        element_instance: job.element_instance,
        job_type: job.job_type.clone(),
        kind: job.kind.into(),
        listener_event: job.listener_event.into(),
        state: JobState::Created,
        retries: job.retries,
        priority: job.priority,
        worker: None,
        deadline: None,
        retry_at: None,
        headers: job.headers.clone(),
        error_code: None,
        error_message: None,
        denied_reason: None,
        created: at,
        updated: at,
        ended: None,
        tenant: set.process.tenant.clone(),
    }
}

fn new_user_task(set: &ChangeSet, at: Timestamp, task: &UserTaskCreated) -> UserTaskRow {
    UserTaskRow {
        key: task.key,
        instance: set.instance,
        element_instance: task.element_instance,
        state: UserTaskState::Created,
        assignee: task.assignee.clone(),
        candidate_groups: task.candidate_groups.clone(),
        candidate_users: task.candidate_users.clone(),
        created: at,
        completed: None,
        follow_up: task.follow_up_date.as_deref().and_then(moment),
        due: task.due_date.as_deref().and_then(moment),
        priority: task.priority,
        form: task.form_key,
        external_form: task.external_form.clone(),
        headers: task.headers.clone(),
    }
}

fn in_state(state: UserTaskState) -> UserTaskPatch {
    UserTaskPatch { state: Some(state), ..UserTaskPatch::default() }
}

fn transition_state(to: &UserTaskTransition) -> UserTaskState {
    match to {
        UserTaskTransition::Creating { .. } => UserTaskState::Creating,
        UserTaskTransition::Assigning { .. } => UserTaskState::Assigning,
        UserTaskTransition::Updating { .. } => UserTaskState::Updating,
        UserTaskTransition::Completing { .. } => UserTaskState::Completing,
        UserTaskTransition::Canceling => UserTaskState::Canceling,
    }
}

fn user_task_patch(changes: &UserTaskChanges) -> UserTaskPatch {
    let date = |date: &Clearable<Arc<str>>| date.as_ref().map(|date| date.as_deref().and_then(moment));
    UserTaskPatch {
        state: Some(UserTaskState::Created),
        completed: None,
        assignee: None,
        candidate_groups: changes.candidate_groups.clone(),
        candidate_users: changes.candidate_users.clone(),
        follow_up: date(&changes.follow_up_date),
        due: date(&changes.due_date),
        priority: changes.priority,
    }
}

/// The moment an ISO 8601 date and time means; without an offset it is taken as UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let instant = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
    })?;
    Some(Timestamp(instant.as_millisecond()))
}
