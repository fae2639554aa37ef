//! Live updates: hints about what happened to instances and tasks, for pages that show them.
//!
//! The source is the history, read behind the commits: nothing is written or told for it, and nothing is read while
//! nobody listens. One reader a server goes through what was committed, here or by other servers, and hands hints to all
//! streams; each tells those that its caller may see and asked for.

mod hints;
mod sight;
mod stream;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hosk_store::{CommitLog, CommitPlace, Error, Queries};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};

use crate::problem::Problem;
use crate::settings::Settings;
use hints::{Hint, hints_of};
pub(crate) use hints::{KINDS, Kind};
pub(crate) use sight::{People, Sight, Wanted};
pub(crate) use stream::{From, Stream};

/// Commits read at a time.
const SLICE: usize = 256;
/// Slices read at a time before the reader gives up going through all of them.
const SLICES_BEHIND: usize = 40;
/// How often what other servers committed is looked for.
const LOOK: Duration = Duration::from_millis(500);
/// The shortest time between two looks: what is committed meanwhile is read together.
const PAUSE: Duration = Duration::from_millis(50);

/// Some commits, as hints.
#[derive(Debug)]
struct Slice {
    hints: Vec<Hint>,
    /// Behind all of them.
    until: CommitPlace,
    /// Whether there may be more.
    full: bool,
    /// Whether commits before these were left out.
    gap: bool,
}

/// Tells what happens to whoever listens.
pub(crate) struct Events {
    log: Arc<dyn CommitLog>,
    queries: Arc<dyn Queries>,
    commits: watch::Receiver<u64>,
    leaving: Arc<AtomicBool>,
    /// Slices kept for a stream whose reader is slow.
    kept: usize,
    places: Arc<Semaphore>,
    /// What the reader tells, while there is one.
    live: tokio::sync::Mutex<Option<broadcast::Sender<Arc<Slice>>>>,
}

impl Events {
    pub(crate) fn new(
        log: Arc<dyn CommitLog>,
        queries: Arc<dyn Queries>,
        commits: watch::Receiver<u64>,
        settings: &Settings,
    ) -> Self {
        Self {
            log,
            queries,
            commits,
            leaving: Arc::clone(&settings.leaving),
            kept: settings.stream_pieces.max(1),
            places: Arc::new(Semaphore::new(settings.streams)),
            live: tokio::sync::Mutex::new(None),
        }
    }

    /// Room for one more stream.
    pub(crate) fn place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        if self.leaving.load(Ordering::Relaxed) {
            return Err(Problem::unavailable("The server is going down; ask again."));
        }
        let full = |_| Problem::busy("The server has as many event streams as it can; come back later.");
        Arc::clone(&self.places).try_acquire_owned().map_err(full)
    }

    /// What happens from now on. What is read from the store afterwards joins it without a gap.
    async fn follow(self: &Arc<Self>) -> Result<broadcast::Receiver<Arc<Slice>>, Error> {
        let mut live = self.live.lock().await;
        if let Some(told) = &*live {
            return Ok(told.subscribe());
        }
        let from = self.log.newest_commit().await?;
        let (told, heard) = broadcast::channel(self.kept);
        *live = Some(told.clone());
        drop(live);
        tokio::spawn(Arc::clone(self).read(from, told));
        Ok(heard)
    }

    /// Reads what is committed as long as somebody listens.
    async fn read(self: Arc<Self>, mut at: CommitPlace, told: broadcast::Sender<Arc<Slice>>) {
        let mut commits = self.commits.clone();
        loop {
            let stopped = tokio::select! {
                changed = commits.changed() => changed.is_err(),
                () = tokio::time::sleep(LOOK) => false,
            };
            let mut live = self.live.lock().await;
            if stopped || told.receiver_count() == 0 || self.leaving.load(Ordering::Relaxed) {
                // Streams end with it.
                *live = None;
                return;
            }
            drop(live);
            if let Err(error) = self.tell(&mut at, &told).await {
                tracing::warn!(%error, "what was committed cannot be read; streams of events wait");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn tell(&self, at: &mut CommitPlace, told: &broadcast::Sender<Arc<Slice>>) -> Result<(), Error> {
        for _ in 0..SLICES_BEHIND {
            let slice = self.slice(*at, SLICE).await?;
            let full = slice.full;
            if slice.until != *at {
                *at = slice.until;
                let _ = told.send(Arc::new(slice));
            }
            if !full {
                return Ok(());
            }
        }
        // More is committed than can be read.
        let until = self.log.newest_commit().await?;
        *at = until;
        let _ = told.send(Arc::new(Slice { hints: Vec::new(), until, full: false, gap: true }));
        Ok(())
    }

    /// What was committed after a place, at most so many commits.
    async fn slice(&self, at: CommitPlace, limit: usize) -> Result<Slice, Error> {
        let commits = self.log.commits_after(at, limit).await?;
        let until = commits.last().map_or(at, |commit| commit.place);
        let full = commits.len() == limit;
        Ok(Slice { hints: hints_of(&*self.queries, &commits).await?, until, full, gap: false })
    }
}
