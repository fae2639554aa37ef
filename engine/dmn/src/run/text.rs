//! Texts that stand for dates, times and durations: JSON has no other way to write them.

use hosk_feel::{ContextBuilder, Type, Value};

/// The value with every text made a date, time or duration where the type wants one. A text that is none stays.
pub(crate) fn from_text(value: Value, of: &Type) -> Value {
    read(&value, of).unwrap_or(value)
}

/// The value with its texts read; `None` when nothing is to be read, so that it stays the JSON text it may be. Types
/// share their parts and may stand for a tree of any size, so the value leads the way.
fn read(value: &Value, of: &Type) -> Option<Value> {
    match (value, of) {
        (
            Value::String(text),
            Type::Date | Type::Time | Type::DateTime | Type::DaysDuration | Type::YearsDuration,
        ) => of.read(text),
        (_, Type::Restricted(restriction)) => read(value, &restriction.of),
        (Value::List(list), Type::List(item)) => {
            let items: Vec<_> = list.items().iter().map(|value| read(value, item)).collect();
            if items.iter().all(Option::is_none) {
                return None;
            }
            let items =
                items.into_iter().zip(list.items()).map(|(read, own)| read.unwrap_or_else(|| own.clone()));
            Some(Value::from(items.collect::<Vec<_>>()))
        }
        (Value::Context(context), Type::Context(members)) => {
            let entries = members.iter().filter_map(|(name, of)| Some((name, read(context.get(name)?, of)?)));
            let read: Vec<_> = entries.collect();
            if read.is_empty() {
                return None;
            }
            let mut typed = ContextBuilder::from_context(context);
            for (name, value) in read {
                typed.put(name.clone(), value);
            }
            Some(Value::Context(typed.build()))
        }
        _ => None,
    }
}
