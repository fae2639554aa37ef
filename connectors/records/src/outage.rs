//! The fire drill: the ERP plays dead for a while, so that retries, incidents and people's reactions can be seen
//! before the day when it really happens.
//!
//! It concerns calls of ERP operations through the connector: they fail as transient, with the remaining time as
//! the wish for the next attempt. The CRM, the REST resources and the switch itself go on working.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::Error;
use crate::domain::instant;

/// Longest drill; a forgotten one must end by itself.
const MAX_DRILL: Duration = Duration::from_hours(24);
/// What is answered as remaining time when a connection setting keeps the ERP away for good.
const BY_SETTING: Duration = Duration::from_secs(30);

/// Until when the ERP plays dead.
#[derive(Debug, Default)]
pub struct Outage {
    until: AtomicI64,
}

impl Outage {
    /// Starts a drill of that length from now (at most 24 hours), or ends it with zero. Not kept over a restart.
    pub fn set_for(&self, length: Duration) {
        let millis = i64::try_from(length.min(MAX_DRILL).as_millis()).unwrap_or(0);
        let until = if millis == 0 { 0 } else { instant::now().saturating_add(millis) };
        self.until.store(until, Ordering::Relaxed);
    }

    /// How long the drill will last.
    pub fn remaining(&self) -> Option<Duration> {
        let millis = self.until.load(Ordering::Relaxed).saturating_sub(instant::now());
        u64::try_from(millis).ok().filter(|millis| *millis > 0).map(Duration::from_millis)
    }

    /// # Errors
    /// [`Error::Unavailable`] during a drill, or when the connection's setting `unavailable` is `true`.
    pub(crate) fn check(&self, settings: &serde_json::Value) -> Result<(), Error> {
        let by_setting = (settings["unavailable"] == true).then_some(BY_SETTING);
        match self.remaining().or(by_setting) {
            Some(remaining) => Err(Error::Unavailable { remaining }),
            None => Ok(()),
        }
    }
}
