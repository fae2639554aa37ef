//! Durable state: the write side, the read side, SQLite and memory.

mod error;
mod write;

pub use error::Error;
pub use write::*;
