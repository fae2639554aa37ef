//! How many jobs wait for their connection, and whose they are.

use std::sync::Arc;

use hosk_core::ProcessInstanceKey;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio::sync::Notify;

/// When so much of the limit is free again, those that found no place are looked for.
const HALF: usize = 2;
/// Beyond the limit there is room for this part of it again, for those who have little waiting.
const RESERVE: usize = 4;
/// Whose a place is that was taken for a job yet unknown.
const ANYBODY: ProcessInstanceKey = ProcessInstanceKey(0);
/// What is little.
const LITTLE: u32 = 8;

/// Jobs that wait, by the instance at the top of their hierarchy.
pub(super) struct Waiting {
    inside: Mutex<Inside>,
    limit: usize,
    /// Some found no place, and by now there are many.
    pub(super) room: Notify,
}

#[derive(Default)]
struct Inside {
    count: usize,
    /// Whether one found no place since there was room.
    refused: bool,
    of: FxHashMap<ProcessInstanceKey, u32>,
}

impl Waiting {
    pub(super) fn up_to(limit: usize) -> Self {
        Self { inside: Mutex::default(), limit, room: Notify::new() }
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
            inside.refused = true;
            return None;
        }
        inside.count += 1;
        *inside.of.entry(root).or_default() += 1;
        Some(Place { waiting: self.clone(), root })
    }

    /// Places for jobs of whatever instance, as many of these as there is room for below the limit.
    pub(super) fn take_places(self: &Arc<Self>, most: usize) -> Vec<Place> {
        let mut inside = self.inside.lock();
        let most = most.min(self.limit.saturating_sub(inside.count));
        if most > 0 {
            inside.count += most;
            *inside.of.entry(ANYBODY).or_default() += u32::try_from(most).unwrap_or(u32::MAX);
        }
        (0..most).map(|_| Place { waiting: self.clone(), root: ANYBODY }).collect()
    }

    fn leave(&self, root: ProcessInstanceKey) {
        let mut inside = self.inside.lock();
        let Some(count) = inside.of.get_mut(&root) else { return };
        *count -= 1;
        if *count == 0 {
            inside.of.remove(&root);
        }
        inside.count -= 1;
        if inside.refused && inside.count <= self.limit / HALF {
            inside.refused = false;
            drop(inside);
            self.room.notify_one();
        }
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

    #[tokio::test]
    async fn who_found_no_place_is_looked_for_when_there_are_many() {
        let waiting = Arc::new(Waiting::up_to(16));
        let mut places: Vec<_> = (0..16).map_while(|_| waiting.take_place(ProcessInstanceKey(1))).collect();
        places.truncate(1);
        let told = async |waiting: &Waiting| {
            tokio::time::timeout(std::time::Duration::from_millis(5), waiting.room.notified()).await.is_ok()
        };
        assert!(!told(&waiting).await, "nobody was refused");
        places.extend((0..15).map_while(|_| waiting.take_place(ProcessInstanceKey(1))));
        assert!(waiting.take_place(ProcessInstanceKey(1)).is_none());
        places.truncate(9);
        assert!(!told(&waiting).await, "nine of sixteen wait");
        places.truncate(8);
        assert!(told(&waiting).await);
        places.truncate(1);
        assert!(!told(&waiting).await, "it was told already");
    }

    #[test]
    fn places_ahead_stay_below_the_limit() {
        let waiting = Arc::new(Waiting::up_to(4));
        let ahead = waiting.take_places(3);
        assert_eq!((ahead.len(), waiting.count()), (3, 3));
        assert_eq!(waiting.take_places(3).len(), 1, "and given back at once");
        assert_eq!(waiting.take_places(1).len(), 1);
        drop(ahead);
        assert_eq!(waiting.count(), 0);
    }

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
