//! The row changes of a batch as statements over many rows, table by table. Guards come first: when one affects fewer
//! rows than it names, the batch is taken apart (see [`super::commit`]).

use std::sync::Arc;

use hosk_core::{JobKey, ProcessInstanceKey, Timestamp};
use rustc_hash::FxHashMap;

use super::array::Bucket;
use super::shape::{Rows, Shape, Statements};
use crate::codec::encode_steps;
use crate::read::{Headers, Texts};
use crate::rows::{
    Changes, DecisionRow, InstanceChange, JobPatch, JobRow, UserTaskPatch, UserTaskRow, state_when,
};
use crate::write::{Batch, ChangeSet, Claim, JobLease};
use crate::{Error, bucket_of};

/// A change set with its row changes.
pub(super) struct Prepared<'a> {
    pub(super) set: &'a ChangeSet,
    pub(super) changes: Changes,
}

static NEW_INSTANCE: Shape = Shape::insert(
    "process_instance",
    "bucket, key, version, definition, state, started, ended, incidents, parent_instance, parent_element, root, \
     business_id, tags, message, suspended",
    " ON CONFLICT (key, bucket) DO NOTHING",
)
.joins();
static KNOWN_INSTANCE: Shape = Shape::each(
    "UPDATE process_instance t SET definition = coalesce(u.definition, t.definition), version = t.version + 1, \
     state = coalesce(u.state, t.state), ended = u.ended, incidents = t.incidents + u.incidents, \
     suspended = CASE WHEN u.suspends THEN u.suspended ELSE t.suspended END",
    "bucket, key, version, state, ended, incidents, suspends, suspended, definition",
    " WHERE t.bucket = u.bucket@t AND t.key = u.key AND t.version = u.version",
)
.joins();
static HISTORY: Shape = Shape::insert("history", "bucket, instance, version, body", "").joins();
static SNAPSHOT: Shape = Shape::insert(
    "snapshot",
    "bucket, instance, version, body",
    " ON CONFLICT (instance, bucket) DO UPDATE SET version = excluded.version, body = excluded.body",
);
static NEW_ELEMENT: Shape = Shape::insert(
    "element_instance",
    "bucket, key, instance, element, scope, state, started, ended, incident",
    "",
)
.joins();
static ENDED_ELEMENT: Shape = Shape::each(
    "UPDATE element_instance t SET state = u.state, ended = u.ended",
    "bucket, key, state, ended",
    " WHERE t.bucket = u.bucket@t AND t.key = u.key",
)
.joins();
static TROUBLED_ELEMENT: Shape = Shape::each(
    "UPDATE element_instance t SET incident = u.incident",
    "bucket, key, incident",
    " WHERE t.bucket = u.bucket@t AND t.key = u.key",
);
static NEW_VARIABLE: Shape =
    Shape::insert("variable", "bucket, key, instance, scope, name, value", "").joins();
static SET_VARIABLE: Shape = Shape::each(
    "UPDATE variable t SET value = u.value",
    "bucket, key, value",
    " WHERE t.bucket = u.bucket@t AND t.key = u.key",
)
.joins();
static NEW_JOB: Shape = Shape::insert(
    "job",
    "bucket, key, instance, element_instance, type, kind, listener_event, state, retries, priority, worker, deadline, \
     retry_at, headers, error_code, error_message, denied_reason, created, updated, ended, tenant",
    "",
)
.joins();
static ENDED_JOB: Shape = Shape::each(
    "UPDATE job t SET state = coalesce(u.state, t.state), updated = u.at, ended = u.at",
    "bucket, key, state, at",
    " WHERE t.bucket = u.bucket@t AND t.key = u.key",
)
.joins();
static CHANGED_JOB: Shape = Shape::each(
    "UPDATE job t SET state = coalesce(u.state, t.state), updated = u.at, ended = coalesce(u.ended, t.ended), \
     retries = coalesce(u.retries, t.retries), priority = coalesce(u.priority, t.priority), \
     retry_at = CASE WHEN u.retries_later THEN u.retry_at ELSE t.retry_at END, \
     error_code = coalesce(u.error_code, t.error_code), error_message = coalesce(u.error_message, t.error_message), \
     denied_reason = coalesce(u.denied_reason, t.denied_reason), \
     deadline = CASE WHEN u.released THEN NULL ELSE t.deadline END",
    "bucket, key, state, at, ended, retries, priority, retries_later, retry_at, error_code, error_message, \
     denied_reason, released",
    " WHERE t.bucket = u.bucket@t AND t.key = u.key",
);
/// A lease is taken when the job is free at the time of the batch, or is prolonged or given back by its holder. Were it
/// `ended IS NULL`, a plan made while the table was small would go through the index of all open jobs for each batch.
static LEASE: Shape = Shape::each(
    "UPDATE job t SET worker = u.worker, deadline = u.deadline",
    "bucket, key, worker, deadline, now, taken, version",
    " WHERE t.bucket = u.bucket@t AND t.key = u.key AND coalesce(t.ended, 0) = 0 AND t.retries > 0 \
     AND CASE WHEN coalesce(t.deadline, 0) > u.now THEN t.worker = u.worker AND NOT u.taken \
     ELSE coalesce(t.retry_at, 0) <= u.now END AND (u.version IS NULL OR u.version = \
     (SELECT p.version FROM process_instance p WHERE p.bucket = t.bucket@p AND p.key = t.instance)) RETURNING t.key",
);
static NEW_TASK: Shape = Shape::insert(
    "user_task",
    "bucket, key, instance, element_instance, state, assignee, candidate_groups, candidate_users, created, completed, \
     follow_up, due, priority, form, external_form, headers",
    "",
);
static CHANGED_TASK: Shape = Shape::each(
    "UPDATE user_task t SET state = coalesce(u.state, t.state), completed = coalesce(u.completed, t.completed), \
     assignee = CASE WHEN u.assigns THEN u.assignee ELSE t.assignee END, \
     candidate_groups = coalesce(u.candidate_groups, t.candidate_groups), \
     candidate_users = coalesce(u.candidate_users, t.candidate_users), \
     follow_up = CASE WHEN u.follows_up THEN u.follow_up ELSE t.follow_up END, \
     due = CASE WHEN u.sets_due THEN u.due ELSE t.due END, priority = coalesce(u.priority, t.priority)",
    "bucket, key, state, completed, assigns, assignee, candidate_groups, candidate_users, follows_up, follow_up, \
     sets_due, due, priority",
    " WHERE t.bucket = u.bucket@t AND t.key = u.key",
);
static NEW_INCIDENT: Shape = Shape::insert(
    "incident",
    "bucket, key, instance, element_instance, job, kind, message, state, created, resolved",
    "",
);
/// First the element, which is found through the incident.
static UNTROUBLED_ELEMENT: Shape = Shape::each(
    "UPDATE element_instance t SET incident = NULL",
    "bucket, key",
    " JOIN incident i ON i.bucket = u.bucket@i AND i.key = u.key \
     WHERE t.bucket = i.bucket@t AND t.key = i.element_instance AND t.incident = i.key",
);
static RESOLVED_INCIDENT: Shape = Shape::each(
    "UPDATE incident t SET state = 1, resolved = u.resolved",
    "bucket, key, resolved",
    " WHERE t.bucket = u.bucket@t AND t.key = u.key",
);
static NEW_DECISION: Shape = Shape::insert(
    "decision_instance",
    "bucket, key, evaluation, number, decision, root, kind, state, evaluated, failure, result, inputs, rules, warnings, \
     instance, element_instance",
    "",
);
static OUTBOX: Shape =
    Shape::insert("outbox", "bucket, key, source, target, correlated_process, command, owner, until", "");

/// An outbox row to write.
pub(super) struct NewEntry {
    pub(super) key: u64,
    pub(super) source: Option<u64>,
    pub(super) target: u64,
    pub(super) correlated_process: Option<Arc<str>>,
    pub(super) command: Vec<u8>,
}

impl Prepared<'_> {
    pub(super) fn bucket(&self) -> Bucket {
        Bucket(bucket_of(self.set.instance))
    }
}

/// The bucket of something that has only its own key.
pub(super) fn own_bucket(key: u64) -> Bucket {
    Bucket(bucket_of(hosk_core::ProcessInstanceKey(key)))
}

/// Things by bucket, where the database must be told of buckets; else all of them together. Buckets come as they do in the
/// things.
pub(super) fn by_bucket<T>(
    spread: bool,
    things: impl IntoIterator<Item = T>,
    bucket: impl Fn(&T) -> Bucket,
) -> Vec<(Option<Bucket>, Vec<T>)> {
    if !spread {
        return vec![(None, things.into_iter().collect())];
    }
    let mut groups: Vec<(Option<Bucket>, Vec<T>)> = Vec::new();
    for thing in things {
        let bucket = Some(bucket(&thing));
        match groups.iter_mut().find(|(of, _)| *of == bucket) {
            Some((_, things)) => things.push(thing),
            None => groups.push((bucket, vec![thing])),
        }
    }
    groups
}

/// Things by bucket in the order in which every transaction locks them: of buckets, and as they come within one.
pub(super) fn in_order_by_bucket<T>(
    spread: bool,
    things: impl IntoIterator<Item = T>,
    bucket: impl Fn(&T) -> Bucket,
) -> Vec<(Option<Bucket>, Vec<T>)> {
    let mut groups = by_bucket(spread, things, bucket);
    groups.sort_by_key(|(bucket, _)| bucket.map(|bucket| bucket.0));
    groups
}

/// Change sets in the order in which every transaction locks their instances.
pub(super) fn in_order<'p, 'a>(sets: impl Iterator<Item = &'p Prepared<'a>>) -> Vec<&'p Prepared<'a>> {
    let mut sets: Vec<_> = sets.collect();
    sets.sort_unstable_by_key(|p| p.set.instance);
    sets
}

/// Version guards and the instances' own rows. What a migration changes comes before them, see [`super::migration`].
pub(super) fn guards(sets: &[&Prepared<'_>], pin: Option<Bucket>) -> Statements {
    let mut statements = Statements::of(pin);
    let sets = in_order(sets.iter().copied());
    let new = sets.iter().filter_map(|p| match &p.changes.instance {
        InstanceChange::New(row) if p.set.expected_version == 0 => Some((p.bucket(), row)),
        _ => None,
    });
    statements.rows(&NEW_INSTANCE, true, new, |(bucket, row), v| {
        v.add(bucket).add(row.key.0 as i64).add(row.version as i64).add(row.definition.0 as i64);
        v.add(row.state as i64).add(row.started.0).add(millis(row.ended)).add(row.incidents);
        v.add(row.parent_instance.map(|k| k.0 as i64)).add(row.parent_element.map(|k| k.0 as i64));
        v.add(row.root.0 as i64).add(row.business_id.as_ref()).add(texts(&row.tags));
        v.add(row.message.map(|k| k.0 as i64)).add(millis(row.suspended));
    });
    let known = sets.iter().filter_map(|p| match &p.changes.instance {
        InstanceChange::Known { ended, incidents, suspended, migrated } => {
            Some((p, *ended, *incidents, *suspended, migrated.as_ref().map(|m| m.definition)))
        }
        InstanceChange::New(_) => None,
    });
    statements.rows(&KNOWN_INSTANCE, true, known, |(p, ended, incidents, suspended, definition), v| {
        let state = ended.map(|(state, _)| state).or_else(|| suspended.map(state_when));
        v.add(p.bucket()).add(p.set.instance.0 as i64).add(p.set.expected_version as i64);
        v.add(state.map(|state| state as i64)).add(ended.map(|(_, at)| at.0)).add(incidents);
        v.add(suspended.is_some()).add(millis(suspended.flatten())).add(definition.map(|k| k.0 as i64));
    });
    statements
}

/// Everything else the change sets write.
pub(super) fn rows(sets: &[&Prepared<'_>], batch: &Batch, pin: Option<Bucket>) -> Result<Statements, Error> {
    let mut statements = Statements::of(pin);
    let mut bodies = Vec::with_capacity(sets.len());
    for p in sets {
        bodies.push((p, encode_steps(&p.set.steps)?));
    }
    statements.rows(&HISTORY, false, bodies.iter(), |(p, body), v| {
        v.add(p.bucket()).add(p.set.instance.0 as i64).add(p.set.expected_version as i64 + 1).add(&body[..]);
    });
    let snapshots = sets.iter().filter_map(|p| Some((p, p.set.snapshot.as_ref()?)));
    statements.rows(&SNAPSHOT, false, snapshots, |(p, body), v| {
        v.add(p.bucket()).add(p.set.instance.0 as i64).add(p.set.expected_version as i64 + 1).add(&body[..]);
    });
    elements(&mut statements, sets);
    variables(&mut statements, sets);
    jobs(&mut statements, sets);
    super::job_figures::rows(&mut statements, sets, batch.writer);
    user_tasks(&mut statements, sets);
    incidents(&mut statements, sets);
    super::waits::rows(&mut statements, sets);
    decisions(&mut statements, sets.iter().flat_map(|p| &p.changes.decisions));
    super::audit::rows(&mut statements, sets);
    outbox(&mut statements, sets, batch.claim)?;
    Ok(statements)
}

fn elements(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let new = sets.iter().flat_map(|p| p.changes.elements.inserts().map(|row| (p.bucket(), row)));
    statements.rows(&NEW_ELEMENT, false, new, |(bucket, row), v| {
        v.add(bucket).add(row.key.0 as i64).add(row.instance.0 as i64).add(row.element);
        v.add(row.scope.0 as i64).add(row.state as i64).add(row.started.0).add(millis(row.ended));
        v.add(row.incident.map(|k| k.0 as i64));
    });
    let updates = || {
        sets.iter().flat_map(|p| p.changes.elements.updates().map(|(key, patch)| (p.bucket(), key, patch)))
    };
    let ended = updates().filter_map(|(bucket, key, patch)| Some((bucket, key, patch.ended?)));
    statements.rows(&ENDED_ELEMENT, false, ended, |(bucket, key, (state, at)), v| {
        v.add(bucket).add(key as i64).add(state as i64).add(at.0);
    });
    let troubled = updates().filter_map(|(bucket, key, patch)| Some((bucket, key, patch.incident?)));
    statements.rows(&TROUBLED_ELEMENT, false, troubled, |(bucket, key, incident), v| {
        v.add(bucket).add(key as i64).add(incident.map(|k| k.0 as i64));
    });
}

fn variables(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let new = sets.iter().flat_map(|p| p.changes.variables.inserts().map(|row| (p.bucket(), row)));
    statements.rows(&NEW_VARIABLE, false, new, |(bucket, row), v| {
        v.add(bucket).add(row.key.0 as i64).add(row.instance.0 as i64).add(row.scope.0 as i64);
        v.add(&row.name).add(&row.value);
    });
    let set =
        sets.iter().flat_map(|p| p.changes.variables.updates().map(|(key, value)| (p.bucket(), key, value)));
    let set = set.filter_map(|(bucket, key, value)| Some((bucket, key, value.as_ref()?)));
    statements.rows(&SET_VARIABLE, false, set, |(bucket, key, value), v| {
        v.add(bucket).add(key as i64).add(value);
    });
}

fn jobs(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let new = sets.iter().flat_map(|p| p.changes.jobs.inserts().map(|row| (p.bucket(), row)));
    statements.rows(&NEW_JOB, false, new, |(bucket, row): (_, &JobRow), v| {
        v.add(bucket).add(row.key.0 as i64).add(row.instance.0 as i64).add(row.element_instance.0 as i64);
        v.add(&row.job_type).add(row.kind as i64).add(row.listener_event as i64).add(row.state as i64);
        v.add(i64::from(row.retries)).add(i64::from(row.priority)).add(row.worker.as_ref());
        v.add(millis(row.deadline)).add(millis(row.retry_at)).add(headers(&row.headers));
        v.add(row.error_code.as_ref()).add(row.error_message.as_ref()).add(row.denied_reason.as_ref());
        v.add(row.created.0).add(row.updated.0).add(millis(row.ended)).add(&row.tenant);
    });
    let plain = |patch: &JobPatch| {
        patch.ended && patch.error_code.is_none() && patch.retries.is_none() && patch.denied_reason.is_none()
    };
    let updates =
        || sets.iter().flat_map(|p| p.changes.jobs.updates().map(|(key, patch)| (p.bucket(), key, patch)));
    let ended = updates().filter(|(_, _, patch)| plain(patch));
    statements.rows(&ENDED_JOB, false, ended, |(bucket, key, patch), v| {
        v.add(bucket).add(key as i64).add(patch.state.map(|s| s as i64)).add(patch.at.0);
    });
    let changed = updates().filter(|(_, _, patch)| !plain(patch));
    statements.rows(&CHANGED_JOB, false, changed, |(bucket, key, patch), v| {
        v.add(bucket).add(key as i64).add(patch.state.map(|s| s as i64)).add(patch.at.0);
        v.add(patch.ended.then_some(patch.at.0)).add(patch.retries.map(i64::from));
        v.add(patch.priority.map(i64::from)).add(patch.retry_at.is_some());
        v.add(millis(patch.retry_at.flatten())).add(patch.error_code.as_ref());
        v.add(patch.error_message.as_ref()).add(patch.denied_reason.as_ref()).add(patch.released);
    });
}

/// Leases; answers the keys of the jobs that were leased. One statement changes a row once, so a second lease of a job
/// is in a second statement.
/// `written` are the versions that instances have got in this transaction.
pub(super) fn leases(
    leases: &[&JobLease],
    now: Timestamp,
    written: &FxHashMap<ProcessInstanceKey, u64>,
    pin: Option<Bucket>,
) -> Statements {
    let mut rounds: Vec<Vec<&JobLease>> = Vec::new();
    let mut times: FxHashMap<JobKey, usize> = FxHashMap::default();
    for lease in leases {
        let time = times.entry(lease.job).or_default();
        if *time == rounds.len() {
            rounds.push(Vec::new());
        }
        rounds[*time].push(*lease);
        *time += 1;
    }
    let mut statements = Statements::of(pin);
    for round in rounds {
        statements.rows(&LEASE, false, round.into_iter(), |lease, v| {
            v.add(Bucket(bucket_of(lease.instance))).add(lease.job.0 as i64);
            v.add(&lease.worker).add(millis(lease.deadline)).add(now.0).add(lease.taken);
            let now_at = |seen: u64| written.get(&lease.instance).copied().filter(|at| *at == seen + 1);
            v.add(lease.version.map(|seen| now_at(seen).unwrap_or(seen) as i64));
        });
    }
    statements
}

fn user_tasks(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let new = sets.iter().flat_map(|p| p.changes.user_tasks.inserts().map(|row| (p.bucket(), row)));
    statements.rows(&NEW_TASK, false, new, |(bucket, row): (_, &UserTaskRow), v| {
        v.add(bucket).add(row.key.0 as i64).add(row.instance.0 as i64).add(row.element_instance.0 as i64);
        v.add(row.state as i64).add(row.assignee.as_ref()).add(texts(&row.candidate_groups));
        v.add(texts(&row.candidate_users)).add(row.created.0).add(millis(row.completed));
        v.add(millis(row.follow_up)).add(millis(row.due)).add(i64::from(row.priority));
        v.add(row.form.map(|k| k.0 as i64)).add(row.external_form.as_ref()).add(headers(&row.headers));
    });
    let updates =
        sets.iter().flat_map(|p| p.changes.user_tasks.updates().map(|(key, patch)| (p.bucket(), key, patch)));
    statements.rows(&CHANGED_TASK, false, updates, |(bucket, key, patch): (_, u64, &UserTaskPatch), v| {
        v.add(bucket).add(key as i64).add(patch.state.map(|s| s as i64)).add(millis(patch.completed));
        v.add(patch.assignee.is_some()).add(patch.assignee.as_ref().and_then(Option::as_ref));
        v.add(patch.candidate_groups.as_ref().map(list)).add(patch.candidate_users.as_ref().map(list));
        v.add(patch.follow_up.is_some()).add(millis(patch.follow_up.flatten()));
        v.add(patch.due.is_some()).add(millis(patch.due.flatten())).add(patch.priority.map(i64::from));
    });
}

fn incidents(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let new = sets.iter().flat_map(|p| p.changes.incidents.inserts().map(|row| (p.bucket(), row)));
    statements.rows(&NEW_INCIDENT, false, new, |(bucket, row), v| {
        v.add(bucket).add(row.key.0 as i64).add(row.instance.0 as i64).add(row.element_instance.0 as i64);
        v.add(row.job.map(|k| k.0 as i64)).add(row.kind as i64).add(&row.message);
        v.add(row.state as i64).add(row.created.0).add(millis(row.resolved));
    });
    let updates =
        || sets.iter().flat_map(|p| p.changes.incidents.updates().map(|(key, at)| (p.bucket(), key, *at)));
    statements.rows(&UNTROUBLED_ELEMENT, false, updates(), |(bucket, key, _), v| {
        v.add(bucket).add(key as i64);
    });
    statements.rows(&RESOLVED_INCIDENT, false, updates(), |(bucket, key, at), v| {
        v.add(bucket).add(key as i64).add(millis(at));
    });
}

/// Evaluated decisions.
pub(super) fn decisions<'r>(statements: &mut Statements, rows: impl Iterator<Item = &'r DecisionRow>) {
    statements.rows(&NEW_DECISION, false, rows, |row, v| {
        let bucket = row.instance.map_or_else(|| own_bucket(row.evaluation.0), |k| Bucket(bucket_of(k)));
        v.add(bucket).add(row.key.0 as i64).add(row.evaluation.0 as i64).add(i64::from(row.number));
        v.add(row.decision.0 as i64).add(row.root.0 as i64).add(row.kind as i64).add(row.state as i64);
        v.add(row.evaluated.0).add(row.failure.as_ref()).add(&row.result);
        v.add((!row.inputs.is_empty()).then(|| json(row.inputs.as_ref())));
        v.add((!row.rules.is_empty()).then(|| json(row.rules.as_ref())));
        v.add((!row.warnings.is_empty()).then(|| json(&row.warnings)));
        v.add(row.instance.map(|k| k.0 as i64)).add(row.element_instance.map(|k| k.0 as i64));
    });
}

fn outbox(statements: &mut Statements, sets: &[&Prepared<'_>], claim: Claim) -> Result<(), Error> {
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
    new_entries(statements, &entries, claim);
    Ok(())
}

/// Outbox rows.
pub(super) fn new_entries(statements: &mut Statements, entries: &[NewEntry], claim: Claim) {
    statements.rows(&OUTBOX, false, entries.iter(), |entry, v: &mut Rows| {
        v.add(own_bucket(entry.key)).add(entry.key as i64).add(entry.source.map(|k| k as i64));
        v.add(entry.target as i64).add(entry.correlated_process.as_ref()).add(&entry.command[..]);
        v.add(claim.owner as i64).add(claim.until.0);
    });
}

fn millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(|time| time.0)
}

/// A list as a JSON array; nothing when empty.
fn texts(texts: &Texts) -> Option<String> {
    (!texts.is_empty()).then(|| list(texts))
}

/// A list as a JSON array of texts that the database can take out of it again.
fn list(texts: &Texts) -> String {
    json(&texts.iter().map(|text| super::array::storable(text)).collect::<Vec<_>>())
}

/// Headers as a JSON array of pairs; nothing when there are none.
fn headers(headers: &Headers) -> Option<String> {
    (!headers.is_empty()).then(|| json(headers.as_ref()))
}

/// Texts, pairs of texts and recorded values are always JSON.
fn json<T: serde::Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
