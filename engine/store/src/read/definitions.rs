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
    let flat = flattened(filter.clone());
    collect::<E>(&flat, key, &mut asked);
    if asked.is_empty() {
        return Ok(filter);
    }
    let open = is_open::<E>(&filter)?;
    let every = keys(database, Query::new("TRUE".to_owned(), Vec::new())).await?;
    let mut answers = Vec::with_capacity(asked.len());
    for together in asked {
        let query = definitions_of::<E, D>(key, &together)?;
        answers.push(match (keys(database, query).await?, &every) {
            (None, _) => Filter::All(together.into_iter().map(|(of, test)| Filter::Is(of, test)).collect()),
            (Some(found), Some(every)) if found.len() == every.len() => everything::<E>(key),
            (Some(found), _) => among::<E, D>(database, key, found, open).await?,
        });
    }
    let narrowed = replaced::<E>(flat, key, &mut answers.into_iter());
    // With all the keys it may be larger than what anybody may ask.
    Ok(if check_size(&narrowed).is_ok() { narrowed } else { filter })
}

/// Without a conjunction directly within another, so that what is asked of definitions together stands together.
fn flattened<F>(filter: Filter<F>) -> Filter<F> {
    match filter {
        Filter::All(filters) => Filter::All(
            filters
                .into_iter()
                .flat_map(|filter| match flattened(filter) {
                    Filter::All(inner) => inner,
                    other => vec![other],
                })
                .collect(),
        ),
        Filter::Any(filters) => Filter::Any(filters.into_iter().map(flattened).collect()),
        other => other,
    }
}

/// The condition on definitions that all of these make.
fn definitions_of<E: Entity, D: Database>(
    key: E::Field,
    together: &[(E::Field, Condition)],
) -> Result<Query, Error> {
    let mut query = Query::default();
    for (index, (field, condition)) in together.iter().enumerate() {
        if index > 0 {
            query.text.push_str(" AND ");
        }
        let test = Test::of(*field, condition)?;
        let column = match field.column() {
            _ if *field == key => "d.key",
            "t.tenant" => "d.tenant",
            column => column,
        };
        sql::write_test::<D::Dialect>(&mut query, column, field.kind(), &test);
    }
    Ok(query)
}

/// The rows whose process is one of these; all of them are open, when that is asked.
async fn among<E: Entity, D: Database>(
    database: &D,
    key: E::Field,
    definitions: Vec<u64>,
    open: bool,
) -> Result<Filter<E::Field>, Error> {
    let few = few::<E>(D::Dialect::WAITS);
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
fn few<E: Entity>(waits: u64) -> u64 {
    match E::FROM.split_whitespace().next().unwrap_or_default() {
        // Entries need no instance, and are found by their definition.
        "audit_log" => 0,
        "wait_state" => FEW / waits,
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

/// What is asked of the tenant of a row that has it from its process. It does not say enough to be answered by definitions
/// alone, but leaves few of those that a process has.
fn tenant_of<E: Entity>(filter: &Filter<E::Field>) -> Option<(E::Field, Condition)> {
    let has_it = ["job ", "message_subscription "].iter().any(|table| E::FROM.starts_with(table));
    match filter {
        Filter::Is(field, condition @ (Condition::Eq(_) | Condition::In(_)))
            if has_it && field.column() == "t.tenant" =>
        {
            Some((*field, condition.clone()))
        }
        _ => None,
    }
}

/// What is asked of definitions, in the order in which [`replaced`] takes the answers; conditions that have to hold together
/// are one question.
fn collect<E: Entity>(filter: &Filter<E::Field>, key: E::Field, asked: &mut Vec<Vec<(E::Field, Condition)>>) {
    let question = |filter: &Filter<E::Field>| match filter {
        Filter::Is(field, condition) if is_asked::<E>(*field, key, condition) => {
            Some((*field, condition.clone()))
        }
        _ => None,
    };
    match filter {
        Filter::All(filters) => {
            let mut together: Vec<_> = filters.iter().filter_map(question).collect();
            if !together.is_empty() {
                together.extend(filters.iter().filter_map(tenant_of::<E>));
                asked.push(together);
            }
            for filter in filters.iter().filter(|filter| question(filter).is_none()) {
                collect::<E>(filter, key, asked);
            }
        }
        Filter::Any(filters) => {
            for filter in filters {
                collect::<E>(filter, key, asked);
            }
        }
        Filter::Is(..) => asked.extend(question(filter).map(|one| vec![one])),
        Filter::Has(_) => {}
    }
}

fn replaced<E: Entity>(
    filter: Filter<E::Field>,
    key: E::Field,
    answers: &mut impl Iterator<Item = Filter<E::Field>>,
) -> Filter<E::Field> {
    let is_question = |filter: &Filter<E::Field>| matches!(filter, Filter::Is(field, condition) if is_asked::<E>(*field, key, condition));
    match filter {
        Filter::All(filters) => {
            let (questions, others): (Vec<_>, Vec<_>) = filters.into_iter().partition(is_question);
            let mut all: Vec<_> =
                (!questions.is_empty()).then(|| answers.next()).flatten().into_iter().collect();
            all.extend(others.into_iter().map(|filter| replaced::<E>(filter, key, answers)));
            Filter::All(all)
        }
        Filter::Any(filters) => {
            Filter::Any(filters.into_iter().map(|filter| replaced::<E>(filter, key, answers)).collect())
        }
        filter if is_question(&filter) => answers.next().unwrap_or(filter),
        filter => filter,
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
