//! Documents: what is known of them, and the bytes of those that are kept in the database.
//!
//! Bytes are written before there is a document, and removed after there is none. In between they are *loose*, and stand
//! in a list of their own: whatever breaks, they are found and removed. Once loose bytes are *doomed*, no document can
//! get them.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use hosk_core::Timestamp;

use crate::Error;
use crate::plain::{Plain, Row, Transaction, number, plain, text};

/// Bytes of one part of a document: what one transaction writes.
pub const DOCUMENT_PART: usize = 256 * 1024;

/// Parts that one transaction removes.
const PARTS_AT_ONCE: u64 = 64;

/// A document without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDocument {
    /// Its id.
    pub id: Arc<str>,
    /// Which bytes it has.
    pub content: Arc<str>,
    /// The store they are in.
    pub store: Arc<str>,
    /// Their media type.
    pub content_type: Arc<str>,
    /// The name of the file.
    pub file_name: Arc<str>,
    /// How many bytes.
    pub size: u64,
    /// Their SHA-256, in hexadecimal digits.
    pub hash: Arc<str>,
    /// When it was made.
    pub created: Timestamp,
    /// Who made it; `None` on an unprotected server.
    pub created_by: Option<Arc<str>>,
    /// When it goes; `None`: when somebody removes it.
    pub expires: Option<Timestamp>,
    /// The process it belongs to, as its maker says.
    pub process_definition_id: Option<Arc<str>>,
    /// The instance it belongs to, as its maker says.
    pub process_instance_key: Option<u64>,
    /// What else its maker says, a JSON object.
    pub properties: Arc<str>,
}

/// What became of a new document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentAdded {
    /// It is there.
    Added,
    /// There is one of that id.
    Exists,
    /// Its bytes were doomed meanwhile: the upload took too long.
    Doomed,
}

/// Bytes that no document has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LooseContent {
    /// Which.
    pub content: Arc<str>,
    /// The store they are in.
    pub store: Arc<str>,
}

/// Where documents are kept. Each change is one transaction.
#[async_trait]
pub trait DocumentStore: Send + Sync + 'static {
    /// Bytes are going to be written. They are loose.
    async fn begin_content(&self, loose: LooseContent, at: Timestamp) -> Result<(), Error>;
    /// Writes a part of loose bytes, [`DOCUMENT_PART`] of them or, at the end, fewer.
    async fn put_document_part(&self, content: Arc<str>, part: u32, bytes: Vec<u8>) -> Result<(), Error>;
    /// A part of bytes.
    async fn document_part(&self, content: Arc<str>, part: u32) -> Result<Option<Vec<u8>>, Error>;
    /// Adds a document, to which loose bytes belong from then on; when its id is taken they are doomed.
    async fn add_document(&self, document: StoredDocument) -> Result<DocumentAdded, Error>;
    /// The document of an id.
    async fn document(&self, id: Arc<str>) -> Result<Option<StoredDocument>, Error>;
    /// Removes the document of an id that has these bytes, which are doomed. Whether there was one.
    async fn remove_document(&self, id: Arc<str>, content: Arc<str>, at: Timestamp) -> Result<bool, Error>;
    /// Removes documents whose time is over, at most so many; how many. Their bytes are doomed.
    async fn remove_expired_documents(&self, now: Timestamp, limit: u64) -> Result<u64, Error>;
    /// Dooms loose bytes.
    async fn doom_content(&self, content: Arc<str>) -> Result<(), Error>;
    /// Dooms bytes of a store that are loose since before a time; those and others that are doomed, at most so many.
    async fn doomed_contents(
        &self,
        store: Arc<str>,
        before: Timestamp,
        limit: u64,
    ) -> Result<Vec<Arc<str>>, Error>;
    /// Removes some parts of doomed bytes, and forgets them when none is left; whether that is so.
    async fn shrink_content(&self, content: Arc<str>) -> Result<bool, Error>;
}

const BEGIN: &str = "INSERT INTO document_loose (content, store, since, doomed) VALUES ($1, $2, $3, 0)";
const PUT_PART: &str = "INSERT INTO document_part (content, part, bytes) VALUES ($1, $2, $3)";
const PART: &str = "SELECT bytes FROM document_part WHERE content = $1 AND part = $2";
const TAKE: &str = "DELETE FROM document_loose WHERE content = $1 AND doomed = 0";
const ADD: &str = "INSERT INTO document (id, content, store, content_type, file_name, size, hash, created, created_by, \
     expires, process_definition_id, process_instance_key, properties) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING";
const ONE: &str = "SELECT id, content, store, content_type, file_name, size, hash, created, created_by, expires, \
     process_definition_id, process_instance_key, properties FROM document WHERE id = $1";
const REMOVE: &str = "DELETE FROM document WHERE id = $1 AND content = $2 RETURNING content, store";
const EXPIRED: &str = "DELETE FROM document WHERE id IN \
     (SELECT id FROM document WHERE expires <= $1 ORDER BY expires LIMIT $2) RETURNING content, store";
const LOOSEN: &str = "INSERT INTO document_loose (content, store, since, doomed) VALUES ($1, $2, $3, 1)";
const DOOM: &str = "UPDATE document_loose SET doomed = 1 WHERE content = $1";
const DOOM_OLD: &str = "UPDATE document_loose SET doomed = 1 WHERE content IN (SELECT content FROM document_loose \
     WHERE store = $1 AND (doomed = 1 OR since < $2) ORDER BY since LIMIT $3) RETURNING content";
const SHRINK: &str = "DELETE FROM document_part WHERE content = $1 AND part IN \
     (SELECT part FROM document_part WHERE content = $1 ORDER BY part LIMIT $2)";
const FORGET: &str = "DELETE FROM document_loose WHERE content = $1 AND doomed = 1";
const DOING: &str = "keeping a document";

fn optional(row: &Row, index: usize) -> Result<Option<i64>, Error> {
    row.int(index)
}

fn stored(row: &Row) -> Result<StoredDocument, Error> {
    Ok(StoredDocument {
        id: text(row, 0)?,
        content: text(row, 1)?,
        store: text(row, 2)?,
        content_type: text(row, 3)?,
        file_name: text(row, 4)?,
        size: number(row, 5)? as u64,
        hash: text(row, 6)?,
        created: Timestamp(number(row, 7)?),
        created_by: row.text(8)?,
        expires: optional(row, 9)?.map(Timestamp),
        process_definition_id: row.text(10)?,
        process_instance_key: optional(row, 11)?.map(|key| key as u64),
        properties: text(row, 12)?,
    })
}

fn loose(row: &Row) -> Result<LooseContent, Error> {
    Ok(LooseContent { content: text(row, 0)?, store: text(row, 1)? })
}

/// Makes the bytes of removed documents loose, and dooms them.
async fn loosen(tx: &mut (dyn Transaction + '_), rows: Vec<Row>, at: Timestamp) -> Result<u64, Error> {
    // Rows are for one thread, so they are read before anything is waited for.
    let contents = rows.iter().map(loose).collect::<Result<Vec<_>, _>>();
    drop(rows);
    let contents = contents?;
    let count = contents.len() as u64;
    for LooseContent { content, store } in contents {
        tx.run(LOOSEN, plain![content, store, at]).await?;
    }
    Ok(count)
}

#[async_trait]
impl<D: Plain> DocumentStore for D {
    async fn begin_content(&self, loose: LooseContent, at: Timestamp) -> Result<(), Error> {
        let values = plain![loose.content, loose.store, at];
        self.transact(DOING, move |tx| async move { tx.run(BEGIN, values).await.map(|_| ()) }.boxed()).await
    }

    async fn put_document_part(&self, content: Arc<str>, part: u32, bytes: Vec<u8>) -> Result<(), Error> {
        let values = plain![content, u64::from(part), bytes];
        self.transact(DOING, move |tx| async move { tx.run(PUT_PART, values).await.map(|_| ()) }.boxed())
            .await
    }

    async fn document_part(&self, content: Arc<str>, part: u32) -> Result<Option<Vec<u8>>, Error> {
        let rows = self.look("reading a document", PART, plain![content, u64::from(part)]).await?;
        rows.first().map_or(Ok(None), |row| row.bytes(0))
    }

    async fn add_document(&self, document: StoredDocument) -> Result<DocumentAdded, Error> {
        let StoredDocument { id, content, store, content_type, file_name, size, hash, .. } = document;
        let (taken, given_back) =
            (plain![content.clone()], plain![content.clone(), store.clone(), document.created]);
        let values = plain![
            id,
            content,
            store,
            content_type,
            file_name,
            size,
            hash,
            document.created,
            document.created_by,
            document.expires,
            document.process_definition_id,
            document.process_instance_key,
            document.properties,
        ];
        self.transact(DOING, move |tx| {
            async move {
                if tx.run(TAKE, taken).await? == 0 {
                    return Ok(DocumentAdded::Doomed);
                }
                if tx.run(ADD, values).await? == 0 {
                    tx.run(LOOSEN, given_back).await?;
                    return Ok(DocumentAdded::Exists);
                }
                Ok(DocumentAdded::Added)
            }
            .boxed()
        })
        .await
    }

    async fn document(&self, id: Arc<str>) -> Result<Option<StoredDocument>, Error> {
        let rows = self.look("reading a document", ONE, plain![id]).await?;
        rows.first().map(stored).transpose()
    }

    async fn remove_document(&self, id: Arc<str>, content: Arc<str>, at: Timestamp) -> Result<bool, Error> {
        self.transact(DOING, move |tx| {
            async move {
                let rows = tx.rows(REMOVE, plain![id, content]).await?;
                Ok(loosen(tx, rows, at).await? > 0)
            }
            .boxed()
        })
        .await
    }

    async fn remove_expired_documents(&self, now: Timestamp, limit: u64) -> Result<u64, Error> {
        self.transact(DOING, move |tx| {
            async move {
                let rows = tx.rows(EXPIRED, plain![now, limit]).await?;
                loosen(tx, rows, now).await
            }
            .boxed()
        })
        .await
    }

    async fn doom_content(&self, content: Arc<str>) -> Result<(), Error> {
        let values = plain![content];
        self.transact(DOING, move |tx| async move { tx.run(DOOM, values).await.map(|_| ()) }.boxed()).await
    }

    async fn doomed_contents(
        &self,
        store: Arc<str>,
        before: Timestamp,
        limit: u64,
    ) -> Result<Vec<Arc<str>>, Error> {
        let values = plain![store, before, limit];
        let rows = self.transact(DOING, move |tx| tx.rows(DOOM_OLD, values).boxed()).await?;
        rows.iter().map(|row| text(row, 0)).collect()
    }

    async fn shrink_content(&self, content: Arc<str>) -> Result<bool, Error> {
        let (shrink, forget) = (plain![content.clone(), PARTS_AT_ONCE], plain![content]);
        self.transact(DOING, move |tx| {
            async move {
                if tx.run(SHRINK, shrink).await? == PARTS_AT_ONCE {
                    return Ok(false);
                }
                tx.run(FORGET, forget).await.map(|_| true)
            }
            .boxed()
        })
        .await
    }
}
