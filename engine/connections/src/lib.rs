//! Connections: configured connectors, as operators manage them while the server runs.
//!
//! A connection is checked before it is kept: by its form here, and by its connector. Its secrets are encrypted with a
//! key that is not in the database ([`Vault`]), and nothing gives them back. A change is durable when it is
//! acknowledged, in use at once on the server that took it, and within seconds on others that share the database.

#![forbid(unsafe_code)]

mod error;
mod form;
mod manager;
mod vault;

pub use error::Error;
pub use form::{Draft, MAX_SECRET, MAX_SECRETS, MAX_SETTINGS};
pub use manager::{Connections, Described, DescribedSecret, Tried};
pub use vault::{InvalidKey, Vault};
