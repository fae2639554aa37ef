//! Timer trigger (BPMN 2.0, 10.5.5): a date, a duration, or a cycle (ISO 8601 or cron).
//!
//! A cycle keeps its anchor: the next run is counted from when the last one was due, not from when it was noticed, so
//! it does not drift. Runs that were missed while nothing ran fire once, together.

use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cron::Schedule;
use hosk_model::{Element, ElementIndex, TimerKind, TimerTrigger};
use jiff::tz::TimeZone;
use jiff::{Span, ZonedDateTime};

use super::Wait;
use crate::event::{Event, IncidentKind};
use crate::expressions;
use crate::incidents::Trouble;
use crate::keys::{ElementInstanceKey, TimerKey, Timestamp};
use crate::limits;
use crate::state::Timer;
use crate::step::Step;

/// A timer about to run.
pub(crate) struct Prepared {
    target: ElementIndex,
    schedule: Due,
}

/// When a timer goes off, and how it goes on after that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The first time.
    pub at: Timestamp,
    /// How often again after that; `None`: without end.
    pub repetitions: Option<u32>,
    /// The cycle, when it repeats.
    pub cycle: Option<Arc<str>>,
}

/// Evaluates when the timer is due.
pub(crate) fn prepare(
    step: &Step<'_>,
    key: ElementInstanceKey,
    target: &Element,
    timer: &TimerTrigger,
    interrupting: bool,
) -> Result<Wait, Trouble> {
    let text = expressions::text(step, key, "the timer", &timer.value)?;
    let mut schedule = due(timer.kind, &text, step.now).map_err(|why| {
        Trouble::new(IncidentKind::ExtractValueError, format!("The timer of '{}': {why}", target.id))
    })?;
    if interrupting {
        schedule.repetitions = Some(0);
        schedule.cycle = None;
    }
    Ok(Wait::Timer(Prepared { target: target.index, schedule }))
}

/// Lets the timer run.
pub(super) fn open(step: &mut Step<'_>, element_instance: ElementInstanceKey, prepared: Prepared) {
    let key = TimerKey(step.next_key());
    let Due { at, repetitions, cycle } = prepared.schedule;
    let target = prepared.target;
    step.emit(Event::TimerScheduled { key, element_instance, target, due: at, repetitions, cycle });
}

/// Lets a repeating timer that has just gone off run again.
pub(crate) fn reschedule(step: &mut Step<'_>, timer: &Timer) {
    let Some(next) = next_run(timer, step.now) else { return };
    let prepared = Prepared { target: timer.target, schedule: next };
    open(step, timer.element_instance, prepared);
}

/// When a timer with this text is first due, counted from `now`.
///
/// # Errors
/// A sentence: what is wrong with the text and what it should look like.
pub fn due(kind: TimerKind, text: &str, now: Timestamp) -> Result<Due, String> {
    let text = text.trim();
    let once = |at| Due { at, repetitions: Some(0), cycle: None };
    match kind {
        TimerKind::Date => instant(text).map(once).ok_or_else(|| {
            format!("'{text}' is not a date and time with offset such as 2027-03-01T09:00:00Z.")
        }),
        TimerKind::Duration => {
            let span: Span =
                text.parse().map_err(|_| format!("'{text}' is not a duration such as PT15M or P1DT12H."))?;
            let at =
                after(now, &span).ok_or_else(|| format!("'{text}' from now is beyond the year 9999."))?;
            Ok(once(at.max(now)))
        }
        TimerKind::Cycle => cycle(text, now),
    }
}

fn cycle(text: &str, now: Timestamp) -> Result<Due, String> {
    let Some(parts) = Cycle::parse(text) else {
        let at = next_cron(text, now)?;
        return Ok(Due { at, repetitions: None, cycle: Some(text.into()) });
    };
    let Cycle { repetitions, start, period } = parts?;
    let at = match start {
        Some(start) => start,
        None => after(now, &period).ok_or_else(|| format!("'{text}' from now is beyond the year 9999."))?,
    };
    Ok(Due { at, repetitions: repetitions.map(|n| n.saturating_sub(1)), cycle: Some(text.into()) })
}

/// The run after the one that was due, anchored; runs before `now` are taken together. `None` when it was the last.
fn next_run(timer: &Timer, now: Timestamp) -> Option<Due> {
    let cycle = timer.cycle.as_ref()?;
    if timer.repetitions == Some(0) {
        return None;
    }
    let Some(Ok(Cycle { period, .. })) = Cycle::parse(cycle) else {
        let at = next_cron(cycle, now.max(timer.due)).ok()?;
        return Some(Due { at, repetitions: None, cycle: Some(cycle.clone()) });
    };
    let mut left = timer.repetitions;
    let mut at = timer.due;
    for _ in 0..limits::MISSED_RUNS {
        left = match left {
            Some(0) => return None,
            Some(n) => Some(n - 1),
            None => None,
        };
        at = after(at, &period)?;
        if at > now {
            return Some(Due { at, repetitions: left, cycle: Some(cycle.clone()) });
        }
    }
    let at = after(now, &period)?;
    Some(Due { at, repetitions: left, cycle: Some(cycle.clone()) })
}

/// `R3/PT10H`, `R/2027-01-01T00:00:00Z/P1D`.
struct Cycle {
    /// How often in all; `None`: without end.
    repetitions: Option<u32>,
    start: Option<Timestamp>,
    period: Span,
}

impl Cycle {
    /// `None` when the text is no ISO 8601 cycle at all (it may be cron).
    fn parse(text: &str) -> Option<Result<Self, String>> {
        let (count, rest) = text.strip_prefix('R')?.split_once('/')?;
        let wrong = || {
            format!(
                "'{text}' is not a cycle such as R3/PT10H, R/PT1H or cron text such as 0 0 9 * * MON-FRI."
            )
        };
        Some((|| {
            let repetitions = match count {
                "" | "-1" => None,
                count => Some(count.parse().map_err(|_| wrong())?),
            };
            let (start, period) = match rest.split_once('/') {
                Some((start, period)) => (Some(instant(start).ok_or_else(wrong)?), period),
                None => (None, rest),
            };
            let period: Span = period.parse().map_err(|_| wrong())?;
            if !period.is_positive() {
                return Err(format!("The cycle '{text}' has no positive period."));
            }
            Ok(Self { repetitions, start, period })
        })())
    }
}

/// The instant a date and time with offset or zone names; `2027-03-01T09:00:00+04:00[Asia/Yerevan]` too.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let by_offset = text.parse::<jiff::Timestamp>().ok();
    let by_zone = || text.parse::<ZonedDateTime>().ok().map(|z| z.timestamp());
    let by_feel_zone = || {
        let (local, zone) = text.split_once('@')?;
        let local: jiff::civil::DateTime = local.parse().ok()?;
        local.to_zoned_datetime(TimeZone::get(zone).ok()?).ok().map(|z| z.timestamp())
    };
    by_offset.or_else(by_zone).or_else(by_feel_zone).map(|t| Timestamp(t.as_millisecond()))
}

fn after(from: Timestamp, span: &Span) -> Option<Timestamp> {
    let from = jiff::Timestamp::from_millisecond(from.0).ok()?.to_zoned_datetime(TimeZone::UTC);
    from.checked_add(*span).ok().map(|z| Timestamp(z.timestamp().as_millisecond()))
}

fn next_cron(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let schedule = Schedule::from_str(text).map_err(|error| {
        format!(
            "'{text}' is neither a cycle such as R3/PT10H nor cron text such as 0 0 9 * * MON-FRI: {error}."
        )
    })?;
    let now: DateTime<Utc> = DateTime::from_timestamp_millis(now.0)
        .ok_or_else(|| "the present moment is out of range".to_owned())?;
    let next = schedule.after(&now).next().ok_or_else(|| format!("'{text}' never comes again."))?;
    Ok(Timestamp(next.timestamp_millis()))
}
