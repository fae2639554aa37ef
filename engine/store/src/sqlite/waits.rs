//! What instances wait for: timers, messages, signals and conditions.

use super::shape::{Shape, Statements, Values};
use super::statements::{Prepared, json, pairs};
use crate::rows::{ConditionKey, Migrated};

static LEFT_SUBSCRIPTION: Shape = Shape::new(
    "WITH v AS (VALUES ",
    2,
    ") UPDATE message_subscription SET definition = p.definition FROM v JOIN process_instance p ON p.key = v.column1 \
     WHERE message_subscription.instance = v.column1 AND message_subscription.definition IS NULL \
     AND (message_subscription.state <> 0 OR message_subscription.element NOT IN (SELECT value FROM json_each(v.column2)))",
);
/// What goes along gets its new number.
static MOVED_SUBSCRIPTION: Shape = Shape::new(
    "WITH v AS (VALUES ",
    3,
    ") UPDATE message_subscription SET element = m.value ->> 1, process_id = v.column3 FROM v, json_each(v.column2) m \
     WHERE message_subscription.instance = v.column1 AND message_subscription.definition IS NULL \
     AND message_subscription.element = m.value ->> 0",
);
static NEW_TIMER: Shape =
    Shape::new("INSERT OR REPLACE INTO timer (key, instance, due, waiting) VALUES ", 4, "");
static GONE_TIMER: Shape = Shape::new("DELETE FROM timer WHERE key IN (VALUES ", 1, ")");
static NEW_SUBSCRIPTION: Shape = Shape::new(
    "INSERT INTO message_subscription (key, instance, element_instance, element, tenant, process_id, name, \
     correlation_key, interrupting, state, updated, taken, waiting) VALUES ",
    13,
    "",
);
static CHANGED_SUBSCRIPTION: Shape = Shape::new(
    "WITH v AS (VALUES ",
    4,
    ") UPDATE message_subscription SET updated = v.column2, taken = iif(v.column3, NULL, taken), \
     state = CASE WHEN state <> 0 THEN state WHEN v.column3 AND interrupting THEN 1 WHEN v.column4 THEN 2 \
     ELSE state END FROM v WHERE key = v.column1",
);
static CORRELATED: Shape = Shape::new(
    "WITH v AS (VALUES ",
    3,
    ") INSERT INTO correlated_message_subscription (message, subscription, time, name, correlation_key, definition, \
     element, element_instance, instance) SELECT v.column2, s.key, v.column3, s.name, s.correlation_key, \
     p.definition, s.element, s.element_instance, s.instance FROM v JOIN message_subscription s ON s.key = v.column1 \
     JOIN process_instance p ON p.key = s.instance",
);
static NEW_SIGNAL: Shape =
    Shape::new("INSERT INTO signal_subscription (key, instance, tenant, name, waiting) VALUES ", 5, "");
static GONE_SIGNAL: Shape = Shape::new("DELETE FROM signal_subscription WHERE key IN (VALUES ", 1, ")");
static NEW_CONDITION: Shape = Shape::new(
    "INSERT INTO condition_subscription (instance, element_instance, element, expression, on_create, on_update) VALUES ",
    6,
    "",
);
static GONE_CONDITION: Shape =
    Shape::new("DELETE FROM condition_subscription WHERE (element_instance, element) IN (VALUES ", 2, ")");
static MOVED_CONDITION: Shape = Shape::new(
    "WITH v AS (VALUES ",
    6,
    ") UPDATE condition_subscription SET element = v.column3, expression = v.column4, on_create = v.column5, \
     on_update = v.column6 FROM v WHERE instance = v.column1 AND element = v.column2",
);

/// What opened and closed.
pub(super) fn rows(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    statements.rows(&NEW_TIMER, false, sets.iter().flat_map(|p| p.changes.timers.inserts()), |row, v| {
        v.add(row.key.0 as i64).add(row.instance.0 as i64).add(row.due.0);
        v.add(row.waiting.map(|k| k.0 as i64));
    });
    statements.rows(&GONE_TIMER, false, sets.iter().flat_map(|p| p.changes.timers.deletes()), |key, v| {
        v.add(key as i64);
    });
    let new = sets.iter().flat_map(|p| p.changes.subscriptions.inserts());
    statements.rows(&NEW_SUBSCRIPTION, false, new, |row, v| {
        v.add(row.key.0 as i64)
            .add(row.instance.0 as i64)
            .add(row.element_instance.0 as i64)
            .add(row.element);
        v.add(row.tenant.clone()).add(row.process_id.clone()).add(row.name.clone());
        v.add(row.correlation_key.clone()).add(row.interrupting).add(row.state as i64).add(row.updated.0);
        v.add(row.taken.map(|k| k.0 as i64)).add(row.waiting);
    });
    let updates = sets.iter().flat_map(|p| p.changes.subscriptions.updates());
    statements.rows(&CHANGED_SUBSCRIPTION, false, updates, |(key, patch), v| {
        v.add(key as i64).add(patch.at.0).add(patch.correlated).add(patch.closed);
    });
    let signals = sets.iter().flat_map(|p| p.changes.signals.inserts());
    statements.rows(&NEW_SIGNAL, false, signals, |row, v| {
        v.add(row.key.0 as i64).add(row.instance.0 as i64).add(row.tenant.clone()).add(row.name.clone());
        v.add(row.waiting.map(|k| k.0 as i64));
    });
    let closed = sets.iter().flat_map(|p| p.changes.signals.deletes());
    statements.rows(&GONE_SIGNAL, false, closed, |key, v| {
        v.add(key as i64);
    });
    let correlated = sets.iter().flat_map(|p| &p.changes.correlated);
    statements.rows(&CORRELATED, false, correlated, |row, v| {
        v.add(row.subscription.0 as i64).add(row.message.0 as i64).add(row.at.0);
    });
    conditions(statements, sets);
}

fn conditions(statements: &mut Statements, sets: &[&Prepared<'_>]) {
    let closed = sets.iter().flat_map(|p| &p.changes.conditions);
    let closed = closed.filter(|(_, row)| row.is_none()).map(|(key, _)| *key);
    statements.rows(&GONE_CONDITION, false, closed, condition);
    let opened = sets.iter().flat_map(|p| p.changes.conditions.values().flatten());
    statements.rows(&NEW_CONDITION, false, opened, |row, v| {
        v.add(row.instance.0 as i64).add(row.element_instance.0 as i64).add(i64::from(row.element.0));
        v.add(row.is.expression.clone()).add(row.is.on_create).add(row.is.on_update);
    });
}

fn condition((element_instance, element): ConditionKey, v: &mut Values) {
    v.add(element_instance.0 as i64).add(i64::from(element.0));
}

/// What a migration does not take along says of which definition its number is, or goes.
pub(super) fn left(statements: &mut Statements, migrated: &[(i64, &Migrated)]) {
    statements.rows(&LEFT_SUBSCRIPTION, false, migrated.iter(), |(instance, m), v| {
        v.add(*instance).add(json(&m.elements.iter().map(|(from, _)| from.0).collect::<Vec<_>>()));
    });
    let closed = migrated.iter().flat_map(|(_, m)| m.closed.iter().copied());
    statements.rows(&GONE_CONDITION, false, closed, condition);
}

/// What it takes along gets its new number.
pub(super) fn moved(statements: &mut Statements, migrated: &[(i64, &Migrated)]) {
    statements.rows(&MOVED_SUBSCRIPTION, false, migrated.iter(), |(instance, m), v| {
        v.add(*instance).add(pairs(m)).add(m.process_id.clone());
    });
    let conditions =
        migrated.iter().flat_map(|(instance, m)| m.conditions.iter().map(|row| (*instance, row)));
    statements.rows(&MOVED_CONDITION, false, conditions, |(instance, row), v| {
        v.add(instance).add(i64::from(row.before.0)).add(i64::from(row.now.0));
        v.add(row.is.expression.clone()).add(row.is.on_create).add(row.is.on_update);
    });
}

#[cfg(test)]
mod tests {
    use crate::read::sql::rows;
    use crate::read::{Filter, Search, WaitState, WaitStateField};
    use crate::sqlite::search::Spelling;
    use crate::sqlite::{Options, Sqlite};

    #[tokio::test]
    async fn what_one_instance_waits_for_is_found_by_indexes() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(folder.path().join("s.db"), Options { durable: false }).await.unwrap();
        for field in [WaitStateField::ProcessInstanceKey, WaitStateField::ElementInstanceKey] {
            let instance = hosk_core::ProcessInstanceKey(7);
            let mut filters = vec![Filter::eq(field, instance)];
            filters.push(Filter::eq(WaitStateField::ProcessInstanceKey, instance));
            let query = rows::<WaitState, Spelling>(&Search::by(Filter::All(filters))).unwrap();
            let text = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", query.text));
            let mut plan = sqlx::query_as::<_, (i64, i64, i64, String)>(text);
            for _ in &query.cells {
                plan = plan.bind(7_i64);
            }
            let steps = plan.fetch_all(&store.readers).await.unwrap();
            let scans: Vec<_> =
                steps.iter().map(|step| step.3.as_str()).filter(|step| step.starts_with("SCAN ")).collect();
            let tables = [
                "job",
                "user_task",
                "timer",
                "message_subscription",
                "signal_subscription",
                "condition_subscription",
            ];
            for table in tables {
                assert!(!scans.iter().any(|scan| scan.contains(table)), "{field:?}: {steps:#?}");
            }
        }
    }
}
