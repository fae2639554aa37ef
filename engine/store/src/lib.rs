//! Durable state: the write side, the read side, SQLite and memory.
//!
//! [`Store`] is what the runtime writes through, [`Queries`] what the API reads through. Both stores give the same
//! answers; one conformance suite holds them to it.

mod codec;
mod definitions;
mod error;
mod faulty;
#[cfg(test)]
mod golden;
pub mod memory;
pub mod read;
mod rendezvous;
mod rows;
pub mod sqlite;
mod users;
mod write;

pub use codec::encode_snapshot;
pub use error::Error;
pub use faulty::{Faults, Faulty};
pub use memory::Memory;
pub use read::*;
pub use sqlite::Sqlite;
pub use users::StoredUser;
pub use write::*;
