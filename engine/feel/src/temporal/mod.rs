//! Dates, times and durations (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8). Years run from −9999 to 9999.

mod format;

use jiff::SignedDuration;
use jiff::civil;
use jiff::tz::{Offset, TimeZone};

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
