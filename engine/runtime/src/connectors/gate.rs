//! The entrance to one connection: so many calls at the same time, the others wait in line.

use std::collections::VecDeque;

use hosk_connector::Limits;
use parking_lot::Mutex;

use super::Run;
use super::breaker::Breaker;

/// The entrance to a connection.
pub(super) struct Gate {
    inside: Mutex<Inside>,
    pub(super) breaker: Breaker,
    limit: u32,
}

#[derive(Default)]
struct Inside {
    running: u32,
    waiting: VecDeque<Box<Run>>,
}

impl Gate {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            inside: Mutex::default(),
            breaker: Breaker::new(limits.breaker_failures, limits.breaker_pause),
            limit: limits.concurrency.max(1),
        }
    }

    /// Lets a job in, or puts it in line.
    pub(super) fn enter(&self, run: Box<Run>) -> Option<Box<Run>> {
        let mut inside = self.inside.lock();
        if inside.running < self.limit {
            inside.running += 1;
            return Some(run);
        }
        inside.waiting.push_back(run);
        None
    }

    /// A call is over; its place goes to the next in line.
    pub(super) fn leave(&self) -> Option<Box<Run>> {
        let mut inside = self.inside.lock();
        let next = inside.waiting.pop_front();
        if next.is_none() {
            inside.running -= 1;
        }
        next
    }
}
