//! How many jobs wait for their connection, and whose they are.

use std::sync::Arc;

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

    /// A place for one more, if one may wait in memory. One with many jobs leaves room for the others. A place is taken
    /// before the job is stored: what one commit brings must not go beyond the limit together.
    pub(super) fn take_place(self: &Arc<Self>, root: ProcessInstanceKey) -> Option<Place> {
        let mut inside = self.inside.lock();
        let has_room = inside.count < self.limit
            || inside.count < self.limit + self.limit / RESERVE
                && inside.of.get(&root).is_none_or(|count| *count < LITTLE);
        if !has_room {
            return None;
        }
        inside.count += 1;
        *inside.of.entry(root).or_default() += 1;
        Some(Place { waiting: self.clone(), root })
    }

    fn leave(&self, root: ProcessInstanceKey) {
        let mut inside = self.inside.lock();
        let Some(count) = inside.of.get_mut(&root) else { return };
        *count -= 1;
        if *count == 0 {
            inside.of.remove(&root);
        }
        inside.count -= 1;
    }
}

/// The place of one job that waits; free again when this is dropped.
pub(crate) struct Place {
    waiting: Arc<Waiting>,
    root: ProcessInstanceKey,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.waiting.leave(self.root);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_with_many_leaves_room_for_others() {
        let waiting = Arc::new(Waiting::up_to(20));
        let [many, one] = [1, 2].map(ProcessInstanceKey);
        let of_many: Vec<_> = (0..20).map_while(|_| waiting.take_place(many)).collect();
        assert_eq!(of_many.len(), 20);
        assert!(waiting.take_place(many).is_none());
        let of_one: Vec<_> = std::iter::from_fn(|| waiting.take_place(one)).collect();
        assert_eq!(of_one.len(), 5, "then the reserve is full");
        drop(of_many);
        assert!(waiting.take_place(many).is_some());
        assert_eq!(waiting.count(), 5, "the places of the others are free");
    }
}
