//! The entrance to one connection: so many calls at the same time, the others wait in line.

use std::collections::VecDeque;

use hosk_connector::Limits;
use hosk_core::ProcessInstanceKey;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

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
    waiting: Line<Box<Run>>,
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
        inside.waiting.push(run.root, run);
        None
    }

    /// A call is over; its place goes to the next in line.
    pub(super) fn leave(&self) -> Option<Box<Run>> {
        let mut inside = self.inside.lock();
        let next = inside.waiting.pop();
        if next.is_none() {
            inside.running -= 1;
        }
        next
    }
}

/// A line in which instances, each with those it called, take turns: one with 20,000 jobs holds nobody up. The jobs of one
/// stay in their order.
struct Line<T> {
    waiting: FxHashMap<ProcessInstanceKey, VecDeque<T>>,
    /// Whose turn is next; each that waits stands here once.
    turns: VecDeque<ProcessInstanceKey>,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { waiting: FxHashMap::default(), turns: VecDeque::new() }
    }
}

impl<T> Line<T> {
    fn push(&mut self, root: ProcessInstanceKey, one: T) {
        let of_root = self.waiting.entry(root).or_default();
        if of_root.is_empty() {
            self.turns.push_back(root);
        }
        of_root.push_back(one);
    }

    fn pop(&mut self) -> Option<T> {
        let root = self.turns.pop_front()?;
        let of_root = self.waiting.get_mut(&root)?;
        let one = of_root.pop_front();
        if of_root.is_empty() {
            self.waiting.remove(&root);
        } else {
            self.turns.push_back(root);
        }
        one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_take_turns_and_each_keeps_its_order() {
        let mut line = Line::default();
        let [many, one, late] = [1, 2, 3].map(ProcessInstanceKey);
        for number in 0..4 {
            line.push(many, (many, number));
        }
        line.push(one, (one, 0));
        let first: Vec<_> = std::iter::from_fn(|| line.pop()).take(3).collect();
        assert_eq!(first, [(many, 0), (one, 0), (many, 1)]);
        line.push(late, (late, 0));
        let rest: Vec<_> = std::iter::from_fn(|| line.pop()).collect();
        assert_eq!(rest, [(many, 2), (late, 0), (many, 3)]);
        assert!(line.waiting.is_empty() && line.turns.is_empty(), "nothing is kept of those who are through");
    }
}
