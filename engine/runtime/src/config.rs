//! Settings. The defaults suit a machine with two cores.

use std::sync::Arc;
use std::time::Duration;

use hosk_store::{StoredClusterVariable, StoredTaskListener};

use crate::value_maps::HeldMaps;

/// What happens to runs of cyclic timer start events that were missed, because the engine was down or too busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissedRuns {
    /// One instance begins for all of them.
    #[default]
    Once,
    /// One instance begins for each of them, one after the other.
    Each,
}

/// How much the engine takes on.
#[derive(Clone, Debug)]
pub struct Config {
    /// The worker's name that jobs of in-process connectors bear.
    pub worker: Arc<str>,
    /// Tasks that step commands, each for its share of the buckets.
    pub lanes: usize,
    /// Batches written at the same time, each for its share of the lanes. More than one helps where the store has as many
    /// sessions that write.
    pub committers: usize,
    /// Commands waiting per lane; beyond it callers are told [`crate::Error::Busy`].
    pub lane_queue: usize,
    /// Commands in one batch at most; one with much to do counts as several. Lanes wait beyond it.
    pub batch_commands: usize,
    /// Bytes of instances kept in memory, about.
    pub cache_bytes: usize,
    /// Jobs per type known in memory; further ones are read from the store when their turn comes.
    pub ready_jobs: usize,
    /// Most jobs one activation may ask for.
    pub jobs_per_activation: usize,
    /// Workers waiting for jobs at the same time; beyond it they are told [`crate::Error::Busy`].
    pub waiting_workers: usize,
    /// Connector jobs that may wait for their connection in memory; further ones wait in the store.
    pub waiting_connector_jobs: usize,
    /// How long a connector job is leased to this node; renewed while it is in hand. After a crash it is taken up
    /// when this has passed.
    pub connector_lease: Duration,
    /// Commands for other instances held in memory; further ones are read from the store when their turn comes.
    pub outbox: usize,
    /// What happens to runs of cyclic timer start events that nobody was there to fire.
    pub missed_runs: MissedRuns,
    /// What busy callers are told to wait.
    pub retry_after: Duration,
    /// How long a shutdown waits for running work.
    pub drain: Duration,
    /// What one evaluation of an expression or decision may use.
    pub feel: hosk_feel::Limits,
    /// Dictionaries that were read before the start.
    pub value_maps: HeldMaps,
    /// Cluster variables that were read before the start: the first step sees them already.
    pub cluster_variables: Vec<StoredClusterVariable>,
    /// Global task listeners that were read before the start: the first step chooses among them already.
    pub task_listeners: Vec<StoredTaskListener>,
    /// How other systems are told of a span, when traces are collected.
    pub tracer: Option<crate::trace::Tracer>,
    /// Where jitter starts; `None`: at the moment of the start.
    pub seed: Option<u64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            worker: "hosk".into(),
            lanes: 4,
            committers: 1,
            lane_queue: 2_048,
            batch_commands: 2_048,
            cache_bytes: 256 * 1024 * 1024,
            ready_jobs: 50_000,
            jobs_per_activation: 1_000,
            waiting_workers: 10_000,
            waiting_connector_jobs: 2_000,
            connector_lease: Duration::from_secs(4),
            outbox: 10_000,
            missed_runs: MissedRuns::Once,
            retry_after: Duration::from_millis(200),
            drain: Duration::from_secs(30),
            feel: hosk_feel::Limits::default(),
            value_maps: HeldMaps::default(),
            cluster_variables: Vec::new(),
            task_listeners: Vec::new(),
            tracer: None,
            seed: None,
        }
    }
}
