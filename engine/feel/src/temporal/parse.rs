//! ISO 8601 text to dates, times and durations, as strictly as XML Schema reads them.

use jiff::civil;
use jiff::tz::{Offset, TimeZone};

use super::{DateTime, DaysDuration, NANOS_PER_SECOND, SECONDS_PER_DAY, Time, YearsDuration, Zone};
use crate::value::Value;

/// The farthest a zone may be from UTC.
const MAX_OFFSET_SECONDS: i32 = 18 * 3600;

/// A date, a date and time, a time or a duration, by its form.
pub(crate) fn parse_any(text: &str) -> Option<Value> {
    if text.starts_with(['P', 'p']) || text.starts_with("-P") {
        return parse_duration(text);
    }
    if text.contains('T') {
        return parse_date_time(text).map(Value::from);
    }
    parse_date(text).map(Value::Date).or_else(|| parse_time(text).map(Value::from))
}

/// `-?YYYY-MM-DD`
pub(crate) fn parse_date(text: &str) -> Option<civil::Date> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let year_length = digits.find('-')?;
    // No leading zeros beyond four digits, and no more than nine digits at all.
    if !(4..=9).contains(&year_length) || (year_length > 4 && digits.starts_with('0')) {
        return None;
    }
    let rest = &digits[year_length..];
    if rest.len() != 6 || rest.as_bytes()[3] != b'-' {
        return None;
    }
    let year = number(&digits[..year_length])?;
    let year = i16::try_from(if negative { -year } else { year }).ok()?;
    civil::Date::new(year, number(rest.get(1..3)?)? as i8, number(rest.get(4..6)?)? as i8).ok()
}

/// `hh:mm:ss(.f)?` with an optional zone.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let zone_at = text.find(['Z', 'z', '+', '-', '@']).unwrap_or(text.len());
    let (clock, zone) = text.split_at(zone_at);
    let bytes = clock.as_bytes();
    if bytes.len() < 8 || bytes[2] != b':' || bytes[5] != b':' {
        return None;
    }
    let nanos = match clock.get(8..)? {
        "" => 0,
        fraction => parse_fraction(fraction.strip_prefix('.')?)?,
    };
    let part = |range: std::ops::Range<usize>| clock.get(range).and_then(number).map(|n| n as i8);
    let clock = civil::Time::new(part(0..2)?, part(3..5)?, part(6..8)?, nanos).ok()?;
    let zone = if zone.is_empty() { None } else { Some(parse_zone(zone)?) };
    Some(Time { clock, zone })
}

/// A date, `T` and a time; a date alone is its midnight.
pub(crate) fn parse_date_time(text: &str) -> Option<DateTime> {
    let Some((date, time)) = text.split_once('T') else {
        return parse_date(text).map(|date| DateTime::local(date.to_datetime(civil::Time::midnight())));
    };
    let (date, time) = (parse_date(date)?, parse_time(time)?);
    Some(DateTime { clock: date.to_datetime(time.clock), zone: time.zone })
}

/// `Z`, `±hh:mm(:ss)?` or `@Area/City`
pub(crate) fn parse_zone(text: &str) -> Option<Zone> {
    match text.as_bytes().first()? {
        b'Z' | b'z' if text.len() == 1 => Some(Zone::Offset(Offset::UTC)),
        b'@' => named_zone(&text[1..]),
        sign @ (b'+' | b'-') => {
            let bytes = text.as_bytes();
            if !matches!(bytes.len(), 6 | 9) || bytes[3] != b':' || (bytes.len() == 9 && bytes[6] != b':') {
                return None;
            }
            let (hours, minutes) = (number(text.get(1..3)?)?, number(text.get(4..6)?)?);
            let seconds = text.get(7..9).map_or(Some(0), number)?;
            let total = i32::try_from(hours * 3600 + minutes * 60 + seconds).ok()?;
            if minutes > 59 || seconds > 59 || total > MAX_OFFSET_SECONDS {
                return None;
            }
            Offset::from_seconds(if *sign == b'-' { -total } else { total }).ok().map(Zone::Offset)
        }
        _ => None,
    }
}

fn named_zone(name: &str) -> Option<Zone> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return None;
    }
    let zone = TimeZone::get(name).ok()?;
    // Names are case-sensitive, so that a text comes back as it was.
    (zone.iana_name() == Some(name)).then_some(Zone::Named(zone))
}

/// `-?PnYnM` or `-?PnDTnHnMn.nS`
pub(crate) fn parse_duration(text: &str) -> Option<Value> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = rest.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    if date.ends_with(['Y', 'M']) && time.is_empty() {
        let (years, rest) = component(date, 'Y')?;
        let (months, rest) = component(rest, 'M')?;
        let total = years.unwrap_or(0).checked_mul(12)?.checked_add(months.unwrap_or(0))?;
        let total = i64::try_from(total).ok()?;
        return rest.is_empty().then_some(Value::YearsDuration(YearsDuration(if negative {
            -total
        } else {
            total
        })));
    }
    let (days, rest) = component(date, 'D')?;
    if !rest.is_empty() || (days.is_none() && time.is_empty()) {
        return None;
    }
    let (hours, rest) = component(time, 'H')?;
    let (minutes, rest) = component(rest, 'M')?;
    let (seconds, nanos) = seconds_component(rest)?;
    let total =
        days.unwrap_or(0) * SECONDS_PER_DAY + hours.unwrap_or(0) * 3600 + minutes.unwrap_or(0) * 60 + seconds;
    let total = total * NANOS_PER_SECOND + i128::from(nanos);
    DaysDuration::from_nanos(if negative { -total } else { total }).map(Value::DaysDuration)
}

/// The number before `unit` at the start of `text`, if it is there, and the rest.
fn component(text: &str, unit: char) -> Option<(Option<i128>, &str)> {
    let length = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    match text[length..].strip_prefix(unit) {
        Some(rest) => Some((Some(long_number(&text[..length])?), rest)),
        None => Some((None, text)),
    }
}

fn seconds_component(text: &str) -> Option<(i128, i32)> {
    if text.is_empty() {
        return Some((0, 0));
    }
    let text = text.strip_suffix('S')?;
    match text.split_once('.') {
        None => Some((long_number(text)?, 0)),
        Some((whole, fraction)) => {
            Some((long_number(whole)?, if fraction.is_empty() { 0 } else { parse_fraction(fraction)? }))
        }
    }
}

/// Digits after a decimal point as nanoseconds; more than nine are cut off.
fn parse_fraction(digits: &str) -> Option<i32> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nanos = digits
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .fold(0, |sum, b| sum * 10 + i32::from(b - b'0'));
    Some(nanos)
}

/// Up to 18 digits, so that products with units fit.
fn long_number(digits: &str) -> Option<i128> {
    let valid = !digits.is_empty() && digits.len() <= 18 && digits.bytes().all(|b| b.is_ascii_digit());
    if valid { digits.parse().ok() } else { None }
}

fn number(digits: &str) -> Option<i64> {
    long_number(digits).and_then(|n| i64::try_from(n).ok())
}
