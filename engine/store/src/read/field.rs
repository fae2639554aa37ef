//! Fields, columns and accessors from one table: the `entity!` macro makes of it the row, the field enum, the way
//! from a database row and the way to a comparable cell, so that they cannot drift apart.

use std::sync::Arc;

use hosk_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::words::Codes;
use crate::Error;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A key.
    Key,
    /// A number.
    Int,
    /// A boolean.
    Bool,
    /// A text.
    Text,
    /// A moment.
    Time,
    /// Texts; a condition holds when it holds for one of them.
    List,
    /// One of these words, stored as a number, see [`Codes`]; ordered by the word.
    Code(&'static [&'static str]),
    /// Only to be looked at.
    Opaque,
}

/// A value as stored and compared: keys, times, booleans and codes are numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Cell {
    /// Absent.
    Null,
    /// A number.
    Int(i64),
    /// A text.
    Text(Arc<str>),
    /// Texts.
    List(Vec<Arc<str>>),
}

/// A field of an entity.
pub trait Field: Copy + Eq + std::fmt::Debug + Send + Sync + 'static {
    /// Its entity.
    type Row: Entity<Field = Self>;
    /// Every field, in the order of the columns.
    const ALL: &'static [Self];
    /// What it holds.
    fn kind(self) -> Kind;
    /// The SQL expression for it within [`Entity::FROM`].
    fn column(self) -> &'static str;
    /// What its numbers are called, when it holds one of some words.
    fn codes(self) -> Option<&'static Codes>;
    /// Its value.
    fn of(self, row: &Self::Row) -> Cell;
}

/// A row of the read side.
pub trait Entity: Clone + std::fmt::Debug + Send + Sync + 'static {
    /// Its fields.
    type Field: Field<Row = Self>;
    /// The field that identifies a row.
    const KEY: Self::Field;
    /// The field with its process instance, where it has one.
    const INSTANCE: Option<Self::Field>;
    /// The field with its element instance, where it has one.
    const ELEMENT_INSTANCE: Option<Self::Field>;
    /// Tables and joins in SQL.
    const FROM: &'static str;
    /// Its key.
    fn key(&self) -> u64;
    /// From a database row with the columns of [`Field::ALL`] in order.
    fn read(columns: &impl Columns) -> Result<Self, Error>;
}

/// A database row, by position.
pub trait Columns {
    /// A number.
    fn int(&self, index: usize) -> Result<Option<i64>, Error>;
    /// A text.
    fn text(&self, index: usize) -> Result<Option<Arc<str>>, Error>;
    /// Bytes.
    fn bytes(&self, index: usize) -> Result<Option<Vec<u8>>, Error>;
}

/// A type that is a column.
pub trait Column: Sized {
    /// What it holds.
    const KIND: Kind;
    /// What its numbers are called, when it holds one of some words.
    const CODES: Option<&'static Codes> = None;
    /// For comparing.
    fn cell(&self) -> Cell;
    /// From a database row.
    fn read(columns: &impl Columns, index: usize) -> Result<Option<Self>, Error>;
}

/// A column that must be there.
pub(crate) fn required<T: Column>(value: Option<T>, column: &'static str) -> Result<T, Error> {
    value.ok_or_else(|| Error::Corrupt { what: format!("{column} is missing") })
}

/// Reads a column of a row; options read absent as `None`.
pub(crate) trait Readable: Sized {
    const KIND: Kind;
    const CODES: Option<&'static Codes>;
    fn cell(&self) -> Cell;
    fn read(columns: &impl Columns, index: usize, name: &'static str) -> Result<Self, Error>;
}

impl<T: Column> Readable for T {
    const KIND: Kind = T::KIND;
    const CODES: Option<&'static Codes> = T::CODES;
    fn cell(&self) -> Cell {
        Column::cell(self)
    }
    fn read(columns: &impl Columns, index: usize, name: &'static str) -> Result<Self, Error> {
        required(<T as Column>::read(columns, index)?, name)
    }
}

/// An optional column.
impl<T: Column> Readable for Option<T> {
    const KIND: Kind = T::KIND;
    const CODES: Option<&'static Codes> = T::CODES;
    fn cell(&self) -> Cell {
        self.as_ref().map_or(Cell::Null, Column::cell)
    }
    fn read(columns: &impl Columns, index: usize, _: &'static str) -> Result<Self, Error> {
        <T as Column>::read(columns, index)
    }
}

macro_rules! numbers {
    ($($ty:ty, $kind:ident, $to:expr, $from:expr;)*) => {$(
        impl Column for $ty {
            const KIND: Kind = Kind::$kind;
            fn cell(&self) -> Cell {
                Cell::Int($to(*self))
            }
            fn read(columns: &impl Columns, index: usize) -> Result<Option<Self>, Error> {
                Ok(columns.int(index)?.map($from))
            }
        }
    )*};
}

numbers! {
    u64, Key, |v| v as i64, |v| v as u64;
    i64, Int, |v| v, |v| v;
    u32, Int, i64::from, |v| v as u32;
    i32, Int, i64::from, |v| v as i32;
    u8, Int, i64::from, |v| v as u8;
    bool, Bool, i64::from, |v| v != 0;
    Timestamp, Time, |v: Timestamp| v.0, Timestamp;
}

macro_rules! key_columns {
    ($($name:ident)*) => {$(
        impl Column for hosk_core::$name {
            const KIND: Kind = Kind::Key;
            fn cell(&self) -> Cell {
                Cell::Int(self.0 as i64)
            }
            fn read(columns: &impl Columns, index: usize) -> Result<Option<Self>, Error> {
                Ok(columns.int(index)?.map(|key| Self(key as u64)))
            }
        }
        impl From<hosk_core::$name> for super::Scalar {
            fn from(key: hosk_core::$name) -> Self {
                Self::Key(key.0)
            }
        }
    )*};
}

key_columns! {
    ProcessInstanceKey ElementInstanceKey ProcessDefinitionKey DeploymentKey FormKey JobKey UserTaskKey
    SubscriptionKey MessageKey VariableKey IncidentKey
    DecisionDefinitionKey DecisionRequirementsKey DecisionEvaluationKey DecisionInstanceKey
}

impl Column for Arc<str> {
    const KIND: Kind = Kind::Text;
    fn cell(&self) -> Cell {
        Cell::Text(self.clone())
    }
    fn read(columns: &impl Columns, index: usize) -> Result<Option<Self>, Error> {
        columns.text(index)
    }
}

/// Texts, as a JSON array in one column.
impl Column for Vec<Arc<str>> {
    const KIND: Kind = Kind::List;
    fn cell(&self) -> Cell {
        Cell::List(self.clone())
    }
    fn read(columns: &impl Columns, index: usize) -> Result<Option<Self>, Error> {
        columns.text(index)?.map_or(Ok(Some(Vec::new())), |text| parsed(&text).map(Some))
    }
}

/// Headers, as a JSON array of pairs in one column.
impl Column for Arc<Vec<(String, String)>> {
    const KIND: Kind = Kind::Opaque;
    fn cell(&self) -> Cell {
        Cell::Null
    }
    fn read(columns: &impl Columns, index: usize) -> Result<Option<Self>, Error> {
        columns.text(index)?.map_or(Ok(Some(Arc::default())), |text| parsed(&text).map(|v| Some(Arc::new(v))))
    }
}

/// What an evaluated decision read or gave, as JSON in one column.
macro_rules! recorded {
    ($($name:ident)*) => {$(
        impl Column for Arc<Vec<hosk_core::$name>> {
            const KIND: Kind = Kind::Opaque;
            fn cell(&self) -> Cell {
                Cell::Null
            }
            fn read(columns: &impl Columns, index: usize) -> Result<Option<Self>, Error> {
                columns.text(index)?.map_or(Ok(Some(Arc::default())), |text| parsed(&text).map(|v| Some(Arc::new(v))))
            }
        }
    )*};
}

recorded! { EvaluatedInput MatchedRule }

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt { what: format!("a JSON column: {error}") })
}

/// An enum with wire names, stored as its place among them. New ones are added at the end only. `words` are words of the
/// API that no row has, with what they stand for; `spoken` are names that others go by as well.
macro_rules! codes {
    ($(
        $(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $wire:literal,)* }
        $(+ spoken { $($spoken:literal: $($goes:ident)*;)* })?
        $(+ words { $($word:literal: $($stands:ident)*;)* })?
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* #[doc = concat!("`", $wire, "`.")] $variant,)* }

        impl $name {
            /// Wire names in order.
            pub const NAMES: &'static [&'static str] = &[$($wire,)*];
            /// Every word that is understood: the names first.
            pub const WORDS: &'static [&'static str] = &[$($wire,)* $($($word,)*)?];
            /// All of them in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            const CODES: crate::read::Codes = crate::read::Codes {
                names: Self::NAMES,
                others: &[
                    $($(($spoken, &[$(Self::$goes as i64),*]),)*)?
                    $($(($word, &[$(Self::$stands as i64),*]),)*)?
                ],
            };

            /// The wire name.
            pub fn as_str(self) -> &'static str {
                Self::NAMES[self as usize]
            }
        }

        impl crate::read::field::Column for $name {
            const KIND: crate::read::Kind = crate::read::Kind::Code(Self::WORDS);
            const CODES: Option<&'static crate::read::Codes> = Some(&Self::CODES);
            fn cell(&self) -> crate::read::Cell {
                crate::read::Cell::Int(*self as i64)
            }
            fn read(columns: &impl crate::read::Columns, index: usize) -> Result<Option<Self>, crate::Error> {
                let Some(code) = columns.int(index)? else { return Ok(None) };
                usize::try_from(code).ok().and_then(|code| Self::ALL.get(code).copied()).map(Some).ok_or_else(
                    || crate::Error::Corrupt { what: format!("{} {code} is not known", stringify!($name)) },
                )
            }
        }
    )*};
}

macro_rules! entity {
    (
        $(#[$doc:meta])*
        $name:ident / $field:ident, key $key:ident, instance $instance:expr, element $element:expr, from $from:literal
        { $( $(#[$fdoc:meta])* $variant:ident $column:ident: $ty:ty = $sql:literal; )* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name { $( $(#[$fdoc])* pub $column: $ty, )* }

        #[doc = concat!("Fields of [`", stringify!($name), "`].")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $field { $( $(#[$fdoc])* $variant, )* }

        impl crate::read::Field for $field {
            type Row = $name;
            const ALL: &'static [Self] = &[$( Self::$variant, )*];
            fn kind(self) -> crate::read::Kind {
                match self { $( Self::$variant => <$ty as crate::read::field::Readable>::KIND, )* }
            }
            fn column(self) -> &'static str {
                match self { $( Self::$variant => $sql, )* }
            }
            fn codes(self) -> Option<&'static crate::read::Codes> {
                match self { $( Self::$variant => <$ty as crate::read::field::Readable>::CODES, )* }
            }
            fn of(self, row: &$name) -> crate::read::Cell {
                match self { $( Self::$variant => crate::read::field::Readable::cell(&row.$column), )* }
            }
        }

        impl crate::read::Entity for $name {
            type Field = $field;
            const KEY: $field = $field::Key;
            const INSTANCE: Option<$field> = $instance;
            const ELEMENT_INSTANCE: Option<$field> = $element;
            const FROM: &'static str = $from;
            #[allow(clippy::unnecessary_cast, reason = "some keys are newtypes, some plain numbers")]
            fn key(&self) -> u64 {
                match crate::read::field::Readable::cell(&self.$key) {
                    crate::read::Cell::Int(key) => key as u64,
                    _ => 0,
                }
            }
            fn read(columns: &impl crate::read::Columns) -> Result<Self, crate::Error> {
                let mut index = 0..;
                Ok(Self { $( $column: crate::read::field::Readable::read(
                    columns, index.next().unwrap_or_default(), stringify!($column))?, )* })
            }
        }
    };
}

pub(crate) use {codes, entity};
