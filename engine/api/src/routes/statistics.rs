//! Figures over everything: how many instances run, per process, version, message subscription and error. Counted when
//! asked, by the fields of the entity a figure is about (see [`TallyOf`](hosk_store::read::TallyOf)).

mod definitions;
mod incidents;
mod jobs;
mod usage;
mod variable_names;

pub(super) use incidents::hash as error_hash;

use std::sync::Arc;

use hosk_identity::Scope;
use hosk_store::read::{Cell, Filter, ProcessInstanceState, Scalar, Tally};

use crate::call::Call;
use crate::operation::Operation;

pub(super) fn operations() -> Vec<Operation> {
    [
        definitions::operations(),
        incidents::operations(),
        jobs::operations(),
        usage::operations(),
        variable_names::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The filter, narrowed to the processes that the caller may see; `field` is what has their ids.
fn narrowed<F>(call: &Call, filter: Filter<F>, field: F) -> Filter<F> {
    match call.scope() {
        Scope::All => filter,
        Scope::Of(ids) => Filter::All(vec![Filter::one_of(field, ids.iter().cloned()), filter]),
    }
}

/// The state of instances that run.
fn running() -> Scalar {
    Scalar::from(ProcessInstanceState::Active.as_str())
}

/// The cell of a tally as text; empty when it is absent.
pub(super) fn text(tally: &Tally, index: usize) -> Arc<str> {
    match tally.cells.get(index) {
        Some(Cell::Text(text)) => Arc::clone(text),
        _ => Arc::from(""),
    }
}

/// The cell of a tally as text, when it is there.
fn optional_text(tally: &Tally, index: usize) -> Option<Arc<str>> {
    match tally.cells.get(index) {
        Some(Cell::Text(text)) => Some(Arc::clone(text)),
        _ => None,
    }
}

/// The cell of a tally as a number, a key or a truth value.
fn number(tally: &Tally, index: usize) -> i64 {
    match tally.cells.get(index) {
        Some(Cell::Int(number)) => *number,
        _ => 0,
    }
}

/// A count as a value to sort by.
fn count(number: u64) -> Cell {
    Cell::Int(i64::try_from(number).unwrap_or(i64::MAX))
}
