//! Commands from one instance to another: carried in memory right after the commit that wrote them; what does not
//! fit, or was left by a crash, is read from the store.
//!
//! An entry is delivered at least once; it is gone from the store in the commit of what it caused. Of several nodes the
//! one that wrote it carries it, for a while; then whoever finds it first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hosk_core::ProcessInstanceKey;
use hosk_store::{Carried, OutboxEntry};
use parking_lot::Mutex;
use rustc_hash::FxHashSet;
use tokio::sync::Notify;

use crate::inner::Inner;
use crate::lane::{Delivery, Origin, Request, Work};
use crate::limits::{ENTRY_LEASE, ENTRY_SWEEP, OUTBOX_PAGE, STORE_FAILURE_PAUSE};
use crate::messages::Room;

/// What is on its way.
pub(crate) struct Outbox {
    /// Entries in memory. One at a time is enough: a second delivery of the same would be refused by the store.
    carried: Mutex<FxHashSet<u64>>,
    /// The store has entries that are not in memory.
    spilled: AtomicBool,
    changed: Notify,
    limit: usize,
}

impl Outbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self { carried: Mutex::default(), spilled: AtomicBool::new(true), changed: Notify::new(), limit }
    }

    /// The store has entries that memory does not know.
    pub(crate) fn spill(&self) {
        self.spilled.store(true, Ordering::Release);
        self.changed.notify_one();
    }

    pub(crate) fn len(&self) -> usize {
        self.carried.lock().len()
    }

    /// Whether everything is delivered.
    pub(crate) fn is_empty(&self) -> bool {
        !self.spilled.load(Ordering::Acquire) && self.carries_nothing()
    }

    fn carries_nothing(&self) -> bool {
        self.carried.lock().is_empty()
    }

    /// Takes an entry up; `false` when it is carried already.
    fn carry(&self, entry: u64) -> bool {
        self.carried.lock().insert(entry)
    }

    fn drop_off(&self, entry: u64) {
        let mut carried = self.carried.lock();
        carried.remove(&entry);
        if carried.is_empty() {
            self.changed.notify_one();
        }
    }
}

impl Inner {
    /// Carries an entry that was just written.
    pub(crate) fn deliver(&self, entry: OutboxEntry, root: Option<ProcessInstanceKey>) {
        // Once entries are left behind in the store the younger ones wait there too: order is kept.
        if self.outbox.spilled.load(Ordering::Acquire) || self.outbox.len() >= self.outbox.limit {
            self.outbox.spill();
            return;
        }
        let key = entry.key;
        if !self.outbox.carry(key) {
            return;
        }
        if !self.hand_over(entry, root) {
            self.outbox.drop_off(key);
            self.outbox.spill();
            return;
        }
        if let Some(root) = root {
            self.watches.begin(root);
        }
    }

    /// Gives an entry to its lane, or its message to the batch being filled; `false` when there is no room.
    fn hand_over(&self, entry: OutboxEntry, root: Option<ProcessInstanceKey>) -> bool {
        let OutboxEntry { key, target, carries, correlated_process, .. } = entry;
        let delivery = Delivery { entry: key, root, correlated_process };
        match carries {
            Carried::Command(command) => {
                let request = Request::new(target, command, Origin::Delivery(delivery));
                self.lane(target).internal.try_send(Work::Command(request)).is_ok()
            }
            Carried::Message(message) => self.publish_thrown(*message, delivery, Room::Limited).is_ok(),
            Carried::Signal(signal) => self.broadcast_thrown(*signal, delivery, Room::Limited).is_ok(),
        }
    }

    /// An entry needs nothing more.
    pub(crate) fn delivery_done(&self, delivery: &Delivery) {
        self.outbox.drop_off(delivery.entry);
        if let Some(root) = delivery.root {
            self.watches.end(root);
        }
    }

    /// Reads what memory does not have, until the engine stops.
    pub(crate) async fn read_outbox(self: Arc<Self>) {
        let mut sweep = tokio::time::interval(ENTRY_SWEEP);
        loop {
            let changed = self.outbox.changed.notified();
            if self.outbox.spilled.load(Ordering::Acquire) && self.outbox.carries_nothing() {
                self.read_page().await;
                continue;
            }
            tokio::select! {
                biased;
                () = changed => {}
                _ = sweep.tick(), if self.shared => self.take_over_abandoned().await,
                () = self.stop.cancelled() => return,
            }
        }
    }

    /// Carries entries of nodes that are gone, or slow: a second delivery has no effect.
    async fn take_over_abandoned(&self) {
        match self.store.claim_outbox(self.claim(ENTRY_LEASE), false, OUTBOX_PAGE).await {
            Ok(page) => {
                for entry in page {
                    if self.outbox.carry(entry.key) && !self.hand_over_kept(entry).await {
                        return;
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "the outbox cannot be read"),
        }
    }

    async fn read_page(&self) {
        // From here on new entries are carried again; those that the page has too are carried once.
        self.outbox.spilled.store(false, Ordering::Release);
        let page = match self.store.claim_outbox(self.claim(ENTRY_LEASE), true, OUTBOX_PAGE).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(%error, "the outbox cannot be read");
                self.outbox.spilled.store(true, Ordering::Release);
                tokio::select! {
                    biased;
                    () = tokio::time::sleep(STORE_FAILURE_PAUSE) => {}
                    () = self.stop.cancelled() => {}
                }
                return;
            }
        };
        let full = page.len() >= OUTBOX_PAGE;
        for entry in page {
            if self.outbox.carry(entry.key) && !self.hand_over_kept(entry).await {
                return;
            }
        }
        if full {
            self.outbox.spilled.store(true, Ordering::Release);
        }
    }

    /// Gives an entry from the store on, waiting for room; `false` when the engine stops.
    async fn hand_over_kept(&self, entry: OutboxEntry) -> bool {
        let OutboxEntry { key, target, carries, correlated_process, .. } = entry;
        let delivery = Delivery { entry: key, root: None, correlated_process };
        match carries {
            Carried::Command(command) => {
                let request = Request::new(target, command, Origin::Delivery(delivery));
                self.lane(target).internal.send(Work::Command(request)).await.is_ok()
            }
            Carried::Message(message) => self.publish_thrown(*message, delivery, Room::Kept).is_ok(),
            Carried::Signal(signal) => self.broadcast_thrown(*signal, delivery, Room::Kept).is_ok(),
        }
    }
}
