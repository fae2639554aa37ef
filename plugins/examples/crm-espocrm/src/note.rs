//! Posts in the stream of an account. They have no key of their own: each bears that of its step, and a repeat looks for
//! it.

use hosk_plugin::{Call, Result, http, json, log};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ask;

/// Posts that are looked through; the stream gives at most so many.
const LATEST: u32 = 200;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Note {
    /// Of the account, in EspoCRM.
    #[schemars(title = "Account", length(min = 1))]
    id: String,
    #[schemars(title = "Note", length(min = 1, max = 10_000), extend("x-multiline" = true))]
    note: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Written {
    note_id: String,
    /// Whether an earlier attempt had written it.
    repeated: bool,
}

#[derive(Deserialize)]
struct Stream {
    list: Vec<Post>,
}

#[derive(Deserialize)]
struct Post {
    id: String,
    #[serde(default)]
    post: Option<String>,
}

pub(crate) fn add(note: Note, call: &Call) -> Result<Written> {
    let mark = format!("[hosk {}]", call.idempotency_key);
    if call.attempt > 1 {
        let stream =
            http::get(format!("/api/v1/Account/{}/posts", http::escape(&note.id))).query("maxSize", LATEST);
        let stream: Stream = ask(stream)?.json()?;
        let ours = |post: &Post| post.post.as_ref().is_some_and(|text| text.ends_with(&mark));
        if let Some(post) = stream.list.into_iter().find(ours) {
            log::info(format!("the post {} was written by an earlier attempt", post.id));
            return Ok(Written { note_id: post.id, repeated: true });
        }
    }
    let text = format!("{}\n{mark}", note.note);
    let post = json!({"type": "Post", "parentType": "Account", "parentId": note.id, "post": text});
    let post: Post = ask(http::post("/api/v1/Note").json(&post))?.json()?;
    Ok(Written { note_id: post.id, repeated: false })
}
