//! FEEL types (DMN 1.5, 10.3.2.9), as `instance of` and typed parameters name them.

use std::fmt;
use std::sync::Arc;

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
