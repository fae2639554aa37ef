//! What a lane has at hand, in turns: each instance has one thing done, then it is the next one's turn. An instance whose
//! steps are many or large, say one with 20,000 items, holds up the others of its lane by one of its steps, not by all.

use std::collections::VecDeque;

use hosk_core::ProcessInstanceKey;
use rustc_hash::FxHashMap;

use crate::limits::{AT_HAND, CALLS_AT_HAND, RUNS_AT_HAND};

/// Where something was waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Queue {
    Internal,
    Callers,
    Runs,
}

/// Things to do, by the instance they are for; those of one instance stay in the order they came in.
pub(super) struct Rounds<T> {
    /// Whose turn it is. An instance that has something to do is there once; `None`, for what is for many, as often as there
    /// is such a thing.
    turns: VecDeque<Option<ProcessInstanceKey>>,
    waiting: FxHashMap<Option<ProcessInstanceKey>, VecDeque<(Queue, T)>>,
    /// How many there are of each queue.
    internal: usize,
    callers: usize,
    runs: usize,
}

impl<T> Rounds<T> {
    pub(super) fn new() -> Self {
        Self { turns: VecDeque::new(), waiting: FxHashMap::default(), internal: 0, callers: 0, runs: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// How many have something to do.
    pub(super) fn turns(&self) -> usize {
        self.turns.len()
    }

    /// Whether more of a queue may come in: none of them keeps the others out.
    pub(super) fn has_room(&self, queue: Queue) -> bool {
        match queue {
            Queue::Internal => self.internal < AT_HAND,
            Queue::Callers => self.callers < CALLS_AT_HAND,
            Queue::Runs => self.runs < RUNS_AT_HAND,
        }
    }

    /// Something to do; `of`: the instance it is for.
    pub(super) fn add(&mut self, queue: Queue, of: Option<ProcessInstanceKey>, thing: T) {
        *self.count(queue) += 1;
        let things = self.waiting.entry(of).or_default();
        if things.is_empty() || of.is_none() {
            self.turns.push_back(of);
        }
        things.push_back((queue, thing));
    }

    /// The next thing to do; whoever it is of goes to the end of the row.
    pub(super) fn next(&mut self) -> Option<T> {
        let of = self.turns.pop_front()?;
        let things = self.waiting.get_mut(&of)?;
        let (queue, thing) = things.pop_front()?;
        if things.is_empty() {
            self.waiting.remove(&of);
        } else if of.is_some() {
            self.turns.push_back(of);
        }
        *self.count(queue) -= 1;
        Some(thing)
    }

    fn count(&mut self, queue: Queue) -> &mut usize {
        match queue {
            Queue::Internal => &mut self.internal,
            Queue::Callers => &mut self.callers,
            Queue::Runs => &mut self.runs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Option<ProcessInstanceKey> = Some(ProcessInstanceKey(1));
    const OTHER: Option<ProcessInstanceKey> = Some(ProcessInstanceKey(2));
    const THIRD: Option<ProcessInstanceKey> = Some(ProcessInstanceKey(3));

    fn all(rounds: &mut Rounds<u64>) -> Vec<u64> {
        std::iter::from_fn(|| rounds.next()).collect()
    }

    #[test]
    fn one_that_has_much_to_do_holds_nobody_up() {
        let mut rounds = Rounds::new();
        (1..=5).for_each(|thing| rounds.add(Queue::Internal, ONE, thing));
        rounds.add(Queue::Callers, OTHER, 20);
        rounds.add(Queue::Callers, OTHER, 21);
        rounds.add(Queue::Runs, THIRD, 30);
        assert_eq!(rounds.turns(), 3);
        assert_eq!(all(&mut rounds), [1, 20, 30, 2, 21, 3, 4, 5]);
        assert!(rounds.is_empty() && rounds.waiting.is_empty());
    }

    #[test]
    fn what_is_for_many_waits_for_nothing_of_its_kind() {
        let mut rounds = Rounds::new();
        for thing in [1, 2, 3] {
            rounds.add(Queue::Internal, None, thing);
        }
        for thing in [10, 11] {
            rounds.add(Queue::Internal, ONE, thing);
        }
        assert_eq!(rounds.turns(), 4);
        assert_eq!(all(&mut rounds), [1, 2, 3, 10, 11]);
        assert!(rounds.is_empty() && rounds.waiting.is_empty());
    }

    #[test]
    fn a_full_queue_keeps_no_other_out() {
        let mut rounds = Rounds::new();
        (0..AT_HAND as u64).for_each(|thing| rounds.add(Queue::Internal, ONE, thing));
        assert!(!rounds.has_room(Queue::Internal));
        assert!(rounds.has_room(Queue::Callers) && rounds.has_room(Queue::Runs));
        assert!(rounds.next().is_some());
        assert!(rounds.has_room(Queue::Internal));
    }
}
