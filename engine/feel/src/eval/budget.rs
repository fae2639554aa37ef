//! What an evaluation may still do: steps, and time where the caller has a stopwatch.
//!
//! Steps are counted down in portions; the time is looked at between two of them. So a step costs one subtraction,
//! and an evaluation within the first portion never asks for the time.

use std::time::Duration;

use super::machine::Evaluated;
use crate::{Environment, EvaluationError};

/// Steps between two looks at the time: less than a millisecond of work.
const PORTION: u64 = 8_192;

/// What is left. An evaluation within another one takes it over and hands it back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// Steps until the next look.
    steps: u64,
    /// Steps after that.
    reserve: u64,
    /// What the stopwatch said at the first look.
    begun: Option<Duration>,
}

impl Budget {
    pub(super) fn new(environment: &Environment) -> Self {
        let steps = environment.limits.steps.min(PORTION);
        Self { steps, reserve: environment.limits.steps - steps, begun: None }
    }

    /// Takes `count` steps.
    #[inline]
    pub(super) fn take(&mut self, count: usize, environment: &Environment) -> Evaluated<()> {
        if let Some(left) = self.steps.checked_sub(count as u64) {
            self.steps = left;
            return Ok(());
        }
        self.next_portion(count as u64, environment)
    }

    /// Gives back steps that were taken in advance.
    pub(super) fn give_back(&mut self, count: usize) {
        self.steps = self.steps.saturating_add(count as u64);
    }

    #[cold]
    fn next_portion(&mut self, count: u64, environment: &Environment) -> Evaluated<()> {
        let Some(left) = self.steps.saturating_add(self.reserve).checked_sub(count) else {
            (self.steps, self.reserve) = (0, 0);
            return Err(Box::new(EvaluationError::StepsExceeded { limit: environment.limits.steps }));
        };
        self.steps = left.min(PORTION);
        self.reserve = left - self.steps;
        self.look(environment)
    }

    /// Looks at the time.
    pub(super) fn look(&mut self, environment: &Environment) -> Evaluated<()> {
        let Some(stopwatch) = &environment.stopwatch else { return Ok(()) };
        let read = stopwatch.read();
        let begun = *self.begun.get_or_insert(read);
        let limit = environment.limits.time;
        if read.saturating_sub(begun) <= limit {
            return Ok(());
        }
        // Nothing more is done, even by a caller that goes on.
        (self.steps, self.reserve) = (0, 0);
        Err(Box::new(EvaluationError::TimeExceeded { limit }))
    }
}
