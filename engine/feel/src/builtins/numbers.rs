//! Numeric functions (DMN 1.5, table 76).

use super::arguments::null;
use super::{Arguments, BuiltIn, Result, function};
use crate::number::{Number, Rounding};
use crate::temporal::{DaysDuration, YearsDuration};
use crate::value::Value;

pub(super) const FUNCTIONS: &[BuiltIn] = &[
    function("decimal", &["n, scale"], |a| rounded(a, Rounding::HalfEven)),
    function("floor", &["n, scale?"], |a| rounded(a, Rounding::Floor)),
    function("ceiling", &["n, scale?"], |a| rounded(a, Rounding::Ceiling)),
    function("round up", &["n, scale?"], |a| rounded(a, Rounding::Up)),
    function("round down", &["n, scale?"], |a| rounded(a, Rounding::Down)),
    function("round half up", &["n, scale?"], |a| rounded(a, Rounding::HalfUp)),
    function("round half down", &["n, scale?"], |a| rounded(a, Rounding::HalfDown)),
    function("abs", &["n"], abs),
    function("modulo", &["dividend, divisor"], modulo),
    function("sqrt", &["number"], |a| calculated(a, 2_000, Number::sqrt)),
    function("log", &["number"], |a| calculated(a, 8_000, Number::ln)),
    function("exp", &["number"], |a| calculated(a, 500, Number::exp)),
    function("odd", &["number"], |a| parity(a, true)),
    function("even", &["number"], |a| parity(a, false)),
    function("random number", &[""], random_number).impure(),
];

/// The scale the specification allows.
const SCALES: std::ops::RangeInclusive<i64> = -6111..=6176;

fn rounded(a: &mut Arguments<'_, '_, '_>, rounding: Rounding) -> Result<Value> {
    let number = a.number(0)?;
    let scale = if a.len() > 1 { a.whole_part(1)? } else { 0 };
    if !SCALES.contains(&scale) {
        return null(format!("the scale {scale} is not between -6111 and 6176"));
    }
    result(number.round(scale as i32, rounding))
}

fn result(number: Option<Number>) -> Result<Value> {
    number.map_or_else(|| null("the result is no number or too large"), |number| Ok(Value::Number(number)))
}

/// A function that takes as long as so many steps.
fn calculated(
    a: &mut Arguments<'_, '_, '_>,
    steps: usize,
    calculate: fn(Number) -> Option<Number>,
) -> Result<Value> {
    a.charge(steps)?;
    let number = a.number(0)?;
    match calculate(number) {
        Some(number) => Ok(Value::Number(number)),
        None => null(format!("there is none of {}, or it is too large", number.normalized())),
    }
}

fn abs(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    Ok(match a.single(0) {
        Value::DaysDuration(duration) if duration.0.is_negative() => duration.negated().into(),
        Value::YearsDuration(YearsDuration(months)) => YearsDuration(months.saturating_abs()).into(),
        duration @ Value::DaysDuration(DaysDuration(_)) => duration.clone(),
        _ => a.number(0)?.magnitude().into(),
    })
}

fn modulo(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (dividend, divisor) = (a.number(0)?, a.number(1)?);
    if divisor.is_zero() {
        return null("division by zero");
    }
    result(dividend.modulo(divisor))
}

fn parity(a: &mut Arguments<'_, '_, '_>, odd: bool) -> Result<Value> {
    let number = a.number(0)?;
    if !number.is_integer() {
        return null(format!("{number} has a fraction"));
    }
    let is_odd = number.modulo(Number::from(2)).is_some_and(|rest| !rest.is_zero());
    Ok(Value::Boolean(is_odd == odd))
}

/// A number from 0 to below 1 with 18 digits, pseudo-random from the environment's seed.
fn random_number(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    const SCALE: u64 = 1_000_000_000_000_000_000;
    let fraction = (u128::from(a.machine.next_random()) * u128::from(SCALE)) >> 64;
    result(Number::from(fraction as i64).divide(Number::from(SCALE as i64)))
}
