//! Documents: files that processes carry along by reference. Bytes come in and go out in pieces.

mod form;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures::TryStreamExt as _;
use hosk_core::Timestamp;
use hosk_documents::{Bytestream, Error, LINK_TIME, LONGEST_LINK};
use hosk_store::read::{AuditEntityType, AuditOperation, AuditResult};
use hosk_store::{AuditMore, NewAudit, StoredDocument};
use serde_json::Value;

use self::form::{Part, batch_schema, schema};
use crate::answer::{Key, Time, answer, created, no_content};
use crate::audited::{made, note};
use crate::auth::Access;
use crate::call::Call;
use crate::operation::{Like, Operation, Outcome, Parameter, delete, get, post, tagged};
use crate::problem::Problem;
use crate::shape::{Object, integer};

static LINK: Object = Object {
    name: "DocumentLinkRequest",
    fields: &[integer(
        "timeToLive",
        1,
        LONGEST_LINK.as_millis() as i64,
        "How long the link is good, in milliseconds; an hour when absent.",
    )],
};

/// What documents are, in references to them.
const KIND: &str = "camunda";
const ALL: &str = "/v2/documents";
const BATCH: &str = "/v2/documents/batch";
const ONE: &str = "/v2/documents/{documentId}";
const CONTENT: &str = "/hosk/v1/documents/{documentId}/content";
/// What is answered with the bytes of a document.
const ANY_BYTES: &str = "application/octet-stream";

const fn query(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, about, required: false, like: Like::Text }
}

pub(super) fn operations() -> Vec<Operation> {
    let store = query("storeId", "The store it is in, or goes to; absent: any, or the usual one.");
    let hash = Parameter {
        required: true,
        ..query("contentHash", "The hash that the reference has; other bytes are refused.")
    };
    let mut batch =
        post(BATCH, "createDocuments", "Upload several; one that is refused holds up no other.", many)
            // Each one that is made has a line of its own.
            .noted_within(AuditOperation::Create, AuditEntityType::Resource)
            .takes_media(form::MEDIA_TYPE, Arc::new(batch_schema))
            .query(store)
            .creates::<DocumentsAnswer>();
    batch.also = Some(StatusCode::MULTI_STATUS.as_u16());
    let linked =
        get(CONTENT, "getLinkedDocument", "The bytes of a document, for whoever has a link to it.", linked)
            .access(Access::Open)
            .query(Parameter {
                required: true,
                ..query("expires", "Until when the link is good, as it says.")
            })
            .query(Parameter { required: true, ..query("signature", "What proves the link, as it says.") })
            .answers_media(ANY_BYTES)
            .refuses(&[404]);
    tagged(
        "Document",
        vec![
            post(ALL, "createDocument", "Upload one.", create)
                .noted(AuditOperation::Create, AuditEntityType::Resource)
                .takes_media(form::MEDIA_TYPE, Arc::new(schema))
                .query(store)
                .query(query("documentId", "The id it is to have; absent: a new one."))
                .creates::<DocumentAnswer>()
                .refuses(&[409]),
            batch,
            get(ONE, "getDocument", "The bytes of a document.", bytes)
                .query(store)
                .query(hash)
                .answers_media(ANY_BYTES)
                .refuses(&[404]),
            delete(ONE, "deleteDocument", "Remove a document.", remove)
                .noted(AuditOperation::Delete, AuditEntityType::Resource)
                .query(store)
                .refuses(&[404]),
            post(
                "/v2/documents/{documentId}/links",
                "createDocumentLink",
                "A link to a document that is good for a while and needs no sign-in.",
                link,
            )
            .noted(AuditOperation::Assign, AuditEntityType::Resource)
            .may_take(&LINK)
            .query(store)
            .query(hash)
            .creates::<DocumentLinkAnswer>()
            .refuses(&[404]),
            linked,
        ],
    )
}

answer! {
    /// A reference to a document, as variables hold it.
    DocumentAnswer {
        kind as "camunda.document.type": &'static str,
        store_id: Arc<str>,
        document_id: Arc<str>,
        /// SHA-256 of the bytes.
        content_hash: Arc<str>,
        metadata: DocumentMetadataAnswer,
    }
}

answer! {
    /// What is known of a document.
    DocumentMetadataAnswer {
        content_type: Arc<str>,
        file_name: Arc<str>,
        expires_at: Option<Time>,
        size: u64,
        process_definition_id: Option<Arc<str>>,
        process_instance_key: Option<Key>,
        custom_properties: Value,
    }
}

answer! {
    /// What came of several documents.
    DocumentsAnswer {
        failed_documents: Vec<DocumentFailureAnswer>,
        created_documents: Vec<DocumentAnswer>,
    }
}

answer! {
    /// Why one of several documents was refused.
    DocumentFailureAnswer {
        file_name: String,
        status: u32,
        title: &'static str,
        detail: String,
    }
}

answer! {
    /// A link to a document.
    DocumentLinkAnswer {
        url: String,
        expires_at: Time,
    }
}

impl From<StoredDocument> for DocumentAnswer {
    fn from(document: StoredDocument) -> Self {
        Self {
            kind: KIND,
            store_id: document.store,
            document_id: document.id,
            content_hash: document.hash,
            metadata: DocumentMetadataAnswer {
                content_type: document.content_type,
                file_name: document.file_name,
                expires_at: document.expires.map(Time),
                size: document.size,
                process_definition_id: document.process_definition_id,
                process_instance_key: document.process_instance_key.map(Key),
                custom_properties: serde_json::from_str(&document.properties).unwrap_or_default(),
            },
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (code, detail) = (error.code(), sentence(&error));
        let problem = match error {
            Error::Store(error) => return error.into(),
            // A wrong link does not tell whether there is such a document.
            Error::NotFound(_) | Error::LinkInvalid => Self::not_found(detail),
            Error::Exists(_) => Self::already_exists(detail),
            Error::HashMismatch { .. } | Error::StoreNotFound { .. } | Error::Invalid(_) => {
                Self::invalid_argument(detail)
            }
            Error::TooLarge { .. } => Self::too_large(detail),
            Error::TookTooLong => Self::invalid_state(detail),
            Error::Damaged => {
                tracing::error!("the bytes of a document are damaged");
                Self::internal(detail)
            }
            Error::BucketMissing(_) | Error::Denied(_) => {
                tracing::error!(code, %error, "the store of documents is not set up");
                Self::internal(
                    "The store of documents refused it; the server's log says why. Whoever runs the server has to set the \
                     bucket and its keys right.",
                )
            }
            Error::Unavailable(_) => {
                tracing::error!(code, %error, "the store of documents failed");
                Self::unavailable("The store of documents did not do it. Repeat it later.")
            }
        };
        problem.coded(code)
    }
}

fn sentence(error: &Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

async fn create(mut call: Call) -> Outcome {
    let (store, id) = (call.query("storeId")?, call.query("documentId")?);
    let documents = Arc::clone(call.app.documents()?);
    let mut form = form::Form::open(&mut call, Arc::clone(&documents), store, id.clone()).await?;
    let reading = form.read_one();
    let Part { uploaded, mut draft } = tokio::time::timeout(documents.limits().upload, reading)
        .await
        .map_err(|_| Problem::from(Error::TookTooLong))??;
    draft.id = id.map(Into::into);
    draft.by = call.caller.name();
    let document = documents.add(uploaded?, draft, call.app.engine.now()).await?;
    let id = Arc::clone(&document.id);
    made(&id, created(&DocumentAnswer::from(document)))
}

async fn many(mut call: Call) -> Outcome {
    let store = call.query("storeId")?;
    let documents = Arc::clone(call.app.documents()?);
    let mut form = form::Form::open(&mut call, Arc::clone(&documents), store, None).await?;
    let parts = tokio::time::timeout(documents.limits().upload, form.read_many())
        .await
        .map_err(|_| Problem::from(Error::TookTooLong))??;
    let now = call.app.engine.now();
    let mut answer = DocumentsAnswer { failed_documents: Vec::new(), created_documents: Vec::new() };
    for Part { uploaded, mut draft } in parts {
        draft.by = call.caller.name();
        let name = draft.file_name.clone().unwrap_or_default();
        let added = match uploaded {
            Ok(uploaded) => documents.add(uploaded, draft, now).await.map_err(Problem::from),
            Err(problem) => Err(problem),
        };
        match added {
            Ok(document) => {
                note_creation(&call, &document, now).await;
                answer.created_documents.push(document.into());
            }
            Err(problem) => answer.failed_documents.push(DocumentFailureAnswer {
                file_name: name,
                status: u32::from(problem.status().as_u16()),
                title: problem.title(),
                detail: problem.detail().to_owned(),
            }),
        }
    }
    let status =
        if answer.failed_documents.is_empty() { StatusCode::CREATED } else { StatusCode::MULTI_STATUS };
    Ok((status, axum::Json(answer)).into_response())
}

/// One of several that were made, in the audit log.
async fn note_creation(call: &Call, document: &StoredDocument, at: Timestamp) {
    let audit = NewAudit {
        at,
        operation: AuditOperation::Create,
        entity_type: AuditEntityType::Resource,
        entity_key: Arc::clone(&document.id),
        result: AuditResult::Success,
        actor: call.caller.name(),
        origin: call.peer().map(|peer| peer.to_string().into()),
        tenant: None,
        detail: None,
        more: AuditMore::default(),
    };
    note(&call.app, audit).await;
}

/// The document that a path and query name, with the hash of its bytes.
async fn named(call: &Call) -> Result<StoredDocument, Problem> {
    let (store, hash) = (call.query("storeId")?, call.query("contentHash")?);
    let (documents, now) = (call.app.documents()?, call.app.engine.now());
    let document = documents.get(call.path("documentId"), store.as_deref(), hash.as_deref(), now).await?;
    if hash.is_none() {
        return Err(Problem::missing_field(format!(
            "No document hash provided for document {}. The reference to it has it: `contentHash`.",
            document.id
        )));
    }
    Ok(document)
}

async fn bytes(call: Call) -> Outcome {
    let document = named(&call).await?;
    let bytes = call.app.documents()?.read(&document).await?;
    Ok(download(&document, bytes))
}

async fn remove(call: Call) -> Outcome {
    let store = call.query("storeId")?;
    let (documents, now) = (call.app.documents()?, call.app.engine.now());
    documents.remove(call.path("documentId"), store.as_deref(), now).await?;
    no_content()
}

async fn link(mut call: Call) -> Outcome {
    let span = call.optional_json(&LINK).await?.integer("timeToLive");
    let span = span.map_or(LINK_TIME, |millis| Duration::from_millis(millis.unsigned_abs()));
    let document = named(&call).await?;
    let link = call.app.documents()?.link(&document, Some(span), call.app.engine.now());
    let path = CONTENT.replace("{documentId}", &document.id);
    let url = format!("{}{path}?expires={}&signature={}", call.base(), link.expires.0, link.signature);
    created(&DocumentLinkAnswer { url, expires_at: Time(link.expires) })
}

async fn linked(call: Call) -> Outcome {
    let (expires, signature) = (call.required_query("expires")?, call.required_query("signature")?);
    let Ok(expires) = expires.parse().map(Timestamp) else {
        return Err(Error::LinkInvalid.into());
    };
    let (documents, now) = (call.app.documents()?, call.app.engine.now());
    let document = documents.linked(call.path("documentId"), expires, &signature, now).await?;
    let bytes = documents.read(&document).await?;
    Ok(download(&document, bytes))
}

/// A download, and never a page: what somebody uploaded must not run with the rights of whoever looks at it.
fn download(document: &StoredDocument, bytes: Bytestream) -> Response {
    let id = Arc::clone(&document.id);
    let bytes = bytes.inspect_err(
        move |error| tracing::error!(code = error.code(), %error, id = &*id, "a document ends early"),
    );
    let mut response = Response::new(HttpBody::from_stream(bytes));
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_str(&document.content_type);
    headers.insert(header::CONTENT_TYPE, content_type.unwrap_or(HeaderValue::from_static(ANY_BYTES)));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(document.size));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'"),
    );
    // Made of ASCII only, so it is a header.
    let disposition = HeaderValue::from_str(&disposition(&document.file_name));
    headers
        .insert(header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
    response
}

/// The name of a file for a browser (RFC 6266): in ASCII for old ones, and as it is.
pub(super) fn disposition(name: &str) -> String {
    let plain = |letter: char| {
        if matches!(letter, ' '..='~') && !matches!(letter, '"' | '\\' | '%') { letter } else { '_' }
    };
    let ascii: String = name.chars().map(plain).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_headers() {
        assert_eq!(disposition("a b.pdf"), "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf");
        assert_eq!(
            disposition("ա%\".pdf"),
            "attachment; filename=\"___.pdf\"; filename*=UTF-8''%D5%A1%25%22.pdf"
        );
    }
}
