//! Retention: what has ended is removed when its time to live is over.
//!
//! The time to live is that of the process definition (property `historyTimeToLive` of the process), else that of the
//! installation; without either it is kept for ever. A sweep goes through the definitions and removes a few instances
//! at a time, each with all that it called, and rests in between. Where there is an archive, their histories are in a
//! file on disk before they are removed. Several nodes may sweep at once: what is gone already is nobody's loss.

mod archive;

use std::path::PathBuf;
use std::sync::Arc;

use hosk_core::{Definitions as _, DeployedProcess, ProcessInstanceKey, Timestamp};
use hosk_model::HISTORY_TIME_TO_LIVE;
use hosk_store::{EndedPage, JOB_FIGURES_KEPT, Queries, RemovalStore};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp as Moment};

use crate::inner::Inner;
use crate::limits::{RETENTION_PAGE, RETENTION_PAUSE, RETENTION_SWEEP};
use crate::{Engine, Error};
use archive::Archive;

/// How long what has ended is kept.
#[derive(Clone, Debug, Default)]
pub struct RetentionSettings {
    /// Instances of definitions that do not say it themselves; `None`: for ever.
    pub time_to_live: Option<Span>,
    /// Folder for the histories of what is removed; `None`: they are gone.
    pub archive: Option<PathBuf>,
}

/// Removes what has ended and outlived its time.
pub struct Retention {
    inner: Arc<Inner>,
    store: Arc<dyn RemovalStore>,
    time_to_live: Option<Span>,
    archive: Option<Archive>,
}

impl std::fmt::Debug for Retention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Retention").field("time_to_live", &self.time_to_live).finish_non_exhaustive()
    }
}

impl Retention {
    /// Prepares it; nothing is removed before [`Retention::sweep`] or [`Retention::run`].
    pub fn new(
        engine: &Engine,
        store: Arc<dyn RemovalStore>,
        queries: Arc<dyn Queries>,
        settings: RetentionSettings,
    ) -> Self {
        Self {
            inner: engine.inner.clone(),
            store,
            time_to_live: settings.time_to_live,
            archive: settings.archive.map(|folder| Archive::new(folder, queries)),
        }
    }

    /// Sweeps now and then, until the engine stops.
    pub fn run(self) {
        let inner = self.inner.clone();
        inner.tasks.spawn(async move {
            loop {
                tokio::select! {
                    biased;
                    () = self.inner.stop.cancelled() => return,
                    () = tokio::time::sleep(RETENTION_SWEEP) => {}
                }
                let swept = tokio::select! {
                    biased;
                    () = self.inner.stop.cancelled() => return,
                    swept = self.sweep() => swept,
                };
                match swept {
                    Ok(0) => {}
                    Ok(removed) => {
                        tracing::info!(removed, "instances whose time to live was over were removed");
                    }
                    Err(error) => {
                        // The next sweep finds the same.
                        tracing::warn!(%error, "what has outlived its time could not be removed");
                    }
                }
            }
        });
    }

    /// Removes what has outlived its time now; how many instances that was, without those that they called.
    ///
    /// # Errors
    /// The store or the archive failed; what was removed before stays removed.
    pub async fn sweep(&self) -> Result<u64, Error> {
        let now = self.inner.clock.now();
        self.forget_job_figures(now).await?;
        let mut removed = 0;
        let definitions = &self.inner.definitions;
        // Without a time for all of them, only files that may say one are compiled for it.
        let word = self.time_to_live.is_none().then_some(HISTORY_TIME_TO_LIVE);
        for key in definitions.processes(word) {
            // Compiling takes its time.
            tokio::task::yield_now().await;
            let Some(process) = definitions.process(key) else { continue };
            let own = process.definition.history_time_to_live;
            let Some(before) = own.or(self.time_to_live).and_then(|span| earlier(now, span)) else {
                continue;
            };
            removed += self.sweep_process(&process, before, now).await?;
        }
        Ok(removed)
    }

    /// Figures about jobs are kept for a fixed time.
    async fn forget_job_figures(&self, now: Timestamp) -> Result<(), Error> {
        let kept = i64::try_from(JOB_FIGURES_KEPT.as_millis()).unwrap_or(i64::MAX);
        let before = Timestamp(now.0.saturating_sub(kept));
        while self.store.remove_job_figures(before).await? > 0 {
            tokio::time::sleep(RETENTION_PAUSE).await;
        }
        Ok(())
    }

    async fn sweep_process(
        &self,
        process: &DeployedProcess,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let mut removed = 0;
        let mut page = EndedPage { definition: process.key, before, after: None, limit: RETENTION_PAGE };
        loop {
            let ended = self.store.ended(page.clone()).await?;
            let Some(last) = ended.last().copied() else { return Ok(removed) };
            let keys: Vec<ProcessInstanceKey> = ended.iter().map(|(key, _)| *key).collect();
            if let Some(archive) = &self.archive {
                archive.keep(&*self.store, process, &keys, now).await?;
            }
            let gone = self.store.remove_instances(keys).await?;
            removed += gone.iter().filter(|one| **one == hosk_store::Removal::Removed).count() as u64;
            page.after = Some(last);
            // Others have their turn.
            tokio::time::sleep(RETENTION_PAUSE).await;
        }
    }
}

/// The moment a span before another; `None` when that is before all times.
fn earlier(now: Timestamp, span: Span) -> Option<Timestamp> {
    let now = Moment::from_millisecond(now.0).ok()?.to_zoned_datetime(TimeZone::UTC);
    Some(Timestamp(now.checked_sub(span).ok()?.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        let at = |text: &str| Timestamp(text.parse::<Moment>().unwrap().as_millisecond());
        for (now, span, then) in [
            ("2026-03-31T12:00:00Z", "P1M", "2026-02-28T12:00:00Z"),
            ("2026-03-31T12:00:00Z", "P30D", "2026-03-01T12:00:00Z"),
            ("2026-01-01T00:00:00Z", "PT1S", "2025-12-31T23:59:59Z"),
        ] {
            assert_eq!(earlier(at(now), span.parse().unwrap()), Some(at(then)), "{span}");
        }
        assert_eq!(earlier(at("2026-01-01T00:00:00Z"), "P19000Y".parse().unwrap()), None);
    }
}
