//! Figures for the operator.

/// What the engine has at hand; a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Commands waiting in the lanes.
    pub commands_waiting: usize,
    /// Commands stepped and waiting for their commit.
    pub commands_uncommitted: usize,
    /// Instances held in memory.
    pub instances_cached: usize,
    /// Jobs known to be available to workers.
    pub jobs_ready: usize,
    /// Jobs leased to workers.
    pub jobs_leased: usize,
    /// Workers waiting for jobs.
    pub workers_waiting: usize,
    /// Connector calls running.
    pub connector_calls: usize,
    /// Connector jobs waiting for their connection.
    pub connector_jobs_waiting: usize,
    /// Commands for other instances not delivered yet.
    pub outbox_waiting: usize,
    /// Commands carried out since the start.
    pub commands_committed: u64,
    /// Commands refused since the start.
    pub commands_rejected: u64,
    /// Commits since the start.
    pub commits: u64,
    /// Commits that failed since the start.
    pub commits_failed: u64,
    /// Change sets refused because another version was stored.
    pub stale: u64,
    /// Instances quarantined since the start.
    pub quarantined: u64,
}
