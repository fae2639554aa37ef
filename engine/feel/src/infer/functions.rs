//! Types of built-in functions and properties.

use std::sync::Arc;

use super::{Inference, article, is_unknown};
use crate::Type;
use crate::syntax::ast::{Expr, Span};

/// Functions that take only strings, only numbers, only dates.
const STRINGS: [&str; 12] = [
    "string length",
    "upper case",
    "lower case",
    "trim",
    "substring before",
    "substring after",
    "contains",
    "starts with",
    "ends with",
    "matches",
    "replace",
    "split",
];
const NUMBERS: [&str; 14] = [
    "decimal",
    "floor",
    "ceiling",
    "round up",
    "round down",
    "round half up",
    "round half down",
    "modulo",
    "sqrt",
    "log",
    "exp",
    "odd",
    "even",
    "product",
];
const DATES: [&str; 5] = ["day of week", "day of year", "week of year", "month of year", "last day of month"];

/// The type of a function's result, if it is always the same.
pub(super) fn result(name: &str) -> Type {
    let list = |of: Type| Type::List(Arc::new(of));
    match name {
        "substring" | "upper case" | "lower case" | "trim" | "substring before" | "substring after"
        | "replace" | "string join" | "string format" | "to base64" | "uuid" | "string" | "to string"
        | "to json" | "day of week" | "month of year" => Type::String,
        "string length" | "decimal" | "floor" | "ceiling" | "round up" | "round down" | "round half up"
        | "round half down" | "modulo" | "sqrt" | "log" | "exp" | "random number" | "count" | "product"
        | "median" | "stddev" | "number" | "day of year" | "week of year" => Type::Number,
        "contains" | "starts with" | "ends with" | "matches" | "is blank" | "is empty" | "is defined"
        | "list contains" | "all" | "any" | "and" | "or" | "not" | "odd" | "even" | "is" | "before"
        | "after" | "meets" | "met by" | "overlaps" | "overlaps before" | "overlaps after" | "finishes"
        | "finished by" | "includes" | "during" | "starts" | "started by" | "coincides" => Type::Boolean,
        "date" | "today" | "last day of month" => Type::Date,
        "time" => Type::Time,
        "date and time" | "now" => Type::DateTime,
        "years and months duration" => Type::YearsDuration,
        "split" | "extract" => list(Type::String),
        "index of" | "mode" => list(Type::Number),
        "range" => Type::Range(Arc::new(Type::Any)),
        "context" | "context put" | "context merge" | "put" | "put all" => Type::Context(Arc::new([])),
        "get entries" | "flatten" | "concatenate" | "union" | "append" => list(Type::Any),
        _ => Type::Any,
    }
}

/// The type of a property, if values of the type have it.
pub(super) fn property(of: &Type, name: &str) -> Option<Type> {
    let date =
        matches!(of, Type::Date | Type::DateTime) && matches!(name, "year" | "month" | "day" | "weekday");
    let time = matches!(of, Type::Time | Type::DateTime) && matches!(name, "hour" | "minute" | "second");
    let days = *of == Type::DaysDuration && matches!(name, "days" | "hours" | "minutes" | "seconds");
    let years = *of == Type::YearsDuration && matches!(name, "years" | "months");
    if date || time || days || years {
        return Some(Type::Number);
    }
    match (of, name) {
        (Type::Time | Type::DateTime, "time offset") => Some(Type::DaysDuration),
        (Type::Time | Type::DateTime, "timezone") => Some(Type::String),
        (Type::Range(end), "start" | "end") => Some(Type::clone(end)),
        (Type::Range(_), "start included" | "end included") => Some(Type::Boolean),
        _ => None,
    }
}

impl Inference<'_> {
    /// A call of a built-in function with positional arguments.
    pub(super) fn built_in(&mut self, name: &str, arguments: &[Expr], span: Span) -> Type {
        let types: Vec<Type> = arguments.iter().map(|argument| self.of(argument)).collect();
        if let Some(why) = crate::builtins::find(name).and_then(|function| function.refuses(arguments.len()))
        {
            self.find(span, why);
        }
        let wanted = |of: &Type| {
            let fits = (STRINGS.contains(&name) && *of != Type::String, "a string");
            let number = (NUMBERS.contains(&name) && *of != Type::Number, "a number");
            let date = (DATES.contains(&name) && !matches!(of, Type::Date | Type::DateTime), "a date");
            [fits, number, date].into_iter().find(|(wrong, _)| *wrong).map(|(_, wanted)| wanted)
        };
        for (argument, of) in arguments.iter().zip(&types) {
            // A list of one item counts as the item.
            let item = if let Type::List(item) = of { item } else { of };
            if !is_unknown(item)
                && let Some(wanted) = wanted(item)
            {
                let quoted = self.quoted(argument);
                self.find(argument.span, format!("{quoted} is {}, but `{name}` takes {wanted}", article(of)));
            }
        }
        result_of(name, &types)
    }
}

/// The result's type, where it follows from those of the arguments.
fn result_of(name: &str, types: &[Type]) -> Type {
    let item = |of: &Type| if let Type::List(item) = of { Type::clone(item) } else { of.clone() };
    match (name, types) {
        ("sum" | "min" | "max" | "mean" | "fromAi" | "assert" | "abs", [first, ..]) => match name {
            "fromAi" | "assert" | "abs" => first.clone(),
            _ => types.iter().map(item).reduce(Type::or).unwrap_or_default(),
        },
        ("get or else", [first, second]) => first.clone().or(second.clone()),
        ("sort" | "reverse" | "sublist" | "distinct values" | "duplicate values" | "remove", [first, ..]) => {
            Type::List(Arc::new(item(first)))
        }
        _ => result(name),
    }
}
