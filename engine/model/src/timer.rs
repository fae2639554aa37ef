//! ISO 8601 dates, durations and repeating intervals, and cron: what timers may say (BPMN 10.4.5, ISO 8601-1).

use std::str::FromStr;

use jiff::{Span, Timestamp, ZonedDateTime};

/// A timer text that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct TimerError {
    /// What was expected, as a sentence without full stop.
    pub what: &'static str,
}

/// A repeating timer.
#[derive(Clone, Debug)]
pub enum Cycle {
    /// `R3/PT10H`, `R/2027-01-01T00:00:00Z/P1D`.
    Interval {
        /// How often; `None` is without end.
        repetitions: Option<u32>,
        /// The anchor; without it the cycle starts when the timer does.
        start: Option<Timestamp>,
        /// From one to the next; longer than nothing.
        interval: Span,
    },
    /// Cron text with seconds: `0 0 9 * * MON-FRI`.
    Cron(Box<cron::Schedule>),
}

const DATE: TimerError =
    TimerError { what: "expected an ISO 8601 date and time with offset, such as 2027-01-31T12:00:00Z" };
const DURATION: TimerError = TimerError { what: "expected an ISO 8601 duration, such as PT15M or P2DT12H" };
const CYCLE: TimerError = TimerError {
    what: "expected an ISO 8601 repeating interval, such as R3/PT10H, or cron with seconds, such as 0 0 9 * * MON-FRI",
};
const NEVER: TimerError = TimerError {
    what: "expected a cycle that goes off at least once, after more than no time, such as R1/PT10H",
};

/// A date and time with offset or time zone: `2027-01-31T12:00:00Z`, `…+02:00`, `…[Europe/Berlin]`.
pub fn parse_date(text: &str) -> Result<Timestamp, TimerError> {
    if text.contains('[') {
        return ZonedDateTime::from_str(text).map(|z| z.timestamp()).map_err(|_| DATE);
    }
    Timestamp::from_str(text).map_err(|_| DATE)
}

/// A duration: `PT15M`, `P1Y2M3DT4H5M6S`; negative ones are refused.
pub fn parse_duration(text: &str) -> Result<Span, TimerError> {
    // jiff also reads "1 hour"; a model says it as ISO 8601.
    if !text.starts_with('P') {
        return Err(DURATION);
    }
    let span = Span::from_str(text).map_err(|_| DURATION)?;
    if span.is_negative() { Err(DURATION) } else { Ok(span) }
}

/// A repeating interval or cron.
pub fn parse_cycle(text: &str) -> Result<Cycle, TimerError> {
    match text.strip_prefix('R') {
        Some(rest) => parse_interval(rest),
        None => cron::Schedule::from_str(text).map(|s| Cycle::Cron(Box::new(s))).map_err(|_| CYCLE),
    }
}

fn parse_interval(rest: &str) -> Result<Cycle, TimerError> {
    let mut parts = rest.split('/');
    let repetitions = match parts.next().unwrap_or_default() {
        "" => None,
        number if number.bytes().all(|b| b.is_ascii_digit()) => Some(number.parse().map_err(|_| CYCLE)?),
        _ => return Err(CYCLE),
    };
    let (start, interval) = match (parts.next(), parts.next(), parts.next()) {
        (Some(interval), None, None) => (None, interval),
        (Some(start), Some(interval), None) => (Some(parse_date(start)?), interval),
        _ => return Err(CYCLE),
    };
    let interval = parse_duration(interval).map_err(|_| CYCLE)?;
    if interval.is_zero() || repetitions == Some(0) {
        Err(NEVER)
    } else {
        Ok(Cycle::Interval { repetitions, start, interval })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for good in [
            "2027-01-31T12:00:00Z",
            "2027-01-31T12:00:00.5+02:00",
            "2027-06-01T00:00:00+02:00[Europe/Berlin]",
        ] {
            assert!(parse_date(good).is_ok(), "{good}");
        }
        for bad in ["", "tomorrow", "2027-01-31", "2027-01-31T12:00:00", "2027-13-01T00:00:00Z", "PT1H"] {
            assert!(parse_date(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations() {
        for good in ["PT15M", "P2DT12H", "P1Y", "PT0.5S", "PT0S", "P1W"] {
            assert!(parse_duration(good).is_ok(), "{good}");
        }
        for bad in ["", "P", "PT", "1 hour", "-PT5M", "PT5X", "R/PT5M", "pt"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn cycles() {
        assert!(matches!(
            parse_cycle("R3/PT10H"),
            Ok(Cycle::Interval { repetitions: Some(3), start: None, interval }) if interval.get_hours() == 10
        ));
        assert!(matches!(
            parse_cycle("R/2027-01-01T00:00:00Z/P1D"),
            Ok(Cycle::Interval { repetitions: None, start: Some(_), .. })
        ));
        for good in ["0 0 9 * * MON-FRI", "*/10 * * * * *", "@daily"] {
            assert!(matches!(parse_cycle(good), Ok(Cycle::Cron(_))), "{good}");
        }
        for bad in [
            "",
            "R",
            "R3",
            "R3/",
            "R3/PT0S",
            "R0/PT1H",
            "R-1/PT1H",
            "Rx/PT1H",
            "R3/PT1H/PT2H/P1D",
            "0 9 * *",
            "99 0 9 * * *",
        ] {
            assert!(parse_cycle(bad).is_err(), "{bad}");
        }
    }
}
