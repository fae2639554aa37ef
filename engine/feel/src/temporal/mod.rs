//! Dates, times and durations (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8). Years run from −9999 to 9999; what leaves that
//! range is null. Instants are exact to the nanosecond.

mod arithmetic;
mod format;
mod parse;
mod properties;

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{Offset, TimeZone};

pub(crate) use arithmetic::{add, days_between, divide, months_between, multiply, nanos_of, subtract};
pub(crate) use parse::{parse_any, parse_date, parse_date_time, parse_duration, parse_time, parse_zone};
pub(crate) use properties::property;

use crate::value::Value;

/// The zone of a time or date-time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// A fixed distance to UTC.
    Offset(Offset),
    /// A zone of the time zone database.
    Named(TimeZone),
}

/// A time of day.
#[derive(Clone, Debug)]
pub struct Time {
    /// The wall clock.
    pub clock: civil::Time,
    /// Its zone; a time without zone is local.
    pub zone: Option<Zone>,
}

/// A date and time.
#[derive(Clone, Debug)]
pub struct DateTime {
    /// Date and wall clock.
    pub clock: civil::DateTime,
    /// Its zone; without it is local.
    pub zone: Option<Zone>,
}

/// A days and time duration, exact to the nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DaysDuration(pub SignedDuration);

/// A years and months duration, in months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct YearsDuration(pub i64);

pub(crate) const NANOS_PER_SECOND: i128 = 1_000_000_000;
pub(crate) const SECONDS_PER_DAY: i128 = 86_400;

impl Zone {
    /// The distance to UTC of the wall clock `clock` in this zone.
    pub fn offset_at(&self, clock: civil::DateTime) -> Offset {
        match self {
            Self::Offset(offset) => *offset,
            Self::Named(zone) => {
                zone.to_timestamp(clock).map_or(Offset::UTC, |instant| zone.to_offset(instant))
            }
        }
    }

    /// The distance to UTC of a time of day without date: that of 1970-01-01.
    fn offset_of_time(&self) -> Offset {
        match self {
            Self::Offset(offset) => *offset,
            Self::Named(zone) => zone.to_offset(Timestamp::UNIX_EPOCH),
        }
    }
}

impl Time {
    /// A time without zone.
    pub fn local(clock: civil::Time) -> Self {
        Self { clock, zone: None }
    }

    /// Nanoseconds since midnight, moved to UTC if there is a zone.
    pub(crate) fn nanos(&self) -> i128 {
        let offset = self.zone.as_ref().map_or(0, |zone| zone.offset_of_time().seconds());
        nanos_of(self.clock) - i128::from(offset) * NANOS_PER_SECOND
    }

    /// Which is earlier; `None` when only one has a zone.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        (self.zone.is_some() == other.zone.is_some()).then(|| self.nanos().cmp(&other.nanos()))
    }
}

impl DateTime {
    /// A date and time without zone.
    pub fn local(clock: civil::DateTime) -> Self {
        Self { clock, zone: None }
    }

    /// Midnight at the beginning of a date, in UTC: what a date stands for where a date and time is expected.
    pub fn start_of(date: civil::Date) -> Self {
        Self { clock: date.to_datetime(civil::Time::midnight()), zone: Some(Zone::Offset(Offset::UTC)) }
    }

    /// Nanoseconds since 1970-01-01T00:00, moved to UTC if there is a zone.
    pub fn nanos(&self) -> i128 {
        // A wall clock time that is skipped in its zone stands for the instant as long after the gap.
        if let Some(Zone::Named(zone)) = &self.zone
            && let Ok(instant) = zone.to_timestamp(self.clock)
        {
            return instant.as_nanosecond();
        }
        let offset = self.zone.as_ref().map_or(0, |zone| zone.offset_at(self.clock).seconds());
        let days = i128::from(days_between(civil::date(1970, 1, 1), self.clock.date()));
        (days * SECONDS_PER_DAY - i128::from(offset)) * NANOS_PER_SECOND + nanos_of(self.clock.time())
    }

    /// Which is earlier; `None` when only one has a zone.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        (self.zone.is_some() == other.zone.is_some()).then(|| self.nanos().cmp(&other.nanos()))
    }
}

impl DaysDuration {
    /// The duration of so many nanoseconds; `None` when it does not fit 64 bits of seconds.
    pub fn from_nanos(nanos: i128) -> Option<Self> {
        let seconds = i64::try_from(nanos / NANOS_PER_SECOND).ok()?;
        Some(Self(SignedDuration::new(seconds, (nanos % NANOS_PER_SECOND) as i32)))
    }

    /// All of it in nanoseconds.
    pub fn nanos(self) -> i128 {
        self.0.as_nanos()
    }

    /// The opposite duration.
    #[must_use]
    pub fn negated(self) -> Self {
        Self(self.0.checked_neg().unwrap_or(SignedDuration::MAX))
    }
}

impl YearsDuration {
    /// The opposite duration.
    #[must_use]
    pub fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Self::Time(Arc::new(time))
    }
}

impl From<DateTime> for Value {
    fn from(date_time: DateTime) -> Self {
        Self::DateTime(Arc::new(date_time))
    }
}

impl From<civil::Date> for Value {
    fn from(date: civil::Date) -> Self {
        Self::Date(date)
    }
}

impl From<DaysDuration> for Value {
    fn from(duration: DaysDuration) -> Self {
        Self::DaysDuration(duration)
    }
}

impl From<YearsDuration> for Value {
    fn from(duration: YearsDuration) -> Self {
        Self::YearsDuration(duration)
    }
}
