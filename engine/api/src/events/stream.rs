//! One stream: what was missed since the place that the caller remembers, then what happens.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use hosk_core::ProcessInstanceKey;
use hosk_store::{CommitPlace, Error};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, interval_at};

use super::hints::{Hint, hints_of};
use super::{Events, SLICE, Sight, Slice, Wanted};
use crate::App;
use crate::auth::Need;

/// When a browser that lost the stream comes back, in milliseconds.
const RETRY: u64 = 3_000;

/// From where a stream tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// From now on.
    Now,
    /// From what was told last: a commit, and how many hints of it.
    Place(CommitPlace, u32),
    /// From a place that nobody knows.
    Unknown,
}

impl From {
    /// Reads an id of an event.
    pub(crate) fn read(id: &str) -> Self {
        let mut numbers = id.split('-').map(str::parse::<u64>);
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(order)), Some(Ok(instance)), Some(Ok(version)), Some(Ok(number)), None) => {
                let instance = ProcessInstanceKey(instance);
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                Self::Place(CommitPlace { order, instance, version }, number)
            }
            _ => Self::Unknown,
        }
    }
}

/// The id of what was told up to a hint of a commit; `u32::MAX`: all of the commit.
fn id(place: CommitPlace, number: u32) -> String {
    let CommitPlace { order, instance, version } = place;
    format!("{order}-{}-{version}-{number}", instance.0)
}

/// Why a stream ends.
enum End {
    /// The caller is gone, or reads too slowly, or may not go on, or the server leaves.
    Over,
    /// The store does not answer.
    Store(Error),
}

impl std::convert::From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// A stream on its way to a caller.
pub(crate) struct Stream {
    pub(crate) app: Arc<App>,
    pub(crate) events: Arc<Events>,
    pub(crate) wanted: Wanted,
    pub(crate) sight: Sight,
    /// With what he signed in; it is looked at again with each sign of life.
    pub(crate) credentials: (HeaderMap, Option<IpAddr>),
    pub(crate) chunks: mpsc::Sender<Bytes>,
    /// Room for it.
    pub(crate) room: OwnedSemaphorePermit,
    /// Behind what was told.
    at: CommitPlace,
}

impl Stream {
    pub(crate) fn new(
        (app, events): (Arc<App>, Arc<Events>),
        (wanted, sight): (Wanted, Sight),
        credentials: (HeaderMap, Option<IpAddr>),
        chunks: mpsc::Sender<Bytes>,
        room: OwnedSemaphorePermit,
    ) -> Self {
        let at = CommitPlace { order: 0, instance: ProcessInstanceKey(0), version: 0 };
        Self { app, events, wanted, sight, credentials, chunks, room, at }
    }

    /// Tells until the caller or the server leaves.
    pub(crate) async fn run(mut self, from: From) {
        if let Err(End::Store(error)) = self.told(from).await {
            tracing::warn!(%error, "a stream of events ends; the caller may come back");
        }
        drop(self.room);
    }

    async fn told(&mut self, from: From) -> Result<(), End> {
        self.say(format!("retry: {RETRY}\n\n")).await?;
        let mut heard = self.events.follow().await?;
        self.catch_up(from).await?;
        let beat = self.app.settings.heartbeat;
        let mut beats = interval_at(Instant::now() + beat, beat);
        loop {
            tokio::select! {
                slice = heard.recv() => match slice {
                    Ok(slice) => self.slice(&slice).await?,
                    Err(RecvError::Lagged(_)) => {
                        heard = heard.resubscribe();
                        self.reset("You read more slowly than things happen.").await?;
                    }
                    Err(RecvError::Closed) => return Ok(()),
                },
                _ = beats.tick() => self.beat().await?,
                () = self.chunks.closed() => return Ok(()),
            }
        }
    }

    /// Tells what happened since.
    async fn catch_up(&mut self, from: From) -> Result<(), End> {
        match from {
            From::Now => {
                self.at = self.events.log.newest_commit().await?;
                self.say(format!("id: {}\n\n", id(self.at, u32::MAX))).await
            }
            From::Unknown => self.reset("The id is none of this server's.").await,
            From::Place(place, number) => {
                let Some(commit) = self.events.log.commit_at(place).await? else {
                    return self.reset("What you know is older than what can be told.").await;
                };
                self.at = place;
                let hints = hints_of(&*self.events.queries, &[commit]).await?;
                let rest: Vec<_> = hints.into_iter().filter(|hint| hint.number > number).collect();
                self.hints(&rest).await?;
                let mut left = self.app.settings.stream_missed;
                while left > 0 {
                    let limit = left.min(SLICE);
                    let slice = self.events.slice(self.at, limit).await?;
                    self.slice(&slice).await?;
                    if !slice.full {
                        return self.say(format!("id: {}\n\n", id(self.at, u32::MAX))).await;
                    }
                    left -= limit;
                }
                self.reset("You missed more than can be told.").await
            }
        }
    }

    /// Tells what of a slice was not told before.
    async fn slice(&mut self, slice: &Slice) -> Result<(), End> {
        if slice.gap {
            return self.reset("More happens than can be told.").await;
        }
        let known = slice.hints.partition_point(|hint| hint.place <= self.at);
        self.hints(&slice.hints[known..]).await?;
        self.at = self.at.max(slice.until);
        Ok(())
    }

    async fn hints(&mut self, hints: &[Hint]) -> Result<(), End> {
        let mut text = String::new();
        for hint in hints {
            if self.sight.holds(&hint.about)? {
                text.extend(["id: ", &id(hint.place, hint.number), "\ndata: ", &hint.text, "\n\n"]);
            }
        }
        if text.is_empty() { Ok(()) } else { self.say(text).await }
    }

    /// Tells the caller that he does not know what he missed.
    async fn reset(&mut self, why: &str) -> Result<(), End> {
        self.at = self.events.log.newest_commit().await?;
        let id = id(self.at, u32::MAX);
        let text =
            format!("event: reset\nid: {id}\ndata: {{\"detail\":\"{why} Read everything again.\"}}\n\n");
        self.say(text).await
    }

    /// A sign of life, with the newest id; ends the stream of somebody who may not any more.
    async fn beat(&mut self) -> Result<(), End> {
        let (headers, peer) = &self.credentials;
        let asked = (&Method::GET, headers);
        let admitted = self.app.auth.admit(Need::SignedIn, false, asked, *peer).await;
        let caller = admitted.map_err(|_| End::Over)?;
        self.sight = Sight::of(&self.app, &caller, &self.wanted);
        self.say(format!(": here\nid: {}\n\n", id(self.at, u32::MAX))).await
    }

    /// Hands something on; a caller who takes nothing for long is left.
    async fn say(&self, text: String) -> Result<(), End> {
        let patience: Duration = self.app.settings.stream_patience;
        match tokio::time::timeout(patience, self.chunks.send(text.into())).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Over),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_was_written() {
        let place = CommitPlace { order: 7, instance: ProcessInstanceKey(1 << 62), version: 3 };
        assert_eq!(From::read(&id(place, 2)), From::Place(place, 2));
        for strange in ["", "7", "7-1-1", "7-1-1-1-1", "a-1-1-1", "-1-1-1-1", "7-1-1-x"] {
            assert_eq!(From::read(strange), From::Unknown, "{strange}");
        }
    }
}
