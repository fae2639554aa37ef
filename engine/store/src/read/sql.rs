//! Searches as SQL. What differs between databases is asked of a [`Dialect`].

use std::borrow::Cow;
use std::fmt::Write;

use super::entities::{ElementInstance, ElementInstanceField, Incident, Job, ProcessInstance, Variable};
use super::field::{Cell, Entity, Field, Kind};
use super::implied::implied;
use super::narrow::narrow;
use super::order::{self, Cursor};
use super::reached::{from_instances, reaches};
use super::search::{COUNT_LIMIT, Filter, Page, Related, Search, Sort};
use super::tally::TALLIES;
use super::test::{Comparison, Test, check_size};
use super::words::Codes;
use super::{BatchItem, WaitState};
use crate::Error;

/// How a database spells things.
pub(crate) trait Dialect {
    /// The placeholder of the n-th parameter, from 1.
    fn place(number: usize) -> String;
    /// The condition that a column matches the pattern in a parameter; and the pattern in this database's language.
    fn like(column: &str, place: &str, pattern: &str) -> (String, String);
    /// A column that no index is to be used for, where the database cannot know which is better.
    fn through(column: &str) -> String {
        column.to_owned()
    }
    /// The condition that a key is among those that a query finds, which are few.
    fn among(key: &str, found: &str) -> String {
        is_in(key, found)
    }
    /// The condition that a key is the one that a query finds, which finds one at most.
    fn is_found(key: &str, found: &str) -> String {
        is_in(key, found)
    }
    /// The condition that a column has a text in it.
    fn has(column: &str, place: &str) -> String;
    /// The condition that some member of a JSON array column satisfies one on `member`.
    fn member(column: &str, condition: &str) -> String;
    /// How the element instances of the instances that follow in brackets stand: id, active, terminated, with an
    /// incident, completed.
    const STATISTICS: &'static str;
    /// The same figures of element instances under the name of searches: active, terminated, with an incident, completed.
    const STANDING: &'static str;
    /// What puts absent values first when ascending, and last when descending.
    const ABSENT: [&'static str; 2] = ["", ""];
    /// To how many times fewer instances what they wait for is looked up than their other rows: it stands in six tables.
    const WAITS: u64 = 8;
    /// Instances `p`, and rows that are looked up from each of them on by a condition, whatever the database thinks.
    fn from_instances(rows: &str, on: &str) -> String;
    /// A boolean.
    fn truth(value: bool) -> &'static str {
        if value { "1" } else { "0" }
    }
    /// A parameter to compare with a column of a kind.
    fn value(_: Kind, place: String) -> String {
        place
    }
    /// The expression for a field.
    fn column(expression: &'static str) -> Cow<'static, str> {
        expression.into()
    }
    /// The tables and joins of an entity.
    fn tables(from: &'static str) -> Cow<'static, str> {
        from.into()
    }
}

/// A statement and its parameters.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pub(crate) text: String,
    pub(crate) cells: Vec<Cell>,
    /// Whether it is for a page, which is full soon.
    paged: bool,
    /// Whether rows are reached from the instances of their process, see [`reaches`].
    reached: bool,
    /// Whether it ends after a certain number of rows, so that they are best looked up one by one.
    pub(crate) bounded: bool,
}

impl Query {
    /// Without parameters, or with those that the text has places for.
    pub(crate) fn new(text: String, cells: Vec<Cell>) -> Self {
        Self { text, cells, ..Self::default() }
    }

    /// Whether rows are to be gone through in their order rather than to be reached by a column: by the definition, when
    /// many have it (see `definitions`).
    fn goes_through(&self, column: &str) -> bool {
        !self.reached && column == "p.definition" || self.paged && column == "t.definition"
    }

    fn bind<D: Dialect>(&mut self, cell: Cell) -> String {
        self.cells.push(cell);
        D::place(self.cells.len())
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }
}

/// The rows of a page; of one before a cursor in reverse order.
///
/// The page's keys are found first, with the joins that filter and order need; only those rows are joined in full.
pub(crate) fn rows<E: Entity, D: Dialect>(search: &Search<E::Field>) -> Result<Query, Error> {
    order::check(&search.sort)?;
    let anchor = order::anchor(&search.page, &search.sort)?;
    let backwards = matches!(search.page, Page::Before { .. });
    let mut query = Query { paged: true, ..Query::default() };
    condition::<E, D>(&mut query, &search.filter)?;
    if let Some((cursor, before)) = &anchor {
        query.push(" AND (");
        beyond::<E, D>(&mut query, &search.sort, cursor, *before);
        query.push(")");
    }
    let direction = |descending: bool| if descending == backwards { "" } else { " DESC" };
    let key = E::KEY.column();
    let mut order = String::new();
    for Sort { field, descending } in &search.sort {
        let absent = D::ABSENT[usize::from(*descending != backwards)];
        let _ = write!(order, "{}{}{absent}, ", ordered::<E::Field, D>(*field), direction(*descending));
    }
    let _ = write!(order, "{key}{}", direction(false));
    let tables = D::tables(E::FROM);
    let from = joined_for(&tables, &[&query.text, &order]);
    let limit = query.bind::<D>(Cell::Int(search.page.limit() as i64));
    let mut found = format!("SELECT {key} FROM {from} WHERE {} ORDER BY {order} LIMIT {limit}", query.text);
    if let Page::Offset { from: from @ 1.., .. } = search.page {
        let from = query.bind::<D>(Cell::Int(from.min(i64::MAX as u64) as i64));
        let _ = write!(found, " OFFSET {from}");
    }
    let columns = E::Field::ALL.iter().map(|field| field.column()).collect::<Vec<_>>().join(", ");
    let among = D::among(key, &found);
    query.text = format!("SELECT {columns} FROM {tables} WHERE {among} ORDER BY {order}");
    query.bounded = true;
    Ok(query)
}

/// The number of rows that satisfy a filter, at most one more than is counted.
pub(crate) fn count<E: Entity, D: Dialect>(filter: &Filter<E::Field>) -> Result<Query, Error> {
    let mut query = Query { reached: reaches::<E>(filter)?, ..Query::default() };
    condition::<E, D>(&mut query, filter)?;
    let tables = D::tables(E::FROM);
    let mut from = joined_for(&tables, &[&query.text]);
    if query.reached {
        from = from_instances::<D>(&from);
    }
    let limit = COUNT_LIMIT + 1;
    query.bounded = true;
    query.text =
        format!("SELECT count(*) FROM (SELECT 1 FROM {from} WHERE {} LIMIT {limit}) counted", query.text);
    Ok(query)
}

/// Groups of rows with the same values: number of rows, of instances, the values; those with the most rows first.
pub(crate) fn groups<E: Entity, D: Dialect>(
    filter: &Filter<E::Field>,
    by: &[E::Field],
) -> Result<Query, Error> {
    let mut query = Query { reached: true, ..Query::default() };
    condition::<E, D>(&mut query, filter)?;
    let columns = by.iter().map(|field| D::column(field.column())).collect::<Vec<_>>().join(", ");
    let tables = D::tables(E::FROM);
    let instance = E::INSTANCE.map_or("t.key", |field| field.column());
    let from = joined_for(&tables, &[&query.text, &columns, instance]);
    let condition = query.text;
    let counts = format!("count(*), count(DISTINCT {instance})");
    query.text = if by.is_empty() {
        format!("SELECT {counts} FROM {from} WHERE {condition}")
    } else {
        format!(
            "SELECT {counts}, {columns} FROM {from} WHERE {condition} GROUP BY {columns} ORDER BY 1 DESC LIMIT {TALLIES}"
        )
    };
    Ok(query)
}

/// How element instances stand, by their element.
pub(crate) fn standing<D: Dialect>(filter: &Filter<ElementInstanceField>) -> Result<Query, Error> {
    let mut query = Query { reached: true, ..Query::default() };
    condition::<ElementInstance, D>(&mut query, filter)?;
    let tables = D::tables(ElementInstance::FROM);
    let from = joined_for(&tables, &[&query.text, "e.id"]);
    query.text = format!(
        "SELECT e.id, {} FROM {from} WHERE t.element <> 0 AND {} GROUP BY e.id ORDER BY e.id",
        D::STANDING,
        query.text
    );
    Ok(query)
}

/// The tables of an entity without the joins that nothing refers to. Each joins one row at most, so leaving one out
/// changes no result.
fn joined_for(from: &str, texts: &[&str]) -> String {
    const JOIN: &str = " LEFT JOIN ";
    let mut tables = from.split(JOIN);
    let first = tables.next().unwrap_or_default();
    let joins: Vec<&str> = tables.collect();
    let mut kept: Vec<&str> = Vec::new();
    for join in joins.into_iter().rev() {
        let alias = join.split_whitespace().nth(1).unwrap_or_default();
        let refers = |text: &str| text.contains(&format!("{alias}."));
        if texts.iter().any(|text| refers(text)) || kept.iter().any(|other| refers(other)) {
            kept.push(join);
        }
    }
    kept.push(first);
    kept.reverse();
    kept.join(JOIN)
}

/// The condition of a filter.
pub(crate) fn condition<E: Entity, D: Dialect>(
    query: &mut Query,
    filter: &Filter<E::Field>,
) -> Result<(), Error> {
    check_size(filter)?;
    let from = query.text.len();
    write_filter::<E, D>(query, filter)?;
    for condition in implied::<E>(filter, &query.text[from..])? {
        let _ = write!(query.text, " AND {condition}");
    }
    Ok(())
}

fn write_filter<E: Entity, D: Dialect>(query: &mut Query, filter: &Filter<E::Field>) -> Result<(), Error> {
    match filter {
        Filter::All(filters) => joined::<E, D>(query, filters, " AND ", "TRUE"),
        Filter::Any(filters) => joined::<E, D>(query, filters, " OR ", "FALSE"),
        Filter::Is(field, condition) => {
            let column = D::column(field.column());
            let column = if query.goes_through(&column) { D::through(&column).into() } else { column };
            let test = Test::of(*field, condition)?;
            let begin = query.text.len();
            let narrowed = narrow::<E, D>(query, *field, &test);
            if narrowed {
                query.text.insert(begin, '(');
            }
            // What is narrowed is not to be reached by the column itself.
            let column = if narrowed { D::through(&column).into() } else { column };
            write_test::<D>(query, &column, field.kind(), &test);
            if narrowed {
                query.push(")");
            }
            Ok(())
        }
        Filter::Has(related) => write_related::<E, D>(query, related),
    }
}

fn joined<E: Entity, D: Dialect>(
    query: &mut Query,
    filters: &[Filter<E::Field>],
    between: &str,
    empty: &str,
) -> Result<(), Error> {
    let Some((first, rest)) = filters.split_first() else {
        query.push(empty);
        return Ok(());
    };
    query.push("(");
    write_filter::<E, D>(query, first)?;
    for filter in rest {
        query.push(between);
        write_filter::<E, D>(query, filter)?;
    }
    query.push(")");
    Ok(())
}

fn write_related<E: Entity, D: Dialect>(query: &mut Query, related: &Related) -> Result<(), Error> {
    match related {
        Related::Variable(inner) => within::<E, Variable, D>(query, E::INSTANCE, Variable::INSTANCE, inner),
        Related::LocalVariable(inner) => {
            within::<E, Variable, D>(query, E::ELEMENT_INSTANCE, Variable::ELEMENT_INSTANCE, inner)
        }
        Related::Element(inner) => {
            within::<E, ElementInstance, D>(query, E::INSTANCE, ElementInstance::INSTANCE, inner)
        }
        Related::Incident(inner) => within::<E, Incident, D>(query, E::INSTANCE, Incident::INSTANCE, inner),
        Related::Job(inner) => within::<E, Job, D>(query, E::INSTANCE, Job::INSTANCE, inner),
        Related::Instance(inner) => {
            within::<E, ProcessInstance, D>(query, E::INSTANCE, ProcessInstance::INSTANCE, inner)
        }
        Related::Waiting(inner) => {
            within::<E, WaitState, D>(query, E::ELEMENT_INSTANCE, WaitState::ELEMENT_INSTANCE, inner)
        }
        Related::BatchItem(inner) => {
            within::<E, BatchItem, D>(query, E::INSTANCE, BatchItem::INSTANCE, inner)
        }
    }
}

/// The row's owner is among the owners of the rows that satisfy the inner filter.
fn within<E: Entity, I: Entity, D: Dialect>(
    query: &mut Query,
    outer: Option<E::Field>,
    inner: Option<I::Field>,
    filter: &Filter<I::Field>,
) -> Result<(), Error> {
    let (Some(outer), Some(inner)) = (outer, inner) else { return Err(not_related()) };
    let tables = D::tables(I::FROM);
    let begin = query.text.len();
    let _ = write!(query.text, "SELECT {} FROM {tables} WHERE ", inner.column());
    let paged = std::mem::take(&mut query.paged);
    write_filter::<I, D>(query, filter)?;
    query.paged = paged;
    let found = query.text.split_off(begin);
    // The instances of a process are few where they are asked for like this; else their rows are gone through.
    let few = I::FROM.starts_with("process_instance ") && !query.reached;
    let (column, among) = (outer.column(), if few { D::among } else { is_in });
    query.push(&among(column, &found));
    Ok(())
}

fn is_in(column: &str, found: &str) -> String {
    format!("{column} IN ({found})")
}

/// What only rows of instances can be asked.
pub(crate) fn not_related() -> Error {
    Error::Invalid { what: "this entity does not belong to a process instance".into() }
}

pub(super) fn write_test<D: Dialect>(query: &mut Query, column: &str, kind: Kind, test: &Test) {
    if kind == Kind::List {
        return write_list_test::<D>(query, column, test);
    }
    match test {
        Test::Exists(true) => _ = write!(query.text, "{column} IS NOT NULL"),
        Test::Exists(false) => _ = write!(query.text, "{column} IS NULL"),
        Test::In(cells) if cells.is_empty() => query.push("FALSE"),
        Test::NotIn(cells) if cells.is_empty() => query.push("TRUE"),
        Test::In(cells) => {
            let places = places::<D>(query, kind, cells);
            let _ = match (cells.as_slice(), column.starts_with('(')) {
                // As an index over such rows has it.
                ([Cell::Int(1)], true) if kind == Kind::Bool => write!(query.text, "{column}"),
                ([_], _) => write!(query.text, "{column} = {places}"),
                _ => write!(query.text, "{column} IN ({places})"),
            };
        }
        Test::NotIn(cells) => {
            let places = places::<D>(query, kind, cells);
            let _ = write!(query.text, "({column} IS NULL OR {column} NOT IN ({places}))");
        }
        Test::Like(pattern) => {
            let place = D::place(query.cells.len() + 1);
            let (condition, pattern) = D::like(column, &place, pattern);
            query.cells.push(Cell::Text(pattern.into()));
            query.push(&condition);
        }
        Test::Compare(comparison, cell) => {
            let place = query.bind::<D>(cell.clone());
            let operator = match comparison {
                Comparison::Less => "<",
                Comparison::LessOrEqual => "<=",
                Comparison::Greater => ">",
                Comparison::GreaterOrEqual => ">=",
            };
            let _ = write!(query.text, "{column} {operator} {place}");
        }
    }
}

/// A list column is absent when it is empty.
fn write_list_test<D: Dialect>(query: &mut Query, column: &str, test: &Test) {
    match test {
        Test::Exists(true) => _ = write!(query.text, "coalesce({column}, '[]') <> '[]'"),
        Test::Exists(false) => _ = write!(query.text, "coalesce({column}, '[]') = '[]'"),
        Test::NotIn(cells) => {
            let places = places::<D>(query, Kind::Text, cells);
            let member = D::member(column, &format!("member IN ({places})"));
            let _ = write!(query.text, "NOT {member}");
        }
        _ => {
            if let Test::In(cells) = test {
                write_has::<D>(query, column, cells);
            }
            let mut inner = Query { cells: std::mem::take(&mut query.cells), ..Query::default() };
            write_test::<D>(&mut inner, "member", Kind::Text, test);
            query.cells = inner.cells;
            query.push(&D::member(column, &inner.text));
        }
    }
}

/// A list with one of these texts has one of them in its JSON, and that is found sooner than the list is read.
fn write_has<D: Dialect>(query: &mut Query, column: &str, cells: &[Cell]) {
    let texts = cells.iter().filter_map(|cell| match cell {
        Cell::Text(text) => serde_json::to_string(&**text).ok(),
        _ => None,
    });
    let texts: Vec<String> = texts.collect();
    if texts.is_empty() || texts.len() < cells.len() {
        return;
    }
    let mut has = Vec::with_capacity(texts.len());
    for text in texts {
        let place = query.bind::<D>(Cell::Text(text.into()));
        has.push(D::has(column, &place));
    }
    let _ = write!(query.text, "({}) AND ", has.join(" OR "));
}

/// Values to compare with. Codes and booleans stand in the text itself, being few, so that indexes over rows in one
/// state are found.
pub(super) fn places<D: Dialect>(query: &mut Query, kind: Kind, cells: &[Cell]) -> String {
    let place = |cell: &Cell| match (kind, cell) {
        (Kind::Bool, Cell::Int(number)) => D::truth(*number != 0).to_owned(),
        (Kind::Code(_), Cell::Int(number)) => number.to_string(),
        _ => query.bind::<D>(cell.clone()),
    };
    cells.iter().map(place).collect::<Vec<_>>().join(", ")
}

/// What rows are ordered by for a field: of words by the words, where their numbers have another order.
fn ordered<F: Field, D: Dialect>(field: F) -> Cow<'static, str> {
    let column = D::column(field.column());
    let Some(ranks) = field.codes().and_then(Codes::ranks) else { return column };
    let mut places = String::new();
    for (code, rank) in ranks.into_iter().enumerate() {
        let _ = write!(places, " WHEN {code} THEN {rank}");
    }
    format!("CASE {column}{places} END").into()
}

/// The rows after (or before) a cursor: for some place in the order all earlier values are equal and this one is
/// beyond. Absent values are the smallest.
fn beyond<E: Entity, D: Dialect>(query: &mut Query, sort: &[Sort<E::Field>], cursor: &Cursor, before: bool) {
    for (index, one) in sort.iter().enumerate() {
        query.push("(");
        equal::<E, D>(query, &sort[..index], cursor);
        let (column, upwards) = (ordered::<E::Field, D>(one.field), one.descending == before);
        match (&cursor.cells[index], upwards) {
            (Cell::Null, true) => _ = write!(query.text, "{column} IS NOT NULL"),
            (Cell::Null, false) => query.push("FALSE"),
            (cell, true) => {
                let place = D::value(one.field.kind(), query.bind::<D>(cell.clone()));
                let _ = write!(query.text, "{column} > {place}");
            }
            (cell, false) => {
                let place = D::value(one.field.kind(), query.bind::<D>(cell.clone()));
                let _ = write!(query.text, "({column} < {place} OR {column} IS NULL)");
            }
        }
        query.push(") OR ");
    }
    query.push("(");
    equal::<E, D>(query, sort, cursor);
    let place = query.bind::<D>(Cell::Int(cursor.key));
    let _ = write!(query.text, "{} {} {place})", E::KEY.column(), if before { "<" } else { ">" });
}

fn equal<E: Entity, D: Dialect>(query: &mut Query, sort: &[Sort<E::Field>], cursor: &Cursor) {
    for (one, cell) in sort.iter().zip(&cursor.cells) {
        let column = ordered::<E::Field, D>(one.field);
        if *cell == Cell::Null {
            let _ = write!(query.text, "{column} IS NULL AND ");
            continue;
        }
        let place = D::value(one.field.kind(), query.bind::<D>(cell.clone()));
        let _ = write!(query.text, "{column} = {place} AND ");
    }
}

#[cfg(test)]
mod tests {
    use super::joined_for;

    #[test]
    fn joins_nothing_refers_to_are_left_out() {
        let from = "job t LEFT JOIN process_instance p ON p.key = t.instance \
                    LEFT JOIN process_definition d ON d.key = p.definition \
                    LEFT JOIN element e ON e.definition = p.definition";
        assert_eq!(joined_for(from, &["t.state = 0"]), "job t");
        assert_eq!(
            joined_for(from, &["p.root = ?1"]),
            "job t LEFT JOIN process_instance p ON p.key = t.instance"
        );
        let expected = "job t LEFT JOIN process_instance p ON p.key = t.instance \
                        LEFT JOIN element e ON e.definition = p.definition";
        assert_eq!(joined_for(from, &["TRUE", "e.id, t.key"]), expected);
    }
}
