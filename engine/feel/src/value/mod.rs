//! FEEL values. Cloning is cheap: what is larger than 16 bytes is shared.
//!
//! Lists and contexts that come from JSON point into the document and are read level by level, when something looks
//! inside; written back they are the text they came from.

mod context;
mod extent;
mod function;
mod json;
mod list;
mod node;
mod range;

use std::sync::Arc;

pub use context::{Context, ContextBuilder};
pub(crate) use extent::Extent;
pub(crate) use function::Body;
pub use function::{Function, HostFunction, Parameter};
pub(crate) use json::feel_text;
pub use list::List;
pub use range::{Bound, Range};

use jiff::civil;

use crate::number::Number;
use crate::temporal::{DateTime, DaysDuration, Time, YearsDuration};

/// A FEEL value.
#[derive(Clone, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A decimal of up to 34 digits.
    Number(Number),
    /// A number from JSON that is no such decimal to the digit: it counts as the rounded number, and is written back
    /// as its text. Read numbers with [`Value::as_number`].
    Digits(Arc<Digits>),
    /// A string.
    String(Arc<str>),
    /// A date.
    Date(civil::Date),
    /// A time of day, perhaps with a zone.
    Time(Arc<Time>),
    /// A date and time, perhaps with a zone.
    DateTime(Arc<DateTime>),
    /// A days and time duration.
    DaysDuration(DaysDuration),
    /// A years and months duration.
    YearsDuration(YearsDuration),
    /// A list.
    List(List),
    /// A context.
    Context(Context),
    /// A range.
    Range(Arc<Range>),
    /// A function.
    Function(Function),
}

/// A JSON number with more digits, or written in another way, than [`Number`] keeps.
#[derive(Debug)]
pub struct Digits {
    /// The nearest decimal.
    pub number: Number,
    /// The JSON text.
    pub text: Box<str>,
}

impl Value {
    /// The value of a string.
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Self::String(text.into())
    }

    /// The name of the value's type, as `instance of` takes it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "boolean",
            Self::Number(_) | Self::Digits(_) => "number",
            Self::String(_) => "string",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::DateTime(_) => "date and time",
            Self::DaysDuration(_) => "days and time duration",
            Self::YearsDuration(_) => "years and months duration",
            Self::List(_) => "list",
            Self::Context(_) => "context",
            Self::Range(_) => "range",
            Self::Function(_) => "function",
        }
    }

    /// Whether it is null.
    #[inline]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The boolean, if it is one.
    #[inline]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Boolean(value) = self { Some(*value) } else { None }
    }

    /// The number, if it is one.
    #[inline]
    pub fn as_number(&self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Digits(digits) => Some(digits.number),
            _ => None,
        }
    }

    /// The string, if it is one.
    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The items, if it is a list.
    #[inline]
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(list) = self { Some(list.items()) } else { None }
    }

    /// The context, if it is one.
    #[inline]
    pub fn as_context(&self) -> Option<&Context> {
        if let Self::Context(context) = self { Some(context) } else { None }
    }

    /// The range, if it is one.
    pub fn as_range(&self) -> Option<&Range> {
        if let Self::Range(range) = self { Some(range) } else { None }
    }

    /// The function, if it is one.
    pub fn as_function(&self) -> Option<&Function> {
        if let Self::Function(function) = self { Some(function) } else { None }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Self::Number(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Number(Number::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::String(value.into())
    }
}

impl From<Vec<Self>> for Value {
    fn from(value: Vec<Self>) -> Self {
        Self::List(List::from(value))
    }
}

impl From<Context> for Value {
    fn from(value: Context) -> Self {
        Self::Context(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// As FEEL text.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::value::json::feel_text(self))
    }
}
