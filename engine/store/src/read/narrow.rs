//! What follows from a condition about what a row belongs to, said to the database as well, so that an index answers which
//! is there anyway. Rows are found by their process instance, so a condition on their element instance or on the top of
//! the hierarchy is first asked of the few rows that say which instances those are. Values of variables are found by
//! how they begin.

use std::fmt::Write;

use super::field::{Cell, Entity, Field, Kind};
use super::sql::{Dialect, Query, places};
use super::test::Test;

/// Characters of a variable's value that its index has.
const BEGINS: usize = 32;
/// More values than these are looked for without help.
const MANY: usize = 500;

/// Writes the condition that follows, if there is one, and ` AND ` after it.
pub(super) fn narrow<E: Entity, D: Dialect>(query: &mut Query, field: E::Field, test: &Test) -> bool {
    let Test::In(cells) = test else { return false };
    if cells.is_empty() || cells.len() > MANY {
        return false;
    }
    let table = E::FROM.split_whitespace().next().unwrap_or_default();
    match (table, field.column(), E::INSTANCE.map(Field::column)) {
        ("variable", "t.value", _) => begins::<D>(query, cells),
        // The log outlives the instances; decisions have an index by element instance, and need not be of one that was
        // written.
        ("audit_log", ..) | ("decision_instance", "t.element_instance", _) => return false,
        ("process_instance", "t.root", Some(instance)) | (_, "p.root", Some(instance)) => {
            top::<D>(query, instance, cells);
        }
        (_, "t.element_instance" | "t.scope", Some(instance)) => scope::<D>(query, instance, cells),
        _ => return false,
    }
    true
}

/// Variables whose value begins as one of these.
fn begins<D: Dialect>(query: &mut Query, cells: &[Cell]) {
    let beginnings = cells.iter().map(|cell| match cell {
        Cell::Text(text) => Cell::Text(text.chars().take(BEGINS).collect::<String>().into()),
        other => other.clone(),
    });
    let beginnings: Vec<Cell> = beginnings.collect();
    let places = places::<D>(query, Kind::Text, &beginnings);
    let _ = write!(query.text, "substr(t.value, 1, {BEGINS}) IN ({places}) AND ");
}

/// Instances with these element instances; the root is named as the instance.
fn scope<D: Dialect>(query: &mut Query, instance: &str, cells: &[Cell]) {
    let places = places::<D>(query, Kind::Key, cells);
    let found = format!(
        "SELECT o.instance FROM element_instance o WHERE o.key IN ({places}) \
         UNION ALL SELECT o.key FROM process_instance o WHERE o.key IN ({places})"
    );
    // A key that is both names the same instance twice.
    let are = if cells.len() == 1 { D::is_found } else { D::among };
    query.text.push_str(&are(instance, &found));
    query.text.push_str(" AND ");
}

/// Instances at these tops of hierarchies and those they called; only the latter are in an index by it.
fn top<D: Dialect>(query: &mut Query, instance: &str, cells: &[Cell]) {
    let places = places::<D>(query, Kind::Key, cells);
    let found = format!(
        "SELECT o.key FROM process_instance o WHERE o.key IN ({places}) \
         UNION ALL SELECT o.key FROM process_instance o WHERE o.root IN ({places}) AND o.root <> o.key"
    );
    query.text.push_str(&D::among(instance, &found));
    query.text.push_str(" AND ");
}
