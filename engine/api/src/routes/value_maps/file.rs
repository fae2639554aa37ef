//! Value maps as CSV files: up as a whole or not at all, down slice by slice.

use std::sync::Arc;

use axum::body::Body as HttpBody;
use axum::http::{HeaderValue, header};
use bytes::Bytes;
use futures::stream;
use hosk_runtime::MapPages;
use hosk_store::ValueMapEntries;
use hosk_store::read::AuditOperation;

use super::table::{self, Columns, Delimiter};
use super::{
    ValueMapAnswer, ValueMapChangeAnswer, changes, done, found, missing, named, of_one, query, version,
};
use crate::answer::{Answer, content, ok};
use crate::call::Call;
use crate::operation::{Like, Operation, Outcome, get, put};
use crate::problem::Problem;
use crate::routes::documents::disposition;

/// What the columns are called where nothing else is said.
pub(super) const SOURCE: &str = "source";
pub(super) const TARGET: &str = "target";

const MEDIA_TYPE: &str = "text/csv";
/// Largest file that is taken, in bytes.
const FILE_MAX: usize = 32 * 1024 * 1024;
/// Entries that are written at once.
const SLICE: usize = 2_000;

const REPLACE: &str = "replace";
const MODES: &[&str] = &["merge", REPLACE];
const DELIMITERS: &[&str] = &["comma", "semicolon", "tab"];

const FILE: &str = "/hosk/v1/value-maps/{mapId}/csv";

pub(super) fn operations() -> Vec<Operation> {
    let mode = query(
        "mode",
        "`merge`: the other entries stay; `replace`: they go. `merge` when absent.",
        Like::Word(MODES),
    );
    let found = "What parts the columns; found out from the first line when absent.";
    let written = "What parts the columns; `comma` when absent.";
    vec![
        of_one(get(FILE, "getValueMapCsv", "All entries of a value map as CSV, by source.", download))
            .query(query("delimiter", written, Like::Word(DELIMITERS)))
            .flag("bom", "Whether it begins with a byte order mark, for spreadsheets.")
            .answers_media(MEDIA_TYPE),
        changes(
            put(FILE, "putValueMapCsv", "Take over entries from CSV: all of them, or none.", upload),
            AuditOperation::Update,
        )
        .query(mode)
        .query(query("delimiter", found, Like::Word(DELIMITERS)))
        .flag("header", "Whether the first line names the columns; `true` when absent.")
        .takes_media(MEDIA_TYPE, Arc::new(String::schema))
        .answers::<ValueMapChangeAnswer>()
        .refuses(&[404, 409, 413, 415]),
    ]
}

/// A query parameter that is one of some words.
fn word(call: &Call, name: &str, words: &[&'static str]) -> Result<Option<&'static str>, Problem> {
    let Some(given) = call.query(name)? else { return Ok(None) };
    let found = words.iter().find(|word| word.eq_ignore_ascii_case(&given)).copied();
    found.map(Some).ok_or_else(|| {
        let words = words.join(", ");
        Problem::invalid_argument(format!("`{name}` must be one of {words}, but is `{given}`."))
    })
}

fn delimiter(call: &Call) -> Result<Option<Delimiter>, Problem> {
    Ok(word(call, "delimiter", DELIMITERS)?.map(|word| match word {
        "semicolon" => Delimiter::SEMICOLON,
        "tab" => Delimiter::TAB,
        _ => Delimiter::COMMA,
    }))
}

async fn upload(mut call: Call) -> Outcome {
    let (map, version) = (named(&call)?, version(&call)?);
    let (mode, delimiter) = (word(&call, "mode", MODES)?, delimiter(&call)?);
    let has_header = call.flag("header")?.unwrap_or(true);
    let bytes = call.binary(&[MEDIA_TYPE], FILE_MAX).await?;
    let before = ValueMapAnswer::from(found(&call, &map).await?);
    call.tells(|told| {
        told.detail("value map entries").before(&before);
    });
    let columns = has_header.then(|| Columns {
        source: Arc::clone(&before.source_name),
        target: Arc::clone(&before.target_name),
    });
    // A large file keeps a thread for a while.
    let reading = tokio::task::spawn_blocking(move || table::read(&bytes, delimiter, columns.as_ref()));
    let entries = reading.await.map_err(|_| Problem::internal("The file could not be read."))??;
    let entries = match mode {
        Some(REPLACE) => ValueMapEntries::Replace(entries),
        _ => ValueMapEntries::Merge(entries),
    };
    let maps = call.app.value_maps()?;
    let outcome = maps.put_entries((map.clone(), version), entries, call.caller.name()).await?;
    let done = done(outcome, &map.id)?;
    let after = ValueMapAnswer::from(found(&call, &map).await?);
    call.tells(|told| {
        told.after(&after);
    });
    ok(&ValueMapChangeAnswer::from(done))
}

async fn download(call: Call) -> Outcome {
    let map = named(&call)?;
    let (delimiter, bom) = (delimiter(&call)?.unwrap_or(Delimiter::COMMA), call.flag("bom")? == Some(true));
    // Whether the caller sees it at all.
    found(&call, &map).await?;
    let pages = call.app.value_maps()?.pages(&map).await?.ok_or_else(|| missing(&map.id))?;
    let first = Some(table::header(delimiter, bom));
    let pieces =
        stream::unfold((first, pages), move |(first, mut pages): (Option<Bytes>, MapPages)| async move {
            if let Some(first) = first {
                return Some((Ok::<_, std::convert::Infallible>(first), (None, pages)));
            }
            let entries = pages.next(SLICE);
            (!entries.is_empty()).then(|| (Ok(table::written(&entries, delimiter)), (None, pages)))
        });
    let mut response = content("text/csv; charset=utf-8", HttpBody::from_stream(pieces));
    // Made of ASCII only, so it is a header.
    let disposition = HeaderValue::from_str(&disposition(&format!("{}.csv", map.id)));
    response
        .headers_mut()
        .insert(header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
    Ok(response)
}
