//! Documents: files that processes carry along. What a process holds is a reference; the bytes are here.
//!
//! Bytes come in and go out in pieces, so that memory does not depend on how large a document is. They are written
//! first and get their document at the end; whatever breaks in between, [`Documents::sweep`] finds and removes them.
//! Where they are is a [`Contents`]: the database, or a store of objects.

mod bucket;
mod contents;
mod embedded;
mod error;
mod form;
mod link;
mod service;
mod upload;

pub use bucket::{Bucket, BucketSettings};
pub use contents::{Bytestream, Contents, Writing};
pub use embedded::Embedded;
pub use error::Error;
pub use form::{Draft, check_id, check_media_type, sanitized};
pub use link::{LINK_TIME, LONGEST_LINK};
pub use service::{Documents, Limits, Link, Swept};
pub use upload::{Upload, Uploaded};
