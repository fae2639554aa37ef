//! Shares of what is to be committed: each has drafts of its own and a committer that writes them.
//!
//! What rests on one another is in one share. An instance belongs to the share of its lane; a message to one by its address,
//! so that those of one address are published in their order. Shares need nothing of each other: between instances there
//! are outbox entries, and a transaction of one share meets those of the others as it meets those of other nodes.

use std::hash::{Hash, Hasher};

use hosk_core::ProcessInstanceKey;
use hosk_store::{JobLease, Publication};
use rustc_hash::FxHasher;

use crate::draft::Drafts;
use crate::jobs::LeaseTicket;
use crate::lane::lane_of;

/// All shares.
pub(crate) struct Shares {
    shares: Vec<Drafts>,
    lanes: usize,
}

impl Shares {
    /// So many shares, at most one a lane; commands in one batch.
    pub(crate) fn new(shares: usize, lanes: usize, limit: usize) -> Self {
        let shares = (0..shares.clamp(1, lanes)).map(|_| Drafts::new(limit)).collect();
        Self { shares, lanes }
    }

    pub(crate) fn len(&self) -> usize {
        self.shares.len()
    }

    /// A share by its number.
    pub(crate) fn share(&self, number: usize) -> &Drafts {
        &self.shares[number % self.shares.len()]
    }

    /// The share of an instance: that of its lane.
    pub(crate) fn of(&self, instance: ProcessInstanceKey) -> &Drafts {
        self.share(lane_of(instance, self.lanes))
    }

    /// The share of a message: that of its address.
    pub(crate) fn of_message(&self, publication: &Publication) -> &Drafts {
        let mut hasher = FxHasher::default();
        (&publication.name, &publication.correlation_key, &publication.tenant).hash(&mut hasher);
        self.of_key(hasher.finish())
    }

    /// The share of all signals: those of a node are broadcast in their order.
    pub(crate) fn of_signals(&self) -> &Drafts {
        self.share(0)
    }

    /// The share of something that rests on nothing, by whatever number it has.
    pub(crate) fn of_key(&self, key: u64) -> &Drafts {
        self.share(usize::try_from(key % self.shares.len() as u64).unwrap_or_default())
    }

    /// Puts together what belongs to one share.
    pub(crate) fn split<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        instance: impl Fn(&T) -> ProcessInstanceKey,
    ) -> impl Iterator<Item = (&Drafts, Vec<T>)> {
        let mut split: Vec<Vec<T>> = self.shares.iter().map(|_| Vec::new()).collect();
        for item in items {
            let share = lane_of(instance(&item), self.lanes) % self.shares.len();
            split[share].push(item);
        }
        self.shares.iter().zip(split).filter(|(_, items)| !items.is_empty())
    }

    /// Adds leases that nobody waits for.
    pub(crate) fn renew(&self, leases: Vec<JobLease>) {
        for (drafts, leases) in self.split(leases, |lease| lease.instance) {
            drafts.lease(leases, LeaseTicket::Renewed);
        }
    }

    /// Commands that wait for being committed.
    pub(crate) fn waiting(&self) -> usize {
        self.shares.iter().map(Drafts::waiting).sum()
    }

    /// How far each share is, when none has anything to write or is writing.
    pub(crate) fn at_rest(&self) -> Option<Vec<u64>> {
        self.shares.iter().map(Drafts::at_rest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANES: usize = 4;

    fn instances() -> impl Iterator<Item = ProcessInstanceKey> {
        (1..200).map(ProcessInstanceKey)
    }

    #[test]
    fn an_instance_is_in_the_share_of_its_lane_whatever_comes_with_it() {
        for number in 1..=LANES {
            let shares = Shares::new(number, LANES, 10);
            let mut seen = 0;
            for (drafts, of_it) in shares.split(instances(), |instance| *instance) {
                for instance in of_it {
                    assert!(std::ptr::eq(drafts, shares.of(instance)));
                    assert!(std::ptr::eq(drafts, shares.share(lane_of(instance, LANES))));
                    seen += 1;
                }
            }
            assert_eq!(seen, instances().count());
        }
    }

    #[test]
    fn there_is_one_share_at_least_and_one_a_lane_at_most() {
        assert_eq!(Shares::new(0, LANES, 10).len(), 1);
        assert_eq!(Shares::new(9, LANES, 10).len(), LANES);
        assert_eq!(Shares::new(2, LANES, 10).at_rest(), Some(vec![0, 0]));
    }
}
