//! A million of each kind of row, written by SQL past the engine, which would take hours for it: 100 versions of 20
//! processes for two tenants, one instance in eleven still open.

use hosk_store::read::{
    ActorType, AuditCategory, AuditEntityType, AuditOperation, AuditResult, ElementInstanceState,
    ElementType, IncidentState, IncidentType, JobState, MessageSubscriptionState, ProcessInstanceState,
    UserTaskState,
};

use super::Database;

/// Of each kind, for the figures.
pub(crate) const ROWS: u64 = 1_000_000;
/// Versions of processes.
const DEFINITIONS: u64 = 100;
/// When the first instance began, in milliseconds since 1970; the others follow second by second.
pub(super) const BEGAN: u64 = 1_700_000_000_000;

/// The key of a thing of the i-th instance.
pub(super) const fn key(instance: u64, thing: u64) -> u64 {
    instance * 16 + thing
}

/// What the i-th instance's row has in each column.
struct Rows {
    table: &'static str,
    /// Whether PostgreSQL keeps it by bucket.
    spread: bool,
    columns: &'static str,
    values: String,
}

impl Database {
    /// The statements that fill it.
    pub(super) fn filling(self, rows: u64) -> Vec<String> {
        let mut statements = self.definitions();
        statements.extend(instances().into_iter().chain(events()).map(|one| self.insert(&one, rows)));
        // PostgreSQL does it by itself after a while; SQLite is asked as it is.
        if self == Self::Postgres {
            statements.push("ANALYZE".to_owned());
        }
        statements
    }

    fn definitions(self) -> Vec<String> {
        let numbers = self.numbers(DEFINITIONS);
        let (yes, no) = ("(1 = 1)", "(1 = 0)");
        let last = DEFINITIONS - 20;
        let definition = format!(
            "INSERT INTO process_definition (key, process_id, name, version, resource_name, tenant, deployment, file, \
             position, has_start_form, latest, deleted) SELECT i, 'process-' || (i % 20), 'A process', (i - 1) / 20 + 1, \
             'process.bpmn', CASE WHEN i % 20 < 18 THEN '<default>' ELSE 'north' END, 1, 1, 0, {no}, \
             i > {last}, {no} FROM {numbers} WHERE {yes}"
        );
        let elements = [(0, "process", ElementType::Process), (1, "work", ElementType::ServiceTask)];
        let elements = elements.map(|(number, id, kind)| {
            let kind = kind as i64;
            format!(
                "INSERT INTO element (definition, number, id, name, type) SELECT i, {number}, '{id}', '{id}', {kind} \
                 FROM {numbers}"
            )
        });
        [vec![definition], elements.to_vec()].concat()
    }

    /// 1, 2, 3 … as a table with the column `i`.
    fn numbers(self, to: u64) -> String {
        match self {
            Self::Sqlite => format!(
                "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {to}) SELECT i FROM n) n"
            ),
            Self::Postgres => format!("generate_series(1, {to}::BIGINT) n(i)"),
        }
    }

    fn insert(self, rows: &Rows, count: u64) -> String {
        let Rows { table, spread, columns, values } = rows;
        let numbers = self.numbers(count);
        if self == Self::Sqlite || !spread {
            return format!("INSERT INTO {table} ({columns}) SELECT {values} FROM {numbers}");
        }
        // As `hosk_store::bucket_of` has it.
        let bucket =
            "floor(mod((i * 16)::NUMERIC * 11400714819323198485, 18446744073709551616) / 72057594037927936)";
        format!("INSERT INTO {table} (bucket, {columns}) SELECT {bucket}::SMALLINT, {values} FROM {numbers}")
    }
}

fn instances() -> Vec<Rows> {
    let (active, completed) = (ProcessInstanceState::Active as i64, ProcessInstanceState::Completed as i64);
    let began = format!("{BEGAN} + i * 1000");
    let ended = format!("CASE WHEN i % 11 = 0 THEN NULL ELSE {began} + 500 END");
    let rows = |table, columns, values| Rows { table, spread: true, columns, values };
    let (here, gone) = (ElementInstanceState::Active as i64, ElementInstanceState::Completed as i64);
    let state = |open: i64, over: i64| format!("CASE WHEN i % 11 = 0 THEN {open} ELSE {over} END");
    vec![
        rows(
            "process_instance",
            "key, version, definition, state, started, ended, incidents, root, business_id",
            format!(
                "i * 16, 2, i % {DEFINITIONS} + 1, {}, {began}, {ended}, CASE WHEN i % 1000 = 0 THEN 1 ELSE 0 END, \
                 i * 16, 'O-' || i",
                state(active, completed)
            ),
        ),
        rows(
            "element_instance",
            "key, instance, element, scope, state, started, ended, incident",
            format!(
                "i * 16 + 1, i * 16, 1, i * 16, {}, {began}, {ended}, CASE WHEN i % 1000 = 0 THEN i * 16 + 5 END",
                state(here, gone)
            ),
        ),
        rows(
            "variable",
            "key, instance, scope, name, value",
            "i * 16 + 2, i * 16, i * 16, CASE WHEN i % 2 = 0 THEN 'number' ELSE 'total' END, '\"O-' || i || '\"'"
                .to_owned(),
        ),
        rows(
            "job",
            "key, instance, element_instance, type, kind, listener_event, state, retries, priority, created, updated, \
             ended, error_message, tenant",
            format!(
                "i * 16 + 3, i * 16, i * 16 + 1, 'work-' || (i % 50), 0, 0, CASE WHEN i % 1000 = 0 THEN {} ELSE {} END, \
                 3, i % 100, {began}, {began}, {ended}, CASE WHEN i % 1000 = 0 THEN 'no' END, \
                 CASE WHEN i % 20 < 18 THEN '<default>' ELSE 'north' END",
                JobState::Failed as i64,
                state(JobState::Created as i64, JobState::Completed as i64)
            ),
        ),
        rows(
            "user_task",
            "key, instance, element_instance, state, assignee, candidate_groups, candidate_users, created, completed, \
             due, priority",
            format!(
                "i * 16 + 4, i * 16, i * 16 + 1, {}, CASE WHEN i % 3 = 0 THEN 'user-' || (i % 1000) END, \
                 '[\"group-' || (i % 50) || '\"]', CASE WHEN i % 7 = 0 THEN '[\"user-' || (i % 1000) || '\"]' END, \
                 {began}, {ended}, {began} + 86400000 * (i % 30), i % 100",
                state(UserTaskState::Created as i64, UserTaskState::Completed as i64)
            ),
        ),
    ]
}

fn events() -> Vec<Rows> {
    let at = format!("{BEGAN} + i * 1000");
    let (incident, resolved) = (IncidentState::Active as i64, IncidentState::Resolved as i64);
    let (open, over) =
        (MessageSubscriptionState::Created as i64, MessageSubscriptionState::Correlated as i64);
    vec![
        Rows {
            table: "incident",
            spread: true,
            columns: "key, instance, element_instance, job, kind, message, state, created, resolved",
            values: format!(
                "i * 16 + 5, i * 16, i * 16 + 1, i * 16 + 3, i % {}, 'no answer', \
                 CASE WHEN i % 1000 = 0 THEN {incident} ELSE {resolved} END, {at}, {at} + 1",
                IncidentType::NAMES.len()
            ),
        },
        Rows {
            table: "message_subscription",
            spread: true,
            columns: "key, instance, element_instance, element, tenant, process_id, name, correlation_key, \
                      interrupting, state, updated",
            values: format!(
                "i * 16 + 6, i * 16, i * 16 + 1, 1, '<default>', 'process-' || ((i % {DEFINITIONS} + 1) % 20), \
                 'paid-' || (i % 10), 'O-' || i, (1 = 1), CASE WHEN i % 11 = 0 THEN {open} ELSE {over} END, {at}"
            ),
        },
        Rows {
            table: "timer",
            spread: true,
            columns: "key, instance, due, waiting",
            values: format!("i * 16 + 7, i * 16, {at}, CASE WHEN i % 11 = 0 THEN i * 16 + 1 END"),
        },
        Rows {
            table: "audit_log",
            spread: false,
            columns: "at, operation, entity_type, entity_key, category, result, actor_type, actor, tenant, definition, \
                      instance",
            values: format!(
                "{at}, i % {}, CASE WHEN i % 500 = 0 THEN {} ELSE {} END, CAST(i * 16 AS TEXT), {}, \
                 CASE WHEN i % 200 = 0 THEN {} ELSE {} END, {}, 'user-' || (i % 1000), \
                 CASE WHEN i % 20 < 18 THEN '<default>' ELSE 'north' END, i % {DEFINITIONS} + 1, i * 16",
                AuditOperation::NAMES.len(),
                AuditEntityType::Job as i64,
                AuditEntityType::ProcessInstance as i64,
                AuditCategory::DeployedResources as i64,
                AuditResult::Fail as i64,
                AuditResult::Success as i64,
                ActorType::User as i64,
            ),
        },
    ]
}
