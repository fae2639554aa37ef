//! The row changes of a batch as multi-row statements, table by table. Guards come first: when one affects fewer
//! rows than it names, the batch is taken apart (see [`super::commit`]).

use std::sync::Arc;

use hosk_core::{ProcessInstanceKey, Timestamp};
use rustc_hash::FxHashMap;

use super::shape::{Shape, Statements, Values};
use crate::Error;
use crate::codec::encode_steps;
use crate::read::{Headers, Texts};
use crate::rows::{Changes, DecisionRow, InstanceChange, JobPatch, JobRow, UserTaskPatch, state_when};
use crate::write::{ChangeSet, JobLease};

/// A change set with its row changes.
pub(super) struct Prepared<'a> {
    pub(super) set: &'a ChangeSet,
    pub(super) changes: Changes,
}

/// Before a migration: what is over, or not taken along, says of which definition its number is.
static LEFT_ELEMENT: Shape = Shape::new(
    "WITH v AS (VALUES ",
    1,
    ") UPDATE element_instance SET definition = p.definition FROM v JOIN process_instance p ON p.key = v.column1 \
     WHERE element_instance.instance = v.column1 AND element_instance.definition IS NULL \
     AND element_instance.ended IS NOT NULL",
);
/// What goes along gets its new number, in the way that `definitions` writes numbers.
static MOVED_ELEMENT: Shape = Shape::new(
    "WITH v AS (VALUES ",
    2,
    ") UPDATE element_instance SET element = element + iif(element < 0, -1, 1) * (m.value ->> 1 - m.value ->> 0) FROM v, json_each(v.column2) m \
     WHERE element_instance.instance = v.column1 AND element_instance.definition IS NULL \
     AND abs(element_instance.element) % 16777216 = m.value ->> 0",
);
static NEW_INSTANCE: Shape = Shape::new(
    "INSERT INTO process_instance (key, version, definition, state, started, ended, incidents, parent_instance, \
     parent_element, root, business_id, tags, message, suspended) VALUES ",
    14,
    " ON CONFLICT (key) DO NOTHING",
);
static KNOWN_INSTANCE: Shape = Shape::new(
    "WITH v AS (VALUES ",
    8,
    ") UPDATE process_instance SET definition = coalesce(v.column8, definition), version = version + 1, \
     state = coalesce(v.column3, state), ended = v.column4, \
     incidents = incidents + v.column5, suspended = iif(v.column6, v.column7, suspended) FROM v WHERE key = v.column1 AND version = v.column2",
);
static HISTORY: Shape = Shape::new("INSERT INTO history (instance, version, body) VALUES ", 3, "");
static SNAPSHOT: Shape =
    Shape::new("INSERT OR REPLACE INTO snapshot (instance, version, body) VALUES ", 3, "");
static NEW_ELEMENT: Shape = Shape::new(
    "INSERT INTO element_instance (key, instance, element, scope, state, started, ended, incident) VALUES ",
    8,
    "",
);
static ENDED_ELEMENT: Shape = Shape::new(
    "WITH v AS (VALUES ",
    3,
    ") UPDATE element_instance SET state = v.column2, ended = v.column3 FROM v WHERE key = v.column1",
);
static TROUBLED_ELEMENT: Shape = Shape::new(
    "WITH v AS (VALUES ",
    2,
    ") UPDATE element_instance SET incident = v.column2 FROM v WHERE key = v.column1",
);
static NEW_VARIABLE: Shape =
    Shape::new("INSERT INTO variable (key, instance, scope, name, value) VALUES ", 5, "");
static SET_VARIABLE: Shape = Shape::new(
    "WITH v AS (VALUES ",
    2,
    ") UPDATE variable SET value = v.column2 FROM v WHERE key = v.column1",
);
static NEW_JOB: Shape = Shape::new(
    "INSERT INTO job (key, instance, element_instance, type, kind, listener_event, state, retries, priority, \
     worker, deadline, retry_at, headers, error_code, error_message, denied_reason, created, updated, ended, tenant) VALUES ",
    20,
    "",
);
static ENDED_JOB: Shape = Shape::new(
    "WITH v AS (VALUES ",
    3,
    ") UPDATE job SET state = v.column2, updated = v.column3, ended = v.column3 FROM v WHERE key = v.column1",
);
static CHANGED_JOB: Shape = Shape::new(
    "WITH v AS (VALUES ",
    12,
    ") UPDATE job SET state = coalesce(v.column2, state), updated = v.column3, ended = coalesce(v.column4, ended), \
     retries = coalesce(v.column5, retries), priority = coalesce(v.column6, priority), \
     retry_at = iif(v.column7, v.column8, retry_at), error_code = coalesce(v.column9, error_code), \
     error_message = coalesce(v.column10, error_message), denied_reason = coalesce(v.column11, denied_reason), \
     deadline = iif(v.column12, NULL, deadline) \
     FROM v WHERE key = v.column1",
);
/// A lease is taken when the job is free at the time of the batch, or is prolonged or given back by its holder.
static LEASE: Shape = Shape::new(
    "WITH v AS (VALUES ",
    6,
    ") UPDATE job SET worker = v.column2, deadline = v.column3 FROM v WHERE key = v.column1 AND ended IS NULL \
     AND retries > 0 AND CASE WHEN coalesce(deadline, 0) > v.column4 THEN worker = v.column2 AND NOT v.column5 \
     ELSE coalesce(retry_at, 0) <= v.column4 END AND (v.column6 IS NULL OR v.column6 = \
     (SELECT p.version FROM process_instance p WHERE p.key = job.instance)) RETURNING key",
);
static NEW_TASK: Shape = Shape::new(
    "INSERT INTO user_task (key, instance, element_instance, state, assignee, candidate_groups, candidate_users, \
     created, completed, follow_up, due, priority, form, external_form, headers) VALUES ",
    15,
    "",
);
static CHANGED_TASK: Shape = Shape::new(
    "WITH v AS (VALUES ",
    12,
    ") UPDATE user_task SET state = coalesce(v.column2, state), completed = coalesce(v.column3, completed), \
     assignee = iif(v.column4, v.column5, assignee), \
     candidate_groups = coalesce(v.column6, candidate_groups), \
     candidate_users = coalesce(v.column7, candidate_users), \
     follow_up = iif(v.column8, v.column9, follow_up), due = iif(v.column10, v.column11, due), \
     priority = coalesce(v.column12, priority) FROM v WHERE key = v.column1",
);
static NEW_INCIDENT: Shape = Shape::new(
    "INSERT INTO incident (key, instance, element_instance, job, kind, message, state, created, resolved) VALUES ",
    9,
    "",
);
/// First the element, which is found through the incident.
static UNTROUBLED_ELEMENT: Shape = Shape::new(
    "WITH v AS (VALUES ",
    1,
    ") UPDATE element_instance SET incident = NULL FROM v, incident i \
     WHERE i.key = v.column1 AND element_instance.key = i.element_instance AND element_instance.incident = i.key",
);
static RESOLVED_INCIDENT: Shape = Shape::new(
    "WITH v AS (VALUES ",
    2,
    ") UPDATE incident SET state = 1, resolved = v.column2 FROM v WHERE key = v.column1",
);
static NEW_DECISION: Shape = Shape::new(
    "INSERT INTO decision_instance (key, evaluation, number, decision, root, kind, state, evaluated, failure, result, \
     inputs, rules, warnings, instance, element_instance) VALUES ",
    15,
    "",
);
static OUTBOX: Shape =
    Shape::new("INSERT INTO outbox (key, source, target, correlated_process, command) VALUES ", 5, "");

/// An outbox row to write.
pub(super) struct NewEntry {
    pub(super) key: u64,
    pub(super) source: Option<u64>,
    pub(super) target: u64,
    pub(super) correlated_process: Option<Arc<str>>,
    pub(super) command: Vec<u8>,
}

/// Version guards and the instances' own rows; before them what a migration changes while the old definition stands
/// there.
pub(super) fn guards(sets: &[&Prepared<'_>]) -> Statements {
    let mut statements = Statements::default();
    migrations(&mut statements, sets);
    let new = sets.iter().filter_map(|p| match &p.changes.instance {
        InstanceChange::New(row) if p.set.expected_version == 0 => Some(row),
        _ => None,
    });
    statements.rows(&NEW_INSTANCE, true, new, |row, v| {
        v.add(row.key.0 as i64).add(row.version as i64).add(row.definition.0 as i64).add(row.state as i64);
        v.add(row.started.0).add(row.ended.map(|t| t.0)).add(row.incidents);
        v.add(row.parent_instance.map(|k| k.0 as i64)).add(row.parent_element.map(|k| k.0 as i64));
        v.add(row.root.0 as i64).add(row.business_id.clone()).add(texts(&row.tags));
        v.add(row.message.map(|k| k.0 as i64)).add(millis(row.suspended));
    });
    let known = sets.iter().filter_map(|p| match &p.changes.instance {
        InstanceChange::Known { ended, incidents, suspended, migrated } => {
            Some((p.set, *ended, *incidents, *suspended, migrated.as_ref().map(|m| m.definition)))
        }
        InstanceChange::New(_) => None,
    });
    statements.rows(&KNOWN_INSTANCE, true, known, |(set, ended, incidents, suspended, definition), v| {
        let state = ended.map(|(state, _)| state).or_else(|| suspended.map(state_when));
        v.add(set.instance.0 as i64).add(set.expected_version as i64).add(state.map(|state| state as i64));
        v.add(ended.map(|(_, at)| at.0)).add(incidents);
        v.add(suspended.is_some()).add(millis(suspended.flatten())).add(definition.map(|k| k.0 as i64));
    });
    statements
}

/// The numbers before and now, as JSON.
pub(super) fn pairs(migrated: &crate::rows::Migrated) -> String {
    json(&migrated.elements.iter().map(|(from, to)| (from.0, to.0)).collect::<Vec<_>>())
}

fn migrations(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let migrated: Vec<_> = sets
        .iter()
        .filter_map(|p| match &p.changes.instance {
            InstanceChange::Known { migrated: Some(migrated), .. } => {
                Some((p.set.instance.0 as i64, &**migrated))
            }
            InstanceChange::Known { .. } | InstanceChange::New(_) => None,
        })
        .collect();
    statements.rows(&LEFT_ELEMENT, false, migrated.iter(), |(instance, _), v| {
        v.add(*instance);
    });
    super::waits::left(statements, &migrated);
    statements.rows(&MOVED_ELEMENT, false, migrated.iter(), |(instance, m), v| {
        v.add(*instance).add(pairs(m));
    });
    super::waits::moved(statements, &migrated);
}

/// Everything else the change sets write.
pub(super) fn rows(sets: &[&Prepared<'_>]) -> Result<Statements, Error> {
    let mut statements = Statements::default();
    let mut bodies = Vec::with_capacity(sets.len());
    for p in sets {
        bodies.push((p.set.instance.0, p.set.expected_version + 1, encode_steps(&p.set.steps)?));
    }
    statements.rows(&HISTORY, false, bodies.into_iter(), |(instance, version, body), v| {
        v.add(instance as i64).add(version as i64).add(body);
    });
    let snapshots = sets.iter().filter_map(|p| Some((p.set, p.set.snapshot.as_ref()?)));
    statements.rows(&SNAPSHOT, false, snapshots, |(set, body), v| {
        v.add(set.instance.0 as i64).add(set.expected_version as i64 + 1).add(body.clone());
    });
    elements(&mut statements, sets);
    variables(&mut statements, sets);
    jobs(&mut statements, sets);
    super::job_figures::rows(&mut statements, sets);
    user_tasks(&mut statements, sets);
    incidents(&mut statements, sets);
    super::waits::rows(&mut statements, sets);
    decisions(&mut statements, sets.iter().flat_map(|p| &p.changes.decisions));
    super::audit::rows(&mut statements, sets);
    outbox(&mut statements, sets)?;
    Ok(statements)
}

fn elements(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let new = sets.iter().flat_map(|p| p.changes.elements.inserts());
    statements.rows(&NEW_ELEMENT, false, new, |row, v| {
        v.add(row.key.0 as i64).add(row.instance.0 as i64).add(row.element).add(row.scope.0 as i64);
        v.add(row.state as i64).add(row.started.0).add(row.ended.map(|t| t.0));
        v.add(row.incident.map(|k| k.0 as i64));
    });
    let updates = || sets.iter().flat_map(|p| p.changes.elements.updates());
    let ended = updates().filter_map(|(key, patch)| Some((key, patch.ended?)));
    statements.rows(&ENDED_ELEMENT, false, ended, |(key, (state, at)), v| {
        v.add(key as i64).add(state as i64).add(at.0);
    });
    let troubled = updates().filter_map(|(key, patch)| Some((key, patch.incident?)));
    statements.rows(&TROUBLED_ELEMENT, false, troubled, |(key, incident), v| {
        v.add(key as i64).add(incident.map(|k| k.0 as i64));
    });
}

fn variables(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let new = sets.iter().flat_map(|p| p.changes.variables.inserts());
    statements.rows(&NEW_VARIABLE, false, new, |row, v| {
        v.add(row.key.0 as i64).add(row.instance.0 as i64).add(row.scope.0 as i64).add(row.name.clone());
        v.add(row.value.clone());
    });
    let set = sets.iter().flat_map(|p| p.changes.variables.updates());
    let set = set.filter_map(|(key, value)| Some((key, value.clone()?)));
    statements.rows(&SET_VARIABLE, false, set, |(key, value), v| {
        v.add(key as i64).add(value);
    });
}

fn jobs(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    statements.rows(
        &NEW_JOB,
        false,
        sets.iter().flat_map(|p| p.changes.jobs.inserts()),
        |row: &JobRow, v| {
            v.add(row.key.0 as i64).add(row.instance.0 as i64).add(row.element_instance.0 as i64);
            v.add(row.job_type.clone())
                .add(row.kind as i64)
                .add(row.listener_event as i64)
                .add(row.state as i64);
            v.add(i64::from(row.retries)).add(i64::from(row.priority)).add(row.worker.clone());
            v.add(millis(row.deadline)).add(millis(row.retry_at)).add(headers(&row.headers));
            v.add(row.error_code.clone())
                .add(row.error_message.clone())
                .add(row.denied_reason.clone())
                .add(row.created.0)
                .add(row.updated.0);
            v.add(millis(row.ended)).add(row.tenant.clone());
        },
    );
    let plain = |patch: &JobPatch| {
        patch.ended && patch.error_code.is_none() && patch.retries.is_none() && patch.denied_reason.is_none()
    };
    let updates = || sets.iter().flat_map(|p| p.changes.jobs.updates());
    statements.rows(&ENDED_JOB, false, updates().filter(|(_, patch)| plain(patch)), |(key, patch), v| {
        v.add(key as i64).add(patch.state.map(|s| s as i64)).add(patch.at.0);
    });
    statements.rows(&CHANGED_JOB, false, updates().filter(|(_, patch)| !plain(patch)), |(key, patch), v| {
        v.add(key as i64).add(patch.state.map(|s| s as i64)).add(patch.at.0);
        v.add(patch.ended.then_some(patch.at.0)).add(patch.retries.map(i64::from));
        v.add(patch.priority.map(i64::from)).add(patch.retry_at.is_some());
        v.add(patch.retry_at.flatten().map(|t| t.0)).add(patch.error_code.clone());
        v.add(patch.error_message.clone()).add(patch.denied_reason.clone()).add(patch.released);
    });
}

/// Leases; answers the keys of the jobs that were leased.
/// `written` are the versions that instances have got in this transaction.
pub(super) fn leases(
    leases: &[JobLease],
    now: Timestamp,
    written: &FxHashMap<ProcessInstanceKey, u64>,
) -> Statements {
    let mut statements = Statements::default();
    statements.rows(&LEASE, false, leases.iter(), |lease, v| {
        v.add(lease.job.0 as i64).add(lease.worker.clone()).add(millis(lease.deadline)).add(now.0);
        v.add(lease.taken);
        let now_at = |seen: u64| written.get(&lease.instance).copied().filter(|at| *at == seen + 1);
        v.add(lease.version.map(|seen| now_at(seen).unwrap_or(seen) as i64));
    });
    statements
}

fn user_tasks(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let new = sets.iter().flat_map(|p| p.changes.user_tasks.inserts());
    statements.rows(&NEW_TASK, false, new, |row, v| {
        v.add(row.key.0 as i64).add(row.instance.0 as i64).add(row.element_instance.0 as i64);
        v.add(row.state as i64).add(row.assignee.clone()).add(texts(&row.candidate_groups));
        v.add(texts(&row.candidate_users)).add(row.created.0).add(millis(row.completed));
        v.add(millis(row.follow_up)).add(millis(row.due)).add(i64::from(row.priority));
        v.add(row.form.map(|k| k.0 as i64)).add(row.external_form.clone()).add(headers(&row.headers));
    });
    let updates = sets.iter().flat_map(|p| p.changes.user_tasks.updates());
    statements.rows(&CHANGED_TASK, false, updates, |(key, patch): (u64, &UserTaskPatch), v| {
        v.add(key as i64).add(patch.state.map(|s| s as i64)).add(millis(patch.completed));
        v.add(patch.assignee.is_some()).add(patch.assignee.clone().flatten());
        v.add(patch.candidate_groups.as_ref().map(json)).add(patch.candidate_users.as_ref().map(json));
        v.add(patch.follow_up.is_some()).add(millis(patch.follow_up.flatten()));
        v.add(patch.due.is_some()).add(millis(patch.due.flatten())).add(patch.priority.map(i64::from));
    });
}

fn incidents(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let new = sets.iter().flat_map(|p| p.changes.incidents.inserts());
    statements.rows(&NEW_INCIDENT, false, new, |row, v| {
        v.add(row.key.0 as i64).add(row.instance.0 as i64).add(row.element_instance.0 as i64);
        v.add(row.job.map(|k| k.0 as i64)).add(row.kind as i64).add(row.message.clone());
        v.add(row.state as i64).add(row.created.0).add(millis(row.resolved));
    });
    let updates = || sets.iter().flat_map(|p| p.changes.incidents.updates());
    statements.rows(&UNTROUBLED_ELEMENT, false, updates(), |(key, _), v| {
        v.add(key as i64);
    });
    statements.rows(&RESOLVED_INCIDENT, false, updates(), |(key, at), v| {
        v.add(key as i64).add(millis(*at));
    });
}

/// Evaluated decisions.
pub(super) fn decisions<'r>(statements: &mut Statements, rows: impl Iterator<Item = &'r DecisionRow>) {
    statements.rows(&NEW_DECISION, false, rows, |row, v| {
        v.add(row.key.0 as i64).add(row.evaluation.0 as i64).add(i64::from(row.number));
        v.add(row.decision.0 as i64).add(row.root.0 as i64).add(row.kind as i64).add(row.state as i64);
        v.add(row.evaluated.0).add(row.failure.clone()).add(row.result.clone());
        v.add((!row.inputs.is_empty()).then(|| json(row.inputs.as_ref())));
        v.add((!row.rules.is_empty()).then(|| json(row.rules.as_ref())));
        v.add((!row.warnings.is_empty()).then(|| json(&row.warnings)));
        v.add(row.instance.map(|k| k.0 as i64)).add(row.element_instance.map(|k| k.0 as i64));
    });
}

fn outbox(statements: &mut Statements, sets: &[&Prepared<'_>]) -> Result<(), Error> {
    let mut entries = Vec::new();
    for p in sets {
        for (key, sent) in p.set.outbox_keys.iter().zip(&p.changes.sent) {
            entries.push(NewEntry {
                key: *key,
                source: Some(p.set.instance.0),
                target: sent.target.0,
                correlated_process: None,
                command: crate::codec::encode(&sent.command)?,
            });
        }
    }
    new_entries(statements, entries);
    Ok(())
}

/// Outbox rows.
pub(super) fn new_entries(statements: &mut Statements, entries: Vec<NewEntry>) {
    statements.rows(&OUTBOX, false, entries.into_iter(), |entry, v| {
        v.add(entry.key as i64).add(entry.source.map(|k| k as i64)).add(entry.target as i64);
        v.add(entry.correlated_process).add(entry.command);
    });
}

fn millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(|time| time.0)
}

/// A list as a JSON array; nothing when empty.
fn texts(texts: &Texts) -> Option<String> {
    (!texts.is_empty()).then(|| json(texts))
}

/// Headers as a JSON array of pairs; nothing when there are none.
fn headers(headers: &Headers) -> Option<String> {
    (!headers.is_empty()).then(|| json(headers.as_ref()))
}

/// Texts, pairs of texts and recorded values are always JSON.
pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Values {
    /// As a statement that stands alone.
    pub(super) fn of<'t, T: sqlx::Encode<'t, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>>(
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let mut all = Self::default();
        for value in values {
            all.add(value);
        }
        all
    }
}
