//! Statements for what is kept beside instances (batch operations and the like): written once, run by every database.
//!
//! Parameters are `$1`, `$2` …, which SQLite knows as well; flags are numbers, and many rows come as one JSON array of
//! arrays. What the databases spell differently is asked of [`Plain`].

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use hosk_core::{ProcessInstanceKey, Timestamp};

use crate::Error;
use crate::read::Columns;

/// A parameter; absent ones know what they would be.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<Arc<str>>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! from {
    ($($ty:ty => $variant:ident, |$value:ident| $to:expr;)*) => {$(
        impl From<$ty> for Value {
            fn from($value: $ty) -> Self {
                Self::$variant(Some($to))
            }
        }
        impl From<Option<$ty>> for Value {
            fn from(value: Option<$ty>) -> Self {
                Self::$variant(value.map(|$value| $to))
            }
        }
    )*};
}

from! {
    i64 => Int, |value| value;
    u64 => Int, |value| value.min(i64::MAX as u64) as i64;
    Timestamp => Int, |value| value.0;
    Arc<str> => Text, |value| value;
    Vec<u8> => Bytes, |value| value;
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value.into()))
    }
}

/// Parameters of a statement.
macro_rules! plain {
    ($($value:expr),* $(,)?) => { vec![$(crate::plain::Value::from($value)),*] };
}
pub(crate) use plain;

/// A row that was found.
pub(crate) type Row = Box<dyn Columns + Send>;

/// A transaction under way.
#[async_trait]
pub(crate) trait Transaction: Send {
    /// Runs a statement; the number of rows it affected.
    async fn run(&mut self, text: &str, values: Vec<Value>) -> Result<u64, Error>;
    /// Runs a statement; the rows it gives.
    async fn rows(&mut self, text: &str, values: Vec<Value>) -> Result<Vec<Row>, Error>;
}

/// A database that runs such statements.
pub(crate) trait Plain: Send + Sync + 'static {
    /// Does something in one transaction: all of it is kept, or nothing when it fails.
    fn transact<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl for<'t> FnOnce(&'t mut (dyn Transaction + 't)) -> BoxFuture<'t, Result<T, Error>> + Send,
    ) -> impl Future<Output = Result<T, Error>> + Send;

    /// Runs a statement that only reads, beside whatever is being written; the rows it gives.
    fn look(
        &self,
        doing: &'static str,
        text: &'static str,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;

    /// Several servers may work on it.
    const SHARED: bool;

    /// The column and the value to write for a row of no instance where tables have buckets, each with a comma before it.
    const UNBOUND: [&'static str; 2];

    /// The condition that a column has an instance, as `$1`, and its parameters.
    fn owned(column: &str, instance: ProcessInstanceKey) -> (String, Vec<Value>);

    /// The members of the JSON array in a parameter, as table `e`.
    fn each(place: &str) -> String;

    /// The number at a place of a member of [`Plain::each`].
    fn number(place: usize) -> String;

    /// The text at a place of a member of [`Plain::each`].
    fn word(place: usize) -> String;
}

/// A number that is always there.
pub(crate) fn number(row: &Row, index: usize) -> Result<i64, Error> {
    row.int(index)?.ok_or_else(|| missing(index))
}

/// A key that is always there.
pub(crate) fn key(row: &Row, index: usize) -> Result<u64, Error> {
    number(row, index).map(|key| key as u64)
}

/// A text that is always there.
pub(crate) fn text(row: &Row, index: usize) -> Result<Arc<str>, Error> {
    row.text(index)?.ok_or_else(|| missing(index))
}

fn missing(index: usize) -> Error {
    Error::Corrupt { what: format!("column {index} is missing") }
}
