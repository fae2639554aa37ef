//! What goes wrong with documents.

use std::sync::Arc;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such document, or its time is over.
    #[error("document with id '{0}' not found: it was never there, was removed, or its time is over")]
    NotFound(Arc<str>),
    /// The id is taken.
    #[error("there is a document `{0}` already: leave the id out to get a new one")]
    Exists(Arc<str>),
    /// The reference is to other bytes.
    #[error("the document `{id}` has other bytes than those with the hash `{given}`")]
    HashMismatch {
        /// The document.
        id: Arc<str>,
        /// The hash that was asked for.
        given: String,
    },
    /// No such store.
    #[error("document store with id '{given}' does not exist; there are: {known}")]
    StoreNotFound {
        /// What was asked for.
        given: String,
        /// Those there are.
        known: String,
    },
    /// More bytes than a document may have.
    #[error("a document may have {limit} bytes, and this one has more")]
    TooLarge {
        /// So many it may have.
        limit: u64,
    },
    /// What is said about a document cannot be so.
    #[error("{0}")]
    Invalid(String),
    /// The upload took so long that its bytes were removed.
    #[error("the upload took so long that what had come was removed: repeat it")]
    TookTooLong,
    /// The link was not made here, was changed, or its time or its document's is over.
    #[error("the link is wrong or its time is over: ask for a new one")]
    LinkInvalid,
    /// The bytes are not those that were uploaded.
    #[error("the bytes of the document are not all there, or were changed")]
    Damaged,
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] hosk_store::Error),
    /// The store of objects has no such bucket.
    #[error("the store of documents has no bucket `{0}`")]
    BucketMissing(String),
    /// The store of objects does not take the key, or does not let it do this.
    #[error("the store of documents refuses access: {0}")]
    Denied(String),
    /// The store of objects cannot be reached, does not answer in time, or has a fault.
    #[error("the store of documents failed: {0}")]
    Unavailable(String),
}

impl Error {
    /// The page that explains it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "document-not-found",
            Self::Exists(_) => "document-exists",
            Self::HashMismatch { .. } => "document-hash-mismatch",
            Self::StoreNotFound { .. } => "document-store-not-found",
            Self::LinkInvalid => "document-link-invalid",
            Self::Damaged => "document-damaged",
            Self::TookTooLong => "document-upload-slow",
            Self::BucketMissing(_) => "document-bucket-missing",
            Self::Denied(_) => "document-store-denied",
            Self::Unavailable(_) => "document-store-unavailable",
            Self::TooLarge { .. } => "request-too-large",
            Self::Invalid(_) => "invalid-argument",
            Self::Store(_) => "unavailable",
        }
    }
}
