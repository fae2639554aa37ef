//! Who waits for the end of an instance.

use std::sync::atomic::{AtomicUsize, Ordering};

use hosk_core::ProcessInstanceKey;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

use crate::InstanceEnd;

/// Below this many nobody is looked for.
const SMALL: usize = 1_024;

/// Callers waiting for ends.
#[derive(Default)]
pub(crate) struct Ends {
    inside: Mutex<Inside>,
    /// Instances somebody waits for: zero most of the time, which costs a look and no lock.
    count: AtomicUsize,
}

#[derive(Default)]
struct Inside {
    waiting: FxHashMap<ProcessInstanceKey, Vec<oneshot::Sender<InstanceEnd>>>,
    /// At this size those who went away are looked for: twice what was left the last time.
    tidy_at: usize,
}

impl Inside {
    fn tidy(&mut self) {
        self.waiting.retain(|_, callers| {
            callers.retain(|caller| !caller.is_closed());
            !callers.is_empty()
        });
        self.tidy_at = (2 * self.waiting.len()).max(SMALL);
    }
}

impl Ends {
    /// Waits for an end from now on.
    pub(crate) fn wait(&self, instance: ProcessInstanceKey) -> oneshot::Receiver<InstanceEnd> {
        let (tell, told) = oneshot::channel();
        let mut inside = self.inside.lock();
        if inside.waiting.len() >= inside.tidy_at {
            inside.tidy();
        }
        inside.waiting.entry(instance).or_default().push(tell);
        self.count.store(inside.waiting.len(), Ordering::Release);
        told
    }

    pub(crate) fn is_awaited(&self, instance: ProcessInstanceKey) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.inside.lock().waiting.contains_key(&instance)
    }

    /// Some of the instances somebody waits for.
    pub(crate) fn awaited(&self, limit: usize) -> Vec<ProcessInstanceKey> {
        if self.count.load(Ordering::Acquire) == 0 {
            return Vec::new();
        }
        let mut inside = self.inside.lock();
        inside.tidy();
        self.count.store(inside.waiting.len(), Ordering::Release);
        inside.waiting.keys().take(limit).copied().collect()
    }

    /// An instance has ended.
    pub(crate) fn tell(&self, end: &InstanceEnd) {
        let mut inside = self.inside.lock();
        let callers = inside.waiting.remove(&end.instance).unwrap_or_default();
        self.count.store(inside.waiting.len(), Ordering::Release);
        drop(inside);
        for caller in callers {
            let _ = caller.send(end.clone());
        }
    }
}
