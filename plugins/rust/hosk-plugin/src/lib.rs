//! Connectors for hosk in Rust: types in, types out, and a result that says honestly how the attempt went.
//!
//! ```
//! use hosk_plugin::{Call, Operation, Plugin, Result, http};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//!
//! /// What the step gives.
//! #[derive(Deserialize, JsonSchema)]
//! struct Wanted {
//!     code: String,
//! }
//!
//! /// What the step gets.
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Client {
//!     name: String,
//! }
//!
//! fn find_client(wanted: Wanted, _: &Call) -> Result<Client> {
//!     http::get(format!("/clients/{}", http::escape(&wanted.code)))
//!         .bearer("{{secrets.TOKEN}}")
//!         .send()?
//!         .or_fail()?
//!         .json()
//! }
//!
//! fn plugin() -> Plugin {
//!     Plugin::new("crm", 1, "My CRM")
//!         .operation(Operation::new("find-client", "Find client", find_client).secret("TOKEN"))
//! }
//!
//! hosk_plugin::export!(plugin);
//! assert_eq!(plugin().contract()["operations"][0]["name"], "find-client");
//! ```
//!
//! Everything but the glue to the host is plain Rust, so that a plugin is tested by `cargo test` on the machine where it is
//! written: [`testing`] replays golden calls.
//!
//! Not implemented: asynchronous operations; the host's functions answer at once.

mod call;
mod error;
mod glue;
mod host;
mod operation;

pub mod config;
pub mod http;
pub mod log;
pub mod testing;

pub use call::Call;
pub use error::{BpmnError, Error, Failure, FailureKind, Result};
pub use operation::{Delivery, Operation, Plugin};

pub use serde_json::{Value, json};

/// For [`export!`] only.
#[doc(hidden)]
pub use glue::{Exported, bindings};
