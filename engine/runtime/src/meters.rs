//! What is measured for whoever collects it, through the `metrics` facade: handles are made once a node, and cost next
//! to nothing while nobody does. `docs/operations.md` lists the names.

use std::time::Duration;

use hosk_connector::Outcome;
use hosk_core::{ChildOutcome, Event};
use metrics::{Counter, Histogram, counter, histogram};

/// What happens to instances, as operators count it: the name of the metric, and its label `change`.
const CHANGES: [(&str, &str); 18] = [
    ("hosk_process_instances_total", "started"),
    ("hosk_process_instances_total", "completed"),
    ("hosk_process_instances_total", "terminated"),
    ("hosk_element_instances_total", "activated"),
    ("hosk_jobs_total", "created"),
    ("hosk_jobs_total", "completed"),
    ("hosk_jobs_total", "failed"),
    ("hosk_jobs_total", "error"),
    ("hosk_jobs_total", "canceled"),
    ("hosk_user_tasks_total", "created"),
    ("hosk_user_tasks_total", "completed"),
    ("hosk_user_tasks_total", "canceled"),
    ("hosk_incidents_total", "raised"),
    ("hosk_incidents_total", "resolved"),
    ("hosk_timers_total", "scheduled"),
    ("hosk_timers_total", "triggered"),
    ("hosk_messages_total", "correlated"),
    ("hosk_decisions_total", "evaluated"),
];

/// The place of an event's change in [`CHANGES`].
fn change_of(event: &Event) -> Option<usize> {
    Some(match event {
        Event::InstanceCreated(_) => 0,
        Event::InstanceEnded(ended) if matches!(ended.outcome, ChildOutcome::Completed { .. }) => 1,
        Event::InstanceEnded(_) => 2,
        Event::ElementActivated { .. } => 3,
        Event::JobCreated(_) => 4,
        Event::JobCompleted { .. } => 5,
        Event::JobFailed { .. } => 6,
        Event::JobErrorThrown { .. } => 7,
        Event::JobCanceled { .. } => 8,
        Event::UserTaskCreated(_) => 9,
        Event::UserTaskCompleted { .. } => 10,
        Event::UserTaskCanceled { .. } => 11,
        Event::IncidentRaised { .. } => 12,
        Event::IncidentResolved { .. } => 13,
        Event::TimerScheduled { .. } => 14,
        Event::TimerTriggered { .. } => 15,
        Event::SubscriptionCorrelated { .. } => 16,
        Event::DecisionEvaluated(_) => 17,
        // The rest is how instances work inside.
        _ => return None,
    })
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally([u32; CHANGES.len()]);

impl Tally {
    /// What happened in a step.
    pub(crate) fn of(events: &[Event]) -> Self {
        let mut tally = Self::default();
        for place in events.iter().filter_map(change_of) {
            tally.0[place] += 1;
        }
        tally
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (mine, others) in self.0.iter_mut().zip(other.0) {
            *mine = mine.saturating_add(others);
        }
    }
}

/// The handles of a node.
pub(crate) struct Meters {
    changes: Vec<Counter>,
    committed: Counter,
    rejected: Counter,
    busy: Counter,
    commits: Counter,
    commits_failed: Counter,
    stale: Counter,
    quarantined: Counter,
    activated: Counter,
    cache_hits: Counter,
    cache_misses: Counter,
    command: Histogram,
    commit: Histogram,
    batch: Histogram,
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meters")
    }
}

impl Meters {
    /// Of the recorder that is installed by now.
    pub(crate) fn new() -> Self {
        let commands = |result: &'static str| counter!("hosk_commands_total", "result" => result);
        let commits = |result: &'static str| counter!("hosk_commits_total", "result" => result);
        let lookups = |result: &'static str| counter!("hosk_cache_lookups_total", "result" => result);
        Self {
            changes: CHANGES.iter().map(|(name, change)| counter!(*name, "change" => *change)).collect(),
            committed: commands("committed"),
            rejected: commands("rejected"),
            busy: commands("busy"),
            commits: commits("ok"),
            commits_failed: commits("failed"),
            stale: counter!("hosk_stale_changes_total"),
            quarantined: counter!("hosk_quarantined_instances_total"),
            activated: counter!("hosk_jobs_activated_total"),
            cache_hits: lookups("hit"),
            cache_misses: lookups("miss"),
            command: histogram!("hosk_command_seconds"),
            commit: histogram!("hosk_commit_seconds"),
            batch: histogram!("hosk_commit_commands"),
        }
    }

    /// A batch is durable.
    pub(crate) fn committed(&self, commands: usize, took: Duration) {
        self.commits.increment(1);
        self.committed.increment(commands as u64);
        self.batch.record(commands as f64);
        self.commit.record(took);
    }

    /// What is durable by now.
    pub(crate) fn happened(&self, tally: &Tally) {
        for (counter, times) in self.changes.iter().zip(tally.0).filter(|(_, times)| *times > 0) {
            counter.increment(u64::from(times));
        }
    }

    pub(crate) fn commit_failed(&self) {
        self.commits_failed.increment(1);
    }

    pub(crate) fn rejected(&self) {
        self.rejected.increment(1);
    }

    /// A caller was told to come again.
    pub(crate) fn busy(&self) {
        self.busy.increment(1);
    }

    pub(crate) fn stale(&self, instances: usize) {
        self.stale.increment(instances as u64);
    }

    pub(crate) fn quarantined(&self) {
        self.quarantined.increment(1);
    }

    /// A caller has its answer.
    pub(crate) fn answered(&self, took: Duration) {
        self.command.record(took);
    }

    /// Jobs went to a worker.
    pub(crate) fn activated(&self, jobs: usize) {
        self.activated.increment(jobs as u64);
    }

    /// Of so many instances that were wanted so many were not in memory.
    pub(crate) fn looked_up(&self, wanted: usize, missing: usize) {
        self.cache_misses.increment(missing as u64);
        self.cache_hits.increment(wanted.saturating_sub(missing) as u64);
    }
}

/// A connector was called. Connectors and connections are configured, so there are few.
pub(crate) fn called(connector: &str, connection: &str, result: &'static str, took: Duration) {
    let labels = [("connector", connector.to_owned()), ("connection", connection.to_owned())];
    histogram!("hosk_connector_call_seconds", &labels).record(took);
    let [connector, connection] = labels;
    counter!("hosk_connector_calls_total", &[connector, connection, ("result", result.to_owned())])
        .increment(1);
}

/// How an attempt is counted.
pub(crate) fn result_of(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Complete(_) => "completed",
        Outcome::BpmnError { .. } => "error",
        Outcome::Failure(failure) if failure.kind.is_retryable() => "transient",
        Outcome::Failure(_) => "permanent",
    }
}

#[cfg(test)]
mod tests {
    use hosk_core::{JobKey, TimerKey};

    use super::*;

    #[test]
    fn steps_add_up() {
        let mut all = Tally::of(&[Event::JobCompleted { key: JobKey(1) }, Event::Continued]);
        all.add(&Tally::of(&[
            Event::JobCompleted { key: JobKey(2) },
            Event::TimerTriggered { key: TimerKey(3) },
        ]));
        let told: Vec<_> = CHANGES.iter().zip(all.0).filter(|(_, times)| *times > 0).collect();
        let expected = vec![(&("hosk_jobs_total", "completed"), 2), (&("hosk_timers_total", "triggered"), 1)];
        assert_eq!(told, expected);
    }
}
