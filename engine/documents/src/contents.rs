//! Where bytes are kept.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use crate::Error;

/// Bytes on their way out.
pub type Bytestream = BoxStream<'static, Result<Bytes, Error>>;

/// A place for the bytes of documents. They are told apart by a name that is given anew with each upload.
#[async_trait]
pub trait Contents: Send + Sync + 'static {
    /// The id of the store, which references carry.
    fn id(&self) -> &str;
    /// Begins to write bytes.
    async fn write(&self, content: &Arc<str>) -> Result<Box<dyn Writing>, Error>;
    /// Bytes that were written, of which there are so many.
    async fn read(&self, content: &Arc<str>, size: u64) -> Result<Bytestream, Error>;
    /// Removes bytes, or what was written of them; nothing is wrong when there are none.
    async fn remove(&self, content: &Arc<str>) -> Result<(), Error>;
}

/// Bytes on their way in.
#[async_trait]
pub trait Writing: Send {
    /// Takes some more. Returns when there is room for others, so that memory stays bounded.
    async fn put(&mut self, bytes: Bytes) -> Result<(), Error>;
    /// All of them are there, durably when this returns.
    async fn finish(self: Box<Self>) -> Result<(), Error>;
    /// They are not wanted.
    async fn abandon(self: Box<Self>);
}
