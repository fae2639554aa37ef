//! How many jobs wait for their connection, and whose they are.

use hosk_core::ProcessInstanceKey;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

/// Beyond the limit there is room for this part of it again, for those who have little waiting.
const RESERVE: usize = 4;
/// What is little.
const LITTLE: u32 = 8;

/// Jobs that wait, by the instance at the top of their hierarchy.
pub(super) struct Waiting {
    inside: Mutex<Inside>,
    limit: usize,
}

#[derive(Default)]
struct Inside {
    count: usize,
    of: FxHashMap<ProcessInstanceKey, u32>,
}

impl Waiting {
    pub(super) fn up_to(limit: usize) -> Self {
        Self { inside: Mutex::default(), limit }
    }

    pub(super) fn count(&self) -> usize {
        self.inside.lock().count
    }

    /// Whether one more may wait in memory. One with many jobs leaves room for the others.
    pub(super) fn has_room(&self, root: ProcessInstanceKey) -> bool {
        let inside = self.inside.lock();
        inside.count < self.limit
            || inside.count < self.limit + self.limit / RESERVE
                && inside.of.get(&root).is_none_or(|count| *count < LITTLE)
    }

    pub(super) fn add(&self, root: ProcessInstanceKey) {
        let mut inside = self.inside.lock();
        inside.count += 1;
        *inside.of.entry(root).or_default() += 1;
    }

    pub(super) fn remove(&self, root: ProcessInstanceKey) {
        let mut inside = self.inside.lock();
        let Some(count) = inside.of.get_mut(&root) else { return };
        *count -= 1;
        if *count == 0 {
            inside.of.remove(&root);
        }
        inside.count -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_with_many_leaves_room_for_others() {
        let waiting = Waiting::up_to(20);
        let [many, one] = [1, 2].map(ProcessInstanceKey);
        (0..20).for_each(|_| waiting.add(many));
        assert!(!waiting.has_room(many));
        for _ in 0..5 {
            assert!(waiting.has_room(one));
            waiting.add(one);
        }
        assert!(!waiting.has_room(one), "the reserve is full");
        (0..20).for_each(|_| waiting.remove(many));
        assert!(waiting.has_room(many) && waiting.count() == 5);
    }
}
