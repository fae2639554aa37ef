//! Dates, times and durations as ISO 8601 text.

use std::fmt;

use super::{DateTime, DaysDuration, Time, YearsDuration, Zone};

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(zone) => write!(f, "@{}", zone.iana_name().unwrap_or("Etc/UTC")),
            Self::Offset(offset) => {
                let seconds = offset.seconds();
                if seconds == 0 {
                    return f.write_str("Z");
                }
                let (sign, all) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
                write!(f, "{sign}{:02}:{:02}", all / 3600, all / 60 % 60)?;
                if all % 60 == 0 { Ok(()) } else { write!(f, ":{:02}", all % 60) }
            }
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.clock)?;
        self.zone.as_ref().map_or(Ok(()), |zone| write!(f, "{zone}"))
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.clock)?;
        self.zone.as_ref().map_or(Ok(()), |zone| write!(f, "{zone}"))
    }
}

impl fmt::Display for YearsDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, months) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        match (months / 12, months % 12) {
            (0, 0) => f.write_str("P0M"),
            (years, 0) => write!(f, "{sign}P{years}Y"),
            (0, months) => write!(f, "{sign}P{months}M"),
            (years, months) => write!(f, "{sign}P{years}Y{months}M"),
        }
    }
}

impl fmt::Display for DaysDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs().unsigned_abs();
        let nanos = self.0.subsec_nanos().unsigned_abs();
        if seconds == 0 && nanos == 0 {
            return f.write_str("PT0S");
        }
        let (days, hours, minutes, rest) =
            (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        f.write_str(if self.0.is_negative() { "-P" } else { "P" })?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if hours > 0 || minutes > 0 || rest > 0 || nanos > 0 {
            f.write_str("T")?;
        }
        if hours > 0 {
            write!(f, "{hours}H")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}M")?;
        }
        match (rest, nanos) {
            (0, 0) => Ok(()),
            (_, 0) => write!(f, "{rest}S"),
            _ => write!(f, "{rest}.{}S", format!("{nanos:09}").trim_end_matches('0')),
        }
    }
}
