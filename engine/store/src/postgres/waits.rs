//! What instances wait for: timers, messages, signals and conditions.

use super::shape::{Shape, Statements};
use super::statements::Prepared;

static NEW_TIMER: Shape = Shape::insert(
    "timer",
    "bucket, key, instance, due, waiting",
    " ON CONFLICT (key, bucket) DO UPDATE SET instance = excluded.instance, due = excluded.due, until = 0, \
     waiting = excluded.waiting",
);
static GONE_TIMER: Shape = Shape::each(
    "DELETE FROM timer t USING (SELECT *",
    "bucket, key",
    ") u WHERE t.bucket = u.bucket@t AND t.key = u.key",
);
static NEW_SIGNAL: Shape =
    Shape::insert("signal_subscription", "bucket, key, instance, tenant, name, waiting", "");
static GONE_SIGNAL: Shape = Shape::each(
    "DELETE FROM signal_subscription t USING (SELECT *",
    "bucket, key",
    ") u WHERE t.bucket = u.bucket@t AND t.key = u.key",
);
static NEW_SUBSCRIPTION: Shape = Shape::insert(
    "message_subscription",
    "bucket, key, instance, element_instance, element, tenant, process_id, name, correlation_key, interrupting, state, \
     updated, taken, waiting",
    "",
);
static CHANGED_SUBSCRIPTION: Shape = Shape::each(
    "UPDATE message_subscription t SET updated = u.at, taken = CASE WHEN u.correlated THEN NULL ELSE t.taken END, \
     state = CASE WHEN t.state <> 0 THEN t.state WHEN u.correlated AND t.interrupting THEN 1 WHEN u.closed THEN 2 \
     ELSE t.state END",
    "bucket, key, at, correlated, closed",
    " WHERE t.bucket = u.bucket@t AND t.key = u.key",
);
static CORRELATED: Shape = Shape::each(
    "INSERT INTO correlated_message_subscription (bucket, message, subscription, time, name, correlation_key, \
     definition, element, element_instance, instance) SELECT s.bucket, u.message, s.key, u.at, s.name, \
     s.correlation_key, p.definition, s.element, s.element_instance, s.instance",
    "bucket, subscription, message, at, number",
    " JOIN message_subscription s ON s.bucket = u.bucket@s AND s.key = u.subscription \
     JOIN process_instance p ON p.bucket = s.bucket@p AND p.key = s.instance ORDER BY u.number",
);
static NEW_CONDITION: Shape = Shape::insert(
    "condition_subscription",
    "bucket, instance, element_instance, element, expression, on_create, on_update",
    "",
);
static GONE_CONDITION: Shape = Shape::each(
    "DELETE FROM condition_subscription t USING (SELECT *",
    "bucket, element_instance, element",
    ") u WHERE t.bucket = u.bucket@t AND t.element_instance = u.element_instance AND t.element = u.element",
);

/// What opened and closed.
pub(super) fn rows(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    timers(statements, sets);
    signals(statements, sets);
    subscriptions(statements, sets);
    conditions(statements, sets);
}

fn timers(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let new = sets.iter().flat_map(|p| p.changes.timers.inserts().map(|row| (p.bucket(), row)));
    statements.rows(&NEW_TIMER, false, new, |(bucket, row), v| {
        v.add(bucket).add(row.key.0 as i64).add(row.instance.0 as i64).add(row.due.0);
        v.add(row.waiting.map(|k| k.0 as i64));
    });
    let gone = sets.iter().flat_map(|p| p.changes.timers.deletes().map(|key| (p.bucket(), key)));
    statements.rows(&GONE_TIMER, false, gone, |(bucket, key), v| {
        v.add(bucket).add(key as i64);
    });
}

fn signals(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let new = sets.iter().flat_map(|p| p.changes.signals.inserts().map(|row| (p.bucket(), row)));
    statements.rows(&NEW_SIGNAL, false, new, |(bucket, row), v| {
        v.add(bucket).add(row.key.0 as i64).add(row.instance.0 as i64).add(&row.tenant).add(&row.name);
        v.add(row.waiting.map(|k| k.0 as i64));
    });
    let closed = sets.iter().flat_map(|p| p.changes.signals.deletes().map(|key| (p.bucket(), key)));
    statements.rows(&GONE_SIGNAL, false, closed, |(bucket, key), v| {
        v.add(bucket).add(key as i64);
    });
}

fn subscriptions(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let new = sets.iter().flat_map(|p| p.changes.subscriptions.inserts().map(|row| (p.bucket(), row)));
    statements.rows(&NEW_SUBSCRIPTION, false, new, |(bucket, row), v| {
        v.add(bucket).add(row.key.0 as i64).add(row.instance.0 as i64).add(row.element_instance.0 as i64);
        v.add(row.element).add(&row.tenant).add(&row.process_id).add(&row.name).add(&row.correlation_key);
        v.add(row.interrupting)
            .add(row.state as i64)
            .add(row.updated.0)
            .add(row.taken.map(|k| k.0 as i64))
            .add(row.waiting);
    });
    let updates = sets
        .iter()
        .flat_map(|p| p.changes.subscriptions.updates().map(|(key, patch)| (p.bucket(), key, patch)));
    statements.rows(&CHANGED_SUBSCRIPTION, false, updates, |(bucket, key, patch), v| {
        v.add(bucket).add(key as i64).add(patch.at.0).add(patch.correlated).add(patch.closed);
    });
    let correlated = sets.iter().flat_map(|p| p.changes.correlated.iter().map(|row| (p.bucket(), row)));
    statements.rows(&CORRELATED, false, correlated.zip(0_i64..), |((bucket, row), number), v| {
        v.add(bucket).add(row.subscription.0 as i64).add(row.message.0 as i64).add(row.at.0).add(number);
    });
}

fn conditions(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let closed =
        sets.iter().flat_map(|p| p.changes.conditions.iter().map(|(key, row)| (p.bucket(), key, row)));
    let closed = closed.filter(|(_, _, row)| row.is_none());
    statements.rows(&GONE_CONDITION, false, closed, |(bucket, (element_instance, element), _), v| {
        v.add(bucket).add(element_instance.0 as i64).add(i64::from(element.0));
    });
    let opened =
        sets.iter().flat_map(|p| p.changes.conditions.values().flatten().map(|row| (p.bucket(), row)));
    statements.rows(&NEW_CONDITION, false, opened, |(bucket, row), v| {
        v.add(bucket).add(row.instance.0 as i64).add(row.element_instance.0 as i64);
        v.add(i64::from(row.element.0)).add(&row.is.expression).add(row.is.on_create).add(row.is.on_update);
    });
}
