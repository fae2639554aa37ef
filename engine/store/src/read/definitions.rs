//! Conditions on what a row's process is called or whose it is, put as conditions on the key of its definition: there are
//! few definitions and many rows, so they are looked up first. A process that nobody has is then answered without a look
//! at any row, one that all rows have needs no join, and indexes over definitions are found.
//!
//! Rows are reached from the instances of these definitions when those are few, and gone through in the order that was
//! asked for until a page is full when they are many: whichever is shorter.

use super::ProcessInstanceField;
use super::field::{Cell, Entity, Field};
use super::implied::is_open;
use super::search::{Condition, Filter, Related, Scalar};
use super::select::{Database, number};
use super::sql::{self, Dialect, Query};
use super::test::{Test, check_size};
use crate::Error;

/// Definitions at most whose keys take the place of a condition.
const KEYS: usize = 500;
/// Instances that are few.
const FEW: u64 = 10_000;

/// The filter with keys where it had ids, names, versions and tenants.
pub(crate) async fn resolved<E: Entity, D: Database>(
    database: &D,
    filter: Filter<E::Field>,
) -> Result<Filter<E::Field>, Error> {
    check_size(&filter)?;
    let Some(key) = key_of::<E>() else { return Ok(filter) };
    let mut asked = Vec::new();
    collect::<E>(&filter, key, &mut asked);
    if asked.is_empty() {
        return Ok(filter);
    }
    let (open, original) = (is_open::<E>(&filter)?, filter.clone());
    let every = keys(database, Query::new("TRUE".to_owned(), Vec::new())).await?;
    let mut answers = Vec::with_capacity(asked.len());
    for (field, condition) in asked {
        let mut query = Query::default();
        let test = Test::of(field, &condition)?;
        let column = if field == key { "d.key" } else { field.column() };
        sql::write_test::<D::Dialect>(&mut query, column, field.kind(), &test);
        answers.push(match (keys(database, query).await?, &every) {
            (None, _) => Filter::Is(field, condition),
            (Some(found), Some(every)) if found.len() == every.len() => everything::<E>(key),
            (Some(found), _) => among::<E, D>(database, key, found, open).await?,
        });
    }
    let narrowed = replaced::<E>(filter, key, &mut answers.into_iter());
    // With all the keys it may be larger than what anybody may ask.
    Ok(if check_size(&narrowed).is_ok() { narrowed } else { original })
}

/// The rows whose process is one of these; all of them are open, when that is asked.
async fn among<E: Entity, D: Database>(
    database: &D,
    key: E::Field,
    definitions: Vec<u64>,
    open: bool,
) -> Result<Filter<E::Field>, Error> {
    let few = few::<E>();
    if few == 0 || definitions.is_empty() || !are_few(database, &definitions, open, few).await? {
        return Ok(Filter::one_of(key, definitions.into_iter().map(Scalar::Key)));
    }
    let definitions = definitions.into_iter().map(Scalar::Key);
    let mut instances = vec![Filter::one_of(ProcessInstanceField::ProcessDefinitionKey, definitions)];
    if open {
        instances.push(Filter::Is(ProcessInstanceField::EndDate, Condition::Exists(false)));
    }
    Ok(Filter::Has(Related::Instance(Box::new(Filter::All(instances)))))
}

/// How many instances are few for rows of this kind.
fn few<E: Entity>() -> u64 {
    match E::FROM.split_whitespace().next().unwrap_or_default() {
        // Entries need no instance, and are found by their definition.
        "audit_log" => 0,
        // Each is looked for in six tables.
        "wait_state" => FEW / 8,
        _ if E::INSTANCE.is_none() => 0,
        _ => FEW,
    }
}

/// Whether few instances run one of these.
async fn are_few<D: Database>(
    database: &D,
    definitions: &[u64],
    open: bool,
    few: u64,
) -> Result<bool, Error> {
    let definitions = definitions.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let open = if open { " AND o.ended IS NULL" } else { "" };
    let text = format!(
        "SELECT count(*) FROM (SELECT 1 FROM process_instance o WHERE o.definition IN ({definitions}){open} \
         LIMIT {}) counted",
        few + 1
    );
    let mut counted = 0;
    let look = |row: &D::Row| number(row, 0).map(|number| counted = number);
    database.each(Query::new(text, Vec::new()), look).await?;
    Ok(counted <= few)
}

/// The field with the definition that a row's process is read from.
fn key_of<E: Entity>() -> Option<E::Field> {
    let (_, rest) = E::FROM.split_once("process_definition d ON d.key = ")?;
    let column = rest.split_whitespace().next()?;
    E::Field::ALL.iter().copied().find(|field| field.column() == column)
}

/// Whether a condition is on the definition alone, and not satisfied by a row without one.
fn is_asked<E: Entity>(field: E::Field, key: E::Field, condition: &Condition) -> bool {
    let positive = matches!(condition, Condition::Eq(_) | Condition::In(_) | Condition::Like(_));
    positive && (field == key || field.column().starts_with("d."))
}

fn collect<E: Entity>(filter: &Filter<E::Field>, key: E::Field, asked: &mut Vec<(E::Field, Condition)>) {
    match filter {
        Filter::All(filters) | Filter::Any(filters) => {
            for filter in filters {
                collect::<E>(filter, key, asked);
            }
        }
        Filter::Is(field, condition) if is_asked::<E>(*field, key, condition) => {
            asked.push((*field, condition.clone()));
        }
        Filter::Is(..) | Filter::Has(_) => {}
    }
}

fn replaced<E: Entity>(
    filter: Filter<E::Field>,
    key: E::Field,
    answers: &mut impl Iterator<Item = Filter<E::Field>>,
) -> Filter<E::Field> {
    match filter {
        Filter::All(filters) => {
            Filter::All(filters.into_iter().map(|filter| replaced::<E>(filter, key, answers)).collect())
        }
        Filter::Any(filters) => {
            Filter::Any(filters.into_iter().map(|filter| replaced::<E>(filter, key, answers)).collect())
        }
        Filter::Is(field, condition) if is_asked::<E>(field, key, &condition) => {
            answers.next().unwrap_or(Filter::Is(field, condition))
        }
        Filter::Is(..) | Filter::Has(_) => filter,
    }
}

/// Every row that has a definition. Whoever has an instance has one.
fn everything<E: Entity>(key: E::Field) -> Filter<E::Field> {
    if key.column().starts_with("p.") {
        return Filter::everything();
    }
    Filter::Is(key, Condition::Exists(true))
}

/// The keys of the definitions that satisfy a condition, unless there are too many.
async fn keys<D: Database>(database: &D, condition: Query) -> Result<Option<Vec<u64>>, Error> {
    let Query { text, mut cells, .. } = condition;
    cells.push(Cell::Int(KEYS as i64 + 1));
    let limit = D::Dialect::place(cells.len());
    let text = format!("SELECT d.key FROM process_definition d WHERE {text} LIMIT {limit}");
    let mut keys = Vec::new();
    database
        .each(Query::new(text, cells), |row| {
            keys.push(number(row, 0)?);
            Ok(())
        })
        .await?;
    Ok((keys.len() <= KEYS).then_some(keys))
}
