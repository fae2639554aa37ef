//! Uploads: the parts of a multipart form, in any order. Files are written as they come, what is said about them is
//! checked when all of it is there.

use std::sync::Arc;

use axum::extract::Multipart;
use axum::extract::multipart::Field;
use bytes::Bytes;
use hosk_core::Timestamp;
use hosk_documents::{Documents, Draft, Error, Upload, Uploaded};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};

use crate::App;
use crate::call::Call;
use crate::problem::Problem;
use crate::shape::{
    Body, Object, Schemas, any, date_time, integer, key, list_of, object_schema, read_object, text,
};

pub(super) const MEDIA_TYPE: &str = "multipart/form-data";
/// Files in one request.
const FILES: usize = 100;
/// Bytes of one part that says something about files.
const METADATA_BYTES: usize = 256 * 1024;
/// Bytes of the properties of one document.
const PROPERTIES_BYTES: usize = 16 * 1024;
/// How often the bytes of a request may fill a document: what is refused is read as well, and thrown away, so that
/// its sender hears why.
const FILLS: u64 = 2;
/// The same of several documents.
const BATCH_FILLS: u64 = 10;

static METADATA: Object = Object {
    name: "DocumentMetadata",
    fields: &[
        text("contentType", "Its media type; absent: that of the part, else any bytes."),
        text("fileName", "The name of the file; absent: that of the part, else the document's id."),
        date_time("expiresAt", "When it goes; absent: as the installation has it."),
        integer("size", 0, i64::MAX, "How many bytes it has; others are refused."),
        text("processDefinitionId", "The process it belongs to."),
        key("processInstanceKey", "The instance it belongs to."),
        any("customProperties", "What else is to be known of it, an object."),
    ],
};

fn binary() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
}

/// The form of one document.
pub(super) fn schema(schemas: &mut Schemas) -> RefOr<Schema> {
    ObjectBuilder::new()
        .property("file", binary())
        .property("metadata", object_schema(&METADATA, schemas))
        .required("file")
        .into()
}

/// The form of several.
pub(super) fn batch_schema(schemas: &mut Schemas) -> RefOr<Schema> {
    ObjectBuilder::new()
        .property("files", ArrayBuilder::new().items(binary()))
        .property("metadataList", ArrayBuilder::new().items(object_schema(&METADATA, schemas)))
        .required("files")
        .into()
}

/// A file of the form.
pub(super) struct Part {
    /// Its bytes, or why they were not taken.
    pub(super) uploaded: Result<Uploaded, Problem>,
    /// What is said about it.
    pub(super) draft: Draft,
}

/// A form on its way.
pub(super) struct Form {
    app: Arc<App>,
    documents: Arc<Documents>,
    parts: Multipart,
    store: Option<String>,
    /// The id that the document is to have.
    id: Option<String>,
    now: Timestamp,
    /// Bytes that may still come.
    left: u64,
}

impl Form {
    pub(super) async fn open(
        call: &mut Call,
        documents: Arc<Documents>,
        store: Option<String>,
        id: Option<String>,
    ) -> Result<Self, Problem> {
        let parts = call.multipart().await?;
        let now = call.app.engine.now();
        Ok(Self { app: Arc::clone(&call.app), documents, parts, store, id, now, left: 0 })
    }

    /// A form of one document. What was written is removed when the form is refused.
    pub(super) async fn read_one(&mut self) -> Result<Part, Problem> {
        let mut read = Read::default();
        self.left = self.documents.limits().bytes.saturating_mul(FILLS);
        if let Err(problem) = self.parts(&mut read, "file", "metadata").await {
            return Err(self.discard(read, problem).await);
        }
        let mut files = read.files;
        match (files.pop(), read.metadata.len()) {
            (Some(mut part), 0 | 1) if files.is_empty() => {
                if let Some(said) = read.metadata.pop() {
                    said.told(&mut part.draft);
                }
                Ok(part)
            }
            (None, _) => Err(no_part("file")),
            (Some(part), _) => {
                files.push(part);
                let read = Read { files, metadata: Vec::new() };
                let problem = Problem::invalid_argument(
                    "There may be one part `file` and one part `metadata`; several go to /v2/documents/batch.",
                );
                Err(self.discard(read, problem).await)
            }
        }
    }

    /// A form of several documents.
    pub(super) async fn read_many(&mut self) -> Result<Vec<Part>, Problem> {
        let mut read = Read::default();
        self.left = self.documents.limits().bytes.saturating_mul(BATCH_FILLS);
        if let Err(problem) = self.parts(&mut read, "files", "metadataList").await {
            return Err(self.discard(read, problem).await);
        }
        let (files, said) = (read.files.len(), read.metadata.len());
        if files == 0 {
            return Err(no_part("files"));
        }
        if said != 0 && said != files {
            let problem = Problem::invalid_argument(format!(
                "`metadataList` has {said} entries and `files` {files}: each file needs one, in their order, or none has any."
            ));
            return Err(self.discard(read, problem).await);
        }
        let Read { mut files, metadata } = read;
        for (part, said) in files.iter_mut().zip(metadata) {
            said.told(&mut part.draft);
        }
        Ok(files)
    }

    /// Reads all parts.
    async fn parts(&mut self, read: &mut Read, file: &str, metadata: &str) -> Result<(), Problem> {
        let wait = self.app.settings.body_time;
        loop {
            let field = in_time(wait, self.parts.next_field()).await?;
            let Some(mut field) = field else { return Ok(()) };
            let name = field.name().unwrap_or_default().to_owned();
            if name == file {
                if read.files.len() == FILES {
                    return Err(Problem::invalid_argument(format!(
                        "A request may have {FILES} files; send the others with another one."
                    )));
                }
                let draft = Draft {
                    content_type: field.content_type().map(str::to_owned),
                    file_name: field.file_name().map(str::to_owned),
                    ..Draft::default()
                };
                let begun = self.documents.begin(self.store.as_deref(), self.id.as_deref(), self.now).await;
                let uploaded = match begun {
                    Ok(upload) => take(upload, &mut field, wait, &mut self.left).await?,
                    // The rest of the form would meet the same.
                    Err(error) => return Err(error.into()),
                };
                read.files.push(Part { uploaded, draft });
            } else if name == metadata {
                let bytes = small(&mut field, wait).await?;
                let text = String::from_utf8(bytes)
                    .map_err(|_| Problem::malformed(format!("The part `{metadata}` is not UTF-8.")))?;
                said(&text, metadata, &mut read.metadata)?;
                if read.metadata.len() > FILES {
                    return Err(Problem::invalid_argument(format!(
                        "`{metadata}` may have {FILES} entries, as many as files; send the others with another request."
                    )));
                }
            } else {
                let help = format!(
                    "The part `{}` is not known; known here: {file}, {metadata}.",
                    name.escape_debug()
                );
                // Most likely it is the file, under another name.
                let lacks = if read.files.is_empty() { not_present(file) } else { String::new() };
                return Err(Problem::unknown_field(format!("{lacks}{help}")));
            }
        }
    }

    async fn discard(&self, read: Read, problem: Problem) -> Problem {
        for uploaded in read.files.into_iter().filter_map(|part| part.uploaded.ok()) {
            self.documents.discard(&uploaded).await;
        }
        problem
    }
}

/// Clients know a form without a file by the title of a bad request.
fn no_part(name: &str) -> Problem {
    Problem::malformed(format!("{}It has the bytes.", not_present(name))).coded("missing-field")
}

fn not_present(name: &str) -> String {
    format!("Required part '{name}' is not present. ")
}

/// What was read of a form.
#[derive(Default)]
struct Read {
    files: Vec<Part>,
    metadata: Vec<Said>,
}

/// What one entry of metadata says.
struct Said {
    body: Body,
    content_type: Option<String>,
    file_name: Option<String>,
    properties: Option<Arc<str>>,
}

impl Said {
    /// Puts it over what the part itself says.
    fn told(mut self, draft: &mut Draft) {
        let body = &mut self.body;
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        draft.content_type = self.content_type.or_else(|| draft.content_type.take());
        draft.file_name = self.file_name.or_else(|| draft.file_name.take());
        draft.expires = body.time("expiresAt").flatten();
        draft.size = body.integer("size").map(i64::unsigned_abs);
        draft.process_definition_id = some(body.text("processDefinitionId")).map(Into::into);
        draft.process_instance_key = body.key("processInstanceKey");
        draft.properties = self.properties;
    }
}

/// Reads one entry of metadata, or a list of them.
fn said(text: &str, part: &str, into: &mut Vec<Said>) -> Result<(), Problem> {
    if text.trim_start().starts_with('[') {
        for entry in list_of(text, part)? {
            into.push(one_said(entry.get(), part)?);
        }
        return Ok(());
    }
    into.push(one_said(text, part)?);
    Ok(())
}

fn one_said(text: &str, part: &str) -> Result<Said, Problem> {
    let mut body = read_object(text, &METADATA, part)?;
    let properties: Option<Arc<str>> = body.any("customProperties").map(|json| json.text().into());
    if let Some(text) = &properties {
        if !text.starts_with('{') {
            return Err(Problem::wrong_type(format!("`{part}.customProperties` must be an object.")));
        }
        if text.len() > PROPERTIES_BYTES {
            let (max, length) = (PROPERTIES_BYTES, text.len());
            return Err(Problem::invalid_argument(format!(
                "`{part}.customProperties` may have {max} bytes as JSON, but has {length}."
            )));
        }
    }
    let content_type = not_blank(body.text("contentType"), "content type")?;
    let file_name = not_blank(body.text("fileName"), "file name")?;
    Ok(Said { body, content_type, file_name, properties })
}

/// A text that says something, if it is there.
fn not_blank(text: Option<String>, what: &str) -> Result<Option<String>, Problem> {
    if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
        return Err(Problem::invalid_argument(format!("The {what} must not be empty, if present.")));
    }
    Ok(text)
}

/// The bytes of a file. One that is refused is read to its end, so that the next one can be.
async fn take(
    upload: Upload,
    field: &mut Field<'_>,
    wait: std::time::Duration,
    left: &mut u64,
) -> Result<Result<Uploaded, Problem>, Problem> {
    let mut upload = Some(upload);
    let mut refused = None;
    loop {
        let chunk = match in_time(wait, field.chunk()).await {
            Ok(chunk) => chunk,
            Err(problem) => {
                abandon(upload).await;
                return Err(problem);
            }
        };
        let Some(bytes) = chunk else { break };
        let Some(rest) = left.checked_sub(bytes.len() as u64) else {
            abandon(upload).await;
            return Err(Problem::too_large(
                "The request has more bytes than all documents of one may have; send fewer or smaller ones.",
            ));
        };
        *left = rest;
        if let Some(error) = write(&mut upload, bytes).await {
            abandon(upload.take()).await;
            refused = Some(error);
        }
    }
    match (upload, refused) {
        (Some(upload), _) => Ok(upload.finish().await.map_err(Problem::from)),
        (None, Some(error)) => Ok(Err(error.into())),
        (None, None) => Err(Problem::internal("The upload was lost.")),
    }
}

async fn write(upload: &mut Option<Upload>, bytes: Bytes) -> Option<Error> {
    match upload {
        Some(upload) => upload.write(bytes).await.err(),
        None => None,
    }
}

async fn abandon(upload: Option<Upload>) {
    if let Some(upload) = upload {
        upload.abandon().await;
    }
}

/// A part of few bytes.
async fn small(field: &mut Field<'_>, wait: std::time::Duration) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = in_time(wait, field.chunk()).await? {
        if bytes.len() + chunk.len() > METADATA_BYTES {
            return Err(Problem::too_large(format!(
                "Metadata may have {METADATA_BYTES} bytes; keep what is larger in a document or a variable."
            )));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What comes next, unless the line is silent for too long.
async fn in_time<T>(
    wait: std::time::Duration,
    next: impl Future<Output = Result<T, axum::extract::multipart::MultipartError>>,
) -> Result<T, Problem> {
    match tokio::time::timeout(wait, next).await {
        Ok(Ok(next)) => Ok(next),
        Ok(Err(error)) => Err(Problem::malformed(format!("The form cannot be read: {}.", error.body_text()))),
        Err(_) => Err(Problem::malformed("The form did not arrive in time; send it again.")),
    }
}
