//! What follows from a condition, said to the database as well: it keeps indexes over what has not ended, and cannot know
//! that what is in such a state has not, and what is in another has. What is open belongs to an instance that is.

use super::codes::{ElementInstanceState, JobState, ProcessInstanceState, UserTaskState};
use super::field::{Cell, Entity, Field};
use super::search::Filter;
use super::test::Test;
use crate::Error;

/// The tenant of whoever has none. The index over tenants in the audit log leaves it out.
const DEFAULT_TENANT: &str = "<default>";

/// Conditions that hold for every row that satisfies the filter; `condition` is the filter in SQL.
pub(crate) fn implied<E: Entity>(
    filter: &Filter<E::Field>,
    condition: &str,
) -> Result<Vec<&'static str>, Error> {
    let table = E::FROM.split_whitespace().next().unwrap_or_default();
    let mut implied = Vec::new();
    let over = [ProcessInstanceState::Completed, ProcessInstanceState::Terminated].map(|state| state as i64);
    if table == "process_instance" && asks_for::<E>(filter, &over)? {
        implied.push("t.ended IS NOT NULL");
    }
    if table == "audit_log" && has_a_tenant::<E>(filter)? {
        implied.push("t.tenant <> '<default>'");
    }
    if !is_open::<E>(filter)? {
        return Ok(implied);
    }
    if matches!(table, "process_instance" | "job") {
        implied.push("t.ended IS NULL");
    }
    // Worth a join only where it is made anyway. A condition on what belongs to an instance reads the instances, too, but
    // within: there the name is another one's.
    if E::FROM.contains("process_instance p ") && condition.contains("p.definition") {
        implied.push("p.ended IS NULL");
    }
    Ok(implied)
}

/// Whether a filter lets through only what has not ended.
pub(crate) fn is_open<E: Entity>(filter: &Filter<E::Field>) -> Result<bool, Error> {
    let table = E::FROM.split_whitespace().next().unwrap_or_default();
    match open_states(table) {
        Some(states) => asks_for::<E>(filter, &states),
        // What is waited for is open.
        None => Ok(table == "wait_state"),
    }
}

/// The states of what has not ended, of tables whose rows end.
fn open_states(table: &str) -> Option<Vec<i64>> {
    Some(match table {
        "process_instance" => {
            [ProcessInstanceState::Active, ProcessInstanceState::Suspended].map(|state| state as i64).to_vec()
        }
        "element_instance" => vec![ElementInstanceState::Active as i64],
        "job" => [JobState::Created, JobState::Failed, JobState::RetriesUpdated, JobState::TimedOut]
            .map(|state| state as i64)
            .to_vec(),
        "user_task" => [
            UserTaskState::Creating,
            UserTaskState::Created,
            UserTaskState::Assigning,
            UserTaskState::Updating,
            UserTaskState::Completing,
            UserTaskState::Canceling,
        ]
        .map(|state| state as i64)
        .to_vec(),
        _ => return None,
    })
}

/// Whether a filter lets through only rows of tenants that somebody made: those of the other are not in the index.
fn has_a_tenant<E: Entity>(filter: &Filter<E::Field>) -> Result<bool, Error> {
    match filter {
        Filter::All(filters) => {
            for filter in filters {
                if has_a_tenant::<E>(filter)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Filter::Is(field, condition) if field.column() == "t.tenant" => {
            let Test::In(cells) = Test::of(*field, condition)? else { return Ok(false) };
            let made = |cell: &Cell| matches!(cell, Cell::Text(tenant) if **tenant != *DEFAULT_TENANT);
            Ok(cells.iter().all(made))
        }
        Filter::Is(..) | Filter::Any(_) | Filter::Has(_) => Ok(false),
    }
}

/// Whether a filter lets through only rows with certain values in a column.
pub(super) fn is_asked<E: Entity>(filter: &Filter<E::Field>, column: &str) -> Result<bool, Error> {
    match filter {
        Filter::All(filters) => {
            for filter in filters {
                if is_asked::<E>(filter, column)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Filter::Is(field, condition) if field.column() == column => {
            Ok(matches!(Test::of(*field, condition)?, Test::In(_)))
        }
        Filter::Is(..) | Filter::Any(_) | Filter::Has(_) => Ok(false),
    }
}

/// Whether a filter lets through only rows in these states.
fn asks_for<E: Entity>(filter: &Filter<E::Field>, states: &[i64]) -> Result<bool, Error> {
    match filter {
        Filter::All(filters) => {
            for filter in filters {
                if asks_for::<E>(filter, states)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Filter::Is(field, condition) if field.column() == "t.state" => {
            let Test::In(cells) = Test::of(*field, condition)? else { return Ok(false) };
            let among = |cell: &Cell| matches!(cell, Cell::Int(code) if states.contains(code));
            Ok(!cells.is_empty() && cells.iter().all(among))
        }
        Filter::Is(..) | Filter::Any(_) | Filter::Has(_) => Ok(false),
    }
}
