//! Properties of dates, times and durations (DMN 1.5, table 65).

use jiff::SignedDuration;
use jiff::civil;

use super::{DateTime, DaysDuration, Time, YearsDuration, Zone};
use crate::value::Value;

/// The property, if values of this type have one of that name.
pub(crate) fn property(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Date(date) => of_date(*date, name),
        Value::Time(time) => of_time(time, name),
        Value::DateTime(date_time) => of_date_time(date_time, name),
        Value::DaysDuration(duration) => of_days(*duration, name),
        Value::YearsDuration(YearsDuration(months)) => Some(Value::from(match name {
            "years" => months / 12,
            "months" => months % 12,
            _ => return None,
        })),
        _ => None,
    }
}

fn of_date(date: civil::Date, name: &str) -> Option<Value> {
    Some(Value::from(match name {
        "year" => i64::from(date.year()),
        "month" => i64::from(date.month()),
        "day" => i64::from(date.day()),
        "weekday" => i64::from(date.weekday().to_monday_one_offset()),
        _ => return None,
    }))
}

fn of_clock(clock: civil::Time, name: &str) -> Option<Value> {
    Some(Value::from(match name {
        "hour" => i64::from(clock.hour()),
        "minute" => i64::from(clock.minute()),
        "second" => i64::from(clock.second()),
        _ => return None,
    }))
}

fn of_time(time: &Time, name: &str) -> Option<Value> {
    match name {
        "time offset" => Some(offset(time.zone.as_ref().map(|zone| zone.offset_of_time().seconds()))),
        "timezone" => Some(zone_name(time.zone.as_ref())),
        name => of_clock(time.clock, name),
    }
}

fn of_date_time(date_time: &DateTime, name: &str) -> Option<Value> {
    match name {
        "time offset" => {
            Some(offset(date_time.zone.as_ref().map(|zone| zone.offset_at(date_time.clock).seconds())))
        }
        "timezone" => Some(zone_name(date_time.zone.as_ref())),
        name => of_date(date_time.clock.date(), name).or_else(|| of_clock(date_time.clock.time(), name)),
    }
}

fn offset(seconds: Option<i32>) -> Value {
    seconds.map(|seconds| DaysDuration(SignedDuration::from_secs(i64::from(seconds)))).into()
}

fn zone_name(zone: Option<&Zone>) -> Value {
    match zone {
        Some(Zone::Named(zone)) => zone.iana_name().into(),
        _ => Value::Null,
    }
}

fn of_days(duration: DaysDuration, name: &str) -> Option<Value> {
    let seconds = duration.0.as_secs();
    Some(Value::from(match name {
        "days" => seconds / 86_400,
        "hours" => seconds / 3600 % 24,
        "minutes" => seconds / 60 % 60,
        "seconds" => seconds % 60,
        _ => return None,
    }))
}
