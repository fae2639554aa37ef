//! Conditions on numbers that stand in no column: what is the same for all rows, and what is computed from a text.

use hosk_store::read::{Condition, Filter, ProcessInstanceField, Scalar};

use crate::problem::Problem;
use crate::search::{Value, conditions_of};

/// What a value says about a whole number.
pub(super) fn on_number(value: &Value<'_>) -> Result<Vec<Condition>, Problem> {
    // The field stands in for the number only to have the conditions read as those on one.
    let conditions = conditions_of(ProcessInstanceField::ProcessDefinitionVersion, value)?;
    let condition = |filter| if let Filter::Is(_, condition) = filter { Some(condition) } else { None };
    Ok(conditions.into_iter().filter_map(condition).collect())
}

/// What conditions on a number that all rows have leave of them.
pub(super) fn for_all<F>(conditions: &[Condition], number: i64) -> Filter<F> {
    let holds = conditions.iter().all(|condition| holds(condition, number));
    if holds { Filter::everything() } else { Filter::Any(Vec::new()) }
}

/// Whether a number satisfies a condition on one.
pub(super) fn holds(condition: &Condition, number: i64) -> bool {
    let number = Scalar::Int(number);
    match condition {
        Condition::Eq(other) => number == *other,
        Condition::Neq(other) => number != *other,
        Condition::Exists(exists) => *exists,
        Condition::In(others) => others.contains(&number),
        Condition::NotIn(others) => !others.contains(&number),
        Condition::Gt(other) => number > *other,
        Condition::Gte(other) => number >= *other,
        Condition::Lt(other) => number < *other,
        Condition::Lte(other) => number <= *other,
        Condition::Like(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_such() {
        let int = Scalar::Int;
        for (condition, expected) in [
            (Condition::Eq(int(1)), true),
            (Condition::Neq(int(1)), false),
            (Condition::Exists(true), true),
            (Condition::In(vec![int(2), int(1)]), true),
            (Condition::NotIn(vec![int(2)]), true),
            (Condition::Gt(int(1)), false),
            (Condition::Gte(int(1)), true),
            (Condition::Lt(int(10)), true),
            (Condition::Lte(int(0)), false),
        ] {
            assert_eq!(holds(&condition, 1), expected, "{condition:?}");
        }
    }
}
