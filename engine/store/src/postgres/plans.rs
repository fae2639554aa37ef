//! How PostgreSQL answers searches that a process narrows, where it would rather go through the rows of all of them: in the
//! rows that it looks at, which do not depend on the machine.

use super::search::{ONE_BY_ONE, Spelling, arguments};
use super::{Options, Postgres};
use crate::read::definitions::resolved;
use crate::read::sql::{Query, count, rows};
use crate::read::{Filter, Job, JobField, Page, Search, WaitState, WaitStateField};

/// Instances of all processes; each waits for a worker and a time.
const INSTANCES: u64 = 40_000;
/// The newest of them, of a process that is seldom run.
const OF_RARE: u64 = 200;
/// Those before, too many to be looked up for a page, and enough to count to the end.
const OF_SOME: u64 = 11_000;

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
            "INSERT INTO timer (bucket, key, instance, due, waiting) SELECT i % 256, i * 16 + 4, i * 16, i, i * 16 + 1 \
             {of_each}"
        ),
        "ANALYZE".to_owned(),
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

/// How many jobs and timers are looked at for a query.
async fn looked_at(store: &Postgres, query: Query) -> f64 {
    let text = sqlx::AssertSqlSafe(format!("EXPLAIN (ANALYZE, TIMING OFF) {}", query.text));
    let mut transaction = store.sessions.pool.begin_with(ONE_BY_ONE).await.unwrap();
    let plan = sqlx::query_as_with::<_, (String,), _>(text, arguments(&query.cells));
    let plan = plan.fetch_all(&mut *transaction).await.unwrap();
    let (mut rows, mut loops) = (0.0, 0.0);
    for (line,) in &plan {
        if let Some((node, figures)) = line.split_once("(actual ") {
            let counts = node.contains(" on job ") || node.contains(" on timer ");
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
    let few = OF_RARE as f64 * 3.0;
    let seen = looked_at(&store, rows::<WaitState, Spelling>(&page(rare.clone())).unwrap()).await;
    assert!((1.0..=few).contains(&seen), "a page of what few instances wait for: {seen}");
    let seen = looked_at(&store, count::<WaitState, Spelling>(&rare).unwrap()).await;
    assert!((1.0..=few).contains(&seen), "what few instances wait for, counted: {seen}");
    let seen = looked_at(&store, count::<WaitState, Spelling>(&some).unwrap()).await;
    assert!((1.0..=1.5 * OF_SOME as f64).contains(&seen), "what more instances wait for, counted: {seen}");
    // As an authorization narrows what one instance has.
    let instance = Filter::eq(JobField::ProcessInstanceKey, crate::read::Scalar::Key(16));
    let both = Filter::All(vec![Filter::eq(JobField::ProcessDefinitionId, "common"), instance]);
    let both = resolved::<Job, _>(&store, both).await.unwrap();
    let seen = looked_at(&store, count::<Job, Spelling>(&both).unwrap()).await;
    assert!((1.0..=2.0).contains(&seen), "the jobs of one instance, counted: {seen}");
    store.close().await;
}
