//! Keys: 63 bits, ordered by time, unique over all nodes and restarts without asking anybody:
//! milliseconds since 2024 (41 bits), node number (10 bits, leased in the store), sequence (12 bits).
//!
//! The generator never goes back: when more than 4,096 keys are drawn in a millisecond it runs ahead of the clock.
//! A restart gets another node number while the old lease lives, so what ran ahead is never given again.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use hosk_core::{Keys, Timestamp};
use hosk_store::KeyRange;

use crate::limits::KEYS_PER_RANGE;

/// 2024-01-01T00:00:00Z in milliseconds: 41 bits last until 2093.
const EPOCH: i64 = 1_704_067_200_000;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;
const SEQUENCE: u64 = (1 << SEQUENCE_BITS) - 1;

/// Makes keys for this node.
#[derive(Debug)]
pub(crate) struct KeyGenerator {
    /// Milliseconds and sequence of the next key.
    next: AtomicU64,
    node: u64,
}

impl KeyGenerator {
    pub(crate) fn new(node: u16, wall: Timestamp) -> Self {
        let node = u64::from(node) & ((1 << NODE_BITS) - 1);
        Self { next: AtomicU64::new(slot(wall)), node }
    }

    /// Follows the clock.
    pub(crate) fn advance(&self, wall: Timestamp) {
        self.next.fetch_max(slot(wall), Relaxed);
    }

    /// One key.
    pub(crate) fn draw(&self) -> u64 {
        self.key(self.next.fetch_add(1, Relaxed))
    }

    /// Consecutive keys, at most [`KEYS_PER_RANGE`].
    pub(crate) fn range(&self, count: u32) -> KeyRange {
        let count = count.min(KEYS_PER_RANGE);
        let wanted = u64::from(count);
        let start = |next: u64| {
            // A range must not cross into the next millisecond: the node number stands in between.
            if (next & SEQUENCE) + wanted > SEQUENCE + 1 { (next | SEQUENCE) + 1 } else { next }
        };
        let before = self
            .next
            .fetch_update(Relaxed, Relaxed, |next| Some(start(next) + wanted))
            .unwrap_or_else(|next| next);
        KeyRange { first: self.key(start(before)), count }
    }

    fn key(&self, slot: u64) -> u64 {
        ((slot >> SEQUENCE_BITS) << (NODE_BITS + SEQUENCE_BITS))
            | (self.node << SEQUENCE_BITS)
            | (slot & SEQUENCE)
    }
}

impl Keys for &KeyGenerator {
    fn next(&mut self) -> u64 {
        self.draw()
    }
}

fn slot(wall: Timestamp) -> u64 {
    u64::try_from(wall.0 - EPOCH).unwrap_or(0) << SEQUENCE_BITS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const NOW: Timestamp = Timestamp(EPOCH + 86_400_000);

    #[test]
    fn keys_rise_and_stay_within_63_bits() {
        let keys = KeyGenerator::new(1023, Timestamp(EPOCH + (1 << 41) - 10));
        let mut last = 0;
        for _ in 0..10_000 {
            let key = keys.draw();
            assert!(key > last && key < 1 << 63);
            last = key;
        }
    }

    #[test]
    fn a_range_is_consecutive_and_nobody_elses() {
        let (here, there) = (KeyGenerator::new(1, NOW), KeyGenerator::new(2, NOW));
        let mut seen = BTreeSet::new();
        for count in [1, 4_000, 500, 4_096, 3, 4_096] {
            for generator in [&here, &there] {
                let range = generator.range(count);
                assert!((0..u64::from(range.count)).all(|n| seen.insert(range.first + n)));
                assert!(seen.insert(generator.draw()));
            }
        }
    }

    #[test]
    fn time_moves_keys_forward_never_back() {
        let keys = KeyGenerator::new(0, NOW);
        let first = keys.draw();
        keys.advance(Timestamp(NOW.0 + 1_000));
        let later = keys.draw();
        keys.advance(NOW);
        assert!(first < later && later < keys.draw());
    }
}
