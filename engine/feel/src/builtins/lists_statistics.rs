//! Functions that boil a list down to one value (DMN 1.5, table 75). They take a list or the items as arguments.

use std::cmp::Ordering;

use super::arguments::null;
use super::lists::grouped;
use super::{Arguments, BuiltIn, Result, function};
use crate::eval::{compare, describe};
use crate::number::Number;
use crate::temporal;
use crate::value::{List, Value};

pub(super) const FUNCTIONS: &[BuiltIn] = &[
    function("min", &["list", "c*"], |a| extreme(a, Ordering::Less)),
    function("max", &["list", "c*"], |a| extreme(a, Ordering::Greater)),
    function("sum", &["list", "n*"], sum),
    function("mean", &["list", "n*"], mean),
    function("product", &["list", "n*"], product),
    function("median", &["list", "n*"], median),
    function("stddev", &["list", "n*"], stddev),
    function("mode", &["list", "n*"], mode),
    function("all", &["list", "b*"], |a| decided(a, false)),
    function("any", &["list", "b*"], |a| decided(a, true)),
    function("and", &["list", "b*"], |a| decided(a, false)),
    function("or", &["list", "b*"], |a| decided(a, true)),
];

fn extreme(a: &mut Arguments<'_, '_, '_>, wanted: Ordering) -> Result<Value> {
    let list = a.items()?;
    a.charge(list.len())?;
    let Some((mut best, rest)) = list.items().split_first() else { return Ok(Value::Null) };
    if compare(best, best).is_none() {
        return null(format!("{} has no order", describe(best)));
    }
    for item in rest {
        a.machine.charge_texts(item, best)?;
        match compare(item, best) {
            Some(order) if order == wanted => best = item,
            Some(_) => {}
            None => return null(format!("{} and {} have no order", describe(item), describe(best))),
        }
    }
    Ok(best.clone())
}

/// The numbers of the list; anything else makes the function null.
fn numbers(a: &mut Arguments<'_, '_, '_>) -> Result<Vec<Number>> {
    let list = a.items()?;
    a.charge(list.len())?;
    let mut numbers = Vec::with_capacity(list.len());
    for (index, item) in list.items().iter().enumerate() {
        match item.as_number() {
            Some(number) => numbers.push(number),
            None => return null(format!("item {} is {}, not a number", index + 1, describe(item))),
        }
    }
    Ok(numbers)
}

fn too_large<T>() -> Result<T> {
    null("the result is too large")
}

fn total(numbers: &[Number]) -> Result<Number> {
    let mut sum = Number::ZERO;
    for number in numbers {
        match sum.plus(*number) {
            Some(next) => sum = next,
            None => return too_large(),
        }
    }
    Ok(sum)
}

fn sum(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let list = a.items()?;
    if list.is_empty() {
        return Ok(Value::Null);
    }
    if let Value::DaysDuration(_) | Value::YearsDuration(_) = list.items()[0] {
        return durations(a, &list);
    }
    Ok(Value::Number(total(&numbers(a)?)?))
}

fn durations(a: &mut Arguments<'_, '_, '_>, list: &List) -> Result<Value> {
    a.charge(list.len())?;
    let mut sum = list.items()[0].clone();
    for item in &list.items()[1..] {
        let duration = matches!(item, Value::DaysDuration(_) | Value::YearsDuration(_));
        match temporal::add(&sum, item).filter(|_| duration) {
            Some(next) => sum = next,
            None => return null(format!("{} and {} have no sum", describe(&sum), describe(item))),
        }
    }
    Ok(sum)
}

fn mean(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let list = a.items()?;
    if let Some(Value::DaysDuration(_) | Value::YearsDuration(_)) = list.items().first() {
        let sum = durations(a, &list)?;
        return Ok(temporal::divide(&sum, &Value::Number(Number::from(list.len()))).unwrap_or_default());
    }
    let numbers = numbers(a)?;
    if numbers.is_empty() {
        return Ok(Value::Null);
    }
    total(&numbers)?.divide(Number::from(numbers.len())).map_or_else(too_large, |mean| Ok(mean.into()))
}

fn product(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let numbers = numbers(a)?;
    if numbers.is_empty() {
        return Ok(Value::Null);
    }
    let product = numbers.iter().try_fold(Number::ONE, |product, number| product.multiply(*number));
    product.map_or_else(too_large, |product| Ok(product.into()))
}

fn median(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let mut numbers = numbers(a)?;
    a.charge(numbers.len() * 4)?;
    numbers.sort_unstable();
    let middle = numbers.len() / 2;
    if numbers.is_empty() {
        return Ok(Value::Null);
    }
    if numbers.len() % 2 == 1 {
        return Ok(numbers[middle].into());
    }
    let sum = numbers[middle - 1].plus(numbers[middle]);
    sum.and_then(|sum| sum.divide(Number::from(2))).map_or_else(too_large, |median| Ok(median.into()))
}

/// The sample standard deviation.
fn stddev(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let numbers = numbers(a)?;
    if numbers.len() < 2 {
        return null("a standard deviation takes at least two numbers");
    }
    a.charge(numbers.len() * 4)?;
    let Some(mean) = total(&numbers)?.divide(Number::from(numbers.len())) else { return too_large() };
    let mut squares = Number::ZERO;
    for number in &numbers {
        let square = number.minus(mean).and_then(|distance| distance.multiply(distance));
        match square.and_then(|square| squares.plus(square)) {
            Some(next) => squares = next,
            None => return too_large(),
        }
    }
    let variance = squares.divide(Number::from(numbers.len() - 1));
    variance.and_then(Number::sqrt).map_or_else(too_large, |deviation| Ok(deviation.into()))
}

/// The most frequent numbers, in ascending order.
fn mode(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let numbers: Vec<Value> = numbers(a)?.into_iter().map(Value::Number).collect();
    let (distinct, counts) = grouped(a, &List::from(numbers))?;
    let most = counts.iter().copied().max().unwrap_or_default();
    let frequent = distinct.into_iter().zip(counts).filter(|(_, count)| *count == most);
    let mut modes: Vec<Number> = frequent.filter_map(|(item, _)| item.as_number()).collect();
    modes.sort_unstable();
    a.make_list(modes.into_iter().map(Value::Number).collect())
}

/// `any` for a decisive true, `all` for a decisive false; what is no boolean leaves it undecided.
fn decided(a: &mut Arguments<'_, '_, '_>, decisive: bool) -> Result<Value> {
    let list = a.items()?;
    a.charge(list.len())?;
    if list.items().iter().any(|item| item.as_bool() == Some(decisive)) {
        return Ok(Value::Boolean(decisive));
    }
    match list.items().iter().find(|item| item.as_bool().is_none()) {
        None => Ok(Value::Boolean(!decisive)),
        Some(Value::Null) => Ok(Value::Null),
        Some(other) => null(format!("the list has {}, not only booleans", describe(other))),
    }
}
