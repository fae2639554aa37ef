//! What evaluations of expressions and decisions get from this node: its limits and its stopwatch.
//!
//! Only here does an evaluation meet a clock. That a step may end differently on a slower node is no harm: what it
//! decided stands in its events, and replaying those evaluates nothing.

use std::time::Instant;

use hosk_core::Timestamp;
use hosk_feel::{Environment, Limits, Stopwatch};

use crate::cluster_variables::Globals;

/// The same for all evaluations of a node.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    limits: Limits,
    stopwatch: Stopwatch,
    globals: Globals,
}

impl Surroundings {
    /// These limits, with time measured by the machine.
    pub(crate) fn new(limits: Limits, globals: Globals) -> Self {
        let start = Instant::now();
        Self { limits, stopwatch: Stopwatch::new(move || start.elapsed()), globals }
    }

    /// For an evaluation for a tenant at this moment.
    pub(crate) fn at(&self, tenant: &str, now: Timestamp) -> Environment {
        let (limits, stopwatch) = (self.limits.clone(), Some(self.stopwatch.clone()));
        let (camunda, hosk) = (self.globals.get(tenant), self.globals.maps.get(tenant));
        Environment { limits, stopwatch, camunda, hosk, ..Environment::at(now.0) }
    }
}

impl Default for Surroundings {
    fn default() -> Self {
        Self::new(Limits::default(), Globals::default())
    }
}
