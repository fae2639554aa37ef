//! Who waits for the end of an instance.

use std::sync::atomic::{AtomicUsize, Ordering};

use hosk_core::ProcessInstanceKey;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio::sync::oneshot;

use crate::InstanceEnd;

/// Callers waiting for ends.
#[derive(Default)]
pub(crate) struct Ends {
    waiting: Mutex<FxHashMap<ProcessInstanceKey, Vec<oneshot::Sender<InstanceEnd>>>>,
    /// Instances somebody waits for: zero most of the time, which costs a look and no lock.
    count: AtomicUsize,
}

impl Ends {
    /// Waits for an end from now on.
    pub(crate) fn wait(&self, instance: ProcessInstanceKey) -> oneshot::Receiver<InstanceEnd> {
        let (tell, told) = oneshot::channel();
        let mut waiting = self.waiting.lock();
        waiting.retain(|_, callers| {
            callers.retain(|caller| !caller.is_closed());
            !callers.is_empty()
        });
        waiting.entry(instance).or_default().push(tell);
        self.count.store(waiting.len(), Ordering::Release);
        told
    }

    pub(crate) fn is_awaited(&self, instance: ProcessInstanceKey) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.waiting.lock().contains_key(&instance)
    }

    /// An instance has ended.
    pub(crate) fn tell(&self, end: &InstanceEnd) {
        let mut waiting = self.waiting.lock();
        let callers = waiting.remove(&end.instance).unwrap_or_default();
        self.count.store(waiting.len(), Ordering::Release);
        drop(waiting);
        for caller in callers {
            let _ = caller.send(end.clone());
        }
    }
}
