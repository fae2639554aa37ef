//! What nodes on one store tell each other, and what they look for in case it does not come.
//!
//! News only wake: whoever hears something looks into the store. As long as no other node has said that it is there,
//! nothing is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hosk_core::ProcessInstanceKey;
use hosk_store::News;
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::sync::{Notify, broadcast::error::RecvError};
use tokio::time::Instant;

use crate::inner::Inner;
use crate::limits::{AWAITED_PER_LOOK, COMPANY, HERE, LOOK_AROUND, NEWS_AT_ONCE, NEWS_PAUSE};
use crate::{End, InstanceEnd};

/// What is to be told, and who else is there.
pub(crate) struct Newsroom {
    owner: u64,
    pending: Mutex<Pending>,
    filled: Notify,
    /// Other nodes, with the time they said so last.
    nodes: Mutex<FxHashMap<u64, Instant>>,
    /// There are some.
    company: AtomicBool,
}

#[derive(Default)]
struct Pending {
    jobs: FxHashSet<Arc<str>>,
    ended: Vec<ProcessInstanceKey>,
    deployed: bool,
    here: bool,
    /// Something did not fit.
    missed: bool,
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.ended.is_empty() && !self.deployed && !self.here && !self.missed
    }
}

impl Newsroom {
    pub(crate) fn new(owner: u64) -> Self {
        Self {
            owner,
            pending: Mutex::default(),
            filled: Notify::new(),
            nodes: Mutex::default(),
            company: AtomicBool::new(false),
        }
    }

    /// Whether another node is there.
    pub(crate) fn has_company(&self) -> bool {
        self.company.load(Ordering::Relaxed)
    }

    /// Jobs of a type can be worked on.
    pub(crate) fn jobs(&self, job_type: &Arc<str>) {
        if self.has_company() {
            self.tell(|pending| {
                if pending.jobs.len() >= NEWS_AT_ONCE {
                    pending.missed = true;
                } else if !pending.jobs.contains(job_type) {
                    pending.jobs.insert(job_type.clone());
                }
            });
        }
    }

    /// An instance is over.
    pub(crate) fn ended(&self, instance: ProcessInstanceKey) {
        if self.has_company() {
            self.tell(|pending| {
                if pending.ended.len() >= NEWS_AT_ONCE {
                    pending.missed = true;
                } else {
                    pending.ended.push(instance);
                }
            });
        }
    }

    /// Definitions were deployed or deleted.
    pub(crate) fn deployed(&self) {
        if self.has_company() {
            self.tell(|pending| pending.deployed = true);
        }
    }

    fn tell(&self, what: impl FnOnce(&mut Pending)) {
        let mut pending = self.pending.lock();
        let was_empty = pending.is_empty();
        what(&mut pending);
        drop(pending);
        if was_empty {
            self.filled.notify_one();
        }
    }

    fn take(&self) -> Vec<News> {
        let Pending { jobs, ended, deployed, here, missed } = std::mem::take(&mut *self.pending.lock());
        let mut news = Vec::new();
        news.extend(here.then_some(News::Here(self.owner)));
        news.extend(deployed.then_some(News::Deployed));
        news.extend(missed.then_some(News::Missed));
        news.extend(jobs.into_iter().map(|job_type| News::Jobs(job_type.to_string())));
        news.extend(ended.into_iter().map(News::Ended));
        news
    }

    /// Another node is there: a new one is told at once that this one is.
    fn here(&self, owner: u64) {
        if owner == self.owner {
            return;
        }
        let new = self.nodes.lock().insert(owner, Instant::now()).is_none();
        self.company.store(true, Ordering::Relaxed);
        if new {
            self.tell(|pending| pending.here = true);
        }
    }

    /// Forgets nodes that were not heard of for long.
    fn count(&self) {
        let mut nodes = self.nodes.lock();
        nodes.retain(|_, heard| heard.elapsed() < COMPANY);
        self.company.store(!nodes.is_empty(), Ordering::Relaxed);
    }
}

impl Inner {
    /// Tells the other nodes, until the engine stops.
    pub(crate) async fn tell_news(self: Arc<Self>) {
        let mut here = tokio::time::interval(HERE);
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                _ = here.tick() => {
                    self.newsroom.count();
                    self.newsroom.pending.lock().here = true;
                }
                () = self.newsroom.filled.notified() => tokio::time::sleep(NEWS_PAUSE).await,
            }
            let news = self.newsroom.take();
            if news.is_empty() {
                continue;
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                told = self.store.announce(news) => if let Err(error) = told {
                    tracing::debug!(%error, "other nodes were not told; they look for themselves");
                }
            }
        }
    }

    /// Hears what other nodes tell, until the engine stops.
    pub(crate) async fn hear_news(self: Arc<Self>) {
        let Some(mut news) = self.store.news() else { return };
        loop {
            let heard = tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                heard = news.recv() => heard,
            };
            match heard {
                Ok(News::Here(owner)) => self.newsroom.here(owner),
                Ok(News::Jobs(job_type)) => self.jobs.elsewhere(&job_type),
                Ok(News::Ended(instance)) => self.ended_elsewhere(instance),
                Ok(News::Deployed) => self.refresh_definitions().await,
                Ok(News::Missed) | Err(RecvError::Lagged(_)) => {
                    self.jobs.elsewhere_any();
                    self.refresh_definitions().await;
                    self.look_for_ends().await;
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// Looks into the store now and then, until the engine stops.
    pub(crate) async fn look_around(self: Arc<Self>) {
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_AROUND) => {}
            }
            self.refresh_definitions().await;
            self.look_for_ends().await;
        }
    }

    /// Takes over what other nodes deployed and deleted.
    pub(crate) async fn refresh_definitions(&self) {
        if !self.shared {
            return;
        }
        if let Err(error) = self.definitions.refresh(&*self.store).await {
            tracing::warn!(%error, "what other nodes deployed cannot be read");
        }
    }

    /// An instance may have ended on another node; this one's own callers know already.
    fn ended_elsewhere(&self, instance: ProcessInstanceKey) {
        if self.ends.is_awaited(instance) {
            self.ends.tell(&InstanceEnd { instance, end: End::Earlier, at: self.clock.now() });
        }
    }

    async fn look_for_ends(&self) {
        let awaited = self.ends.awaited(AWAITED_PER_LOOK);
        if awaited.is_empty() {
            return;
        }
        match self.store.standing(&awaited).await {
            Ok(standing) => {
                for (instance, standing) in awaited.into_iter().zip(standing) {
                    if standing.ended {
                        self.ended_elsewhere(instance);
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "ends of instances cannot be looked for"),
        }
    }
}
