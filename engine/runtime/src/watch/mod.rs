//! Watching an instance, with all that it calls, until it comes to rest: nothing of it is being worked on by the
//! engine or its connectors.
//!
//! Activity is counted per call hierarchy: connector jobs in hand and commands on their way between instances.

mod rest;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hosk_core::ProcessInstanceKey;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio::sync::Notify;

pub use rest::Watch;

use crate::Passed;
use crate::limits::WATCHED_FACTS;

/// Activity and observers per call hierarchy.
#[derive(Default)]
pub(crate) struct Watches {
    roots: Mutex<FxHashMap<ProcessInstanceKey, Root>>,
    observed: AtomicUsize,
}

#[derive(Default)]
struct Root {
    active: usize,
    observers: Vec<Arc<Observer>>,
}

/// Someone who watches.
#[derive(Default)]
pub(crate) struct Observer {
    changed: Notify,
    seen: Mutex<SeenFacts>,
}

#[derive(Default)]
struct SeenFacts {
    facts: Vec<Passed>,
    truncated: bool,
}

impl Watches {
    /// Something of the hierarchy is being worked on.
    pub(crate) fn begin(&self, root: ProcessInstanceKey) {
        self.roots.lock().entry(root).or_default().active += 1;
    }

    /// Something is not being worked on any more.
    pub(crate) fn end(&self, root: ProcessInstanceKey) {
        let mut roots = self.roots.lock();
        let Some(entry) = roots.get_mut(&root) else { return };
        entry.active = entry.active.saturating_sub(1);
        if entry.active > 0 {
            return;
        }
        for observer in &entry.observers {
            observer.changed.notify_one();
        }
        if entry.observers.is_empty() {
            roots.remove(&root);
        }
    }

    pub(crate) fn is_active(&self, root: ProcessInstanceKey) -> bool {
        self.roots.lock().get(&root).is_some_and(|entry| entry.active > 0)
    }

    pub(crate) fn is_watched(&self, root: ProcessInstanceKey) -> bool {
        self.observed.load(Ordering::Acquire) > 0
            && self.roots.lock().get(&root).is_some_and(|entry| !entry.observers.is_empty())
    }

    /// Something happened.
    pub(crate) fn tell(&self, root: ProcessInstanceKey, facts: &[Passed]) {
        let observers = self.roots.lock().get(&root).map(|entry| entry.observers.clone());
        for observer in observers.unwrap_or_default() {
            let mut seen = observer.seen.lock();
            let room = WATCHED_FACTS.saturating_sub(seen.facts.len());
            seen.truncated |= facts.len() > room;
            seen.facts.extend(facts.iter().take(room).cloned());
            drop(seen);
            observer.changed.notify_one();
        }
    }

    fn observe(&self, root: ProcessInstanceKey) -> Arc<Observer> {
        let observer = Arc::new(Observer::default());
        self.roots.lock().entry(root).or_default().observers.push(observer.clone());
        self.observed.fetch_add(1, Ordering::AcqRel);
        observer
    }

    fn look_away(&self, root: ProcessInstanceKey, observer: &Arc<Observer>) {
        let mut roots = self.roots.lock();
        if let Some(entry) = roots.get_mut(&root) {
            entry.observers.retain(|other| !Arc::ptr_eq(other, observer));
            if entry.active == 0 && entry.observers.is_empty() {
                roots.remove(&root);
            }
        }
        self.observed.fetch_sub(1, Ordering::AcqRel);
    }
}
