//! FEEL types (DMN 1.5, 10.3.2.9), as `instance of` and typed parameters name them.

use std::sync::Arc;
use std::{fmt, mem};

use crate::{Expression, Value, temporal};

/// Parts of a type that are shown.
const SHOWN: usize = 50;
/// Pairs of parts that are compared to find out whether one type is within another.
const COMPARED: usize = 10_000;

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
    /// Whether every value of this type is one of `other`. Not, if it takes too long to find out.
    pub fn is_within(&self, other: &Self) -> bool {
        self.within(other, &mut { COMPARED })
    }

    /// Types share their parts, as values do: a context of twice a context of twice a context. So parts that are the
    /// same are not looked into, and `left` counts those that may be.
    fn within(&self, other: &Self, left: &mut usize) -> bool {
        if *left == 0 {
            return false;
        }
        *left -= 1;
        match (self, other) {
            (_, Self::Any) | (Self::Null, _) | (Self::Function(..), Self::AnyFunction) => true,
            (Self::List(a), Self::List(b)) | (Self::Range(a), Self::Range(b)) => {
                Arc::ptr_eq(a, b) || a.within(b, left)
            }
            (Self::Context(own), Self::Context(wanted)) => {
                Arc::ptr_eq(own, wanted)
                    || wanted.iter().all(|(name, wanted)| {
                        own.iter().any(|(own_name, own)| own_name == name && own.within(wanted, left))
                    })
            }
            (Self::Function(own, own_result), Self::Function(wanted, result)) => {
                own.len() == wanted.len()
                    && own.iter().zip(wanted.iter()).all(|(own, wanted)| wanted.within(own, left))
                    && own_result.within(result, left)
            }
            (Self::Restricted(own), Self::Restricted(other)) => {
                Arc::ptr_eq(own, other)
                    || own.tests.text() == other.tests.text() && own.of.within(&other.of, left)
            }
            (Self::Restricted(own), other) => own.of.within(other, left),
            _ => mem::discriminant(self) == mem::discriminant(other),
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

/// As `instance of` takes it; what is very large is cut short with `…`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &mut { SHOWN })
    }
}

impl Type {
    fn write(&self, f: &mut fmt::Formatter<'_>, left: &mut usize) -> fmt::Result {
        if *left == 0 {
            return f.write_str("…");
        }
        *left -= 1;
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
            Self::Restricted(restriction) => return restriction.of.write(f, left),
            Self::List(item) => {
                f.write_str("list<")?;
                item.write(f, left)?;
                ">"
            }
            Self::Range(end) => {
                f.write_str("range<")?;
                end.write(f, left)?;
                ">"
            }
            Self::Context(members) => {
                f.write_str("context<")?;
                for (i, (name, of)) in members.iter().enumerate() {
                    write!(f, "{}{name}: ", if i > 0 { ", " } else { "" })?;
                    of.write(f, left)?;
                    if *left == 0 {
                        break;
                    }
                }
                ">"
            }
            Self::Function(parameters, result) => {
                f.write_str("function<")?;
                for (i, of) in parameters.iter().enumerate() {
                    f.write_str(if i > 0 { ", " } else { "" })?;
                    of.write(f, left)?;
                    if *left == 0 {
                        break;
                    }
                }
                f.write_str(">->")?;
                return result.write(f, left);
            }
        };
        f.write_str(name)
    }
}
