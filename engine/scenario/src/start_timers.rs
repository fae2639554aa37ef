//! Timer start events of the newest versions, on virtual time.

use std::sync::Arc;

use hosk_core::{DeployedProcess, Due, Timestamp, start_due, start_due_again};
use hosk_feel::Environment;
use hosk_model::{ElementIndex, Start};

/// A timer start event that runs.
pub(crate) struct StartTimer {
    pub(crate) process: Arc<DeployedProcess>,
    pub(crate) element: ElementIndex,
    run: Due,
}

/// Those of a scenario.
#[derive(Default)]
pub(crate) struct StartTimers(Vec<StartTimer>);

impl StartTimers {
    /// The timers of these processes, counted from `now`. A timer that cannot be evaluated never goes off; a deployment
    /// refuses it.
    pub(crate) fn of<'p>(processes: impl Iterator<Item = &'p Arc<DeployedProcess>>, now: Timestamp) -> Self {
        let mut timers = Vec::new();
        for process in processes {
            for (element, start) in process.definition.starts() {
                if let Start::Timer(timer) = start
                    && let Ok(run) = start_due(timer, &Environment::at(now.0))
                {
                    timers.push(StartTimer { process: process.clone(), element, run });
                }
            }
        }
        Self(timers)
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.0.iter().map(|timer| timer.run.at).min()
    }

    /// The next one goes off.
    pub(crate) fn fire(&mut self, now: Timestamp) -> Option<(Arc<DeployedProcess>, ElementIndex)> {
        let next = self.next()?;
        let at = self.0.iter().position(|timer| timer.run.at == next)?;
        let fired = (self.0[at].process.clone(), self.0[at].element);
        match start_due_again(&self.0[at].run, now, false) {
            Some(run) => self.0[at].run = run,
            None => _ = self.0.remove(at),
        }
        Some(fired)
    }
}
