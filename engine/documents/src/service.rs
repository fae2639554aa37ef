//! What is done with documents.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::{self, Fuse};
use hosk_core::Timestamp;
use hosk_store::{DocumentAdded, DocumentStore, LooseContent, StoredDocument};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::contents::{Bytestream, Contents};
use crate::embedded::Embedded;
use crate::error::Error;
use crate::form::{Draft, check_id, check_media_type, sanitized};
use crate::link::{LINK_TIME, LONGEST_LINK, Signer};
use crate::upload::{Upload, Uploaded, doom, hex};

/// Media type of bytes of which nothing is said.
const ANY_BYTES: &str = "application/octet-stream";
/// Documents or contents that one step of a sweep takes.
const SLICE: u64 = 100;
/// Steps of a sweep; the next one goes on.
const STEPS: usize = 100;

/// Bounds of documents.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one.
    pub bytes: u64,
    /// How long one is kept of which nothing else is said; absent: until somebody removes it.
    pub time_to_live: Option<Duration>,
    /// How long an upload may take before its bytes are removed.
    pub upload: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 100 * 1024 * 1024, time_to_live: None, upload: Duration::from_hours(1) }
    }
}

/// A link that needs no sign-in.
#[derive(Clone, Debug)]
pub struct Link {
    /// Until when it is good.
    pub expires: Timestamp,
    /// What proves it.
    pub signature: String,
}

/// What a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Documents whose time was over.
    pub documents: u64,
    /// Bytes that no document had.
    pub contents: u64,
}

/// Documents.
pub struct Documents {
    store: Arc<dyn DocumentStore>,
    /// Where bytes are; new ones go to the first place.
    places: Vec<Arc<dyn Contents>>,
    limits: Limits,
    signer: Signer,
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documents").field("limits", &self.limits).finish_non_exhaustive()
    }
}

fn after(time: Timestamp, span: Duration) -> Timestamp {
    Timestamp(time.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}

impl Documents {
    /// Documents of this database; servers that have the same key know one another's links.
    pub fn new(store: Arc<dyn DocumentStore>, limits: Limits, key: &[u8; 32]) -> Self {
        let places: Vec<Arc<dyn Contents>> = vec![Arc::new(Embedded::new(Arc::clone(&store)))];
        Self { store, places, limits, signer: Signer::new(key) }
    }

    /// With another place for bytes, to which new ones go.
    #[must_use]
    pub fn with_place(mut self, place: Arc<dyn Contents>) -> Self {
        self.places.insert(0, place);
        self
    }

    /// Their bounds.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The place of an id, or where new bytes go.
    fn place(&self, id: Option<&str>) -> Result<&Arc<dyn Contents>, Error> {
        let found = match id {
            None => self.places.first(),
            Some(id) => {
                let named = |id: &str| self.places.iter().find(|place| place.id() == id);
                named(id).or_else(|| (id == Embedded::ALIAS).then(|| named(Embedded::ID)).flatten())
            }
        };
        found.ok_or_else(|| Error::StoreNotFound {
            given: id.unwrap_or_default().to_owned(),
            known: self.places.iter().map(|place| place.id()).collect::<Vec<_>>().join(", "),
        })
    }

    /// Begins an upload into the store of an id, or the usual one. When the document is to have an id that is taken,
    /// this is said before anything is sent.
    pub async fn begin(
        &self,
        store: Option<&str>,
        id: Option<&str>,
        now: Timestamp,
    ) -> Result<Upload, Error> {
        let place = self.place(store)?;
        if let Some(id) = id {
            check_id(id)?;
            if self.store.document(id.into()).await?.is_some_and(|known| !is_over(&known, now)) {
                return Err(Error::Exists(id.into()));
            }
        }
        let content: Arc<str> = Uuid::new_v4().simple().to_string().into();
        let loose = LooseContent { content: Arc::clone(&content), store: place.id().into() };
        self.store.begin_content(loose, now).await?;
        let writing = place.write(&content).await?;
        Ok(Upload {
            store: Arc::clone(&self.store),
            place: place.id().into(),
            content,
            writing,
            hash: Sha256::new(),
            size: 0,
            limit: self.limits.bytes,
        })
    }

    /// Makes a document of bytes that are there. When it is refused they are removed.
    pub async fn add(
        &self,
        uploaded: Uploaded,
        draft: Draft,
        now: Timestamp,
    ) -> Result<StoredDocument, Error> {
        let content = Arc::clone(&uploaded.content);
        let document = match self.document_of(uploaded, draft, now) {
            Ok(document) => document,
            Err(error) => {
                doom(&*self.store, &content).await;
                return Err(error);
            }
        };
        let known = self.store.document(Arc::clone(&document.id)).await?;
        if let Some(over) = known.filter(|known| is_over(known, now)) {
            // It has not been swept yet; for callers it is not there.
            self.store.remove_document(over.id, over.content, now).await?;
        }
        match self.store.add_document(document.clone()).await? {
            DocumentAdded::Added => Ok(document),
            DocumentAdded::Exists => Err(Error::Exists(document.id)),
            DocumentAdded::Doomed => {
                // A sweep was here, perhaps before the last of them came.
                if let Err(error) = self.place(Some(&document.store))?.remove(&document.content).await {
                    tracing::warn!(%error, content = &*document.content, "bytes of a late upload may be left");
                }
                Err(Error::TookTooLong)
            }
        }
    }

    fn document_of(&self, uploaded: Uploaded, draft: Draft, now: Timestamp) -> Result<StoredDocument, Error> {
        let Uploaded { place, content, hash, size } = uploaded;
        let id = draft.id.unwrap_or_else(|| Uuid::new_v4().to_string().into());
        check_id(&id)?;
        let content_type = draft.content_type.unwrap_or_else(|| ANY_BYTES.to_owned());
        check_media_type(&content_type)?;
        if let Some(said) = draft.size.filter(|said| *said != size) {
            return Err(Error::Invalid(format!(
                "the document was said to have {said} bytes, but {size} came"
            )));
        }
        if draft.expires.is_some_and(|expires| expires <= now) {
            return Err(Error::Invalid(
                "the document would have expired already: give a later time".to_owned(),
            ));
        }
        let expires = draft.expires.or_else(|| self.limits.time_to_live.map(|span| after(now, span)));
        let file_name = draft.file_name.as_deref().and_then(sanitized);
        Ok(StoredDocument {
            content,
            store: place,
            content_type: content_type.into(),
            file_name: file_name.map_or_else(|| Arc::clone(&id), Into::into),
            size,
            hash,
            created: now,
            created_by: draft.by,
            expires,
            process_definition_id: draft.process_definition_id,
            process_instance_key: draft.process_instance_key,
            properties: draft.properties.unwrap_or_else(|| "{}".into()),
            id,
        })
    }

    /// Bytes that came are not wanted.
    pub async fn discard(&self, uploaded: &Uploaded) {
        doom(&*self.store, &uploaded.content).await;
    }

    /// A document, in this store and with these bytes when they are named.
    pub async fn get(
        &self,
        id: &str,
        store: Option<&str>,
        hash: Option<&str>,
        now: Timestamp,
    ) -> Result<StoredDocument, Error> {
        let store = store.map(|store| self.place(Some(store))).transpose()?;
        let found = self.store.document(id.into()).await?;
        let found = found
            .filter(|known| !is_over(known, now) && store.is_none_or(|place| *known.store == *place.id()));
        let document = found.ok_or_else(|| Error::NotFound(id.into()))?;
        match hash {
            Some(given) if !given.eq_ignore_ascii_case(&document.hash) => {
                Err(Error::HashMismatch { id: document.id, given: given.chars().take(128).collect() })
            }
            _ => Ok(document),
        }
    }

    /// The bytes of a document. They are hashed again on their way; other ones end with an error, before the last of
    /// them. What is damaged at its beginning is refused here, and so is a damaged document that is one piece.
    pub async fn read(&self, document: &StoredDocument) -> Result<Bytestream, Error> {
        let bytes = self.place(Some(&document.store))?.read(&document.content, document.size).await?;
        let (bytes, expected) = (bytes.fuse(), Arc::clone(&document.hash));
        let checked = Checked { bytes, hash: Sha256::new(), expected, left: document.size, held: None };
        let mut checked = stream::try_unfold(checked, Checked::next).boxed();
        let first = checked.next().await.transpose()?;
        Ok(stream::iter(first.map(Ok)).chain(checked).boxed())
    }

    /// Removes a document.
    pub async fn remove(&self, id: &str, store: Option<&str>, now: Timestamp) -> Result<(), Error> {
        let document = self.get(id, store, None, now).await?;
        let StoredDocument { id, content, .. } = document;
        let removed = self.store.remove_document(Arc::clone(&id), content, now).await?;
        if removed { Ok(()) } else { Err(Error::NotFound(id)) }
    }

    /// A link to a document; it ends with the document at the latest.
    pub fn link(&self, document: &StoredDocument, span: Option<Duration>, now: Timestamp) -> Link {
        let span = span.unwrap_or(LINK_TIME).min(LONGEST_LINK);
        let until = after(now, span);
        let expires = document.expires.map_or(until, |expires| expires.min(until));
        Link { expires, signature: self.signer.sign(document, expires) }
    }

    /// The document of a link. That there is no such document is not told apart from a wrong signature.
    pub async fn linked(
        &self,
        id: &str,
        expires: Timestamp,
        signature: &str,
        now: Timestamp,
    ) -> Result<StoredDocument, Error> {
        match self.get(id, None, None, now).await {
            Ok(document) if now < expires && self.signer.is_signed(&document, expires, signature) => {
                Ok(document)
            }
            Ok(_) | Err(Error::NotFound(_)) => Err(Error::LinkInvalid),
            Err(other) => Err(other),
        }
    }

    /// Removes documents whose time is over, and bytes that no document has. Bounded: what is left is the next one's.
    pub async fn sweep(&self, now: Timestamp) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        for _ in 0..STEPS {
            let removed = self.store.remove_expired_documents(now, SLICE).await?;
            swept.documents += removed;
            if removed < SLICE {
                break;
            }
        }
        // Twice as long as an upload may take: nobody writes any more.
        let before = after(now, self.limits.upload.saturating_mul(2));
        let before = Timestamp(now.0.saturating_sub(before.0.saturating_sub(now.0)));
        // One place that fails does not hold up the others.
        let mut outcome = Ok(());
        for place in &self.places {
            let (removed, ended) = self.sweep_place(&**place, before).await;
            swept.contents += removed;
            outcome = outcome.and(ended);
        }
        outcome.map(|()| swept)
    }

    /// Removes doomed bytes of a place; of how many contents, and what stopped it.
    async fn sweep_place(&self, place: &dyn Contents, before: Timestamp) -> (u64, Result<(), Error>) {
        let mut removed = 0;
        for _ in 0..STEPS {
            let doomed = match self.store.doomed_contents(place.id().into(), before, SLICE).await {
                Ok(doomed) => doomed,
                Err(error) => return (removed, Err(error.into())),
            };
            for content in &doomed {
                if let Err(error) = self.remove_content(place, content).await {
                    return (removed, Err(error));
                }
                removed += 1;
            }
            if (doomed.len() as u64) < SLICE {
                break;
            }
        }
        (removed, Ok(()))
    }

    /// Removes doomed bytes, and forgets them when they are gone.
    async fn remove_content(&self, place: &dyn Contents, content: &Arc<str>) -> Result<(), Error> {
        place.remove(content).await?;
        while !self.store.shrink_content(Arc::clone(content)).await? {}
        Ok(())
    }
}

/// Whether the time of a document is over.
fn is_over(document: &StoredDocument, now: Timestamp) -> bool {
    document.expires.is_some_and(|expires| expires <= now)
}

/// Bytes that are hashed while they go out. The last piece is held until the hash is right: a reader who was told the
/// length takes the document for whole when so many bytes have come.
struct Checked {
    bytes: Fuse<Bytestream>,
    hash: Sha256,
    expected: Arc<str>,
    /// Bytes that are still to come.
    left: u64,
    held: Option<Bytes>,
}

impl Checked {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        while let Some(bytes) = self.bytes.next().await.transpose()? {
            if bytes.is_empty() {
                continue;
            }
            self.left = self.left.checked_sub(bytes.len() as u64).ok_or(Error::Damaged)?;
            self.hash.update(&bytes);
            if let Some(before) = self.held.replace(bytes) {
                return Ok(Some((before, self)));
            }
        }
        if hex(&self.hash.clone().finalize()) != *self.expected {
            return Err(Error::Damaged);
        }
        Ok(self.held.take().map(|last| (last, self)))
    }
}

#[cfg(test)]
mod tests;
