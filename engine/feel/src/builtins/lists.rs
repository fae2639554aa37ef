//! List functions (DMN 1.5, table 75) but for statistics. Positions count from 1, negative ones from the end.

use std::cmp::Ordering;

use super::arguments::{Refusal, null};
use super::{Arguments, BuiltIn, Result, function};
use crate::eval::{check_extent, compare, describe, hash_of};
use crate::number::Number;
use crate::value::{Function, List, Value};

pub(super) const FUNCTIONS: &[BuiltIn] = &[
    function("list contains", &["list, element"], list_contains),
    function("count", &["list"], |a| Ok(Value::Number(Number::from(a.list(0)?.len())))),
    function("sublist", &["list, start position, length?"], sublist),
    function("append", &["list, item*"], append),
    function("concatenate", &["list*"], concatenate),
    function("insert before", &["list, position, newItem"], insert_before),
    function("remove", &["list, position"], remove),
    function("list replace", &["list, position, newItem", "list, match, newItem"], list_replace),
    function("reverse", &["list"], reverse),
    function("index of", &["list, match"], index_of),
    function("union", &["list*"], union),
    function("distinct values", &["list"], distinct_values),
    function("duplicate values", &["list"], duplicate_values),
    function("flatten", &["list"], flatten),
    function("sort", &["list, precedes?"], sort),
    function("partition", &["list, size"], partition),
    function("is empty", &["list"], is_empty),
];

fn list_contains(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (list, element) = (a.list(0)?, a.raw(1));
    for item in list.items() {
        if a.equal(item, element)? {
            return Ok(Value::Boolean(true));
        }
    }
    Ok(Value::Boolean(false))
}

fn is_empty(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    Ok(Value::Boolean(match a.raw(0) {
        Value::Context(context) => context.is_empty(),
        _ => a.list(0)?.is_empty(),
    }))
}

/// The index from 0 of a position that must be in a list of `length`.
fn index(position: i64, length: usize) -> Result<usize> {
    let index = match position {
        1.. => position - 1,
        ..=-1 => (length as i64).saturating_add(position),
        0 => -1,
    };
    match usize::try_from(index) {
        Ok(index) if index < length => Ok(index),
        _ => null(format!("the position {position} is outside the {length} items")),
    }
}

fn sublist(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let list = a.list(0)?;
    let start = index(a.whole_part(1)?, list.len())?;
    let rest = list.len() - start;
    let count = if a.is_missing(2) { rest as i64 } else { a.whole_part(2)? };
    match usize::try_from(count) {
        Ok(count) if count <= rest => a.make_list(list.items()[start..start + count].to_vec()),
        _ => null(format!("from there on the list has {rest} items, not {count}")),
    }
}

fn append(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    // A null list is no list, but a list may hold null.
    let mut items = a.list(0)?.into_items();
    items.extend_from_slice(&a.values[1..]);
    a.make_list(items)
}

fn concatenate(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let mut items = Vec::new();
    for index in 0..a.len() {
        let list = a.list(index)?;
        a.charge(list.len())?;
        items.extend_from_slice(list.items());
        a.machine.check_collection(items.len())?;
    }
    a.make_list(items)
}

fn insert_before(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let list = a.list(0)?;
    let at = index(a.whole_part(1)?, list.len())?;
    let mut items = list.into_items();
    items.insert(at, a.raw(2).clone());
    a.make_list(items)
}

fn remove(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let list = a.list(0)?;
    let at = index(a.whole_part(1)?, list.len())?;
    let mut items = list.into_items();
    items.remove(at);
    a.make_list(items)
}

/// Replaces the item at a position, or all for which the function says so.
fn list_replace(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let list = a.list(0)?;
    if let Value::Function(matches) = a.raw(1) {
        let mut items = Vec::with_capacity(list.len());
        for item in list.items() {
            let answer = a.call(matches, vec![item.clone(), a.raw(2).clone()])?;
            match answer {
                Value::Boolean(true) => items.push(a.raw(2).clone()),
                Value::Boolean(false) => items.push(item.clone()),
                other => return null(format!("the function gives {}, not a boolean", describe(&other))),
            }
        }
        return a.make_list(items);
    }
    let at = index(a.whole_part(1)?, list.len())?;
    let mut items = list.into_items();
    items[at] = a.raw(2).clone();
    a.make_list(items)
}

fn reverse(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let mut items = a.list(0)?.into_items();
    items.reverse();
    a.make_list(items)
}

fn index_of(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (list, wanted) = (a.list(0)?, a.raw(1));
    let mut found = Vec::new();
    for (index, item) in list.items().iter().enumerate() {
        if a.equal(item, wanted)? {
            found.push(Value::Number(Number::from(index + 1)));
        }
    }
    a.make_list(found)
}

fn union(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let mut items = Vec::new();
    for index in 0..a.len() {
        let list = a.list(index)?;
        a.charge(list.len())?;
        items.extend_from_slice(list.items());
        a.machine.check_collection(items.len())?;
    }
    let (distinct, _) = grouped(a, &List::from(items))?;
    a.make_list(distinct)
}

fn distinct_values(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let list = a.list(0)?;
    let (distinct, _) = grouped(a, &list)?;
    a.make_list(distinct)
}

/// The values that occur more than once, each once.
fn duplicate_values(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let list = a.list(0)?;
    let (distinct, counts) = grouped(a, &list)?;
    let repeated = distinct.into_iter().zip(counts).filter(|(_, count)| *count > 1).map(|(item, _)| item);
    let repeated = repeated.collect();
    a.make_list(repeated)
}

/// The distinct items in the order they come first, and how often each occurs; in linear time, by hash.
pub(super) fn grouped(a: &mut Arguments<'_, '_, '_>, list: &List) -> Result<(Vec<Value>, Vec<usize>)> {
    let (mut distinct, mut counts): (Vec<Value>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut by_hash: std::collections::BTreeMap<u64, Vec<usize>> = std::collections::BTreeMap::new();
    a.charge(list.len() * 4)?;
    for item in list.items() {
        let candidates = by_hash.entry(hash_of(a.machine, item)?).or_default();
        let mut known = None;
        for candidate in &*candidates {
            if a.equal(&distinct[*candidate], item)? {
                known = Some(*candidate);
                break;
            }
        }
        if let Some(position) = known {
            counts[position] += 1;
        } else {
            candidates.push(distinct.len());
            distinct.push(item.clone());
            counts.push(1);
        }
    }
    Ok((distinct, counts))
}

fn flatten(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    fn collect(a: &mut Arguments<'_, '_, '_>, list: &List, out: &mut Vec<Value>) -> Result<()> {
        check_extent(list.extent())?;
        a.charge(list.len() + 1)?;
        for item in list.items() {
            match item {
                Value::List(inner) => collect(a, inner, out)?,
                other => out.push(other.clone()),
            }
        }
        Ok(a.machine.check_collection(out.len())?)
    }
    let (list, mut out) = (a.list(0)?, Vec::new());
    collect(a, &list, &mut out)?;
    a.make_list(out)
}

/// Stable; by the given order, or by the natural one of numbers, strings, dates and so on.
fn sort(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let list = a.list(0)?;
    let precedes = match a.raw(1) {
        Value::Function(function) => Some(function.clone()),
        Value::Null if a.len() < 2 => None,
        other => return null(format!("argument 2 should be a function, but is {}", describe(other))),
    };
    a.charge(list.len())?;
    let items = list.into_items();
    let sorted = match precedes {
        Some(function) => merge_sorted(items, &mut |x, y| precedes_by(a, &function, x, y))?,
        None => merge_sorted(items, &mut |x, y| {
            a.charge(1)?;
            a.machine.charge_texts(x, y)?;
            match compare(x, y) {
                Some(order) => Ok(order == Ordering::Less),
                None => null(format!("{} and {} have no order", describe(x), describe(y))),
            }
        })?,
    };
    a.make_list(sorted)
}

fn precedes_by(a: &mut Arguments<'_, '_, '_>, function: &Function, x: &Value, y: &Value) -> Result<bool> {
    match a.call(function, vec![x.clone(), y.clone()])? {
        Value::Boolean(before) => Ok(before),
        other => null(format!("the order of two items is {}, not a boolean", describe(&other))),
    }
}

/// Bottom-up merge sort: unlike the standard library's it can stop at an error and puts up with inconsistent orders.
fn merge_sorted(
    mut items: Vec<Value>,
    precedes: &mut dyn FnMut(&Value, &Value) -> std::result::Result<bool, Refusal>,
) -> Result<Vec<Value>> {
    let length = items.len();
    let mut width = 1;
    while width < length {
        let mut merged = Vec::with_capacity(length);
        let mut start = 0;
        while start < length {
            let (middle, end) = ((start + width).min(length), (start + 2 * width).min(length));
            let (mut left, mut right) = (start, middle);
            while left < middle && right < end {
                // The right one goes first only if it must: equal items keep their order.
                if precedes(&items[right], &items[left])? {
                    merged.push(items[right].clone());
                    right += 1;
                } else {
                    merged.push(items[left].clone());
                    left += 1;
                }
            }
            merged.extend_from_slice(&items[left..middle]);
            merged.extend_from_slice(&items[right..end]);
            start = end;
        }
        items = merged;
        width *= 2;
    }
    Ok(items)
}

fn partition(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (list, size) = (a.list(0)?, a.integer(1)?);
    let Some(size) = usize::try_from(size).ok().filter(|size| *size > 0) else {
        return null(format!("the size {size} is not positive"));
    };
    let mut parts = Vec::with_capacity(list.len() / size + 1);
    for part in list.items().chunks(size) {
        parts.push(a.make_list(part.to_vec())?);
    }
    a.make_list(parts)
}
