//! What a lane has at hand, in turns: each instance has one thing done, then it is the next one's turn. An instance whose
//! steps are many or large, say one with 20,000 items, holds up the others of its lane by one of its steps, not by all.

use std::collections::VecDeque;

use hosk_core::ProcessInstanceKey;
use rustc_hash::FxHashMap;

use super::Work;
use crate::limits::{AT_HAND, CALLS_AT_HAND, RUNS_AT_HAND};

/// Where something was waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Queue {
    Internal,
    Callers,
    Runs,
}

/// Things to do, by the instance they are for; those of one instance stay in the order they came in.
#[derive(Default)]
pub(super) struct Rounds {
    /// Whose turn it is; each has something to do. `None`: what is for no instance, or for many.
    turns: VecDeque<Option<ProcessInstanceKey>>,
    waiting: FxHashMap<Option<ProcessInstanceKey>, VecDeque<(Queue, Work)>>,
    /// How many there are of each queue.
    internal: usize,
    callers: usize,
    runs: usize,
}

impl Rounds {
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

    pub(super) fn add(&mut self, queue: Queue, work: Work) {
        *self.count(queue) += 1;
        let of = work.instance();
        let things = self.waiting.entry(of).or_default();
        if things.is_empty() {
            self.turns.push_back(of);
        }
        things.push_back((queue, work));
    }

    /// The next thing to do; whoever it is of goes to the end of the row.
    pub(super) fn next(&mut self) -> Option<Work> {
        let of = self.turns.pop_front()?;
        let things = self.waiting.get_mut(&of)?;
        let (queue, work) = things.pop_front()?;
        if things.is_empty() {
            self.waiting.remove(&of);
        } else {
            self.turns.push_back(of);
        }
        *self.count(queue) -= 1;
        Some(work)
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
    use hosk_core::JobKey;

    use super::*;
    use crate::lane::RunJob;

    fn run(instance: u64, job: u64) -> Work {
        Work::RunJob(RunJob { instance: ProcessInstanceKey(instance), job: JobKey(job), place: None })
    }

    fn jobs(rounds: &mut Rounds) -> Vec<u64> {
        let job = |work| if let Work::RunJob(run) = work { run.job.0 } else { 0 };
        std::iter::from_fn(|| rounds.next().map(job)).collect()
    }

    #[test]
    fn one_that_has_much_to_do_holds_nobody_up() {
        let mut rounds = Rounds::default();
        (1..=5).for_each(|job| rounds.add(Queue::Internal, run(1, job)));
        rounds.add(Queue::Callers, run(2, 20));
        rounds.add(Queue::Callers, run(2, 21));
        rounds.add(Queue::Runs, run(3, 30));
        assert_eq!(rounds.turns(), 3);
        assert_eq!(jobs(&mut rounds), [1, 20, 30, 2, 21, 3, 4, 5]);
        assert!(rounds.is_empty() && rounds.waiting.is_empty());
    }

    #[test]
    fn a_full_queue_keeps_no_other_out() {
        let mut rounds = Rounds::default();
        (0..AT_HAND as u64).for_each(|job| rounds.add(Queue::Internal, run(1, job)));
        assert!(!rounds.has_room(Queue::Internal));
        assert!(rounds.has_room(Queue::Callers) && rounds.has_room(Queue::Runs));
        assert!(rounds.next().is_some());
        assert!(rounds.has_room(Queue::Internal));
    }
}
