//! FEEL types (DMN 1.5, 10.3.2.9), as `instance of` and typed parameters name them.

use std::fmt;
use std::sync::Arc;

use crate::{Expression, Value, temporal};

/// A FEEL type.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Type {
    /// Every value.
    #[default]
    Any,
    /// Only null.
    Null,
    /// Booleans.
    Boolean,
    /// Numbers.
    Number,
    /// Strings.
    String,
    /// Dates.
    Date,
    /// Times.
    Time,
    /// Dates and times.
    DateTime,
    /// Days and time durations.
    DaysDuration,
    /// Years and months durations.
    YearsDuration,
    /// Lists of items of one type.
    List(Arc<Type>),
    /// Ranges between values of one type.
    Range(Arc<Type>),
    /// Contexts with at least these members.
    Context(Arc<[(Arc<str>, Type)]>),
    /// Functions by parameter types and result type.
    Function(Arc<[Type]>, Arc<Type>),
    /// Any function.
    AnyFunction,
    /// Values of a type that pass unary tests, such as the allowed values of an item definition.
    Restricted(Arc<Restriction>),
}

/// A type and the tests its values pass.
#[derive(Debug)]
pub struct Restriction {
    /// The type without the tests.
    pub of: Type,
    /// Compiled with [`Expression::compile_unary_tests`](crate::Expression::compile_unary_tests).
    pub tests: Expression,
}

impl PartialEq for Restriction {
    fn eq(&self, other: &Self) -> bool {
        self.of == other.of && self.tests.text() == other.tests.text()
    }
}

impl Type {
    /// Whether every value of this type is one of `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Any) | (Self::Null, _) | (Self::Function(..), Self::AnyFunction) => true,
            (Self::List(a), Self::List(b)) | (Self::Range(a), Self::Range(b)) => a.is_within(b),
            (Self::Context(own), Self::Context(wanted)) => wanted.iter().all(|(name, wanted)| {
                own.iter().any(|(own_name, own)| own_name == name && own.is_within(wanted))
            }),
            (Self::Function(own, own_result), Self::Function(wanted, result)) => {
                own.len() == wanted.len()
                    && own.iter().zip(wanted.iter()).all(|(own, wanted)| wanted.is_within(own))
                    && own_result.is_within(result)
            }
            (Self::Restricted(own), other) if !matches!(other, Self::Restricted(_)) => {
                own.of.is_within(other)
            }
            _ => self == other,
        }
    }

    /// The type of a value; lists of different things are lists of Any.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Boolean(_) => Self::Boolean,
            Value::Number(_) | Value::Digits(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Date(_) => Self::Date,
            Value::Time(_) => Self::Time,
            Value::DateTime(_) => Self::DateTime,
            Value::DaysDuration(_) => Self::DaysDuration,
            Value::YearsDuration(_) => Self::YearsDuration,
            Value::List(list) => {
                let mut items = list.items().iter().map(Self::of);
                let first = items.next().unwrap_or(Self::Null);
                Self::List(Arc::new(items.fold(first, Self::or)))
            }
            Value::Context(context) => Self::Context(
                context.entries().iter().map(|(name, value)| (name.clone(), Self::of(value))).collect(),
            ),
            Value::Range(range) => {
                let end = range.low.value().or(range.high.value()).map_or(Self::Any, Self::of);
                Self::Range(Arc::new(end))
            }
            Value::Function(function) => {
                let parameters = function.parameters().iter().map(|parameter| parameter.of.clone()).collect();
                Self::Function(parameters, Arc::new(function.result_type()))
            }
        }
    }

    /// The date, time or duration that a text stands for as a value of this type.
    pub fn read(&self, text: &str) -> Option<Value> {
        match self {
            Self::Date => temporal::parse_date(text).map(Value::Date),
            Self::Time => temporal::parse_time(text).map(|time| Value::Time(Arc::new(time))),
            Self::DateTime => temporal::parse_date_time(text).map(|time| Value::DateTime(Arc::new(time))),
            Self::DaysDuration | Self::YearsDuration => {
                temporal::parse_duration(text).filter(|duration| Self::of(duration) == *self)
            }
            _ => None,
        }
    }

    /// The type without restrictions, which `instance of` does not look at.
    #[must_use]
    pub fn unrestricted(&self) -> Self {
        match self {
            Self::Restricted(restriction) => restriction.of.unrestricted(),
            Self::List(item) => Self::List(Arc::new(item.unrestricted())),
            Self::Range(end) => Self::Range(Arc::new(end.unrestricted())),
            Self::Context(members) => {
                Self::Context(members.iter().map(|(name, of)| (name.clone(), of.unrestricted())).collect())
            }
            Self::Function(parameters, result) => Self::Function(
                parameters.iter().map(Self::unrestricted).collect(),
                Arc::new(result.unrestricted()),
            ),
            other => other.clone(),
        }
    }

    /// The narrowest known type that has the values of both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if other.is_within(&self) {
            self
        } else if self.is_within(&other) {
            other
        } else {
            Self::Any
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Any => "Any",
            Self::Null => "Null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Date => "date",
            Self::Time => "time",
            Self::DateTime => "date and time",
            Self::DaysDuration => "days and time duration",
            Self::YearsDuration => "years and months duration",
            Self::AnyFunction => "function",
            Self::Restricted(restriction) => return write!(f, "{}", restriction.of),
            Self::List(item) => return write!(f, "list<{item}>"),
            Self::Range(end) => return write!(f, "range<{end}>"),
            Self::Context(members) => {
                f.write_str("context<")?;
                for (i, (name, of)) in members.iter().enumerate() {
                    write!(f, "{}{name}: {of}", if i > 0 { ", " } else { "" })?;
                }
                ">"
            }
            Self::Function(parameters, result) => {
                f.write_str("function<")?;
                for (i, of) in parameters.iter().enumerate() {
                    write!(f, "{}{of}", if i > 0 { ", " } else { "" })?;
                }
                return write!(f, ">->{result}");
            }
        };
        f.write_str(name)
    }
}
