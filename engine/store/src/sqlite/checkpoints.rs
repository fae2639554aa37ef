//! Copies the write-ahead log into the file beside the writer, so that a commit seldom waits for it.
//!
//! A passive checkpoint takes no lock the writer needs. It cannot begin the log anew while the writer goes on; the
//! writer does that when the log is long, and finds little left to copy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use tokio::task::JoinHandle;

/// How often the log is copied while there are commits.
const EVERY: Duration = Duration::from_millis(100);

/// The task that copies; it ends with this.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// Something was committed since the log was copied.
    committed: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Checkpoints {
    /// Begins to copy, over a connection of its own.
    pub(super) fn begin(connection: SqliteConnection) -> Self {
        let committed = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(copy(connection, committed.clone()));
        Self { committed, task }
    }

    /// Something was committed.
    pub(super) fn committed(&self) {
        self.committed.store(true, Ordering::Relaxed);
    }

    /// Ends the task and waits for it.
    pub(super) async fn end(mut self) {
        self.task.abort();
        // Being aborted is what was asked for.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn copy(mut connection: SqliteConnection, committed: Arc<AtomicBool>) {
    loop {
        tokio::time::sleep(EVERY).await;
        if !committed.swap(false, Ordering::Relaxed) {
            continue;
        }
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut connection).await {
            tracing::debug!(%error, "the write-ahead log was not copied; the writer does it");
            if connection.ping().await.is_err() {
                return;
            }
        }
    }
}
