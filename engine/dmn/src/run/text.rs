//! Texts that stand for dates, times and durations: JSON has no other way to write them.

use hosk_feel::{Context, Type, Value};

/// The value with every text made a date, time or duration where the type wants one. A text that is none stays.
pub(crate) fn from_text(value: Value, of: &Type) -> Value {
    match (&value, of) {
        (
            Value::String(text),
            Type::Date | Type::Time | Type::DateTime | Type::DaysDuration | Type::YearsDuration,
        ) => of.read(text).unwrap_or(value),
        (_, Type::Restricted(restriction)) => from_text(value, &restriction.of),
        (Value::List(list), Type::List(item)) if has_time(item) => {
            Value::from(list.items().iter().map(|value| from_text(value.clone(), item)).collect::<Vec<_>>())
        }
        (Value::Context(context), Type::Context(members)) if has_time(of) => {
            let typed = context.entries().iter().map(|(name, value)| {
                let of = members.iter().find(|(own, _)| own == name).map(|(_, of)| of);
                (name.clone(), of.map_or_else(|| value.clone(), |of| from_text(value.clone(), of)))
            });
            Value::Context(typed.collect::<Context>())
        }
        _ => value,
    }
}

/// Whether values of the type contain dates, times or durations.
fn has_time(of: &Type) -> bool {
    match of {
        Type::Date | Type::Time | Type::DateTime | Type::DaysDuration | Type::YearsDuration => true,
        Type::List(item) => has_time(item),
        Type::Context(members) => members.iter().any(|(_, of)| has_time(of)),
        Type::Restricted(restriction) => has_time(&restriction.of),
        _ => false,
    }
}
