//! Instances held in memory by one lane, bounded by their weight.
//!
//! The one that was not touched for longest goes first (second chance); one with a change that is not committed yet
//! stays, because the store does not know it.

use std::collections::VecDeque;
use std::sync::Arc;

use hosk_core::{DeployedProcess, InstanceState, ProcessInstanceKey};
use rustc_hash::FxHashMap;

/// An instance in memory.
pub(crate) struct Live {
    pub(crate) state: InstanceState,
    pub(crate) process: Arc<DeployedProcess>,
    /// Commits it has seen, those under way included.
    pub(crate) version: u64,
    /// The draft that holds its last change.
    pub(crate) draft: u64,
    /// Bytes of history since the last snapshot, about.
    pub(crate) bytes: u64,
    /// Bytes of the last snapshot this lane wrote.
    pub(crate) snapshot_bytes: u64,
    /// Another node carries commands that the instance sent.
    pub(crate) sent_elsewhere: bool,
    touched: bool,
    weight: usize,
}

impl Live {
    pub(crate) fn new(state: InstanceState, process: Arc<DeployedProcess>, version: u64, bytes: u64) -> Self {
        Self {
            state,
            process,
            version,
            draft: 0,
            bytes,
            snapshot_bytes: 0,
            sent_elsewhere: false,
            touched: false,
            weight: 0,
        }
    }
}

/// The lane's instances.
pub(crate) struct Cache {
    live: FxHashMap<ProcessInstanceKey, Live>,
    /// In the order they came; a key may stand here after its instance has left.
    order: VecDeque<ProcessInstanceKey>,
    weight: usize,
    limit: usize,
}

impl Cache {
    pub(crate) fn new(limit: usize) -> Self {
        Self { live: FxHashMap::default(), order: VecDeque::new(), weight: 0, limit }
    }

    pub(crate) fn len(&self) -> usize {
        self.live.len()
    }

    pub(crate) fn contains(&self, key: ProcessInstanceKey) -> bool {
        self.live.contains_key(&key)
    }

    pub(crate) fn get(&mut self, key: ProcessInstanceKey) -> Option<&mut Live> {
        let live = self.live.get_mut(&key)?;
        live.touched = true;
        Some(live)
    }

    pub(crate) fn insert(&mut self, key: ProcessInstanceKey, live: Live) {
        if let Some(before) = self.live.insert(key, live) {
            self.weight -= before.weight;
        } else {
            self.order.push_back(key);
        }
        self.weigh(key);
    }

    pub(crate) fn remove(&mut self, key: ProcessInstanceKey) {
        if let Some(gone) = self.live.remove(&key) {
            self.weight -= gone.weight;
        }
    }

    /// Takes notice of an instance's new weight.
    pub(crate) fn weigh(&mut self, key: ProcessInstanceKey) {
        if let Some(live) = self.live.get_mut(&key) {
            let weight = live.state.weight();
            self.weight = self.weight - live.weight + weight;
            live.weight = weight;
        }
    }

    /// Lets instances go until the weight is within the limit; `settled` is the last draft whose fate is known.
    /// Ended ones go as soon as they may.
    pub(crate) fn evict(&mut self, settled: u64) {
        let mut looks = self.order.len();
        while looks > 0 && (self.weight > self.limit || self.front_has_ended()) {
            looks -= 1;
            let Some(key) = self.order.pop_front() else { break };
            let Some(live) = self.live.get_mut(&key) else { continue };
            let in_use = std::mem::take(&mut live.touched) && !live.state.is_ended();
            if in_use || live.draft > settled {
                self.order.push_back(key);
            } else {
                self.remove(key);
            }
        }
    }

    fn front_has_ended(&self) -> bool {
        self.order.front().is_some_and(|key| self.live.get(key).is_none_or(|live| live.state.is_ended()))
    }
}
