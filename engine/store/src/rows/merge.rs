//! How a later change of a row joins an earlier one of the same change set.

use std::sync::Arc;

use hosk_core::Timestamp;

use super::{
    ElementPatch, ElementRow, IncidentRow, JobPatch, JobRow, Merge, SignalRow, SubscriptionPatch,
    SubscriptionRow, TimerRow, UserTaskPatch, UserTaskRow, VariableRow,
};
use crate::read::{IncidentState, MessageSubscriptionState};

impl Merge for ElementRow {
    type Patch = ElementPatch;
    fn patch(&mut self, patch: &ElementPatch) {
        if let Some((state, at)) = patch.ended {
            (self.state, self.ended) = (state, Some(at));
        }
        if let Some(incident) = patch.incident {
            self.incident = incident;
        }
    }
    fn merge(first: &mut ElementPatch, then: ElementPatch) {
        first.ended = then.ended.or(first.ended);
        first.incident = then.incident.or(first.incident);
    }
}

impl Merge for VariableRow {
    type Patch = Option<Arc<str>>;
    fn patch(&mut self, patch: &Self::Patch) {
        if let Some(value) = patch {
            self.value = value.clone();
        }
    }
    fn merge(first: &mut Self::Patch, then: Self::Patch) {
        *first = then;
    }
}

impl Merge for JobRow {
    type Patch = JobPatch;
    fn patch(&mut self, patch: &JobPatch) {
        self.state = patch.state.unwrap_or(self.state);
        self.updated = patch.at;
        self.ended = if patch.ended { Some(patch.at) } else { self.ended };
        self.retries = patch.retries.unwrap_or(self.retries);
        self.priority = patch.priority.unwrap_or(self.priority);
        self.retry_at = patch.retry_at.unwrap_or(self.retry_at);
        self.error_code = patch.error_code.clone().or_else(|| self.error_code.take());
        self.error_message = patch.error_message.clone().or_else(|| self.error_message.take());
        self.denied_reason = patch.denied_reason.clone().or_else(|| self.denied_reason.take());
        if patch.released {
            self.deadline = None;
        }
    }
    fn merge(first: &mut JobPatch, then: JobPatch) {
        *first = JobPatch {
            state: then.state.or(first.state),
            at: then.at,
            ended: then.ended || first.ended,
            retries: then.retries.or(first.retries),
            priority: then.priority.or(first.priority),
            retry_at: then.retry_at.or(first.retry_at),
            error_code: then.error_code.or_else(|| first.error_code.take()),
            error_message: then.error_message.or_else(|| first.error_message.take()),
            denied_reason: then.denied_reason.or_else(|| first.denied_reason.take()),
            released: then.released || first.released,
        };
    }
}

impl Merge for UserTaskRow {
    type Patch = UserTaskPatch;
    fn patch(&mut self, patch: &UserTaskPatch) {
        let patch = patch.clone();
        self.state = patch.state.unwrap_or(self.state);
        self.completed = patch.completed.or(self.completed);
        self.assignee = patch.assignee.unwrap_or_else(|| self.assignee.take());
        self.candidate_groups =
            patch.candidate_groups.unwrap_or_else(|| std::mem::take(&mut self.candidate_groups));
        self.candidate_users =
            patch.candidate_users.unwrap_or_else(|| std::mem::take(&mut self.candidate_users));
        self.follow_up = patch.follow_up.unwrap_or(self.follow_up);
        self.due = patch.due.unwrap_or(self.due);
        self.priority = patch.priority.unwrap_or(self.priority);
    }
    fn merge(first: &mut UserTaskPatch, then: UserTaskPatch) {
        *first = UserTaskPatch {
            state: then.state.or(first.state),
            completed: then.completed.or(first.completed),
            assignee: then.assignee.or_else(|| first.assignee.take()),
            candidate_groups: then.candidate_groups.or_else(|| first.candidate_groups.take()),
            candidate_users: then.candidate_users.or_else(|| first.candidate_users.take()),
            follow_up: then.follow_up.or(first.follow_up),
            due: then.due.or(first.due),
            priority: then.priority.or(first.priority),
        };
    }
}

/// Only the time it was over.
impl Merge for IncidentRow {
    type Patch = Option<Timestamp>;
    fn patch(&mut self, patch: &Self::Patch) {
        if patch.is_some() {
            (self.state, self.resolved) = (IncidentState::Resolved, *patch);
        }
    }
    fn merge(first: &mut Self::Patch, then: Self::Patch) {
        *first = then;
    }
}

/// Timers come and go.
impl Merge for TimerRow {
    type Patch = ();
    fn patch(&mut self, (): &()) {}
    fn merge((): &mut (), (): ()) {}
}

/// Signal subscriptions come and go.
impl Merge for SignalRow {
    type Patch = ();
    fn patch(&mut self, (): &()) {}
    fn merge((): &mut (), (): ()) {}
}

impl Merge for SubscriptionRow {
    type Patch = SubscriptionPatch;
    fn patch(&mut self, patch: &SubscriptionPatch) {
        self.updated = patch.at;
        if patch.correlated {
            self.taken = None;
            if self.interrupting {
                self.state = MessageSubscriptionState::Correlated;
            }
        }
        if patch.closed && self.state == MessageSubscriptionState::Created {
            self.state = MessageSubscriptionState::Deleted;
        }
    }
    fn merge(first: &mut SubscriptionPatch, then: SubscriptionPatch) {
        first.at = then.at;
        first.correlated |= then.correlated;
        first.closed |= then.closed;
    }
}
