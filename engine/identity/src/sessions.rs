//! Sessions of pages that were ended before their time. A session itself is not stored; that it is over is, until it would
//! have ended by itself.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use hosk_store::IdentityChange;

use crate::records::{EndedSession, entry};
use crate::{Error, Identity, Kind};

/// How many that do not matter any more are forgotten at once.
const FORGOTTEN: usize = 100;

/// Milliseconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

impl Identity {
    /// A session is over; `expires` is when it would have ended by itself, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Store`].
    pub async fn end_session(&self, id: &str, expires: i64) -> Result<(), Error> {
        self.forget_sessions().await?;
        self.room(Kind::EndedSession)?;
        let ended = IdentityChange::Put(entry(Kind::EndedSession, id, &EndedSession { expires }));
        self.change(vec![ended], |_| Error::NotFound { kind: Kind::EndedSession, id: id.into() }).await
    }

    /// Whether a session was ended before its time.
    pub fn has_ended(&self, session: &str) -> bool {
        self.directory.read().ended_sessions.contains_key(session)
    }

    /// Forgets some of those that would be over by now anyway.
    async fn forget_sessions(&self) -> Result<(), Error> {
        let now = now();
        let old: Vec<Arc<str>> = {
            let directory = self.directory.read();
            let over = directory.ended_sessions.iter().filter(|(_, expires)| **expires < now);
            over.map(|(id, _)| Arc::clone(id)).take(FORGOTTEN).collect()
        };
        for id in old {
            match self.remove(Kind::EndedSession, &id).await {
                // Another server was faster.
                Ok(()) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hosk_store::Memory;

    use super::*;

    #[tokio::test]
    async fn an_ended_session_is_known_everywhere_until_it_does_not_matter() {
        let store = Arc::new(Memory::new());
        let here = Identity::start(store.clone()).await.unwrap();
        let there = Identity::start(store.clone()).await.unwrap();
        here.end_session("old", now() - 1).await.unwrap();
        here.end_session("a", now() + 60_000).await.unwrap();
        // Said twice it is over all the same.
        here.end_session("a", now() + 60_000).await.unwrap();
        assert!(here.has_ended("a") && !here.has_ended("b") && !here.has_ended("old"));
        there.refresh().await.unwrap();
        assert!(there.has_ended("a"));
        assert!(Identity::start(store).await.unwrap().has_ended("a"), "also after a restart");
    }
}
