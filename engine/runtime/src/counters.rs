//! Figures that only rise, and the caches' sizes.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use std::time::Duration;

use crate::Statistics;
use crate::meters::{Meters, Tally};

/// The engine's counters.
#[derive(Debug)]
pub(crate) struct Counters {
    committed: AtomicU64,
    rejected: AtomicU64,
    commits: AtomicU64,
    failed: AtomicU64,
    stale: AtomicU64,
    quarantined: AtomicU64,
    cached: Vec<AtomicUsize>,
    /// The same, and more, for whoever collects it.
    pub(crate) meters: Meters,
}

impl Counters {
    pub(crate) fn new(lanes: usize) -> Self {
        Self {
            committed: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            stale: AtomicU64::new(0),
            quarantined: AtomicU64::new(0),
            cached: (0..lanes).map(|_| AtomicUsize::new(0)).collect(),
            meters: Meters::new(),
        }
    }

    /// A batch with so many commands is durable, after so long.
    pub(crate) fn committed(&self, commands: usize, took: Duration) {
        self.meters.committed(commands, took);
        self.committed.fetch_add(commands as u64, Relaxed);
        self.commits.fetch_add(1, Relaxed);
    }

    /// What the durable batch was about.
    pub(crate) fn happened<'t>(&self, tallies: impl Iterator<Item = &'t Tally>) {
        let mut all = Tally::default();
        tallies.for_each(|tally| all.add(tally));
        self.meters.happened(&all);
    }

    pub(crate) fn commit_failed(&self) {
        self.meters.commit_failed();
        self.failed.fetch_add(1, Relaxed);
    }

    pub(crate) fn rejected(&self) {
        self.meters.rejected();
        self.rejected.fetch_add(1, Relaxed);
    }

    pub(crate) fn stale(&self, instances: usize) {
        self.meters.stale(instances);
        self.stale.fetch_add(instances as u64, Relaxed);
    }

    pub(crate) fn quarantined(&self) {
        self.meters.quarantined();
        self.quarantined.fetch_add(1, Relaxed);
    }

    /// A lane holds so many instances.
    pub(crate) fn cached(&self, lane: usize, instances: usize) {
        self.cached[lane].store(instances, Relaxed);
    }

    /// Fills in what is counted here.
    pub(crate) fn fill(&self, statistics: &mut Statistics) {
        statistics.commands_committed = self.committed.load(Relaxed);
        statistics.commands_rejected = self.rejected.load(Relaxed);
        statistics.commits = self.commits.load(Relaxed);
        statistics.commits_failed = self.failed.load(Relaxed);
        statistics.stale = self.stale.load(Relaxed);
        statistics.quarantined = self.quarantined.load(Relaxed);
        statistics.instances_cached = self.cached.iter().map(|lane| lane.load(Relaxed)).sum();
    }
}
