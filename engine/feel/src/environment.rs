//! What an evaluation gets from outside besides variables: the moment, the time zone, a seed and the limits.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::{Json, Limits, Stopwatch, Value};

/// The surroundings of one evaluation. The same text, variables and environment give the same outcome;
/// only whether a [stopwatch](Self::stopwatch) ends an evaluation differs.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The moment for `now()` and `today()`.
    pub now: Timestamp,
    /// The zone `now()` and `today()` are told in, and that date-times without zone are compared in.
    pub zone: TimeZone,
    /// Where `random number()` and `uuid()` start.
    pub seed: u64,
    /// What the evaluation may use.
    pub limits: Limits,
    /// What [`Limits::time`] is measured with.
    pub stopwatch: Option<Stopwatch>,
    /// The variable `camunda`, where there is no other of that name: what the installation knows.
    pub camunda: Option<Json>,
    /// The variable `hosk`, likewise: large things that are not copied for an evaluation.
    pub hosk: Option<Value>,
}

impl Environment {
    /// The moment `epoch_millis` after 1970-01-01T00:00Z, in UTC, with default limits and no stopwatch; the seed is the
    /// moment.
    /// Moments beyond the years ±9999 are moved to the nearest one.
    pub fn at(epoch_millis: i64) -> Self {
        let nearest = if epoch_millis < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Self {
            now: Timestamp::from_millisecond(epoch_millis).unwrap_or(nearest),
            zone: TimeZone::UTC,
            seed: epoch_millis as u64,
            limits: Limits::default(),
            stopwatch: None,
            camunda: None,
            hosk: None,
        }
    }

    /// What a name stands for where there is no variable of that name.
    pub(crate) fn known(&self, name: &str) -> Option<Value> {
        match name {
            "camunda" => self.camunda.as_ref().map(Value::from_json),
            "hosk" => self.hosk.clone(),
            _ => None,
        }
    }
}
