//! Sums, differences, products and quotients (DMN 1.5, tables 56 and 57). `None` is null.

use jiff::Timestamp;
use jiff::civil;

use super::{DateTime, DaysDuration, NANOS_PER_SECOND, SECONDS_PER_DAY, Time, YearsDuration, Zone};
use crate::number::Number;
use crate::value::Value;

const NANOS_PER_DAY: i128 = SECONDS_PER_DAY * NANOS_PER_SECOND;

/// Nanoseconds since midnight.
pub(crate) fn nanos_of(clock: civil::Time) -> i128 {
    let seconds = i64::from(clock.hour()) * 3600 + i64::from(clock.minute()) * 60 + i64::from(clock.second());
    i128::from(seconds) * NANOS_PER_SECOND + i128::from(clock.subsec_nanosecond())
}

fn clock_of(nanos: i128) -> Option<civil::Time> {
    let seconds = (nanos / NANOS_PER_SECOND) as i64;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    civil::Time::new(hour as i8, minute as i8, second as i8, (nanos % NANOS_PER_SECOND) as i32).ok()
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn days_since_epoch(date: civil::Date) -> i64 {
    // Years start in March, so that leap days are last.
    let (year, month) = (i64::from(date.year()), i64::from(date.month()));
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(date.day()) - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

/// Days from one date to another.
pub(crate) fn days_between(from: civil::Date, to: civil::Date) -> i64 {
    days_since_epoch(to) - days_since_epoch(from)
}

/// The date so many days later.
pub(crate) fn date_plus(date: civil::Date, days: i64) -> Option<civil::Date> {
    date.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// The date so many months later; days that the month does not have become its last.
fn plus_months(date: civil::Date, months: i64) -> Option<civil::Date> {
    let total = i64::from(date.year())
        .checked_mul(12)?
        .checked_add(i64::from(date.month()) - 1)?
        .checked_add(months)?;
    let year = i16::try_from(total.div_euclid(12)).ok()?;
    let first = civil::Date::new(year, (total.rem_euclid(12) + 1) as i8, 1).ok()?;
    civil::Date::new(year, first.month(), date.day().min(first.days_in_month())).ok()
}

/// Whole months from one to the other, rounded towards zero.
pub(crate) fn months_between(from: &DateTime, to: &DateTime) -> i64 {
    let (a, b) = (from.clock, to.clock);
    let months =
        (i64::from(b.year()) - i64::from(a.year())) * 12 + i64::from(b.month()) - i64::from(a.month());
    let (rest_a, rest_b) = ((a.day(), a.time()), (b.day(), b.time()));
    match months {
        1.. if rest_b < rest_a => months - 1,
        ..=-1 if rest_b > rest_a => months + 1,
        _ => months,
    }
}

impl DateTime {
    /// So many nanoseconds later. In a named zone the instant moves, and the wall clock follows.
    fn plus_nanos(&self, nanos: i128) -> Option<Self> {
        let clock = match &self.zone {
            Some(Zone::Named(zone)) => {
                zone.to_datetime(Timestamp::from_nanosecond(self.nanos().checked_add(nanos)?).ok()?)
            }
            _ => self.moved(nanos)?,
        };
        Some(Self { clock, zone: self.zone.clone() })
    }

    /// The wall clock moved by nanoseconds.
    fn moved(&self, nanos: i128) -> Option<civil::DateTime> {
        let total = nanos_of(self.clock.time()).checked_add(nanos)?;
        let days = i64::try_from(total.div_euclid(NANOS_PER_DAY)).ok()?;
        let date = date_plus(self.clock.date(), days)?;
        Some(date.to_datetime(clock_of(total.rem_euclid(NANOS_PER_DAY))?))
    }

    fn plus_months(&self, months: i64) -> Option<Self> {
        let date = plus_months(self.clock.date(), months)?;
        Some(Self { clock: date.to_datetime(self.clock.time()), zone: self.zone.clone() })
    }
}

impl Time {
    /// So many nanoseconds later, around the clock.
    fn plus_nanos(&self, nanos: i128) -> Option<Self> {
        let total = (nanos_of(self.clock) + nanos % NANOS_PER_DAY).rem_euclid(NANOS_PER_DAY);
        Some(Self { clock: clock_of(total)?, zone: self.zone.clone() })
    }
}

/// `left + right`
pub(crate) fn add(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::DaysDuration(a), Value::DaysDuration(b)) => Some(DaysDuration(a.0.checked_add(b.0)?).into()),
        (Value::YearsDuration(a), Value::YearsDuration(b)) => {
            Some(YearsDuration(a.0.checked_add(b.0)?).into())
        }
        (point, Value::DaysDuration(duration)) | (Value::DaysDuration(duration), point) => {
            moved(point, duration.nanos())
        }
        (point, Value::YearsDuration(duration)) | (Value::YearsDuration(duration), point) => {
            moved_months(point, duration.0)
        }
        _ => None,
    }
}

/// `left − right`
pub(crate) fn subtract(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::DaysDuration(a), Value::DaysDuration(b)) => Some(DaysDuration(a.0.checked_sub(b.0)?).into()),
        (Value::YearsDuration(a), Value::YearsDuration(b)) => {
            Some(YearsDuration(a.0.checked_sub(b.0)?).into())
        }
        (point, Value::DaysDuration(duration)) => moved(point, duration.nanos().checked_neg()?),
        (point, Value::YearsDuration(duration)) => moved_months(point, duration.0.checked_neg()?),
        (Value::Date(a), Value::Date(b)) => {
            DaysDuration::from_nanos(i128::from(days_between(*b, *a)) * NANOS_PER_DAY).map(Value::from)
        }
        (Value::Time(a), Value::Time(b)) if a.zone.is_some() == b.zone.is_some() => {
            DaysDuration::from_nanos(a.nanos() - b.nanos()).map(Value::from)
        }
        (Value::DateTime(a), Value::DateTime(b)) => distance(b, a),
        (Value::DateTime(a), Value::Date(b)) => distance(&start_like(*b, a), a),
        (Value::Date(a), Value::DateTime(b)) => distance(b, &start_like(*a, b)),
        _ => None,
    }
}

/// Midnight of a date, to be compared with `other`: local if that is, else in UTC.
fn start_like(date: civil::Date, other: &DateTime) -> DateTime {
    let start = DateTime::start_of(date);
    DateTime { zone: other.zone.as_ref().and(start.zone), clock: start.clock }
}

fn distance(from: &DateTime, to: &DateTime) -> Option<Value> {
    if from.zone.is_some() != to.zone.is_some() {
        return None;
    }
    DaysDuration::from_nanos(to.nanos() - from.nanos()).map(Value::from)
}

fn moved(point: &Value, nanos: i128) -> Option<Value> {
    match point {
        Value::Date(date) => {
            let days = i64::try_from(nanos.div_euclid(NANOS_PER_DAY)).ok()?;
            date_plus(*date, days).map(Value::Date)
        }
        Value::Time(time) => time.plus_nanos(nanos).map(Value::from),
        Value::DateTime(date_time) => date_time.plus_nanos(nanos).map(Value::from),
        _ => None,
    }
}

fn moved_months(point: &Value, months: i64) -> Option<Value> {
    match point {
        Value::Date(date) => plus_months(*date, months).map(Value::Date),
        Value::DateTime(date_time) => date_time.plus_months(months).map(Value::from),
        _ => None,
    }
}

/// `left · right`
pub(crate) fn multiply(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (duration @ (Value::DaysDuration(_) | Value::YearsDuration(_)), factor) => {
            scaled(duration, |amount| amount.multiply(factor.as_number()?))
        }
        (factor, duration) => scaled(duration, |amount| amount.multiply(factor.as_number()?)),
    }
}

/// `left / right`
pub(crate) fn divide(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::DaysDuration(a), Value::DaysDuration(b)) => {
            Number::from(a.nanos()).divide(Number::from(b.nanos())).map(Value::Number)
        }
        (Value::YearsDuration(a), Value::YearsDuration(b)) => {
            Number::from(a.0).divide(Number::from(b.0)).map(Value::Number)
        }
        (duration, divisor) => scaled(duration, |amount| amount.divide(divisor.as_number()?)),
    }
}

/// A duration with another amount; fractions of months or nanoseconds are cut off.
fn scaled(duration: &Value, change: impl FnOnce(Number) -> Option<Number>) -> Option<Value> {
    let whole = |number: Number| number.round(0, crate::number::Rounding::Down)?.to_i128();
    match duration {
        Value::DaysDuration(duration) => {
            DaysDuration::from_nanos(whole(change(Number::from(duration.nanos()))?)?).map(Value::from)
        }
        Value::YearsDuration(duration) => {
            let months = i64::try_from(whole(change(Number::from(duration.0))?)?).ok()?;
            Some(YearsDuration(months).into())
        }
        _ => None,
    }
}
