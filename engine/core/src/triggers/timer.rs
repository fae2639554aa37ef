//! Timer trigger (BPMN 2.0, 10.5.5): a date, a duration, or a cycle (ISO 8601 or cron).
//!
//! A cycle keeps its anchor: the next run is counted from when the last one was due, not from when it was noticed, so
//! it does not drift. Runs that were missed while nothing ran fire once, together.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hosk_feel::{Environment, Json, Variables};
use hosk_model::timer::{self, Cycle, TimerError};
use hosk_model::{Dynamic, ElementIndex, TimerKind, TimerTrigger};
use jiff::Span;
use jiff::tz::TimeZone;

use super::{Target, Wait};
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
    target: Target<'_>,
    trigger: &TimerTrigger,
    interrupting: bool,
) -> Result<Wait, Trouble> {
    let text = expressions::text(step, key, "the timer", &trigger.value)?;
    let mut schedule = due(trigger.kind, &text, step.now).map_err(|why| {
        Trouble::new(IncidentKind::ExtractValueError, format!("The timer of '{}': {why}", target.event.id))
    })?;
    if interrupting {
        schedule.repetitions = Some(0);
        schedule.cycle = None;
    }
    Ok(Wait::Timer(Prepared { target: target.slot, schedule }))
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
    let wrong = |error: TimerError| format!("'{text}': {error}.");
    match kind {
        TimerKind::Date => instant(text).map(once).map_err(wrong),
        TimerKind::Duration => {
            let span = timer::parse_duration(text).map_err(wrong)?;
            after(now, &span).map(once).ok_or_else(|| too_late(text))
        }
        TimerKind::Cycle => {
            let cycle = Some(Arc::from(text));
            match timer::parse_cycle(text).map_err(wrong)? {
                Cycle::Cron(schedule) => {
                    let at =
                        next_cron(&schedule, now).ok_or_else(|| format!("'{text}' never comes again."))?;
                    Ok(Due { at, repetitions: None, cycle })
                }
                Cycle::Interval { repetitions: Some(0), .. } => Err(format!("'{text}' never goes off.")),
                Cycle::Interval { repetitions, start, interval } => {
                    let start = start.map(|s| Timestamp(s.as_millisecond()));
                    let at = start.or_else(|| after(now, &interval)).ok_or_else(|| too_late(text))?;
                    Ok(Due { at, repetitions: repetitions.map(|n| n - 1), cycle })
                }
            }
        }
    }
}

/// When the timer of a process's start event is first due, counted from its deployment: the environment's moment.
///
/// No instance is there yet, so FEEL reads no variables.
///
/// # Errors
/// A sentence: what is wrong with the timer.
pub fn start_due(trigger: &TimerTrigger, environment: &Environment) -> Result<Due, String> {
    let text = match &trigger.value {
        Dynamic::Static(text) => text.clone(),
        Dynamic::Expression(expression) => {
            let outcome = expression.evaluate(&NoVariables, environment);
            let value = outcome.map_err(|error| format!("`{}`: {error}.", expression.text()))?.value;
            expressions::text_of(&value)
                .ok_or_else(|| format!("`{}` gives no text, date or duration.", expression.text()))?
        }
    };
    due(trigger.kind, &text, Timestamp(environment.now.as_millisecond()))
}

/// The run of a start timer after one that was due. Runs missed before `now` are skipped, or with `each` made up for
/// one after the other. `None` when it was the last.
pub fn start_due_again(run: &Due, now: Timestamp, each: bool) -> Option<Due> {
    following(run.at, run.repetitions, run.cycle.clone()?, if each { run.at } else { now })
}

/// An expression reads these where no instance is.
struct NoVariables;

impl Variables for NoVariables {
    fn get(&self, _name: &str) -> Option<&Json> {
        None
    }
}

/// The run after the one that was due, anchored; runs before `now` are taken together. `None` when it was the last.
fn next_run(timer: &Timer, now: Timestamp) -> Option<Due> {
    following(timer.due, timer.repetitions, timer.cycle.clone()?, now)
}

fn following(due: Timestamp, repetitions: Option<u32>, cycle: Arc<str>, now: Timestamp) -> Option<Due> {
    let interval = match timer::parse_cycle(&cycle).ok()? {
        Cycle::Cron(schedule) => {
            let at = next_cron(&schedule, now.max(due))?;
            return Some(Due { at, repetitions: None, cycle: Some(cycle) });
        }
        Cycle::Interval { interval, .. } => interval,
    };
    let mut left = repetitions;
    let mut at = due;
    for _ in 0..limits::MISSED_RUNS {
        left = match left {
            Some(0) => return None,
            Some(n) => Some(n - 1),
            None => None,
        };
        at = after(at, &interval)?;
        if at > now {
            return Some(Due { at, repetitions: left, cycle: Some(cycle) });
        }
    }
    let at = after(now, &interval)?;
    Some(Due { at, repetitions: left, cycle: Some(cycle) })
}

/// The instant of a date and time with offset or zone; as FEEL writes zones (`…@Asia/Yerevan`), too.
pub(crate) fn instant(text: &str) -> Result<Timestamp, TimerError> {
    let text = text.trim();
    let by_feel_zone = || {
        let (local, zone) = text.split_once('@')?;
        let local: jiff::civil::DateTime = local.parse().ok()?;
        local.in_tz(zone).ok().map(|z| z.timestamp())
    };
    let found = match by_feel_zone() {
        Some(found) => found,
        None => timer::parse_date(text)?,
    };
    Ok(Timestamp(found.as_millisecond()))
}

fn after(from: Timestamp, span: &Span) -> Option<Timestamp> {
    let from = jiff::Timestamp::from_millisecond(from.0).ok()?.to_zoned_datetime(TimeZone::UTC);
    from.checked_add(*span).ok().map(|z| Timestamp(z.timestamp().as_millisecond()))
}

fn next_cron(schedule: &cron::Schedule, now: Timestamp) -> Option<Timestamp> {
    let now: DateTime<Utc> = DateTime::from_timestamp_millis(now.0)?;
    schedule.after(&now).next().map(|next| Timestamp(next.timestamp_millis()))
}

fn too_late(text: &str) -> String {
    format!("'{text}' from now is beyond the year 9999.")
}
