//! Functions of dates, times and durations (DMN 1.5, tables 72, 79 and 80).

use jiff::civil;
use jiff::tz::Offset;

use super::arguments::null;
use super::{Arguments, BuiltIn, Result, function};
use crate::eval::describe;
use crate::number::Number;
use crate::temporal::{self, DateTime, DaysDuration, Time, YearsDuration, Zone};
use crate::value::Value;

pub(super) const FUNCTIONS: &[BuiltIn] = &[
    function("date", &["from", "year, month, day"], date),
    function("time", &["from", "hour, minute, second, offset?"], time),
    function(
        "date and time",
        &["from", "date, time", "date, timezone", "year, month, day, hour, minute, second, offset?"],
        date_and_time,
    ),
    function("duration", &["from"], duration),
    function("years and months duration", &["from, to"], years_and_months),
    function("now", &[""], |a| Ok(now(a))).impure(),
    function("today", &[""], |a| Ok(Value::Date(a.machine.now().date()))).impure(),
    function("day of week", &["date"], |a| named(a, &DAYS, |date| date.weekday().to_monday_zero_offset())),
    function("month of year", &["date"], |a| named(a, &MONTHS, |date| date.month() - 1)),
    function("day of year", &["date"], |a| Ok(Value::from(i64::from(a_date(a, 0)?.day_of_year())))),
    function("week of year", &["date"], |a| Ok(Value::from(i64::from(a_date(a, 0)?.iso_week_date().week())))),
    function("last day of month", &["date"], |a| Ok(Value::Date(a_date(a, 0)?.last_of_month()))),
    function("is", &["value1, value2"], is),
];

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What the conversion function `name` makes of a text.
pub(super) fn from_text(name: &str, text: &str) -> Option<Value> {
    match name {
        "date" => temporal::parse_date(text).map(Value::Date),
        "time" => temporal::parse_time(text).map(Value::from),
        "date and time" => temporal::parse_date_time(text).map(Value::from),
        "duration" => temporal::parse_duration(text),
        _ => None,
    }
}

fn unreadable<T>(text: &str, wanted: &str) -> Result<T> {
    null(format!("`{text:.60}` is no {wanted}"))
}

fn wrong<T>(value: &Value, wanted: &str) -> Result<T> {
    null(format!("{} is no {wanted}", describe(value)))
}

/// A part of a date or time as a small number.
fn part<T: TryFrom<i64>>(a: &Arguments<'_, '_, '_>, index: usize) -> Result<T> {
    let value = a.integer(index)?;
    T::try_from(value).or_else(|_| null(format!("{value} is out of range")))
}

fn civil_date(a: &Arguments<'_, '_, '_>) -> Result<civil::Date> {
    let (year, month, day) = (part::<i16>(a, 0)?, part::<i8>(a, 1)?, part::<i8>(a, 2)?);
    civil::Date::new(year, month, day).or_else(|_| null(format!("there is no date {year}-{month}-{day}")))
}

fn a_date(a: &Arguments<'_, '_, '_>, index: usize) -> Result<civil::Date> {
    match a.single(index) {
        Value::Date(date) => Ok(*date),
        Value::DateTime(date_time) => Ok(date_time.clock.date()),
        other => wrong(other, "date"),
    }
}

fn date(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    match a.len() {
        1 => match a.single(0) {
            Value::String(text) => temporal::parse_date(text).map_or_else(
                || unreadable(text, "date; write for example `2024-12-31`"),
                |date| Ok(Value::Date(date)),
            ),
            _ => a_date(a, 0).map(Value::Date),
        },
        3 => civil_date(a).map(Value::Date),
        _ => null("it takes a text, or year, month and day"),
    }
}

fn time(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    match a.len() {
        1 => match a.single(0) {
            Value::String(text) => temporal::parse_time(text).map_or_else(
                || unreadable(text, "time; write for example `12:30:00`"),
                |time| Ok(time.into()),
            ),
            Value::Time(time) => Ok(Value::Time(time.clone())),
            Value::DateTime(from) => Ok(Time { clock: from.clock.time(), zone: from.zone.clone() }.into()),
            Value::Date(_) => {
                let zone = Some(Zone::Offset(Offset::UTC));
                Ok(Time { clock: civil::Time::midnight(), zone }.into())
            }
            other => wrong(other, "time"),
        },
        3 | 4 => Ok(Time { clock: clock(a, 0)?, zone: offset(a, 3)? }.into()),
        _ => null("it takes a text, or hour, minute, second and perhaps an offset"),
    }
}

/// Hour, minute and second (perhaps with a fraction), from argument `first` on.
fn clock(a: &Arguments<'_, '_, '_>, first: usize) -> Result<civil::Time> {
    let (hour, minute) = (part::<i8>(a, first)?, part::<i8>(a, first + 1)?);
    let nanos = a.number(first + 2)?.multiply(Number::from(1_000_000_000i64));
    let nanos =
        nanos.and_then(|n| n.round(0, crate::number::Rounding::Down)).and_then(Number::to_i64).unwrap_or(-1);
    let (second, fraction) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
    let second = i8::try_from(second).unwrap_or(-1);
    // A leap second is no time of day.
    let valid = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    match civil::Time::new(hour, minute, second, fraction as i32) {
        Ok(time) if valid => Ok(time),
        _ => null(format!("there is no time {hour}:{minute}:{second}")),
    }
}

/// A distance to UTC as a duration; null for a local time.
fn offset(a: &Arguments<'_, '_, '_>, index: usize) -> Result<Option<Zone>> {
    match a.raw(index) {
        Value::Null => Ok(None),
        Value::DaysDuration(DaysDuration(duration)) => {
            let seconds = i32::try_from(duration.as_secs()).ok().filter(|seconds| seconds.abs() <= 18 * 3600);
            match seconds.and_then(|seconds| Offset::from_seconds(seconds).ok()) {
                Some(offset) => Ok(Some(Zone::Offset(offset))),
                None => null("the offset is more than 18 hours"),
            }
        }
        other => wrong(other, "offset, which is a days and time duration"),
    }
}

fn date_and_time(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    match a.len() {
        1 => match a.single(0) {
            Value::String(text) => temporal::parse_date_time(text).map_or_else(
                || unreadable(text, "date and time; write for example `2024-12-31T12:30:00`"),
                |value| Ok(value.into()),
            ),
            Value::DateTime(from) => Ok(Value::DateTime(from.clone())),
            Value::Date(date) => Ok(DateTime::start_of(*date).into()),
            other => wrong(other, "date and time"),
        },
        2 => match (a.single(0), a.single(1)) {
            (Value::DateTime(from), Value::String(zone)) => in_zone(from, zone),
            (_, Value::Time(time)) => {
                let date = a_date(a, 0)?;
                Ok(DateTime { clock: date.to_datetime(time.clock), zone: time.zone.clone() }.into())
            }
            (_, other) => wrong(other, "time"),
        },
        6 | 7 => {
            let clock = civil_date(a)?.to_datetime(clock(a, 3)?);
            let zone = match a.raw(6) {
                Value::String(name) => Some(zone_named(name)?),
                _ => offset(a, 6)?,
            };
            Ok(DateTime { clock, zone }.into())
        }
        _ => null("it takes a text, a date and a time, or year, month, day, hour, minute and second"),
    }
}

fn zone_named(name: &str) -> Result<Zone> {
    let zone = temporal::parse_zone(name).or_else(|| temporal::parse_zone(&format!("@{name}")));
    zone.map_or_else(|| null(format!("`{name:.60}` is no time zone")), Ok)
}

/// The same instant on the clocks of another zone; a local date and time is taken to be there already.
fn in_zone(from: &DateTime, name: &str) -> Result<Value> {
    let zone = zone_named(name)?;
    let Some(own) = &from.zone else {
        return Ok(DateTime { clock: from.clock, zone: Some(zone) }.into());
    };
    let instant = own.offset_at(from.clock).to_timestamp(from.clock);
    let clock = instant.map(|instant| match &zone {
        Zone::Offset(offset) => offset.to_datetime(instant),
        Zone::Named(zone) => zone.to_datetime(instant),
    });
    clock.map_or_else(
        |_| null("the result is beyond the years ±9999"),
        |clock| Ok(DateTime { clock, zone: Some(zone) }.into()),
    )
}

fn duration(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    match a.single(0) {
        Value::String(text) => temporal::parse_duration(text)
            .map_or_else(|| unreadable(text, "duration; write for example `P1DT12H` or `P1Y6M`"), Ok),
        value @ (Value::DaysDuration(_) | Value::YearsDuration(_)) => Ok(value.clone()),
        other => wrong(other, "duration"),
    }
}

fn years_and_months(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let point = |value: &Value| match value {
        Value::Date(date) => Ok(DateTime::start_of(*date)),
        Value::DateTime(date_time) => Ok(DateTime::clone(date_time)),
        other => wrong(other, "date"),
    };
    let (from, to) = (point(a.single(0))?, point(a.single(1))?);
    Ok(YearsDuration(temporal::months_between(&from, &to)).into())
}

fn now(a: &mut Arguments<'_, '_, '_>) -> Value {
    let now = a.machine.now();
    let zone = match now.time_zone().iana_name() {
        Some(name) if name != "UTC" => Zone::Named(now.time_zone().clone()),
        _ => Zone::Offset(now.offset()),
    };
    DateTime { clock: now.datetime(), zone: Some(zone) }.into()
}

fn named(a: &mut Arguments<'_, '_, '_>, names: &[&str], index: fn(civil::Date) -> i8) -> Result<Value> {
    let date = a_date(a, 0)?;
    Ok(names.get(index(date) as usize).copied().into())
}

/// Whether both are the same value of the same type; times also in the same zone.
fn is(a: &mut Arguments<'_, '_, '_>) -> Result<Value> {
    let (x, y) = (a.raw(0), a.raw(1));
    let same_zone = |x: &Option<Zone>, y: &Option<Zone>| match (x, y) {
        (None, None) => true,
        (Some(Zone::Offset(x)), Some(Zone::Offset(y))) => x == y,
        (Some(Zone::Named(x)), Some(Zone::Named(y))) => x.iana_name() == y.iana_name(),
        _ => false,
    };
    Ok(Value::Boolean(match (x, y) {
        (Value::Time(x), Value::Time(y)) => x.clock == y.clock && same_zone(&x.zone, &y.zone),
        (Value::DateTime(x), Value::DateTime(y)) => x.clock == y.clock && same_zone(&x.zone, &y.zone),
        _ => x.type_name() == y.type_name() && a.equal(x, y)?,
    }))
}
