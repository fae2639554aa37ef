//! Rows that are counted from the instances of their process on.

use super::field::Entity;
use super::implied::is_asked;
use super::search::Filter;
use super::sql::Dialect;
use crate::Error;

/// Whether rows of a process are counted from its instances on: counting needs no order and is done soon, when instances
/// have such rows as a rule. Rows that few instances have are gone through.
pub(super) fn reaches<E: Entity>(filter: &Filter<E::Field>) -> Result<bool, Error> {
    const EVERYWHERE: [&str; 4] = ["element_instance ", "variable ", "job ", "wait_state "];
    if !EVERYWHERE.iter().any(|table| E::FROM.starts_with(table)) || !is_asked::<E>(filter, "p.definition")? {
        return Ok(false);
    }
    // Who asks for the rows of one instance, or of one and what it called, is not helped by all the others.
    for column in ["t.instance", "t.element_instance", "t.scope", "t.key", "p.root"] {
        if is_asked::<E>(filter, column)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The tables of an entity, of which the instances come first.
pub(super) fn from_instances<D: Dialect>(from: &str) -> String {
    const INSTANCES: &str = " LEFT JOIN process_instance p ON ";
    let Some((rows, rest)) = from.split_once(INSTANCES) else { return from.to_owned() };
    let (on, joins) = rest.split_at(rest.find(" LEFT JOIN ").unwrap_or(rest.len()));
    D::from_instances(rows, on) + joins
}
