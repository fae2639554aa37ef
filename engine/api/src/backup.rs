//! A back-up that is made while everything goes on. Who makes it is the server's business: it knows the database.

use std::fs::File;

use async_trait::async_trait;

/// Makes back-ups.
#[async_trait]
pub trait BackUp: Send + Sync {
    /// A copy of all there is at this moment, in a file that nobody else sees and that is gone when it is closed.
    async fn make(&self) -> Result<File, BackUpError>;
}

/// Why there is no back-up.
#[derive(Debug, thiserror::Error)]
pub enum BackUpError {
    /// One is being made: it needs its room on the disk.
    #[error("a back-up is being made already")]
    Busy,
    /// It cannot be made.
    #[error("the back-up cannot be made: {0}")]
    Failed(String),
}
