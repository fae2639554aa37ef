//! Bounds of the API. The defaults suit a machine with two cores.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::levels::Level;

/// How much the API takes and answers, and how long it waits.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the server listens; told in the topology.
    pub listen: SocketAddr,
    /// The level of what it answers.
    pub level: Level,
    /// Set when the server is about to go: it is not ready from then on, though it still answers.
    pub leaving: Arc<AtomicBool>,
    /// Largest JSON body, in bytes.
    pub body_bytes: usize,
    /// Largest deployment, all files together, in bytes.
    pub deployment_bytes: usize,
    /// Shortest new password, in characters.
    pub password: usize,
    /// Files in one deployment.
    pub deployment_files: usize,
    /// Requests worked on at a time, waiting workers included; beyond it callers are told to come back.
    pub requests: usize,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// How long job activation waits when the caller says nothing.
    pub long_poll: Duration,
    /// The longest wait a caller may ask for (job activation, awaited results, completion to rest).
    pub longest_wait: Duration,
    /// How long creating with `awaitCompletion` and completing to rest wait when the caller says nothing.
    pub result_wait: Duration,
    /// Streams of events at a time; beyond it callers are told to come back.
    pub streams: usize,
    /// Pieces of what happens that are kept for a stream whose reader is slow; then it is told to read everything again.
    pub stream_pieces: usize,
    /// Commits that are made up for when a stream goes on; who missed more is told to read everything again.
    pub stream_missed: usize,
    /// How often a stream of events shows that it lives.
    pub heartbeat: Duration,
    /// How long a stream of events waits for a caller who takes nothing.
    pub stream_patience: Duration,
}

impl Settings {
    /// The defaults, for a server at this address.
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            level: Level::default(),
            leaving: Arc::default(),
            body_bytes: 4 * 1024 * 1024,
            deployment_bytes: 32 * 1024 * 1024,
            password: hosk_identity::MIN_PASSWORD,
            deployment_files: 100,
            requests: 10_000,
            body_time: Duration::from_secs(30),
            long_poll: Duration::from_secs(10),
            longest_wait: Duration::from_mins(10),
            result_wait: Duration::from_secs(10),
            streams: 1_000,
            stream_pieces: 256,
            stream_missed: 10_240,
            heartbeat: Duration::from_secs(15),
            stream_patience: Duration::from_secs(30),
        }
    }
}
