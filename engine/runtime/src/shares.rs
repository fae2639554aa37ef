//! Shares of what is to be committed: each has drafts of its own and a committer that writes them.
//!
//! What rests on one another is in one share. An instance belongs to the share of its lane; a message to one by its address,
//! so that those of one address are published in their order. Shares need nothing of each other: between instances there
//! are outbox entries, and a transaction of one share meets those of the others as it meets those of other nodes.
//!
//! A store whose rows are distributed by bucket wants batches of one bucket. There each bucket has a lane and a share of its
//! own, and what meets at addresses (messages, correlations given back, signals) has shares beside them, because it may be
//! about instances of any bucket.

use std::hash::{Hash, Hasher};

use hosk_core::ProcessInstanceKey;
use hosk_store::{BUCKETS, JobLease, Publication, bucket_of};
use rustc_hash::FxHasher;

use crate::Config;
use crate::draft::Drafts;
use crate::jobs::LeaseTicket;
use crate::lane::lane_of;

/// All shares.
pub(crate) struct Shares {
    all: Vec<Drafts>,
    lanes: usize,
    /// Shares at the end in which only addresses meet.
    meetings: usize,
}

impl Shares {
    /// The lanes that a configuration has, and their shares; `by_bucket`: the store wants batches of one bucket.
    pub(crate) fn with_lanes(config: &Config, by_bucket: bool) -> (usize, Self) {
        if by_bucket {
            return (usize::from(BUCKETS), Self::by_bucket(config.committers, config.batch_commands));
        }
        let lanes = config.lanes.max(1);
        (lanes, Self::new(config.committers, lanes, config.batch_commands))
    }

    /// So many shares, at most one a lane; commands in one batch.
    fn new(shares: usize, lanes: usize, limit: usize) -> Self {
        let shares = (0..shares.clamp(1, lanes)).map(|_| Drafts::new(limit)).collect();
        Self { all: shares, lanes, meetings: 0 }
    }

    /// A share for each bucket, and some for what meets at addresses. There are as many lanes as buckets.
    fn by_bucket(meetings: usize, limit: usize) -> Self {
        let (lanes, meetings) = (usize::from(BUCKETS), meetings.max(1));
        let shares = (0..lanes + meetings).map(|_| Drafts::new(limit)).collect();
        Self { all: shares, lanes, meetings }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// A share by its number.
    pub(crate) fn share(&self, number: usize) -> &Drafts {
        &self.all[number % self.all.len()]
    }

    /// The share of an instance: that of its lane.
    pub(crate) fn of(&self, instance: ProcessInstanceKey) -> &Drafts {
        self.share(lane_of(instance, self.lanes))
    }

    /// The share of a message: that of its address.
    pub(crate) fn of_message(&self, publication: &Publication) -> &Drafts {
        let mut hasher = FxHasher::default();
        (&publication.name, &publication.correlation_key, &publication.tenant).hash(&mut hasher);
        self.of_meeting(hasher.finish())
    }

    /// The share of all signals: those of a node are broadcast in their order.
    pub(crate) fn of_signals(&self) -> &Drafts {
        self.of_meeting(0)
    }

    /// A share of what is about addresses, by whatever number it has.
    pub(crate) fn of_meeting(&self, number: u64) -> &Drafts {
        let (first, count) =
            if self.meetings == 0 { (0, self.all.len()) } else { (self.lanes, self.meetings) };
        self.share(first + usize::try_from(number % count as u64).unwrap_or_default())
    }

    /// The share of something that rests on nothing but its key.
    pub(crate) fn of_key(&self, key: u64) -> &Drafts {
        if self.meetings == 0 {
            return self.of_meeting(key);
        }
        self.share(usize::from(bucket_of(ProcessInstanceKey(key))))
    }

    /// Puts together what belongs to one share.
    pub(crate) fn split<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        instance: impl Fn(&T) -> ProcessInstanceKey,
    ) -> impl Iterator<Item = (&Drafts, Vec<T>)> {
        let mut split: Vec<Vec<T>> = self.all.iter().map(|_| Vec::new()).collect();
        for item in items {
            let share = lane_of(instance(&item), self.lanes) % self.all.len();
            split[share].push(item);
        }
        self.all.iter().zip(split).filter(|(_, items)| !items.is_empty())
    }

    /// Adds leases that nobody waits for.
    pub(crate) fn renew(&self, leases: Vec<JobLease>) {
        for (drafts, leases) in self.split(leases, |lease| lease.instance) {
            drafts.lease(leases, LeaseTicket::Renewed);
        }
    }

    /// Commands that wait for being committed.
    pub(crate) fn waiting(&self) -> usize {
        self.all.iter().map(Drafts::waiting).sum()
    }

    /// How far each share is, when none has anything to write or is writing.
    pub(crate) fn at_rest(&self) -> Option<Vec<u64>> {
        self.all.iter().map(Drafts::at_rest).collect()
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
    fn each_bucket_has_a_share_and_addresses_have_others() {
        let shares = Shares::by_bucket(3, 10);
        assert_eq!(shares.len(), usize::from(BUCKETS) + 3);
        for key in 1..2_000 {
            let bucket = usize::from(bucket_of(ProcessInstanceKey(key)));
            assert!(std::ptr::eq(shares.of(ProcessInstanceKey(key)), shares.share(bucket)));
            assert!(std::ptr::eq(shares.of_key(key), shares.share(bucket)));
            let meeting = shares.of_meeting(key);
            assert!((256..259).any(|share| std::ptr::eq(meeting, shares.share(share))));
        }
        let together = shares.split(instances(), |instance| *instance);
        for (_, of_it) in together {
            assert!(of_it.iter().all(|instance| bucket_of(*instance) == bucket_of(of_it[0])));
        }
    }

    #[test]
    fn there_is_one_share_at_least_and_one_a_lane_at_most() {
        assert_eq!(Shares::new(0, LANES, 10).len(), 1);
        assert_eq!(Shares::new(9, LANES, 10).len(), LANES);
        assert_eq!(Shares::new(2, LANES, 10).at_rest(), Some(vec![0, 0]));
    }
}
