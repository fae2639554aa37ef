//! Bytes on their way in: counted, hashed, kept in their bounds.

use std::sync::Arc;

use bytes::Bytes;
use hosk_store::DocumentStore;
use sha2::{Digest as _, Sha256};

use crate::contents::Writing;
use crate::error::Error;

/// An upload under way.
pub struct Upload {
    pub(crate) store: Arc<dyn DocumentStore>,
    pub(crate) place: Arc<str>,
    pub(crate) content: Arc<str>,
    pub(crate) writing: Box<dyn Writing>,
    pub(crate) hash: Sha256,
    pub(crate) size: u64,
    pub(crate) limit: u64,
}

/// Bytes that are there and wait for their document.
#[derive(Clone, Debug)]
pub struct Uploaded {
    pub(crate) place: Arc<str>,
    pub(crate) content: Arc<str>,
    pub(crate) hash: Arc<str>,
    pub(crate) size: u64,
}

impl Upload {
    /// Takes some more bytes.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.size += bytes.len() as u64;
        if self.size > self.limit {
            return Err(Error::TooLarge { limit: self.limit });
        }
        self.hash.update(&bytes);
        self.writing.put(bytes).await
    }

    /// All bytes are there.
    pub async fn finish(self) -> Result<Uploaded, Error> {
        let Self { store, place, content, writing, hash, size, .. } = self;
        if let Err(error) = writing.finish().await {
            doom(&*store, &content).await;
            return Err(error);
        }
        Ok(Uploaded { place, content, hash: hex(&hash.finalize()).into(), size })
    }

    /// What came is not wanted.
    pub async fn abandon(self) {
        self.writing.abandon().await;
        doom(&*self.store, &self.content).await;
    }
}

/// Lets bytes be removed at the next sweep. If that fails they are old enough some time.
pub(crate) async fn doom(store: &dyn DocumentStore, content: &Arc<str>) {
    if let Err(error) = store.doom_content(Arc::clone(content)).await {
        tracing::warn!(%error, "bytes that no document has are removed later");
    }
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
