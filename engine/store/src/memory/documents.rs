//! Documents in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use hosk_core::Timestamp;

use super::Memory;
use crate::Error;
use crate::documents::{DocumentAdded, DocumentStore, LooseContent, StoredDocument};

/// The tables.
#[derive(Debug, Default)]
pub(super) struct Documents {
    by_id: BTreeMap<Arc<str>, StoredDocument>,
    loose: BTreeMap<Arc<str>, Loose>,
    parts: BTreeMap<(Arc<str>, u32), Vec<u8>>,
}

#[derive(Debug)]
struct Loose {
    store: Arc<str>,
    since: Timestamp,
    doomed: bool,
}

impl Documents {
    fn loosen(&mut self, document: StoredDocument, since: Timestamp) {
        self.loose.insert(document.content, Loose { store: document.store, since, doomed: true });
    }
}

#[async_trait]
impl DocumentStore for Memory {
    async fn begin_content(&self, loose: LooseContent, at: Timestamp) -> Result<(), Error> {
        let row = Loose { store: loose.store, since: at, doomed: false };
        self.documents.lock().await.loose.insert(loose.content, row);
        Ok(())
    }

    async fn put_document_part(&self, content: Arc<str>, part: u32, bytes: Vec<u8>) -> Result<(), Error> {
        self.documents.lock().await.parts.insert((content, part), bytes);
        Ok(())
    }

    async fn document_part(&self, content: Arc<str>, part: u32) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.documents.lock().await.parts.get(&(content, part)).cloned())
    }

    async fn add_document(&self, document: StoredDocument) -> Result<DocumentAdded, Error> {
        let tables = &mut *self.documents.lock().await;
        if tables.loose.get(&document.content).is_none_or(|loose| loose.doomed) {
            return Ok(DocumentAdded::Doomed);
        }
        if tables.by_id.contains_key(&document.id) {
            let at = document.created;
            tables.loosen(document, at);
            return Ok(DocumentAdded::Exists);
        }
        tables.loose.remove(&document.content);
        tables.by_id.insert(document.id.clone(), document);
        Ok(DocumentAdded::Added)
    }

    async fn document(&self, id: Arc<str>) -> Result<Option<StoredDocument>, Error> {
        Ok(self.documents.lock().await.by_id.get(&id).cloned())
    }

    async fn remove_document(&self, id: Arc<str>, content: Arc<str>, at: Timestamp) -> Result<bool, Error> {
        let tables = &mut *self.documents.lock().await;
        if tables.by_id.get(&id).is_none_or(|document| document.content != content) {
            return Ok(false);
        }
        let Some(document) = tables.by_id.remove(&id) else { return Ok(false) };
        tables.loosen(document, at);
        Ok(true)
    }

    async fn remove_expired_documents(&self, now: Timestamp, limit: u64) -> Result<u64, Error> {
        let tables = &mut *self.documents.lock().await;
        let over = |document: &&StoredDocument| document.expires.is_some_and(|expires| expires <= now);
        let mut expired: Vec<_> = tables.by_id.values().filter(over).cloned().collect();
        expired.sort_by_key(|document| document.expires);
        expired.truncate(limit as usize);
        let count = expired.len() as u64;
        for document in expired {
            tables.by_id.remove(&document.id);
            tables.loosen(document, now);
        }
        Ok(count)
    }

    async fn doom_content(&self, content: Arc<str>) -> Result<(), Error> {
        if let Some(loose) = self.documents.lock().await.loose.get_mut(&content) {
            loose.doomed = true;
        }
        Ok(())
    }

    async fn doomed_contents(
        &self,
        store: Arc<str>,
        before: Timestamp,
        limit: u64,
    ) -> Result<Vec<Arc<str>>, Error> {
        let tables = &mut *self.documents.lock().await;
        let old = |loose: &Loose| loose.store == store && (loose.doomed || loose.since < before);
        let mut old: Vec<_> = tables.loose.iter_mut().filter(|(_, loose)| old(loose)).collect();
        old.sort_by_key(|(_, loose)| loose.since);
        old.truncate(limit as usize);
        let doom = |(content, loose): (&Arc<str>, &mut Loose)| {
            loose.doomed = true;
            Arc::clone(content)
        };
        Ok(old.into_iter().map(doom).collect())
    }

    async fn shrink_content(&self, content: Arc<str>) -> Result<bool, Error> {
        let tables = &mut *self.documents.lock().await;
        tables.parts.retain(|(of, _), _| *of != content);
        if tables.loose.get(&content).is_some_and(|loose| loose.doomed) {
            tables.loose.remove(&content);
        }
        Ok(true)
    }
}
