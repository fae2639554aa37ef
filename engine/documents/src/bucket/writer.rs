//! Bytes on their way into a bucket: few of them in one request, more of them in parts.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use object_store::aws::AmazonS3;
use object_store::multipart::{MultipartStore as _, PartId};
use object_store::path::Path;
use object_store::{MultipartId, ObjectStoreExt as _, PutPayload};

use super::PART;
use super::failure::failed;
use crate::contents::Writing;
use crate::error::Error;

pub(super) struct Writer {
    store: Arc<AmazonS3>,
    bucket: Arc<str>,
    path: Path,
    /// The upload, once there is more than one part.
    upload: Option<MultipartId>,
    parts: Vec<PartId>,
    /// What is not a part yet.
    held: Vec<u8>,
}

impl Writer {
    pub(super) fn new(store: Arc<AmazonS3>, bucket: Arc<str>, path: Path) -> Self {
        Self { store, bucket, path, upload: None, parts: Vec::new(), held: Vec::new() }
    }

    fn failed(&self, error: &object_store::Error) -> Error {
        match failed(&self.bucket, error) {
            // Nothing is read here: what is not there is the upload, which a sweep has ended.
            Error::Damaged => Error::TookTooLong,
            other => other,
        }
    }

    async fn put_part(&mut self) -> Result<(), Error> {
        let upload = match self.upload.clone() {
            Some(upload) => upload,
            None => self.store.create_multipart(&self.path).await.map_err(|error| self.failed(&error))?,
        };
        self.upload = Some(upload.clone());
        let payload = PutPayload::from(std::mem::take(&mut self.held));
        let put = self.store.put_part(&self.path, &upload, self.parts.len(), payload).await;
        self.parts.push(put.map_err(|error| self.failed(&error))?);
        Ok(())
    }
}

#[async_trait]
impl Writing for Writer {
    async fn put(&mut self, mut bytes: Bytes) -> Result<(), Error> {
        while !bytes.is_empty() {
            if self.held.len() == PART {
                self.put_part().await?;
            }
            let room = PART - self.held.len();
            self.held.extend_from_slice(&bytes.split_to(room.min(bytes.len())));
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), Error> {
        if self.upload.is_none() {
            let payload = PutPayload::from(std::mem::take(&mut self.held));
            let put = self.store.put(&self.path, payload).await;
            return put.map(|_| ()).map_err(|error| self.failed(&error));
        }
        // At least one byte is held: a part goes only when there is another.
        self.put_part().await?;
        let (upload, parts) = (self.upload.take().unwrap_or_default(), std::mem::take(&mut self.parts));
        let whole = self.store.complete_multipart(&self.path, &upload, parts).await;
        whole.map(|_| ()).map_err(|error| self.failed(&error))
    }

    async fn abandon(self: Box<Self>) {
        // The sweep ends the upload. Nobody waits here for a store that may be what is wrong.
    }
}
