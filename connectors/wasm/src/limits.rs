//! How much one call, and all of them together, may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use wasmtime::ResourceLimiter;

use crate::Fault;

/// Bounds of calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Calls running at once; more wait for their turn until their deadline.
    pub concurrency: usize,
    /// Linear memory of one call, in bytes.
    pub memory: usize,
    /// Linear memory of all running calls, in bytes.
    pub total_memory: usize,
    /// Entries of one table.
    pub table_entries: usize,
    /// Tables, memories and core instances of one call.
    pub instances: usize,
    /// What a plugin hands over at once, in bytes: its output, a request, a log line.
    pub transfer: usize,
    /// Log lines of one call.
    pub log_lines: usize,
    /// Characters of a log line; the rest is cut off.
    pub log_line: usize,
    /// What one call writes to the standard outputs, in bytes; the rest is dropped.
    pub stdio: usize,
    /// Host objects of one call: streams, timers.
    pub resources: usize,
    /// Time for `describe`.
    pub describe: Duration,
    /// Largest file of a plugin, in bytes.
    pub file: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 64,
            memory: 256 * 1024 * 1024,
            total_memory: 2 * 1024 * 1024 * 1024,
            table_entries: 200_000,
            instances: 100,
            transfer: 4 * 1024 * 1024,
            log_lines: 200,
            log_line: 4096,
            stdio: 64 * 1024,
            resources: 10_000,
            describe: Duration::from_secs(10),
            file: 64 * 1024 * 1024,
        }
    }
}

/// The memory of all running calls, in bytes.
#[derive(Debug, Default)]
pub(crate) struct Total(AtomicUsize);

impl Total {
    /// In use now.
    pub(crate) fn used(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: usize, limit: usize) -> bool {
        let take = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= limit);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

/// What one call has taken; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Meter {
    limits: Arc<Limits>,
    total: Arc<Total>,
    memory: usize,
}

impl Meter {
    pub(crate) fn new(limits: Arc<Limits>, total: Arc<Total>) -> Self {
        Self { limits, total, memory: 0 }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.total.0.fetch_sub(self.memory, Ordering::Relaxed);
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let fits = self.memory.checked_add(more).is_some_and(|sum| sum <= self.limits.memory);
        if !fits || !self.total.take(more, self.limits.total_memory) {
            return Err(Fault::Memory.into());
        }
        self.memory += more;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.limits.table_entries {
            return Err(Fault::Table.into());
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.instances
    }

    fn memories(&self) -> usize {
        self.limits.instances
    }
}
