//! What was committed, in an order in which nothing comes later that stands before what was read: whoever remembers a
//! place reads on from there, after a restart and on another server too.
//!
//! SQLite and memory number the rows of the history. In PostgreSQL, where several servers write at a time, a row knows its
//! transaction, and only those transactions are read before which none is still open.

use async_trait::async_trait;
use hosk_core::ProcessInstanceKey;

use crate::{Error, Step};

/// A place among the commits: behind one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitPlace {
    /// A number that grows with time; what it counts is the store's.
    pub order: u64,
    /// Whose commit; 0: a place between commits.
    pub instance: ProcessInstanceKey,
    /// The version it led to.
    pub version: u64,
}

impl CommitPlace {
    /// Before everything of this number.
    pub(crate) fn before(order: u64) -> Self {
        Self { order, instance: ProcessInstanceKey(0), version: 0 }
    }

    /// Whether it names no commit.
    pub(crate) fn is_between(self) -> bool {
        self.instance.0 == 0
    }
}

/// What one instance went through in one commit.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Where it stands.
    pub place: CommitPlace,
    /// What happened.
    pub steps: Vec<Step>,
}

/// Reads what was committed.
#[async_trait]
pub trait CommitLog: Send + Sync + 'static {
    /// The place behind what was committed, from which nothing of what comes is missed.
    async fn newest_commit(&self) -> Result<CommitPlace, Error>;

    /// The commit of a place, if the place is one of this store: what was removed since, or stands in another store's
    /// order, is none. A place between commits has no steps.
    async fn commit_at(&self, place: CommitPlace) -> Result<Option<Commit>, Error>;

    /// The commits after a place in their order, at most `limit`.
    async fn commits_after(&self, place: CommitPlace, limit: usize) -> Result<Vec<Commit>, Error>;
}
