//! How PostgreSQL answers searches that a process narrows, where it would rather go through the rows of all of them: in the
//! rows that it looks at, which do not depend on the machine.

use super::search::{ONE_BY_ONE, Spelling, arguments};
use super::{Options, Postgres};
use crate::read::definitions::resolved;
use crate::read::sql::{Query, count, rows};
use crate::read::{
    ElementInstance, ElementInstanceField, Entity, Filter, Job, JobField, Page, Scalar, Search, Variable,
    VariableField, WaitState, WaitStateField,
};

/// Instances of all processes; each waits for a worker and a time.
const INSTANCES: u64 = 40_000;
/// The newest of them, of a process that is seldom run.
const OF_RARE: u64 = 200;
/// Those before, too many to be looked up for a page, and enough to count to the end.
const OF_SOME: u64 = 11_000;
/// Jobs that each instance of the seldom run process has done.
const DONE: u64 = 9;

async fn filled(url: &str) -> Postgres {
    let store = Postgres::open(url, Options { connections: 2, ..Options::default() }).await.unwrap();
    let (some, rare) = (INSTANCES - OF_RARE - OF_SOME, INSTANCES - OF_RARE);
    let definition = format!("CASE WHEN i > {rare} THEN 3 WHEN i > {some} THEN 2 ELSE 1 END");
    let of_each = format!("FROM generate_series(1, {INSTANCES}::BIGINT) n(i)");
    for text in [
        "INSERT INTO process_definition (key, process_id, version, resource_name, tenant, deployment, file, position, \
         has_start_form, latest) SELECT i, (ARRAY['common', 'some', 'rare'])[i], 1, 'p.bpmn', '<default>', 1, 1, 0, FALSE, \
         TRUE FROM generate_series(1, 3) n(i)"
            .to_owned(),
        format!(
            "INSERT INTO process_instance (bucket, key, version, definition, state, started, incidents, root) \
             SELECT i % 256, i * 16, 1, {definition}, 0, i, 0, i * 16 {of_each}"
        ),
        format!(
            "INSERT INTO job (bucket, key, instance, element_instance, type, kind, listener_event, state, retries, \
             priority, created, updated) SELECT i % 256, i * 16 + 3, i * 16, i * 16 + 1, 'work', 0, 0, 0, 3, 0, i, i {of_each}"
        ),
        format!(
            "INSERT INTO job (bucket, key, instance, element_instance, type, kind, listener_event, state, retries, \
             priority, created, updated, ended) SELECT i % 256, i * 16 + 4 + k, i * 16, i * 16 + 1, 'work', 0, 0, 1, 3, 0, \
             i, i, i {of_each}, generate_series(1, {DONE}) m(k) WHERE i > {rare}"
        ),
        format!(
            "INSERT INTO timer (bucket, key, instance, due, waiting) SELECT i % 256, i * 16 + 4, i * 16, i, i * 16 + 1 \
             {of_each}"
        ),
        // Only these: tests with tables of their own run beside this one.
        "ANALYZE process_definition, process_instance, element_instance, element, job, timer, user_task, \
         message_subscription"
            .to_owned(),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(text)).execute(&store.sessions.pool).await.unwrap();
    }
    store
}

/// A number in a line of a plan, after a name.
fn number(line: &str, name: &str) -> Option<f64> {
    let text = line.split_once(name)?.1;
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    text[..end].parse().ok()
}

/// How many rows of instances and what they have are looked at for a query, in tables and in indexes.
async fn looked_at(store: &Postgres, query: Query) -> f64 {
    const COUNTED: [&str; 5] = ["job", "timer", "variable", "element_instance", "process_instance"];
    let text = sqlx::AssertSqlSafe(format!("EXPLAIN (ANALYZE, TIMING OFF) {}", query.text));
    let mut transaction = store.sessions.pool.begin_with(ONE_BY_ONE).await.unwrap();
    let plan = sqlx::query_as_with::<_, (String,), _>(text, arguments(&query.cells));
    let plan = plan.fetch_all(&mut *transaction).await.unwrap();
    let (mut rows, mut loops) = (0.0, 0.0);
    for (line,) in &plan {
        if let Some((node, figures)) = line.split_once("(actual ") {
            let on = node.rsplit_once(" on ").map_or("", |(_, on)| on);
            let counts = COUNTED.iter().any(|table| on.starts_with(table));
            loops = number(figures, "loops=").filter(|_| counts).unwrap_or_default();
            rows += number(figures, "rows=").unwrap_or_default() * loops;
        } else if line.contains("Rows Removed by") {
            rows += number(line, ": ").unwrap() * loops;
        }
    }
    rows
}

#[tokio::test]
async fn rows_of_a_process_are_reached_from_its_instances() {
    let schema = test_postgres::schema();
    let store = filled(schema.url()).await;
    let page = |filter| Search { filter, sort: Vec::new(), page: Page::Offset { from: 0, limit: 50 } };
    let waiting = async |id: &str| {
        let filter = Filter::eq(WaitStateField::ProcessDefinitionId, id);
        resolved::<WaitState, _>(&store, filter).await.unwrap()
    };
    let (rare, some) = (waiting("rare").await, waiting("some").await);
    // Instances, jobs and timers, each in an index and in its table; not what is done.
    let few = OF_RARE as f64 * 6.0;
    let seen = looked_at(&store, rows::<WaitState, Spelling>(&page(rare.clone())).unwrap()).await;
    assert!((1.0..=few).contains(&seen), "a page of what few instances wait for: {seen}");
    let seen = looked_at(&store, count::<WaitState, Spelling>(&rare).unwrap()).await;
    assert!((1.0..=few).contains(&seen), "what few instances wait for, counted: {seen}");
    let seen = looked_at(&store, count::<WaitState, Spelling>(&some).unwrap()).await;
    assert!((1.0..=4.0 * OF_SOME as f64).contains(&seen), "what more instances wait for, counted: {seen}");
    // As an authorization narrows what one instance has.
    let instance = Filter::eq(JobField::ProcessInstanceKey, Scalar::Key(16));
    let both = Filter::All(vec![Filter::eq(JobField::ProcessDefinitionId, "common"), instance]);
    let both = resolved::<Job, _>(&store, both).await.unwrap();
    let seen = looked_at(&store, count::<Job, Spelling>(&both).unwrap()).await;
    assert!((1.0..=6.0).contains(&seen), "the jobs of one instance, counted: {seen}");
    store.close().await;
}

/// Rows of as many instances, of which the database does not know anything yet.
async fn fresh(url: &str) -> Postgres {
    let store = Postgres::open(url, Options { connections: 2, ..Options::default() }).await.unwrap();
    let of_each = format!("FROM generate_series(1, {INSTANCES}::BIGINT) n(i)");
    for (table, key, columns, values) in [
        (
            "process_instance",
            0,
            "version, definition, state, started, incidents, root",
            "1, 1, 0, i, 0, i * 16",
        ),
        ("element_instance", 1, "instance, element, scope, state, started", "i * 16, 1, i * 16, 0, i"),
        ("variable", 2, "instance, scope, name, value", "i * 16, i * 16 + 1, 'number', '1'"),
        (
            "job",
            3,
            "instance, element_instance, type, kind, listener_event, state, retries, priority, created, updated",
            "i * 16, i * 16 + 1, 'work', 0, 0, 0, 3, 0, i, i",
        ),
    ] {
        for text in [
            format!("ALTER TABLE {table} SET (autovacuum_enabled = FALSE)"),
            format!(
                "INSERT INTO {table} (bucket, key, {columns}) SELECT i % 256, i * 16 + {key}, {values} {of_each}"
            ),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(text)).execute(&store.sessions.pool).await.unwrap();
        }
    }
    store
}

/// How many rows are looked at for a short page and its count.
async fn page_and_count<E: Entity>(store: &Postgres, field: E::Field, key: u64) -> [f64; 2] {
    let filter = Filter::eq(field, Scalar::Key(key));
    let counted = looked_at(store, count::<E, Spelling>(&filter).unwrap()).await;
    let page = Search { filter, sort: Vec::new(), page: Page::Offset { from: 0, limit: 10 } };
    [looked_at(store, rows::<E, Spelling>(&page).unwrap()).await, counted]
}

#[tokio::test]
async fn rows_of_one_instance_are_found_before_there_are_statistics() {
    let schema = test_postgres::schema();
    let store = fresh(schema.url()).await;
    let (instance, element) = (INSTANCES * 8, INSTANCES * 8 + 1);
    for (what, seen) in [
        ("variables", page_and_count::<Variable>(&store, VariableField::ProcessInstanceKey, instance).await),
        ("variables of a scope", page_and_count::<Variable>(&store, VariableField::ScopeKey, element).await),
        (
            "elements of a scope",
            page_and_count::<ElementInstance>(&store, ElementInstanceField::ScopeKey, instance).await,
        ),
        ("jobs of an element", page_and_count::<Job>(&store, JobField::ElementInstanceKey, element).await),
        (
            "jobs from the top on",
            page_and_count::<Job>(&store, JobField::RootProcessInstanceKey, instance).await,
        ),
        ("waits", page_and_count::<WaitState>(&store, WaitStateField::ElementInstanceKey, element).await),
    ] {
        assert!(seen.iter().all(|seen| (1.0..=20.0).contains(seen)), "{what}, page and count: {seen:?}");
    }
    store.close().await;
}
