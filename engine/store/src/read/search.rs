//! What a search is: a filter over an entity's fields, an order, and a page of it. Nothing here knows a database.
//!
//! Order is total: after the fields asked for comes the entity's key, ascending, so that paging by cursor never
//! skips or repeats a row that was there all along. Absent values come first when ascending, last when descending.

use std::sync::Arc;

use hosk_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::batches::BatchItemField;
use super::entities::{ElementInstanceField, IncidentField, JobField, ProcessInstanceField, VariableField};
use super::field::Field;
use super::test::Test;
use super::waits::WaitStateField;
use crate::Error;

/// Matches are counted up to this number.
pub const COUNT_LIMIT: u64 = 10_000;
/// No page is longer, whatever is asked.
pub const PAGE_LIMIT: usize = 10_000;
/// How deep filters may be nested.
pub const FILTER_DEPTH: usize = 16;
/// Conditions and listed values one search may have.
pub const FILTER_TERMS: usize = 4_000;

/// A search over one entity.
#[derive(Clone, Debug)]
pub struct Search<F> {
    /// Which rows.
    pub filter: Filter<F>,
    /// In which order; then by key.
    pub sort: Vec<Sort<F>>,
    /// Which part of them.
    pub page: Page,
}

impl<F> Default for Search<F> {
    fn default() -> Self {
        Self { filter: Filter::everything(), sort: Vec::new(), page: Page::default() }
    }
}

impl<F> Search<F> {
    /// All rows that satisfy a filter, by key, first page.
    pub fn by(filter: Filter<F>) -> Self {
        Self { filter, ..Self::default() }
    }
}

/// Which rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Filter<F> {
    /// All of these; true when empty.
    All(Vec<Filter<F>>),
    /// At least one of these; false when empty.
    Any(Vec<Filter<F>>),
    /// A field satisfies a condition; of a list field, one of its members does.
    Is(F, Condition),
    /// The row's process instance (or element instance) has something.
    Has(Related),
}

impl<F> Filter<F> {
    /// Every row.
    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// A field has a value.
    pub fn eq(field: F, value: impl Into<Scalar>) -> Self {
        Self::Is(field, Condition::Eq(value.into()))
    }

    /// A field has one of these values (allowed tenants, for example).
    pub fn one_of(field: F, values: impl IntoIterator<Item = impl Into<Scalar>>) -> Self {
        Self::Is(field, Condition::In(values.into_iter().map(Into::into).collect()))
    }
}

impl<F: Field> Filter<F> {
    /// Whether a row that was read satisfies it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a condition that does not fit its field, or that looks at other rows.
    pub fn holds(&self, row: &F::Row) -> Result<bool, Error> {
        let each = |filters: &[Self], stop: bool| {
            for filter in filters {
                if filter.holds(row)? == stop {
                    return Ok(stop);
                }
            }
            Ok(!stop)
        };
        match self {
            Self::All(filters) => each(filters, false),
            Self::Any(filters) => each(filters, true),
            Self::Is(field, condition) => Ok(Test::of(*field, condition)?.holds(&field.of(row))),
            Self::Has(_) => {
                Err(Error::Invalid { what: "a row alone does not show what it is related to".into() })
            }
        }
    }
}

/// Something that belongs to the same process instance. Not nested further.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Related {
    /// A variable at any scope of the instance: name and condition on the JSON text.
    Variable(Box<Filter<VariableField>>),
    /// A variable at the row's own element instance (user tasks, jobs, element instances).
    LocalVariable(Box<Filter<VariableField>>),
    /// An element instance of the instance.
    Element(Box<Filter<ElementInstanceField>>),
    /// An incident of the instance.
    Incident(Box<Filter<IncidentField>>),
    /// A job of the instance.
    Job(Box<Filter<JobField>>),
    /// The instance itself.
    Instance(Box<Filter<ProcessInstanceField>>),
    /// Something that the row's own element instance waits for.
    Waiting(Box<Filter<WaitStateField>>),
    /// An item of a batch operation that is about the instance.
    BatchItem(Box<Filter<BatchItemField>>),
}

/// A condition on one field. An absent value satisfies only `Exists(false)`, `Neq` and `NotIn`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Condition {
    /// Equal.
    Eq(Scalar),
    /// Not equal.
    Neq(Scalar),
    /// Present, or absent.
    Exists(bool),
    /// One of these.
    In(Vec<Scalar>),
    /// None of these.
    NotIn(Vec<Scalar>),
    /// Matches a pattern: `*` any characters, `?` one character, backslash takes the next one literally.
    Like(Arc<str>),
    /// Greater.
    Gt(Scalar),
    /// Greater or equal.
    Gte(Scalar),
    /// Less.
    Lt(Scalar),
    /// Less or equal.
    Lte(Scalar),
}

/// A value to compare with; it must fit the field's kind, else the search is refused as invalid.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scalar {
    /// A key.
    Key(u64),
    /// A number.
    Int(i64),
    /// A boolean.
    Bool(bool),
    /// A text, or the wire name of an enum value in upper case.
    Text(Arc<str>),
    /// A moment.
    Time(Timestamp),
}

impl From<i64> for Scalar {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Scalar {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Scalar {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<Arc<str>> for Scalar {
    fn from(value: Arc<str>) -> Self {
        Self::Text(value)
    }
}

impl From<String> for Scalar {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<Timestamp> for Scalar {
    fn from(value: Timestamp) -> Self {
        Self::Time(value)
    }
}

/// One field to order by.
#[derive(Clone, Copy, Debug)]
pub struct Sort<F> {
    /// Which.
    pub field: F,
    /// Greatest first.
    pub descending: bool,
}

/// Which part of the ordered rows.
#[derive(Clone, Debug)]
pub enum Page {
    /// By number; skipping costs time in proportion.
    Offset {
        /// Rows to skip.
        from: u64,
        /// At most so many.
        limit: usize,
    },
    /// What follows a cursor.
    After {
        /// An `end_cursor` of the same order.
        cursor: String,
        /// At most so many.
        limit: usize,
    },
    /// What precedes a cursor, still in order.
    Before {
        /// A `start_cursor` of the same order.
        cursor: String,
        /// At most so many.
        limit: usize,
    },
}

impl Default for Page {
    fn default() -> Self {
        Self::Offset { from: 0, limit: 100 }
    }
}

impl Page {
    /// At most so many, never more than [`PAGE_LIMIT`].
    pub fn limit(&self) -> usize {
        let (Self::Offset { limit, .. } | Self::After { limit, .. } | Self::Before { limit, .. }) = self;
        (*limit).min(PAGE_LIMIT)
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct PageOf<T> {
    /// The rows of this page.
    pub items: Vec<T>,
    /// Rows that satisfy the filter, counted up to [`COUNT_LIMIT`].
    pub total_items: u64,
    /// Whether there are more than counted.
    pub has_more_total_items: bool,
    /// Opaque place of the first row; `None` when the page is empty.
    pub start_cursor: Option<String>,
    /// Opaque place of the last row.
    pub end_cursor: Option<String>,
}
