//! Bytes in the database, in parts: backed up with everything else, seen by every server of the database.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream;
use hosk_store::{DOCUMENT_PART, DocumentStore};

use crate::contents::{Bytestream, Contents, Writing};
use crate::error::Error;

/// The store of documents in the database.
#[derive(Clone)]
pub struct Embedded(Arc<dyn DocumentStore>);

impl Embedded {
    /// Its id.
    pub const ID: &'static str = "database";
    /// What others call a store that comes along with the engine; taken where a store is asked for, never answered.
    pub const ALIAS: &'static str = "in-memory";

    /// The store of this database.
    pub fn new(store: Arc<dyn DocumentStore>) -> Self {
        Self(store)
    }
}

#[async_trait]
impl Contents for Embedded {
    fn id(&self) -> &str {
        Self::ID
    }

    async fn write(&self, content: &Arc<str>) -> Result<Box<dyn Writing>, Error> {
        let (store, content) = (Arc::clone(&self.0), Arc::clone(content));
        Ok(Box::new(Parts { store, content, part: 0, held: Vec::new() }))
    }

    async fn read(&self, content: &Arc<str>, size: u64) -> Result<Bytestream, Error> {
        let parts = u32::try_from(size.div_ceil(DOCUMENT_PART as u64)).unwrap_or(u32::MAX);
        let (store, content) = (Arc::clone(&self.0), Arc::clone(content));
        let next = move |part: u32| {
            let (store, content) = (Arc::clone(&store), Arc::clone(&content));
            async move {
                if part == parts {
                    return Ok(None);
                }
                // Removed while it is read, or the database is damaged.
                let bytes = store.document_part(content, part).await?.ok_or(Error::Damaged)?;
                Ok(Some((Bytes::from(bytes), part + 1)))
            }
        };
        Ok(Box::pin(stream::try_unfold(0, next)))
    }

    async fn remove(&self, content: &Arc<str>) -> Result<(), Error> {
        while !self.0.shrink_content(Arc::clone(content)).await? {}
        Ok(())
    }
}

struct Parts {
    store: Arc<dyn DocumentStore>,
    content: Arc<str>,
    part: u32,
    /// What is not a part yet.
    held: Vec<u8>,
}

impl Parts {
    async fn put_part(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        self.store.put_document_part(Arc::clone(&self.content), self.part, bytes).await?;
        self.part = self.part.checked_add(1).ok_or(Error::Damaged)?;
        Ok(())
    }
}

#[async_trait]
impl Writing for Parts {
    async fn put(&mut self, mut bytes: Bytes) -> Result<(), Error> {
        while !bytes.is_empty() {
            let room = DOCUMENT_PART - self.held.len();
            self.held.extend_from_slice(&bytes.split_to(room.min(bytes.len())));
            if self.held.len() == DOCUMENT_PART {
                let whole = std::mem::take(&mut self.held);
                self.put_part(whole).await?;
            }
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), Error> {
        let rest = std::mem::take(&mut self.held);
        if rest.is_empty() { Ok(()) } else { self.put_part(rest).await }
    }

    async fn abandon(self: Box<Self>) {}
}
