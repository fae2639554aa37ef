//! Durable state: the write side, the read side, SQLite and memory.

mod error;
pub mod read;
mod write;

pub use error::Error;
pub use read::Queries;
pub use write::*;
