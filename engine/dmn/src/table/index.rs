//! Which rules of a large table can match: found by the constants of one column instead of trying every rule.
//!
//! Per column, constants are looked up: equal values in a hash table, ranges among intervals sorted by their lower
//! end. Rules whose test in that column is anything else are candidates always. The column with the fewest candidates
//! wins; all tests of a candidate are still evaluated, so the index changes the speed and nothing else.

use std::cmp::Ordering;
use std::sync::Arc;

use hosk_feel::{ConstantTests, Number, Range, Value};
use rustc_hash::FxHashMap;

use super::Rule;
use crate::limits::MIN_INDEXED_RULES;

/// The index of a table; empty for small ones.
#[derive(Debug, Default)]
pub(crate) struct Index {
    columns: Vec<Option<Column>>,
}

/// A constant that equality can be looked up by.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Boolean(bool),
    Number(Number),
    Text(Arc<str>),
}

#[derive(Debug, Default)]
struct Column {
    equal: FxHashMap<Key, Vec<u32>>,
    /// Ascending by lower end; open ones first.
    intervals: Vec<Interval>,
    /// The type of the intervals' ends.
    interval_type: Option<&'static str>,
    /// The place of the interval with the highest end among those up to here.
    highest: Vec<u32>,
    /// Rules that may match whatever the value is.
    others: Vec<u32>,
}

#[derive(Debug)]
struct Interval {
    low: Option<Value>,
    high: Option<Value>,
    rule: u32,
}

impl Index {
    pub(crate) fn new(rules: &[Rule], columns: usize) -> Self {
        if rules.len() < MIN_INDEXED_RULES {
            return Self::default();
        }
        Self { columns: (0..columns).map(|column| Column::new(rules, column)).collect() }
    }

    /// The rules that may match.
    pub(super) fn candidates(&self, values: &[Value]) -> Candidates {
        let (mut rules, mut work): (Option<Vec<u32>>, _) = (None, 0);
        for (column, value) in self.columns.iter().zip(values) {
            let Some(column) = column else { continue };
            let limit = rules.as_ref().map_or(usize::MAX, Vec::len);
            if let Some(found) = column.candidates(value, limit, &mut work) {
                rules = Some(found);
            }
        }
        if let Some(rules) = &mut rules {
            rules.sort_unstable();
            rules.dedup();
        }
        Candidates { rules, work: work / 8 }
    }
}

/// What the index knows about some inputs.
pub(super) struct Candidates {
    /// The rules that may match, ascending; `None` when it must be tried with all.
    pub(super) rules: Option<Vec<u32>>,
    /// Steps that looking them up took.
    pub(super) work: usize,
}

impl Column {
    /// `None` when most rules may match any value.
    fn new(rules: &[Rule], column: usize) -> Option<Self> {
        let mut index = Self::default();
        for (number, rule) in rules.iter().enumerate() {
            index.add(number as u32, rule.tests.get(column)?.constant());
        }
        if index.others.len() * 2 > rules.len() {
            return None;
        }
        index.intervals.sort_by(|a, b| ends(a.low.as_ref(), b.low.as_ref(), Ordering::Less));
        let mut highest = 0;
        for (place, interval) in index.intervals.iter().enumerate() {
            let best = &index.intervals[highest];
            if ends(interval.high.as_ref(), best.high.as_ref(), Ordering::Greater).is_gt() {
                highest = place;
            }
            index.highest.push(highest as u32);
        }
        Some(index)
    }

    fn add(&mut self, rule: u32, tests: Option<&ConstantTests>) {
        let Some(ConstantTests::AnyOf(tests)) = tests else { return self.others.push(rule) };
        let usable = tests.iter().all(|test| match test {
            Value::Range(range) => self.takes(range),
            other => key(other).is_some(),
        });
        if !usable {
            return self.others.push(rule);
        }
        for test in tests {
            if let Value::Range(range) = test {
                let (low, high) = (range.low.value().cloned(), range.high.value().cloned());
                self.intervals.push(Interval { low, high, rule });
            } else if let Some(key) = key(test) {
                self.equal.entry(key).or_default().push(rule);
            }
        }
    }

    /// Whether the range can be among the intervals: all ends in a column have one type with a total order.
    fn takes(&mut self, range: &Range) -> bool {
        let mut of_ends = [&range.low, &range.high].into_iter().filter_map(|end| end.value());
        let Some(first) = of_ends.next() else { return false };
        let name = first.type_name();
        let is_total = matches!(
            first,
            Value::Number(_)
                | Value::Digits(_)
                | Value::String(_)
                | Value::Date(_)
                | Value::DaysDuration(_)
                | Value::YearsDuration(_)
        );
        let same = of_ends.all(|end| end.type_name() == name);
        if range.inverted || !is_total || !same || self.interval_type.is_some_and(|own| own != name) {
            return false;
        }
        self.interval_type = Some(name);
        true
    }

    /// The candidates for a value, if they are fewer than `limit`; adds to `work` how many were looked at.
    fn candidates(&self, value: &Value, limit: usize, work: &mut usize) -> Option<Vec<u32>> {
        let equal = match key(value) {
            Some(key) => self.equal.get(&key).map_or(&[][..], Vec::as_slice),
            // Equality with other values is not looked up by hash.
            None if self.equal.is_empty() => &[],
            None => return None,
        };
        if equal.len() + self.others.len() >= limit {
            return None;
        }
        let mut found = Vec::with_capacity(equal.len() + self.others.len());
        found.extend_from_slice(equal);
        found.extend_from_slice(&self.others);
        *work += found.len();
        if !self.intervals.is_empty() {
            // Null, lists and values of other types are compared in their own ways.
            if self.interval_type != Some(value.type_name()) {
                return None;
            }
            self.around(value, &mut found, limit, work)?;
        }
        (found.len() < limit).then_some(found)
    }

    /// Adds the rules of the intervals around a value; ends count as included, the tests decide.
    fn around(&self, value: &Value, found: &mut Vec<u32>, limit: usize, work: &mut usize) -> Option<()> {
        let after = self.intervals.partition_point(|i| {
            i.low.as_ref().is_none_or(|low| low.order(value).is_some_and(Ordering::is_le))
        });
        let reaches = |interval: &Interval| {
            interval.high.as_ref().is_none_or(|high| high.order(value).is_some_and(Ordering::is_ge))
        };
        for place in (0..after).rev() {
            *work += 1;
            if !reaches(&self.intervals[self.highest[place] as usize]) {
                break;
            }
            if reaches(&self.intervals[place]) {
                found.push(self.intervals[place].rule);
                if found.len() >= limit {
                    return None;
                }
            }
        }
        Some(())
    }
}

/// Compares two ends; an open one is `open` to every other.
fn ends(a: Option<&Value>, b: Option<&Value>, open: Ordering) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.order(b).unwrap_or(Ordering::Equal),
        (None, None) => Ordering::Equal,
        (None, Some(_)) => open,
        (Some(_), None) => open.reverse(),
    }
}

fn key(value: &Value) -> Option<Key> {
    match value {
        Value::Boolean(value) => Some(Key::Boolean(*value)),
        Value::Number(_) | Value::Digits(_) => value.as_number().map(Key::Number),
        Value::String(text) => Some(Key::Text(text.clone())),
        _ => None,
    }
}
