//! Relations of points and ranges in time or on the number line (DMN 1.5, table 78).

use std::cmp::Ordering;

use super::arguments::null;
use super::{Arguments, BuiltIn, Result, function};
use crate::eval::{compare, describe};
use crate::value::{Bound, Range, Value};

const POINTS: &[&str] = &["point1, point2", "point, range", "range, point", "range1, range2"];
const RANGES: &[&str] = &["range1, range2"];

pub(super) const FUNCTIONS: &[BuiltIn] = &[
    function("before", POINTS, |a| with_sides(a, false, before)),
    function("after", POINTS, |a| with_sides(a, true, before)),
    function("meets", RANGES, |a| of_ranges(a, false, meets)),
    function("met by", RANGES, |a| of_ranges(a, true, meets)),
    function("overlaps", RANGES, |a| of_ranges(a, false, overlaps)),
    function("overlaps before", RANGES, |a| of_ranges(a, false, overlaps_before)),
    function("overlaps after", RANGES, |a| of_ranges(a, true, overlaps_before)),
    function("finishes", &["point, range", "range1, range2"], |a| with_sides(a, false, finishes)),
    function("finished by", &["range, point", "range1, range2"], |a| with_sides(a, true, finishes)),
    function("includes", &["range, point", "range1, range2"], |a| with_sides(a, true, during)),
    function("during", &["point, range", "range1, range2"], |a| with_sides(a, false, during)),
    function("starts", &["point, range", "range1, range2"], |a| with_sides(a, false, starts)),
    function("started by", &["range, point", "range1, range2"], |a| with_sides(a, true, starts)),
    function("coincides", &["point1, point2", "range1, range2"], |a| with_sides(a, false, coincides)),
];

/// A point or a range, as its two ends: where, and whether included.
#[derive(Clone, Copy)]
struct Side<'v> {
    low: Option<(&'v Value, bool)>,
    high: Option<(&'v Value, bool)>,
    is_point: bool,
}

fn side(value: &Value) -> Side<'_> {
    let end = |bound: &'_ Bound| -> bool { bound.is_included() };
    match value {
        Value::Range(range) => Side {
            low: range.low.value().map(|value| (value, end(&range.low))),
            high: range.high.value().map(|value| (value, end(&range.high))),
            is_point: false,
        },
        point => Side { low: Some((point, true)), high: Some((point, true)), is_point: true },
    }
}

/// `None` when values cannot be compared.
type Relation = fn(Side<'_>, Side<'_>) -> Option<bool>;

fn with_sides(a: &mut Arguments<'_, '_, '_>, swapped: bool, relation: Relation) -> Result<Value> {
    let (left, right) = (a.single(0), a.single(1));
    let (x, y) = if swapped { (right, left) } else { (left, right) };
    let (x, y) = (side(x), side(y));
    let ends = [x.low, x.high, y.low, y.high].into_iter().flatten();
    let bytes: usize = ends.filter_map(|(end, _)| end.as_str()).map(str::len).sum();
    a.charge(bytes / 64)?;
    match relation(x, y) {
        Some(holds) => Ok(Value::Boolean(holds)),
        None => null(format!("{} and {} cannot be related", describe(left), describe(right))),
    }
}

fn of_ranges(a: &mut Arguments<'_, '_, '_>, swapped: bool, relation: Relation) -> Result<Value> {
    let _: (&Range, &Range) = (a.range(0)?, a.range(1)?);
    with_sides(a, swapped, relation)
}

type End<'v> = Option<(&'v Value, bool)>;

/// The order of two low ends: an excluded one lies a bit higher. An open end is the lowest.
fn order_lows(a: End<'_>, b: End<'_>) -> Option<Ordering> {
    Some(match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some((x, x_in)), Some((y, y_in))) => compare(x, y)?.then(y_in.cmp(&x_in)),
    })
}

/// The order of two high ends: an excluded one lies a bit lower. An open end is the highest.
fn order_highs(a: End<'_>, b: End<'_>) -> Option<Ordering> {
    Some(match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some((x, x_in)), Some((y, y_in))) => compare(x, y)?.then(x_in.cmp(&y_in)),
    })
}

/// Whether all up to the high end `a` lies before all from the low end `b` on.
fn ends_before(a: End<'_>, b: End<'_>) -> Option<bool> {
    let (Some((x, x_in)), Some((y, y_in))) = (a, b) else { return Some(false) };
    Some(match compare(x, y)? {
        Ordering::Less => true,
        Ordering::Equal => !(x_in && y_in),
        Ordering::Greater => false,
    })
}

fn before(a: Side<'_>, b: Side<'_>) -> Option<bool> {
    ends_before(a.high, b.low)
}

fn meets(a: Side<'_>, b: Side<'_>) -> Option<bool> {
    let (Some((x, x_in)), Some((y, y_in))) = (a.high, b.low) else { return Some(false) };
    Some(compare(x, y)?.is_eq() && x_in && y_in)
}

fn overlaps(a: Side<'_>, b: Side<'_>) -> Option<bool> {
    Some(!ends_before(a.high, b.low)? && !ends_before(b.high, a.low)?)
}

/// `a` starts first and ends inside `b`.
fn overlaps_before(a: Side<'_>, b: Side<'_>) -> Option<bool> {
    let (first, inside) = (order_lows(a.low, b.low)?, order_highs(a.high, b.high)?);
    Some(first.is_lt() && !ends_before(a.high, b.low)? && inside.is_le())
}

fn finishes(a: Side<'_>, b: Side<'_>) -> Option<bool> {
    let (Some((x, x_in)), Some((y, y_in))) = (a.high, b.high) else { return Some(false) };
    let same = compare(x, y)?.is_eq() && x_in == y_in;
    Some(same && (a.is_point || order_lows(a.low, b.low)?.is_ge()))
}

fn starts(a: Side<'_>, b: Side<'_>) -> Option<bool> {
    let (Some((x, x_in)), Some((y, y_in))) = (a.low, b.low) else { return Some(false) };
    let same = compare(x, y)?.is_eq() && x_in == y_in;
    Some(same && (a.is_point || order_highs(a.high, b.high)?.is_le()))
}

/// `a` lies in `b`.
fn during(a: Side<'_>, b: Side<'_>) -> Option<bool> {
    Some(order_lows(a.low, b.low)?.is_ge() && order_highs(a.high, b.high)?.is_le())
}

fn coincides(a: Side<'_>, b: Side<'_>) -> Option<bool> {
    Some(order_lows(a.low, b.low)?.is_eq() && order_highs(a.high, b.high)?.is_eq())
}
