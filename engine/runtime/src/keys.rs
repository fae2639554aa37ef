//! Keys: 63 bits, ordered by time, unique over all nodes and restarts without asking anybody:
//! milliseconds since 2024 (41 bits), node number (10 bits, leased in the store), sequence (12 bits).
//!
//! The generator never goes back: when more than 4,096 keys are drawn in a millisecond it runs ahead of the clock.
//! A restart gets another node number, and one that was given rests as long as it can, so what ran ahead is never given
//! again.
//!
//! A number is leased. A node that was paused for longer than its lease may find that another has it: from the end of
//! the lease the generator does not follow the clock any more, so that it gives keys only of moments in which the number
//! was its own, until it has a number again.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use hosk_core::{Keys, Timestamp};
use hosk_store::KeyRange;

use crate::limits::KEYS_PER_RANGE;

/// 2024-01-01T00:00:00Z in milliseconds: 41 bits last until 2093.
const EPOCH: i64 = 1_704_067_200_000;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;
const SEQUENCE: u64 = (1 << SEQUENCE_BITS) - 1;
const NODE: u64 = (1 << NODE_BITS) - 1;

/// Makes keys for this node.
#[derive(Debug)]
pub(crate) struct KeyGenerator {
    /// Milliseconds and sequence of the next key; after them the node number, which changes together with them.
    next: AtomicU64,
    /// The end of the lease, in real time.
    until: AtomicI64,
}

impl KeyGenerator {
    pub(crate) fn new(node: u16, wall: Timestamp, until: Timestamp) -> Self {
        let next = AtomicU64::new(slot(wall) << NODE_BITS | number(node));
        Self { next, until: AtomicI64::new(until.0) }
    }

    /// Follows the clock as long as the lease lives.
    pub(crate) fn advance(&self, wall: Timestamp) {
        if self.has_lapsed(wall) {
            return;
        }
        let slot = slot(wall);
        // It is there already, most of the time.
        let _ = self.next.fetch_update(Relaxed, Relaxed, |next| {
            (next >> NODE_BITS < slot).then_some(slot << NODE_BITS | next & NODE)
        });
    }

    /// Whether the number may be another's by now.
    pub(crate) fn has_lapsed(&self, wall: Timestamp) -> bool {
        wall.0 >= self.until.load(Relaxed)
    }

    /// The number in use.
    pub(crate) fn node(&self) -> u16 {
        (self.next.load(Relaxed) & NODE) as u16
    }

    /// The lease was renewed, or another number leased, at this time: keys of earlier moments have the earlier number.
    pub(crate) fn renewed(&self, node: u16, wall: Timestamp, until: Timestamp) {
        let _ = self.next.fetch_update(Relaxed, Relaxed, |next| {
            Some((next >> NODE_BITS).max(slot(wall)) << NODE_BITS | number(node))
        });
        self.until.store(until.0, Relaxed);
    }

    /// One key.
    pub(crate) fn draw(&self) -> u64 {
        key(self.next.fetch_add(1 << NODE_BITS, Relaxed))
    }

    /// Consecutive keys, at most [`KEYS_PER_RANGE`].
    pub(crate) fn range(&self, count: u32) -> KeyRange {
        let count = count.min(KEYS_PER_RANGE);
        let wanted = u64::from(count);
        let start = |next: u64| {
            // A range must not cross into the next millisecond: the node number stands in between.
            if (next & SEQUENCE) + wanted > SEQUENCE + 1 { (next | SEQUENCE) + 1 } else { next }
        };
        let after = |next: u64| (start(next >> NODE_BITS) + wanted) << NODE_BITS | next & NODE;
        let before =
            self.next.fetch_update(Relaxed, Relaxed, |next| Some(after(next))).unwrap_or_else(|next| next);
        KeyRange { first: key(start(before >> NODE_BITS) << NODE_BITS | before & NODE), count }
    }
}

fn number(node: u16) -> u64 {
    u64::from(node) & NODE
}

/// The key of a place in the generator's order.
fn key(next: u64) -> u64 {
    let (slot, node) = (next >> NODE_BITS, next & NODE);
    ((slot >> SEQUENCE_BITS) << (NODE_BITS + SEQUENCE_BITS)) | (node << SEQUENCE_BITS) | (slot & SEQUENCE)
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
    const LATER: Timestamp = Timestamp(i64::MAX);

    #[test]
    fn keys_rise_and_stay_within_63_bits() {
        let keys = KeyGenerator::new(1023, Timestamp(EPOCH + (1 << 41) - 10), LATER);
        let mut last = 0;
        for _ in 0..10_000 {
            let key = keys.draw();
            assert!(key > last && key < 1 << 63);
            last = key;
        }
    }

    #[test]
    fn a_range_is_consecutive_and_nobody_elses() {
        let (here, there) = (KeyGenerator::new(1, NOW, LATER), KeyGenerator::new(2, NOW, LATER));
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
        let keys = KeyGenerator::new(0, NOW, LATER);
        let first = keys.draw();
        keys.advance(Timestamp(NOW.0 + 1_000));
        let later = keys.draw();
        keys.advance(NOW);
        assert!(first < later && later < keys.draw());
    }

    #[test]
    fn without_a_lease_keys_are_of_the_time_when_there_was_one() {
        let at = |ms: i64| Timestamp(NOW.0 + ms);
        let (paused, other) = (KeyGenerator::new(3, NOW, at(100)), KeyGenerator::new(3, at(200), at(300)));
        paused.advance(at(250));
        assert!(paused.has_lapsed(at(250)));
        other.advance(at(250));
        assert!((0..1_000).all(|_| paused.draw() < other.draw()), "the same key twice");
        paused.renewed(4, at(260), at(360));
        other.advance(at(260));
        assert_eq!(paused.node(), 4);
        assert!((0..1_000).all(|_| paused.draw() != other.draw()));
    }
}
